//! The new data partition as a file: an ext4 image without its empty blocks. The appliance has no mkfs; it writes this.
//!
//! ```text
//! 0   magic "FSEText4"
//! 8   blocks that follow   u32 ┐
//! 12  blocks of the image  u32 ┤ little-endian
//! 16  { number             u32 ┘ , 4096 bytes } …   numbers rise; a block that is not there is all zero
//! ```
//!
//! The host tool writes it, `init` reads it. Any bytes may come: reading is bounded and says what is wrong.

use std::io::{self, Read, Write};

use super::layout;

/// Bytes of a block, of the file system and here.
pub const BLOCK: usize = 4096;
/// No image is longer than the partition that a card begins with.
pub const MOST_BLOCKS: u32 = (layout::DATA.area.size() / BLOCK as u64) as u32;

const MAGIC: [u8; 8] = *b"FSEText4";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read the pristine data file")]
    Read(#[source] io::Error),
    #[error("the pristine data file does not begin as one")]
    Magic,
    #[error(
        "the pristine data file counts {stored} blocks of {total}; at most {MOST_BLOCKS} are allowed"
    )]
    Counts { stored: u32, total: u32 },
    #[error(
        "the pristine data file has block {number} where none under {total} and above the last was due"
    )]
    Order { number: u32, total: u32 },
    #[error("the pristine data file goes on behind its last block")]
    Trailing,
    #[error("the image is not {MOST_BLOCKS} blocks of {BLOCK} bytes")]
    Image,
    #[error("write block {number} of the data partition")]
    Write {
        number: u32,
        #[source]
        source: io::Error,
    },
    #[error("flush the data partition")]
    Flush(#[source] io::Error),
}

/// Reads the file block by block.
#[derive(Debug)]
pub struct Pristine<R> {
    from: R,
    left: u32,
    total: u32,
    /// The lowest number that may come next.
    next: u32,
}

/// One block of the image that is not all zero.
#[derive(Debug)]
pub struct Block {
    pub number: u32,
    pub bytes: Box<[u8; BLOCK]>,
}

/// Where a file system is written to: the partition, or a test's memory.
pub trait Target {
    /// Writes all the bytes at an offset in bytes.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything written before will survive a power cut.
    fn flush(&mut self) -> io::Result<()>;
}

impl<R: Read> Pristine<R> {
    /// Reads the head.
    pub fn open(mut from: R) -> Result<Self, Error> {
        let mut head = [0; 16];
        from.read_exact(&mut head).map_err(Error::Read)?;
        if head[..8] != MAGIC {
            return Err(Error::Magic);
        }
        let (stored, total) = (number(&head[8..12]), number(&head[12..]));
        if total == 0 || total > MOST_BLOCKS || stored > total {
            return Err(Error::Counts { stored, total });
        }
        Ok(Pristine {
            from,
            left: stored,
            total,
            next: 0,
        })
    }

    /// Blocks of the whole image.
    #[must_use]
    pub fn total_blocks(&self) -> u32 {
        self.total
    }

    /// The next block; `None` at the end of the file, which is looked at too.
    pub fn next_block(&mut self) -> Result<Option<Block>, Error> {
        if self.left == 0 {
            let mut more = [0];
            return match self.from.read(&mut more) {
                Ok(0) => Ok(None),
                Ok(_) => Err(Error::Trailing),
                Err(error) => Err(Error::Read(error)),
            };
        }
        let mut head = [0; 4];
        self.from.read_exact(&mut head).map_err(Error::Read)?;
        let (number, total) = (number(&head), self.total);
        if number < self.next || number >= total {
            return Err(Error::Order { number, total });
        }
        let mut bytes = Box::new([0; BLOCK]);
        self.from
            .read_exact(bytes.as_mut_slice())
            .map_err(Error::Read)?;
        self.left -= 1;
        self.next = number + 1;
        Ok(Some(Block { number, bytes }))
    }

    /// Writes the whole image, also the blocks that are zero: an old journal must not be taken for the new one's. The
    /// first block, which holds the superblock, is zero until all others are safe: a power cut in between leaves what
    /// does not mount, and so begins again. Nothing is written when the file's head is wrong.
    pub fn restore(mut self, target: &mut impl Target) -> Result<(), Error> {
        let zeros = [0; BLOCK];
        let mut write = |number: u32, block: &[u8; BLOCK]| {
            target
                .write_at(u64::from(number) * BLOCK as u64, block)
                .map_err(|source| Error::Write { number, source })
        };
        write(0, &zeros)?;
        let mut superblock = Box::new(zeros);
        let mut at = 1;
        while let Some(Block { number, bytes }) = self.next_block()? {
            if number == 0 {
                superblock = bytes;
                continue;
            }
            for gap in at..number {
                write(gap, &zeros)?;
            }
            write(number, &bytes)?;
            at = number + 1;
        }
        for gap in at..self.total {
            write(gap, &zeros)?;
        }
        target.flush().map_err(Error::Flush)?;
        target
            .write_at(0, superblock.as_slice())
            .map_err(|source| Error::Write { number: 0, source })?;
        target.flush().map_err(Error::Flush)
    }
}

