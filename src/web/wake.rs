//! Wake-on-LAN: the list of other machines, and the packet to one of them.
//!
//! An operator may wake what is on the list: that is use. What is on it, and so where packets may go, an admin decides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::error::ApiError;
use super::gate::{Admin, Operator};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::settings::Machine;

/// 64 machines with the longest names.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// The machines, and whether any can be woken from here.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Wake {
    /// False: the network is the business of the system that the program runs on.
    available: bool,
    machines: Vec<Machine>,
}

/// All of them, instead of those that were there.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WakeList")]
pub(crate) struct List {
    machines: Vec<Machine>,
}

/// Which one, by its name on the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WakeOrder")]
pub(crate) struct Order {
    name: String,
}

/// The packet is on the wire. Nobody answers it: whether the machine wakes is seen elsewhere.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WakeSent")]
pub(crate) struct Sent {
    /// `192.0.2.255:9`
    to: String,
}

pub(crate) async fn get(call: Call, _operator: Operator) -> Answer {
    Ok(view(&call))
}

fn view(call: &Call) -> warp::reply::Response {
    let services = &call.face.services;
    warp::reply::json(&Wake {
        available: services.network.is_managed(),
        machines: services.settings.current().wake.machines,
    })
    .into_response()
}

pub(crate) async fn change(call: Call, admin: Admin) -> Answer {
    let List { machines } = call.json()?;
    let services = &call.face.services;
    services
        .change(|settings| settings.wake.machines = machines)
        .await?;
    call.note(&admin, What::SettingsChanged, "Wake-on-LAN");
    Ok(view(&call))
}

pub(crate) async fn send(call: Call, operator: Operator) -> Answer {
    let Order { name } = call.json()?;
    let services = &call.face.services;
    let machines = services.settings.current().wake.machines;
    let machine = machines.into_iter().find(|machine| machine.name == name);
    let machine = machine.ok_or(ApiError::NoMachine)?;
    let sent = services.network.wake(&machine).await?;
    call.note(&operator, What::MachineWoken, machine.name);
    let sent = Sent {
        to: sent.0.to_string(),
    };
    Ok(warp::reply::json(&sent).into_response())
}
