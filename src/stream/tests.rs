//! The whole stream with a scripted source: real threads, real clock, no sleeping; every wait is
//! for an event.

use std::sync::mpsc;

use super::*;
use crate::target::Delivery;
use crate::video::edid::{EdidState, EdidWish, Offer};
use crate::video::{CaptureWish, NoPicture, PixelFormat, RawFrame};

/// What the source does next.
enum Act {
    Start(Result<Mode, NoPicture>),
    Frame(Vec<u8>),
    Skip(u32),
    Lose(NoPicture),
}

/// What the thread did with the source.
#[derive(Debug, PartialEq, Eq)]
enum Did {
    Start(CaptureWish),
    Edid(EdidWish),
    Stop,
    End,
}

struct Scripted {
    acts: mpsc::Receiver<Act>,
    did: mpsc::Sender<Did>,
    mode: Mode,
    running: bool,
}

impl Capture for Scripted {
    fn start(&mut self, wish: &CaptureWish) -> Result<Mode, NoPicture> {
        let _ = self.did.send(Did::Start(*wish));
        let Ok(Act::Start(answer)) = self.acts.recv() else {
            return Err(NoPicture::NoDevice);
        };
        self.running = answer.is_ok();
        if let Ok(mode) = answer {
            self.mode = mode;
        }
        answer
    }

    fn next(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(RawFrame<'_>),
    ) -> Result<Delivery, NoPicture> {
        assert!(self.running, "frames are asked of a source that runs");
        let mut skipped = 0;
        loop {
            match self.acts.recv_timeout(timeout) {
                Ok(Act::Frame(data)) => {
                    take(RawFrame {
                        data: &data,
                        captured: now(),
                        mode: self.mode,
                    });
                    return Ok(Delivery::Frame {
                        skipped,
                        damaged: 0,
                    });
                }
                Ok(Act::Skip(count)) => skipped += count,
                Ok(Act::Lose(why)) => {
                    self.running = false;
                    return Err(why);
                }
                Ok(Act::Start(_)) => panic!("the script starts a source that runs"),
                Err(_) => return Ok(Delivery::Nothing),
            }
        }
    }

    fn set_edid(&mut self, wish: &EdidWish) -> EdidState {
        if !wish.is_default() {
            let _ = self.did.send(Did::Edid(wish.clone()));
        }
        EdidState::Told(wish.wanted(None))
    }

    fn stop(&mut self) {
        if std::mem::take(&mut self.running) {
            let _ = self.did.send(Did::Stop);
        }
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        let _ = self.did.send(Did::End);
    }
}

struct Bench {
    stream: Stream,
    act: mpsc::Sender<Act>,
    did: mpsc::Receiver<Did>,
    settings: watch::Sender<VideoSettings>,
}

fn bench(patience: Patience) -> Bench {
    let (act, acts) = mpsc::channel();
    let (did_sender, did) = mpsc::channel();
    let source = Scripted {
        acts,
        did: did_sender,
        mode: MODE,
        running: false,
    };
    let (settings, receiver) = watch::channel(VideoSettings::default());
    let stream = Stream::start_with(Box::new(source), receiver, patience);
    Bench {
        stream,
        act,
        did,
        settings,
    }
}

const MODE: Mode = Mode {
    width: 64,
    height: 16,
    fps: 30.0,
    format: PixelFormat::Yuyv,
    stride: 128,
};
const NO_WISH: CaptureWish = CaptureWish {
    width: 0,
    height: 0,
    max_fps: 0,
};

fn picture(shade: u8) -> Act {
    Act::Frame(vec![shade; 128 * 16])
}

impl Bench {
    fn act(&self, act: Act) {
        self.act.send(act).unwrap();
    }

