use proptest::prelude::*;

use super::*;
use crate::hid::devices::Devices;
use crate::hid::event::{Event, Usage};
use crate::hid::keyboard::Keyboard;

struct Bench {
    lane: Lane,
    devices: Devices,
    now: Instant,
}

impl Bench {
    /// A keyboard lane whose first release is out.
    fn new() -> Bench {
        let lane = Lane::new(Port::Keyboard, None);
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
    for _ in 0..2 {
        bench.pass(50);
        bench.turn(Err(PortError::Busy));
    }
    assert_eq!(bench.key(5, true), Outcome::Asleep);
    assert_eq!(bench.turn(Err(PortError::Busy)).unwrap()[2], 5);
    assert_eq!(bench.key(5, false), Outcome::Asleep);
    assert_eq!(bench.key(6, true), Outcome::Asleep);
    assert_eq!((bench.keys(), bench.keys()), (Some(6), None));
    assert_eq!(bench.key(6, false), Outcome::Accepted);
}

#[test]
fn a_text_loses_nothing_to_a_target_that_does_not_read_for_seconds() {
    let mut bench = Bench::new();
    bench.lane.be_patient(Duration::from_secs(10));
    bench.key(4, true);
    bench.key(4, false);
    for _ in 0..99 {
        bench.turn(Err(PortError::Busy));
        bench.pass(100);
        assert_eq!(bench.lane.settled(), None);
    }
    let arrived = (bench.keys(), bench.keys(), bench.keys());
    assert_eq!(arrived, (Some(4), Some(0), None));
    assert_eq!(bench.lane.settled(), Some(true));
}

#[test]
fn a_port_that_is_not_read_for_two_seconds_is_of_no_use_until_it_is_read_again() {
    let mut bench = Bench::new();
    bench.key(4, true);
    for _ in 0..40 {
        bench.turn(Err(PortError::Busy));
        assert!(!bench.lane.is_unread(bench.now));
        bench.pass(50);
    }
    assert!(bench.lane.is_unread(bench.now));
    assert_eq!(bench.keys(), Some(4));
    assert!(!bench.lane.is_unread(bench.now));
}

#[test]
fn a_port_that_nobody_is_there_to_read_is_not_unread() {
    for link in [UsbLink::Suspended, UsbLink::Disconnected] {
        let mut bench = Bench::new();
        bench.key(4, true);
        for _ in 0..3 {
            bench.turn(Err(PortError::Busy));
            bench.pass(50);
        }
        bench.lane.link_changed(link, bench.now);
        bench.pass(5000);
        assert!(!bench.lane.is_unread(bench.now), "{link:?}");
    }
}

#[test]
fn an_appliance_that_was_held_up_itself_does_not_lose_patience() {
    let mut bench = Bench::new();
    bench.key(4, true);
    bench.turn(Err(PortError::Busy));
    bench.key(4, false);
    bench.pass(5000);
    bench.turn(Err(PortError::Busy));
    assert_eq!((bench.keys(), bench.keys()), (Some(4), Some(0)));
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
fn a_press_of_system_wake_up_is_let_through_to_a_sleeping_target_at_once() {
    let (mut lane, mut devices) = (Lane::new(Port::Controls, None), Devices::default());
    let mut wake = |down| {
        let usage = Usage::System(0x83);
        devices.apply(Event::Key { usage, down })[0].1
    };
    let now = Instant::now();
    lane.link_changed(UsbLink::Suspended, now);
    let (press, release) = (wake(true), wake(false));
    assert_eq!(lane.push(press), Outcome::Accepted);
    assert_eq!(lane.push(release), Outcome::Accepted);
    for step in [press, release] {
        assert_eq!(lane.next(now), Turn::Write(step.report()));
        lane.wrote(Ok(()), now);
    }
    assert_eq!(lane.next(now), Turn::RestFor(RETRY), "it is pressed once");
}

#[test]
fn a_port_that_takes_no_wake_up_is_not_pressed_with_it() {
    let (mut lane, mut devices) = (Lane::new(Port::Controls, None), Devices::default());
    let now = Instant::now();
    lane.link_changed(UsbLink::Suspended, now);
    let usage = Usage::System(0x83);
    lane.push(devices.apply(Event::Key { usage, down: true })[0].1);
    assert!(matches!(lane.next(now), Turn::Write(_)));
    lane.wrote(Err(PortError::Shutdown), now);
    assert_eq!(lane.next(now), Turn::RestFor(RETRY));
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
    for _ in 0..3 {
        bench.turn(Err(PortError::Busy));
        bench.pass(50);
    }
    assert_eq!(bench.lane.next(bench.now), Turn::Stop);
}

proptest! {
    #[test]
    fn whatever_happens_a_target_that_reads_again_ends_with_what_is_held(
        script in proptest::collection::vec((0u8..12, 4u8..9, any::<bool>(), 0u64..200), 0..120),
    ) {
        let mut bench = Bench::new();
        let mut keyboard = Keyboard::default();
        let mut told = [0; 8].to_vec();
        for (action, id, down, time) in script {
            match action {
                0..=4 => if let Some(keys) = keyboard.apply(id, down) {
                    bench.lane.push(Step::Keys(keys));
                },
                5 | 6 => told = bench.turn(Ok(())).unwrap_or(told),
                7 | 8 => drop(bench.turn(Err(PortError::Busy))),
                9 => drop(bench.turn(Err(PortError::Shutdown))),
                10 => bench.lane.link_changed(UsbLink::Suspended, bench.now),
                _ => bench.lane.link_changed(UsbLink::Configured, bench.now),
            }
            bench.pass(time);
        }
        bench.lane.link_changed(UsbLink::Configured, bench.now);
        while let Some(report) = bench.turn(Ok(())) {
            told = report;
        }
        prop_assert_eq!(told, keyboard.keys().report().to_vec());
    }
}
