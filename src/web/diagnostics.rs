//! `GET /api/v1/diagnostics`: how the appliance is, and what is wrong with it.

use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Reply as _;

use super::Services;
use super::gate::Operator;
use super::route::{Answer, Call};
use super::signal::SignalState;
use crate::journal::uptime;
use crate::net::Source;
use crate::slot::state;
use crate::system::{DataStatus, Facts, Finding, Health, NetworkFacts, Severity, check};
use crate::target::UsbLink;
use crate::update;
use crate::video::Signal;

/// What is known, and what is wrong.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Diagnostics {
    /// The gravest first; none = nothing that is known is wrong.
    findings: Vec<Found>,
    health: Health,
    /// Absent while nobody watches: finding out would start the capture.
    signal: Option<SignalState>,
    capture: Capture,
    usb: UsbLink,
    /// The target reads the absolute mouse, as far as is known.
    absolute: bool,
    /// A time server's time was taken, not long ago; null when the clock is another system's.
    synchronized: Option<bool>,
    data: DataStatus,
    /// Seconds since power-on.
    uptime: u64,
}

/// One thing that is wrong.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DiagnosticsFinding")]
struct Found {
    finding: Finding,
    severity: Severity,
}

/// Frames since the start.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DiagnosticsCapture")]
struct Capture {
    captured: u64,
    dropped: u64,
    damaged: u64,
    viewers: usize,
}

pub(crate) async fn get(call: Call, _operator: Operator) -> Answer {
    let look = move || Diagnostics::of(&call.face.services);
    // Some of what the kernel shows asks the board's firmware first.
    let found = tokio::task::spawn_blocking(look).await?;
    Ok(warp::reply::json(&found).into_response())
}

impl Diagnostics {
    /// Reads a dozen small files: call it from a blocking task.
    pub(super) fn of(services: &Services) -> Diagnostics {
        let counted = services.stream.status().borrow().clone();
        let console = services.console.state().borrow().clone();
        let latest = services.stream.latest();
        let no_picture = match &latest {
            Some(Signal::None(why)) => Some(*why),
            _ => None,
        };
        let network = network(services);
        let status = services.system.status();
        let (update_failed, slot_bad) = update(&services.update.status().borrow());
        let facts = Facts {
            health: services.system.health(),
            no_picture,
            captured: counted.captured,
            damaged: counted.damaged,
            usb: console.usb,
            absolute: console.absolute,
            network,
            data: status.data.state,
            data_size: status.data.size,
            data_free: status.data.free,
            rescue: status.rescue,
            update_failed,
            slot_bad,
        };
        let found = check(&facts).into_iter();
        Diagnostics {
            findings: found
                .map(|(finding, severity)| Found { finding, severity })
                .collect(),
            health: facts.health,
            signal: latest.as_ref().map(SignalState::of),
            capture: Capture {
                captured: counted.captured,
                dropped: counted.dropped,
                damaged: counted.damaged,
                viewers: counted.viewers,
            },
            usb: console.usb,
            absolute: console.absolute,
            synchronized: network.managed.then_some(network.synchronized),
            data: status.data,
            uptime: uptime().as_secs(),
        }
    }
}

fn network(services: &Services) -> NetworkFacts {
    let status = services.network.status();
    let status = status.borrow();
    NetworkFacts {
        managed: services.network.is_managed(),
        // Whoever wants no time servers has what they want.
        synchronized: status.time.synchronized
            || services.settings.current().time.servers.is_empty(),
        link_local: status.source == Source::LinkLocal,
    }
}

/// Whether the last install failed, and whether the other slot is bad.
fn update(status: &update::Status) -> (bool, bool) {
    let failed = status.job.as_ref().is_some_and(|job| job.error.is_some());
    let bad = status
        .slots
        .as_ref()
        .is_ok_and(|slots| slots.state.slot(!slots.running).status == state::Status::Bad);
    (failed, bad)
}
