//! The keeper of the slots: reconciles the card at every boot, installs, tries, commits, rolls back, scrubs. Decides by
//! the state, acts on a [`Disk`], and says what the machine is to do; restarts nothing itself.
//!
//! ```text
//! at boot   autoboot.txt ≠ state ──▶ rewritten        trial=1 ──▶ gate ─pass─▶ commit   ─fail─▶ BAD, reboot
//!           trial=0, other is TRIAL ──▶ it died: BAD             running ≠ primary ──▶ reboot, or adopt what runs
//! later     wishes of `serve` ──▶ installer, trial               weekly ──▶ scrub
//! ```
//!
//! Run by init's one loop, a block's worth at a time, and by the simulator. See docs/updates.md.

mod boot;
mod scrub;
mod selector;

use std::time::Duration;

use super::Slot;
use super::bundle::{self, Fault, HEAD_LIMIT, Head};
use super::disk::Disk;
use super::health::{Check, Checks, Gate, Judgement};
use super::installer::{Board, Installer, Plan, fits};
use super::keys::Key;
use super::line::{News, Slots, Wish, bits};
use super::refusal::Refusal;
use super::state::store::{self, Store};
use super::state::{State, Status, Verdict};
use scrub::Scrub;

/// How often a system that has just started is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Progress is told every so many blocks.
const TELL: u32 = 16;

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
    /// The selector has no `autoboot.txt` that can be overwritten in place: it has to be written as a file.
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
    well: Checks,
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
            well: Checks::NONE,
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
        if well {
            self.well = self.well.with(Check::Data);
        }
    }

    /// `serve` has ended: nothing of what it said counts any more. An install that it feeds ends too; the next one finds
    /// what was written.
    pub fn serve_ended(&mut self) {
        self.well = Checks::NONE.with_if(Check::Data, self.well.has(Check::Data));
        self.head.clear();
        self.install.take_if(|install| !install.is_own());
    }

    /// Carries out one wish.
    pub fn take(&mut self, wish: Wish<'_>) -> Turn {
        let mut turn = Turn::default();
        let done = match wish {
            Wish::Pulse(well) => {
                self.well = Checks::NONE
                    .with_if(Check::Data, self.well.has(Check::Data))
                    .and(well);
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
            Wish::Finish => self.finish(),
            Wish::Cancel => self.cancel(),
            Wish::Trial => self.trial(&mut turn),
            Wish::Scrub => {
                self.scrub.order();
                Ok(())
            }
        };
        if let Err(refusal) = done {
            turn.note(format!("update: {refusal}"));
            turn.tell(News::Refused(refusal));
        }
        turn
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
        self.judge(now, &mut turn);
        if self.install.as_ref().is_some_and(Installer::is_busy) {
            self.step_install(&mut turn);
        } else if self.install.is_none() && self.gate.is_none() {
            self.step_scrub(now, &mut turn);
        }
        turn
    }

    /// The machine could not be told to start the other slot.
    pub fn refused_trial(&mut self) -> Turn {
        let mut turn = Turn::default();
        self.state.disarm(!self.facts.running);
        self.save(&mut turn);
        turn.tell(News::Refused(Refusal::Flag));
        turn
    }

    fn take_head(&mut self, at: u32, bytes: &[u8]) -> Result<(), Refusal> {
        if at == 0 {
            self.head.clear();
        }
        if at as usize != self.head.len() || self.head.len() + bytes.len() > HEAD_LIMIT {
            self.head.clear();
            return Err(Refusal::Malformed);
        }
        self.head.extend(bytes);
        Ok(())
    }

    /// Nothing is written before the signature is known to be good.
    fn begin(&mut self, turn: &mut Turn) -> Result<(), Refusal> {
        let bytes = std::mem::take(&mut self.head);
        if self.install.is_some() {
            return Err(Refusal::Busy);
        }
        self.must_be_settled()?;
        let head = Head::parse(&bytes).map_err(|_: Fault| Refusal::Malformed)?;
        let verified = bundle::verify(&head, &self.keys)?;
        fits(verified.header(), &self.facts.board, self.state.floor)?;
        let running = self.facts.running;
        turn.note(format!(
            "update: {} goes to slot {}, signed with {}",
            verified.header().made.version,
            !running,
            verified.key()
        ));
        self.state.begin(!running, verified.header());
        self.keep()?;
        let known = self.state.slot(running).image.size;
        let source = if known == 0 {
            verified.header().size
        } else {
            known
        };
        self.install = Some(Installer::begin(
            &mut self.disk,
            !running,
            source,
            Plan::of(&verified),
        )?);
        self.told = 0;
        turn.tell(News::Slots(self.slots()));
        Ok(())
    }

    fn take_block(&mut self, index: u32, bytes: &[u8], turn: &mut Turn) -> Result<(), Refusal> {
        let install = self.install.as_mut().ok_or(Refusal::NotBusy)?;
        let taken = install.block(&mut self.disk, index, bytes);
        // A wrong block is the sender's fault and can be sent again; a card that fails ends it.
        if matches!(taken, Err(Refusal::Write(_) | Refusal::Read(_))) {
            self.install = None;
        }
        taken?;
        turn.tell(News::Written(index));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Refusal> {
        let install = self.install.as_mut().ok_or(Refusal::NotBusy)?;
        install.finish(&mut self.disk)
    }

    fn cancel(&mut self) -> Result<(), Refusal> {
        self.install
            .take_if(|install| !install.is_own())
            .map(drop)
            .ok_or(Refusal::NotBusy)
    }

    fn step_install(&mut self, turn: &mut Turn) {
        let Some(install) = &mut self.install else {
            return;
        };
        if let Err(refusal) = install.step(&mut self.disk) {
            self.install = None;
            turn.note(format!("update: {refusal}"));
            turn.tell(News::Refused(refusal));
            return;
        }
        let progress = install.progress();
        if install.is_sealed() {
            self.sealed(turn);
        } else if !install.is_busy() {
            self.scanned(turn);
        } else if progress.done.abs_diff(self.told) >= TELL {
            self.told = progress.done;
            turn.tell(News::Progress(progress));
        }
    }

    /// What the card has not comes from outside; what nobody sends cannot come.
    fn scanned(&mut self, turn: &mut Turn) {
        let Some(install) = &mut self.install else {
            return;
        };
        let missing = bits(install.missing(), install.progress().of as usize);
        if !install.is_own() {
            turn.tell(News::Missing(missing));
        } else if let Err(refusal) = install.finish(&mut self.disk) {
            self.install = None;
            turn.note(format!("write a damaged slot anew: {refusal}"));
        }
    }

    fn sealed(&mut self, turn: &mut Turn) {
        let Some(install) = self.install.take() else {
            return;
        };
        let slot = install.target();
        self.state.finish(slot);
        if install.is_own() {
            self.state.settle(slot);
        }
        if self.save(turn) {
            turn.note(format!("slot {slot} is whole"));
            if !install.is_own() {
                turn.tell(News::Installed);
            }
            turn.tell(News::Slots(self.slots()));
        }
    }

    fn trial(&mut self, turn: &mut Turn) -> Result<(), Refusal> {
        if self.install.is_some() {
            return Err(Refusal::Busy);
        }
        self.must_be_settled()?;
        self.arm(turn)
    }

    /// The slot that boots is never written, and never left for a trial of itself.
    fn must_be_settled(&self) -> Result<(), Refusal> {
        let settled = self.on_trial.is_none() && self.facts.running == self.state.primary;
        settled.then_some(()).ok_or(Refusal::OnTrial)
    }

    /// What is well here has to be well there.
    fn arm(&mut self, turn: &mut Turn) -> Result<(), Refusal> {
        let other = !self.facts.running;
        self.state.arm(other, self.well)?;
        self.keep()?;
        turn.note(format!("update: slot {other} is started on trial"));
        turn.order = Some(Order::Trial);
        Ok(())
    }

    fn judge(&mut self, now: Duration, turn: &mut Turn) {
        let Some(gate) = &mut self.gate else { return };
        let running = self.facts.running;
        match (gate.judge(now, self.well), self.on_trial) {
            (Judgement::Wait(_), _) => return,
            (Judgement::Pass, Some(_)) => self.commit(turn),
            (Judgement::Pass, None) => {
                self.state.clear_starts();
                self.save(turn);
            }
            (Judgement::Fail(check), Some(Candidate::Trial)) => {
                turn.note(format!(
                    "update: slot {running} is not well on trial ({check:?}): back to the other one"
                ));
                self.state.condemn(running, Verdict::Unhealthy(check));
                self.save(turn);
                turn.order = Some(Order::Reboot);
            }
            // There is nothing better to go to.
            (Judgement::Fail(check), _) => turn.note(format!(
                "not everything is well after the start ({check:?})"
            )),
        }
        self.gate = None;
        turn.tell(News::Slots(self.slots()));
    }

    /// The state first, then the sector by which the firmware chooses, then the state again: whenever the power goes,
    /// the one or the other slot boots, and the next boot finishes what was begun.
    fn commit(&mut self, turn: &mut Turn) {
        let running = self.facts.running;
        self.state.commit(running);
        if !self.save(turn) {
            return;
        }
        turn.note(format!(
            "update: slot {running} has proven itself and is confirmed"
        ));
        self.on_trial = None;
        if self.repair_selector(turn) {
            self.state.settle(running);
            self.save(turn);
        }
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