    fn expect(&self, did: Did) {
        assert_eq!(self.did.recv_timeout(Duration::from_secs(20)), Ok(did));
    }
}

async fn live(viewer: &mut Viewer) -> Arc<crate::video::Frame> {
    loop {
        match viewer.next().await {
            Signal::Live(frame) => return frame,
            Signal::Starting => {}
            Signal::None(why) => panic!("no picture: {why}"),
        }
    }
}

async fn no_picture(viewer: &mut Viewer) -> NoPicture {
    loop {
        if let Signal::None(why) = viewer.next().await {
            return why;
        }
    }
}

#[tokio::test]
async fn a_viewer_starts_capture_and_gets_each_frame_once() {
    let bench = bench(Patience::default());
    let mut viewer = bench.stream.watch();
    bench.expect(Did::Start(NO_WISH));
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    let first = live(&mut viewer).await;
    assert_eq!(first.mode, MODE);
    bench.act(picture(200));
    let second = live(&mut viewer).await;
    assert_eq!(second.id, first.id + 1);
    assert_ne!(second.content, first.content);
    assert!(second.captured > first.captured);
    bench.act(picture(200));
    let third = live(&mut viewer).await;
    assert_eq!((third.id, third.content), (second.id + 1, second.content));
}

#[tokio::test]
async fn a_slow_viewer_gets_the_newest_frame_only() {
    let bench = bench(Patience::default());
    let (mut quick, mut slow) = (bench.stream.watch(), bench.stream.watch());
    bench.act(Act::Start(Ok(MODE)));
    for shade in 0..5 {
        bench.act(picture(shade));
        live(&mut quick).await;
    }
    assert_eq!(live(&mut slow).await.id, 5);
}

#[tokio::test]
async fn a_second_viewer_sees_the_picture_at_once() {
    let bench = bench(Patience::default());
    let mut first = bench.stream.watch();
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    let shown = live(&mut first).await;
    let mut second = bench.stream.watch();
    assert!(matches!(second.latest(), Signal::Live(_)));
    assert_eq!(live(&mut second).await.id, shown.id);
}

#[tokio::test]
async fn capture_stops_when_the_last_viewer_has_gone_and_starts_with_the_next() {
    let bench = bench(Patience {
        grace: Duration::ZERO,
        ..Patience::default()
    });
    let mut viewer = bench.stream.watch();
    bench.expect(Did::Start(NO_WISH));
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    live(&mut viewer).await;
    drop(viewer);
    bench.expect(Did::Stop);
    let mut viewer = bench.stream.watch();
    bench.expect(Did::Start(NO_WISH));
    assert!(
        matches!(viewer.next().await, Signal::Starting),
        "not the picture of last time"
    );
}

#[tokio::test]
async fn losing_the_device_is_told_and_it_is_tried_again() {
    let bench = bench(Patience::default());
    let mut viewer = bench.stream.watch();
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    live(&mut viewer).await;
    bench.act(Act::Lose(NoPicture::NoDevice));
    assert_eq!(no_picture(&mut viewer).await, NoPicture::NoDevice);
    bench.act(Act::Start(Err(NoPicture::NoDevice)));
    bench.act(Act::Start(Err(NoPicture::NoCable)));
    assert_eq!(no_picture(&mut viewer).await, NoPicture::NoCable);
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    live(&mut viewer).await;
}

#[tokio::test]
async fn a_frozen_source_is_stopped_and_started() {
    let frozen = Duration::from_millis(200);
    let bench = bench(Patience {
        frozen,
        ..Patience::default()
    });
    let mut viewer = bench.stream.watch();
    bench.expect(Did::Start(NO_WISH));
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    live(&mut viewer).await;
    bench.expect(Did::Stop);
    bench.expect(Did::Start(NO_WISH));
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(2));
    live(&mut viewer).await;
}

#[tokio::test]
async fn a_mode_change_shows_in_the_next_frame() {
    let bench = bench(Patience::default());
    let mut viewer = bench.stream.watch();
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    live(&mut viewer).await;
    bench.act(Act::Lose(NoPicture::Changed));
    let low = Mode { height: 8, ..MODE };
    bench.act(Act::Start(Ok(low)));
    bench.act(picture(1));
    assert!(matches!(viewer.next().await, Signal::Live(frame) if frame.mode == low));
}

