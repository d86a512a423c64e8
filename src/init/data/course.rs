//! What is tried, in which order, until there is a data folder. Pure: no disk, no mount.
//!
//! ```text
//!                  ┌ plain ──▶ Mount ── ok ──▶ Check ── ok ──▶ kept
//! card with p4 ────┤             │ failed        │ failed
//!                  │             ▼               ▼
//!                  └ reset ─┐  Look (why?)     Unmount
//!                           ▼    │               │
//!                         Remake ◀───────────────┘
//!                           │ ok              failed
//!                           ▼                 ──────────────────▶ Memory ──▶ memory
//!                       MountAnew ── ok ──▶ new (reset), remade     ▲
//!                           │ failed                                │
//!                           └───────────────────────────────────────┤
//! no card, no p4, rescue ───────────────────────────────────────────┘
//! ```
//!
//! The kernel's own journal replay, part of every mount, is the one repair that is tried. Memory is
//! where nothing else is left: it always works, and forgets everything at power-off.

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Mount the partition; the kernel replays its journal.
    Mount,
    /// Mount it once without the journal and read-only: only to tell what is broken.
    Look,
    /// Read what is there, write a little.
    Check,
    Unmount,
    /// Write the new file system over it.
    Remake,
    MountAnew,
    /// Put the data folder into RAM.
    Memory,
    Done(State),
}

/// Where the data is, for the boot report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::init) enum State {
    Kept,
    New,
    Remade,
    Memory,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Empty,
    Some,
}

pub(super) struct Course {
    step: Step,
    reset: bool,
    reasons: Vec<String>,
}

impl Course {
    /// There is a partition; `reset`: its content is to be forgotten.
    pub(super) fn with_partition(reset: bool) -> Course {
        Course {
            step: if reset { Step::Remake } else { Step::Mount },
            reset,
            reasons: Vec::new(),
        }
    }

    /// There is none, or it is not to be touched.
    pub(super) fn without_partition(reason: String) -> Course {
        Course {
            step: Step::Memory,
            reset: false,
            reasons: vec![reason],
        }
    }

    pub(super) fn step(&self) -> Step {
        self.step
    }

    /// Why it did not go the plain way, in order.
    pub(super) fn reason(&self) -> String {
        self.reasons.join("; ")
    }

    /// What came of [`step`](Course::step). Only a check's content matters.
    pub(super) fn done(&mut self, outcome: Result<Content, String>) {
        self.step = match (self.step, outcome) {
            (Step::Mount, Ok(_)) => Step::Check,
            (Step::Mount, Err(reason)) => self.because(reason, Step::Look),
            (Step::Look, Ok(_)) => self.because(
                "without its journal it can be read".to_owned(),
                Step::Remake,
            ),
            (Step::Look, Err(_)) => Step::Remake,
            (Step::Check, Ok(Content::Some)) => Step::Done(State::Kept),
            (Step::Check, Ok(Content::Empty)) => Step::Done(State::New),
            (Step::Check, Err(reason)) => self.because(reason, Step::Unmount),
            // Nothing is written over what is still mounted.
            (Step::Unmount, Ok(_)) => Step::Remake,
            (Step::Remake, Ok(_)) => Step::MountAnew,
            (Step::MountAnew, Ok(_)) if self.reset => Step::Done(State::New),
            (Step::MountAnew, Ok(_)) => Step::Done(State::Remade),
            (Step::Unmount | Step::Remake | Step::MountAnew, Err(reason)) => {
                self.because(reason, Step::Memory)
            }
            (Step::Memory, Ok(_)) => Step::Done(State::Memory),
            (Step::Memory, Err(reason)) => self.because(reason, Step::Done(State::Memory)),
            (done @ Step::Done(_), _) => done,
        };
    }

