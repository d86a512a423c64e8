//! The state of the picture in the words of the interface. Pure.

use serde::Serialize;

use crate::video::{Mode, NoPicture, PixelFormat, Signal};

/// Is there a picture, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum SignalState {
    Starting,
    NoDevice,
    NoCable,
    NoSync,
    OutOfRange,
    Live(Picture),
}

/// What is captured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub(crate) struct Picture {
    width: u16,
    height: u16,
    /// Frames per second as the source promises; 0 when unknown.
    fps: f32,
    source: PixelFormat,
}

impl SignalState {
    pub(crate) fn of(signal: &Signal) -> Self {
        match signal {
            Signal::Starting => SignalState::Starting,
            Signal::None(why) => (*why).into(),
            Signal::Live(frame) => SignalState::Live(frame.mode.into()),
        }
    }
}

impl From<NoPicture> for SignalState {
    fn from(why: NoPicture) -> Self {
        match why {
            NoPicture::NoDevice => SignalState::NoDevice,
            NoPicture::NoCable => SignalState::NoCable,
            NoPicture::NoSync => SignalState::NoSync,
            NoPicture::OutOfRange => SignalState::OutOfRange,
            NoPicture::Changed => SignalState::Starting,
        }
    }
}

impl From<Mode> for Picture {
    fn from(mode: Mode) -> Self {
        Picture {
            width: mode.width,
            height: mode.height,
            fps: mode.fps,
            source: mode.format,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_signal_tells_its_mode() {
        let mode = Mode {
            width: 1280,
            height: 720,
            fps: 59.94,
            format: PixelFormat::Yuyv,
            stride: 2560,
        };
        let text = serde_json::to_value(SignalState::Live(mode.into())).expect("json");
        assert_eq!(text["state"], "live");
        assert_eq!(
            (&text["width"], &text["height"], &text["source"]),
            (&1280.into(), &720.into(), &"yuyv".into())
        );
    }

    #[test]
    fn every_reason_has_its_word() {
        let word = |why: NoPicture| {
            serde_json::to_value(SignalState::from(why)).expect("json")["state"].clone()
        };
        assert_eq!(word(NoPicture::NoDevice), "no_device");
        assert_eq!(word(NoPicture::NoCable), "no_cable");
        assert_eq!(word(NoPicture::NoSync), "no_sync");
        assert_eq!(word(NoPicture::OutOfRange), "out_of_range");
    }
}
