//! What a release says of itself.
//!
//! Layout, all numbers little-endian, `text` = a byte that says how long and so many bytes of UTF-8:
//!
//! ```text
//! u16 version (1) · u16 flags (1: the floor rises) · u32 rollback index · u64 created · u64 oldest bootloader
//! text product · text version · text channel · u8 number · so many × text hardware · u16 length · notes
//! u64 size of the image · 32 sum of the image · u32 size of a block · u32 number · so many × (32 sum · u32 packed size)
//! and what it has patches against, see `base`
//! ```

use super::super::bytes::{Reader, put_short};
use super::super::digest::Digest;
use super::super::layout;
use super::base::{self, Base};
use super::head::Fault;
use super::{BLOCK, PACKED_LIMIT};

const VERSION: u16 = 1;
const RAISES_FLOOR: u16 = 1;
/// Bytes that a name or version may have.
pub const TEXT_LIMIT: usize = 40;
/// Bytes of what people read about a release.
pub const NOTES_LIMIT: usize = 8 << 10;
const HARDWARE_LIMIT: u8 = 8;

/// Everything that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub made: Made,
    /// Bytes of the image: the slot's partition up to the last byte that is not zero, in whole sectors.
    pub size: u64,
    pub sha256: Digest,
    /// `size / BLOCK`, rounded up.
    pub blocks: Vec<Block>,
    /// The releases that it has patches against.
    pub bases: Vec<Base>,
}

/// What a release says of itself besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    pub product: String,
    /// As people know it, `1.2.3`.
    pub version: String,
    /// `stable`.
    pub channel: String,
    /// Values of the device tree's `compatible` that it runs on.
    pub hardware: Vec<String>,
    /// Never lower than the floor of the card that it is installed on.
    pub rollback_index: u32,
    /// Once it is committed nothing with a lower index is installed again.
    pub raises_floor: bool,
    /// Seconds since 1970.
    pub created: u64,
    /// Seconds since 1970 at which the oldest boot firmware that can start it on trial was built.
    pub oldest_bootloader: u64,
    /// What has changed, for people.
    pub notes: String,
}

/// One block of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Of the block as it goes to the card.
    pub sha256: Digest,
    /// Bytes in the payload; 0 = nothing but zeros, and not in the payload.
    pub packed: u32,
}

