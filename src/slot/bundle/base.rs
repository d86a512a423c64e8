//! Older releases that a bundle has patches against: for an appliance that runs one of them, the patches are all that it
//! fetches of the blocks that have changed a little.
//!
//! Layout, behind the blocks:
//!
//! ```text
//! u8 number · so many × (u64 size of its image · 32 sum of its image · u32 number · so many patches)
//! patch   u32 block · u32 packed size · u32 first block of the window in the base's image · u8 blocks of the window
//! ```

use std::ops::Range;

use super::super::bytes::Reader;
use super::super::digest::Digest;
use super::super::layout;
use super::head::Fault;
use super::{BLOCK, Block, PACKED_LIMIT};

/// A bundle has patches against at most this many releases.
pub const BASES: usize = 2;
/// Blocks of the base that a patch may copy from: what init reads for one.
pub const WINDOW: u8 = 3;

/// A release that may run where this one goes, known by its image, and what makes blocks of this one from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    pub size: u64,
    pub sha256: Digest,
    /// In the order of their blocks, at most one for each.
    pub patches: Vec<Patch>,
}

/// One patch, a zlib stream in the payload of what [`super::patch`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patch {
    /// Which block it makes.
    pub block: u32,
    /// Bytes in the payload.
    pub packed: u32,
    /// The first block of the base that it copies from.
    pub first: u32,
    /// And how many there are, 1 to [`WINDOW`].
    pub count: u8,
}

impl Base {
    /// The bytes of the base's image that a patch copies from.
    #[must_use]
    pub fn window(&self, patch: &Patch) -> Range<u64> {
        let start = u64::from(patch.first) * BLOCK as u64;
        let end = start + u64::from(patch.count) * BLOCK as u64;
        start..end.min(self.size)
    }

    /// Bytes of its patches in the payload.
    #[must_use]
    pub fn packed(&self) -> u64 {
        let packed = self.patches.iter().map(|patch| u64::from(patch.packed));
        packed.sum()
    }

    pub(super) fn print(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.size.to_le_bytes());
        bytes.extend(self.sha256.0);
        let number = u32::try_from(self.patches.len()).unwrap_or(u32::MAX);
        bytes.extend(number.to_le_bytes());
        for patch in &self.patches {
            for number in [patch.block, patch.packed, patch.first] {
                bytes.extend(number.to_le_bytes());
            }
            bytes.push(patch.count);
        }
    }
}

pub(super) fn parse(reader: &mut Reader<'_>, blocks: &[Block]) -> Result<Vec<Base>, Fault> {
    let number = reader.u8()?;
    if usize::from(number) > BASES {
        return Err(Fault::Field("number of bases"));
    }
    (0..number).map(|_| base(reader, blocks)).collect()
}

fn base(reader: &mut Reader<'_>, blocks: &[Block]) -> Result<Base, Fault> {
    let size = reader.u64()?;
    if size == 0 || size > layout::SLOT_A.area.size() || !size.is_multiple_of(layout::SECTOR) {
        return Err(Fault::Field("size of a base"));
    }
    let sha256 = Digest(reader.array()?);
    let mut patches: Vec<Patch> = Vec::new();
    // Their blocks rise, so there are no more than blocks.
    for _ in 0..reader.u32()? {
        let patch = patch(reader, size.div_ceil(BLOCK as u64))?;
        let block = blocks.get(patch.block as usize);
        let is_next = patches.last().is_none_or(|last| last.block < patch.block);
        if !is_next || block.is_none_or(|block| block.packed == 0) {
            return Err(Fault::Field("block of a patch"));
        }
        patches.push(patch);
    }
    Ok(Base {
        size,
        sha256,
        patches,
    })
}

/// `there`: how many blocks the base has.
fn patch(reader: &mut Reader<'_>, there: u64) -> Result<Patch, Fault> {
    let patch = Patch {
        block: reader.u32()?,
        packed: reader.u32()?,
        first: reader.u32()?,
        count: reader.u8()?,
    };
    if !(1..=PACKED_LIMIT).contains(&(patch.packed as usize)) {
        return Err(Fault::Field("size of a patch"));
    }
    let is_inside = u64::from(patch.first) + u64::from(patch.count) <= there;
    if !(1..=WINDOW).contains(&patch.count) || !is_inside {
        return Err(Fault::Field("window of a patch"));
    }
    Ok(patch)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Header;
    use super::super::header::tests::header;
    use super::*;

    pub(crate) fn base(name: u8, patches: &[Patch]) -> Base {
        Base {
            size: 5 * BLOCK as u64 - 512,
            sha256: Digest([name; 32]),
            patches: patches.to_vec(),
        }
    }

    pub(crate) fn patch(block: u32, packed: u32, first: u32, count: u8) -> Patch {
        Patch {
            block,
            packed,
            first,
            count,
        }
    }

    #[test]
    fn a_base_is_found_by_its_image_and_its_patches_lie_behind_those_before() {
        let mut header = header();
        let size = header.bases[1].size;
        let second = header.base(size, Digest([5; 32]));
        assert_eq!(second.map(|(_, at)| at), Some(140));
        assert_eq!(header.base(size, Digest([6; 32])), None);
        assert_eq!(header.base(size + 512, Digest([5; 32])), None);
        header.bases[0].patches[0].first = 2;
        let (base, at) = header.base(size, Digest([4; 32])).expect("the first");
        assert_eq!(at, 100);
        let block = BLOCK as u64;
        assert_eq!(base.window(&base.patches[0]), 2 * block..4 * block);
        assert_eq!(base.window(&patch(0, 1, 4, 1)), 4 * block..size);
    }

    #[test]
    fn a_patch_out_of_bounds_is_refused_by_name() {
        let broken = |patches: &[Patch]| {
            let mut header = header();
            header.bases[0].patches = patches.to_vec();
            Header::parse(&header.print()).map_err(|fault| fault.to_string())
        };
        assert!(broken(&[patch(0, 40, 2, 3)]).is_ok());
        let fault = |patches: &[Patch]| broken(patches).expect_err("broken");
        for wrong in [patch(0, 40, 3, 3), patch(0, 40, 0, 4), patch(0, 40, 0, 0)] {
            assert!(fault(&[wrong]).contains("window of a patch"));
        }
        assert!(fault(&[patch(0, 40, u32::MAX, 3)]).contains("window of a patch"));
        assert!(fault(&[patch(0, 0, 0, 1)]).contains("size of a patch"));
        assert!(fault(&[patch(0, PACKED_LIMIT as u32 + 1, 0, 1)]).contains("size of a patch"));
        // Twice, behind the last, and of zeros.
        assert!(fault(&[patch(0, 1, 0, 1); 2]).contains("block of a patch"));
        assert!(fault(&[patch(2, 1, 0, 1)]).contains("block of a patch"));
        assert!(fault(&[patch(1, 1, 0, 1)]).contains("block of a patch"));
        for size in [0, 100, layout::SLOT_A.area.size() + 512] {
            let mut header = header();
            header.bases[0].size = size;
            assert_eq!(
                Header::parse(&header.print()),
                Err(Fault::Field("size of a base"))
            );
        }
        let mut header = header();
        header.bases.push(base(6, &[]));
        assert_eq!(
            Header::parse(&header.print()),
            Err(Fault::Field("number of bases"))
        );
    }
}
