//! The cables between the appliance and the target, as traits.
//!
//! Two implementations exist of each: [`device`](crate::device) (real hardware) and
//! [`sim`](crate::sim) (the virtual target). Services use these traits and nothing of the edge;
//! `app` plugs the one into the other. Nothing here does I/O.

mod profile;

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

pub use profile::UsbProfile;

use crate::hid::functions::Functions;
use crate::hid::report::Step;
use crate::hid::{Leds, Port};
use crate::video::colours::Colours;
use crate::video::edid::{EdidState, EdidWish};
use crate::video::{CaptureWish, Frame, Mode, NoPicture, RawFrame};

/// The video cable. Owned by the one capture thread; every call may block that thread only.
pub trait Capture: Send + 'static {
    /// Opens the source and starts streaming with the mode nearest to `wish`.
    ///
    /// # Errors
    /// Why there is no picture now. The caller tries again later, so a missing device is
    /// ordinary and must be cheap to find out.
    fn start(&mut self, wish: &CaptureWish) -> Result<Mode, NoPicture>;

    /// Waits at most `timeout` for a frame and lends the newest one to `take`; older frames that
    /// wait behind it are given back unseen and counted in [`Delivery::skipped`]. The buffer goes
    /// back to the driver as soon as `take` returns.
    ///
    /// # Errors
    /// The picture is gone (cable, device, a mode change that needs [`Capture::start`] again).
    fn next(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(RawFrame<'_>),
    ) -> Result<Delivery, NoPicture>;

    /// What the YUV numbers of the running mode mean; asked after each successful start.
    fn colours(&self) -> Colours {
        Colours::default()
    }

    /// Sees to it that the target is told this EDID; changes nothing when it is told already. Called before a start,
    /// when the wish changes, and now and then while nobody watches; the picture may be gone for a moment afterwards.
    fn set_edid(&mut self, _wish: &EdidWish) -> EdidState {
        EdidState::Fixed
    }

    /// Stops streaming and frees the device. Called before every new start and when nobody
    /// watches; must not fail, may be called twice.
    fn stop(&mut self);
}

/// Makes H.264 of pictures, one after the other. Owned by one task; every call may block.
pub trait Transcoder: Send + 'static {
    /// The next picture, with about so many kbit/s; a key if it has to be one.
    ///
    /// # Errors
    /// Why there is no H.264; the next call begins anew.
    fn transcode(&mut self, picture: &Frame, kbps: u16, key: bool) -> Result<Made, NoH264>;

    /// Frees the device. May be called twice.
    fn stop(&mut self);
}

/// What came out of an encoder when a picture went in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// In order; pictures before that the encoder had kept are among them.
    pub units: Vec<Unit>,
    pub picture: Fate,
}

/// What became of the picture that went in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    /// The last unit shows it.
    Coded,
    /// The encoder keeps it until another one comes.
    #[default]
    Kept,
    /// It cannot be read. The next one may be whole.
    Unreadable,
}

impl Made {
    /// Of a picture that cannot be read.
    #[must_use]
    pub fn unreadable() -> Made {
        Made {
            units: Vec::new(),
            picture: Fate::Unreadable,
        }
    }
}

impl From<Unit> for Made {
    fn from(unit: Unit) -> Made {
        Made {
            units: vec![unit],
            picture: Fate::Coded,
        }
    }
}

/// A coded picture (H.264 calls it an access unit).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub data: Bytes,
    /// A decoder that knows nothing can begin with it.
    pub alone: bool,
}

/// Why there is no H.264.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum NoH264 {
    /// This board has no encoder, or its kernel none that it shows.
    #[error("this board has no H.264 encoder")]
    NoEncoder,
    /// It does not take such pictures.
    #[error("the H.264 encoder does not take pictures of this size or kind")]
    Refused,
    /// It stopped.
    #[error("the H.264 encoder failed")]
    Failed,
}

/// What one [`Capture::next`] brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// A frame was lent to `take`; this many older ones were skipped unseen, and this many were
    /// reported damaged by the driver.
    Frame { skipped: u32, damaged: u32 },
    /// Nothing arrived within the time limit.
    Nothing,
}

/// One USB HID function as a cable: reports go to the target. Owned by one writer thread.
pub trait HidPort: Send + 'static {
    /// Offers one whole input report to the target. Never blocks.
    ///
    /// # Errors
    /// [`PortError`] says what to do about it.
    fn write(&mut self, report: &[u8]) -> Result<(), PortError>;

    /// Waits at most `timeout` for room for a report. Returning early is allowed.
    fn wait_for_room(&mut self, timeout: Duration);

    /// What lets go of something that an earlier run has left pressed, if only this port knows how.
    fn left_pressed(&self) -> Option<Step> {
        None
    }
}

/// Why a report did not go out. None of these is a failure of the appliance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// The target has not fetched the report before this one (EAGAIN).
    #[error("the target has not read the previous report yet")]
    Busy,
    /// The target sleeps, is off or is unplugged (ESHUTDOWN).
    #[error("the target does not listen on USB")]
    Shutdown,
    /// The device node vanished (gadget unbound); the port tries to reopen it at each write.
    #[error("the USB device node is gone")]
    Gone,
}

/// The USB cable: one port for each HID function, and what the target tells us back.
pub struct UsbCable {
    /// One for each [`Port`], in the order of [`Port::ALL`].
    pub ports: Vec<(Port, Box<dyn HidPort>)>,
    /// The target's keyboard lights.
    pub leds: watch::Receiver<Leds>,
    /// Whether the target has configured us.
    pub link: watch::Receiver<UsbLink>,
    /// What the target shall be shown.
    pub profile: UsbProfile,
    /// Which of it the target is shown at first.
    pub shown: Functions,
    /// What moves the cable itself; none where nobody can.
    pub lever: Option<Box<dyn UsbLever>>,
}

/// What is done to the USB cable as a whole. Each returns at once: what comes of it is seen on the link.
pub trait UsbLever: Send + Sync + 'static {
    /// Unplugs the cable and plugs it in again.
    fn reset(&self);

    /// Unplugs the cable, and plugs it in again as a device with this profile's identity and `functions`.
    fn show(&self, profile: UsbProfile);

    /// Signals remote wake-up to a target that sleeps.
    ///
    /// # Errors
    /// The controller cannot.
    fn wake(&self) -> Result<(), CannotWake>;
}

/// The USB controller, or its driver, has no way to wake a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this board's USB controller cannot wake a target: use its power button, or Wake-on-LAN")]
pub struct CannotWake;

/// The state of the USB cable as the controller reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UsbLink {
    /// The target uses us.
    Configured,
    /// The target sleeps.
    Suspended,
    /// Cable out, target off, or not enumerated.
    Disconnected,
    /// The appliance could not set up its USB side.
    NoGadget,
}
