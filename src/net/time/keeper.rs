//! When to ask which servers, and whether the clock is to be trusted. Pure; times are since the service's
//! start, except where they are the clock's own.
//!
//! ```text
//! Off ──servers and an address──▶ Asking ──believed──▶ Synchronized, asks again after 17 minutes
//!                                  ▲   │ nobody, 2 s, 4 s … 17 minutes    │
//!                                  └───┘◀─── a day without an answer ─────┘
//! ```

use std::net::IpAddr;
use std::time::Duration;

use super::super::random::Random;
use super::discipline::{Verdict, judge};
use crate::lan::{Correction, NoTime, Sample};

const FIRST_RETRY: Duration = Duration::from_secs(2);
const AGAIN: Duration = Duration::from_secs(1024);
/// An address that has just come is first of all for whoever waits for the page; and a rack after a power cut is not
/// to ask in step.
const SETTLE: Duration = Duration::from_secs(1);
/// A clock that nobody looked at for this long is some seconds off, and may have been set by anybody.
const TRUSTED: Duration = Duration::from_secs(24 * 3600);
/// A jump of a clock that was right a moment ago needs a second opinion.
const DOUBT: Duration = Duration::from_secs(16);

/// What each server of a round said.
pub(in crate::net) type Answers = Vec<(String, Result<Sample, NoTime>)>;

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::net) enum Step {
    /// Ask all of these, with names looked up there; then [`Keeper::heard`].
    Ask {
        servers: Vec<String>,
        dns: Vec<IpAddr>,
    },
    Wait(Option<Duration>),
}

#[derive(Default)]
pub(in crate::net) struct Keeper {
    servers: Vec<String>,
    dns: Vec<IpAddr>,
    reachable: bool,
    /// How long after servers or a way to them came the first question is asked.
    settle: Duration,
    due: Duration,
    retry: Duration,
    asking: bool,
    doubts: bool,
    synchronized: Option<Duration>,
    last: Option<Last>,
    jumps: u32,
}

struct Last {
    server: String,
    offset: f64,
}

impl Keeper {
    pub(in crate::net) fn new(seed: u64) -> Keeper {
        Keeper {
            settle: SETTLE + Random::new(seed).below(SETTLE),
            ..Keeper::default()
        }
    }

    /// Which servers there are, and whether there is a way to them; asks soon when that is new.
    pub(in crate::net) fn consider(
        &mut self,
        servers: Vec<String>,
        dns: Vec<IpAddr>,
        reachable: bool,
        now: Duration,
    ) {
        let better = reachable && !self.reachable;
        if self.servers != servers || self.dns != dns || better {
            (self.due, self.retry) = (now + self.settle, FIRST_RETRY);
        }
        (self.servers, self.dns, self.reachable) = (servers, dns, reachable);
    }

    pub(in crate::net) fn step(&mut self, now: Duration) -> Step {
        if self.synchronized.is_some_and(|at| now >= at + TRUSTED) {
            self.synchronized = None;
        }
        let trusted_until = self.synchronized.map(|at| at + TRUSTED);
        if self.asking || self.servers.is_empty() || !self.reachable {
            return Step::Wait(trusted_until);
        }
        if now < self.due {
            return Step::Wait(Some(self.due.min(trusted_until.unwrap_or(self.due))));
        }
        self.asking = true;
        Step::Ask {
            servers: self.servers.clone(),
            dns: self.dns.clone(),
        }
    }

    /// A round is over; what to do about the clock, which says `clock` since 1970.
    pub(in crate::net) fn heard(
        &mut self,
        answers: &Answers,
        clock: Duration,
        now: Duration,
    ) -> Option<Correction> {
        self.asking = false;
        let (names, samples): (Vec<&String>, Vec<Sample>) = answers
            .iter()
            .filter_map(|(name, answer)| answer.as_ref().ok().map(|sample| (name, *sample)))
            .unzip();
        let Verdict::Believe { index, correction } = judge(&samples, clock) else {
            self.retry = self.retry.max(FIRST_RETRY);
            self.due = now + self.retry;
            self.retry = (self.retry * 2).min(AGAIN);
            return None;
        };
        let jump = matches!(correction, Some(Correction::Step(_)));
        if jump && self.synchronized.is_some() && !self.doubts {
            self.doubts = true;
            self.due = now + DOUBT;
            return None;
        }
        self.doubts = false;
        self.synchronized = Some(now);
        (self.due, self.retry) = (now + AGAIN, FIRST_RETRY);
        self.last = Some(Last {
            server: names[index].clone(),
            offset: samples[index].offset,
        });
        self.jumps += u32::from(jump);
        correction
    }

    pub(in crate::net) fn status(&self) -> super::super::TimeStatus {
        super::super::TimeStatus {
            synchronized: self.synchronized.is_some(),
            server: self.last.as_ref().map(|last| last.server.clone()),
            // The cast saturates: ten years are 3·10¹¹ ms.
            offset_ms: self
                .last
                .as_ref()
                .map(|last| (last.offset * 1e3).round() as i64),
            jumps: self.jumps,
        }
    }

