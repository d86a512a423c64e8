//! Patches: what makes the changed blocks of a release from the image of one before. Pure.
//!
//! What is alike is found by bsdiff, whose own file format is left at once for the appliance's (`slot::bundle::patch`).
//! It looks through a window of a few blocks, so that the appliance has to read no more: where most of a block's samples
//! lie in the base, wherever that is.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::make::LEVEL;
use crate::slot::bundle::patch::{Step, apply, print};
use crate::slot::bundle::{BLOCK, Base, Block, Patch, WINDOW};
use crate::slot::digest::Digest;

/// Bytes by which places are known again: four instructions.
const SAMPLE: usize = 16;
/// Of a step in bsdiff's stream: three numbers of 8 bytes, of which the top bit is the sign.
const STEP: usize = 24;

/// What `base` is good for when `image`, packed as `blocks`, is fetched: its entry in the header, and its patches packed,
/// one behind the other. There is one only where it is smaller than the block.
#[must_use]
pub fn over(base: &[u8], image: &[u8], blocks: &[Block]) -> (Base, Vec<u8>) {
    let there: HashSet<Digest> = base.chunks(BLOCK).map(Digest::of).collect();
    let places = Places::of(base);
    let (mut patches, mut payload) = (Vec::new(), Vec::new());
    for (index, (bytes, block)) in image.chunks(BLOCK).zip(blocks).enumerate() {
        // Those are copied.
        if block.packed == 0 || there.contains(&block.sha256) {
            continue;
        }
        let (first, window) = places.window(index, bytes);
        let Some(packed) = patch(window, bytes) else {
            continue;
        };
        if packed.len() < block.packed as usize {
            patches.push(Patch {
                block: index as u32,
                packed: packed.len() as u32,
                first: first as u32,
                count: window.len().div_ceil(BLOCK) as u8,
            });
            payload.extend(packed);
        }
    }
    let base = Base {
        size: base.len() as u64,
        sha256: Digest::of(base),
        patches,
    };
    (base, payload)
}

/// Packed. `None` when the appliance would not make the block of it.
fn patch(window: &[u8], block: &[u8]) -> Option<Vec<u8>> {
    let mut stream = Vec::new();
    bsdiff::diff(window, block, &mut stream).ok()?;
    let patch = print(&steps(&stream)?);
    let is_right = apply(&patch, window, block.len()).as_deref() == Some(block);
    // An appliance takes no longer one.
    (is_right && patch.len() <= BLOCK).then(|| compress_to_vec_zlib(&patch, LEVEL))
}

/// The steps of bsdiff's stream: copied, inserted, how far the next copy's place is from this one's end; then the bytes.
fn steps(mut stream: &[u8]) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    let mut from: i64 = 0;
    while !stream.is_empty() {
        let (numbers, rest) = stream.split_at_checked(STEP)?;
        let mut numbers = numbers.chunks(8).map(number);
        let (copied, inserted, seek) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let (differences, rest) = rest.split_at_checked(usize::try_from(copied).ok()?)?;
        let (inserted, rest) = rest.split_at_checked(usize::try_from(inserted).ok()?)?;
        if !(differences.is_empty() && inserted.is_empty()) {
            steps.push(Step {
                from: usize::try_from(from).ok()?,
                differences,
                inserted,
            });
        }
        from += copied + seek;
        stream = rest;
    }
    Some(steps)
}

fn number(bytes: &[u8]) -> Option<i64> {
    let number = u64::from_le_bytes(bytes.try_into().ok()?);
    let size = i64::try_from(number & !(1 << 63)).ok()?;
    Some(if number >> 63 == 1 { -size } else { size })
}

/// Where in a base samples lie.
struct Places<'a> {
    base: &'a [u8],
    blocks: usize,
    /// The block in which a sample is; `None` when it is in more than one.
    samples: HashMap<&'a [u8], Option<usize>>,
}

