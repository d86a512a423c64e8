//! What is done to the data partition: longer, mounted, looked at, checked, written anew.
//!
//! Decides nothing. Every failure is one sentence for the log and the boot report.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::super::card::Card;
use super::super::detached::{Detached, READ_ONLY};
use super::super::mounts::DATA;
use super::course::Content;
use crate::slot::layout::{self, SECTOR};
use crate::slot::mbr::Mbr;
use crate::slot::pristine::{BLOCK, Pristine, Target};
use crate::slot::superblock::{self, Superblock};
use crate::sys::block_partition::{self, Change};
use crate::sys::ext4_resize;

/// The new file system, in the root file system.
const PRISTINE: &str = "/usr/share/farseat/data.blocks";
/// Part of every new ext4.
const LOST_AND_FOUND: &str = "lost+found";
/// Written and removed to see whether the file system takes anything.
const PROBE: &str = ".written-at-boot";
/// Files that `serve` needs to start are smaller than this; images of disks need not be read.
const SMALL: u64 = 1 << 20;

pub(super) struct Partition {
    node: PathBuf,
    /// Nobody sees it yet.
    mounted: Option<Detached>,
}

/// Makes the data partition as long as the card allows; says whether that changed anything. The
/// table is written first and the kernel told second: whatever is cut off in between, the next
/// boot goes on from what the table says. The write is one sector, in which only the entry of the
/// data partition differs, and it happens once in the life of a card: before anything is kept on
/// it, so that the one card in a great many whose sector is garbage afterwards is flashed again.
pub(super) fn stretch(card: &Card) -> Result<bool, String> {
    let data = layout::DATA.number;
    let Some(grown) = card.mbr.grown(card.sectors) else {
        return Ok(false);
    };
    let entry = grown
        .partition(data)
        .ok_or("no room for a data partition")?;
    let disk = write_table(card, &grown)
        .map_err(|error| format!("write the card's partition table: {error}"))?;
    let change = match card.partition(data) {
        Some(_) => Change::Resize,
        None => Change::Add,
    };
    let place = (entry.area.offset(), entry.area.size());
    block_partition::tell(&disk, change, data, place)
        .map_err(|error| format!("tell the kernel of the longer data partition: {error}"))?;
    Ok(true)
}

fn write_table(card: &Card, table: &Mbr) -> io::Result<File> {
    let disk = File::options().read(true).write(true).open(card.node())?;
    disk.write_all_at(table.bytes(), 0)?;
    disk.sync_all()?;
    Ok(disk)
}

impl Partition {
    pub(super) fn new(node: PathBuf) -> Partition {
        Partition {
            node,
            mounted: None,
        }
    }

    /// The kernel replays the journal. An error later makes the file system read-only, not worse.
    pub(super) fn mount(&mut self) -> Result<(), String> {
        let errors = ("errors", Some("remount-ro"));
        let mounted = Detached::mount("ext4", &self.node, &[errors])
            .map_err(|error| format!("the data partition cannot be mounted: {}", plain(error)))?;
        self.mounted = Some(mounted);
        Ok(())
    }

    /// Makes a superblock whole of which only a part was written.
    pub(super) fn mend(&self) -> Result<(), String> {
        let first = pristine()?.next_block();
        let first = first.map_err(|error| error.to_string())?;
        let pristine = first.and_then(|block| superblock::of(&*block.bytes));
        let pristine = pristine.ok_or("the new file system is empty")?;
        let torn = self.superblock();
        let torn = torn.map_err(|error| format!("read its superblock: {error}"))?;
        let mended = superblock::mend(&torn, &pristine);
        let mended = mended.ok_or("its superblock is whole, or garbage")?;
        self.write_superblock(&mended)
            .map_err(|error| format!("write its superblock: {error}"))
    }

    pub(super) fn look(&self) -> Result<(), String> {
        Detached::mount("ext4", &self.node, &[READ_ONLY, ("noload", None)])
            .map(drop)
            .map_err(|error| format!("nor without its journal: {}", plain(error)))
    }

    pub(super) fn let_go(&mut self) {
        self.mounted = None;
    }

    /// From now on it is the data folder.
    pub(super) fn show(&mut self) -> Result<(), String> {
        let mounted = self.mounted.take().ok_or("nothing is mounted")?;
        mounted
            .show_at(DATA)
            .map_err(|error| format!("show the data partition: {error}"))
    }

    /// Reads the small files of the data folder, which hold all that is needed to serve, and
    /// writes one. A full file system is fine.
    pub(super) fn check(&self) -> Result<Content, String> {
        let mounted = self.mounted.as_ref().ok_or("nothing is mounted")?;
        let folder = mounted.folder();
        let content = read_small_files(&folder)
            .map_err(|error| format!("the data partition cannot be read: {error}"))?;
        match write_probe(&folder.join(PROBE)) {
            Ok(()) => Ok(content),
            Err(error) if is_full(&error) => Ok(content),
            Err(error) => Err(format!("the data partition cannot be written: {error}")),
        }
    }