    fn because(&mut self, reason: String, next: Step) -> Step {
        self.reasons.push(reason);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goes the course where the steps of `broken` fail; the steps it took, and why.
    fn go(mut course: Course, broken: &[Step], content: Content) -> (Vec<Step>, String) {
        let mut steps = Vec::new();
        while !matches!(course.step(), Step::Done(_)) {
            let step = course.step();
            steps.push(step);
            assert!(steps.len() < 10, "{steps:?}");
            course.done(if broken.contains(&step) {
                Err(format!("{step:?} failed"))
            } else {
                Ok(content)
            });
        }
        steps.push(course.step());
        (steps, course.reason())
    }

    const EVERY: [Step; 6] = [
        Step::Mount,
        Step::Look,
        Step::Check,
        Step::Unmount,
        Step::Remake,
        Step::MountAnew,
    ];

    #[test]
    fn a_good_partition_is_mounted_and_kept() {
        let (steps, reason) = go(Course::with_partition(false), &[], Content::Some);
        assert_eq!(steps, [Step::Mount, Step::Check, Step::Done(State::Kept)]);
        assert_eq!(reason, "");
    }

    #[test]
    fn an_empty_partition_is_new() {
        let (steps, _) = go(Course::with_partition(false), &[], Content::Empty);
        assert_eq!(steps.last(), Some(&Step::Done(State::New)));
    }

    #[test]
    fn what_cannot_be_mounted_is_looked_at_and_made_anew() {
        let broken = [Step::Mount, Step::Look];
        let (steps, reason) = go(Course::with_partition(false), &broken, Content::Some);
        assert_eq!(
            steps,
            [
                Step::Mount,
                Step::Look,
                Step::Remake,
                Step::MountAnew,
                Step::Done(State::Remade)
            ]
        );
        assert_eq!(reason, "Mount failed");
    }

    #[test]
    fn a_look_that_succeeds_blames_the_journal() {
        let (_, reason) = go(Course::with_partition(false), &[Step::Mount], Content::Some);
        assert_eq!(reason, "Mount failed; without its journal it can be read");
    }

    #[test]
    fn what_cannot_be_read_is_unmounted_before_it_is_made_anew() {
        let (steps, reason) = go(Course::with_partition(false), &[Step::Check], Content::Some);
        assert_eq!(
            steps,
            [
                Step::Mount,
                Step::Check,
                Step::Unmount,
                Step::Remake,
                Step::MountAnew,
                Step::Done(State::Remade)
            ]
        );
        assert_eq!(reason, "Check failed");
    }

    #[test]
    fn a_reset_never_mounts_the_old_content() {
        let (steps, reason) = go(Course::with_partition(true), &[], Content::Some);
        assert_eq!(
            steps,
            [Step::Remake, Step::MountAnew, Step::Done(State::New)]
        );
        assert_eq!(reason, "");
    }

    #[test]
    fn whatever_is_broken_there_is_a_data_folder_in_the_end() {
        for mask in 0..1_u32 << EVERY.len() {
            let broken: Vec<Step> = (0..EVERY.len())
                .filter(|bit| mask & (1 << bit) != 0)
                .map(|bit| EVERY[bit])
                .collect();
            for reset in [false, true] {
                let (steps, reason) = go(Course::with_partition(reset), &broken, Content::Some);
                let Some(Step::Done(state)) = steps.last() else {
                    panic!("{steps:?}")
                };
                let in_memory = steps.contains(&Step::Memory);
                assert_eq!(*state == State::Memory, in_memory, "{steps:?}");
                let plain = matches!(state, State::Kept | State::New);
                assert!(plain || !reason.is_empty(), "{steps:?} has a reason");
            }
        }
    }

    #[test]
    fn without_a_partition_memory_is_all() {
        let course = Course::without_partition("no card".to_owned());
        let (steps, reason) = go(course, &[], Content::Empty);
        assert_eq!(steps, [Step::Memory, Step::Done(State::Memory)]);
        assert_eq!(reason, "no card");
    }

    #[test]
    fn not_even_memory_ends_too() {
        let course = Course::without_partition("no card".to_owned());
        let (steps, reason) = go(course, &[Step::Memory], Content::Empty);
        assert_eq!(steps.last(), Some(&Step::Done(State::Memory)));
        assert_eq!(reason, "no card; Memory failed");
    }
}
