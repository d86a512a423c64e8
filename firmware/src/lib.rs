//! From build outputs to a card image and an update bundle, and back again to see that they are right.
//!
//! `farseat-firmware`, the program, is called by `board/common/post-image.sh`, in Buildroot and without it; the lab uses
//! [`image`] to boot what came out. Runs on the build machine only, never on the appliance. Everything it makes is a
//! function of its inputs: times and identifiers are fixed, so that two builds are the same bytes.
//!
//! ```text
//! data      mke2fs ─▶ data.ext4 ─▶ data.blocks ┐
//! inventory Cargo, npm, Buildroot ─▶ about.json┼─▶ rootfs ─▶ initramfs.cpio┐
//!                                  sbom.cdx.json┘   kernel, firmware files ┴─▶ fat ─▶ card ─▶ card.img ─▶ .img.xz
//!                                                                           └▶ bundle ─▶ .farseat
//! image     a finished card, read back ◀── check
//! ```

pub mod bundle;
pub mod card;
pub mod check;
pub mod cpio;
pub mod data;
pub mod fat;
pub mod image;
pub mod inventory;
pub mod manifest;
pub mod rootfs;
/// The appliance's own files, not a copy: a dependency on the whole appliance would build a web server to make a card.
#[path = "../../src/slot/mod.rs"]
pub mod slot;
pub mod tool;

/// The version of the appliance and of everything made here.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The time that everything made here bears, in seconds since 1970, when `SOURCE_DATE_EPOCH` names none: 2026-01-01.
pub const DEFAULT_EPOCH: u64 = 1_767_225_600;

/// Of the releases made here: raised, with a word in the changelog, when nothing older may be installed over them.
pub const ROLLBACK_INDEX: u32 = 1;
