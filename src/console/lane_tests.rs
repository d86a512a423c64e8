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
fn a_target_that_fetches_release_after_release_is_awake_whatever_the_link_says() {
    let mut bench = Bench::new();
    bench.lane.link_changed(UsbLink::Suspended, bench.now);
    for _ in 0..PROOF {
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
