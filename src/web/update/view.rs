//! How updates stand, as the interface tells it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::settings::{Every, UpdateSettings};
use crate::slot::Slot;
use crate::slot::health::Check;
use crate::slot::state::{self, Record, State, Verdict};
use crate::system::SlotName;
use crate::update::{Job, Origin, Stage, Status, UpdateError};

/// How updates stand.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Update")]
pub(crate) struct UpdateView {
    available: bool,
    /// Why updates are not possible here; null when they are. Then there are no slots.
    unavailable: Option<String>,
    running: Option<SlotName>,
    /// The slot that boots when nothing else is said.
    primary: Option<SlotName>,
    /// What runs is on trial.
    trial: bool,
    /// The order to start the other slot is given.
    restarting: bool,
    /// Nothing with a lower rollback index is installed or started.
    floor: u32,
    slots: Option<Slots>,
    job: Option<JobView>,
    channel: ChannelView,
}

/// The release channel: what is set, and what it has.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UpdateChannel")]
struct ChannelView {
    /// Where its list is; null when none is set.
    url: Option<String>,
    check: Every,
    auto: bool,
    window: String,
    /// When it was asked last, seconds since 1970.
    checked: Option<u64>,
    latest: Option<LatestView>,
    /// Why the last look brought nothing.
    error: Option<String>,
}

/// The newest release for this board.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Latest")]
struct LatestView {
    version: String,
    notes: String,
    created: u64,
    size: u64,
    /// Newer than what runs.
    newer: bool,
}

#[derive(Serialize, JsonSchema)]
struct Slots {
    a: SlotView,
    b: SlotView,
}

/// One half of the card.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Slot")]
struct SlotView {
    status: SlotStatus,
    /// Why it is bad.
    reason: Option<String>,
    version: Option<String>,
    rollback_index: u32,
    /// Seconds since 1970.
    created: Option<u64>,
}

/// What a slot is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SlotStatus {
    Empty,
    Writing,
    Installed,
    Trial,
    Good,
    Bad,
}

/// The last install, also when it is over.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UpdateJob")]
struct JobView {
    id: u32,
    source: Origin,
    stage: Stage,
    /// What the signed header says; null and empty before it is known to be signed.
    version: Option<String>,
    notes: String,
    /// The id of the key that signed it.
    key: Option<String>,
    created: Option<u64>,
    /// Blocks of this stage.
    done: u32,
    of: u32,
    /// Bytes that came from the source.
    fetched: u64,
    /// Bytes of the whole bundle; null until known.
    size: Option<u64>,
    /// An upload that was interrupted goes on at this byte of the file.
    resume_at: Option<u64>,
    /// It restarts by itself when it is installed.
    restart: bool,
    error: Option<Trouble>,
}

/// Why an install failed.
#[derive(Serialize, JsonSchema)]
struct Trouble {
    code: &'static str,
    message: String,
    /// What the reader can do.
    next: &'static str,
}

impl Trouble {
    fn of(error: &UpdateError) -> Trouble {
        Trouble {
            code: error.code(),
            message: error.to_string(),
            next: error.next(),
        }
    }
}

impl ChannelView {
    fn of(status: &Status, settings: &UpdateSettings) -> ChannelView {
        let channel = &status.channel;
        let latest = channel.latest.as_ref();
        ChannelView {
            url: (!settings.channel.is_empty()).then(|| settings.channel.clone()),
            check: settings.check,
            auto: settings.auto,
            window: settings.window.to_string(),
            checked: channel.checked,
            latest: latest.map(|latest| LatestView {
                version: latest.version.clone(),
                notes: latest.notes.clone(),
                created: latest.created,
                size: latest.size,
                newer: status.is_newer(latest),
            }),
            error: channel.error.as_ref().map(ToString::to_string),
        }
    }
}

impl UpdateView {
    pub(crate) fn of(status: &Status, settings: &UpdateSettings) -> UpdateView {
        let slots = status.slots.as_ref().ok();
        let state = slots.map(|slots| &slots.state);
        UpdateView {
            available: slots.is_some(),
            unavailable: status.slots.as_ref().err().map(ToString::to_string),
            running: slots.map(|slots| name(slots.running)),
            primary: state.map(|state| name(state.primary)),
            trial: slots.is_some_and(|slots| slots.trial),
            restarting: status.restarting,
            floor: state.map_or(0, |state| state.floor),
            slots: state.map(Slots::of),
            job: status.job.as_ref().map(JobView::of),
            channel: ChannelView::of(status, settings),
        }
    }
}

impl Slots {
    fn of(state: &State) -> Slots {
        Slots {
            a: SlotView::of(state.slot(Slot::A)),
            b: SlotView::of(state.slot(Slot::B)),
        }
    }
}

impl SlotView {
    fn of(record: &Record) -> SlotView {
        use state::Status;
        SlotView {
            status: match record.status {
                Status::Empty => SlotStatus::Empty,
                Status::Writing => SlotStatus::Writing,
                Status::Installed => SlotStatus::Installed,
                Status::Trial => SlotStatus::Trial,
                Status::Good => SlotStatus::Good,
                Status::Bad => SlotStatus::Bad,
            },
            reason: record.verdict.map(|verdict| reason(verdict).to_owned()),
            version: (!record.version.is_empty()).then(|| record.version.clone()),
            rollback_index: record.rollback_index,
            created: (record.created > 0).then_some(record.created),
        }
    }
}

impl JobView {
    fn of(job: &Job) -> JobView {
        let release = job.release.as_ref();
        JobView {
            id: job.id,
            source: job.origin,
            stage: job.stage,
            version: release.map(|release| release.version.clone()),
            notes: release.map_or_else(String::new, |release| release.notes.clone()),
            key: release.map(|release| release.key.clone()),
            created: release.map(|release| release.created),
            done: job.done,
            of: job.of,
            fetched: job.fetched,
            size: job.size,
            resume_at: job.resume_at,
            restart: job.restart,
            error: job.error.as_ref().map(Trouble::of),
        }
    }
}

/// For people.
fn reason(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Died => "its trial ended without a word: it did not start, or the power went",
        Verdict::Unhealthy(Check::Answers) => "on trial its page did not answer",
        Verdict::Unhealthy(Check::Data) => "on trial it could not use the card's data",
        Verdict::Unhealthy(Check::Network) => {
            "on trial it had no network, though there was one before"
        }
        Verdict::Unhealthy(Check::Gadget) => {
            "on trial it had no USB connection to the target, though there was one before"
        }
        Verdict::Unhealthy(Check::Updater) => "on trial it could not have been updated again",
        Verdict::Unsteady => "several starts in a row were not well",
        Verdict::PassedBy => "the board's boot firmware did not start it",
        Verdict::Rotten => "what is on the card is not what was installed: the card is failing",
    }
}

fn name(slot: Slot) -> SlotName {
    match slot {
        Slot::A => SlotName::A,
        Slot::B => SlotName::B,
    }
}
