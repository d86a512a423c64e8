//! A block made from another release's bytes: most of it is copied, with the few bytes that differ; the rest is inserted.
//!
//! A patch, unpacked, is steps until the block is whole. Numbers are LEB128 of at most three bytes:
//!
//! ```text
//! step   copied · inserted · from, a place in the window · what differs in the copy · so many bytes inserted
//! differs   (equal · changed · so many differences, added modulo 256) until all that is copied is told
//! ```
//!
//! Code that has moved is equal but for the distances in it, so differences are few and much alike. Read by init, from
//! what `serve` unpacked: bounded by the block's length, the window and the patch itself, whatever is in it. Whether the
//! block is the right one is for its signed sum to say.

use super::super::bytes::Reader;

/// One part of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// Where in the window the copy begins.
    pub from: usize,
    /// What is to be added to each byte of the copy.
    pub differences: &'a [u8],
    /// What follows the copy.
    pub inserted: &'a [u8],
}

/// The block of `length` bytes that `patch` makes of `window`; `None` when it makes none.
#[must_use]
pub fn apply(patch: &[u8], window: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut reader = Reader::new(patch);
    let mut block = Vec::with_capacity(length);
    while block.len() < length {
        step(&mut reader, window, length - block.len(), &mut block)?;
    }
    reader.rest().is_empty().then_some(block)
}

fn step(reader: &mut Reader<'_>, window: &[u8], room: usize, block: &mut Vec<u8>) -> Option<()> {
    let (copied, inserted, from) = (number(reader)?, number(reader)?, number(reader)?);
    if copied + inserted > room {
        return None;
    }
    let start = block.len();
    block.extend(window.get(from..from + copied)?);
    change(reader, block.get_mut(start..)?)?;
    block.extend(reader.take(inserted).ok()?);
    Some(())
}

fn change(reader: &mut Reader<'_>, copy: &mut [u8]) -> Option<()> {
    let mut at = 0;
    while at < copy.len() {
        at += number(reader)?;
        let changed = number(reader)?;
        let differences = reader.take(changed).ok()?;
        let bytes = copy.get_mut(at..at + changed)?;
        for (byte, difference) in bytes.iter_mut().zip(differences) {
            *byte = byte.wrapping_add(*difference);
        }
        at += changed;
    }
    Some(())
}

/// Below 2²¹.
fn number(reader: &mut Reader<'_>) -> Option<usize> {
    let mut number = 0;
    for shift in [0, 7, 14] {
        let byte = reader.u8().ok()?;
        number |= usize::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The patch that [`apply`] reads.
#[must_use]
pub fn print(steps: &[Step<'_>]) -> Vec<u8> {
    let mut patch = Vec::new();
    for step in steps {
        for number in [step.differences.len(), step.inserted.len(), step.from] {
            put(&mut patch, number);
        }
        let mut rest = step.differences;
        while !rest.is_empty() {
            let is_equal = |byte: &u8| *byte == 0;
            let equal = rest.iter().position(|byte| !is_equal(byte));
            let (same, behind) = rest.split_at(equal.unwrap_or(rest.len()));
            let changed = behind.iter().position(is_equal);
            let (differences, behind) = behind.split_at(changed.unwrap_or(behind.len()));
            put(&mut patch, same.len());
            put(&mut patch, differences.len());
            patch.extend(differences);
            rest = behind;
        }
        patch.extend(step.inserted);
    }
    patch
}

fn put(patch: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        patch.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    patch.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::super::BLOCK;
    use super::*;
    use proptest::prelude::*;

    fn window() -> Vec<u8> {
        (0..3 * BLOCK).map(|at| ((at * at) >> 7) as u8).collect()
    }

    #[test]
    fn a_block_is_copied_changed_and_filled_up() {
        let window = window();
        let mut differences = vec![0; 1000];
        (differences[0], differences[500], differences[501]) = (1, 255, 7);
        let steps = [
            Step {
                from: 100_000,
                differences: &differences,
                inserted: b"new",
            },
            Step {
                from: 0,
                differences: &[],
                inserted: b"er",
            },
            Step {
                from: 7,
                differences: &[0; 20],
                inserted: b"",
            },
        ];
        let patch = print(&steps);
        let block = apply(&patch, &window, 1025).expect("a block");
        let mut expected = window[100_000..101_000].to_vec();
        for (byte, difference) in expected.iter_mut().zip(&differences) {
            *byte = byte.wrapping_add(*difference);
        }
        expected.extend(b"newer");
        expected.extend(&window[7..27]);
        assert!(block == expected);
        assert!(patch.len() < 40, "{} bytes", patch.len());
    }

    #[test]
    fn a_whole_block_that_has_moved_is_a_few_bytes() {
        let patch = print(&[Step {
            from: BLOCK + 12,
            differences: &[0; BLOCK],
            inserted: b"",
        }]);
        assert!(patch.len() < 16);
        let moved = apply(&patch, &window(), BLOCK).expect("a block");
        assert!(moved == window()[BLOCK + 12..][..BLOCK]);
    }

    #[test]
    fn what_reaches_out_of_the_window_or_the_block_or_ends_too_early_or_late_makes_none() {
        let step = |from, length, inserted| Step {
            from,
            differences: &[1; 64][..length],
            inserted,
        };
        let window = [9; 64];
        let good = print(&[step(0, 60, b"abcd")]);
        assert!(apply(&good, &window, 64).is_some());
        assert_eq!(apply(&good, &window, 63), None, "more than the block");
        assert_eq!(apply(&good, &window, 65), None, "less than the block");
        for cut in 0..good.len() {
            assert_eq!(apply(&good[..cut], &window, 64), None, "{cut}");
        }
        assert_eq!(apply(&[&good[..], &[0]].concat(), &window, 64), None);
        let outside = print(&[step(5, 60, b"abcd")]);
        assert_eq!(apply(&outside, &window, 64), None);
        // Two bytes are copied, and three are changed.
        assert_eq!(apply(&[2, 0, 0, 0, 3, 1, 1, 1], &window, 2), None);
        assert_eq!(apply(&[2, 0, 0, 3, 0], &window, 2), None);
        // A number of four bytes.
        assert_eq!(apply(&[0x81, 0x80, 0x80, 0, 0, 0], &window, 1), None);
    }

    #[test]
    fn steps_that_make_nothing_end_with_the_patch() {
        assert_eq!(apply(&[0; 3000], &[], 5), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_applying_panic_or_give_another_length(
            patch in proptest::collection::vec(prop_oneof![0_u8..4, any::<u8>()], 0..200),
            length in 0_usize..300,
        ) {
            let window: Vec<u8> = (0..=255).collect();
            if let Some(block) = apply(&patch, &window, length) {
                prop_assert_eq!(block.len(), length);
            }
        }

        #[test]
        fn what_is_printed_gives_the_block(
            from in 0_usize..200,
            differences in proptest::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..50),
            inserted in proptest::collection::vec(any::<u8>(), 0..50),
        ) {
            let window: Vec<u8> = (0..=255).rev().collect();
            let copy = window[from..].iter().zip(&differences).map(|(byte, difference)| byte.wrapping_add(*difference));
            let block: Vec<u8> = copy.chain(inserted.iter().copied()).collect();
            let patch = print(&[Step { from, differences: &differences, inserted: &inserted }]);
            prop_assert_eq!(apply(&patch, &window, block.len()), (!block.is_empty() || patch.is_empty()).then_some(block));
        }
    }
}