#[tokio::test]
async fn a_new_size_restarts_capture_and_a_new_quality_does_not() {
    let bench = bench(Patience::default());
    let mut viewer = bench.stream.watch();
    bench.expect(Did::Start(NO_WISH));
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    let fine = live(&mut viewer).await;
    bench.settings.send_modify(|video| video.quality = 5);
    // One frame may have been on its way when the quality changed.
    bench.act(picture(1));
    live(&mut viewer).await;
    bench.act(picture(1));
    assert_ne!(live(&mut viewer).await.data, fine.data);
    bench.settings.send_modify(|video| video.width = 32);
    bench.expect(Did::Stop);
    bench.expect(Did::Start(CaptureWish {
        width: 32,
        ..NO_WISH
    }));
}

#[tokio::test]
async fn another_edid_is_told_at_rest_and_between_two_starts() {
    let bench = bench(Patience::default());
    let mut told = bench.stream.edid();
    let wish = EdidWish::Offered(Offer::Hd60);
    bench
        .settings
        .send_modify(|video| video.edid = wish.clone());
    bench.expect(Did::Edid(wish.clone()));
    let state = told
        .wait_for(|told| told.wish == wish)
        .await
        .unwrap()
        .state
        .clone();
    assert_eq!(state, EdidState::Told(wish.wanted(None)));
    let mut viewer = bench.stream.watch();
    bench.expect(Did::Start(NO_WISH));
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    live(&mut viewer).await;
    let wish = EdidWish::Offered(Offer::Xga60);
    bench
        .settings
        .send_modify(|video| video.edid = wish.clone());
    bench.expect(Did::Stop);
    bench.expect(Did::Edid(wish));
    bench.expect(Did::Start(NO_WISH));
    bench.act(Act::Start(Ok(MODE)));
}

#[tokio::test]
async fn the_counters_tell_what_became_of_every_frame() {
    let bench = bench(Patience::default());
    let mut status = bench.stream.status();
    let mut viewer = bench.stream.watch();
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(1));
    live(&mut viewer).await;
    bench.act(Act::Skip(3));
    bench.act(picture(1));
    bench.act(Act::Frame(vec![0; 7]));
    let seen = status
        .wait_for(|status| status.damaged > 0)
        .await
        .unwrap()
        .clone();
    assert_eq!((seen.captured, seen.dropped, seen.damaged), (6, 3, 1));
    assert_eq!((seen.viewers, seen.mode), (1, Some(MODE)));
    bench.act(Act::Lose(NoPicture::NoDevice));
    status
        .wait_for(|status| status.mode.is_none())
        .await
        .unwrap();
    drop(viewer);
    status.wait_for(|status| status.viewers == 0).await.unwrap();
}

#[tokio::test]
async fn the_rate_limit_takes_effect_on_the_running_source() {
    let bench = bench(Patience::default());
    let mut status = bench.stream.status();
    let mut viewer = bench.stream.watch();
    bench.expect(Did::Start(NO_WISH));
    bench.act(Act::Start(Ok(MODE)));
    bench.act(picture(0));
    live(&mut viewer).await;
    bench.settings.send_modify(|video| video.max_fps = 1);
    bench.expect(Did::Stop);
    bench.expect(Did::Start(CaptureWish {
        max_fps: 1,
        ..NO_WISH
    }));
    bench.act(Act::Start(Ok(MODE)));
    for shade in 1..=20 {
        bench.act(picture(shade));
    }
    bench.act(Act::Lose(NoPicture::NoDevice));
    let seen = status
        .wait_for(|status| status.captured == 21)
        .await
        .unwrap()
        .clone();
    assert!(
        seen.dropped >= 18,
        "{} of 20 quick frames dropped at 1 fps",
        seen.dropped
    );
}

#[tokio::test]
async fn the_thread_ends_with_the_last_handle() {
    let bench = bench(Patience::default());
    let second = bench.stream.clone();
    drop(bench.stream);
    let viewer = second.watch();
    bench.act.send(Act::Start(Ok(MODE))).unwrap();
    drop((second, viewer));
    loop {
        if bench.did.recv_timeout(Duration::from_secs(20)).unwrap() == Did::End {
            break;
        }
    }
}

#[test]
fn appliance_time_goes_forward() {
    let earlier = now();
    assert!(now() >= earlier && earlier > Duration::ZERO);
}
