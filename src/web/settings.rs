//! The settings that can be changed at run time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::route::{Answer, Call};
use crate::auth::Session;
use crate::settings::VideoSettings;

/// What is in force.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RuntimeSettings {
    video: VideoSettings,
}

/// Any subset of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuntimeSettingsChange {
    #[serde(default)]
    video: VideoChange,
}

/// Any subset of the video settings.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct VideoChange {
    quality: Option<u32>,
    max_fps: Option<u32>,
    width: Option<u32>,
    height: Option<u32>,
}

impl VideoChange {
    /// A number too large for its type becomes the type's largest, which is never allowed, so
    /// that the settings' own check refuses it with the field's name.
    fn apply(&self, video: &mut VideoSettings) {
        let short = |value: u32| u16::try_from(value).unwrap_or(u16::MAX);
        if let Some(quality) = self.quality {
            video.quality = u8::try_from(quality).unwrap_or(u8::MAX);
        }
        if let Some(max_fps) = self.max_fps {
            video.max_fps = short(max_fps);
        }
        if let Some(width) = self.width {
            video.width = short(width);
        }
        if let Some(height) = self.height {
            video.height = short(height);
        }
    }
}

pub(crate) async fn get(call: Call, _session: Session) -> Answer {
    let video = call.face.services.settings.current().video;
    Ok(warp::reply::json(&RuntimeSettings { video }).into_response())
}

pub(crate) async fn change(call: Call, session: Session) -> Answer {
    let change: RuntimeSettingsChange = call.json()?;
    let settings = call.face.services.settings.clone();
    let written = tokio::task::spawn_blocking(move || {
        settings.change(|settings| change.video.apply(&mut settings.video))
    });
    written.await??;
    get(call, session).await
}
