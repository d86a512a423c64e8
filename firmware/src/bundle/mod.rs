//! Update bundles: made from a slot, signed, and read back with the appliance's own code (`slot::bundle`).
//!
//! Called by the program's steps; the lab makes its releases with it. Knows nothing of the network, and never changes
//! what was signed: [`signing`] works on the bytes of a head as they are.
//!
//! ```text
//! folder ─▶ card::slot_image ─▶ make ─▶ Unsigned ─▶ signing ─▶ X.farseat ─▶ reading ─▶ tell
//!         older X.farseat ─▶ patching ┘
//! ```
//!
//! Two bundles of the same slot differ in their signatures alone: minisign's are made with some chance in them.

pub mod make;
pub mod patching;
pub mod reading;
pub mod signing;
pub mod steps;
pub mod tell;

use std::io;
use std::path::{Path, PathBuf};

use crate::slot::bundle::{BASES, Fault, Untrusted};

/// How the files are called, behind the dot.
pub const EXTENSION: &str = "farseat";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is there already; a key is never overwritten", .0.display())]
    Exists(PathBuf),
    #[error("the bundle would not be installed anywhere: {0}")]
    Header(Fault),
    #[error(
        "the slot lacks start4.elf, config.txt, cmdline.txt or kernel8.img, or is no FAT32 file system: nothing would boot"
    )]
    NotBootable,
    #[error("block {0} cannot be packed")]
    Pack(usize),
    #[error("{}: {fault}", path.display())]
    Head { path: PathBuf, fault: Fault },
    #[error("{} ends too early: it should have {expected} bytes and has {found}", path.display())]
    TooShort {
        path: PathBuf,
        expected: u64,
        found: u64,
    },
    #[error("{} goes on behind its last block, by {more} bytes", path.display())]
    Trailing { path: PathBuf, more: u64 },
    #[error("{}: {reason}", path.display())]
    Untrusted { path: PathBuf, reason: Untrusted },
    #[error("block {index} of {} is not what the header says", path.display())]
    Block { path: PathBuf, index: usize },
    #[error("the patch for block {block} of {} is damaged", path.display())]
    Patch { path: PathBuf, block: u32 },
    #[error("a bundle has patches over at most {BASES} releases, and there are {number}")]
    Bases { number: usize },
    #[error("the blocks of {} are right, but the whole image is not what the header says", .0.display())]
    Image(PathBuf),
    #[error("{} is no public key of minisign", .0.display())]
    PublicKey(PathBuf),
    #[error("{} has no key in it, so it trusts nobody", .0.display())]
    NoKey(PathBuf),
    #[error("use the secret key in {}: {reason}", path.display())]
    SecretKey { path: PathBuf, reason: String },
    #[error("make a pair of keys: {0}")]
    Keygen(String),
    #[error("{} has {limit} signatures, and can have no more", path.display())]
    SignatureLimit { path: PathBuf, limit: u8 },
    #[error("{} is signed with the key {key} already", path.display())]
    SignedAlready { path: PathBuf, key: String },
}

fn reading(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Read {
        path: path.clone(),
        source,
    }
}

fn writing(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Write {
        path: path.clone(),
        source,
    }
}

/// Puts a file there whole or not at all: an update is not begun with half a bundle.
fn write(path: &Path, parts: &[&[u8]]) -> Result<(), Error> {
    use std::io::Write as _;
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Otherwise only who made it could read it.
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    let mut file = builder
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(writing(path))?;
    for part in parts {
        file.write_all(part).map_err(writing(path))?;
    }
    file.persist(path)
        .map(drop)
        .map_err(|error| writing(path)(error.error))
}
