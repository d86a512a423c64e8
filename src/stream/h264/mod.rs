//! H.264 for those who ask for it: a viewer of the stream that makes it out of the pictures and hands it on.
//!
//! It works while somebody watches it, and passes over pictures as any viewer does when it is not done with the last one.
//!
//! ```text
//! hub ─Arc<Frame>─▶ task ─▶ transcoder (another thread) ─Arc<Frame>─▶ broadcast ─▶ viewers
//!                     ▲                                                               │
//!                     └────────────── a key, please; does anybody watch? ◀────────────┘
//! ```
//!
//! Each picture refers to the one before it. Who has missed one asks for a key, which all get.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until};

use super::Stream;
use crate::settings::VideoSettings;
use crate::target::{Fate, NoH264, Transcoder, Unit};
use crate::video::{Codec, Frame, Signal};

/// Pictures that wait for a viewer's task before it has missed one.
const QUEUE: usize = 8;
/// A key is as large as many pictures, and everybody gets it: there is one in this time at most.
const BETWEEN_KEYS: Duration = Duration::from_millis(500);
/// An encoder that was asked for a key and gave none is asked again after this time.
const AGAIN: Duration = Duration::from_millis(50);
/// After a failure whoever asks is told so for this time; then it is tried again.
const PAUSE: Duration = Duration::from_secs(5);
/// So often in a row an encoder may keep a picture that it is given again; each time it is waited for.
const KEPT: u32 = 30;
/// So many pictures in a row may be damaged.
const UNREADABLE: u32 = 10;
/// One that made so many pictures before it failed is begun anew at once, and nobody is told.
const STEADY: u32 = 30;

/// Cheap handle.
#[derive(Clone)]
pub struct H264 {
    shared: Arc<Shared>,
}

struct Shared {
    viewers: watch::Sender<usize>,
    units: broadcast::Sender<Arc<Frame>>,
    fault: watch::Sender<Option<NoH264>>,
    /// News: somebody wants one.
    key: watch::Sender<()>,
}

/// A place among those who watch. Dropping it lets the encoder rest.
pub struct H264Viewer {
    shared: Arc<Shared>,
    units: broadcast::Receiver<Arc<Frame>>,
    fault: watch::Receiver<Option<NoH264>>,
}

/// What a viewer hears.
#[derive(Debug, Clone)]
pub enum Heard {
    Unit(Arc<Frame>),
    /// So much came that some of it is lost.
    Missed,
    /// There will be nothing.
    Fault(NoH264),
}

impl H264 {
    /// Must be called inside a tokio runtime.
    #[must_use]
    pub fn start(
        stream: &Stream,
        transcoder: Box<dyn Transcoder>,
        settings: watch::Receiver<VideoSettings>,
    ) -> H264 {
        H264::of(stream.follow(), transcoder, settings)
    }

    fn of(
        pictures: watch::Receiver<Signal>,
        transcoder: Box<dyn Transcoder>,
        settings: watch::Receiver<VideoSettings>,
    ) -> H264 {
        let shared = Arc::new(Shared {
            viewers: watch::Sender::new(0),
            units: broadcast::Sender::new(QUEUE),
            fault: watch::Sender::new(None),
            key: watch::Sender::new(()),
        });
        let task = Task {
            watched: shared.viewers.subscribe(),
            key_wanted: shared.key.subscribe(),
            shared: Arc::downgrade(&shared),
            pictures,
            transcoder: Some(transcoder),
            settings,
            next_id: 0,
        };
        tokio::spawn(task.run());
        H264 { shared }
    }

    /// One that never has any.
    #[must_use]
    pub fn unavailable() -> H264 {
        H264 {
            shared: Arc::new(Shared {
                viewers: watch::Sender::new(0),
                units: broadcast::Sender::new(1),
                fault: watch::Sender::new(Some(NoH264::NoEncoder)),
                key: watch::Sender::new(()),
            }),
        }
    }

