//! What of a bundle has to come: the blocks that the card has not, in runs of neighbours; and a block's unpacking. Pure.

use std::ops::Range;

use miniz_oxide::inflate::decompress_slice_iter_to_slice;

use crate::slot::bundle::Header;
use crate::slot::digest::Digest;
use crate::slot::refusal::Refusal;

/// Missing blocks whose packed bytes follow one another in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) blocks: Vec<u32>,
    /// In the file.
    pub(super) bytes: Range<u64>,
}

/// The runs of `missing`, in order; the payload begins at byte `payload` of the file. Blocks that do not exist are left
/// out.
pub(super) fn runs(header: &Header, payload: u64, missing: impl Iterator<Item = u32>) -> Vec<Run> {
    let offsets: Vec<u64> = header.offsets().map(|offset| payload + offset).collect();
    let mut runs: Vec<Run> = Vec::new();
    for block in missing {
        let at = block as usize;
        let (Some(start), Some(end)) = (offsets.get(at), offsets.get(at + 1)) else {
            continue;
        };
        match runs.last_mut() {
            Some(run) if run.bytes.end == *start => {
                run.blocks.push(block);
                run.bytes.end = *end;
            }
            _ => runs.push(Run {
                blocks: vec![block],
                bytes: *start..*end,
            }),
        }
    }
    runs
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
    use crate::slot::bundle::{BLOCK, Block};

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

    #[test]
    fn neighbours_are_one_run_and_zeros_between_them_do_not_part_them() {
        let header = header(&[10, 20, 0, 30, 40, 50]);
        let run = |blocks: &[u32], bytes| Run {
            blocks: blocks.to_vec(),
            bytes,
        };
        assert_eq!(
            runs(&header, 100, [0, 1, 2, 3, 5].into_iter()),
            [run(&[0, 1, 2, 3], 100..160), run(&[5], 200..250)]
        );
        assert_eq!(runs(&header, 100, [6, 7].into_iter()), []);
        assert_eq!(
            runs(&header, 0, [1, 3].into_iter()),
            [run(&[1, 3], 10..60)],
            "the block of zeros between them takes no bytes"
        );
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
