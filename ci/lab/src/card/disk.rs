//! The card as a disk: a copy of an image, what a test wants to know about its use, and faults on demand.
//!
//! The copy has no name and is gone with the last handle; the image stays as it is. [`super::nbd`] is the only one that
//! reads and writes for the machine; requests come one at a time, so the log is the order in which they took effect.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cut::Entry;
use crate::PATIENCE;

const SECTOR: u64 = 512;
/// Where a master boot record has its four entries, and how long one is.
const TABLE: u64 = 446;
const ENTRY: u64 = 16;

/// A handle on the card. Clones share it.
#[derive(Clone)]
pub struct Disk(Arc<Shared>);

struct Shared {
    file: File,
    size: u64,
    partitions: Vec<Range<u64>>,
    state: Mutex<State>,
    /// A write came, or nothing hangs any more.
    hangs: Condvar,
}

#[derive(Default)]
struct State {
    /// Bytes read of each partition since they were last asked for.
    read: Vec<u64>,
    unreadable: Vec<usize>,
    unwritable: Vec<usize>,
    hanging: Vec<usize>,
    /// Writes that nobody answers.
    held: usize,
    log: Option<Vec<Entry>>,
    /// Since they were last counted from nothing.
    writes: u64,
}

/// The disk does not do what it was asked for; what the machine sees is an I/O error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

impl Disk {
    /// Copies an image; holes stay holes.
    ///
    /// # Errors
    /// It cannot be read, or has no partition table.
    pub fn copy_of(image: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        let copied = Command::new("cp")
            .args(["--sparse=always", "--reflink=auto"])
            .arg(image)
            .arg(path_of(&file))
            .status()?;
        if !copied.success() {
            return Err(io::Error::other(format!("copy {}", image.display())));
        }
        let partitions = read_table(&file)?;
        let state = State {
            read: vec![0; partitions.len()],
            ..State::default()
        };
        Ok(Self(Arc::new(Shared {
            size: file.metadata()?.len(),
            file,
            partitions,
            state: Mutex::new(state),
            hangs: Condvar::new(),
        })))
    }

