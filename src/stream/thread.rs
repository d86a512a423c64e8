//! The capture thread: owns the source, does what [`Course`] says, publishes what comes of it.
//!
//! Started by [`Stream::start`](super::Stream::start); ends when the last handle is gone.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::course::{Course, Patience, Picture, Step};
use super::edid::Telling;
use super::encoder::{self, Encoder};
use super::hub::Hub;
use super::now;
use super::pace::Pace;
use super::size::Size;
use crate::settings::VideoSettings;
use crate::target::{Capture, Delivery};
use crate::video::{CaptureWish, Codec, Frame, NoPicture, Signal};

/// At rest the thread looks so often whether the settings wish for another EDID.
const REST: Duration = Duration::from_secs(1);

/// Counters are published when something happens and otherwise this often: each update wakes
/// everybody who watches them.
const STATUS_INTERVAL: Duration = Duration::from_millis(200);

pub(super) struct CaptureThread {
    capture: Box<dyn Capture>,
    settings: watch::Receiver<VideoSettings>,
    hub: Arc<Hub>,
    course: Course,
    encoder: Encoder,
    pace: Pace,
    wish: CaptureWish,
    /// What is asked for in place of the settings' size.
    tried: Option<Size>,
    max_fps: u16,
    edid: Telling,
    /// What the viewers were told last.
    shown: Picture,
    next_id: u32,
    counts: Counts,
    published_at: Duration,
}

#[derive(Default)]
struct Counts {
    captured: u64,
    dropped: u64,
    damaged: u64,
}

impl CaptureThread {
    pub(super) fn new(
        capture: Box<dyn Capture>,
        mut settings: watch::Receiver<VideoSettings>,
        hub: Arc<Hub>,
        patience: Patience,
    ) -> CaptureThread {
        let video = settings.borrow_and_update().clone();
        CaptureThread {
            capture,
            settings,
            hub,
            course: Course::new(patience),
            encoder: Encoder::new(video.quality),
            pace: Pace::default(),
            wish: wish(&video, None),
            tried: None,
            max_fps: video.max_fps,
            edid: Telling::wishing(video.edid),
            shown: Picture::Starting,
            next_id: 0,
            counts: Counts::default(),
            published_at: Duration::ZERO,
        }
    }

    pub(super) fn run(mut self) {
        while !self.hub.is_closed() {
            self.apply_settings();
            match self.course.step(now(), self.hub.is_watched()) {
                Step::Rest => self.rest(),
                Step::Pause(time) => self.hub.pause(time),
                Step::Start => self.start(),
                Step::Next(timeout) => self.next(timeout),
            }
        }
        self.capture.stop();
    }

    fn apply_settings(&mut self) {
        let tried = self.hub.size.look(now());
        if tried == self.tried && !self.settings.has_changed().unwrap_or(false) {
            return;
        }
        self.tried = tried;
        let video = self.settings.borrow_and_update().clone();
        self.encoder.set_quality(video.quality);
        self.max_fps = video.max_fps;
        let wish = wish(&video, tried);
        if self.edid.wishes(&video.edid) || wish != self.wish {
            self.wish = wish;
            self.course.restart(now());
        }
    }

    fn rest(&mut self) {
        self.capture.stop();
        self.encoder.rest();
        self.mode_is_gone();
        self.show();
        self.tell_edid(true);
        self.hub.wait_for_viewer(REST);
    }

    fn start(&mut self) {
        self.capture.stop();
        self.tell_edid(false);
        match self.capture.start(&self.wish) {
            Ok(mode) => {
                log::info!(
                    "capture {:?} {}x{} at {} fps",
                    mode.format,
                    mode.width,
                    mode.height,
                    mode.fps
                );
                let interval = if mode.fps > 0.0 { 1.0 / mode.fps } else { 0.0 };
                let interval = Duration::try_from_secs_f32(interval).unwrap_or_default();
                self.encoder.set_colours(self.capture.colours());
                self.course.started(now(), interval);
                self.hub
                    .status
                    .send_modify(|status| status.mode = Some(mode));
            }
            Err(why) => self.lost(why),
        }
        self.show();
    }

