//! Capture from a real V4L2 device: HDMI-USB dongles (uvcvideo) and HDMI bridges with digital
//! timings (TC358743; vivid in the lab).
//!
//! `app` hands a [`V4l2Capture`] to the stream, whose capture thread owns it. It looks for the
//! device at every start, so a replug needs nothing but the next attempt. Decides nothing about
//! retries: that is the stream's business.

mod colours;
mod edid;
mod find;
mod negotiate;
mod node;
mod quirks;
mod running;

use std::path::PathBuf;
use std::time::Duration;

use v4l2r::nix::errno::Errno;

use self::edid::Bridge;
pub(super) use self::find::listed;
use self::find::{Found, find};
use self::negotiate::choose;
pub(super) use self::node::{Node, NodeError};
use self::running::Running;
use crate::sys::v4l2::Timings;
use crate::target::{Capture, Delivery};
use crate::video::colours::Colours;
use crate::video::edid::{EdidState, EdidWish};
use crate::video::{CaptureWish, Mode, NoPicture, RawFrame};

/// The video cable as a V4L2 device.
pub struct V4l2Capture {
    /// Only this node, if given; otherwise the best there is.
    wanted: Option<PathBuf>,
    running: Option<Running>,
    colours: Colours,
    bridge: Bridge,
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
            bridge: Bridge::default(),
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

    /// Through a descriptor of its own, so that it can be asked while nothing is captured.
    fn set_edid(&mut self, wish: &EdidWish) -> EdidState {
        let Some(Found { node, .. }) = find(self.wanted.as_deref()) else {
            return EdidState::NoDevice;
        };
        match node.select_hdmi_input() {
            Some(input) => self.bridge.tell(&edid::Input { node: &node, input }, wish),
            None => EdidState::Fixed,
        }
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
    let signal = if input.is_some() {
        node.lock_to_signal()?
    } else {
        None
    };
    let wish = signal.map_or(*wish, |signal| wish_for(&signal, wish));
    let choice = choose(&node.offers(), &wish, quirks.prefer_mjpeg);
    let choice = choice.ok_or(NodeError {
        doing: "find a format that we know",
        errno: Errno::EINVAL,
    })?;
    let (mut mode, colours) = node.set_mode(&choice)?;
    mode.fps = signal.map_or(mode.fps, |signal| signal.rate);
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

/// A bridge that can scale is to leave the picture as it comes, unless the settings want a size.
fn wish_for(signal: &Timings, wish: &CaptureWish) -> CaptureWish {
    if wish.width != 0 || wish.height != 0 {
        return *wish;
    }
    let side = |pixels: u32| u16::try_from(pixels).unwrap_or_default();
    CaptureWish {
        width: side(signal.width),
        height: side(signal.height),
        ..*wish
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HD: Timings = Timings {
        width: 1280,
        height: 720,
        rate: 50.0,
    };

    fn wish(width: u16, height: u16) -> CaptureWish {
        CaptureWish {
            width,
            height,
            max_fps: 7,
        }
    }

    #[test]
    fn a_bridge_takes_the_signal_as_it_is_unless_a_size_is_wished() {
        assert_eq!(wish_for(&HD, &wish(0, 0)), wish(1280, 720));
        assert_eq!(wish_for(&HD, &wish(640, 480)), wish(640, 480));
        let absurd = Timings {
            width: 70_000,
            ..HD
        };
        assert_eq!(wish_for(&absurd, &wish(0, 0)), wish(0, 720));
    }

    #[test]
    fn without_a_device_there_is_no_device_and_nothing_to_stop() {
        let folder = tempfile::tempdir().unwrap();
        let mut capture = V4l2Capture::new(Some(folder.path().join("video0")));
        assert_eq!(capture.start(&wish(0, 0)), Err(NoPicture::NoDevice));
        let next = capture.next(Duration::ZERO, &mut |_| panic!("a frame from nothing"));
        assert_eq!(next, Err(NoPicture::NoDevice));
        assert_eq!(capture.set_edid(&EdidWish::Default), EdidState::NoDevice);
        capture.stop();
        capture.stop();
    }
}
