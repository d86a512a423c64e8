//! Pixels from the dongle to the operator, and everything that a dongle does wrong.

use std::time::{Duration, Instant};

use farseat_lab::PATIENCE;
use farseat_lab::console::{Seen, Video};
use farseat_lab::dongle::{Happening, mjpeg_dongle, yuyv_dongle};
use farseat_lab::lab::Lab;
use farseat_lab::picture::{Colour, Picture, Pixels};
use farseat_lab::uvc::{Format, Mode};

use crate::lab;

const RED_BLUE: Picture = Picture::Halves(Colour::RED, Colour::BLUE);
const GREEN: Picture = Picture::Solid(Colour::GREEN);
/// Two seconds on real hardware, five times as long under emulation.
const RECOVERY: Duration = Duration::from_secs(10);
/// Enough for one to be looked at: an appliance that is slower than the dongle looks at the newest only.
const GARBAGE: u32 = 20;
/// Capture goes on for this long after the last viewer has left.
const GRACE: Duration = Duration::from_secs(10);

fn watch(lab: &mut Lab, picture: Picture) -> Video {
    lab.dongle().plug(mjpeg_dongle(), picture).unwrap();
    let video = lab.console().video();
    video.wait_picture(picture);
    video
}

fn damaged(video: &Video) -> u64 {
    let counted = |seen: &Seen| matches!(seen, Seen::State(state) if state["type"] == "stats" && state["damaged"] != 0);
    match video.news().wait(PATIENCE, counted) {
        Ok(Seen::State(stats)) => stats["damaged"].as_u64().unwrap(),
        other => panic!("no damaged frame was counted, but {other:?}"),
    }
}

#[test]
fn pixels_of_the_dongle_arrive_in_the_video_socket() {
    let mut lab = lab();
    let video = watch(&mut lab, RED_BLUE);
    lab.dongle().show(GREEN);
    let frame = video.wait_picture(GREEN);
    assert!(frame.sent_us >= frame.captured_us);
}

#[test]
fn a_jpeg_passes_through_untouched() {
    let mut lab = lab();
    let video = watch(&mut lab, GREEN);
    lab.dongle().show(RED_BLUE);
    let frame = video.wait_picture(RED_BLUE);
    let sent = RED_BLUE.encode(Format::Mjpeg, Mode::new(frame.width, frame.height, 20));
    assert_eq!(frame.data, sent[..]);
}

#[test]
fn a_snapshot_shows_the_picture_of_the_dongle() {
    let mut lab = lab();
    let _video = watch(&mut lab, RED_BLUE);
    assert!(lab.console().snapshot().unwrap().shows(RED_BLUE));
}

#[test]
fn an_unplugged_dongle_is_shown_and_a_replugged_one_recovers() {
    let mut lab = lab();
    let video = watch(&mut lab, RED_BLUE);
    lab.dongle().unplug();
    video.wait_signal("no_device");
    assert_eq!(
        lab.console()
            .ask("GET", "/api/v1/snapshot.jpg", None)
            .unwrap()
            .status,
        503
    );
    let replugged = Instant::now();
    lab.dongle().plug(mjpeg_dongle(), GREEN).unwrap();
    video.wait_picture(GREEN);
    assert!(
        replugged.elapsed() < RECOVERY,
        "recovered after {:?}",
        replugged.elapsed()
    );
}

#[test]
fn a_frozen_dongle_is_restarted() {
    let mut lab = lab();
    let video = watch(&mut lab, RED_BLUE);
    lab.dongle().happenings().forget();
    lab.dongle().freeze();
    lab.dongle()
        .happenings()
        .wait(PATIENCE, |news| matches!(news, Happening::Started(..)))
        .unwrap();
    lab.dongle().show(GREEN);
    video.wait_picture(GREEN);
}

#[test]
fn garbage_at_the_start_is_dropped_and_counted() {
    let mut lab = lab();
    lab.dongle().unplug();
    lab.dongle().start_with_garbage(GARBAGE);
    lab.dongle().plug(mjpeg_dongle(), GREEN).unwrap();
    let video = lab.console().video();
    let first = video.wait_frame(|_| true);
    assert!(Pixels::from_jpeg(&first.data).unwrap().shows(GREEN));
    assert!(damaged(&video) >= 1);
    lab.dongle().start_with_garbage(0);
}

#[test]
fn truncated_frames_are_dropped_and_counted() {
    let mut lab = lab();
    let video = watch(&mut lab, GREEN);
    lab.dongle().truncate_frames(3);
    assert!(damaged(&video) >= 1);
    lab.dongle().show(RED_BLUE);
    let mut seen = Vec::new();
    while !seen
        .last()
        .is_some_and(|pixels: &Pixels| pixels.shows(RED_BLUE))
    {
        // Whatever reaches the page can be decoded.
        seen.push(Pixels::from_jpeg(&video.wait_frame(|_| true).data).unwrap());
    }
    assert!(
        seen.iter()
            .all(|pixels| pixels.shows(GREEN) || pixels.shows(RED_BLUE))
    );
}

#[test]
fn another_size_is_negotiated_when_the_operator_chooses_one() {
    let mut lab = lab();
    let video = watch(&mut lab, GREEN);
    for (width, height) in [(640, 480), (1920, 1080)] {
        lab.console()
            .set(serde_json::json!({"video": {"width": width, "height": height}}));
        let frame = video.wait_frame(|frame| frame.width == width);
        assert_eq!(frame.height, height);
        let pixels = Pixels::from_jpeg(&frame.data).unwrap();
        assert!((pixels.width, pixels.height) == (width, height) && pixels.shows(GREEN));
    }
    lab.console()
        .set(serde_json::json!({"video": {"width": 0, "height": 0}}));
}

#[test]
fn capture_stops_when_nobody_watches_any_more() {
    let mut lab = lab();
    let video = watch(&mut lab, GREEN);
    lab.dongle().happenings().forget();
    let left = Instant::now();
    drop(video);
    lab.dongle()
        .happenings()
        .wait(GRACE + PATIENCE, |news| *news == Happening::Stopped)
        .unwrap();
    assert!(
        left.elapsed() >= GRACE - Duration::from_secs(1),
        "stopped after {:?}",
        left.elapsed()
    );
    // Whoever comes next starts it again.
    let video = lab.console().video();
    video.wait_picture(GREEN);
}

#[test]
fn raw_frames_are_encoded_for_the_operator() {
    let mut lab = lab();
    lab.dongle().plug(yuyv_dongle(), RED_BLUE).unwrap();
    let video = lab.console().video();
    video.wait_picture(RED_BLUE);
    lab.dongle().show(GREEN);
    let frame = video.wait_picture(GREEN);
    assert_eq!((frame.width, frame.height), (640, 480));
}
