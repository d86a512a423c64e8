//! What a card may hold after the power was cut: every state that a recorded run could have left behind. Pure.
//!
//! A card may keep a write to itself until it is told to flush, and write what it keeps in any order; a sector that it
//! was writing may be the old one, the new one or, at worst, a mixture. So of the writes since the last flush any may be missing,
//! and any may be there in part; what was flushed is there.
//!
//! ```text
//! write write FLUSH write write write ✂
//! └── on the card ──┘     └── any of these, each in part ──┘
//! ```

use std::collections::HashSet;

/// What happened to the card, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Bytes were written.
    Write {
        /// From the start of the card.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Everything written before is on the card when the power goes.
    Flush,
    /// A test noted something, such as that the appliance has acknowledged a change.
    Mark(u32),
}

/// One moment, and what the card had written until then.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cut {
    /// So many entries of the log happened before.
    pub happened: usize,
    /// The first so many are all on the card.
    flushed: usize,
    /// Of the writes after those: which are on the card, and how many of their bytes.
    reached: Vec<(usize, usize)>,
}

const SECTOR: usize = 512;

/// Where a write may be torn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tear {
    /// A sector is the old one or the new one. The least that ext4 builds upon, whose journal has its head in one sector.
    BetweenSectors,
    /// A sector may be a mixture, too.
    Anywhere,
}

impl Cut {
    /// The last mark before the cut.
    #[must_use]
    pub fn last_mark(&self, log: &[Entry]) -> Option<u32> {
        log[..self.happened]
            .iter()
            .rev()
            .find_map(|entry| match entry {
                Entry::Mark(mark) => Some(*mark),
                _ => None,
            })
    }

    /// Calls `write` for everything that is on the card, in order.
    pub fn replay<'log>(&self, log: &'log [Entry], mut write: impl FnMut(u64, &'log [u8])) {
        for entry in &log[..self.flushed] {
            if let Entry::Write { offset, bytes } = entry {
                write(*offset, bytes);
            }
        }
        for (index, length) in &self.reached {
            if let Entry::Write { offset, bytes } = &log[*index] {
                write(*offset, &bytes[..*length]);
            }
        }
    }
}

/// Every prefix of the log, and beside each write so many (`chances`) of the other states that are possible then. No
/// state comes twice; the same log and seed give the same states.
#[must_use]
pub fn cuts(log: &[Entry], chances: usize, tear: Tear, seed: u64) -> Vec<Cut> {
    let mut dice = Dice { seed, tear };
    let mut seen = HashSet::new();
    let mut cuts = Vec::new();
    let mut flushed = 0;
    let mut window: Vec<(usize, usize)> = Vec::new();
    for (index, entry) in log.iter().enumerate() {
        let happened = index + 1;
        let mut add = |reached: Vec<(usize, usize)>| {
            let cut = Cut {
                happened,
                flushed,
                reached,
            };
            if seen.insert(cut.clone()) {
                cuts.push(cut);
            }
        };
        match entry {
            Entry::Write { bytes, .. } => {
                window.push((index, bytes.len()));
                add(window.clone());
                for _ in 0..chances {
                    add(dice.some_of(&window));
                }
            }
            Entry::Mark(_) => add(window.clone()),
            Entry::Flush => {
                flushed = happened;
                window.clear();
            }
        }
    }
    cuts
}

/// Xorshift: a test has to fail again in the same way.
struct Dice {
    seed: u64,
    tear: Tear,
}

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed % limit.max(1) as u64) as usize
    }

    /// Half of the time all writes but the last are there and it is torn; else any of them is missing or torn.
    fn some_of(&mut self, window: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let (last, earlier) = window.split_last().expect("a write was just added");
        if self.below(2) == 0 {
            let torn = (last.0, self.part_of(last.1));
            return [earlier, &[torn]].concat();
        }
        let mut reached = Vec::new();
        for (index, length) in window {
            match self.below(4) {
                0 => {}
                1 => reached.push((*index, self.part_of(*length))),
                _ => reached.push((*index, *length)),
            }
        }
        reached
    }

    fn part_of(&mut self, length: usize) -> usize {
        let sectors = self.below(length / SECTOR + 1) * SECTOR;
        // One in four is torn inside a sector.
        let within = if self.tear == Tear::Anywhere && self.below(4) == 0 {
            self.below(SECTOR)
        } else {
            0
        };
        (sectors + within).min(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(offset: u64, length: usize) -> Entry {
        Entry::Write {
            offset,
            bytes: vec![1; length],
        }
    }

    fn card(cut: &Cut, log: &[Entry]) -> Vec<u64> {
        let mut written = Vec::new();
        cut.replay(log, |offset, _| written.push(offset));
        written
    }

    #[test]
    fn what_was_flushed_is_always_there() {
        let log = [write(0, 4096), Entry::Flush, write(1, 4096), write(2, 4096)];
        let after = cuts(&log, 50, Tear::Anywhere, 1)
            .into_iter()
            .filter(|cut| cut.happened > 2)
            .collect::<Vec<_>>();
        assert!(after.iter().all(|cut| card(cut, &log)[0] == 0));
        // The later write can be there without the earlier one.
        assert!(after.iter().any(|cut| card(cut, &log) == [0, 2]));
        assert!(after.iter().any(|cut| card(cut, &log) == [0, 1, 2]));
    }

    fn lengths(tear: Tear) -> HashSet<usize> {
        let log = [write(0, 4096)];
        let mut lengths = HashSet::new();
        for cut in cuts(&log, 200, tear, 1) {
            cut.replay(&log, |_, bytes| {
                lengths.insert(bytes.len());
            });
        }
        lengths
    }

    #[test]
    fn a_write_can_be_torn_at_a_sector_and_within_one() {
        let lengths = lengths(Tear::Anywhere);
        assert!(lengths.contains(&512) && lengths.contains(&4096));
        assert!(lengths.iter().any(|length| length % 512 != 0));
    }

    #[test]
    fn sectors_are_whole_where_that_is_given() {
        let lengths = lengths(Tear::BetweenSectors);
        assert!(lengths.contains(&512) && lengths.contains(&4096));
        assert!(lengths.iter().all(|length| length % 512 == 0));
    }

    #[test]
    fn a_mark_counts_for_every_cut_behind_it() {
        let log = [write(0, 512), Entry::Mark(1), Entry::Flush, write(1, 512)];
        let cuts = cuts(&log, 0, Tear::Anywhere, 1);
        let marks: Vec<_> = cuts.iter().map(|cut| cut.last_mark(&log)).collect();
        assert_eq!(marks, [None, Some(1), Some(1)]);
    }

    #[test]
    fn no_state_comes_twice_and_the_same_seed_gives_the_same() {
        let log = [write(0, 512), write(1, 512)];
        let states = cuts(&log, 100, Tear::Anywhere, 7);
        assert_eq!(states, cuts(&log, 100, Tear::Anywhere, 7));
        assert_eq!(states.iter().collect::<HashSet<_>>().len(), states.len());
    }
}
