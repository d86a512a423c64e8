//! The course as a story: what happens, and what the thread does next.

use super::*;
use proptest::prelude::*;

const INTERVAL: Duration = Duration::from_millis(33);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn live(at: Duration) -> Course {
    let mut course = Course::new(Patience::default());
    assert_eq!(course.step(at, true), Step::Start);
    course.started(at, INTERVAL);
    course.frame(at);
    course
}

#[test]
fn nothing_runs_while_nobody_watches() {
    let mut course = Course::new(Patience::default());
    assert_eq!(course.step(ms(0), false), Step::Rest);
    assert_eq!(course.step(ms(60_000), false), Step::Rest);
    assert_eq!(course.step(ms(60_001), true), Step::Start);
}

#[test]
fn capture_goes_on_for_ten_seconds_after_the_last_viewer() {
    let mut course = live(ms(0));
    let frames = |course: &mut Course, from, to, watched| {
        for at in (from..to).step_by(33) {
            course.frame(ms(at));
            assert!(
                matches!(course.step(ms(at), watched), Step::Next(_)),
                "at {at} ms"
            );
        }
    };
    frames(&mut course, 0, 9_990, false);
    frames(&mut course, 10_000, 12_000, true);
    frames(&mut course, 13_000, 22_990, false);
    course.frame(ms(23_000));
    assert_eq!(course.step(ms(23_000), false), Step::Rest);
    assert_eq!(
        course.picture(),
        Picture::Starting,
        "the old picture is no news for the next viewer"
    );
}

#[test]
fn a_missing_device_is_tried_four_times_a_second() {
    let mut course = Course::new(Patience::default());
    for attempt in 0..10 {
        let now = ms(attempt * 250);
        assert_eq!(course.step(now, true), Step::Start);
        course.lost(now, NoPicture::NoDevice);
        assert_eq!(course.picture(), Picture::None(NoPicture::NoDevice));
        assert_eq!(course.step(now + ms(1), true), Step::Pause(ms(249)));
    }
}

#[test]
fn a_replugged_device_is_shown_as_starting_then_live() {
    let mut course = live(ms(0));
    course.lost(ms(100), NoPicture::NoDevice);
    assert_eq!(course.step(ms(350), true), Step::Start);
    course.started(ms(400), INTERVAL);
    assert_eq!(course.picture(), Picture::Starting);
    course.frame(ms(500));
    assert_eq!(course.picture(), Picture::Live);
}

#[test]
fn a_frozen_source_is_restarted_after_a_second_and_a_half() {
    let mut course = live(ms(0));
    assert_eq!(course.step(ms(1_450), true), Step::Next(ms(50)));
    assert_eq!(course.step(ms(1_500), true), Step::Start);
    course.started(ms(1_600), INTERVAL);
    assert_eq!(
        course.picture(),
        Picture::Live,
        "one restart keeps the last picture"
    );
    assert!(matches!(course.step(ms(4_500), true), Step::Next(_)));
    assert_eq!(course.step(ms(4_600), true), Step::Start);
    assert_eq!(course.picture(), Picture::None(NoPicture::NoCable));
    course.started(ms(4_700), INTERVAL);
    assert_eq!(
        course.picture(),
        Picture::None(NoPicture::NoCable),
        "no flicker between attempts"
    );
    course.frame(ms(4_800));
    assert_eq!(course.picture(), Picture::Live);
}

#[test]
fn a_slow_source_is_not_taken_for_frozen() {
    let mut course = Course::new(Patience::default());
    course.step(ms(0), true);
    course.started(ms(0), ms(1_000));
    course.frame(ms(0));
    assert!(matches!(course.step(ms(4_900), true), Step::Next(_)));
    assert_eq!(course.step(ms(5_000), true), Step::Start);
}

#[test]
fn a_source_of_nothing_but_damaged_frames_has_no_sync() {
    let mut course = Course::new(Patience::default());
    course.step(ms(0), true);
    course.started(ms(0), INTERVAL);
    course.damaged();
    assert_eq!(course.step(ms(3_000), true), Step::Start);
    assert_eq!(course.picture(), Picture::None(NoPicture::NoSync));
}

#[test]
fn a_mode_change_starts_again_at_once_and_keeps_the_picture() {
    let mut course = live(ms(0));
    course.lost(ms(500), NoPicture::Changed);
    assert_eq!(course.picture(), Picture::Live);
    assert_eq!(course.step(ms(500), true), Step::Start);
    course.lost(ms(510), NoPicture::NoSync);
    assert_eq!(course.picture(), Picture::None(NoPicture::NoSync));
}

#[test]
fn a_mode_that_never_settles_does_not_spin() {
    let mut course = live(ms(0));
    course.lost(ms(500), NoPicture::Changed);
    assert_eq!(course.step(ms(500), true), Step::Start);
    course.started(ms(500), INTERVAL);
    course.lost(ms(501), NoPicture::Changed);
    assert_eq!(course.step(ms(501), true), Step::Pause(ms(99)));
    assert_eq!(course.step(ms(600), true), Step::Start);
    course.lost(ms(600), NoPicture::Changed);
    assert_eq!(course.step(ms(600), true), Step::Pause(ms(250)));
}

#[test]
fn new_settings_restart_what_runs_and_wake_nothing_that_rests() {
    let mut course = live(ms(0));
    course.restart(ms(100));
    assert_eq!(course.step(ms(100), true), Step::Start);
    let mut course = Course::new(Patience::default());
    course.restart(ms(100));
    assert_eq!(course.step(ms(100), false), Step::Rest);
}

#[derive(Debug, Clone)]
enum News {
    Frame,
    Damaged,
    Lost(NoPicture),
    Restart,
    Nothing,
}

fn news() -> impl Strategy<Value = News> {
    use NoPicture::{Changed, NoCable, NoDevice, NoSync, OutOfRange};
    let why = prop::sample::select(&[NoDevice, NoCable, NoSync, OutOfRange, Changed][..]);
    prop_oneof![
        Just(News::Frame),
        Just(News::Damaged),
        why.prop_map(News::Lost),
        Just(News::Restart),
        Just(News::Nothing)
    ]
}

proptest! {
    /// Whatever happens: no endless wait, no picture that is a mode change, and a source
    /// that works is live again within two seconds.
    #[test]
    fn whatever_happens_a_good_source_is_live_within_two_seconds(
        events in prop::collection::vec((0u64..3_000, any::<bool>(), news()), 0..60),
    ) {
        let mut course = Course::new(Patience::default());
        let mut now = Duration::ZERO;
        for (later, watched, news) in events {
            now += ms(later);
            let step = course.step(now, watched);
            match (step, news) {
                (Step::Start, News::Lost(why)) => course.lost(now, why),
                (Step::Start, _) => course.started(now, INTERVAL),
                (Step::Next(_), News::Frame) => course.frame(now),
                (Step::Next(_), News::Damaged) => course.damaged(),
                (Step::Next(_), News::Lost(why)) => course.lost(now, why),
                (_, News::Restart) => course.restart(now),
                (Step::Pause(wait), _) => prop_assert!(wait > Duration::ZERO && wait <= ms(250)),
                _ => {}
            }
            prop_assert_ne!(course.picture(), Picture::None(NoPicture::Changed));
        }
        let give_up = now + ms(2_000);
        while course.picture() != Picture::Live {
            prop_assert!(now < give_up);
            match course.step(now, true) {
                Step::Start => course.started(now, INTERVAL),
                Step::Next(_) => course.frame(now),
                Step::Pause(wait) => now += wait,
                Step::Rest => prop_assert!(false, "somebody watches"),
            }
            now += ms(33);
        }
    }
}
