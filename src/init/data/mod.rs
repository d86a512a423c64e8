//! The data folder: the card's last partition, grown, mounted, made anew when it must be, or RAM.
//!
//! `init` calls it once a boot. [`course`] decides, [`partition`] acts. Reads no file's meaning.

mod course;
mod owner;
mod partition;

use std::path::{Path, PathBuf};

use super::card::Card;
use super::klog::Log;
use super::mounts;
use course::{Content, Course, Step};
use partition::Partition;

pub(super) use course::State;

/// What is to become of the data partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Keep,
    /// Factory reset.
    Forget,
    /// Rescue: not even mounted.
    Leave,
}

/// Where the data folder is, and why it is not what was there before.
pub(super) struct Prepared {
    pub(super) state: State,
    pub(super) reason: String,
}

/// Sees to it that the data folder can be written.
pub(super) fn prepare(card: Option<&Card>, wish: Wish, log: &Log) -> Prepared {
    let partition = match (card, wish) {
        _ if mounts::data_is_mounted() => return already_there(),
        (_, Wish::Leave) => Err("rescue: the card's data is not used".to_owned()),
        (None, _) => Err("there is no card".to_owned()),
        (Some(card), _) => find(card, log),
    };
    let (mut course, mut partition) = match partition {
        Ok(node) => (
            Course::with_partition(wish == Wish::Forget),
            Some(Partition::new(node)),
        ),
        Err(reason) => (Course::without_partition(reason), None),
    };
    loop {
        let step = course.step();
        if let Step::Done(state) = step {
            let reason = course.reason();
            if let Some(partition) = partition.filter(|_| state != State::Memory) {
                log.failures(partition.grow().err());
            }
            return Prepared { state, reason };
        }
        let outcome = carry_out(step, partition.as_mut());
        if let Err(reason) = &outcome {
            log.fail(&format!("data: {reason}"));
        }
        course.done(outcome);
    }
}

fn carry_out(step: Step, partition: Option<&mut Partition>) -> Result<Content, String> {
    let some = |()| Content::Some;
    let Some(partition) = partition else {
        return mounts::data_in_memory().map(some);
    };
    match step {
        Step::Mount | Step::MountAnew => partition.mount().map(some),
        Step::Mend => partition.mend().map(some),
        Step::Look => partition.look().map(some),
        Step::Check => partition.check(),
        Step::LetGo => {
            partition.let_go();
            Ok(Content::Some)
        }
        Step::Show(_) => partition.show().map(some),
        Step::Remake => partition.remake().map(some),
        Step::Memory => mounts::data_in_memory().map(some),
        Step::Done(_) => Ok(Content::Some),
    }
}

/// The node of the data partition, after it was made as long as the card allows.
fn find(card: &Card, log: &Log) -> Result<PathBuf, String> {
    match partition::stretch(card) {
        Ok(true) => log.note("the data partition reaches the end of the card now"),
        Ok(false) => {}
        // A card that cannot be written may still be read.
        Err(reason) => log.fail(&format!("data: {reason}")),
    }
    card.partition(crate::slot::layout::DATA.number)
        .ok_or_else(|| "the card has no data partition".to_owned())
}

/// From here on all of the folder is `serve`'s. Says in words what failed.
pub(super) fn give() -> Vec<String> {
    owner::give(Path::new(mounts::DATA), super::SERVE)
}

/// `serve` cannot work with what is in the folder, which is left as it is: from now on the folder is in RAM.
pub(super) fn leave(reason: String, log: &Log) -> Prepared {
    // Nobody uses it; if somebody does all the same, RAM lies over it.
    let _ = rustix::mount::unmount(mounts::DATA, rustix::mount::UnmountFlags::DETACH);
    log.failures(mounts::data_in_memory().err());
    log.failures(give());
    Prepared {
        state: State::Memory,
        reason,
    }
}

/// Somebody (the kernel, an earlier stage) has mounted it.
fn already_there() -> Prepared {
    Prepared {
        state: State::Kept,
        reason: String::new(),
    }
}