    /// Under this name programs find the card as long as there is a handle.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        path_of(&self.0.file)
    }

    /// Its length in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// Where a partition is, in bytes. The first one is number 1.
    ///
    /// # Panics
    /// There is no such partition.
    #[must_use]
    pub fn partition(&self, number: usize) -> Range<u64> {
        self.0.partitions[number - 1].clone()
    }

    /// What is on the card.
    ///
    /// # Errors
    /// It ends before.
    pub fn content(&self, area: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; (area.end - area.start) as usize];
        self.0.file.read_exact_at(&mut bytes, area.start)?;
        Ok(bytes)
    }

    /// Changes the card while no machine has it.
    ///
    /// # Errors
    /// The copy cannot be written.
    pub fn change(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.file.write_all_at(bytes, offset)
    }

    /// From now on reading these partitions fails.
    pub fn fail_reads(&self, partitions: &[usize]) {
        self.lock().unreadable = partitions.to_vec();
    }

    /// From now on writing these partitions fails.
    pub fn fail_writes(&self, partitions: &[usize]) {
        self.lock().unwritable = partitions.to_vec();
    }

    /// From now on a write to these partitions is not answered, and nothing that comes after it, as by a card whose
    /// controller hangs.
    pub fn hang_writes(&self, partitions: &[usize]) {
        self.lock().hanging = partitions.to_vec();
    }

    /// Waits until a write hangs.
    ///
    /// # Panics
    /// None comes.
    #[track_caller]
    pub fn wait_hanging(&self) {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.lock();
        while state.held == 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the machine writes nothing that could hang"
            );
            let waited = self.0.hangs.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The card has lost its power: what hangs has failed, and it works again.
    pub fn stop_hanging(&self) {
        self.lock().hanging.clear();
        self.0.hangs.notify_all();
    }

    /// How many bytes of a partition the machine has asked for since this was last asked.
    ///
    /// # Panics
    /// There is no such partition.
    #[must_use]
    pub fn take_read(&self, partition: usize) -> u64 {
        std::mem::take(&mut self.lock().read[partition - 1])
    }

    /// From now on writes are counted.
    pub fn count_writes(&self) {
        self.lock().writes = 0;
    }

    /// Waits until there were more writes than so many; whether they came while the machine can still be waited for.
    #[must_use]
    pub fn wait_writes(&self, number: u64) -> bool {
        self.wait_writes_for(number, PATIENCE)
    }

    /// The same, but no longer than this.
    #[must_use]
    pub fn wait_writes_for(&self, number: u64, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut state = self.lock();
        while state.writes <= number {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.0.hangs.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// From now on every write and flush is kept.
    pub fn record(&self) {
        self.lock().log = Some(Vec::new());
    }

    /// Notes in the log that something has happened outside.
    pub fn mark(&self, mark: u32) {
        self.lock().push(|| Entry::Mark(mark));
    }

    /// What was kept; nothing is kept from now on.
    #[must_use]
    pub fn take_log(&self) -> Vec<Entry> {
        self.lock().log.take().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panics has changed nothing halfway.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touched(&self, area: &Range<u64>) -> impl Iterator<Item = usize> {
        let touches = |place: &Range<u64>| place.start.max(area.start) < place.end.min(area.end);
        let touched = self.0.partitions.iter().map(touches).collect::<Vec<_>>();
        (1..)
            .zip(touched)
            .filter_map(|(number, yes)| yes.then_some(number))
    }

    fn touches_any(&self, area: &Range<u64>, partitions: &[usize]) -> bool {
        self.touched(area)
            .any(|partition| partitions.contains(&partition))
    }

    /// Returns when the card works again; what was held is lost.
    fn hang(&self, mut state: MutexGuard<'_, State>) -> Result<(), Refused> {
        state.held += 1;
        self.0.hangs.notify_all();
        while !state.hanging.is_empty() {
            let waited = self.0.hangs.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state.held -= 1;
        Err(Refused)
    }

    pub(super) fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<(), Refused> {
        let area = offset..offset.saturating_add(bytes.len() as u64);
        let mut state = self.lock();
        for partition in self.touched(&area) {
            state.read[partition - 1] += bytes.len() as u64;
            if state.unreadable.contains(&partition) {
                return Err(Refused);
            }
        }
        self.0
            .file
            .read_exact_at(bytes, offset)
            .map_err(|_| Refused)
    }

    pub(super) fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Refused> {
        let area = offset..offset.saturating_add(bytes.len() as u64);
        let mut state = self.lock();
        if self.touches_any(&area, &state.hanging) {
            return self.hang(state);
        }
        if area.end > self.0.size || self.touches_any(&area, &state.unwritable) {
            return Err(Refused);
        }
        self.0
            .file
            .write_all_at(bytes, offset)
            .map_err(|_| Refused)?;
        state.push(|| Entry::Write {
            offset,
            bytes: bytes.to_vec(),
        });
        state.writes += 1;
        self.0.hangs.notify_all();
        Ok(())
    }

    pub(super) fn flush(&self) {
        self.lock().push(|| Entry::Flush);
    }
}

impl State {
    fn push(&mut self, entry: impl FnOnce() -> Entry) {
        if let Some(log) = &mut self.log {
            log.push(entry());
        }
    }
}

fn path_of(file: &File) -> PathBuf {
    format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()).into()
}

fn read_table(file: &File) -> io::Result<Vec<Range<u64>>> {
    let mut sector = [0; SECTOR as usize];
    file.read_exact_at(&mut sector, 0)?;
    if sector[510..] != [0x55, 0xaa] {
        return Err(io::Error::other("the image has no partition table"));
    }
    let number = |at: u64| {
        let field = &sector[at as usize..at as usize + 4];
        u64::from(u32::from_le_bytes(field.try_into().expect("four bytes")))
    };
    Ok((0..4)
        .map(|index| {
            let start = number(TABLE + index * ENTRY + 8) * SECTOR;
            start..start + number(TABLE + index * ENTRY + 12) * SECTOR
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One partition of one sector at sector 1, a disk of three sectors.
    fn disk() -> Disk {
        let mut image = vec![0; 3 * 512];
        image[510..512].copy_from_slice(&[0x55, 0xaa]);
        image[454] = 1;
        image[458] = 1;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &image).unwrap();
        Disk::copy_of(file.path()).unwrap()
    }

    #[test]
    fn a_partition_that_is_to_fail_fails_and_its_neighbours_do_not() {
        let disk = disk();
        let mut sector = [1; 512];
        assert_eq!(disk.read(512, &mut sector), Ok(()));
        assert_eq!(sector, [0; 512]);
        disk.fail_reads(&[1]);
        assert_eq!(disk.read(512, &mut sector), Err(Refused));
        assert_eq!(disk.read(0, &mut [0; 1024]), Err(Refused));
        assert_eq!(disk.read(1024, &mut sector), Ok(()));
        assert_eq!(disk.take_read(1), 512 + 512 + 1024);
        assert_eq!(disk.take_read(1), 0);
    }

    #[test]
    fn the_log_has_every_write_from_when_it_was_asked_for() {
        let disk = disk();
        disk.write(0, b"before").unwrap();
        disk.record();
        disk.write(512, b"word").unwrap();
        disk.flush();
        disk.mark(7);
        let written = Entry::Write {
            offset: 512,
            bytes: b"word".to_vec(),
        };
        assert_eq!(disk.take_log(), [written, Entry::Flush, Entry::Mark(7)]);
        assert_eq!(disk.content(512..516).unwrap(), b"word");
    }

    #[test]
    fn a_write_that_hangs_is_lost_when_the_card_works_again() {
        let disk = disk();
        disk.hang_writes(&[1]);
        let writer = disk.clone();
        let writing = std::thread::spawn(move || writer.write(512, b"word"));
        disk.wait_hanging();
        assert!(!writing.is_finished());
        disk.stop_hanging();
        assert_eq!(writing.join().unwrap(), Err(Refused));
        assert_eq!(disk.content(512..516).unwrap(), [0; 4]);
        assert_eq!(disk.write(512, b"word"), Ok(()));
    }

    #[test]
    fn nothing_is_written_where_writing_is_to_fail_or_behind_the_end() {
        let disk = disk();
        disk.record();
        disk.fail_writes(&[1]);
        assert_eq!(disk.write(512, b"word"), Err(Refused));
        assert_eq!(disk.write(3 * 512 - 1, b"word"), Err(Refused));
        assert_eq!(disk.take_log(), []);
    }
}
