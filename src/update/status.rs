//! How updates stand: one value, published whenever it changes.

use tokio::sync::watch;

use super::address::Address;
use super::error::UpdateError;
use crate::slot::line::Slots;
use crate::slot::refusal::Refusal;
use crate::slot::state;

/// All that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// How the slots stand, or why nobody can say.
    pub slots: Result<Slots, Unavailable>,
    /// Init has answered, whatever it said.
    pub heard: bool,
    /// The order to start the other slot is given.
    pub restarting: bool,
    /// The last one, also when it is over.
    pub job: Option<Job>,
    pub channel: Channel,
}

/// Why nothing can be installed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("this program runs on a system of its own, which is updated by its own means")]
    NotOurSystem,
    #[error("the part of the appliance that writes the card has not answered yet")]
    NotHeard,
    #[error("{0}")]
    Refused(Refusal),
    #[error("the part of the appliance that writes the card is gone")]
    Lost,
}

/// One install.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Counts up from 1 while the program runs.
    pub id: u32,
    pub origin: Origin,
    pub stage: Stage,
    /// What the signed header says; nothing before it is known to be signed.
    pub release: Option<Release>,
    /// Blocks of this stage.
    pub done: u32,
    pub of: u32,
    /// Bytes that came from the source.
    pub fetched: u64,
    /// Bytes of the whole bundle.
    pub size: Option<u64>,
    /// An upload that was interrupted goes on at this byte of the file.
    pub resume_at: Option<u64>,
    /// The machine starts the new system by itself.
    pub restart: bool,
    pub error: Option<UpdateError>,
}

/// From where a bundle comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Upload,
    Url,
    Channel,
    /// A file on the card's first partition.
    Card,
}

impl Origin {
    /// As it is written in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Origin::Upload => "upload",
            Origin::Url => "url",
            Origin::Channel => "channel",
            Origin::Card => "card",
        }
    }
}

/// How far an install is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the head.
    Opening,
    /// Init looks for what the card has already.
    Preparing,
    /// The rest comes.
    Transferring,
    /// Init reads all of it again.
    Verifying,
    Installed,
    Failed,
    Canceled,
}

impl Stage {
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Stage::Installed | Stage::Failed | Stage::Canceled)
    }
}

/// A release, by its signed header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub version: String,
    pub notes: String,
    /// Of the key that signed it.
    pub key: String,
    /// Seconds since 1970.
    pub created: u64,
}

/// The release channel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Channel {
    /// Seconds since 1970.
    pub checked: Option<u64>,
    /// The newest release for this hardware.
    pub latest: Option<Latest>,
    /// Why the last look brought nothing.
    pub error: Option<UpdateError>,
}

/// The newest release of the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    pub version: String,
    pub notes: String,
    pub created: u64,
    pub rollback_index: u32,
    pub size: u64,
    pub url: Address,
}

impl Status {
    /// What is in the slot that runs.
    pub(super) fn running(&self) -> Option<state::Image> {
        let slots = self.slots.as_ref().ok()?;
        Some(slots.state.slot(slots.running).image)
    }

    /// Whether the channel has something newer than what runs.
    #[must_use]
    pub fn is_newer(&self, latest: &Latest) -> bool {
        self.slots.as_ref().is_ok_and(|slots| {
            let running = slots.state.slot(slots.running);
            (latest.rollback_index, latest.created) > (running.rollback_index, running.created)
        })
    }

    /// Whether it has been tried here, and has failed.
    #[must_use]
    pub fn has_failed(&self, latest: &Latest) -> bool {
        self.slots.as_ref().is_ok_and(|slots| {
            let other = slots.state.slot(!slots.running);
            other.status == state::Status::Bad
                && (other.version.as_str(), other.created) == (&latest.version, latest.created)
        })
    }
}

/// Edits the job that is under way.
#[derive(Debug, Clone)]
pub(super) struct Report(pub(super) watch::Sender<Status>);

impl Report {
    pub(super) fn edit(&self, edit: impl FnOnce(&mut Job)) {
        self.0.send_if_modified(|status| {
            let Some(job) = &mut status.job else {
                return false;
            };
            let before = job.clone();
            edit(job);
            before != *job
        });
    }

    pub(super) fn stage(&self, stage: Stage, done: u32, of: u32) {
        self.edit(|job| (job.stage, job.done, job.of) = (stage, done, of));
    }
}
