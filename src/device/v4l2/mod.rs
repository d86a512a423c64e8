//! Capture from a real V4L2 device: HDMI-USB dongles (uvcvideo) and HDMI bridges with digital
//! timings (TC358743; vivid in the lab).
//!
//! `app` hands a [`V4l2Capture`] to the stream, whose capture thread owns it. It looks for the
//! device at every start, so a replug needs nothing but the next attempt. Decides nothing about
//! retries: that is the stream's business.

mod colours;
mod find;
mod negotiate;
mod node;
mod quirks;
mod running;

use std::path::PathBuf;
use std::time::Duration;

use v4l2r::nix::errno::Errno;

use self::find::{Found, find};
use self::negotiate::choose;
use self::node::NodeError;
use self::running::Running;
use crate::target::{Capture, Delivery};
use crate::video::colours::Colours;
use crate::video::{CaptureWish, Mode, NoPicture, RawFrame};

/// The video cable as a V4L2 device.
pub struct V4l2Capture {
    /// Only this node, if given; otherwise the best there is.
    wanted: Option<PathBuf>,
    running: Option<Running>,
    colours: Colours,
    /// The last failure that was logged: a start is tried four times a second.
    complaint: Option<String>,
}

impl V4l2Capture {
    /// Does not open anything yet.
    #[must_use]
    pub fn new(wanted: Option<PathBuf>) -> V4l2Capture {
        V4l2Capture {
            wanted,
            running: None,
            colours: Colours::default(),
            complaint: None,
        }
    }

    fn open(&self, wish: &CaptureWish) -> Result<Started, Failure> {
        let found = find(self.wanted.as_deref()).ok_or(Failure::NoDevice)?;
        let path = found.node.path.clone();
        start(found, wish).map_err(|error| Failure::Node { path, error })
    }

    fn complain(&mut self, failure: &Failure) {
        let complaint = failure.to_string();
        if self.complaint.as_ref() != Some(&complaint) {
            log::info!("no capture: {complaint}");
            self.complaint = Some(complaint);
        }
    }
}

/// Why a start failed, for the log.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("no capture device is plugged in")]
    NoDevice,
    #[error("{}: {error}", path.display())]
    Node { path: PathBuf, error: NodeError },
}

impl Failure {
    fn why(&self) -> NoPicture {
        match self {
            Failure::NoDevice => NoPicture::NoDevice,
            Failure::Node { error, .. } => error.why(),
        }
    }
}

impl Capture for V4l2Capture {
    fn start(&mut self, wish: &CaptureWish) -> Result<Mode, NoPicture> {
        self.stop();
        match self.open(wish) {
            Ok(Started {
                running,
                mode,
                colours,
            }) => {
                self.running = Some(running);
                self.colours = colours;
                self.complaint = None;
                Ok(mode)
            }
            Err(failure) => {
                self.complain(&failure);
                Err(failure.why())
            }
        }
    }

    fn next(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(RawFrame<'_>),
    ) -> Result<Delivery, NoPicture> {
        self.running
            .as_mut()
            .ok_or(NoPicture::NoDevice)?
            .next(timeout, take)
    }

    fn colours(&self) -> Colours {
        self.colours
    }

    fn stop(&mut self) {
        self.running = None;
    }
}

/// What a start brings.
struct Started {
    running: Running,
    mode: Mode,
    colours: Colours,
}

/// Input, signal, mode, buffers: in the order in which each depends on the one before.
fn start(found: Found, wish: &CaptureWish) -> Result<Started, NodeError> {
    let Found {
        mut node,
        card,
        quirks,
    } = found;
    let input = node.select_hdmi_input();
    // Before the signal is looked at: a change between the two must not be missed.
    node.subscribe_to_changes(input.unwrap_or_default());
    let signal_fps = if input.is_some() {
        node.lock_to_signal()?
    } else {
        None
    };
    let choice = choose(&node.offers(), wish, quirks.prefer_mjpeg);
    let choice = choice.ok_or(NodeError {
        doing: "find a format that we know",
        errno: Errno::EINVAL,
    })?;
    let (mut mode, colours) = node.set_mode(&choice)?;
    mode.fps = signal_fps.unwrap_or(mode.fps);
    log::debug!(
        "{} ({card:?}, {}): {mode:?}, {colours:?}",
        node.path.display(),
        quirks.name
    );
    let running = Running::start(node, mode, quirks.garbage_frames)?;
    Ok(Started {
        running,
        mode,
        colours,
    })
}