    /// What it cannot do now.
    #[must_use]
    pub fn fault(&self) -> Option<NoH264> {
        *self.shared.fault.borrow()
    }

    #[must_use]
    pub fn watch(&self) -> H264Viewer {
        let viewer = H264Viewer {
            shared: Arc::clone(&self.shared),
            units: self.shared.units.subscribe(),
            fault: self.shared.fault.subscribe(),
        };
        self.shared.viewers.send_modify(|viewers| *viewers += 1);
        viewer.ask_for_key();
        viewer
    }
}

impl H264Viewer {
    /// The next thing. Cancel-safe.
    pub async fn next(&mut self) -> Heard {
        loop {
            if let Some(fault) = *self.fault.borrow_and_update() {
                return Heard::Fault(fault);
            }
            tokio::select! {
                unit = self.units.recv() => return match unit {
                    Ok(unit) => Heard::Unit(unit),
                    Err(broadcast::error::RecvError::Lagged(_)) => Heard::Missed,
                    // The sender lives in what this viewer holds.
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                },
                _ = self.fault.changed() => {}
            }
        }
    }

    /// The next picture shall need no other.
    pub fn ask_for_key(&self) {
        self.shared.key.send_replace(());
    }
}

impl Drop for H264Viewer {
    fn drop(&mut self) {
        self.shared.viewers.send_modify(|viewers| *viewers -= 1);
    }
}

/// Makes the units. Ends with the last handle.
struct Task {
    shared: Weak<Shared>,
    watched: watch::Receiver<usize>,
    key_wanted: watch::Receiver<()>,
    pictures: watch::Receiver<Signal>,
    settings: watch::Receiver<VideoSettings>,
    /// None: it panicked, and never comes back.
    transcoder: Option<Box<dyn Transcoder>>,
    next_id: u32,
}

/// What is to be done next, while somebody watches. Pure.
#[derive(Default)]
struct Course {
    newest: Option<Arc<Frame>>,
    /// The content of the picture that went in last.
    given: Option<u64>,
    key: bool,
    /// Not before this time.
    next_key: Option<Instant>,
    kept: u32,
    unreadable: u32,
    done: u32,
}

impl Course {
    fn see(&mut self, signal: Signal) {
        self.newest = match signal {
            Signal::Live(frame) => Some(frame),
            Signal::Starting | Signal::None(_) => None,
        };
    }

    /// When a key that is wanted may be made; none while none is.
    fn key_at(&self, now: Instant) -> Option<Instant> {
        let wanted = self.key && self.newest.is_some();
        wanted.then(|| self.next_key.unwrap_or(now))
    }

    /// The picture to encode now, and whether as a key.
    fn due(&self, now: Instant) -> Option<(Arc<Frame>, bool)> {
        let newest = self.newest.as_ref()?;
        let key = self.key_at(now).is_some_and(|at| at <= now);
        let news = self.given != Some(newest.content);
        (news || key).then(|| (Arc::clone(newest), key))
    }

    /// A unit came. `asked`: a key was asked for.
    fn sent(&mut self, asked: bool, alone: bool, now: Instant) {
        if alone {
            self.key = false;
            self.next_key = Some(now + BETWEEN_KEYS);
        } else if asked {
            self.next_key = Some(now + AGAIN);
        }
    }

    fn done(&mut self, picture: &Frame) {
        self.given = Some(picture.content);
        self.kept = 0;
        self.unreadable = 0;
        self.done = self.done.saturating_add(1);
    }

    /// The encoder keeps the picture: the same one again pushes it out.
    fn kept(&mut self) -> Result<(), NoH264> {
        self.kept += 1;
        (self.kept <= KEPT).then_some(()).ok_or(NoH264::Failed)
    }

