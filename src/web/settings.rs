//! The settings that can be changed at run time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::error::ApiError;
use super::gate::{Admin, Operator, Standing as _, Viewer};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::settings::{Every, NotAllowed, UpdateSettings, VideoSettings, Window};

/// What is in force.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RuntimeSettings {
    video: VideoSettings,
    update: UpdateSettings,
}

/// Any subset of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuntimeSettingsChange {
    #[serde(default)]
    video: VideoChange,
    #[serde(default)]
    update: UpdateChange,
}

/// Any subset of the update settings.
#[derive(Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct UpdateChange {
    channel: Option<String>,
    check: Option<Every>,
    auto: Option<bool>,
    /// As `02:00-04:00`, in UTC.
    window: Option<String>,
}

impl UpdateChange {
    fn is_nothing(&self) -> bool {
        *self == UpdateChange::default()
    }

    fn window(&self) -> Result<Option<Window>, NotAllowed> {
        let window = self.window.as_ref().map(|text| {
            let refused = || NotAllowed::new("update.window", text, Window::ALLOWED);
            Window::parse(text).ok_or_else(refused)
        });
        window.transpose()
    }

    fn apply(self, window: Option<Window>, update: &mut UpdateSettings) {
        if let Some(channel) = self.channel {
            update.channel = channel;
        }
        if let Some(check) = self.check {
            update.check = check;
        }
        if let Some(auto) = self.auto {
            update.auto = auto;
        }
        if let Some(window) = window {
            update.window = window;
        }
    }
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

pub(crate) async fn get(call: Call, _viewer: Viewer) -> Answer {
    Ok(in_force(&call))
}

fn in_force(call: &Call) -> warp::reply::Response {
    let settings = call.face.services.settings.current();
    let runtime = RuntimeSettings {
        video: settings.video,
        update: settings.update,
    };
    warp::reply::json(&runtime).into_response()
}

pub(crate) async fn change(call: Call, operator: Operator) -> Answer {
    let change: RuntimeSettingsChange = call.json()?;
    if !change.update.is_nothing() {
        // Where new systems come from is no operator's business.
        Admin::of(operator.clone())?;
    }
    let detail = match change.update.is_nothing() {
        true => "video",
        false => "updates",
    };
    let window = change.update.window().map_err(ApiError::from)?;
    let settings = call.face.services.settings.clone();
    let written = tokio::task::spawn_blocking(move || {
        settings.change(|settings| {
            change.video.apply(&mut settings.video);
            change.update.apply(window, &mut settings.update);
        })
    });
    written.await??;
    call.note(&operator, What::SettingsChanged, detail);
    Ok(in_force(&call))
}
