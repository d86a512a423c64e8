//! The USB cable as a whole, for an operator: reset it, wake the target by it. Both are recorded.

use http::StatusCode;
use warp::reply::Reply as _;

use super::gate::Operator;
use super::route::{Answer, Call};
use crate::audit::What;

/// Done is that it was begun; the link tells the rest.
pub(crate) async fn reset(call: Call, operator: Operator) -> Answer {
    call.face.services.console.reset_usb()?;
    call.note(&operator, What::UsbReset, "");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Answers when the target is awake.
pub(crate) async fn wake(call: Call, operator: Operator) -> Answer {
    call.note(&operator, What::TargetWoken, "");
    call.face.services.console.wake().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
