//! Updates: how the slots stand, a bundle that comes as a streamed body, and the orders about them.

use std::time::Duration;

use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::timeout;
use warp::reply::Reply as _;

use super::error::ApiError;
use super::route::{Answer, Body, Call};
use crate::auth::Session;
use crate::settings::{Every, UpdateSettings};
use crate::slot::Slot;
use crate::slot::health::Check;
use crate::slot::state::{self, Record, State, Verdict};
use crate::system::SlotName;
use crate::update::{
    Address, BUNDLE_LIMIT, Job, Order, Origin, Sending, Sent, Stage, Status, UpdateError,
};

/// A sender that sends nothing for so long is gone; the upload can be continued.
const CHUNK_PATIENCE: Duration = Duration::from_secs(30);
/// Pieces that wait for the job, of 16 KiB or less: no more than the socket has anyway.
const PIECES: usize = 2;
/// How long the rest of a body is taken that nobody needs.
const DRAIN: Duration = Duration::from_secs(10);

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

/// A bundle on a web server.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UpdateUrl")]
pub(crate) struct Fetch {
    /// Without user name and password.
    url: String,
    #[serde(default)]
    restart: bool,
}

/// The channel's newest release.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UpdateLatest")]
pub(crate) struct Newest {
    #[serde(default)]
    restart: bool,
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
    fn of(status: &Status, settings: &UpdateSettings) -> UpdateView {
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

pub(crate) async fn get(call: Call, _session: Session) -> Answer {
    Ok(view(&call))
}

fn view(call: &Call) -> warp::reply::Response {
    let services = &call.face.services;
    let status = services.update.status().borrow().clone();
    let settings = services.settings.current().update;
    warp::reply::json(&UpdateView::of(&status, &settings)).into_response()
}

fn accepted(call: &Call) -> warp::reply::Response {
    let mut response = view(call);
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

pub(crate) async fn cancel(call: Call, session: Session) -> Answer {
    log::info!("audit: update user={} cancels", session.user());
    call.face.services.update.cancel().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn trial(call: Call, session: Session) -> Answer {
    call.face.services.update.trial(session.user()).await?;
    Ok(accepted(&call))
}

pub(crate) async fn url(call: Call, session: Session) -> Answer {
    let wanted: Fetch = call.json()?;
    let address = Address::parse(&wanted.url)?;
    let order = order(&session, wanted.restart);
    call.face.services.update.url(address, order).await?;
    Ok(accepted(&call))
}

pub(crate) async fn check(call: Call, _session: Session) -> Answer {
    call.face.services.update.check().await?;
    Ok(view(&call))
}

pub(crate) async fn channel(call: Call, session: Session) -> Answer {
    let wanted: Newest = call.json()?;
    let order = order(&session, wanted.restart);
    call.face.services.update.channel(order).await?;
    Ok(accepted(&call))
}

fn order(session: &Session, restart: bool) -> Order {
    Order {
        user: session.user().to_owned(),
        restart,
    }
}

/// Passes the body on as it comes, never more of it than a few pieces. What of it nobody needs any more, because the
/// job is over or never was, is taken and thrown away: most programs read an answer when they have sent everything.
pub(crate) async fn upload(call: Call, session: Session, mut body: Body) -> Answer {
    let installed = install(&call, &session, &mut body).await;
    let rest = async { while let Some(Ok(_)) = body.next().await {} };
    // Over or not: the answer is next.
    let _ = timeout(DRAIN, rest).await;
    installed.map(|()| view(&call))
}

async fn install(call: &Call, session: &Session, body: &mut Body) -> Result<(), ApiError> {
    let restart = restart(&call.query)?;
    let part = Part::of(&call.headers)?;
    if part.total.is_some_and(|total| total > BUNDLE_LIMIT) {
        return Err(UpdateError::Oversize.into());
    }
    let (pump, pieces) = mpsc::channel(PIECES);
    let sending = Sending {
        at: part.at,
        total: part.total,
        pieces,
    };
    let update = &call.face.services.update;
    let job = if part.continues {
        update.resume(sending).await?
    } else {
        update.upload(sending, order(session, restart)).await?
    };
    let ended = update.ended(job);
    tokio::pin!(ended);
    tokio::select! {
        biased;
        ended = &mut ended => return ended.map_err(Into::into),
        pumped = pass_on(body, &pump) => pumped?,
    }
    drop(pump);
    // Another connection has taken over when the job lives on without wanting this one's pieces.
    ended.await.map_err(Into::into)
}

/// Until the body's end.
async fn pass_on(body: &mut Body, pump: &mpsc::Sender<Sent>) -> Result<(), ApiError> {
    let mut passed: u64 = 0;
    loop {
        let piece = tokio::select! {
            () = pump.closed() => return superseded().await,
            piece = timeout(CHUNK_PATIENCE, body.next()) => piece.map_err(|_| ApiError::Incomplete)?,
        };
        let sent = match piece {
            Some(piece) => Sent::Bytes(piece.map_err(|_| ApiError::Incomplete)?),
            None => Sent::End,
        };
        let over = sent == Sent::End;
        if let Sent::Bytes(bytes) = &sent {
            passed += bytes.len() as u64;
        }
        if passed > BUNDLE_LIMIT {
            return Err(UpdateError::Oversize.into());
        }
        if pump.send(sent).await.is_err() {
            return superseded().await;
        }
        if over {
            return Ok(());
        }
    }
}

/// The job wants nothing more from here: it is over, which is told in a moment, or another connection feeds it.
async fn superseded() -> Result<(), ApiError> {
    tokio::time::sleep(Duration::from_secs(5)).await;
    Err(UpdateError::Superseded.into())
}

/// Which part of the file the body is.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    at: u64,
    total: Option<u64>,
    continues: bool,
}

impl Part {
    fn of(headers: &HeaderMap) -> Result<Part, ApiError> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        if let Some(range) = text(header::CONTENT_RANGE) {
            let (at, total) = content_range(range).ok_or_else(|| {
                ApiError::Body("Content-Range: not as `bytes FIRST-LAST/TOTAL`".to_owned())
            })?;
            return Ok(Part {
                at,
                total: Some(total),
                continues: true,
            });
        }
        let total = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        Ok(Part {
            at: 0,
            total,
            continues: false,
        })
    }
}

/// `bytes 5-9/10`, RFC 9110, 14.4; the first and the total.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let total = total.parse().ok()?;
    (first <= last && last < total).then_some((first, total))
}

/// Nothing but `restart=yes` or `restart=no` may be asked.
fn restart(query: &str) -> Result<bool, ApiError> {
    match query {
        "" | "restart=no" => Ok(false),
        "restart=yes" => Ok(true),
        _ => Err(ApiError::Body(
            "the query: allowed is restart=yes or restart=no".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_file_says_where_it_begins() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, 10)));
        for wrong in [
            "",
            "bytes",
            "bytes 5-9",
            "bytes */10",
            "bytes 9-5/10",
            "bytes 5-10/10",
            "bytes 5-9/*",
            "items 5-9/10",
            "bytes -5/10",
            "bytes 99999999999999999999-9/10",
        ] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_else_is_asked_than_whether_it_restarts() {
        assert!(!restart("").expect("allowed") && !restart("restart=no").expect("allowed"));
        assert!(restart("restart=yes").expect("allowed"));
        for wrong in ["restart", "restart=1", "restart=yes&x=1", "x"] {
            restart(wrong).expect_err(wrong);
        }
    }
}
