//! `GET /api/v1/status`: everything that the status strip shows, for programs.

use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Reply as _;

use super::gate::Viewer;
use super::route::{Answer, Call};
use super::signal::SignalState;
use crate::hid::Leds;
use crate::journal::uptime;
use crate::preseed::Told;
use crate::system;
use crate::target::UsbLink;

/// The appliance now.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Status {
    /// Absent while nobody watches: finding out would start the capture.
    signal: Option<SignalState>,
    counters: Counters,
    usb: UsbLink,
    leds: Leds,
    /// The user who holds the keyboard.
    controller: Option<String>,
    /// Open control sockets.
    seats: usize,
    /// Streams that are being watched.
    viewers: usize,
    /// Seconds since power-on.
    uptime: u64,
    /// What became of a preseed file; absent when there never was one.
    preseed: Option<Told>,
    system: system::Status,
}

/// Frames since the start.
#[derive(Serialize, JsonSchema)]
struct Counters {
    captured: u64,
    dropped: u64,
    damaged: u64,
}

pub(crate) async fn get(call: Call, _viewer: Viewer) -> Answer {
    let stream = &call.face.services.stream;
    let counted = stream.status().borrow().clone();
    let console = call.face.services.console.state().borrow().clone();
    let status = Status {
        signal: stream.latest().as_ref().map(SignalState::of),
        counters: Counters {
            captured: counted.captured,
            dropped: counted.dropped,
            damaged: counted.damaged,
        },
        usb: console.usb,
        leds: console.leds,
        controller: console.controller.map(|controller| controller.name),
        seats: console.seats,
        viewers: counted.viewers,
        uptime: uptime().as_secs(),
        preseed: call.face.services.preseed.clone(),
        system: call.face.services.system.status(),
    };
    Ok(warp::reply::json(&status).into_response())
}
