//! The root file system: one program, empty folders to mount on, three data files. Packed as the initramfs.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::cpio::{self, Entry};
use crate::tool::{self, Tool};

/// Where the appliance's data files are, without the slash in front.
pub const SHARE: &str = "usr/share/farseat";
/// Folders that things are mounted on.
pub const MOUNT_POINTS: [&str; 7] = ["boot", "data", "dev", "proc", "run", "sys", "tmp"];
/// The one program.
pub const INIT: &str = "init";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Tool(#[from] tool::Error),
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
    /// Each lands in [`SHARE`] under its own name.
    pub data_files: &'a [PathBuf],
}

/// The packed archive.
pub fn make(parts: &Parts<'_>, epoch: u64) -> Result<Vec<u8>, Error> {
    let mut entries: Vec<Entry> = MOUNT_POINTS.into_iter().map(Entry::folder).collect();
    entries.push(Entry::program(INIT, read(parts.init)?));
    // Folders before what is in them: the kernel makes none by itself.
    entries.extend(["usr", "usr/share", SHARE].into_iter().map(Entry::folder));
    for file in parts.data_files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        entries.push(Entry::file(&format!("{SHARE}/{name}"), read(file)?));
    }
    pack(&entries, epoch)
}

/// Packs entries as the kernel takes them.
pub fn pack(entries: &[Entry], epoch: u64) -> Result<Vec<u8>, Error> {
    let archive = cpio::write(entries, epoch);
    // One thread, because the number of threads would be in the result.
    let zstd = Tool::new("zstd", epoch).args(["--quiet", "-19", "--single-thread", "--stdout"]);
    Ok(zstd.run_with(&archive)?)
}

/// What is in a packed archive.
pub fn unpack(packed: &[u8]) -> Result<Vec<Entry>, Error> {
    let archive = Tool::new("zstd", 0)
        .args(["--quiet", "--decompress", "--stdout"])
        .run_with(packed)?;
    Ok(cpio::read(&archive)?)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}
