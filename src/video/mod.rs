//! What a picture is: modes, raw frames, finished frames and the state of the signal.
//!
//! Pure: no I/O, no clock, no thread. `stream` makes [`Frame`]s out of [`RawFrame`]s; the edge
//! fills [`RawFrame`]s.

pub mod colours;
pub mod edid;
pub mod h264;
pub mod jpeg;
pub mod planes;
pub mod strips;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

/// Pixel formats that a capture device may deliver. Names are V4L2's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PixelFormat {
    /// Motion-JPEG: each buffer is one JPEG image.
    Mjpeg,
    /// 4:2:2 packed, Y0 Cb Y1 Cr.
    Yuyv,
    /// 4:2:2 packed, Cb Y0 Cr Y1.
    Uyvy,
    /// 4:2:0, a Y plane, then a plane of interleaved CbCr of half the height.
    Nv12,
    /// 24-bit R G B.
    Rgb24,
}

/// What is captured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mode {
    pub width: u16,
    pub height: u16,
    /// Frames per second as the device promises; 0.0 when unknown.
    pub fps: f32,
    pub format: PixelFormat,
    /// Bytes from one row to the next (of the Y plane for NV12); 0 for MJPEG.
    pub stride: usize,
}

/// What the settings ask of the capture device; 0 means "whatever is best".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaptureWish {
    pub width: u16,
    pub height: u16,
    pub max_fps: u16,
}

/// One frame, lent straight from the driver's buffer.
#[derive(Debug, Clone, Copy)]
pub struct RawFrame<'a> {
    pub data: &'a [u8],
    /// When it was captured, on the monotonic clock (`CLOCK_MONOTONIC` since its zero).
    pub captured: Duration,
    pub mode: Mode,
}

/// How the bytes of a [`Frame`] are to be decoded. The number is the one on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Codec {
    Jpeg = 1,
    /// Annex B; each picture may refer to the one before it.
    H264 = 2,
}

/// One finished picture, shared by every viewer.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Grows by one with each published frame, wraps.
    pub id: u32,
    /// Capture time on the monotonic clock.
    pub captured: Duration,
    pub mode: Mode,
    pub codec: Codec,
    /// It needs no other to be decoded.
    pub alone: bool,
    pub data: Bytes,
    /// Two frames with the same content number look the same: a viewer that has the one need
    /// not be sent the other.
    pub content: u64,
}

#[cfg(test)]
impl Frame {
    /// A small one that looks like this, for tests of what hands frames on.
    pub(crate) fn drawn(id: u32, content: u64) -> Frame {
        Frame {
            id,
            captured: Duration::ZERO,
            mode: Mode {
                width: 8,
                height: 8,
                fps: 30.0,
                format: PixelFormat::Mjpeg,
                stride: 0,
            },
            codec: Codec::Jpeg,
            alone: true,
            data: Bytes::new(),
            content,
        }
    }
}

/// Why there is no picture. Each is a state of the world, not an error of ours.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    schemars::JsonSchema,
    thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum NoPicture {
    /// No capture device is plugged in (or it cannot be opened).
    #[error("no capture device")]
    NoDevice,
    /// The device sees no HDMI cable or no source (ENOLINK), or delivers nothing.
    #[error("no HDMI signal")]
    NoCable,
    /// There is a signal but the device cannot lock to it (ENOLCK).
    #[error("the HDMI signal is not stable")]
    NoSync,
    /// The signal's mode is beyond what the device can do (ERANGE).
    #[error("the HDMI mode is out of range")]
    OutOfRange,
    /// The mode changed: start again at once.
    #[error("the HDMI mode changed")]
    Changed,
}

/// What the hub tells its viewers. The latest wins; nothing queues.
#[derive(Debug, Clone, Default)]
pub enum Signal {
    /// Capture is being started.
    #[default]
    Starting,
    /// No picture, and why ([`NoPicture::Changed`] never appears here).
    None(NoPicture),
    Live(Arc<Frame>),
}
