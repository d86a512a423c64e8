//! What a port is to say next, before and after it becomes bytes.
//!
//! The encoders make [`Step`]s; the console's queues merge them and turn each into one [`Report`].
//! A step holds the whole state of its device, so the newest one is always enough to set it right.

use super::pointer::{AbsoluteStep, RelativeStep};
use super::{controls, keyboard};

/// The bytes of one input report. None of ours is longer than eight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    bytes: [u8; 8],
    length: usize,
}

impl Report {
    pub(super) fn new<const N: usize>(report: [u8; N]) -> Report {
        const { assert!(N <= 8, "a report has at most eight bytes") };
        let mut bytes = [0; 8];
        bytes[..N].copy_from_slice(&report);
        Report { bytes, length: N }
    }
}

impl AsRef<[u8]> for Report {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// One device's state and what it just did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Keys(keyboard::Keys),
    Absolute(AbsoluteStep),
    Relative(RelativeStep),
    Consumer(controls::Consumer),
    System(controls::System),
}

impl Step {
    /// Takes a later step of the same device into this one if nothing that the target should
    /// notice is lost by that: movements add up, and repeated states are one.
    pub fn absorb(&mut self, later: Step) -> bool {
        match (self, later) {
            (Step::Absolute(step), Step::Absolute(later)) => step.absorb(later),
            (Step::Relative(step), Step::Relative(later)) => step.absorb(later),
            (step, later) => *step == later,
        }
    }

    /// The first report of this step, and the rest of the step if one report cannot say it all.
    #[must_use]
    pub fn split(self) -> (Step, Option<Step>) {
        match self {
            Step::Relative(step) => {
                let (first, rest) = step.split();
                (Step::Relative(first), rest.map(Step::Relative))
            }
            whole => (whole, None),
        }
    }

    #[must_use]
    pub fn report(self) -> Report {
        match self {
            Step::Keys(keys) => Report::new(keys.report()),
            Step::Absolute(step) => Report::new(step.report()),
            Step::Relative(step) => Report::new(step.report()),
            Step::Consumer(consumer) => Report::new(consumer.report()),
            Step::System(system) => Report::new(system.report()),
        }
    }

    /// The same keys and buttons held, but no movement and no wheel.
    #[must_use]
    pub fn at_rest(self) -> Step {
        match self {
            Step::Absolute(step) => Step::Absolute(step.at_rest()),
            Step::Relative(step) => Step::Relative(step.at_rest()),
            held => held,
        }
    }

    /// Nothing held, nothing moved.
    #[must_use]
    pub fn released(self) -> Step {
        match self {
            Step::Keys(_) => Step::Keys(keyboard::Keys::RELEASED),
            Step::Absolute(step) => Step::Absolute(step.released()),
            Step::Relative(_) => Step::Relative(RelativeStep::RELEASED),
            Step::Consumer(_) => Step::Consumer(controls::Consumer::RELEASED),
            Step::System(_) => Step::System(controls::System::RELEASED),
        }
    }

    /// A press of System Wake Up, or the release of a system control.
    #[must_use]
    pub fn wakes(self) -> bool {
        matches!(self, Step::System(system) if system.wakes() || !self.holds_something())
    }

    #[must_use]
    pub fn holds_something(self) -> bool {
        self.at_rest() != self.released()
    }
}
