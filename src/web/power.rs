//! Restart and power off, of the appliance and not of the target: what it would interrupt, and the order.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::gate::{Admin, Updater};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::slot::line::Power;
use crate::system::PowerError;
use crate::update::Stage;

/// Whether the appliance can be ended from here, and what that would interrupt.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Power")]
pub(crate) struct PowerView {
    /// False: the machine is the business of the system that the program runs on.
    available: bool,
    /// The user who holds the keyboard.
    controller: Option<String>,
    /// Open control sockets.
    seats: usize,
    /// Streams that are being watched.
    viewers: usize,
    /// A text is being typed.
    pasting: bool,
    /// How far an install is; null when none is under way.
    update: Option<Stage>,
    /// What runs is on trial: the next start is the other slot.
    trial: bool,
}

/// How it is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum To {
    Restart,
    /// Until its power is taken away and given again.
    Off,
}

/// The order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PowerOrder")]
pub(crate) struct Order {
    to: To,
}

pub(crate) async fn get(call: Call, _admin: Admin) -> Answer {
    let services = &call.face.services;
    let console = services.console.state().borrow().clone();
    let update = services.update.status().borrow().clone();
    let text = *services.console.pasting().borrow();
    let view = PowerView {
        available: services.power.is_available(),
        controller: console.controller.map(|controller| controller.name),
        seats: console.seats,
        viewers: services.stream.status().borrow().viewers,
        pasting: text.is_some_and(|text| !text.phase.is_over()),
        update: update
            .job
            .map(|job| job.stage)
            .filter(|stage| !stage.is_over()),
        trial: services.system.status().trial,
    };
    Ok(warp::reply::json(&view).into_response())
}

/// Done is that it was ordered: what then happens, this appliance cannot tell any more.
pub(crate) async fn order(call: Call, admin: Updater) -> Answer {
    let Order { to } = call.json()?;
    let services = &call.face.services;
    if !services.power.is_available() {
        return Err(PowerError::Elsewhere.into());
    }
    services.console.let_go().await;
    let (power, word) = match to {
        To::Restart => (Power::Restart, "restart"),
        To::Off => (Power::Off, "off"),
    };
    let record = || call.note(&admin, What::Power, word);
    services.power.press(power, record)?;
    log::warn!("power: {word}, ordered by {}", admin.user());
    Ok(StatusCode::NO_CONTENT.into_response())
}
