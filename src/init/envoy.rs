//! A process that goes out for `serve`, which cannot: one that fetches, one that speaks on the wired link. At most one of
//! each, started when it is asked for, ended with the `serve` that asked.
//!
//! ```text
//! ahead ──take, step: its line is handed over─────────────────────────────────────┐
//!                                                                                 ▼
//! nothing ──take──▶ wanted ──step, no sooner than a second after the last start──▶ runs
//!    ▲                ▲                                                            │ │
//!    │                └───────────take: killed, and wanted again───────────────────┘ │
//!    └──────────────────exited, serve_ended: killed──────────────────────────────────┘
//! ```

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::cgroup::{self, Group};
use super::children;
use super::klog::Log;
use super::supervisor::Pid;
use crate::slot::line::News;

/// However often `serve` asks.
const BETWEEN: Duration = Duration::from_secs(1);

/// What it goes out for.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Fetch,
    Speak,
}

impl Role {
    /// Its word on the command line.
    fn word(self) -> &'static str {
        match self {
            Role::Fetch => "fetch",
            Role::Speak => "speak",
        }
    }

    fn group(self) -> Group {
        match self {
            Role::Fetch => cgroup::FETCH,
            Role::Speak => cgroup::SPEAK,
        }
    }

    /// What `serve` hears, with the line to it.
    fn news(self) -> News {
        match self {
            Role::Fetch => News::Fetcher,
            Role::Speak => News::Speaker,
        }
    }
}

pub(super) struct Envoy {
    role: Role,
    runs: Option<Pid>,
    /// The line to one that was started before anybody asked for it.
    ahead: Option<OwnedFd>,
    wanted: bool,
    not_before: Duration,
}

impl Envoy {
    pub(super) fn new(role: Role) -> Envoy {
        Envoy {
            role,
            runs: None,
            ahead: None,
            wanted: false,
            not_before: Duration::ZERO,
        }
    }

    /// One that runs before anybody asks: it has something to do by then.
    pub(super) fn ahead(role: Role, log: &Log) -> Envoy {
        let mut envoy = Envoy::new(role);
        match start(role, log) {
            Ok((pid, line)) => (envoy.runs, envoy.ahead) = (Some(pid), Some(line)),
            Err(error) => log.fail(&not_started(role, &error)),
        }
        envoy
    }

    /// `serve` wants one; a new one, if it has one.
    pub(super) fn take(&mut self) {
        self.wanted = true;
        if self.ahead.is_none() {
            self.runs.into_iter().for_each(children::kill);
        }
    }

    /// Starts it when it is time for that: what to tell `serve`, and the other end of its line.
    pub(super) fn step(&mut self, now: Duration, log: &Log) -> Option<(News, OwnedFd)> {
        let role = self.role;
        let line = self
            .start(now, &mut || start(role, log))
            .inspect_err(|error| log.fail(&not_started(role, error)))
            .ok()??;
        Some((role.news(), line))
    }

    fn start(
        &mut self,
        now: Duration,
        start: &mut dyn FnMut() -> io::Result<(Pid, OwnedFd)>,
    ) -> io::Result<Option<OwnedFd>> {
        if !self.wanted {
            return Ok(None);
        }
        if let Some(line) = self.ahead.take() {
            self.wanted = false;
            return Ok(Some(line));
        }
        if self.runs.is_some() || now < self.not_before {
            return Ok(None);
        }
        self.wanted = false;
        self.not_before = now + BETWEEN;
        let (pid, line) = start()?;
        self.runs = Some(pid);
        Ok(Some(line))
    }

    /// How long until one is to be started.
    pub(super) fn wait(&self, now: Duration) -> Option<Duration> {
        if self.wanted && self.ahead.is_some() {
            return Some(Duration::ZERO);
        }
        let due = self.wanted && self.runs.is_none();
        due.then(|| self.not_before.saturating_sub(now))
    }