    /// The clock was put to its floor: that too is a jump.
    pub(in crate::net) fn jumped(&mut self) {
        self.jumps += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::BUILT;
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn keeper() -> Keeper {
        let mut keeper = Keeper::default();
        keeper.consider(vec!["a".to_owned()], Vec::new(), true, s(0));
        keeper
    }

    fn asks(keeper: &mut Keeper, now: Duration) -> bool {
        matches!(keeper.step(now), Step::Ask { .. })
    }

    fn said(offset: f64) -> Answers {
        let sample = Sample {
            offset,
            round_trip: Duration::from_millis(20),
        };
        vec![("a".to_owned(), Ok(sample))]
    }

    fn silence() -> Answers {
        vec![("a".to_owned(), Err(NoTime::Silent))]
    }

    #[test]
    fn the_first_answer_puts_the_clock_right_and_is_told() {
        let mut keeper = keeper();
        assert!(asks(&mut keeper, s(0)));
        assert!(!asks(&mut keeper, s(0)), "one round at a time");
        let correction = keeper.heard(&said(3e8), BUILT, s(1));
        assert_eq!(correction, Some(Correction::Step(3e8)));
        let status = keeper.status();
        assert!(status.synchronized);
        assert_eq!(status.server.as_deref(), Some("a"));
        assert_eq!((status.offset_ms, status.jumps), (Some(300_000_000_000), 1));
        assert_eq!(keeper.step(s(2)), Step::Wait(Some(s(1025))));
    }

    #[test]
    fn without_an_answer_it_asks_again_and_less_often() {
        let mut keeper = keeper();
        let (mut now, mut waits) = (s(0), Vec::new());
        for _ in 0..12 {
            assert!(asks(&mut keeper, now));
            assert_eq!(keeper.heard(&silence(), BUILT, now), None);
            let Step::Wait(Some(due)) = keeper.step(now) else {
                panic!("it waits")
            };
            waits.push((due - now).as_secs());
            now = due;
        }
        assert_eq!(
            waits,
            [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024, 1024]
        );
    }

    #[test]
    fn an_address_that_comes_later_makes_it_ask_at_once() {
        let mut keeper = Keeper::default();
        let servers = || vec!["a".to_owned()];
        keeper.consider(servers(), Vec::new(), false, s(0));
        assert_eq!(keeper.step(s(0)), Step::Wait(None));
        keeper.consider(servers(), Vec::new(), true, s(90));
        assert!(asks(&mut keeper, s(90)));
        keeper.heard(&said(0.0), BUILT, s(91));
        keeper.consider(servers(), Vec::new(), true, s(92));
        assert!(!asks(&mut keeper, s(92)), "nothing is new");
    }

    #[test]
    fn whoever_has_just_got_an_address_asks_a_moment_later() {
        let mut keeper = Keeper::new(7);
        keeper.consider(vec!["a".to_owned()], Vec::new(), true, s(5));
        let Step::Wait(Some(due)) = keeper.step(s(5)) else {
            panic!("it waits")
        };
        assert!((s(6)..s(7)).contains(&due), "{due:?}");
        keeper.consider(vec!["b".to_owned()], Vec::new(), true, s(5));
        assert_eq!(
            keeper.step(s(5)),
            Step::Wait(Some(due)),
            "DHCP names another one"
        );
        assert!(asks(&mut keeper, due));
    }

    #[test]
    fn without_servers_the_clock_is_left_alone() {
        let mut keeper = Keeper::default();
        keeper.consider(Vec::new(), Vec::new(), true, s(0));
        assert_eq!(keeper.step(s(0)), Step::Wait(None));
    }

    #[test]
    fn a_day_without_an_answer_ends_the_trust() {
        let mut keeper = keeper();
        asks(&mut keeper, s(0));
        keeper.heard(&said(0.0), BUILT, s(0));
        let mut now = s(0);
        while let Step::Wait(Some(due)) = keeper.step(now) {
            if due >= TRUSTED {
                break;
            }
            now = due;
            assert!(asks(&mut keeper, now));
            keeper.heard(&silence(), BUILT, now);
        }
        assert!(keeper.status().synchronized);
        keeper.step(TRUSTED);
        assert!(!keeper.status().synchronized);
    }

    #[test]
    fn a_jump_of_a_clock_that_was_right_needs_a_second_opinion() {
        let mut keeper = keeper();
        asks(&mut keeper, s(0));
        keeper.heard(&said(0.0), BUILT, s(0));
        assert!(asks(&mut keeper, s(1024)));
        assert_eq!(keeper.heard(&said(3600.0), BUILT, s(1024)), None);
        assert!(asks(&mut keeper, s(1040)));
        let second = keeper.heard(&said(3600.0), BUILT, s(1040));
        assert_eq!(second, Some(Correction::Step(3600.0)));
    }
}