impl Header {
    /// Reads a header; everything in it is checked but whether it is true.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Header, Fault> {
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        if version != VERSION {
            return Err(Fault::Version(version));
        }
        let flags = reader.u16()?;
        if flags & !RAISES_FLOOR != 0 {
            return Err(Fault::Field("flags"));
        }
        let mut made = Made {
            raises_floor: flags & RAISES_FLOOR != 0,
            rollback_index: reader.u32()?,
            created: reader.u64()?,
            oldest_bootloader: reader.u64()?,
            ..Made::default()
        };
        made.product = text(&mut reader, "product")?;
        made.version = text(&mut reader, "version")?;
        made.channel = text(&mut reader, "channel")?;
        let names = reader.u8()?;
        if names > HARDWARE_LIMIT {
            return Err(Fault::Field("hardware"));
        }
        for _ in 0..names {
            made.hardware.push(text(&mut reader, "hardware")?);
        }
        made.notes = notes(&mut reader)?;
        let size = reader.u64()?;
        let sha256 = Digest(reader.array()?);
        let blocks = blocks(&mut reader, size)?;
        let bases = base::parse(&mut reader, &blocks)?;
        if !reader.rest().is_empty() {
            return Err(Fault::Trailing);
        }
        Ok(Header {
            made,
            size,
            sha256,
            blocks,
            bases,
        })
    }

    /// The bytes that [`Header::parse`] reads.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let made = &self.made;
        let mut bytes = Vec::new();
        bytes.extend(VERSION.to_le_bytes());
        let flags = if made.raises_floor { RAISES_FLOOR } else { 0 };
        bytes.extend(flags.to_le_bytes());
        bytes.extend(made.rollback_index.to_le_bytes());
        bytes.extend(made.created.to_le_bytes());
        bytes.extend(made.oldest_bootloader.to_le_bytes());
        for text in [&made.product, &made.version, &made.channel] {
            put_short(&mut bytes, text.as_bytes());
        }
        bytes.push(u8::try_from(made.hardware.len()).unwrap_or(u8::MAX));
        for name in &made.hardware {
            put_short(&mut bytes, name.as_bytes());
        }
        bytes.extend(
            u16::try_from(made.notes.len())
                .unwrap_or(u16::MAX)
                .to_le_bytes(),
        );
        bytes.extend(made.notes.as_bytes());
        bytes.extend(self.size.to_le_bytes());
        bytes.extend(self.sha256.0);
        bytes.extend((BLOCK as u32).to_le_bytes());
        bytes.extend(
            u32::try_from(self.blocks.len())
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
        for block in &self.blocks {
            bytes.extend(block.sha256.0);
            bytes.extend(block.packed.to_le_bytes());
        }
        bytes.push(u8::try_from(self.bases.len()).unwrap_or(u8::MAX));
        self.bases.iter().for_each(|base| base.print(&mut bytes));
        bytes
    }

    /// How many bytes block `index` has on the card; 0 when there is none.
    #[must_use]
    pub fn length(&self, index: usize) -> usize {
        let left = self.size.saturating_sub(index as u64 * BLOCK as u64);
        usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK))
    }

    /// Where each block begins in the payload, and where the last one ends.
    pub fn offsets(&self) -> impl Iterator<Item = u64> + '_ {
        let packed = self.blocks.iter().map(|block| u64::from(block.packed));
        std::iter::once(0).chain(packed.scan(0, |at, packed| {
            *at += packed;
            Some(*at)
        }))
    }

    /// The base with this image, and where its patches begin in the payload, which they follow without gaps.
    #[must_use]
    pub fn base(&self, size: u64, sha256: Digest) -> Option<(&Base, u64)> {
        let mut at = self.offsets().last().unwrap_or(0);
        for base in &self.bases {
            if (base.size, base.sha256) == (size, sha256) {
                return Some((base, at));
            }
            at += base.packed();
        }
        None
    }

    /// Bytes of the payload: blocks, and patches behind them.
    #[must_use]
    pub fn payload(&self) -> u64 {
        let patches: u64 = self.bases.iter().map(Base::packed).sum();
        self.offsets().last().unwrap_or(0) + patches
    }
}

/// Printable, not empty, not long: it goes to logs and pages.
fn text(reader: &mut Reader<'_>, field: &'static str) -> Result<String, Fault> {
    let bytes = reader.short()?;
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::Field(field))?;
    let good = !text.is_empty()
        && text.len() <= TEXT_LIMIT
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    good.then(|| text.to_owned()).ok_or(Fault::Field(field))
}

fn notes(reader: &mut Reader<'_>) -> Result<String, Fault> {
    let length = usize::from(reader.u16()?);
    if length > NOTES_LIMIT {
        return Err(Fault::Field("notes"));
    }
    let notes = std::str::from_utf8(reader.take(length)?).map_err(|_| Fault::Field("notes"))?;
    let good = notes.chars().all(|each| each == '\n' || !each.is_control());
    good.then(|| notes.to_owned()).ok_or(Fault::Field("notes"))
}