    /// Writes the new file system over whatever is there.
    pub(super) fn remake(&self) -> Result<(), String> {
        let pristine = pristine()?;
        let disk = File::options().write(true).open(&self.node);
        let disk = disk.map_err(|error| format!("open the data partition: {error}"))?;
        let in_words = |error: crate::slot::pristine::Error| match std::error::Error::source(&error)
        {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        pristine.restore(&mut Disk(disk)).map_err(in_words)
    }

    /// The mounted file system fills its partition from now on. Every boot looks whether it does: one that
    /// was cut off is made good. The kernel is asked only then, as its answer waits for the card.
    pub(super) fn grow(&self) -> Result<(), String> {
        let grown = self.bytes().and_then(|bytes| {
            let wanted = bytes / BLOCK as u64;
            if self.blocks()? == wanted {
                return Ok(());
            }
            let folder = File::open(DATA)?;
            ext4_resize::resize(&folder, wanted)
        });
        grown.map_err(|error| format!("data: grow the file system: {error}"))
    }

    /// How many blocks the file system has by its superblock, which the mount has just read.
    fn blocks(&self) -> io::Result<u64> {
        Ok(superblock::blocks(&self.superblock()?))
    }

    fn superblock(&self) -> io::Result<Superblock> {
        let mut bytes = [0; superblock::SIZE];
        File::open(&self.node)?.read_exact_at(&mut bytes, superblock::OFFSET)?;
        Ok(bytes)
    }

    fn write_superblock(&self, superblock: &Superblock) -> io::Result<()> {
        let disk = File::options().write(true).open(&self.node)?;
        disk.write_all_at(superblock, superblock::OFFSET)?;
        disk.sync_all()
    }

    fn bytes(&self) -> io::Result<u64> {
        let name = self.node.file_name().unwrap_or_default();
        let size = fs::read_to_string(Path::new("/sys/class/block").join(name).join("size"))?;
        let sectors: u64 = size.trim().parse().map_err(io::Error::other)?;
        Ok(sectors * SECTOR)
    }
}

/// The new file system.
fn pristine() -> Result<Pristine<BufReader<File>>, String> {
    let file = File::open(PRISTINE).map_err(|error| format!("open {PRISTINE}: {error}"))?;
    Pristine::open(BufReader::new(file)).map_err(|error| error.to_string())
}

/// What the kernel means by the error of a mount.
fn plain(error: Errno) -> String {
    match error {
        Errno::INVAL => "there is no intact file system on it".to_owned(),
        other => other.to_string(),
    }
}

fn read_small_files(folder: &Path) -> io::Result<Content> {
    let mut content = Content::Empty;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == LOST_AND_FOUND {
            continue;
        }
        content = Content::Some;
        let about = entry.metadata()?;
        if about.is_file() && about.len() <= SMALL {
            let mut bytes = Vec::new();
            File::open(entry.path())?
                .take(SMALL)
                .read_to_end(&mut bytes)?;
        }
    }
    Ok(content)
}

fn write_probe(path: &Path) -> io::Result<()> {
    // What an earlier boot left when it was cut off.
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    let mut probe = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = probe.write_all(b"ok").and_then(|()| probe.sync_all());
    fs::remove_file(path)?;
    written
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::NOSPC | Errno::DQUOT)
    )
}

/// A partition, as `slot` writes to it.
struct Disk(File);

impl Target for Disk {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_has_only_what_every_new_file_system_has_is_empty() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let content = || read_small_files(folder.path()).expect("readable");
        assert_eq!(content(), Content::Empty);
        fs::create_dir(folder.path().join(LOST_AND_FOUND)).expect("folder");
        assert_eq!(content(), Content::Empty);
        fs::write(folder.path().join("settings.toml"), "").expect("file");
        assert_eq!(content(), Content::Some);
    }

    #[test]
    fn a_probe_leaves_nothing_behind_and_minds_no_older_one() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let probe = folder.path().join("probe");
        fs::write(&probe, "from a boot that was cut off").expect("file");
        write_probe(&probe).expect("written");
        assert!(!probe.exists());
    }

    #[test]
    fn only_a_full_disk_is_no_fault() {
        assert!(is_full(&io::Error::from(Errno::NOSPC)));
        for fault in [Errno::ROFS, Errno::IO, Errno::UCLEAN] {
            assert!(!is_full(&io::Error::from(fault)));
        }
    }
}
