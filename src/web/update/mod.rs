//! Updates: how the slots stand, a bundle that comes as a streamed body, and the orders about them.

mod upload;
mod view;

use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use warp::reply::Reply as _;

use super::gate::{Admin, Updater};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::auth::Session;
use crate::update::{Address, Order};

pub(crate) use upload::upload;
pub(crate) use view::UpdateView;

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

pub(crate) async fn get(call: Call, _admin: Admin) -> Answer {
    Ok(view_of(&call))
}

fn view_of(call: &Call) -> warp::reply::Response {
    let services = &call.face.services;
    let status = services.update.status().borrow().clone();
    let settings = services.settings.current().update;
    warp::reply::json(&UpdateView::of(&status, &settings)).into_response()
}

fn accepted(call: &Call) -> warp::reply::Response {
    let mut response = view_of(call);
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

pub(crate) async fn cancel(call: Call, session: Admin) -> Answer {
    log::info!("audit: update user={} cancels", session.user());
    call.face.services.update.cancel().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn trial(call: Call, session: Updater) -> Answer {
    call.face.services.update.trial(session.user()).await?;
    call.note(&session, What::Trial, "");
    Ok(accepted(&call))
}

pub(crate) async fn url(call: Call, session: Updater) -> Answer {
    let wanted: Fetch = call.json()?;
    let address = Address::parse(&wanted.url)?;
    let order = order(&session, wanted.restart);
    call.face.services.update.url(address, order).await?;
    call.note(&session, What::UpdateStarted, "from a web server");
    Ok(accepted(&call))
}

pub(crate) async fn check(call: Call, _admin: Admin) -> Answer {
    call.face.services.update.check().await?;
    Ok(view_of(&call))
}

pub(crate) async fn channel(call: Call, session: Updater) -> Answer {
    let wanted: Newest = call.json()?;
    let order = order(&session, wanted.restart);
    call.face.services.update.channel(order).await?;
    call.note(&session, What::UpdateStarted, "from the release channel");
    Ok(accepted(&call))
}

fn order(session: &Session, restart: bool) -> Order {
    Order {
        user: session.user().to_owned(),
        restart,
    }
}
