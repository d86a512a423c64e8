//! The stream: one capture thread, its encoder, and the hub that viewers subscribe to.
//!
//! `web` holds a [`Stream`] and gets a [`Viewer`] for each socket. Capture runs only while a
//! viewer exists (and 10 s longer). Knows nothing of sockets and nothing of V4L2.

use serde::Serialize;
use tokio::sync::watch;

use crate::settings::VideoSettings;
use crate::target::Capture;
use crate::video::{Mode, Signal};

/// Cheap handle to the capture thread.
#[derive(Clone)]
pub struct Stream {}

/// Counters and mode, for the status strip and the API. Reading them does not start capture.
#[derive(Debug, Clone, Default)]
pub struct Status {
    pub mode: Option<Mode>,
    pub captured: u64,
    pub dropped: u64,
    pub damaged: u64,
    pub viewers: usize,
}

impl Stream {
    /// Starts the capture thread. `settings` may change at any time.
    pub fn start(capture: Box<dyn Capture>, settings: watch::Receiver<VideoSettings>) -> Stream {
        todo!()
    }

    /// A new viewer; capture runs as long as one exists.
    pub fn watch(&self) -> Viewer {
        todo!()
    }

    /// A receiver of counters that does not count as a viewer.
    pub fn status(&self) -> watch::Receiver<Status> {
        todo!()
    }
}

/// One viewer's place at the hub. Dropping it lets capture stop.
pub struct Viewer {}

impl Viewer {
    /// Waits until the signal is another than the last one seen by this viewer and returns the
    /// newest; never returns twice the same frame. Cancel-safe.
    pub async fn next(&mut self) -> Signal {
        todo!()
    }

    /// The newest signal, now.
    pub fn latest(&self) -> Signal {
        todo!()
    }
}

/// Appliance time on the wire: the monotonic clock.
pub fn now() -> std::time::Duration {
    todo!()
}
