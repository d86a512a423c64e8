//! The stream: one capture thread, its encoder, and the hub that viewers subscribe to.
//!
//! `web` holds a [`Stream`] and gets a [`Viewer`] for each socket. Capture runs only while a
//! viewer exists (and 10 s longer). Knows nothing of sockets and nothing of V4L2.
//!
//! ```text
//! Capture ─RawFrame─▶ thread ─▶ encoder (pass-through | strips on the pool) ─Arc<Frame>─▶ hub ─▶ viewers
//!                       ▲ course: start, restart, rest                                     │
//!                       └───────────────────── demand: does anybody watch? ◀───────────────┘
//! ```

mod course;
mod edid;
mod encoder;
mod h264;
mod hub;
mod pace;
mod pool;
mod size;
mod thread;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use self::edid::EdidTold;
pub use self::h264::{H264, H264Viewer, Heard};
pub use self::size::{Size, SizeOnTrial, TRIAL as SIZE_TRIAL};

use self::course::Patience;
use self::hub::Hub;
use self::thread::CaptureThread;
use crate::settings::VideoSettings;
use crate::target::Capture;
use crate::video::{Mode, Signal};

/// Cheap handle to the capture thread. The thread ends when the last handle is dropped.
#[derive(Clone)]
pub struct Stream {
    owner: Arc<Owner>,
}

struct Owner {
    hub: Arc<Hub>,
}

/// Counters and mode, for the status strip and the API. Reading them does not start capture.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// What is being captured; `None` while nothing is.
    pub mode: Option<Mode>,
    /// Frames that the source delivered, shown or not.
    pub captured: u64,
    /// Frames passed over: a newer one was there, or the rate limit.
    pub dropped: u64,
    /// Frames that could not be shown.
    pub damaged: u64,
    pub viewers: usize,
}

impl Stream {
    /// Starts the capture thread. `settings` may change at any time.
    #[must_use]
    pub fn start(capture: Box<dyn Capture>, settings: watch::Receiver<VideoSettings>) -> Stream {
        Stream::start_with(capture, settings, Patience::default())
    }

    fn start_with(
        capture: Box<dyn Capture>,
        settings: watch::Receiver<VideoSettings>,
        patience: Patience,
    ) -> Stream {
        let hub = Arc::new(Hub::new());
        let thread = CaptureThread::new(capture, settings, Arc::clone(&hub), patience);
        let spawned = std::thread::Builder::new()
            .name("capture".to_owned())
            .spawn(|| thread.run());
        spawned.expect("the system can start one thread when the appliance starts");
        Stream {
            owner: Arc::new(Owner { hub }),
        }
    }

    /// A new viewer; capture runs as long as one exists.
    #[must_use]
    pub fn watch(&self) -> Viewer {
        let hub = Arc::clone(&self.owner.hub);
        hub.join();
        let mut signal = hub.signal.subscribe();
        signal.mark_changed();
        Viewer { hub, signal }
    }

    /// What viewers see, for who makes something else of it: does not count as a viewer.
    fn follow(&self) -> watch::Receiver<Signal> {
        self.owner.hub.signal.subscribe()
    }

    /// How the picture is; none while nobody watches, as nobody looks then.
    #[must_use]
    pub fn latest(&self) -> Option<Signal> {
        let hub = &self.owner.hub;
        hub.is_watched().then(|| hub.signal.borrow().clone())
    }

    /// What the capture device was told last of its EDID, and what came of it.
    #[must_use]
    pub fn edid(&self) -> watch::Receiver<EdidTold> {
        self.owner.hub.edid.subscribe()
    }

    /// Asks the source for this size, for [`SIZE_TRIAL`] at most; no file has it.
    pub fn try_size(&self, size: Size) {
        self.owner.hub.size.begin(size, now());
    }

    #[must_use]
    pub fn size_on_trial(&self) -> Option<SizeOnTrial> {
        self.owner.hub.size.shown(now())
    }

    /// Asks the source for what the settings say again; the size that was on trial.
    pub fn end_size_trial(&self) -> Option<Size> {
        self.owner.hub.size.end()
    }

    /// A receiver of counters that does not count as a viewer.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.owner.hub.status.subscribe()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.hub.close();
    }
}

/// One viewer's place at the hub. Dropping it lets capture stop.
pub struct Viewer {
    hub: Arc<Hub>,
    signal: watch::Receiver<Signal>,
}

impl Viewer {
    /// Waits until the signal is another than the last one seen by this viewer and returns the
    /// newest; never returns twice the same frame. Cancel-safe.
    pub async fn next(&mut self) -> Signal {
        // The sender lives in the hub that this viewer holds: there is always a next one.
        let _ = self.signal.changed().await;
        self.signal.borrow_and_update().clone()
    }

    /// The newest signal, now.
    #[must_use]
    pub fn latest(&self) -> Signal {
        self.signal.borrow().clone()
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.hub.leave();
    }
}

/// Appliance time on the wire: the monotonic clock.
#[must_use]
pub fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

#[cfg(test)]
mod tests;
