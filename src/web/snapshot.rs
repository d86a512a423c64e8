//! `GET /api/v1/snapshot.jpg`: one fresh picture.

use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use warp::reply::{Reply as _, Response};

use super::error::ApiError;
use super::gate;
use super::route::{Answer, Call};
use crate::stream::{self, Viewer};
use crate::video::{Frame, NoPicture, Signal};

/// How long the source may take to start.
const PATIENCE: Duration = Duration::from_secs(5);
/// A picture this old may be of before the source rested.
const FRESH: Duration = Duration::from_secs(1);

pub(crate) async fn take(call: Call, _viewer: gate::Viewer) -> Answer {
    let mut viewer = call.face.services.stream.watch();
    let late = |_| ApiError::from_no_picture(NoPicture::Changed);
    let frame = tokio::time::timeout(PATIENCE, fresh(&mut viewer))
        .await
        .map_err(late)??;
    let mut response: Response = http::Response::new(frame.data.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    if let Ok(time) = HeaderValue::try_from(format!("{:.6}", frame.captured.as_secs_f64())) {
        headers.insert("x-timestamp", time);
    }
    Ok(response)
}

async fn fresh(viewer: &mut Viewer) -> Result<Arc<Frame>, ApiError> {
    let asked = stream::now();
    loop {
        match viewer.next().await {
            Signal::Live(frame) if frame.captured + FRESH >= asked => return Ok(frame),
            Signal::Live(_) | Signal::Starting => {}
            Signal::None(why) => return Err(ApiError::from_no_picture(why)),
        }
    }
}
