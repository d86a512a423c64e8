//! The keeper of the slots: reconciles the card at every boot, installs, tries, commits, rolls back, scrubs. Decides by
//! the state, acts on a [`Disk`], and says what the machine is to do; restarts nothing itself.
//!
//! ```text
//! at boot   autoboot.txt ≠ state ──▶ rewritten        trial=1 ──▶ gate ─pass─▶ commit   ─fail─▶ BAD, reboot
//!           trial=0, other is TRIAL ──▶ it died: BAD             passed by ──▶ gate ─pass─▶ what runs is adopted
//! later     wishes of `serve` ──▶ installer, trial               weekly ──▶ scrub
//! ```
//!
//! Run by init's one loop, a block's worth at a time, and by the simulator. See docs/updates.md.

mod boot;
mod install;
mod scrub;
mod selector;
mod trial;

use std::time::Duration;

use super::Slot;
use super::board::Board;
use super::disk::Disk;
use super::health::{Check, Checks, Gate};
use super::installer::Installer;
use super::keys::Key;
use super::line::{News, Slots, Wish};
use super::refusal::Refusal;
use super::state::store::{self, Store};
use super::state::{Record, State, Status};
use scrub::Scrub;

/// How often a system that has just started is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A pulse comes every second, and an answer to itself may take `serve` four.
const SILENCE: Duration = Duration::from_secs(6);

/// What the boot firmware and the board say of this start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub running: Slot,
    pub trial: bool,
    pub board: Board,
}

/// What the machine is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Reboot,
    /// Into the other slot, once. If that cannot be: [`Keeper::refused_trial`].
    Trial,
}

/// What came of a turn.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// For `serve`.
    pub news: Vec<News>,
    pub order: Option<Order>,
    /// For the log.
    pub notes: Vec<String>,
    /// The selector has no `autoboot.txt` that can be overwritten in place: it has to be written as a file, and
    /// [`Keeper::selector_written`] hears what came of it.
    pub selector: Option<super::disk::Sector>,
}

impl Turn {
    fn tell(&mut self, news: News) {
        self.news.push(news);
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// Owns the card's slots.
pub struct Keeper<D> {
    disk: D,
    facts: Facts,
    keys: Vec<Key>,
    store: Store,
    state: State,
    /// What has come of a bundle's head.
    head: Vec<u8>,
    install: Option<Installer>,
    /// The last progress that was told, in blocks.
    told: u32,
    gate: Option<Gate>,
    /// What to do when the gate opens.
    on_trial: Option<Candidate>,
    /// What the other slot was before its trial was ordered.
    armed: Option<Record>,
    well: Checks,
    /// Since the last step.
    heard: bool,
    heard_at: Duration,
    scrub: Scrub,
}

/// A running system that is not the primary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Candidate {
    /// It was started on trial: it stays, or the machine goes back.
    Trial,
    /// The boot firmware chose it because the primary one does not start: there is no way back.
    Adopted,
}

impl<D: Disk> Keeper<D> {
    /// Takes a keeper's place. Reads the state; one that is lost is made anew.
    ///
    /// # Errors
    /// The card cannot be read or written.
    pub fn open(mut disk: D, facts: Facts, keys: Vec<Key>) -> std::io::Result<Keeper<D>> {
        let (found, mut store) = store::load(&mut disk)?;
        let state = match found {
            Some(state) => state,
            None => {
                let state = State::unknown(facts.running);
                store.save(&mut disk, &state)?;
                state
            }
        };
        Ok(Keeper {
            disk,
            facts,
            keys,
            store,
            state,
            head: Vec::new(),
            install: None,
            told: 0,
            gate: None,
            on_trial: None,
            armed: None,
            well: Checks::NONE,
            heard: false,
            heard_at: Duration::ZERO,
            scrub: Scrub::default(),
        })
    }

    /// The state as it is now.
    #[must_use]
    pub fn slots(&self) -> Slots {
        Slots {
            running: self.facts.running,
            trial: self.on_trial == Some(Candidate::Trial),
            state: self.state.clone(),
        }
    }

