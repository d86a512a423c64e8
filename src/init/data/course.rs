//! What is tried, in which order, until there is a data folder. Pure: no disk, no mount.
//!
//! ```text
//!                  ┌ plain ──▶ Mount ── ok ──────────▶ Check ── ok ──▶ Show ──▶ kept
//! card with p4 ────┤             │ failed    ▲           │ failed
//!                  │             ▼           │ ok        ▼
//!                  │           Mend, once ───┘         LetGo
//!                  └ reset ─┐    │ failed                │
//!                           │    ▼                       │
//!                           │  Look (why?)               │
//!                           ▼    │                       │
//!                         Remake ◀───────────────────────┘
//!                           │ ok                 any of these failed
//!                           ▼                          │
//!                       MountAnew ── ok ──▶ Show ──▶ new (reset), remade
//!                                                      ▼
//! no card, no p4, rescue ────────────────────────▶ Memory ──▶ memory
//! ```
//!
//! Two repairs are tried: that of a superblock whose last write was cut off, and the kernel's own journal replay, part of
//! every mount. Memory is where nothing else is left: it always works, and forgets everything at power-off.

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Mount the partition, where nobody sees it; the kernel replays its journal.
    Mount,
    /// Write a superblock whole of which the card has a part of the new and a part of the old.
    Mend,
    /// Mount it once without the journal and read-only: only to tell what is broken.
    Look,
    /// Read what is there, write a little.
    Check,
    /// Unmount it.
    LetGo,
    /// Write the new file system over it.
    Remake,
    MountAnew,
    /// Let everybody see what is mounted.
    Show(State),
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
    mended: bool,
    reasons: Vec<String>,
}

impl Course {
    /// There is a partition; `reset`: its content is to be forgotten.
    pub(super) fn with_partition(reset: bool) -> Course {
        Course {
            step: if reset { Step::Remake } else { Step::Mount },
            reset,
            mended: false,
            reasons: Vec::new(),
        }
    }

    /// There is none, or it is not to be touched.
    pub(super) fn without_partition(reason: String) -> Course {
        Course {
            step: Step::Memory,
            reset: false,
            mended: false,
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
            (Step::Mount, Err(reason)) if !self.mended => self.because(reason, Step::Mend),
            (Step::Mount, Err(reason)) => self.because(reason, Step::Look),
            (Step::Mend, Ok(_)) => {
                self.mended = true;
                let reason = "the write that was cut off is made good".to_owned();
                self.because(reason, Step::Mount)
            }
            // Something else is broken, and the mount has said what.
            (Step::Mend, Err(_)) => Step::Look,
            (Step::Look, Ok(_)) => self.because(
                "without its journal it can be read".to_owned(),
                Step::Remake,
            ),
            (Step::Look, Err(_)) => Step::Remake,
            (Step::Check, Ok(Content::Some)) => Step::Show(State::Kept),
            (Step::Check, Ok(Content::Empty)) => Step::Show(State::New),
            (Step::Check, Err(reason)) => self.because(reason, Step::LetGo),
            // Nothing is written over what is still mounted.
            (Step::LetGo, Ok(_)) => Step::Remake,
            (Step::Remake, Ok(_)) => Step::MountAnew,
            (Step::MountAnew, Ok(_)) if self.reset => Step::Show(State::New),
            (Step::MountAnew, Ok(_)) => Step::Show(State::Remade),
            (Step::Show(state), Ok(_)) => Step::Done(state),
            (Step::LetGo | Step::Remake | Step::MountAnew | Step::Show(_), Err(reason)) => {
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
            assert!(steps.len() < 12, "{steps:?}");
            course.done(if broken.contains(&step) {
                Err(format!("{step:?} failed"))
            } else {
                Ok(content)
            });
        }
        steps.push(course.step());
        (steps, course.reason())
    }

    const KEPT: Step = Step::Show(State::Kept);
    const REMADE: [Step; 4] = [
        Step::Remake,
        Step::MountAnew,
        Step::Show(State::Remade),
        Step::Done(State::Remade),
    ];
    const EVERY: [Step; 9] = [
        Step::Mount,
        Step::Mend,
        Step::Look,
        Step::Check,
        Step::LetGo,
        Step::Remake,
        Step::MountAnew,
        KEPT,
        Step::Show(State::Remade),
    ];

    #[test]
    fn a_good_partition_is_mounted_looked_at_and_only_then_shown() {
        let (steps, reason) = go(Course::with_partition(false), &[], Content::Some);
        let kept = [Step::Mount, Step::Check, KEPT, Step::Done(State::Kept)];
        assert_eq!(steps, kept);
        assert_eq!(reason, "");
    }

    #[test]
    fn an_empty_partition_is_new() {
        let (steps, _) = go(Course::with_partition(false), &[], Content::Empty);
        assert_eq!(steps.last(), Some(&Step::Done(State::New)));
    }

    #[test]
    fn what_cannot_be_mounted_is_looked_at_and_made_anew() {
        let broken = [Step::Mount, Step::Mend, Step::Look];
        let (steps, reason) = go(Course::with_partition(false), &broken, Content::Some);
        assert_eq!(steps, [&broken[..], &REMADE].concat());
        assert_eq!(reason, "Mount failed");
    }

    #[test]
    fn a_superblock_that_could_be_mended_is_mounted_again_and_everything_kept() {
        let mut course = Course::with_partition(false);
        course.done(Err("bad superblock".to_owned()));
        assert_eq!(course.step(), Step::Mend);
        let (steps, reason) = go(course, &[], Content::Some);
        assert_eq!(steps[..2], [Step::Mend, Step::Mount]);
        assert_eq!(steps.last(), Some(&Step::Done(State::Kept)));
        assert_eq!(
            reason,
            "bad superblock; the write that was cut off is made good"
        );
    }

    #[test]
    fn it_is_mended_once() {
        let (steps, _) = go(Course::with_partition(false), &[Step::Mount], Content::Some);
        let first = [Step::Mount, Step::Mend, Step::Mount, Step::Look];
        assert_eq!(steps[..4], first);
    }

    #[test]
    fn a_look_that_succeeds_blames_the_journal() {
        let broken = [Step::Mount, Step::Mend];
        let (_, reason) = go(Course::with_partition(false), &broken, Content::Some);
        assert_eq!(reason, "Mount failed; without its journal it can be read");
    }

    #[test]
    fn what_cannot_be_read_is_let_go_of_before_it_is_made_anew() {
        let (steps, reason) = go(Course::with_partition(false), &[Step::Check], Content::Some);
        let first = [Step::Mount, Step::Check, Step::LetGo];
        assert_eq!(steps, [&first[..], &REMADE].concat());
        assert_eq!(reason, "Check failed");
    }

    #[test]
    fn a_reset_never_mounts_the_old_content() {
        let (steps, reason) = go(Course::with_partition(true), &[], Content::Some);
        assert_eq!(
            steps,
            [
                Step::Remake,
                Step::MountAnew,
                Step::Show(State::New),
                Step::Done(State::New)
            ]
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
