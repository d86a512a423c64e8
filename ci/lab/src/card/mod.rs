//! Booting the card image as a board does: the [firmware model](farseat_firmware::slot::firmware) chooses the slot from the
//! card's own bytes, and what lies in that slot is booted on QEMU's board with the card as its disk.
//!
//! ```text
//! image ─copy─▶ disk ◀──nbd── QEMU ◀── kernel, initramfs (+ agent), command line, device tree
//!                │ autoboot.txt, start4.elf?                            ▲
//!                └──────────▶ firmware model ─ slot ─ config.txt ───────┘
//!                                   ▲                          │
//!                                   └── reset, `tryboot` ──────┘
//! ```
//!
//! Used by `ci/lab/tests/image`. The image is never changed: a machine runs on a [copy](disk).

pub mod board;
mod config;
pub mod cut;
mod device_tree;
pub mod disk;
pub mod ext4;
pub mod judge;
pub(crate) mod nbd;
pub mod raspi4b;
pub mod release;
pub mod slots;

use std::io;
use std::path::Path;

pub use farseat_firmware::image::Fat;
use farseat_firmware::image::{self, Image};
use farseat_firmware::slot::firmware::{Boot, Bootloader, Dark, Reset};
use tempfile::NamedTempFile;

use self::config::Config;
use self::disk::Disk;
use crate::artifacts::{ArtifactError, repository, run};
use crate::machine::Inserted;

/// The card does not boot.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The project's script did not make one.
    #[error("make the card")]
    Build(#[from] ArtifactError),
    /// A program or a file failed.
    #[error("copy the card")]
    Io(#[from] io::Error),
    /// A partition or a file is not there.
    #[error("read the card")]
    Image(#[from] image::Error),
    /// The firmware finds nothing to boot.
    #[error(transparent)]
    Dark(#[from] Dark),
}

/// A card: a copy of an image.
#[derive(Clone)]
pub struct Card {
    disk: Disk,
}

/// What the firmware loads.
pub(crate) struct System {
    pub(crate) boot: Boot,
    pub(crate) kernel: NamedTempFile,
    pub(crate) initramfs: Vec<u8>,
    pub(crate) command_line: String,
    pub(crate) device_tree: Vec<u8>,
}

impl System {
    /// The card in its slot, and the device tree that goes with this boot.
    pub(crate) fn inserted<'a>(&'a self, card: &'a Card) -> Inserted<'a> {
        Inserted {
            disk: card.disk(),
            device_tree: &self.device_tree,
        }
    }
}

impl Card {
    /// The project's card image, with the lab's kernel in its slots; the one that `FARSEAT_CARD_VIRT` names, if it is set.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn of_this_project() -> Result<Self, CardError> {
        Self::named_or_made("FARSEAT_CARD_VIRT", "ci/card virt")
    }

    /// The card of the Raspberry Pi: a mainline kernel in its slots, configured as the board's own is; the one that
    /// `FARSEAT_CARD_RPI4` names, if it is set.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn of_the_raspberry_pi() -> Result<Self, CardError> {
        Self::named_or_made("FARSEAT_CARD_RPI4", "ci/card rpi4")
    }

    /// What Buildroot has made goes through the same tests as what `ci/card` makes.
    fn named_or_made(variable: &str, script: &'static str) -> Result<Self, CardError> {
        let image = match std::env::var_os(variable) {
            Some(named) => named.into(),
            None => repository().join(run(script)?),
        };
        Ok(Self::copy_of(&image)?)
    }

    /// A copy of any image.
    ///
    /// # Errors
    /// It cannot be copied, or is no card.
    pub fn copy_of(image: &Path) -> io::Result<Self> {
        Ok(Self {
            disk: Disk::copy_of(image)?,
        })
    }

    /// The bytes.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The files of a FAT partition. Only while no machine has the card.
    ///
    /// # Errors
    /// It is no FAT.
    pub fn fat(&self, number: u8) -> Result<Fat, image::Error> {
        Image::open(&self.disk.path())?.fat(number, true)
    }

    /// What the board's firmware loads after this reset.
    pub(crate) fn load(&self, reset: Reset) -> Result<System, CardError> {
        let boot = Image::open(&self.disk.path())?.boot(Bootloader::Current, reset)?;
        let slot = self.fat(boot.partition)?;
        let config = Config::parse(&String::from_utf8_lossy(&slot.read(boot.config)?));
        let kernel = NamedTempFile::new()?;
        std::fs::write(kernel.path(), slot.read(&config.kernel)?)?;
        let command_line = String::from_utf8_lossy(&slot.read(&config.command_line)?)
            .trim()
            // The firmware knows which of the board's serial ports is the first.
            .replace("console=serial0", "console=ttyAMA0");
        let initramfs = match &config.initramfs {
            Some(name) => slot.read(name)?,
            None => Vec::new(),
        };
        Ok(System {
            kernel,
            initramfs,
            command_line,
            device_tree: device_tree::of_boot(boot.partition.into(), boot.trial)?,
            boot,
        })
    }
}