    fn tell_edid(&mut self, at_rest: bool) {
        if self.edid.is_due(now(), at_rest) {
            let state = self.capture.set_edid(&self.edid.wish);
            self.hub.edid.send_replace(self.edid.told(now(), state));
        }
    }

    fn next(&mut self, timeout: Duration) {
        let Self {
            capture,
            encoder,
            pace,
            max_fps,
            ..
        } = self;
        let mut captured = Duration::ZERO;
        let mut taken = 0;
        let delivery = capture.next(timeout, &mut |frame| {
            taken += 1;
            captured = frame.captured;
            if pace.admits(captured, *max_fps) {
                encoder.take(&frame);
            }
        });
        match delivery {
            Ok(delivery) => self.delivered(delivery, taken, captured),
            Err(why) => self.lost(why),
        }
        self.show();
    }

    /// Publishes first and counts then: the viewers wait for the one, nobody for the other.
    fn delivered(&mut self, delivery: Delivery, taken: u64, captured: Duration) {
        let (mut dropped, mut damaged) = match delivery {
            Delivery::Frame { skipped, damaged } => (u64::from(skipped), u64::from(damaged)),
            Delivery::Nothing => (0, 0),
        };
        self.counts.captured += taken + dropped + damaged;
        match self.encoder.finish() {
            Some(Ok(picture)) => {
                self.publish(picture, captured);
                self.course.frame(now());
            }
            Some(Err(encoder::Damaged)) => damaged += 1,
            None if taken > 0 => {
                // Over the wanted rate; the source lives.
                dropped += taken;
                self.course.passed_over(now());
            }
            None => {}
        }
        if damaged > 0 {
            self.course.damaged();
        }
        self.count(dropped, damaged);
    }

    fn publish(&mut self, picture: encoder::Picture, captured: Duration) {
        let encoder::Picture {
            mode,
            data,
            content,
        } = picture;
        self.next_id = self.next_id.wrapping_add(1);
        let frame = Frame {
            id: self.next_id,
            captured,
            mode,
            codec: Codec::Jpeg,
            alone: true,
            data,
            content,
        };
        self.hub.signal.send_replace(Signal::Live(Arc::new(frame)));
        self.shown = Picture::Live;
    }

    fn count(&mut self, dropped: u64, damaged: u64) {
        self.counts.dropped += dropped;
        self.counts.damaged += damaged;
        let now = now();
        if damaged > 0 || now >= self.published_at + STATUS_INTERVAL {
            self.published_at = now;
            self.publish_counts();
        }
    }

    fn publish_counts(&self) {
        let Counts {
            captured,
            dropped,
            damaged,
        } = self.counts;
        self.hub.status.send_if_modified(|status| {
            let news =
                (captured, dropped, damaged) != (status.captured, status.dropped, status.damaged);
            (status.captured, status.dropped, status.damaged) = (captured, dropped, damaged);
            news
        });
    }

    fn lost(&mut self, why: NoPicture) {
        self.course.lost(now(), why);
        self.mode_is_gone();
    }

    fn mode_is_gone(&self) {
        self.publish_counts();
        self.hub
            .status
            .send_if_modified(|status| status.mode.take().is_some());
    }

    /// Tells the viewers when the picture is gone; that it is there, the frames tell.
    fn show(&mut self) {
        let picture = self.course.picture();
        if picture == self.shown {
            return;
        }
        self.shown = picture;
        let signal = match picture {
            Picture::Starting => Signal::Starting,
            Picture::None(why) => Signal::None(why),
            Picture::Live => return,
        };
        if let Picture::None(why) = picture {
            log::info!("no picture: {why}");
        }
        self.hub.signal.send_replace(signal);
    }
}

fn wish(video: &VideoSettings, tried: Option<Size>) -> CaptureWish {
    let (width, height) = tried.map_or((video.width, video.height), |size| {
        (size.width, size.height)
    });
    CaptureWish {
        width,
        height,
        max_fps: video.max_fps,
    }
}
