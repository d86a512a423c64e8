//! The state of one port: what its writer thread does next, and what a sender is told.
//!
//! ```text
//!            written                       EAGAIN for 100 ms: only the newest state is kept
//!          ┌────────┐   EAGAIN   ┌──────┐ ────────────────► ┌─────────┐
//!          │  Open  │ ─────────► │ Busy │                   │ Stalled │ events: Asleep
//!          └────────┘ ◄───────── └──────┘                   └─────────┘
//!           ▲  ▲  ▲    written                                   │
//!           │  │  └──────────────────────────────────────────────┘ written
//!           │  │ every 500 ms, or when the link comes up: release first
//!           │  └───────────────────── Down   ◄── ESHUTDOWN, node gone    events: NotConnected
//!           └──────────────────────── Asleep ◄── the link is suspended   events: Asleep
//!             the link is not suspended any more, or four releases in a row were
//!             taken (every 500 ms one is offered): release first
//! ```
//!
//! Pure: time comes in as a parameter. In Stalled, Down and Asleep nothing piles up: events only
//! change the state that is sent when the target is back. One key is let through to a sleeping
//! target: System Wake Up, which is what it may be waiting for, and which does no harm when it is
//! fetched late.

use std::time::{Duration, Instant};

use super::Outcome;
use super::queue::Queue;
use crate::hid::Port;
use crate::hid::report::{Report, Step};
use crate::target::{PortError, UsbLink};

/// How long a report is offered to a target that does not read, before the target counts as
/// stalled. Keys are lost with 10 ms; nobody waits longer than this for a key.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);
/// How long a target that is there may not read before it counts as one that never does: one that is busy, or
/// changes its drivers, comes back sooner.
const UNREAD: Duration = Duration::from_secs(2);
/// Writes that must have been refused in that time: a wait for room takes half of it.
const REFUSALS: u8 = 3;
/// How often a target that is not there is asked again.
const RETRY: Duration = Duration::from_millis(500);
/// Reports in a row that no controller takes unless the target fetches them; dummy_hcd takes two.
const PROOF: u8 = 4;
/// The longest wait for room: the thread looks at its lane again after it.
const ROOM: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(super) struct Lane {
    queue: Queue,
    phase: Phase,
    /// The last write found no room, so the next turn waits for some.
    wants_room: bool,
    /// A sleeping target is being told to wake up.
    waking: bool,
    patience: Duration,
    /// Since when reports have not been read; none while they are, or while nobody is there to read.
    unread: Option<Instant>,
    closing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// `refusals`: writes without room since then.
    Busy {
        since: Instant,
        refusals: u8,
    },
    Stalled,
    Down {
        until: Instant,
    },
    /// `taken`: releases that the port took in a row. A controller holds a few by itself; for
    /// more the target must fetch them, and then it is not asleep, whatever the link says.
    Asleep {
        until: Instant,
        taken: u8,
    },
}

/// What the writer thread is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Write(Report),
    /// Wait for room in the port, at most this long.
    Room(Duration),
    /// Wait until the lane changes.
    Rest,
    /// The same, at most this long.
    RestFor(Duration),
    Stop,
}

impl Lane {
    pub(super) fn new(port: Port, left: Option<Step>) -> Lane {
        Lane {
            queue: Queue::new(port, left),
            phase: Phase::Open,
            wants_room: false,
            waking: false,
            patience: PATIENCE,
            unread: None,
            closing: false,
        }
    }

    /// Takes a step from the desk.
    pub(super) fn push(&mut self, step: Step) -> Outcome {
        match self.phase {
            Phase::Open | Phase::Busy { .. } => {
                if self.queue.push(step) {
                    Outcome::Accepted
                } else {
                    Outcome::Asleep
                }
            }
            Phase::Stalled => {
                self.queue.note(step);
                self.queue.collapse();
                Outcome::Asleep
            }
            Phase::Asleep { .. } if step.wakes() => {
                self.queue.push(step);
                self.waking = true;
                Outcome::Accepted
            }
            Phase::Asleep { .. } => {
                self.queue.note(step);
                Outcome::Asleep
            }
            Phase::Down { .. } => {
                self.queue.note(step);
                Outcome::NotConnected
            }
        }
    }