    /// A child ended. Says whether it was this.
    pub(super) fn exited(&mut self, ended: Pid) -> bool {
        let mine = self.runs.take_if(|pid| *pid == ended).is_some();
        if mine {
            self.ahead = None;
        }
        mine
    }

    /// It works for nobody any more.
    pub(super) fn serve_ended(&mut self) {
        (self.wanted, self.ahead) = (false, None);
        self.runs.into_iter().for_each(children::kill);
    }
}

fn start(role: Role, log: &Log) -> io::Result<(Pid, OwnedFd)> {
    let (pid, line) = children::start_envoy(role.word())?;
    log.failures(role.group().take_in(pid).err());
    Ok((pid, line))
}

fn not_started(role: Role, error: &io::Error) -> String {
    format!("start `farseat {}`: {error}", role.word())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::pass;

    const NOW: Duration = Duration::from_secs(5);
    /// No process has this number, so none is killed.
    const PID: Pid = u32::MAX;

    fn fetcher() -> Envoy {
        Envoy::new(Role::Fetch)
    }

    fn started(fetcher: &mut Envoy, now: Duration) -> bool {
        let line = fetcher.start(now, &mut || Ok((PID, pass::pair()?.0)));
        line.expect("started").is_some()
    }

    #[test]
    fn nobody_is_started_before_somebody_asks_and_one_at_most() {
        let mut fetcher = fetcher();
        assert!(!started(&mut fetcher, NOW));
        fetcher.take();
        assert!(started(&mut fetcher, NOW));
        fetcher.take();
        assert!(!started(&mut fetcher, NOW + BETWEEN), "the first one runs");
        assert_eq!(fetcher.wait(NOW), None);
        assert!(fetcher.exited(PID) && !fetcher.exited(PID));
        assert!(started(&mut fetcher, NOW + BETWEEN));
    }

    #[test]
    fn a_storm_of_wishes_starts_one_a_second() {
        let mut fetcher = fetcher();
        let mut starts = 0;
        for turn in 0..100 {
            fetcher.take();
            let now = NOW + BETWEEN * turn / 50;
            starts += i32::from(started(&mut fetcher, now));
            assert!(fetcher.wait(now).is_none_or(|wait| wait <= BETWEEN));
            fetcher.exited(PID);
        }
        assert_eq!(starts, 2);
    }

    #[test]
    fn what_a_serve_wanted_goes_with_it() {
        let mut fetcher = fetcher();
        fetcher.take();
        fetcher.serve_ended();
        assert!(!started(&mut fetcher, NOW));
    }

    #[test]
    fn one_that_cannot_be_started_is_not_tried_again_by_itself() {
        let mut fetcher = fetcher();
        fetcher.take();
        let failed = fetcher.start(NOW, &mut || Err(io::ErrorKind::OutOfMemory.into()));
        assert!(failed.is_err());
        assert!(!started(&mut fetcher, NOW + BETWEEN));
    }

    #[test]
    fn one_that_was_started_ahead_is_handed_over_once_and_then_replaced_like_any_other() {
        let mut envoy = Envoy {
            runs: Some(PID),
            ahead: Some(pass::pair().expect("a pair").0),
            ..Envoy::new(Role::Speak)
        };
        assert!(!started(&mut envoy, NOW), "nobody asks");
        envoy.take();
        assert_eq!(envoy.wait(NOW), Some(Duration::ZERO));
        let line = envoy.start(NOW, &mut || panic!("it runs already"));
        assert!(line.expect("no start").is_some());
        envoy.take();
        assert!(!started(&mut envoy, NOW), "it runs, and is killed");
        assert!(envoy.exited(PID) && started(&mut envoy, NOW));
    }

    #[test]
    fn one_that_ended_before_anybody_asked_is_started_anew() {
        let mut envoy = Envoy {
            runs: Some(PID),
            ahead: Some(pass::pair().expect("a pair").0),
            ..Envoy::new(Role::Speak)
        };
        assert!(envoy.exited(PID));
        envoy.take();
        assert!(started(&mut envoy, NOW));
    }
}
