//! The card as a run of bytes: the seam between what is decided about slots and where their bytes are.
//!
//! Three implementations: init's (the block device, past the kernel's cache), the simulator's (a file), and the tests'
//! (memory that keeps a log of its writes). Used by everything in `slot` that reads or writes a card.

use std::io;

use super::layout::SECTOR;

/// A disk. Offsets and lengths are in bytes and multiples of [`SECTOR`].
pub trait Disk {
    /// Fills `buffer` with what is at `at`.
    ///
    /// # Errors
    /// Whatever the device says; `UnexpectedEof` behind its end.
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Puts `bytes` at `at`. They may be lost by a power cut until [`Disk::flush`] has returned.
    ///
    /// # Errors
    /// Whatever the device says.
    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// What was written before is on the medium now.
    ///
    /// # Errors
    /// Whatever the device says.
    fn flush(&mut self) -> io::Result<()>;
}

impl<D: Disk + ?Sized> Disk for &mut D {
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        (**self).read(at, buffer)
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        (**self).write(at, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (**self).flush()
    }
}

/// One sector.
pub type Sector = [u8; SECTOR as usize];

#[cfg(test)]
pub(crate) mod memory {
    use std::collections::BTreeMap;
    use std::ops::Range;

    use super::super::layout::CARD_SECTORS;
    use super::*;

    /// One thing that happened to a [`MemoryDisk`].
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) enum Event {
        Write { at: u64, bytes: Vec<u8> },
        Flush,
    }

    const PAGE: u64 = 4096;

    /// A disk in memory that remembers what was done to it. As large as a card, and takes only the room of what is not zero.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct MemoryDisk {
        pages: BTreeMap<u64, Vec<u8>>,
        pub(crate) log: Vec<Event>,
        /// Writes that reach into this range fail.
        pub(crate) refuses: Option<Range<u64>>,
        /// Reads that reach into this range fail.
        pub(crate) unreadable: Option<Range<u64>>,
    }

    impl MemoryDisk {
        /// Without a trace in the log.
        pub(crate) fn put(&mut self, mut at: u64, mut bytes: &[u8]) {
            while !bytes.is_empty() {
                let (page, from) = (at / PAGE, (at % PAGE) as usize);
                let (now, later) = bytes.split_at(bytes.len().min(PAGE as usize - from));
                let page = self
                    .pages
                    .entry(page)
                    .or_insert_with(|| vec![0; PAGE as usize]);
                page[from..from + now.len()].copy_from_slice(now);
                (at, bytes) = (at + now.len() as u64, later);
            }
        }

        pub(crate) fn get(&self, at: u64, length: usize) -> Vec<u8> {
            let mut bytes = Vec::with_capacity(length);
            while bytes.len() < length {
                let at = at + bytes.len() as u64;
                let from = (at % PAGE) as usize;
                let now = (length - bytes.len()).min(PAGE as usize - from);
                match self.pages.get(&(at / PAGE)) {
                    Some(page) => bytes.extend(&page[from..from + now]),
                    None => bytes.resize(bytes.len() + now, 0),
                }
            }
            bytes
        }
    }

    fn check(at: u64, length: usize, bad: Option<&Range<u64>>) -> io::Result<()> {
        assert_eq!(
            (at % SECTOR, length as u64 % SECTOR),
            (0, 0),
            "whole sectors"
        );
        let end = at + length as u64;
        if end > CARD_SECTORS * SECTOR {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if bad.is_some_and(|bad| at < bad.end && bad.start < end) {
            return Err(io::Error::from_raw_os_error(5));
        }
        Ok(())
    }

    impl Disk for MemoryDisk {
        fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
            check(at, buffer.len(), self.unreadable.as_ref())?;
            buffer.copy_from_slice(&self.get(at, buffer.len()));
            Ok(())
        }

        fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
            check(at, bytes.len(), self.refuses.as_ref())?;
            self.put(at, bytes);
            self.log.push(Event::Write {
                at,
                bytes: bytes.to_vec(),
            });
            Ok(())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.log.push(Event::Flush);
            Ok(())
        }
    }
}
