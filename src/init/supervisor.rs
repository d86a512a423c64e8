//! When `serve` is started, restarted, stopped and killed. Pure: no process, no clock.
//!
//! ```text
//!            step: Start                exited: wait 50 ms, twice as long after each short
//! Waiting ───────────────▶ Running      run, never longer than 500 ms
//!    ▲                        │
//!    └────────────────────────┤ exited, failed
//!                             │ stop
//!                             ▼         step: Kill when it takes longer than 5 s
//!                         Stopping ──────▶ Stopped (step: Done)
//!                                  exited
//! ```

use std::time::Duration;

/// A process number.
pub(super) type Pid = u32;

/// A crash is a restart within half a second, also when it happens again and again.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// A run of this length was a good start; the next crash is a new story.
const GOOD_RUN: Duration = Duration::from_secs(5);
const STOP_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Supervisor {
    state: State,
    wait: Duration,
}

#[derive(Debug)]
enum State {
    Waiting { until: Duration },
    Running { pid: Pid, since: Duration },
    Stopping { pid: Pid, kill_at: Option<Duration> },
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
            state: State::Waiting {
                until: Duration::ZERO,
            },
            wait: SHORTEST_WAIT,
        }
    }

    pub(super) fn step(&mut self, now: Duration) -> Step {
        match &mut self.state {
            State::Waiting { until } if *until <= now => Step::Start,
            State::Waiting { until } => Step::Wait(Some(*until)),
            State::Running { .. } => Step::Wait(None),
            State::Stopping { pid, kill_at } => match kill_at {
                Some(at) if *at <= now => {
                    *kill_at = None;
                    Step::Kill(*pid)
                }
                waiting => Step::Wait(*waiting),
            },
            State::Stopped => Step::Done,
        }
    }

    pub(super) fn started(&mut self, pid: Pid, now: Duration) {
        self.state = State::Running { pid, since: now };
    }

    /// It could not even be started.
    pub(super) fn failed(&mut self, now: Duration) {
        self.state = State::Waiting {
            until: now + self.wait,
        };
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
    }

    /// A child ended. Says whether it was `serve`, unasked.
    pub(super) fn exited(&mut self, ended: Pid, now: Duration) -> bool {
        match self.state {
            State::Running { pid, since } if pid == ended => {
                if now.saturating_sub(since) >= GOOD_RUN {
                    self.wait = SHORTEST_WAIT;
                }
                self.failed(now);
                true
            }
            State::Stopping { pid, .. } if pid == ended => {
                self.state = State::Stopped;
                false
            }
            _ => false,
        }
    }

    /// No more restarts. Says which process is to be asked to end; `None` when none runs or it
    /// was asked before.
    pub(super) fn stop(&mut self, now: Duration) -> Option<Pid> {
        match self.state {
            State::Running { pid, .. } => {
                self.state = State::Stopping {
                    pid,
                    kill_at: Some(now + STOP_LIMIT),
                };
                Some(pid)
            }
            State::Waiting { .. } => {
                self.state = State::Stopped;
                None
            }
            State::Stopping { .. } | State::Stopped => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn running(pid: Pid, since: Duration) -> Supervisor {
        let mut supervisor = Supervisor::new();
        supervisor.started(pid, since);
        supervisor
    }

    #[test]
    fn serve_is_started_at_once() {
        assert_eq!(Supervisor::new().step(ms(0)), Step::Start);
    }

    #[test]
    fn a_crash_is_a_restart_within_half_a_second() {
        let mut supervisor = Supervisor::new();
        let mut now = ms(0);
        for pid in 10..40 {
            supervisor.started(pid, now);
            assert!(supervisor.exited(pid, now), "the end of serve is noticed");
            let Step::Wait(Some(until)) = supervisor.step(now) else {
                panic!("it waits a moment")
            };
            assert!(
                until > now && until <= now + ms(500),
                "{until:?} after {now:?}"
            );
            now = until;
            assert_eq!(supervisor.step(now), Step::Start);
        }
    }

    #[test]
    fn repeated_crashes_wait_longer_until_a_good_run() {
        let mut supervisor = running(10, ms(0));
        supervisor.exited(10, ms(10));
        supervisor.started(11, ms(60));
        supervisor.exited(11, ms(70));
        assert_eq!(supervisor.step(ms(70)), Step::Wait(Some(ms(170))));
        supervisor.started(12, ms(170));
        supervisor.exited(12, ms(5170));
        assert_eq!(supervisor.step(ms(5170)), Step::Wait(Some(ms(5220))));
    }

    #[test]
    fn an_orphan_changes_nothing() {
        let mut supervisor = running(10, ms(0));
        assert!(!supervisor.exited(77, ms(1)));
        assert_eq!(supervisor.step(ms(1)), Step::Wait(None));
    }

    #[test]
    fn stopping_waits_for_the_end_of_serve() {
        let mut supervisor = running(10, ms(0));
        assert_eq!(supervisor.stop(ms(100)), Some(10));
        assert_eq!(supervisor.stop(ms(101)), None, "it is asked once");
        assert_eq!(supervisor.step(ms(101)), Step::Wait(Some(ms(5100))));
        assert!(!supervisor.exited(10, ms(200)), "it was asked for");
        assert_eq!(supervisor.step(ms(200)), Step::Done);
    }

    #[test]
    fn a_serve_that_does_not_stop_is_killed_once() {
        let mut supervisor = running(10, ms(0));
        supervisor.stop(ms(0));
        assert_eq!(supervisor.step(ms(5000)), Step::Kill(10));
        assert_eq!(supervisor.step(ms(5001)), Step::Wait(None));
        supervisor.exited(10, ms(5002));
        assert_eq!(supervisor.step(ms(5002)), Step::Done);
    }

    #[test]
    fn stopping_while_nothing_runs_is_done() {
        let mut supervisor = Supervisor::new();
        assert_eq!(supervisor.stop(ms(0)), None);
        assert_eq!(supervisor.step(ms(0)), Step::Done);
    }
}
