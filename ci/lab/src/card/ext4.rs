//! The data partition judged from outside: mounted by nobody, read by e2fsprogs.
//!
//! The journal is replayed as the kernel would do it when it mounts, after a torn superblock was made whole as init does
//! it, and nothing else is repaired: what is still wrong after that is reported.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use farseat_firmware::slot::superblock::{self, Superblock};

/// What is wrong with a file system.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// The kernel would not mount it.
    #[error("the journal cannot be replayed: {0}")]
    Journal(String),
    /// It can be mounted, but is not whole.
    #[error("not whole after the journal was replayed: {0}")]
    Structure(String),
    /// A program did not start.
    #[error("run e2fsprogs")]
    Io(#[from] io::Error),
}

/// The superblock of the file system that begins an image.
///
/// # Errors
/// The image is too short.
pub fn superblock(image: &Path) -> io::Result<Superblock> {
    let mut bytes = [0; superblock::SIZE];
    File::open(image)?.read_exact_at(&mut bytes, superblock::OFFSET)?;
    Ok(bytes)
}

/// Does what init does when the superblock keeps the kernel from mounting. Says whether there was anything to do.
///
/// # Errors
/// The image cannot be written.
pub fn mend(image: &Path, pristine: &Superblock) -> io::Result<bool> {
    let Some(mended) = superblock::mend(&superblock(image)?, pristine) else {
        return Ok(false);
    };
    let file = File::options().write(true).open(image)?;
    file.write_all_at(&mended, superblock::OFFSET)?;
    Ok(true)
}

/// Replays the journal of the file system in `image`, and checks that nothing is left to repair.
///
/// # Errors
/// What is wrong.
pub fn replay(image: &Path) -> Result<(), Damage> {
    let (code, words) = check(&["-y", "-E", "journal_only"], image)?;
    // 1: something was done, and it is right now.
    if !matches!(code, 0 | 1) {
        return Err(Damage::Journal(words));
    }
    match check(&["-f", "-n"], image)? {
        (0, _) => Ok(()),
        (_, words) => Err(Damage::Structure(words)),
    }
}

fn check(options: &[&str], image: &Path) -> io::Result<(i32, String)> {
    let output = Command::new("/sbin/e2fsck")
        .args(options)
        .arg(image)
        .output()?;
    let words = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap_or(-1);
    Ok((code, String::from_utf8_lossy(&words).into_owned()))
}

/// Puts a file into the root folder, in the place of one that is there; as much of it as fits.
///
/// # Errors
/// debugfs does not start.
pub fn write(image: &Path, file: &str, content: &Path) -> io::Result<()> {
    for order in [
        format!("rm {file}"),
        format!("write {} {file}", content.display()),
    ] {
        let mut debugfs = Command::new("/sbin/debugfs");
        debugfs.args(["-w", "-R", &order]).arg(image);
        debugfs.output()?;
    }
    Ok(())
}

/// A file's content; `None` when it is not there.
///
/// # Errors
/// debugfs does not start.
pub fn read(image: &Path, file: &str) -> io::Result<Option<Vec<u8>>> {
    let mut debugfs = Command::new("/sbin/debugfs");
    debugfs.args(["-R", &format!("cat {file}")]).arg(image);
    let output = debugfs.output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    // It always says its version, and always succeeds.
    if words.lines().any(|line| line.contains("File not found")) {
        return Ok(None);
    }
    Ok(Some(output.stdout))
}

/// Copies all files out of the file system into a folder.
///
/// # Errors
/// debugfs does not start.
pub fn dump(image: &Path, into: &Path) -> io::Result<()> {
    let mut debugfs = Command::new("/sbin/debugfs");
    debugfs.args(["-R", &format!("rdump / {}", into.display())]);
    // It says its version, and that it is not root; what is missing in the end is seen in the folder.
    debugfs.arg(image).output().map(drop)
}
