//! Where the state is kept: two records in the raw area between the boot record and the first partition, so that it
//! survives the loss of every file system. They are written in turn: a power cut during one leaves the other.

use std::io;

use super::super::disk::Disk;
use super::super::layout::STATE;
use super::State;
use super::record::{self, LENGTH};

/// Knows which record is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Of the record that counts.
    sequence: u64,
    /// The place that may be overwritten.
    free: u64,
}

/// The newest state that is whole, and where the next one goes. `None`: there is none.
///
/// # Errors
/// The device cannot be read at both places.
pub fn load(disk: &mut impl Disk) -> io::Result<(Option<State>, Store)> {
    let mut newest: Option<(State, u64, u64)> = None;
    let mut failed = None;
    for place in 0..2 {
        let mut bytes = [0; LENGTH];
        match disk.read(offset(place), &mut bytes) {
            Ok(()) => {
                let found = record::parse(&bytes).map(|(state, sequence)| (state, sequence, place));
                newest = newest
                    .into_iter()
                    .chain(found)
                    .max_by_key(|(_, sequence, _)| *sequence);
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match (newest, failed) {
        (Some((state, sequence, place)), _) => {
            let store = Store {
                sequence,
                free: 1 - place,
            };
            Ok((Some(state), store))
        }
        (None, Some(error)) => Err(error),
        (None, None) => Ok((
            None,
            Store {
                sequence: 0,
                free: 0,
            },
        )),
    }
}

impl Store {
    /// Writes the state; when this returns, it is on the medium, and until then the one before is.
    ///
    /// # Errors
    /// Whatever the device says; the state before is still there.
    pub fn save(&mut self, disk: &mut impl Disk, state: &State) -> io::Result<()> {
        let sequence = self.sequence.wrapping_add(1);
        disk.write(offset(self.free), &record::print(state, sequence))?;
        disk.flush()?;
        self.sequence = sequence;
        self.free = 1 - self.free;
        Ok(())
    }
}

/// The bytes of a card's first record, for who makes cards, and where they go.
#[must_use]
pub fn first(state: &State) -> ([u8; LENGTH], u64) {
    (record::print(state, 1), offset(0))
}

/// A state as bytes that are told to somebody.
#[must_use]
pub fn print(state: &State) -> [u8; LENGTH] {
    record::print(state, 0)
}

/// The other way round; `None` when it is none.
#[must_use]
pub fn parse(bytes: &[u8; LENGTH]) -> Option<State> {
    record::parse(bytes).map(|(state, _)| state)
}

fn offset(place: u64) -> u64 {
    STATE.offset() + place * LENGTH as u64
}

#[cfg(test)]
mod tests {
    use super::super::super::Slot;
    use super::super::super::disk::memory::{Event, MemoryDisk};
    use super::super::{Image, Verdict};
    use super::*;
    use proptest::prelude::*;

    fn disk() -> MemoryDisk {
        MemoryDisk::default()
    }

    fn state(number: u32) -> State {
        let mut state = State::new("1", Image::default(), 0, 0);
        state.floor = number;
        state
    }

    #[test]
    fn the_last_that_was_saved_is_loaded() {
        let mut disk = disk();
        let (none, mut store) = load(&mut disk).expect("readable");
        assert_eq!(none, None);
        for number in 1..5 {
            store.save(&mut disk, &state(number)).expect("saved");
            assert_eq!(
                load(&mut disk).expect("readable"),
                (Some(state(number)), store.clone())
            );
        }
    }

    #[test]
    fn the_record_of_a_new_card_is_loaded() {
        let mut disk = disk();
        let (bytes, at) = first(&state(9));
        disk.write(at, &bytes).expect("written");
        assert_eq!(load(&mut disk).expect("readable").0, Some(state(9)));
    }

    #[test]
    fn a_save_that_fails_leaves_the_state_before_and_is_tried_at_the_same_place() {
        let mut disk = disk();
        let (_, mut store) = load(&mut disk).expect("readable");
        store.save(&mut disk, &state(1)).expect("saved");
        disk.refuses = Some(STATE.offset()..STATE.offset() + 8192);
        store.save(&mut disk, &state(2)).expect_err("refused");
        assert_eq!(load(&mut disk).expect("readable").0, Some(state(1)));
        disk.refuses = None;
        store.save(&mut disk, &state(3)).expect("saved");
        assert_eq!(load(&mut disk).expect("readable").0, Some(state(3)));
    }

    /// Whatever a power cut leaves of a record that is being written: the state is the old or the new one.
    #[test]
    fn a_torn_record_is_the_old_state_or_the_new() {
        let mut before = disk();
        let (_, mut store) = load(&mut before).expect("readable");
        store.save(&mut before, &state(1)).expect("saved");
        store.save(&mut before, &state(2)).expect("saved");
        let mut after = before.clone();
        after.log.clear();
        let mut next = state(2);
        next.condemn(Slot::B, Verdict::Died);
        store.save(&mut after, &next).expect("saved");
        let [Event::Write { at, bytes }, Event::Flush] = &after.log[..] else {
            panic!("{:?}", after.log.len());
        };
        proptest!(|(cut in 0..=LENGTH, garbage: bool)| {
            let mut torn = before.clone();
            torn.put(*at, &bytes[..cut]);
            if garbage {
                torn.put(at + cut as u64, &vec![0xA5; LENGTH - cut]);
            }
            let loaded = load(&mut torn).expect("readable").0.expect("a state");
            prop_assert!(loaded == state(2) || loaded == next);
        });
    }
}
