//! The card: which disk it is and where the nodes of its partitions are. Reads the first sector of whole disks.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use super::ears::timespec;
use crate::slot::layout::DISK_SIGNATURE;
use crate::slot::mbr::{self, Mbr};
use crate::sys::uevents::Uevents;

const BLOCK: &str = "/sys/class/block";
/// A card reader finds its card within a second or two; a worn card may need a few attempts.
const PATIENCE: Duration = Duration::from_secs(10);

/// A disk with our signature.
#[derive(Debug)]
pub(super) struct Card {
    /// `mmcblk0`.
    name: String,
    pub(super) sectors: u64,
    pub(super) mbr: Mbr,
}

impl Card {
    pub(super) fn node(&self) -> PathBuf {
        Path::new("/dev").join(&self.name)
    }

    /// The node of a partition that the kernel knows.
    pub(super) fn partition(&self, number: u8) -> Option<PathBuf> {
        let name = partition_name(&self.name, number);
        let known = Path::new(BLOCK).join(&name).exists();
        known.then(|| Path::new("/dev").join(name))
    }
}

/// Finds the card. When there should be one and is none yet, waits for the kernel's news of it.
pub(super) fn find(uevents: Option<&Uevents>, expected: bool) -> Option<Card> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // News that come after this look are still there for the wait.
        while uevents.is_some_and(|uevents| uevents.take().is_some()) {}
        if let Some(card) = look() {
            return Some(card);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let uevents = uevents.filter(|_| expected && !left.is_zero())?;
        let mut polled = [PollFd::new(uevents, PollFlags::IN)];
        let _ = poll(&mut polled, Some(&timespec(left)));
    }
}

fn look() -> Option<Card> {
    let entries = fs::read_dir(BLOCK).ok()?;
    let whole = entries
        .flatten()
        .filter(|entry| !entry.path().join("partition").exists())
        .filter_map(|entry| entry.file_name().into_string().ok());
    in_order(whole.collect())
        .into_iter()
        .find_map(|name| open(&name).ok().flatten())
}

/// The card reader before anything that is plugged in, else by name. What is no disk is left out.
fn in_order(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| {
        !["loop", "ram", "zram"]
            .iter()
            .any(|kind| name.starts_with(kind))
    });
    names.sort_by_key(|name| (!name.starts_with("mmcblk"), name.clone()));
    names
}

fn open(name: &str) -> io::Result<Option<Card>> {
    let mut sector = [0; mbr::LENGTH];
    File::open(Path::new("/dev").join(name))?.read_exact(&mut sector)?;
    let mbr = Mbr::parse(&sector).filter(|mbr| mbr.signature() == DISK_SIGNATURE);
    let Some(mbr) = mbr else { return Ok(None) };
    let size = fs::read_to_string(Path::new(BLOCK).join(name).join("size"))?;
    Ok(Some(Card {
        name: name.to_owned(),
        sectors: size.trim().parse().map_err(io::Error::other)?,
        mbr,
    }))
}

/// The kernel puts a `p` between a name that ends with a digit and the number.
fn partition_name(disk: &str, number: u8) -> String {
    let separator = if disk.ends_with(|last: char| last.is_ascii_digit()) {
        "p"
    } else {
        ""
    };
    format!("{disk}{separator}{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_reader_comes_first() {
        let names = ["vda", "sda", "loop0", "mmcblk1", "zram0", "mmcblk0", "ram3"];
        assert_eq!(
            in_order(names.map(str::to_owned).to_vec()),
            ["mmcblk0", "mmcblk1", "sda", "vda"]
        );
    }

    #[test]
    fn partitions_have_the_kernels_names() {
        assert_eq!(partition_name("mmcblk0", 4), "mmcblk0p4");
        assert_eq!(partition_name("vda", 1), "vda1");
    }
}
