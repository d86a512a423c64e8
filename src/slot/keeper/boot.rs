//! What a start means for the slots, and what is put right before anything else begins.

use super::super::disk::Disk;
use super::super::firmware::OLDEST_BOOTLOADER;
use super::super::health::{Checks, Gate};
use super::super::state::{Status, Verdict};
use super::{Candidate, Keeper, Order, Turn};

impl<D: Disk> Keeper<D> {
    /// Once, before `serve` runs.
    pub fn boot(&mut self) -> Turn {
        let mut turn = Turn::default();
        let running = self.facts.running;
        let was_right = self.selector_is_right();
        let is_right = was_right || self.repair_selector(&mut turn);
        if !was_right && is_right {
            turn.note("autoboot.txt did not say what it should, and was written anew");
        }
        match (self.facts.trial, running == self.state.primary) {
            (true, false) => self.start_of_a_trial(&mut turn),
            (_, true) => self.plain_start(&mut turn),
            (false, false) if was_right => self.start_of_the_other(&mut turn),
            // The file was wrong, and now names the primary slot: another start leads there.
            (false, false) if is_right => turn.order = Some(Order::Reboot),
            (false, false) => self.gate = Some(Gate::new(Checks::ALWAYS)),
        }
        turn
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
        self.gate = Some(Gate::new(Checks::ALWAYS));
        self.on_trial = Some(Candidate::Adopted);
    }
}
