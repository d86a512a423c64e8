//! Text for the target: keyboard layouts, and what is typed in one of them. The text itself is in no log and no audit entry.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::error::ApiError;
use super::gate::{Operator, Viewer};
use super::route::{Answer, Call};
use crate::console::{Phase, Progress, SeatId, Steer, Text, Why};
use crate::keymap::{self, Choices, Key, Layout, LineEnd, Name, Plan, Symbol, Unknown, Way};

/// Bytes: some ten thousand characters of any script.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;
/// Problems that are listed.
const LISTED: usize = 500;
/// Milliseconds.
const LONGEST_DELAY: u64 = 1000;

/// What a layout is called.
#[derive(Serialize, JsonSchema)]
pub(crate) struct LayoutName {
    /// `de-nodeadkeys`.
    id: &'static str,
    /// In English.
    title: &'static str,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Layouts {
    layouts: Vec<LayoutName>,
}

/// What the keys of a layout mean.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Layout")]
pub(crate) struct LayoutView {
    #[serde(flatten)]
    name: LayoutName,
    keys: Vec<KeyView>,
    /// What is on the caps of its dead keys, by X11's names of them.
    accents: BTreeMap<&'static str, char>,
    /// Every character that can be typed.
    characters: String,
}

/// A key by its usage (keyboard page), and what it means plain, with Shift, with AltGr, with both.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LayoutKey")]
struct KeyView {
    usage: u8,
    levels: Vec<Option<Meaning>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Meaning {
    Char(char),
    /// Changes the next character; X11's name of it.
    Dead(&'static str),
}

/// A text for the target.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paste {
    text: String,
    /// That of the target, by its id.
    layout: String,
    /// The seat of a control socket of yours that is in control. Without it the keyboard has to be free.
    seat: Option<String>,
    /// What becomes of characters that the layout does not have.
    #[serde(default)]
    unknown: Unknown,
    /// What becomes of single ones of them, such as `{"ä": "skip"}`.
    #[serde(default)]
    ways: BTreeMap<char, Unknown>,
    #[serde(default)]
    line_end: LineEnd,
    /// After each character; at most 1000.
    #[serde(default)]
    delay_ms: u64,
    /// Only say what cannot be typed.
    #[serde(default)]
    dry_run: bool,
}

/// What will be typed, or would be.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PastePlan")]
pub(crate) struct PlanView {
    /// Characters that are typed.
    total: usize,
    /// How many characters the layout does not have.
    unknown: usize,
    /// The first 500 of them.
    problems: Vec<ProblemView>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PasteProblem")]
struct ProblemView {
    /// Counted in characters (Unicode scalar values) from 0.
    at: usize,
    char: char,
    /// What `replace` types in its place.
    replacement: Option<&'static str>,
    way: Way,
}

/// The text that is being typed, or was typed last.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PasteProgress")]
pub(crate) struct ProgressView {
    total: usize,
    typed: usize,
    phase: PhaseView,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PastePhase")]
enum PhaseView {
    Typing,
    Paused,
    Done,
    Stopped,
    LoggedOut,
    LostControl,
    Asleep,
    NotConnected,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PasteState")]
pub(crate) struct State {
    /// Null: nothing was typed since the start.
    paste: Option<ProgressView>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PasteSteer")]
pub(crate) struct Steering {
    to: Steer,
}

pub(crate) async fn layouts(_call: Call, _viewer: Viewer) -> Answer {
    let layouts = keymap::all().map(LayoutName::of).collect();
    Ok(warp::reply::json(&Layouts { layouts }).into_response())
}

pub(crate) async fn layout(call: Call, _viewer: Viewer) -> Answer {
    let id = call.query.strip_prefix("id=").unwrap_or_default();
    let layout = found(id)?;
    let mut characters: Vec<char> = layout.chars().collect();
    characters.sort_unstable();
    let view = LayoutView {
        name: LayoutName::of(layout.name),
        keys: layout.keys().iter().map(KeyView::of).collect(),
        accents: layout.accents(),
        characters: characters.into_iter().collect(),
    };
    Ok(warp::reply::json(&view).into_response())
}

pub(crate) async fn state(call: Call, _operator: Operator) -> Answer {
    let progress = *call.face.services.console.pasting().borrow();
    let paste = progress.map(ProgressView::of);
    Ok(warp::reply::json(&State { paste }).into_response())
}

pub(crate) async fn paste(call: Call, operator: Operator) -> Answer {
    let wish: Paste = call.json()?;
    if wish.delay_ms > LONGEST_DELAY {
        let allowed = format!("delay_ms: at most {LONGEST_DELAY}");
        return Err(ApiError::Body(allowed));
    }
    let seat = wish.seat.as_deref().map(seat).transpose()?;
    let choices = Choices {
        each: wish.ways,
        others: wish.unknown,
    };
    let plan = found(&wish.layout)?.plan(&wish.text, &choices, wish.line_end);
    let view = PlanView::of(&plan);
    if wish.dry_run {
        return Ok(warp::reply::json(&view).into_response());
    }
    if let Some(first) = plan.refused().next() {
        return Err(ApiError::Untypable {
            count: plan.refused().count(),
            char: first.char,
            at: first.at,
        });
    }
    let text = Text::new(plan, Duration::from_millis(wish.delay_ms));
    let session = (*operator).clone();
    let ended = async move { session.ended().await };
    let console = &call.face.services.console;
    console.paste(operator.user(), seat, text, ended)?;
    let body = warp::reply::json(&view);
    Ok(warp::reply::with_status(body, StatusCode::ACCEPTED).into_response())
}

pub(crate) async fn steer(call: Call, _operator: Operator) -> Answer {
    let wish: Steering = call.json()?;
    call.face.services.console.steer_paste(wish.to)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn found(id: &str) -> Result<Layout, ApiError> {
    Layout::find(id).ok_or_else(|| {
        // The id is theirs: it may be anything.
        let allowed = "layout: an id that GET /api/v1/layouts lists, such as us or de-nodeadkeys";
        ApiError::Body(allowed.to_owned())
    })
}

fn seat(text: &str) -> Result<SeatId, ApiError> {
    let number = text.parse().map(SeatId);
    number.map_err(|_| ApiError::Body("seat: as the control socket's welcome says it".to_owned()))
}

impl LayoutName {
    fn of(name: Name) -> LayoutName {
        LayoutName {
            id: name.id,
            title: name.title,
        }
    }
}

impl KeyView {
    fn of(key: &Key) -> KeyView {
        let levels = key.levels.map(|symbol| {
            symbol.map(|symbol| match symbol {
                Symbol::Char(char) => Meaning::Char(char),
                Symbol::Dead(name) => Meaning::Dead(name),
            })
        });
        KeyView {
            usage: key.usage,
            levels: levels.into(),
        }
    }
}

impl PlanView {
    fn of(plan: &Plan) -> PlanView {
        let problems = plan.problems.iter().take(LISTED);
        PlanView {
            total: plan.typed.len(),
            unknown: plan.problems.len(),
            problems: problems
                .map(|problem| ProblemView {
                    at: problem.at,
                    char: problem.char,
                    replacement: problem.replacement,
                    way: problem.way,
                })
                .collect(),
        }
    }
}

impl ProgressView {
    fn of(progress: Progress) -> ProgressView {
        let phase = match progress.phase {
            Phase::Typing => PhaseView::Typing,
            Phase::Paused => PhaseView::Paused,
            Phase::Done => PhaseView::Done,
            Phase::Stopped(Why::Asked) => PhaseView::Stopped,
            Phase::Stopped(Why::LoggedOut) => PhaseView::LoggedOut,
            Phase::Stopped(Why::LostControl) => PhaseView::LostControl,
            Phase::Stopped(Why::Asleep) => PhaseView::Asleep,
            Phase::Stopped(Why::NotConnected) => PhaseView::NotConnected,
        };
        ProgressView {
            total: progress.total,
            typed: progress.typed,
            phase,
        }
    }
}