    /// What init itself sees, beside what `serve` says.
    pub fn data_is_well(&mut self, well: bool) {
        self.well = self.well.without(Check::Data).with_if(Check::Data, well);
    }

    /// `serve` has ended: nothing of what it said counts any more. An install that it feeds ends too; the next one finds
    /// what was written.
    pub fn serve_ended(&mut self) {
        self.hears(Checks::NONE);
        self.head.clear();
        self.install.take_if(|install| !install.is_own());
    }

    /// Carries out one wish.
    pub fn take(&mut self, wish: Wish<'_>) -> Turn {
        let mut turn = Turn::default();
        let done = match wish {
            Wish::Pulse(well) => {
                self.hears(well);
                self.heard = true;
                return turn;
            }
            Wish::Ask => {
                turn.tell(News::Slots(self.slots()));
                self.install
                    .iter()
                    .for_each(|install| turn.tell(News::Progress(install.progress())));
                return turn;
            }
            Wish::Head { at, bytes } => self.take_head(at, bytes),
            Wish::Begin => self.begin(&mut turn),
            Wish::Block { index, bytes } => self.take_block(index, bytes, &mut turn),
            Wish::Patch { index, bytes } => self.take_patch(index, bytes, &mut turn),
            Wish::Finish => self.finish(),
            Wish::Cancel => self.cancel(),
            Wish::Trial => self.trial(&mut turn),
            Wish::Scrub => {
                self.scrub.order();
                Ok(())
            }
            // No matter of slots.
            Wish::Errand(_)
            | Wish::FactoryReset
            | Wish::Page(_)
            | Wish::Fetcher
            | Wish::Speaker
            | Wish::Radio(_)
            | Wish::Power(_) => return turn,
        };
        if let Err(refusal) = done {
            turn.note(format!("update: {refusal}"));
            turn.tell(News::Refused(refusal));
        }
        turn
    }

    /// Of the data folder `serve` knows less than init.
    fn hears(&mut self, well: Checks) {
        let data = self.well.has(Check::Data);
        self.well = well.without(Check::Data).with_if(Check::Data, data);
    }

    /// Who has fallen silent may hang: what was said before counts no longer.
    fn forget_the_silent(&mut self, now: Duration) {
        if std::mem::take(&mut self.heard) {
            self.heard_at = now;
        } else if now.saturating_sub(self.heard_at) > SILENCE {
            self.hears(Checks::NONE);
        }
    }

    /// Whether [`Keeper::step`] should be called without waiting.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.install.as_ref().is_some_and(Installer::is_busy)
    }

    /// How long [`Keeper::step`] may wait at most; `None`: for ever.
    #[must_use]
    pub fn wake(&self) -> Option<Duration> {
        let gate = self.gate.is_some().then_some(LOOK);
        gate.into_iter().chain(self.scrub.wait()).min()
    }

    /// A block's worth of whatever is to be done. `now` is the time since init's start.
    pub fn step(&mut self, now: Duration) -> Turn {
        let mut turn = Turn::default();
        self.forget_the_silent(now);
        self.judge(now, &mut turn);
        if self.is_busy() {
            self.step_install(&mut turn);
        } else if self.install.is_none() && self.gate.is_none() {
            self.step_scrub(now, &mut turn);
        }
        turn
    }

    fn keep(&mut self) -> Result<(), Refusal> {
        self.store
            .save(&mut self.disk, &self.state)
            .map_err(|error| Refusal::writing(&error))
    }

    fn save(&mut self, turn: &mut Turn) -> bool {
        let kept = self.keep();
        if let Err(refusal) = kept {
            turn.note(format!("keep the state of the slots: {refusal}"));
        }
        kept.is_ok()
    }

    fn is_good(&self, slot: Slot) -> bool {
        self.state.slot(slot).status == Status::Good
    }
}

#[cfg(test)]
#[path = "keeper_tests.rs"]
mod tests;
