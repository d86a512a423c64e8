//! Factory reset, for an admin who has proven the password a moment ago.

use http::StatusCode;
use warp::reply::Reply as _;

use super::gate::Confirmed;
use super::route::{Answer, Call};
use crate::audit::What;

/// Done is that it was begun: what then happens, this appliance cannot tell any more.
pub(crate) async fn begin(call: Call, admin: Confirmed) -> Answer {
    let record = || call.note(&admin, What::FactoryReset, "");
    call.face.services.reset.begin(record)?;
    log::warn!("factory reset: asked for by {}", admin.user());
    Ok(StatusCode::NO_CONTENT.into_response())
}
