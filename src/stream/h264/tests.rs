//! The task with pictures and a transcoder of the test; time is played.

use std::sync::mpsc;

use bytes::Bytes;

use super::*;
use crate::target::{Fate, Made};
use crate::video::NoPicture;

/// What was asked of the transcoder.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Picture { content: u64, kbps: u16, key: bool },
    Stop,
}

struct Recorder {
    asked: mpsc::Sender<Asked>,
    answers: mpsc::Receiver<Result<Made, NoH264>>,
}

impl Transcoder for Recorder {
    fn transcode(&mut self, picture: &Frame, kbps: u16, key: bool) -> Result<Made, NoH264> {
        let content = picture.content;
        let _ = self.asked.send(Asked::Picture { content, kbps, key });
        // Unless the test says otherwise, it does as it is told.
        let answer = self.answers.try_recv();
        answer.unwrap_or_else(|_| Ok(unit(key).into()))
    }

    fn stop(&mut self) {
        let _ = self.asked.send(Asked::Stop);
    }
}

fn unit(alone: bool) -> Unit {
    let data = Bytes::new();
    Unit { data, alone }
}

struct Bench {
    pictures: watch::Sender<Signal>,
    asked: mpsc::Receiver<Asked>,
    answer: mpsc::Sender<Result<Made, NoH264>>,
    h264: H264,
}

fn bench() -> Bench {
    let (pictures, seen) = watch::channel(Signal::Starting);
    let (asks, asked) = mpsc::channel();
    let (answer, answers) = mpsc::channel();
    let recorder = Recorder {
        asked: asks,
        answers,
    };
    let settings = watch::channel(VideoSettings::default()).1;
    Bench {
        pictures,
        asked,
        answer,
        h264: H264::of(seen, Box::new(recorder), settings),
    }
}

impl Bench {
    fn show(&self, content: u64) {
        let frame = Frame::drawn(70, content);
        self.pictures.send_replace(Signal::Live(Arc::new(frame)));
    }

    fn asked(&self) -> Vec<(u64, bool)> {
        let pictures = self.asked.try_iter().filter_map(|asked| match asked {
            Asked::Picture { content, key, .. } => Some((content, key)),
            Asked::Stop => None,
        });
        pictures.collect()
    }
}

