//! API tokens and guest links: the lists, making one, ending one.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::gate::{Inviter, Operator, Proven, Viewer};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::auth::{GuestWish, ListedGuest, ListedToken, Role, TokenWish};

/// The API tokens that the asker may see.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tokens {
    tokens: Vec<ListedToken>,
}

/// A new API token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TokenWish")]
pub(crate) struct WantedToken {
    /// 1 to 40 characters, for people.
    label: String,
    /// At most your own.
    role: Role,
    /// 1 to 366.
    days: u32,
}

/// The guest links that are open.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Guests {
    guests: Vec<ListedGuest>,
}

/// A new guest link.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GuestWish")]
pub(crate) struct WantedGuest {
    /// 1 to 40 characters: who it is for.
    label: String,
    /// Viewer or operator, and at most your own.
    role: Role,
    /// 5 to 10080.
    minutes: u32,
}

/// Which one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ById {
    id: String,
}

pub(crate) async fn tokens(call: Call, viewer: Viewer) -> Answer {
    let tokens = call.face.services.auth.tokens(&viewer);
    Ok(warp::reply::json(&Tokens { tokens }).into_response())
}

pub(crate) async fn make_token(call: Call, person: Proven) -> Answer {
    let WantedToken { label, role, days } = call.json()?;
    let wish = TokenWish { label, role, days };
    let auth = &call.face.services.auth;
    let detail = format!("{}, {}, {days} days", wish.label, role.name());
    let made = auth.make_token(&person, wish).await?;
    call.note(&person, What::TokenCreated, detail);
    Ok(warp::reply::json(&made).into_response())
}

pub(crate) async fn revoke_token(call: Call, viewer: Viewer) -> Answer {
    let ById { id } = call.json()?;
    let label = call.face.services.auth.revoke_token(&viewer, &id).await?;
    call.note(&viewer, What::TokenRevoked, label);
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn guests(call: Call, _operator: Operator) -> Answer {
    let guests = call.face.services.auth.guests();
    Ok(warp::reply::json(&Guests { guests }).into_response())
}

pub(crate) async fn make_guest(call: Call, inviter: Inviter) -> Answer {
    let WantedGuest {
        label,
        role,
        minutes,
    } = call.json()?;
    let wish = GuestWish {
        label,
        role,
        minutes,
    };
    let detail = format!("{}, {}, {minutes} minutes", wish.label, role.name());
    let made = call.face.services.auth.make_guest(&inviter, wish)?;
    call.note(&inviter, What::GuestCreated, detail);
    Ok(warp::reply::json(&made).into_response())
}

pub(crate) async fn revoke_guest(call: Call, inviter: Inviter) -> Answer {
    let ById { id } = call.json()?;
    let label = call.face.services.auth.revoke_guest(&inviter, &id)?;
    call.note(&inviter, What::GuestRevoked, label);
    Ok(StatusCode::NO_CONTENT.into_response())
}
