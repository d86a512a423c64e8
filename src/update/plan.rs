//! What of a bundle has to come: the blocks that the card has not, or patches for them, in runs of neighbours; and their
//! unpacking. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use miniz_oxide::inflate::{decompress_slice_iter_to_slice, decompress_to_vec_zlib_with_limit};

use crate::slot::bundle::{BLOCK, Header};
use crate::slot::digest::Digest;
use crate::slot::refusal::Refusal;
use crate::slot::state::Image;

/// What comes for one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) block: u32,
    /// Its bytes in the file.
    pub(super) packed: usize,
    /// It is what makes the block from what runs, and not the block itself.
    pub(super) patch: bool,
}

/// Items whose packed bytes follow one another in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) items: Vec<Item>,
    /// In the file.
    pub(super) bytes: Range<u64>,
}

/// The runs for the blocks `missing`, which rise, in the order of the file; the payload begins at its byte `payload`. With
/// patches where there are some over what is `running`. Blocks that do not exist are left out.
pub(super) fn runs(
    header: &Header,
    payload: u64,
    missing: impl Iterator<Item = u32>,
    running: Option<Image>,
) -> Vec<Run> {
    let offsets: Vec<u64> = header.offsets().collect();
    let patches = running.map_or_else(BTreeMap::new, |image| patches(header, image));
    let (mut whole, mut patched) = (Vec::new(), Vec::new());
    for block in missing {
        let at = block as usize;
        if let Some(range) = patches.get(&block) {
            patched.push((block, range.clone(), true));
        } else if let (Some(start), Some(end)) = (offsets.get(at), offsets.get(at + 1)) {
            whole.push((block, *start..*end, false));
        }
    }
    let mut runs: Vec<Run> = Vec::new();
    for (block, range, patch) in whole.into_iter().chain(patched) {
        let bytes = payload + range.start..payload + range.end;
        let packed = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let item = Item {
            block,
            packed,
            patch,
        };
        match runs.last_mut() {
            Some(run) if run.bytes.end == bytes.start => {
                run.items.push(item);
                run.bytes.end = bytes.end;
            }
            _ => runs.push(Run {
                items: vec![item],
                bytes,
            }),
        }
    }
    runs
}

/// Where in the payload each block's patch is.
fn patches(header: &Header, running: Image) -> BTreeMap<u32, Range<u64>> {
    let Some((base, mut at)) = header.base(running.size, running.sha256) else {
        return BTreeMap::new();
    };
    let patches = base.patches.iter().map(|patch| {
        let start = at;
        at += u64::from(patch.packed);
        (patch.block, start..at)
    });
    patches.collect()
}

/// Unpacks a patch, never to more than a packet carries. `None`: it is damaged, and nothing is to be had from it.
pub(super) fn unpack_patch(packed: &[u8]) -> Option<Vec<u8>> {
    let patch = decompress_to_vec_zlib_with_limit(packed, BLOCK).ok()?;
    (!patch.is_empty()).then_some(patch)
}

