//! The settings that can be changed at run time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::error::ApiError;
use super::gate::{Admin, Operator, Standing as _, Viewer};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::hid::alignment::Alignment;
use crate::settings::{
    Day, Every, Hours, JigglerSettings, NotAllowed, Settings, UpdateSettings, VideoSettings, Window,
};

/// What is in force.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RuntimeSettings {
    video: VideoSettings,
    mouse: Alignment,
    jiggler: JigglerSettings,
    update: UpdateSettings,
}

/// Any subset of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuntimeSettingsChange {
    #[serde(default)]
    video: VideoChange,
    #[serde(default)]
    mouse: MouseChange,
    #[serde(default)]
    jiggler: JigglerChange,
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

/// Any subset of where the target's screen lies in the picture, in thousandths of the picture.
#[derive(Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct MouseChange {
    offset_x: Option<i16>,
    offset_y: Option<i16>,
    scale_x: Option<i16>,
    scale_y: Option<i16>,
}

impl MouseChange {
    fn apply(&self, mouse: &mut Alignment) {
        let changes = [
            (self.offset_x, &mut mouse.offset_x),
            (self.offset_y, &mut mouse.offset_y),
            (self.scale_x, &mut mouse.scale_x),
            (self.scale_y, &mut mouse.scale_y),
        ];
        for (wanted, value) in changes {
            *value = wanted.unwrap_or(*value);
        }
    }
}

/// Any subset of the jiggler's settings.
#[derive(Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct JigglerChange {
    on: Option<bool>,
    interval_s: Option<u16>,
    days: Option<Vec<Day>>,
    /// `always`, or as `08:00-18:00`, in UTC.
    hours: Option<String>,
}

impl JigglerChange {
    fn hours(&self) -> Result<Option<Hours>, NotAllowed> {
        let hours = self.hours.as_ref().map(|text| {
            let refused = || NotAllowed::new("jiggler.hours", text, Hours::ALLOWED);
            Hours::parse(text).ok_or_else(refused)
        });
        hours.transpose()
    }

    fn apply(self, hours: Option<Hours>, jiggler: &mut JigglerSettings) {
        if let Some(on) = self.on {
            jiggler.on = on;
        }
        if let Some(interval) = self.interval_s {
            jiggler.interval_s = interval;
        }
        if let Some(days) = self.days {
            jiggler.days = days;
        }
        if let Some(hours) = hours {
            jiggler.hours = hours;
        }
    }
}

/// Any subset of the video settings.
#[derive(Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct VideoChange {
    quality: Option<u32>,
    h264_kbps: Option<u32>,
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
        if let Some(kbps) = self.h264_kbps {
            video.h264_kbps = short(kbps);
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

impl RuntimeSettingsChange {
    /// Whoever changes the size so is sure of it.
    fn resizes(&self) -> bool {
        self.video.width.is_some() || self.video.height.is_some()
    }

    /// What it is about, for the audit log.
    fn parts(&self) -> String {
        let parts = [
            ("video", self.video != VideoChange::default()),
            ("mouse", self.mouse != MouseChange::default()),
            ("jiggler", self.jiggler != JigglerChange::default()),
            ("updates", !self.update.is_nothing()),
        ];
        let changed = parts.into_iter().filter(|(_, changed)| *changed);
        changed.map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    }

    /// The edit, if what it says can be read.
    fn edit(self) -> Result<impl FnOnce(&mut Settings), NotAllowed> {
        let (window, hours) = (self.update.window()?, self.jiggler.hours()?);
        Ok(move |settings: &mut Settings| {
            self.video.apply(&mut settings.video);
            self.mouse.apply(&mut settings.mouse);
            self.jiggler.apply(hours, &mut settings.jiggler);
            self.update.apply(window, &mut settings.update);
        })
    }
}

pub(crate) async fn get(call: Call, _viewer: Viewer) -> Answer {
    Ok(in_force(&call))
}

fn in_force(call: &Call) -> warp::reply::Response {
    let settings = call.face.services.settings.current();
    let runtime = RuntimeSettings {
        video: settings.video,
        mouse: settings.mouse,
        jiggler: settings.jiggler,
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
    let (parts, resizes) = (change.parts(), change.resizes());
    let edit = change.edit().map_err(ApiError::from)?;
    call.face.services.change(edit).await?;
    if resizes {
        call.face.services.stream.end_size_trial();
    }
    call.note(&operator, What::SettingsChanged, parts);
    Ok(in_force(&call))
}
