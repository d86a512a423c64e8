//! The process that fetches updates for `serve`, which cannot call anybody: at most one, started when it is asked for,
//! ended with the `serve` that asked.
//!
//! ```text
//! nothing ──take──▶ wanted ──step, no sooner than a second after the last start──▶ runs
//!    ▲                ▲                                                            │ │
//!    │                └───────────take: killed, and wanted again───────────────────┘ │
//!    └──────────────────exited, serve_ended: killed──────────────────────────────────┘
//! ```

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::cgroup;
use super::children;
use super::klog::Log;
use super::supervisor::Pid;

/// However often `serve` asks.
const BETWEEN: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Fetcher {
    runs: Option<Pid>,
    wanted: bool,
    not_before: Duration,
}

impl Fetcher {
    /// `serve` wants one; a new one, if it has one.
    pub(super) fn take(&mut self) {
        self.wanted = true;
        self.runs.into_iter().for_each(children::kill);
    }

    /// Starts it when it is time for that: the other end of its line, for `serve`.
    pub(super) fn step(&mut self, now: Duration, log: &Log) -> Option<OwnedFd> {
        let mut start = || {
            let (pid, line) = children::start_fetcher()?;
            log.failures(cgroup::FETCH.take_in(pid).err());
            Ok((pid, line))
        };
        self.start(now, &mut start)
            .inspect_err(|error| log.fail(&format!("start a process that fetches: {error}")))
            .ok()?
    }

    fn start(
        &mut self,
        now: Duration,
        start: &mut dyn FnMut() -> io::Result<(Pid, OwnedFd)>,
    ) -> io::Result<Option<OwnedFd>> {
        if !self.wanted || self.runs.is_some() || now < self.not_before {
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
        let due = self.wanted && self.runs.is_none();
        due.then(|| self.not_before.saturating_sub(now))
    }

    /// A child ended. Says whether it was this.
    pub(super) fn exited(&mut self, ended: Pid) -> bool {
        self.runs.take_if(|pid| *pid == ended).is_some()
    }

    /// It works for nobody any more.
    pub(super) fn serve_ended(&mut self) {
        self.wanted = false;
        self.runs.into_iter().for_each(children::kill);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(5);
    /// No process has this number, so none is killed.
    const PID: Pid = u32::MAX;

    fn started(fetcher: &mut Fetcher, now: Duration) -> bool {
        let line = fetcher.start(now, &mut || Ok((PID, children::pair()?.0)));
        line.expect("started").is_some()
    }

    #[test]
    fn nobody_is_started_before_somebody_asks_and_one_at_most() {
        let mut fetcher = Fetcher::default();
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
        let mut fetcher = Fetcher::default();
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
        let mut fetcher = Fetcher::default();
        fetcher.take();
        fetcher.serve_ended();
        assert!(!started(&mut fetcher, NOW));
    }

    #[test]
    fn one_that_cannot_be_started_is_not_tried_again_by_itself() {
        let mut fetcher = Fetcher::default();
        fetcher.take();
        let failed = fetcher.start(NOW, &mut || Err(io::ErrorKind::OutOfMemory.into()));
        assert!(failed.is_err());
        assert!(!started(&mut fetcher, NOW + BETWEEN));
    }
}