    /// It is passed over, where others could be read.
    fn unreadable(&mut self, picture: &Frame) -> Result<(), NoH264> {
        self.given = Some(picture.content);
        self.unreadable += 1;
        let damaged = self.done > 0 && self.unreadable <= UNREADABLE;
        damaged.then_some(()).ok_or(NoH264::Refused)
    }

    /// With an encoder that knows nothing of what was.
    fn anew(&mut self) {
        *self = Course {
            newest: self.newest.take(),
            key: true,
            ..Course::default()
        };
    }
}

impl Task {
    async fn run(mut self) {
        while self.watched.wait_for(|viewers| *viewers > 0).await.is_ok() {
            let worked = self.work().await;
            self.with_transcoder(|transcoder| transcoder.stop()).await;
            if let Err(fault) = worked {
                log::warn!("video: {fault}");
                self.tell(Some(fault));
                tokio::time::sleep(PAUSE).await;
                self.tell(None);
            }
        }
    }

    fn tell(&self, fault: Option<NoH264>) {
        if let Some(shared) = self.shared.upgrade() {
            shared.fault.send_replace(fault);
        }
    }

    /// Until nobody watches any more.
    async fn work(&mut self) -> Result<(), NoH264> {
        let Some(shared) = self.shared.upgrade() else {
            return Ok(());
        };
        let mut course = Course {
            key: true,
            ..Course::default()
        };
        self.pictures.mark_changed();
        self.key_wanted.mark_unchanged();
        loop {
            if let Some((picture, key)) = course.due(Instant::now()) {
                match self.encode(&shared, &mut course, &picture, key).await {
                    Err(NoH264::Failed) if course.done >= STEADY => {
                        self.with_transcoder(|transcoder| transcoder.stop()).await;
                        course.anew();
                    }
                    encoded => encoded?,
                }
                // It may have kept it.
                continue;
            }
            let key_at = course.key_at(Instant::now());
            tokio::select! {
                biased;
                _ = self.watched.wait_for(|viewers| *viewers == 0) => return Ok(()),
                _ = self.key_wanted.changed() => course.key = true,
                changed = self.pictures.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    course.see(self.pictures.borrow_and_update().clone());
                }
                () = until(key_at) => {}
            }
        }
    }

    async fn encode(
        &mut self,
        shared: &Shared,
        course: &mut Course,
        picture: &Arc<Frame>,
        key: bool,
    ) -> Result<(), NoH264> {
        if key {
            // Whoever asks from now on has been listening for this one.
            self.key_wanted.mark_unchanged();
        }
        let (given, kbps) = (Arc::clone(picture), self.settings.borrow().h264_kbps);
        let made = self
            .with_transcoder(move |transcoder| transcoder.transcode(&given, kbps, key))
            .await
            .unwrap_or(Err(NoH264::Failed))?;
        for unit in made.units {
            course.sent(key, unit.alone, Instant::now());
            self.hand_on(shared, picture, unit);
        }
        match made.picture {
            Fate::Coded => course.done(picture),
            Fate::Kept => course.kept()?,
            Fate::Unreadable => course.unreadable(picture)?,
        }
        Ok(())
    }

    fn hand_on(&mut self, shared: &Shared, picture: &Frame, Unit { data, alone }: Unit) {
        self.next_id = self.next_id.wrapping_add(1);
        let frame = Frame {
            id: self.next_id,
            codec: Codec::H264,
            alone,
            data,
            ..picture.clone()
        };
        // Nobody there is no error.
        let _ = shared.units.send(Arc::new(frame));
    }

    /// On a thread that may block; none when the transcoder is gone.
    async fn with_transcoder<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut dyn Transcoder) -> T + Send + 'static,
    ) -> Option<T> {
        let mut transcoder = self.transcoder.take()?;
        let blocking = tokio::task::spawn_blocking(move || {
            let done = work(&mut *transcoder);
            (transcoder, done)
        });
        let (transcoder, done) = blocking.await.ok()?;
        self.transcoder = Some(transcoder);
        Some(done)
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
