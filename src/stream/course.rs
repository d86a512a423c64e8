//! What the capture thread does next: start, take frames, wait, rest.
//!
//! Pure. The thread tells what happened and when; this decides. Time is the monotonic clock.
//!
//! ```text
//!            somebody watches            started               good frame
//!   ┌──────┐ ─────────────▶ ┌─────────┐ ────────▶ ┌─────────┐ ──────────▶ ┌──────┐ ─┐ good
//!   │ Rest │                │ Waiting │           │ Started │             │ Live │  │ frame
//!   └──────┘ ◀───────────── └─────────┘ ◀──────── └─────────┘             └──────┘ ◀┘
//!     nobody watched for     │  ▲    ▲   3 s without                         │
//!     10 s, from any state   └──┘    │   a good frame                        │
//!                        refused:    └───────────────────────────────────────┘
//!                        250 ms          lost, the mode changed, new wish, or
//!                                        1.5 s without a good frame (frozen)
//! ```
//!
//! What the viewers see follows the reason, not the state: the last picture stays while a mode
//! change or the first restart of a frozen source is under way.

use std::time::Duration;

use crate::video::NoPicture;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Capture goes on for this long after the last viewer has gone: a reload of the page must
    /// not restart the dongle.
    pub(super) grace: Duration,
    /// Between attempts to start; short, so that a replug is seen at once.
    pub(super) retry: Duration,
    /// A source that delivered and then delivers nothing for so long is frozen.
    pub(super) frozen: Duration,
    /// A source has so long to deliver its first frame: dongles lock to HDMI after they start.
    pub(super) first_frame: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            grace: Duration::from_secs(10),
            retry: Duration::from_millis(250),
            frozen: Duration::from_millis(1500),
            first_frame: Duration::from_secs(3),
        }
    }
}

/// Between two starts when the mode changes again and again.
const SHORTEST_START: Duration = Duration::from_millis(100);

/// A slow source is frozen after so many of its own frame intervals.
const FROZEN_INTERVALS: u32 = 5;

/// The thread looks at least so often whether the settings changed.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Stop capture and wait for a viewer.
    Rest,
    /// Wait.
    Pause(Duration),
    /// Stop what runs, then start.
    Start,
    /// Wait so long for a frame.
    Next(Duration),
}

/// What the viewers see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picture {
    Starting,
    None(NoPicture),
    Live,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Rest,
    Waiting { until: Duration },
    Started { deadline: Duration },
    Live { deadline: Duration },
}

#[derive(Debug)]
pub(super) struct Course {
    patience: Patience,
    state: State,
    picture: Picture,
    unwatched_since: Option<Duration>,
    started_at: Duration,
    /// How long after a frame the source counts as frozen, in this mode.
    frozen_after: Duration,
    /// Times that the source went silent since its last good frame.
    silences: u32,
    /// Why there is no picture if the source stays silent.
    silent_because: NoPicture,
}

impl Course {
    pub(super) fn new(patience: Patience) -> Course {
        Course {
            patience,
            state: State::Rest,
            picture: Picture::Starting,
            unwatched_since: None,
            started_at: Duration::ZERO,
            frozen_after: patience.frozen,
            silences: 0,
            silent_because: NoPicture::NoCable,
        }
    }

    pub(super) fn picture(&self) -> Picture {
        self.picture
    }

    /// The next thing to do.
    pub(super) fn step(&mut self, now: Duration, watched: bool) -> Step {
        if self.rests(now, watched) {
            *self = Course::new(self.patience);
            return Step::Rest;
        }
        match self.state {
            State::Rest => Step::Start,
            State::Waiting { until } if now < until => Step::Pause(until - now),
            State::Waiting { .. } => Step::Start,
            State::Started { deadline } | State::Live { deadline } if now < deadline => {
                Step::Next((deadline - now).min(LONGEST_WAIT))
            }
            State::Started { .. } | State::Live { .. } => {
                self.silent();
                Step::Start
            }
        }
    }

    /// The source started; `interval` is the time between its frames, zero if unknown.
    pub(super) fn started(&mut self, now: Duration, interval: Duration) {
        self.started_at = now;
        self.frozen_after = self.patience.frozen.max(interval.min(Duration::from_secs(1)) * FROZEN_INTERVALS);
        let deadline = now + self.patience.first_frame.max(self.frozen_after);
        self.state = State::Started { deadline };
        if self.picture != Picture::Live && self.silences == 0 {
            self.picture = Picture::Starting;
        }
    }

    /// A good frame.
    pub(super) fn frame(&mut self, now: Duration) {
        self.state = State::Live { deadline: now + self.frozen_after };
        self.picture = Picture::Live;
        self.silences = 0;
        self.silent_because = NoPicture::NoCable;
    }

    /// A frame that nobody needs to see, because the rate limit left it out: a sign of life only.
    pub(super) fn passed_over(&mut self, now: Duration) {
        if let State::Live { deadline } = &mut self.state {
            *deadline = now + self.frozen_after;
        }
    }

    /// A frame that cannot be shown. Does not count as life: a source that sends nothing else
    /// is restarted.
    pub(super) fn damaged(&mut self) {
        self.silent_because = NoPicture::NoSync;
    }

    /// The source did not start, or the picture is gone.
    pub(super) fn lost(&mut self, now: Duration, why: NoPicture) {
        let started = matches!(self.state, State::Started { .. } | State::Live { .. });
        let until = match why {
            NoPicture::Changed if started => now.max(self.started_at + SHORTEST_START),
            _ => now + self.patience.retry,
        };
        self.state = State::Waiting { until };
        self.silences = 0;
        if why != NoPicture::Changed {
            self.picture = Picture::None(why);
        }
    }

    /// The settings ask for something else: start again with them.
    pub(super) fn restart(&mut self, now: Duration) {
        if self.state != State::Rest {
            self.state = State::Waiting { until: now };
        }
    }

    fn silent(&mut self) {
        self.silences += 1;
        // A frozen dongle comes back with its first restart most of the time; only then is
        // the picture really gone.
        if self.silences > 1 || self.picture != Picture::Live {
            self.picture = Picture::None(self.silent_because);
        }
    }

    fn rests(&mut self, now: Duration, watched: bool) -> bool {
        if watched {
            self.unwatched_since = None;
            return false;
        }
        let since = *self.unwatched_since.get_or_insert(now);
        self.state == State::Rest || now >= since + self.patience.grace
    }
}

#[cfg(test)]
mod tests {
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
                assert!(matches!(course.step(ms(at), watched), Step::Next(_)), "at {at} ms");
            }
        };
        frames(&mut course, 0, 9_990, false);
        frames(&mut course, 10_000, 12_000, true);
        frames(&mut course, 13_000, 22_990, false);
        course.frame(ms(23_000));
        assert_eq!(course.step(ms(23_000), false), Step::Rest);
        assert_eq!(course.picture(), Picture::Starting, "the old picture is no news for the next viewer");
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
        assert_eq!(course.picture(), Picture::Live, "one restart keeps the last picture");
        assert!(matches!(course.step(ms(4_500), true), Step::Next(_)));
        assert_eq!(course.step(ms(4_600), true), Step::Start);
        assert_eq!(course.picture(), Picture::None(NoPicture::NoCable));
        course.started(ms(4_700), INTERVAL);
        assert_eq!(course.picture(), Picture::None(NoPicture::NoCable), "no flicker between attempts");
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
}
