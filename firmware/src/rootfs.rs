//! The root file system: the program, the one that joins wireless networks, empty folders to mount on, three data files, and
//! what the kernel loads into a radio. A cpio archive, the initramfs.
//!
//! It is not compressed on the card: a bundle compresses it, block by block, and an update fetches only the blocks that
//! have changed. In a compressed archive everything behind the first change would be another byte. The program comes
//! first, so that it begins at the same place in every release.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::cpio::{self, Entry};

/// Where the appliance's data files are, without the slash in front.
pub const SHARE: &str = "usr/share/farseat";
/// Folders that things are mounted on.
pub const MOUNT_POINTS: [&str; 7] = ["boot", "data", "dev", "proc", "run", "sys", "tmp"];
/// The program.
pub const INIT: &str = "init";
/// The other one, which joins wireless networks.
pub const SUPPLICANT: &str = "wpa_supplicant";
/// Where the kernel looks for what it loads.
pub const FIRMWARE: &str = "lib/firmware";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("unpack the initramfs")]
    Archive(#[from] cpio::Error),
}

/// What goes into it.
#[derive(Debug)]
pub struct Parts<'a> {
    pub init: &'a Path,
    pub supplicant: &'a Path,
    /// The folder that becomes [`FIRMWARE`].
    pub firmware: &'a Path,
    /// Each lands in [`SHARE`] under its own name.
    pub data_files: &'a [PathBuf],
}

/// The archive.
pub fn make(parts: &Parts<'_>, epoch: u64) -> Result<Vec<u8>, Error> {
    let mut entries: Vec<Entry> = MOUNT_POINTS.into_iter().map(Entry::folder).collect();
    entries.push(Entry::program(INIT, read(parts.init)?));
    entries.push(Entry::program(SUPPLICANT, read(parts.supplicant)?));
    // Folders before what is in them: the kernel makes none by itself.
    entries.extend(["lib", FIRMWARE].into_iter().map(Entry::folder));
    add_folder(&mut entries, parts.firmware, FIRMWARE)?;
    entries.extend(["usr", "usr/share", SHARE].into_iter().map(Entry::folder));
    for file in parts.data_files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        entries.push(Entry::file(&format!("{SHARE}/{name}"), read(file)?));
    }
    Ok(cpio::write(&entries, epoch))
}

/// In the order of names, so that two builds are the same.
fn add_folder(entries: &mut Vec<Entry>, folder: &Path, place: &str) -> Result<(), Error> {
    let failed = |source| Error::Read {
        path: folder.to_owned(),
        source,
    };
    let found = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut paths: Vec<_> = found
        .map_err(failed)?
        .iter()
        .map(fs::DirEntry::path)
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let there = format!("{place}/{name}");
        if path.is_dir() {
            entries.push(Entry::folder(&there));
            add_folder(entries, &path, &there)?;
        } else {
            entries.push(Entry::file(&there, read(&path)?));
        }
    }
    Ok(())
}

/// What is in an archive.
pub fn unpack(archive: &[u8]) -> Result<Vec<Entry>, Error> {
    Ok(cpio::read(archive)?)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}
