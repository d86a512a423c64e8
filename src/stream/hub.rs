//! Where the capture thread and the viewers meet: the newest signal, the counters, the demand.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::size::SizeTrial;
use super::{EdidTold, Status};
use crate::video::Signal;

pub(super) struct Hub {
    pub(super) signal: watch::Sender<Signal>,
    pub(super) status: watch::Sender<Status>,
    pub(super) edid: watch::Sender<EdidTold>,
    pub(super) size: SizeTrial,
    /// Who wants pictures. Held for single steps only.
    demand: Mutex<Demand>,
    changed: Condvar,
}

#[derive(Debug, Default, Clone, Copy)]
struct Demand {
    viewers: usize,
    closed: bool,
}

impl Hub {
    pub(super) fn new() -> Hub {
        Hub {
            signal: watch::Sender::new(Signal::Starting),
            status: watch::Sender::new(Status::default()),
            edid: watch::Sender::new(EdidTold::default()),
            size: SizeTrial::default(),
            demand: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(super) fn join(&self) {
        self.change(|demand| demand.viewers += 1);
    }

    pub(super) fn leave(&self) {
        self.change(|demand| demand.viewers -= 1);
    }

    /// Lets the capture thread end.
    pub(super) fn close(&self) {
        self.change(|demand| demand.closed = true);
    }

    pub(super) fn is_watched(&self) -> bool {
        self.lock().viewers > 0
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Blocks until somebody watches or the hub is closed, at most for so long.
    pub(super) fn wait_for_viewer(&self, time: Duration) {
        let idle = |demand: &mut Demand| demand.viewers == 0 && !demand.closed;
        drop(self.changed.wait_timeout_while(self.lock(), time, idle));
    }

    /// Blocks for so long, or until the hub is closed.
    pub(super) fn pause(&self, time: Duration) {
        let open = |demand: &mut Demand| !demand.closed;
        drop(self.changed.wait_timeout_while(self.lock(), time, open));
    }

    fn change(&self, change: impl FnOnce(&mut Demand)) {
        let mut demand = self.lock();
        change(&mut demand);
        let viewers = demand.viewers;
        // Under the lock, so that two changes are not published the wrong way round.
        self.status
            .send_if_modified(|status| std::mem::replace(&mut status.viewers, viewers) != viewers);
        drop(demand);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Demand> {
        self.demand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
