//! The weekly look through both slots: cards forget. A slot whose content is not what was installed is written anew from
//! the other one.
//!
//! The system runs from memory, so a rotten slot hurts at the next start only: it is found before.

use std::time::Duration;

use super::super::Slot;
use super::super::bundle::BLOCK;
use super::super::digest::{Digest, Summing};
use super::super::disk::Disk;
use super::super::installer::{Installer, Plan};
use super::super::layout;
use super::super::line::News;
use super::super::state::{Image, Status};
use super::{Keeper, Turn};

const EVERY: Duration = Duration::from_secs(7 * 24 * 3600);
/// Not while the machine has just started: somebody may be waiting for it.
const FIRST: Duration = Duration::from_secs(3600);
/// Between two blocks: the card and the processor are for others.
const PACE: Duration = Duration::from_millis(20);

/// How far the look is.
#[derive(Debug, Default)]
pub(super) struct Scrub {
    ordered: bool,
    next: Option<Duration>,
    pass: Option<Pass>,
    good: Vec<(Slot, Vec<Digest>)>,
}

/// Through one slot.
#[derive(Debug)]
struct Pass {
    slot: Slot,
    sum: Summing,
    blocks: Vec<Digest>,
    failed: bool,
}

impl Pass {
    fn of(slot: Slot) -> Pass {
        Pass {
            slot,
            sum: Summing::default(),
            blocks: Vec::new(),
            failed: false,
        }
    }
}

impl Scrub {
    /// Now, instead of at its time.
    pub(super) fn order(&mut self) {
        self.ordered = true;
    }

    /// How long nothing has to be done; `None`: until its time.
    pub(super) fn wait(&self) -> Option<Duration> {
        (self.ordered || self.pass.is_some()).then_some(PACE)
    }

    fn is_due(&mut self, now: Duration) -> bool {
        let next = *self.next.get_or_insert(FIRST);
        if !self.ordered && now < next {
            return false;
        }
        self.ordered = false;
        self.next = Some(now + EVERY);
        true
    }
}

impl<D: Disk> Keeper<D> {
    pub(super) fn step_scrub(&mut self, now: Duration, turn: &mut Turn) {
        match self.scrub.pass.take() {
            Some(pass) => self.look_on(pass, turn),
            None if self.scrub.is_due(now) => {
                self.scrub.good.clear();
                self.scrub.pass = Some(Pass::of(Slot::A));
            }
            None => {}
        }
    }

    fn look_on(&mut self, mut pass: Pass, turn: &mut Turn) {
        let image = self.state.slot(pass.slot).image;
        let at = (pass.blocks.len() * BLOCK) as u64;
        let is_whole = !matches!(
            self.state.slot(pass.slot).status,
            Status::Empty | Status::Writing
        );
        if !is_whole || pass.failed || at >= image.size {
            return self.end_pass(pass, image, is_whole, turn);
        }
        let length = usize::try_from(image.size - at).map_or(BLOCK, |left| left.min(BLOCK));
        let mut block = vec![0; length];
        match self
            .disk
            .read(layout::slot(pass.slot).area.offset() + at, &mut block)
        {
            Ok(()) => {
                pass.sum.add(&block);
                pass.blocks.push(Digest::of(&block));
            }
            Err(_) => pass.failed = true,
        }
        self.scrub.pass = Some(pass);
    }

    fn end_pass(&mut self, pass: Pass, image: Image, is_whole: bool, turn: &mut Turn) {
        let slot = pass.slot;
        if is_whole && image.size > 0 {
            if !pass.failed && pass.sum.finish() == image.sha256 {
                self.scrub.good.push((slot, pass.blocks));
            } else {
                turn.note(format!(
                    "slot {slot} is not what was installed: the card is failing"
                ));
                self.state.rot(slot);
                self.save(turn);
                turn.tell(News::Slots(self.slots()));
            }
        }
        if slot == Slot::A {
            self.scrub.pass = Some(Pass::of(Slot::B));
        } else {
            self.mend(turn);
        }
    }

    /// Only what does not run is written. A rotten slot that runs is left at the next start: the other one boots then.
    fn mend(&mut self, turn: &mut Turn) {
        let running = self.facts.running;
        if self.must_be_settled().is_err() {
            return;
        }
        let good = std::mem::take(&mut self.scrub.good);
        let is_rotten = |slot: Slot| {
            self.state.slot(slot).verdict == Some(super::super::state::Verdict::Rotten)
        };
        if is_rotten(running)
            && self.is_good(!running)
            && good.iter().any(|(slot, _)| *slot == !running)
        {
            turn.note(format!(
                "slot {} boots from now on: slot {running} is damaged",
                !running
            ));
            self.state.commit(!running);
            self.save(turn);
            self.repair_selector(turn);
            turn.tell(News::Slots(self.slots()));
        } else if is_rotten(!running)
            && let Some((_, blocks)) = good.into_iter().find(|(slot, _)| *slot == running)
        {
            self.copy_over(blocks, turn);
        }
    }

    fn copy_over(&mut self, blocks: Vec<Digest>, turn: &mut Turn) {
        let running = self.facts.running;
        let image = self.state.slot(running).image;
        turn.note(format!(
            "slot {} is written anew from slot {running}",
            !running
        ));
        self.state.mirror(running);
        if !self.save(turn) {
            return;
        }
        let plan = Plan::of_slot(image.size, image.sha256, blocks);
        match Installer::begin(&mut self.disk, !running, image.size, plan) {
            Ok(install) => self.install = Some(install),
            Err(refusal) => turn.note(format!("write slot {}: {refusal}", !running)),
        }
    }
}
