//! What a start means for the slots, and what is put right before anything else begins.

use super::super::disk::Disk;
use super::super::firmware::OLDEST_BOOTLOADER;
use super::super::health::{Checks, Gate};
use super::super::state::{Status, Verdict};
use super::selector::Repair;
use super::{Candidate, Keeper, Turn};

impl<D: Disk> Keeper<D> {
    /// Once, before `serve` runs. Never orders a plain restart: on a card that has silently stopped keeping what is
    /// written the next start would be this one again, and so on for ever.
    pub fn boot(&mut self) -> Turn {
        let mut turn = Turn::default();
        let was_right = self.selector_is_right();
        let repair = if was_right {
            Repair::Done
        } else {
            self.repair_selector(&mut turn)
        };
        if !was_right && repair == Repair::Done {
            turn.note("autoboot.txt did not say what it should, and was overwritten");
        }
        match (self.facts.trial, self.facts.running == self.state.primary) {
            (true, false) => self.start_of_a_trial(&mut turn),
            (_, true) => self.plain_start(&mut turn),
            (false, false) if was_right => self.start_of_the_other(&mut turn),
            (false, false) if repair == Repair::Failed => self.adopt(),
            (false, false) => turn.note(format!(
                "slot {} runs because of that; the next start is slot {} again",
                self.facts.running, self.state.primary
            )),
        }
        turn
    }

    /// Whether the machine could write `autoboot.txt` as it was asked to.
    pub fn selector_written(&mut self, written: bool) {
        if !written && self.facts.running != self.state.primary && self.gate.is_none() {
            self.adopt();
        }
    }

    /// The firmware will choose this slot again and again: it becomes the primary one when it is well.
    fn adopt(&mut self) {
        self.gate = Some(Gate::new(Checks::ALWAYS));
        self.on_trial = Some(Candidate::Adopted);
    }

    fn start_of_a_trial(&mut self, turn: &mut Turn) {
        let running = self.facts.running;
        let record = self.state.slot(running);
        if record.status != Status::Trial {
            // Somebody has set the flag by hand: nothing is decided by it.
            turn.note(format!("slot {running} was started once, without an order"));
            return;
        }
        self.gate = Some(Gate::new(record.expected));
        self.on_trial = Some(Candidate::Trial);
        turn.note(format!("slot {running} is on trial"));
    }

    fn plain_start(&mut self, turn: &mut Turn) {
        let running = self.facts.running;
        if self.state.slot(running).status == Status::Trial {
            // The power went between the two halves of a commit.
            self.state.settle(running);
        }
        if self.state.slot(!running).status == Status::Trial {
            turn.note(format!(
                "the trial of slot {} ended without a word",
                !running
            ));
            self.state.condemn(!running, Verdict::Died);
        }
        let unsteady = self.state.count_start();
        self.save(turn);
        if unsteady && self.arm_instead(turn) {
            return;
        }
        self.gate = Some(Gate::new(Checks::ALWAYS));
    }

    fn arm_instead(&mut self, turn: &mut Turn) -> bool {
        turn.note("the last starts were not well: trying the other slot");
        // What was well is not known: only what always has to be counts.
        self.arm(turn).is_ok()
    }

    /// The file is right, and yet the other slot runs: the firmware has passed the primary one by.
    fn start_of_the_other(&mut self, turn: &mut Turn) {
        let primary = self.state.primary;
        if self
            .facts
            .board
            .bootloader
            .is_some_and(|built| built < OLDEST_BOOTLOADER)
        {
            turn.note("the boot firmware is too old to be told which slot to start");
            return;
        }
        turn.note(format!("the boot firmware has passed slot {primary} by"));
        self.state.condemn(primary, Verdict::PassedBy);
        self.save(turn);
        self.adopt();
    }
}