/// The content of the next unit, and whether a decoder can begin with it.
async fn next(viewer: &mut H264Viewer) -> (u64, bool) {
    match viewer.next().await {
        Heard::Unit(unit) => (unit.content, unit.alone),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_comes_first_then_changes_and_nothing_for_what_looks_the_same() {
    let bench = bench();
    let mut viewer = bench.h264.watch();
    bench.show(1);
    assert_eq!(next(&mut viewer).await, (1, true));
    bench.show(1);
    bench.show(2);
    assert_eq!(next(&mut viewer).await, (2, false));
    assert_eq!(bench.asked(), [(1, true), (2, false)]);
}

#[tokio::test(start_paused = true)]
async fn who_joins_a_still_picture_gets_it_as_a_key_but_not_twice_in_a_moment() {
    let bench = bench();
    let mut first = bench.h264.watch();
    bench.show(1);
    assert_eq!(next(&mut first).await, (1, true));
    let begun = tokio::time::Instant::now();
    let mut second = bench.h264.watch();
    assert_eq!(next(&mut second).await, (1, true));
    assert!(begun.elapsed() >= BETWEEN_KEYS);
    assert_eq!(next(&mut first).await, (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_viewer_that_does_not_come_along_hears_that_it_missed_some() {
    let bench = bench();
    let (mut quick, mut slow) = (bench.h264.watch(), bench.h264.watch());
    for content in 0..20 {
        bench.show(content);
        next(&mut quick).await;
    }
    assert!(matches!(slow.next().await, Heard::Missed));
}

#[tokio::test(start_paused = true)]
async fn the_encoder_rests_when_nobody_watches_and_begins_anew() {
    let bench = bench();
    let mut viewer = bench.h264.watch();
    bench.show(1);
    next(&mut viewer).await;
    drop(viewer);
    let mut viewer = bench.h264.watch();
    assert_eq!(next(&mut viewer).await, (1, true));
    drop(viewer);
    let stopped = |asked: &Asked| *asked == Asked::Stop;
    while bench.asked.try_iter().filter(stopped).count() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_to_all_and_later_it_is_tried_again() {
    let bench = bench();
    let mut viewer = bench.h264.watch();
    bench.answer.send(Err(NoH264::Refused)).expect("it listens");
    bench.show(1);
    let heard = viewer.next().await;
    assert!(matches!(heard, Heard::Fault(NoH264::Refused)), "{heard:?}");
    assert_eq!(bench.h264.fault(), Some(NoH264::Refused));
    tokio::time::sleep(PAUSE * 2).await;
    assert_eq!(bench.h264.fault(), None);
    assert_eq!(next(&mut viewer).await, (1, true));
}

#[tokio::test(start_paused = true)]
async fn an_encoder_that_keeps_pictures_gets_them_again_but_not_for_ever() {
    let bench = bench();
    let mut viewer = bench.h264.watch();
    bench.answer.send(Ok(Made::default())).expect("it listens");
    bench.show(1);
    assert_eq!(next(&mut viewer).await, (1, true));
    for _ in 0..=KEPT {
        bench.answer.send(Ok(Made::default())).expect("it listens");
    }
    bench.show(2);
    assert!(matches!(viewer.next().await, Heard::Fault(NoH264::Failed)));
}

#[tokio::test(start_paused = true)]
async fn what_an_encoder_kept_comes_first_and_the_picture_is_given_until_it_came() {
    let bench = bench();
    let mut viewer = bench.h264.watch();
    bench.show(1);
    next(&mut viewer).await;
    let late = Made {
        units: vec![unit(false)],
        picture: Fate::Kept,
    };
    bench.answer.send(Ok(late)).expect("it listens");
    bench.show(2);
    assert_eq!(next(&mut viewer).await, (2, false));
    assert_eq!(next(&mut viewer).await, (2, false));
    assert_eq!(bench.asked(), [(1, true), (2, false), (2, false)]);
}

#[tokio::test(start_paused = true)]
async fn an_encoder_that_worked_for_long_and_fails_is_begun_anew_and_nobody_is_told() {
    let bench = bench();
    let mut viewer = bench.h264.watch();
    for content in 1..=u64::from(STEADY) {
        bench.show(content);
        next(&mut viewer).await;
    }
    bench.answer.send(Err(NoH264::Failed)).expect("it listens");
    bench.show(100);
    assert_eq!(next(&mut viewer).await, (100, true));
    let stopped = |asked: &Asked| *asked == Asked::Stop;
    assert_eq!(bench.asked.try_iter().filter(stopped).count(), 1);
    assert_eq!(bench.h264.fault(), None);
}

#[tokio::test(start_paused = true)]
async fn pictures_that_cannot_be_read_are_passed_over_but_not_for_ever() {
    let bench = bench();
    let mut viewer = bench.h264.watch();
    bench.show(1);
    next(&mut viewer).await;
    bench.asked();
    bench
        .answer
        .send(Ok(Made::unreadable()))
        .expect("it listens");
    bench.show(2);
    while bench.asked() != [(2, false)] {
        tokio::task::yield_now().await;
    }
    bench.show(3);
    assert_eq!(next(&mut viewer).await, (3, false));
    bench.asked();
    for content in 0..=u64::from(UNREADABLE) {
        bench
            .answer
            .send(Ok(Made::unreadable()))
            .expect("it listens");
        bench.show(100 + content);
        while bench.asked().is_empty() {
            tokio::task::yield_now().await;
        }
    }
    assert!(matches!(viewer.next().await, Heard::Fault(NoH264::Refused)));
}

#[tokio::test(start_paused = true)]
async fn when_the_first_picture_cannot_be_read_nobody_waits_for_another() {
    let bench = bench();
    let mut viewer = bench.h264.watch();
    let unreadable = Ok(Made::unreadable());
    bench.answer.send(unreadable).expect("it listens");
    bench.show(4);
    assert!(matches!(viewer.next().await, Heard::Fault(NoH264::Refused)));
}

#[tokio::test(start_paused = true)]
async fn an_encoder_that_gives_no_key_is_asked_again_a_little_later() {
    let bench = bench();
    for _ in 0..2 {
        bench
            .answer
            .send(Ok(unit(false).into()))
            .expect("it listens");
    }
    let mut viewer = bench.h264.watch();
    let begun = tokio::time::Instant::now();
    bench.show(1);
    assert_eq!(next(&mut viewer).await, (1, false));
    assert_eq!(next(&mut viewer).await, (1, false));
    assert_eq!(next(&mut viewer).await, (1, true));
    assert_eq!(begun.elapsed(), AGAIN * 2);
    assert_eq!(bench.asked(), [(1, true); 3]);
}

#[tokio::test(start_paused = true)]
async fn without_a_picture_there_is_nothing_to_encode() {
    let bench = bench();
    let mut viewer = bench.h264.watch();
    bench.show(1);
    next(&mut viewer).await;
    bench.asked();
    bench
        .pictures
        .send_replace(Signal::None(NoPicture::NoCable));
    viewer.ask_for_key();
    bench.show(1);
    assert_eq!(next(&mut viewer).await, (1, true));
    assert_eq!(bench.asked(), [(1, true)]);
}

#[tokio::test(start_paused = true)]
async fn a_board_without_an_encoder_says_so() {
    let mut viewer = H264::unavailable().watch();
    assert!(matches!(
        viewer.next().await,
        Heard::Fault(NoH264::NoEncoder)
    ));
}
