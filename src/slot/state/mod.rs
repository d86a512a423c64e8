//! What is in the two slots, and which of them boots: the state of updates, and how it changes.
//!
//! ```text
//!            begin              finish             arm               commit
//! any other ───────▶ WRITING ─────────▶ INSTALLED ─────▶ TRIAL ─────────────────▶ GOOD
//!   state ▲             │                   ▲              │ condemn: died,          │ arm (roll back)
//!         └─────────────┘ begin again       │              │ or is not healthy       ▼
//!                                           └────────────  BAD ◀───────────────── TRIAL
//!                                             arm again (the owner's wish)
//! ```
//!
//! Transitions edit a value and write nothing; [`store`] writes. They are called by the [`Keeper`](super::keeper::Keeper)
//! alone. A slot is only ever written while the other one boots.

mod record;
pub mod store;

pub use record::LENGTH as RECORD_LENGTH;

use super::Slot;
use super::bundle::Header;
use super::digest::Digest;
use super::health::{Check, Checks};

/// What a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Nobody knows what is in it.
    #[default]
    Empty,
    /// An install has begun and not ended: it does not boot.
    Writing,
    /// Whole, and never tried.
    Installed,
    /// Started once; whether it stays is open.
    Trial,
    /// It has proven itself.
    Good,
    /// It has failed; why is in the verdict.
    Bad,
}

/// Why a slot is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its trial ended without a word: no kernel, a panic, a hang, a power cut.
    Died,
    /// It ran, and this was not well when its time was over.
    Unhealthy(Check),
    /// Several starts in a row were not well.
    Unsteady,
    /// The boot firmware has passed it by.
    PassedBy,
    /// What is on the card is not what was installed.
    Rotten,
}

/// A whole slot, known by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Image {
    /// Bytes; 0 = nobody knows.
    pub size: u64,
    pub sha256: Digest,
}

/// What is known of one slot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    pub status: Status,
    pub verdict: Option<Verdict>,
    /// Empty when nobody knows.
    pub version: String,
    pub image: Image,
    pub rollback_index: u32,
    /// Seconds since 1970.
    pub created: u64,
    /// Its commit raises the floor.
    pub raises_floor: bool,
    /// What was well when its trial was ordered, and so has to be well in it.
    pub expected: Checks,
    /// Starts in a row after which not all was well. Of the slot that boots.
    pub unhealthy_boots: u8,
}

/// The state of updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The slot that boots when nothing else is said. `autoboot.txt` says the same, or is made to.
    pub primary: Slot,
    /// Nothing with a lower rollback index is installed or tried.
    pub floor: u32,
    /// The latest creation time of a bundle that was committed, seconds since 1970: there is no clock to trust.
    pub latest: u64,
    a: Record,
    b: Record,
}

/// After so many starts in a row that were not well the other slot gets its chance.
pub const UNHEALTHY_LIMIT: u8 = 3;

/// Why a slot cannot be started on trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotArmed {
    /// Nothing whole is in it.
    NotWhole,
    /// Its rollback index is below the floor.
    BelowFloor,
}

impl State {
    /// Of a card whose state is lost, or was never written: what runs is good, the other slot is unknown.
    #[must_use]
    pub fn unknown(running: Slot) -> State {
        let mut state = State {
            primary: running,
            floor: 0,
            latest: 0,
            a: Record::default(),
            b: Record::default(),
        };
        state.slot_mut(running).status = Status::Good;
        state
    }

    /// Of a new card: both slots have the same release.
    #[must_use]
    pub fn new(version: &str, image: Image, rollback_index: u32, created: u64) -> State {
        let record = Record {
            status: Status::Good,
            version: version.to_owned(),
            image,
            rollback_index,
            created,
            ..Record::default()
        };
        State {
            primary: Slot::A,
            floor: 0,
            latest: created,
            a: record.clone(),
            b: record,
        }
    }

    #[must_use]
    pub fn slot(&self, slot: Slot) -> &Record {
        match slot {
            Slot::A => &self.a,
            Slot::B => &self.b,
        }
    }

    fn slot_mut(&mut self, slot: Slot) -> &mut Record {
        match slot {
            Slot::A => &mut self.a,
            Slot::B => &mut self.b,
        }
    }

    /// The slot is being written: it is nothing until [`State::finish`].
    pub fn begin(&mut self, slot: Slot, header: &Header) {
        *self.slot_mut(slot) = Record {
            status: Status::Writing,
            version: header.made.version.clone(),
            image: Image {
                size: header.size,
                sha256: header.sha256,
            },
            rollback_index: header.made.rollback_index,
            created: header.made.created,
            raises_floor: header.made.raises_floor,
            ..Record::default()
        };
    }

    /// All of it is there, and what it should be.
    pub fn finish(&mut self, slot: Slot) {
        self.slot_mut(slot).status = Status::Installed;
    }

    /// The slot is being written with what the other one has.
    pub fn mirror(&mut self, from: Slot) {
        let record = Record {
            status: Status::Writing,
            verdict: None,
            unhealthy_boots: 0,
            ..self.slot(from).clone()
        };
        *self.slot_mut(!from) = record;
    }