/// Packs an image of whole blocks.
pub fn pack(image: &[u8], mut into: impl Write) -> Result<(), Error> {
    let (blocks, rest) = image.as_chunks::<BLOCK>();
    let total = u32::try_from(blocks.len()).map_err(|_| Error::Image)?;
    if !rest.is_empty() || total == 0 || total > MOST_BLOCKS {
        return Err(Error::Image);
    }
    let stored: Vec<(u32, &[u8; BLOCK])> = (0..total)
        .zip(blocks)
        .filter(|(_, block)| block.iter().any(|byte| *byte != 0))
        .collect();
    let mut write = |bytes: &[u8]| {
        into.write_all(bytes)
            .map_err(|source| Error::Write { number: 0, source })
    };
    write(&MAGIC)?;
    write(&(stored.len() as u32).to_le_bytes())?;
    write(&total.to_le_bytes())?;
    for (number, block) in stored {
        write(&number.to_le_bytes())?;
        write(block)?;
    }
    Ok(())
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A disk in memory that counts its flushes.
    struct Memory {
        bytes: Vec<u8>,
        flushed: Vec<Vec<u8>>,
    }

    impl Memory {
        fn dirty(blocks: usize) -> Memory {
            Memory {
                bytes: vec![0xEE; blocks * BLOCK],
                flushed: Vec::new(),
            }
        }
    }

    impl Target for Memory {
        fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
            let at = usize::try_from(offset).map_err(io::Error::other)?;
            let place = self.bytes.get_mut(at..at + bytes.len());
            place
                .ok_or(io::ErrorKind::StorageFull)?
                .copy_from_slice(bytes);
            Ok(())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.flushed.push(self.bytes.clone());
            Ok(())
        }
    }

    fn image(filled: &[(usize, u8)], blocks: usize) -> Vec<u8> {
        let mut image = vec![0; blocks * BLOCK];
        for (block, byte) in filled {
            image[block * BLOCK + 7] = *byte;
        }
        image
    }

    fn packed(image: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        pack(image, &mut packed).unwrap();
        packed
    }

    fn restore(file: &[u8], onto: &mut Memory) -> Result<(), Error> {
        Pristine::open(file)?.restore(onto)
    }

    #[test]
    fn only_blocks_that_are_not_zero_are_stored_and_all_come_back() {
        let image = image(&[(0, 1), (3, 2), (8, 3)], 10);
        let packed = packed(&image);
        assert_eq!(packed.len(), 16 + 3 * (4 + BLOCK));
        let mut disk = Memory::dirty(10);
        restore(&packed, &mut disk).unwrap();
        assert_eq!(disk.bytes, image);
    }

    #[test]
    fn the_superblock_is_written_when_everything_else_is_safe() {
        let image = image(&[(0, 1), (3, 2)], 5);
        let mut disk = Memory::dirty(5);
        restore(&packed(&image), &mut disk).unwrap();
        assert_eq!(disk.flushed.len(), 2);
        assert!(disk.flushed[0][..BLOCK].iter().all(|byte| *byte == 0));
        assert_eq!(disk.flushed[0][BLOCK..], image[BLOCK..]);
    }

    #[test]
    fn a_file_that_was_cut_off_leaves_nothing_that_mounts() {
        let whole = packed(&image(&[(0, 1), (3, 2)], 5));
        let mut disk = Memory::dirty(5);
        let error = restore(&whole[..whole.len() - 1], &mut disk).unwrap_err();
        assert!(matches!(error, Error::Read(_)), "{error}");
        assert!(disk.bytes[..BLOCK].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let good = packed(&image(&[(1, 1), (3, 2)], 5));
        let spoilt = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            restore(&bytes, &mut Memory::dirty(5)).unwrap_err()
        };
        assert!(matches!(spoilt(0, b'X'), Error::Magic));
        assert!(matches!(
            spoilt(8, 6),
            Error::Counts {
                stored: 6,
                total: 5
            }
        ));
        assert!(matches!(spoilt(8, 1), Error::Trailing));
        assert!(matches!(spoilt(14, 1), Error::Counts { .. }), "too long");
        assert!(matches!(
            spoilt(16, 5),
            Error::Order {
                number: 5,
                total: 5
            }
        ));
        let falling = spoilt(16 + 4 + BLOCK, 1);
        assert!(matches!(falling, Error::Order { number: 1, .. }));
    }

    #[test]
    fn a_target_that_is_too_small_is_told() {
        let file = packed(&image(&[(4, 1)], 5));
        let error = restore(&file, &mut Memory::dirty(4)).unwrap_err();
        assert!(matches!(error, Error::Write { number: 4, .. }), "{error}");
    }

    #[test]
    fn an_image_of_half_blocks_is_not_packed() {
        assert!(matches!(pack(&[1; 100], Vec::new()), Err(Error::Image)));
        assert!(matches!(pack(&[], Vec::new()), Err(Error::Image)));
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back(filled in proptest::collection::vec((0_usize..20, any::<u8>()), 0..20)) {
            let image = image(&filled, 20);
            let mut disk = Memory::dirty(20);
            restore(&packed(&image), &mut disk).unwrap();
            prop_assert_eq!(disk.bytes, image);
        }

        #[test]
        fn no_bytes_make_reading_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..9000), honest: bool, total: u8) {
            if honest && bytes.len() >= 16 {
                bytes[..8].copy_from_slice(&MAGIC);
                bytes[8..16].copy_from_slice(&[2, 0, 0, 0, total, 0, 0, 0]);
            }
            let _ = restore(&bytes, &mut Memory::dirty(256));
        }
    }
}
