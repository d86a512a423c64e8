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
        self.frozen_after = self
            .patience
            .frozen
            .max(interval.min(Duration::from_secs(1)) * FROZEN_INTERVALS);
        let deadline = now + self.patience.first_frame.max(self.frozen_after);
        self.state = State::Started { deadline };
        if self.picture != Picture::Live && self.silences == 0 {
            self.picture = Picture::Starting;
        }
    }

    /// A good frame.
    pub(super) fn frame(&mut self, now: Duration) {
        self.state = State::Live {
            deadline: now + self.frozen_after,
        };
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
mod tests;
