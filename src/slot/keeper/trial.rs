//! Trials: how one is ordered, watched, and ended.

use std::time::Duration;

use super::super::disk::Disk;
use super::super::health::Judgement;
use super::super::line::News;
use super::super::refusal::Refusal;
use super::super::state::Verdict;
use super::selector::Repair;
use super::{Candidate, Keeper, Order, Turn};

impl<D: Disk> Keeper<D> {
    /// Starts the other slot: on trial, or for good where it is the one that boots anyway.
    pub(super) fn trial(&mut self, turn: &mut Turn) -> Result<(), Refusal> {
        if self.install.is_some() {
            return Err(Refusal::Busy);
        }
        if self.must_be_settled() == Err(Refusal::NotPrimary) {
            turn.order = Some(Order::Reboot);
            return Ok(());
        }
        self.must_be_settled()?;
        self.arm(turn)
    }

    /// The slot that boots is never written, and never left for a trial of itself.
    pub(super) fn must_be_settled(&self) -> Result<(), Refusal> {
        match self.on_trial {
            Some(_) => Err(Refusal::OnTrial),
            None if self.facts.running != self.state.primary => Err(Refusal::NotPrimary),
            None => Ok(()),
        }
    }

    /// What is well here has to be well there.
    pub(super) fn arm(&mut self, turn: &mut Turn) -> Result<(), Refusal> {
        let other = !self.facts.running;
        let before = self.state.slot(other).clone();
        self.state.arm(other, self.well)?;
        if let Err(refusal) = self.keep() {
            self.state.disarm(other, before);
            return Err(refusal);
        }
        self.armed = Some(before);
        turn.note(format!("update: slot {other} is started on trial"));
        turn.order = Some(Order::Trial);
        Ok(())
    }

    /// The machine could not be told to start the other slot.
    pub fn refused_trial(&mut self) -> Turn {
        let mut turn = Turn::default();
        if let Some(before) = self.armed.take() {
            self.state.disarm(!self.facts.running, before);
            self.save(&mut turn);
        }
        turn.tell(News::Refused(Refusal::Flag));
        turn
    }

    pub(super) fn judge(&mut self, now: Duration, turn: &mut Turn) {
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
    pub(super) fn commit(&mut self, turn: &mut Turn) {
        let running = self.facts.running;
        self.state.commit(running);
        if !self.save(turn) {
            return;
        }
        turn.note(format!(
            "update: slot {running} has proven itself and is confirmed"
        ));
        self.on_trial = None;
        if self.repair_selector(turn) != Repair::Failed {
            self.state.settle(running);
            self.save(turn);
        }
    }
}
