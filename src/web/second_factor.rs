//! The second factor of whoever is logged in: offering one, turning it on and off, recovery codes.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::gate::Proven;
use super::route::{Answer, Call};
use crate::audit::What;

/// The first code of the app. No `Debug`: it is a secret for a while.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SecondFactorCode")]
pub(crate) struct Code {
    /// Six digits.
    code: String,
}

/// Shown this once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

pub(crate) async fn begin(call: Call, person: Proven) -> Answer {
    let services = &call.face.services;
    let device = services.settings.current().device.name;
    let offer = services.auth.offer_second_factor(&person, &device)?;
    Ok(warp::reply::json(&offer).into_response())
}

pub(crate) async fn enable(call: Call, person: Proven) -> Answer {
    let Code { code } = call.json()?;
    let auth = &call.face.services.auth;
    let recovery_codes = auth.enable_second_factor(&person, &code).await?;
    call.note(&person, What::SecondFactorOn, "");
    Ok(warp::reply::json(&RecoveryCodes { recovery_codes }).into_response())
}

pub(crate) async fn disable(call: Call, person: Proven) -> Answer {
    let auth = &call.face.services.auth;
    auth.disable_second_factor(&person).await?;
    call.note(&person, What::SecondFactorOff, "");
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn renew(call: Call, person: Proven) -> Answer {
    let auth = &call.face.services.auth;
    let recovery_codes = auth.renew_recovery_codes(&person).await?;
    call.note(&person, What::SecondFactorOn, "new recovery codes");
    Ok(warp::reply::json(&RecoveryCodes { recovery_codes }).into_response())
}