/// Unpacks block `index`; never to more than its signed length.
///
/// # Errors
/// It is not what was signed.
pub(super) fn unpack(header: &Header, index: u32, packed: &[u8]) -> Result<Vec<u8>, Refusal> {
    let damaged = Refusal::Block(index);
    let block = header.blocks.get(index as usize).ok_or(damaged)?;
    let mut bytes = vec![0; header.length(index as usize)];
    if block.packed > 0 {
        let written = decompress_slice_iter_to_slice(
            &mut bytes,
            std::iter::once(packed),
            true,
            // The sum below is the one that counts.
            true,
        );
        if written != Ok(bytes.len()) {
            return Err(damaged);
        }
    }
    (Digest::of(&bytes) == block.sha256)
        .then_some(bytes)
        .ok_or(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::bundle::{BLOCK, Base, Block, Patch};

    fn header(packed: &[u32]) -> Header {
        Header {
            size: (packed.len() * BLOCK) as u64,
            blocks: packed
                .iter()
                .map(|packed| Block {
                    sha256: Digest::of(&[0; BLOCK]),
                    packed: *packed,
                })
                .collect(),
            ..crate::slot::bundle::tests::header()
        }
    }

    fn whole(block: u32, packed: usize) -> Item {
        Item {
            block,
            packed,
            patch: false,
        }
    }

    fn run(items: &[Item], bytes: Range<u64>) -> Run {
        Run {
            items: items.to_vec(),
            bytes,
        }
    }

    #[test]
    fn neighbours_are_one_run_and_zeros_between_them_do_not_part_them() {
        let header = header(&[10, 20, 0, 30, 40, 50]);
        let runs = |payload, missing: &[u32]| runs(&header, payload, missing.iter().copied(), None);
        let first = [whole(0, 10), whole(1, 20), whole(2, 0), whole(3, 30)];
        assert_eq!(
            runs(100, &[0, 1, 2, 3, 5]),
            [run(&first, 100..160), run(&[whole(5, 50)], 200..250)]
        );
        assert_eq!(runs(100, &[6, 7]), []);
        assert_eq!(
            runs(0, &[1, 3]),
            [run(&[whole(1, 20), whole(3, 30)], 10..60)],
            "the block of zeros between them takes no bytes"
        );
    }

    #[test]
    fn patches_over_what_runs_come_behind_the_blocks_that_have_none() {
        let image = |name: u8| Image {
            size: 512,
            sha256: Digest([name; 32]),
        };
        let base = |name: u8, blocks: &[(u32, u32)]| Base {
            size: 512,
            sha256: image(name).sha256,
            patches: blocks
                .iter()
                .map(|(block, packed)| Patch {
                    block: *block,
                    packed: *packed,
                    first: 0,
                    count: 1,
                })
                .collect(),
        };
        let mut header = header(&[10, 20, 30, 40]);
        header.bases = vec![
            base(1, &[(0, 5)]),
            base(2, &[(0, 6), (1, 7), (2, 8), (3, 9)]),
        ];
        let patch = |block, packed| Item {
            block,
            packed,
            patch: true,
        };
        let over = |name, missing: &[u32]| {
            let missing = missing.iter().copied();
            runs(&header, 1000, missing, Some(image(name)))
        };
        assert_eq!(
            over(1, &[0, 1, 3]),
            [
                run(&[whole(1, 20)], 1010..1030),
                // The last block and the first patch are neighbours, too.
                run(&[whole(3, 40), patch(0, 5)], 1060..1105),
            ]
        );
        assert_eq!(
            over(2, &[0, 1, 3]),
            [
                run(&[patch(0, 6), patch(1, 7)], 1105..1118),
                run(&[patch(3, 9)], 1126..1135),
            ]
        );
        assert_eq!(over(3, &[1]), [run(&[whole(1, 20)], 1010..1030)]);
    }

    #[test]
    fn a_patch_that_is_damaged_empty_or_too_long_gives_nothing() {
        let packed = |bytes: &[u8]| miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6);
        assert_eq!(unpack_patch(&packed(b"patch")), Some(b"patch".to_vec()));
        assert!(unpack_patch(&packed(&[0; BLOCK])).is_some());
        for wrong in [packed(&[0; BLOCK + 1]), packed(b""), vec![], vec![0x78]] {
            assert_eq!(unpack_patch(&wrong), None);
        }
        let mut damaged = packed(b"patch");
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        assert_eq!(unpack_patch(&damaged), None);
    }

    #[test]
    fn a_block_that_unpacks_to_more_or_less_or_other_bytes_is_damaged() {
        let packed = |bytes: &[u8]| miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6);
        let header = header(&[9, 0]);
        assert_eq!(unpack(&header, 0, &packed(&[0; BLOCK])), Ok(vec![0; BLOCK]));
        assert_eq!(unpack(&header, 1, &[]), Ok(vec![0; BLOCK]));
        let mut other = vec![0; BLOCK];
        other[7] = 1;
        for wrong in [
            packed(&[0; BLOCK + 1]),
            packed(&[0; BLOCK - 1]),
            packed(&other),
            packed(&vec![0; 100 * BLOCK]),
            vec![],
            vec![0x78],
        ] {
            assert_eq!(unpack(&header, 0, &wrong), Err(Refusal::Block(0)));
        }
        assert_eq!(unpack(&header, 2, &[]), Err(Refusal::Block(2)));
    }
}
