//! The size of the picture: another one is on trial until somebody who sees it keeps it.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::error::ApiError;
use super::gate::{Operator, Viewer};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::settings::{NotPending, Settings, VideoSettings};
use crate::stream::Size;

/// What the source is asked for.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PictureSize {
    /// What is kept. Both in pixels; 0 = the source's own.
    width: u16,
    height: u16,
    /// What is in force in its place; null: nothing is on trial.
    trial: Option<TriedSize>,
}

/// A size that is undone unless it is confirmed in time.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TriedSize {
    width: u16,
    height: u16,
    /// Seconds that are left, begun ones too.
    confirm_within_s: u64,
}

/// Another size, in pixels; 0 = the source's own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SizeWish {
    width: u16,
    height: u16,
}

impl SizeWish {
    fn size(self) -> Size {
        let SizeWish { width, height } = self;
        Size { width, height }
    }
}

pub(crate) async fn get(call: Call, _viewer: Viewer) -> Answer {
    Ok(warp::reply::json(&view(&call)).into_response())
}

pub(crate) async fn change(call: Call, operator: Operator) -> Answer {
    let size = call.json::<SizeWish>()?.size();
    let services = &call.face.services;
    let mut next = services.settings.current();
    if kept(&next.video) == size {
        services.stream.end_size_trial();
    } else {
        put(size, &mut next);
        next.check().map_err(ApiError::from)?;
        services.stream.try_size(size);
        call.note(&operator, What::SettingsChanged, "size, on trial");
    }
    let view = warp::reply::json(&view(&call));
    Ok(warp::reply::with_status(view, StatusCode::ACCEPTED).into_response())
}

/// Written first: whoever is asked for it in between is asked for the same.
pub(crate) async fn confirm(call: Call, operator: Operator) -> Answer {
    let services = &call.face.services;
    let size = services.stream.size_on_trial().ok_or(NotPending)?.size;
    services.change(move |settings| put(size, settings)).await?;
    services.stream.end_size_trial();
    call.note(&operator, What::SettingsChanged, "size, kept");
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn revert(call: Call, operator: Operator) -> Answer {
    let ended = call.face.services.stream.end_size_trial();
    ended.ok_or(NotPending)?;
    call.note(&operator, What::SettingsChanged, "size, taken back");
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn put(size: Size, settings: &mut Settings) {
    settings.video.width = size.width;
    settings.video.height = size.height;
}

fn kept(video: &VideoSettings) -> Size {
    Size {
        width: video.width,
        height: video.height,
    }
}

fn view(call: &Call) -> PictureSize {
    let services = &call.face.services;
    let Size { width, height } = kept(&services.settings.current().video);
    let trial = services.stream.size_on_trial().map(|trial| TriedSize {
        width: trial.size.width,
        height: trial.size.height,
        confirm_within_s: trial.left.as_millis().div_ceil(1000) as u64,
    });
    PictureSize {
        width,
        height,
        trial,
    }
}