impl<'a> Places<'a> {
    fn of(base: &'a [u8]) -> Places<'a> {
        let mut samples = HashMap::new();
        for (index, sample) in base.chunks_exact(SAMPLE).enumerate() {
            let block = Some(index * SAMPLE / BLOCK);
            let known = samples.entry(sample).or_insert(block);
            if *known != block {
                *known = None;
            }
        }
        Places {
            base,
            blocks: base.len().div_ceil(BLOCK),
            samples,
        }
    }

    /// Where most of a block's samples are, and nearest to the same place; the first block of it, and its bytes.
    fn window(&self, index: usize, bytes: &[u8]) -> (usize, &'a [u8]) {
        let mut votes = vec![0_usize; self.blocks];
        for sample in bytes.windows(SAMPLE) {
            if let Some(Some(block)) = self.samples.get(sample) {
                votes[*block] += 1;
            }
        }
        let count = self.blocks.min(WINDOW.into());
        let here = index.saturating_sub(1);
        let worth = |first: &usize| {
            let votes: usize = votes[*first..first + count].iter().sum();
            (votes, Reverse(first.abs_diff(here)))
        };
        let first = (0..=self.blocks - count).max_by_key(worth).unwrap_or(0);
        let start = first * BLOCK;
        let end = (start + count * BLOCK).min(self.base.len());
        (first, &self.base[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::super::make::{pack, tests::made};
    use super::*;

    /// So many blocks that cannot be packed.
    fn noise(blocks: usize) -> Vec<u8> {
        (0..blocks * BLOCK / 32)
            .flat_map(|at| Digest::of(&at.to_le_bytes()).0)
            .collect()
    }

    fn entry(base: &[u8], image: &[u8]) -> (Base, usize) {
        let unsigned = pack(image, made(), &[base]).unwrap();
        let bases = &unsigned.header.bases;
        let patches = bases[0].packed() as usize;
        // What the appliance's own reader makes of them.
        let mut at = unsigned.payload.len() - patches;
        for patch in &bases[0].patches {
            let packed = &unsigned.payload[at..at + patch.packed as usize];
            let bytes = miniz_oxide::inflate::decompress_to_vec_zlib(packed).unwrap();
            let window = bases[0].window(patch);
            let window = &base[window.start as usize..window.end as usize];
            let block = image.chunks(BLOCK).nth(patch.block as usize).unwrap();
            assert!(apply(&bytes, window, block.len()).as_deref() == Some(block));
            at += packed.len();
        }
        (bases[0].clone(), patches)
    }

    #[test]
    fn code_that_has_moved_a_little_is_a_few_bytes() {
        let base = noise(6);
        let mut image = base.clone();
        image.splice(70_000..70_000, *b"twelve bytes");
        image.truncate(base.len());
        let (entry, bytes) = entry(&base, &image);
        let blocks: Vec<u32> = entry.patches.iter().map(|patch| patch.block).collect();
        assert_eq!(blocks, [1, 2, 3, 4, 5]);
        assert!(bytes < 5 * 60, "{bytes}");
    }

    #[test]
    fn distances_that_have_changed_everywhere_cost_little_each() {
        let base = noise(3);
        let mut image = base.clone();
        image
            .iter_mut()
            .step_by(40)
            .for_each(|byte| *byte = byte.wrapping_add(3));
        let (_, bytes) = entry(&base, &image);
        assert!(bytes < 3 * BLOCK / 40, "{bytes}");
    }

    #[test]
    fn code_that_lies_far_from_where_it_was_is_found() {
        let base = noise(12);
        let (front, rest) = base.split_at(9 * BLOCK + 512);
        let image = [rest, front].concat();
        let (entry, bytes) = entry(&base, &image);
        assert_eq!(entry.patches.len(), 12);
        assert!(bytes < 12 * 100, "{bytes}");
    }

    #[test]
    fn what_is_nowhere_in_the_base_or_there_already_has_no_patch() {
        let base = noise(3);
        let other: Vec<u8> = noise(4)[3 * BLOCK..].to_vec();
        let image = [&other, &base[BLOCK..2 * BLOCK], &[0; BLOCK]].concat();
        assert_eq!(entry(&base, &image), (entry(&base, &base).0, 0));
    }

    #[test]
    fn a_base_of_one_sector_is_a_window() {
        let image = noise(1);
        assert_eq!(entry(&image[..512], &image).0.patches.len(), 1);
    }
}
