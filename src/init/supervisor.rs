//! When `serve` is started, restarted, stopped and killed, and whether the machine is well. Pure:
//! no process, no clock.
//!
//! ```text
//!                 step: Start             pulse                 step: Kill
//! BackingOff ────────────────▶ Starting ────────▶ Running ─────────────────▶ Killed
//!   until ▲                       │ │              since   no pulse for 10 s    │
//!         │        no pulse in    │ └──────────────────────────────────────────▶│
//!         │        30 s           │ exited             │ exited                 │ exited
//!         └───────────────────────┴────────────────────┴────────────────────────┘
//!           wait 50 ms, twice as long after each run shorter than 5 s, never longer than 200 ms
//!
//! any of them ── stop ──▶ Stopping ── exited ──▶ Stopped (step: Done)
//!                          step: Kill when it takes longer than 5 s
//! ```
//!
//! The *pulse* is the proof that `serve` answers. The machine is well while the pulse is fresh, and
//! for [`GRACE`] before the first one of a run: from the boot, and from the end of a run that had
//! one. A `serve` that ends again and again before it ever answers uses one grace up, not a new one
//! each time; one that has answered has to go on, and if not even killing ends it, that is a reset.

use std::time::Duration;

/// A process number.
pub(super) type Pid = u32;

/// A crash is a restart within half a second, also when it happens again and again: this leaves
/// more than half of it for the start itself, on a busy machine too.
const LONGEST_WAIT: Duration = Duration::from_millis(200);
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// The minimum run time: after a run of this length the next crash is a new story.
const GOOD_RUN: Duration = Duration::from_secs(5);
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// There is a pulse a second. A watchdog of 15 s that was petted until then bites later than this.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);
/// From the start of a process to its first pulse: DHCP alone may take four seconds of it.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long the machine counts as well without any pulse: three starts that hang.
const GRACE: Duration = Duration::from_secs(90);

#[derive(Debug)]
pub(super) struct Supervisor {
    state: State,
    wait: Duration,
    well_until: Duration,
}

#[derive(Debug, Clone, Copy)]
enum State {
    BackingOff {
        until: Duration,
    },
    Starting {
        pid: Pid,
        since: Duration,
    },
    Running {
        pid: Pid,
        since: Duration,
        pulse: Duration,
    },
    Killed {
        pid: Pid,
        since: Duration,
        answered: bool,
    },
    Stopping {
        pid: Pid,
        kill_at: Option<Duration>,
    },
    Stopped,
}

/// What to do now. Times are since init's start.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Start,
    Kill(Pid),
    /// Nothing before this time, or before something ends.
    Wait(Option<Duration>),
    Done,
}

impl Supervisor {
    pub(super) fn new() -> Supervisor {
        Supervisor {
            state: State::BackingOff {
                until: Duration::ZERO,
            },
            wait: SHORTEST_WAIT,
            well_until: GRACE,
        }
    }

    pub(super) fn step(&mut self, now: Duration) -> Step {
        match self.state {
            State::BackingOff { until } if until <= now => Step::Start,
            State::BackingOff { until } => Step::Wait(Some(until)),
            State::Starting { pid, since } => {
                self.kill_after(since + START_LIMIT, now, (pid, since, false))
            }
            State::Running { pid, since, pulse } => {
                self.kill_after(pulse + LONGEST_SILENCE, now, (pid, since, true))
            }
            State::Killed { .. } => Step::Wait(None),
            State::Stopping { pid, kill_at } => match kill_at {
                Some(at) if at <= now => {
                    self.state = State::Stopping { pid, kill_at: None };
                    Step::Kill(pid)
                }
                waiting => Step::Wait(waiting),
            },
            State::Stopped => Step::Done,
        }
    }

    fn kill_after(
        &mut self,
        limit: Duration,
        now: Duration,
        (pid, since, answered): (Pid, Duration, bool),
    ) -> Step {
        if now < limit {
            return Step::Wait(Some(limit));
        }
        self.state = State::Killed {
            pid,
            since,
            answered,
        };
        Step::Kill(pid)
    }

    pub(super) fn started(&mut self, pid: Pid, now: Duration) {
        self.state = State::Starting { pid, since: now };
    }

    /// It could not even be started.
    pub(super) fn failed(&mut self, now: Duration) {
        self.state = State::BackingOff {
            until: now + self.wait,
        };
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
    }

    /// `serve` has proved that it answers. Says whether that is the first time in this run.
    pub(super) fn pulse(&mut self, now: Duration) -> bool {
        let (pid, since, first) = match self.state {
            State::Starting { pid, since } => (pid, since, true),
            State::Running { pid, since, .. } => (pid, since, false),
            _ => return false,
        };
        self.state = State::Running {
            pid,
            since,
            pulse: now,
        };
        self.well_until = now + LONGEST_SILENCE;
        first
    }

    /// Whether the watchdog may be petted.
    pub(super) fn is_well(&self, now: Duration) -> bool {
        now < self.well_until
    }

    /// A child ended. Says whether it was `serve`, unasked.
    pub(super) fn exited(&mut self, ended: Pid, now: Duration) -> bool {
        match self.state {
            State::Starting { pid, since } if pid == ended => self.back_off(since, false, now),
            State::Running { pid, since, .. } if pid == ended => self.back_off(since, true, now),
            State::Killed {
                pid,
                since,
                answered,
            } if pid == ended => self.back_off(since, answered, now),
            State::Stopping { pid, .. } if pid == ended => {
                self.state = State::Stopped;
                false
            }
            _ => false,
        }
    }

    fn back_off(&mut self, since: Duration, answered: bool, now: Duration) -> bool {
        if now.saturating_sub(since) >= GOOD_RUN {
            self.wait = SHORTEST_WAIT;
        }
        if answered {
            self.well_until = now + GRACE;
        }
        self.failed(now);
        true
    }

    /// No more restarts. Says which process is to be asked to end; `None` when none runs or it
    /// was asked before.
    pub(super) fn stop(&mut self, now: Duration) -> Option<Pid> {
        match self.state {
            State::Starting { pid, .. }
            | State::Running { pid, .. }
            | State::Killed { pid, .. } => {
                self.state = State::Stopping {
                    pid,
                    kill_at: Some(now + STOP_LIMIT),
                };
                Some(pid)
            }
            State::BackingOff { .. } => {
                self.state = State::Stopped;
                None
            }
            State::Stopping { .. } | State::Stopped => None,
        }
    }
}

#[cfg(test)]
#[path = "supervisor_tests.rs"]
mod tests;