fn blocks(reader: &mut Reader<'_>, size: u64) -> Result<Vec<Block>, Fault> {
    let slot = layout::SLOT_A.area.size();
    if size == 0 || size > slot || !size.is_multiple_of(layout::SECTOR) {
        return Err(Fault::Size(size));
    }
    if reader.u32()? != BLOCK as u32 {
        return Err(Fault::Field("size of a block"));
    }
    let number = reader.u32()?;
    if u64::from(number) != size.div_ceil(BLOCK as u64) {
        return Err(Fault::Field("number of blocks"));
    }
    // Bounded by the size of a slot: at most 2048.
    let mut blocks = Vec::with_capacity(number as usize);
    for _ in 0..number {
        let block = Block {
            sha256: Digest(reader.array()?),
            packed: reader.u32()?,
        };
        if block.packed as usize > PACKED_LIMIT {
            return Err(Fault::Field("size of a packed block"));
        }
        blocks.push(block);
    }
    Ok(blocks)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::base::tests::{base, patch};
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn header() -> Header {
        Header {
            made: Made {
                product: "farseat".to_owned(),
                version: "1.2.3".to_owned(),
                channel: "stable".to_owned(),
                hardware: vec![
                    "raspberrypi,4-model-b".to_owned(),
                    "linux,dummy-virt".to_owned(),
                ],
                rollback_index: 7,
                raises_floor: true,
                created: 1_767_225_600,
                oldest_bootloader: 1_759_881_600,
                notes: "Faster.\nSäfer.".to_owned(),
            },
            size: BLOCK as u64 + 512,
            sha256: Digest([1; 32]),
            blocks: vec![
                Block {
                    sha256: Digest([2; 32]),
                    packed: 100,
                },
                Block {
                    sha256: Digest([3; 32]),
                    packed: 0,
                },
            ],
            bases: vec![base(4, &[patch(0, 40, 3, 2)]), base(5, &[])],
        }
    }

    #[test]
    fn what_is_printed_is_read_back() {
        assert_eq!(Header::parse(&header().print()), Ok(header()));
    }

    #[test]
    fn the_last_block_may_be_shorter_and_blocks_follow_each_other() {
        let header = header();
        assert_eq!([0, 1, 2].map(|index| header.length(index)), [BLOCK, 512, 0]);
        assert_eq!(header.offsets().collect::<Vec<_>>(), [0, 100, 100]);
        assert_eq!(header.payload(), 140, "with the patch");
    }

    /// Each is a header that somebody could sign by mistake.
    #[test]
    fn a_field_out_of_bounds_is_refused_by_name() {
        let broken = |change: &dyn Fn(&mut Header)| {
            let mut header = header();
            change(&mut header);
            Header::parse(&header.print())
                .expect_err("broken")
                .to_string()
        };
        assert!(broken(&|header| header.made.version.clear()).contains("version"));
        assert!(broken(&|header| header.made.version = "1 2".to_owned()).contains("version"));
        assert!(broken(&|header| header.made.product = "x".repeat(41)).contains("product"));
        assert!(
            broken(&|header| header.made.hardware = vec!["a".to_owned(); 9]).contains("hardware")
        );
        assert!(broken(&|header| header.made.notes = "\u{1b}[2J".to_owned()).contains("notes"));
        assert!(
            broken(&|header| header.made.notes = "x".repeat(NOTES_LIMIT + 1)).contains("notes")
        );
        assert!(broken(&|header| header.size = 0).contains("bytes"));
        assert!(broken(&|header| header.size += 1).contains("bytes"));
        assert!(broken(&|header| header.size = layout::SLOT_A.area.size() + 512).contains("bytes"));
        assert!(broken(&|header| header.blocks.truncate(1)).contains("number of blocks"));
        assert!(
            broken(&|header| header.blocks[0].packed = PACKED_LIMIT as u32 + 1).contains("packed")
        );
    }

    #[test]
    fn every_prefix_is_too_short_and_a_byte_more_is_too_long() {
        let mut bytes = header().print();
        for cut in 0..bytes.len() {
            assert!(
                matches!(Header::parse(&bytes[..cut]), Err(Fault::Short(missing)) if missing > 0),
                "{cut}"
            );
        }
        bytes.push(0);
        assert_eq!(Header::parse(&bytes), Err(Fault::Trailing));
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Header::parse(&bytes);
        }

        #[test]
        fn a_changed_byte_gives_another_header_or_none(at: prop::sample::Index, change in 1_u8..) {
            let mut bytes = header().print();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            prop_assert_ne!(Header::parse(&bytes), Ok(header()));
        }
    }
}
