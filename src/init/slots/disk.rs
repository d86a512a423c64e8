//! The card as a [`Disk`]: past the kernel's cache, so that what is read back is what the card holds, and an update does
//! not push everything else out of memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

use crate::slot::bundle::BLOCK;
use crate::slot::disk::Disk;

/// Where direct access wants memory to begin: no card has larger sectors.
const ALIGNMENT: usize = 4096;

/// A block device, and memory for one block.
pub(super) struct Device {
    file: File,
    memory: Vec<u8>,
}

impl Device {
    pub(super) fn open(node: &Path) -> io::Result<Device> {
        let direct = OFlags::DIRECT.bits().cast_signed();
        let mut options = File::options();
        options.read(true).write(true).custom_flags(direct);
        options.open(node).map(Device::over)
    }

    fn over(file: File) -> Device {
        Device {
            file,
            memory: vec![0; BLOCK + ALIGNMENT],
        }
    }
}

/// Room for so many bytes of one block, at a multiple of the alignment.
fn aligned(memory: &mut [u8], length: usize) -> &mut [u8] {
    let start = memory.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
    &mut memory[start..start + length]
}

impl Disk for Device {
    fn read(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        for (index, part) in bytes.chunks_mut(BLOCK).enumerate() {
            let at = at + (index * BLOCK) as u64;
            let buffer = aligned(&mut self.memory, part.len());
            self.file.read_exact_at(buffer, at)?;
            part.copy_from_slice(buffer);
        }
        Ok(())
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        for (index, part) in bytes.chunks(BLOCK).enumerate() {
            let at = at + (index * BLOCK) as u64;
            let buffer = aligned(&mut self.memory, part.len());
            buffer.copy_from_slice(part);
            self.file.write_all_at(buffer, at)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_for_a_block_begins_where_direct_access_wants_it() {
        let mut memory = vec![0; BLOCK + ALIGNMENT];
        for shift in [0, 1, 511, 4095] {
            let memory = &mut memory[..];
            let buffer = aligned(memory, BLOCK - shift);
            assert_eq!(buffer.as_ptr() as usize % ALIGNMENT, 0);
            assert_eq!(buffer.len(), BLOCK - shift);
        }
    }

    #[test]
    fn what_is_longer_than_a_block_is_written_and_read_in_parts() {
        let mut device = Device::over(tempfile::tempfile().expect("a file"));
        let bytes: Vec<u8> = (0..3 * BLOCK + 512).map(|at| (at / 512) as u8).collect();
        device.write(1024, &bytes).expect("written");
        device.flush().expect("flushed");
        let mut read = vec![0; bytes.len()];
        device.read(1024, &mut read).expect("read");
        assert!(read == bytes);
        let behind = device.read(1024 + bytes.len() as u64, &mut [0; 512]);
        assert_eq!(
            behind.expect_err("nothing is there").kind(),
            io::ErrorKind::UnexpectedEof
        );
    }
}