    /// How long a report is offered from now on; [`PATIENCE`] for keys that somebody presses.
    pub(super) fn be_patient(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// There is news of the link. A suspended target is sent no keys: it would see a stale one
    /// when it wakes up. In every other state the write itself finds out, because some
    /// controllers report states that are not true.
    pub(super) fn link_changed(&mut self, link: UsbLink, now: Instant) {
        let asleep = matches!(self.phase, Phase::Asleep { .. });
        self.waking = false;
        self.unread = None;
        if link == UsbLink::Suspended {
            self.queue.clear();
            self.phase = Phase::Asleep {
                until: now + RETRY,
                taken: 0,
            };
        } else if asleep || link == UsbLink::Configured {
            self.come_back();
        }
    }

    fn come_back(&mut self) {
        self.queue.restart();
        self.phase = Phase::Open;
        self.wants_room = false;
    }

    /// Sends what is left and stops; does not wait for a target that does not read.
    pub(super) fn close(&mut self) {
        self.closing = true;
    }

    pub(super) fn next(&mut self, now: Instant) -> Turn {
        if self.closing && !matches!(self.phase, Phase::Open | Phase::Busy { .. }) {
            return Turn::Stop;
        }
        match self.phase {
            Phase::Asleep { .. } if self.waking => {}
            Phase::Down { until } | Phase::Asleep { until, .. } if now < until => {
                return Turn::RestFor(until - now);
            }
            Phase::Down { .. } => self.come_back(),
            Phase::Asleep { .. } => self.queue.offer_release(),
            Phase::Open | Phase::Busy { .. } | Phase::Stalled => {}
        }
        if std::mem::take(&mut self.wants_room) {
            return Turn::Room(ROOM);
        }
        match self.queue.take() {
            Some(report) => Turn::Write(report),
            None if self.closing => Turn::Stop,
            None => Turn::Rest,
        }
    }

    /// What became of the report that [`next`](Lane::next) gave.
    pub(super) fn wrote(&mut self, result: Result<(), PortError>, now: Instant) {
        if let Phase::Asleep { taken, .. } = self.phase {
            if self.waking {
                self.offered_wake_up(result, now);
                return;
            }
            self.offered_release(if result.is_ok() { taken + 1 } else { 0 }, now);
            return;
        }
        match result {
            Ok(()) => {
                self.queue.delivered();
                self.unread = None;
                self.phase = Phase::Open;
            }
            Err(PortError::Busy) => {
                self.queue.failed();
                self.wants_room = true;
                self.grow_impatient(now);
            }
            Err(PortError::Shutdown | PortError::Gone) => {
                self.queue.clear();
                self.unread = None;
                self.phase = Phase::Down { until: now + RETRY };
            }
        }
    }

    fn offered_wake_up(&mut self, result: Result<(), PortError>, now: Instant) {
        match result {
            Ok(()) => self.queue.delivered(),
            Err(_) => self.queue.clear(),
        }
        if self.queue.is_empty() {
            self.waking = false;
            self.phase = Phase::Asleep {
                until: now + RETRY,
                taken: 0,
            };
        }
    }

    fn offered_release(&mut self, taken: u8, now: Instant) {
        self.queue.clear();
        if taken >= PROOF {
            self.come_back();
        } else {
            self.phase = Phase::Asleep {
                until: now + RETRY,
                taken,
            };
        }
    }

    /// Time alone does not count: an appliance that was itself held up for a while has not
    /// offered anything meanwhile.
    fn grow_impatient(&mut self, now: Instant) {
        match self.phase {
            Phase::Open => {
                self.phase = Phase::Busy {
                    since: now,
                    refusals: 1,
                }
            }
            Phase::Busy { since, refusals } => {
                let refusals = refusals.saturating_add(1);
                self.phase = Phase::Busy { since, refusals };
                if refusals >= REFUSALS && now.saturating_duration_since(since) >= self.patience {
                    self.queue.collapse();
                    self.unread.get_or_insert(since);
                    self.phase = Phase::Stalled;
                }
            }
            _ => {}
        }
    }

    /// Whether the target has taken everything, once nothing is on its way to it any more.
    pub(super) fn settled(&self) -> Option<bool> {
        match self.phase {
            Phase::Open | Phase::Busy { .. } => self.queue.is_settled().then_some(true),
            Phase::Stalled | Phase::Down { .. } | Phase::Asleep { .. } => Some(false),
        }
    }

    /// The target is there and has read nothing for so long that it has no use for this port.
    pub(super) fn is_unread(&self, now: Instant) -> bool {
        let unread = |since| now.saturating_duration_since(since) >= UNREAD;
        self.unread.is_some_and(unread)
    }

    /// How long to pause when a port says that it has room and then has none.
    pub(super) fn breath(&self) -> Duration {
        if self.phase == Phase::Stalled {
            ROOM
        } else {
            Duration::from_millis(1)
        }
    }

    /// One word for the log, when it changed.
    pub(super) fn condition(&self) -> &'static str {
        match self.phase {
            Phase::Open | Phase::Busy { .. } => "reads",
            Phase::Stalled => "does not read",
            Phase::Down { .. } => "is not connected",
            Phase::Asleep { .. } => "sleeps",
        }
    }
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;