    /// It is started once, next; `expected` is what is well now.
    ///
    /// # Errors
    /// Why it is not; then nothing has changed.
    pub fn arm(&mut self, slot: Slot, expected: Checks) -> Result<(), NotArmed> {
        let floor = self.floor;
        let record = self.slot_mut(slot);
        let rotten = record.verdict == Some(Verdict::Rotten);
        if matches!(record.status, Status::Empty | Status::Writing) || rotten {
            return Err(NotArmed::NotWhole);
        }
        if record.rollback_index < floor {
            return Err(NotArmed::BelowFloor);
        }
        record.status = Status::Trial;
        record.verdict = None;
        record.expected = expected;
        record.unhealthy_boots = 0;
        Ok(())
    }

    /// The trial was never started after all: the slot is what it was.
    pub fn disarm(&mut self, slot: Slot, before: Record) {
        *self.slot_mut(slot) = before;
    }

    /// From now on it boots. Its place in `autoboot.txt` comes after this, and [`State::settle`] after that.
    pub fn commit(&mut self, slot: Slot) {
        self.primary = slot;
        self.latest = self.latest.max(self.slot(slot).created);
        let record = self.slot_mut(slot);
        record.verdict = None;
        record.unhealthy_boots = 0;
        if record.raises_floor {
            let index = record.rollback_index;
            self.floor = self.floor.max(index);
        }
    }

    /// The commit is complete.
    pub fn settle(&mut self, slot: Slot) {
        let record = self.slot_mut(slot);
        record.status = Status::Good;
        record.verdict = None;
    }

    /// It has failed.
    pub fn condemn(&mut self, slot: Slot, verdict: Verdict) {
        let record = self.slot_mut(slot);
        record.status = Status::Bad;
        record.verdict = Some(verdict);
    }

    /// Its content is not what was installed: nothing whole is in it.
    pub fn rot(&mut self, slot: Slot) {
        self.condemn(slot, Verdict::Rotten);
    }

    /// A start of the primary slot, before anything is known of it. Whether it is worth trying the other one instead.
    pub fn count_start(&mut self) -> bool {
        let primary = self.primary;
        let other = self.slot(!primary);
        let alternative = other.status == Status::Good && other.rollback_index >= self.floor;
        let record = self.slot_mut(primary);
        record.unhealthy_boots = record.unhealthy_boots.saturating_add(1);
        record.unhealthy_boots > UNHEALTHY_LIMIT && alternative
    }

    /// The primary slot is well.
    pub fn clear_starts(&mut self) {
        let primary = self.primary;
        self.slot_mut(primary).unhealthy_boots = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::bundle::tests::header;
    use super::*;

    fn card() -> State {
        State::new(
            "1.0.0",
            Image {
                size: 512,
                sha256: Digest([1; 32]),
            },
            5,
            100,
        )
    }

    fn installed() -> State {
        let mut state = card();
        state.begin(Slot::B, &header());
        state.finish(Slot::B);
        state
    }

    #[test]
    fn an_update_goes_from_writing_to_good_and_then_boots() {
        let mut state = installed();
        assert_eq!(
            (state.primary, state.slot(Slot::B).status),
            (Slot::A, Status::Installed)
        );
        state.arm(Slot::B, Checks::ALL).expect("armed");
        assert_eq!(state.slot(Slot::B).status, Status::Trial);
        state.commit(Slot::B);
        state.settle(Slot::B);
        assert_eq!(
            (state.primary, state.slot(Slot::B).status),
            (Slot::B, Status::Good)
        );
        assert_eq!(
            (state.floor, state.latest),
            (7, 1_767_225_600),
            "the release raises the floor"
        );
        assert_eq!(
            state.slot(Slot::A).status,
            Status::Good,
            "there is a way back"
        );
        assert_eq!(
            state.arm(Slot::A, Checks::NONE),
            Err(NotArmed::BelowFloor),
            "but not below the floor"
        );
    }

    #[test]
    fn what_is_not_whole_is_never_started() {
        let mut state = card();
        state.begin(Slot::B, &header());
        assert_eq!(state.arm(Slot::B, Checks::NONE), Err(NotArmed::NotWhole));
        let mut state = State::unknown(Slot::A);
        assert_eq!(state.arm(Slot::B, Checks::NONE), Err(NotArmed::NotWhole));
        let mut state = installed();
        state.rot(Slot::B);
        assert_eq!(state.arm(Slot::B, Checks::NONE), Err(NotArmed::NotWhole));
    }

    #[test]
    fn a_failed_trial_is_told_and_may_be_ordered_again() {
        let mut state = installed();
        state.arm(Slot::B, Checks::ALL).expect("armed");
        state.condemn(Slot::B, Verdict::Unhealthy(Check::Gadget));
        assert_eq!(state.primary, Slot::A);
        assert_eq!(
            state.slot(Slot::B).verdict,
            Some(Verdict::Unhealthy(Check::Gadget))
        );
        state.arm(Slot::B, Checks::ALL).expect("again");
    }

    #[test]
    fn the_fourth_start_after_three_that_were_not_well_tries_the_other_slot() {
        let mut state = card();
        assert_eq!(
            [(); 4].map(|()| state.count_start()),
            [false, false, false, true]
        );
        state.clear_starts();
        assert!(!state.count_start());
    }

    #[test]
    fn without_a_good_slot_there_is_nothing_to_fall_back_to() {
        let mut state = installed();
        assert!(!(0..300).any(|_| state.count_start()));
    }
}
