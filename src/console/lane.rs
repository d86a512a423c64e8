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
//!             the link is not suspended any more, or two releases in a row were
//!             taken (every 500 ms one is offered): release first
//! ```
//!
//! Pure: time comes in as a parameter. In Stalled, Down and Asleep nothing piles up: events only
//! change the state that is sent when the target is back.

use std::time::{Duration, Instant};

use super::Outcome;
use super::queue::Queue;
use crate::hid::Port;
use crate::hid::report::{Report, Step};
use crate::target::{PortError, UsbLink};

/// How long a report is offered to a target that does not read, before the target counts as
/// stalled. Keys are lost with 10 ms; nobody waits longer than this for a key.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often a target that is not there is asked again.
const RETRY: Duration = Duration::from_millis(500);
/// The longest wait for room: the thread looks at its lane again after it.
const ROOM: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(super) struct Lane {
    queue: Queue,
    phase: Phase,
    /// The last write found no room, so the next turn waits for some.
    wants_room: bool,
    closing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Busy {
        since: Instant,
    },
    Stalled,
    Down {
        until: Instant,
    },
    /// `offered`: the controller has a release for the target. It takes a second one only when
    /// the target has fetched the first, and then it is not asleep, whatever the link says.
    Asleep {
        until: Instant,
        offered: bool,
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
    pub(super) fn new(port: Port) -> Lane {
        Lane {
            queue: Queue::new(port),
            phase: Phase::Open,
            wants_room: false,
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

    /// There is news of the link. A suspended target is sent no keys: it would see a stale one
    /// when it wakes up. In every other state the write itself finds out, because some
    /// controllers report states that are not true.
    pub(super) fn link_changed(&mut self, link: UsbLink, now: Instant) {
        let asleep = matches!(self.phase, Phase::Asleep { .. });
        if link == UsbLink::Suspended {
            self.queue.clear();
            self.phase = Phase::Asleep {
                until: now + RETRY,
                offered: false,
            };
        } else if asleep || link == UsbLink::Configured {
            self.come_back();
        }
    }

    fn come_back(&mut self) {
        self.queue.restart();
        self.phase = Phase::Open;
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
        if let Phase::Asleep { offered, .. } = self.phase {
            self.offered_release(result.is_ok(), offered, now);
            return;
        }
        match result {
            Ok(()) => {
                self.queue.delivered();
                self.phase = Phase::Open;
            }
            Err(PortError::Busy) => {
                self.queue.failed();
                self.wants_room = true;
                self.grow_impatient(now);
            }
            Err(PortError::Shutdown | PortError::Gone) => {
                self.queue.clear();
                self.phase = Phase::Down { until: now + RETRY };
            }
        }
    }

    fn offered_release(&mut self, taken: bool, before: bool, now: Instant) {
        self.queue.clear();
        if taken && before {
            self.come_back();
        } else {
            self.phase = Phase::Asleep {
                until: now + RETRY,
                offered: taken || before,
            };
        }
    }

    fn grow_impatient(&mut self, now: Instant) {
        match self.phase {
            Phase::Open => self.phase = Phase::Busy { since: now },
            Phase::Busy { since } if now.saturating_duration_since(since) >= PATIENCE => {
                self.queue.collapse();
                self.phase = Phase::Stalled;
            }
            _ => {}
        }
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
mod tests {
    use super::*;
    use crate::hid::devices::Devices;
    use crate::hid::event::{Event, Usage};

    struct Bench {
        lane: Lane,
        devices: Devices,
        now: Instant,
    }

    impl Bench {
        /// A keyboard lane whose first release is out.
        fn new() -> Bench {
            let lane = Lane::new(Port::Keyboard);
            let mut bench = Bench {
                lane,
                devices: Devices::default(),
                now: Instant::now(),
            };
            assert_eq!(bench.turn(Ok(())), Some([0; 8].to_vec()));
            assert_eq!(bench.lane.next(bench.now), Turn::Rest);
            bench
        }

        fn key(&mut self, id: u8, down: bool) -> Outcome {
            let steps = self.devices.apply(Event::Key {
                usage: Usage::Key(id),
                down,
            });
            self.lane.push(steps[0].1)
        }

        /// Lets the lane write once, if it wants to, with this result.
        fn turn(&mut self, result: Result<(), PortError>) -> Option<Vec<u8>> {
            let mut turn = self.lane.next(self.now);
            if let Turn::Room(_) = turn {
                turn = self.lane.next(self.now);
            }
            let Turn::Write(report) = turn else {
                return None;
            };
            self.lane.wrote(result, self.now);
            Some(report.as_ref().to_vec())
        }

        fn pass(&mut self, milliseconds: u64) {
            self.now += Duration::from_millis(milliseconds);
        }

        fn keys(&mut self) -> Option<u8> {
            self.turn(Ok(())).map(|report| report[2])
        }
    }

    #[test]
    fn every_edge_arrives_when_the_target_is_briefly_busy() {
        let mut bench = Bench::new();
        bench.key(4, true);
        bench.turn(Err(PortError::Busy));
        assert_eq!(bench.lane.next(bench.now), Turn::Room(ROOM));
        assert_eq!(bench.key(4, false), Outcome::Accepted);
        bench.pass(99);
        bench.turn(Err(PortError::Busy));
        assert_eq!(
            (bench.keys(), bench.keys(), bench.keys()),
            (Some(4), Some(0), None)
        );
    }

    #[test]
    fn a_target_that_does_not_read_for_100_ms_gets_only_the_newest_state() {
        let mut bench = Bench::new();
        bench.key(4, true);
        bench.turn(Err(PortError::Busy));
        bench.key(4, false);
        bench.pass(100);
        bench.turn(Err(PortError::Busy));
        assert_eq!(bench.key(5, true), Outcome::Asleep);
        assert_eq!(bench.turn(Err(PortError::Busy)).unwrap()[2], 5);
        assert_eq!(bench.key(5, false), Outcome::Asleep);
        assert_eq!(bench.key(6, true), Outcome::Asleep);
        assert_eq!((bench.keys(), bench.keys()), (Some(6), None));
        assert_eq!(bench.key(6, false), Outcome::Accepted);
    }

    #[test]
    fn a_target_that_is_gone_is_a_state_and_comes_back_released() {
        for error in [PortError::Shutdown, PortError::Gone] {
            let mut bench = Bench::new();
            bench.key(4, true);
            bench.turn(Err(error));
            for tap in 0..200 {
                assert_eq!(bench.key(5, tap % 2 == 0), Outcome::NotConnected);
            }
            assert_eq!(bench.lane.next(bench.now), Turn::RestFor(RETRY));
            bench.pass(500);
            assert_eq!(
                (bench.keys(), bench.keys(), bench.keys()),
                (Some(0), Some(4), None)
            );
            assert_eq!(bench.key(4, false), Outcome::Accepted);
        }
    }

    #[test]
    fn the_link_coming_up_ends_the_wait_at_once() {
        let mut bench = Bench::new();
        bench.lane.link_changed(UsbLink::Disconnected, bench.now);
        bench.key(4, true);
        bench.turn(Err(PortError::Shutdown));
        bench.key(4, false);
        bench.lane.link_changed(UsbLink::Configured, bench.now);
        assert_eq!((bench.keys(), bench.keys()), (Some(0), None));
    }

    #[test]
    fn a_sleeping_target_is_offered_nothing_but_a_release() {
        let mut bench = Bench::new();
        bench.key(4, true);
        bench.lane.link_changed(UsbLink::Suspended, bench.now);
        assert_eq!(bench.key(5, true), Outcome::Asleep);
        assert_eq!(bench.lane.next(bench.now), Turn::RestFor(RETRY));
        bench.pass(500);
        assert_eq!(bench.turn(Ok(())), Some([0; 8].to_vec()));
        for _ in 0..20 {
            bench.pass(500);
            assert_eq!(bench.turn(Err(PortError::Busy)), Some([0; 8].to_vec()));
        }
        assert_eq!(bench.key(4, false), Outcome::Asleep);
        bench.lane.link_changed(UsbLink::Configured, bench.now);
        assert_eq!(
            (bench.keys(), bench.keys(), bench.keys()),
            (Some(0), Some(5), None)
        );
    }

    #[test]
    fn a_target_that_fetches_two_releases_is_awake_whatever_the_link_says() {
        let mut bench = Bench::new();
        bench.lane.link_changed(UsbLink::Suspended, bench.now);
        for _ in 0..2 {
            bench.pass(500);
            assert_eq!(bench.keys(), Some(0));
        }
        assert_eq!(bench.key(4, true), Outcome::Accepted);
        assert_eq!((bench.keys(), bench.keys()), (Some(0), Some(4)));
    }

    #[test]
    fn a_write_that_ends_after_the_target_fell_asleep_does_not_wake_the_lane() {
        let mut bench = Bench::new();
        bench.key(4, true);
        assert!(matches!(bench.lane.next(bench.now), Turn::Write(_)));
        bench.lane.link_changed(UsbLink::Suspended, bench.now);
        bench.lane.wrote(Ok(()), bench.now);
        assert_eq!(bench.key(5, true), Outcome::Asleep);
    }

    #[test]
    fn closing_sends_what_is_left_but_does_not_wait_for_a_stalled_target() {
        let mut bench = Bench::new();
        bench.key(4, true);
        bench.key(4, false);
        bench.lane.close();
        assert_eq!((bench.keys(), bench.keys()), (Some(4), Some(0)));
        assert_eq!(bench.lane.next(bench.now), Turn::Stop);

        let mut bench = Bench::new();
        bench.key(4, true);
        bench.lane.close();
        bench.turn(Err(PortError::Busy));
        bench.pass(100);
        bench.turn(Err(PortError::Busy));
        assert_eq!(bench.lane.next(bench.now), Turn::Stop);
    }
}
