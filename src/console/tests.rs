//! The console with real threads and ports that tests play.

use std::sync::mpsc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;
use crate::hid::event::{Button, Usage};
use crate::hid::functions::Functions;
use crate::target::{CannotWake, HidPort, PortError, UsbLever, UsbProfile};

pub(super) const ZERO: [u8; 8] = [0; 8];

/// A write that a port saw, and what it answered.
#[derive(Debug, PartialEq)]
struct Attempt {
    port: Port,
    report: Vec<u8>,
    answer: Result<(), PortError>,
}

struct FakePort {
    port: Port,
    attempts: UnboundedSender<Attempt>,
    answer: watch::Receiver<Result<(), PortError>>,
    /// Each write takes one thing out of it first, if there is such a gate.
    gate: Option<mpsc::Receiver<()>>,
}

impl HidPort for FakePort {
    fn write(&mut self, report: &[u8]) -> Result<(), PortError> {
        if let Some(gate) = &self.gate {
            let _ = gate.recv();
        }
        let answer = *self.answer.borrow();
        let _ = self.attempts.send(Attempt {
            port: self.port,
            report: report.to_vec(),
            answer,
        });
        answer
    }

    fn wait_for_room(&mut self, _timeout: std::time::Duration) {}
}

/// A target played by the test.
pub(super) struct Target {
    attempts: UnboundedReceiver<Attempt>,
    pub(super) answer: watch::Sender<Result<(), PortError>>,
    pub(super) leds: watch::Sender<Leds>,
    pub(super) link: watch::Sender<UsbLink>,
}

/// What was done to the cable.
#[derive(Clone, Default)]
pub(super) struct Pulled(pub(super) Arc<Mutex<Vec<Pull>>>);

/// What was done with the cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pull {
    Reset,
    Wake,
    Show(Functions),
}

impl Pulled {
    /// What the target was to be shown, one after the other.
    pub(super) fn shown(&self) -> Vec<Functions> {
        let pulls = self.0.lock().unwrap();
        let shows = pulls.iter().filter_map(|pull| match pull {
            Pull::Show(functions) => Some(*functions),
            _ => None,
        });
        shows.collect()
    }
}

impl UsbLever for Pulled {
    fn reset(&self) {
        self.0.lock().unwrap().push(Pull::Reset);
    }

    fn show(&self, profile: UsbProfile) {
        let shown = Pull::Show(profile.functions);
        self.0.lock().unwrap().push(shown);
    }

    fn wake(&self) -> Result<(), CannotWake> {
        self.0.lock().unwrap().push(Pull::Wake);
        Ok(())
    }
}

pub(super) fn plugged_in(keyboard_gate: Option<mpsc::Receiver<()>>) -> (Console, Target) {
    plugged(keyboard_gate, None)
}

pub(super) fn plugged_in_with(lever: Option<Pulled>) -> (Console, Target) {
    plugged(None, lever)
}

fn plugged(keyboard_gate: Option<mpsc::Receiver<()>>, lever: Option<Pulled>) -> (Console, Target) {
    let (seen, attempts) = unbounded_channel();
    let answer = watch::Sender::new(Ok(()));
    let (leds, link) = (
        watch::Sender::new(Leds::default()),
        watch::Sender::new(UsbLink::Configured),
    );
    let mut gate = keyboard_gate;
    let ports = Port::ALL.map(|port| {
        let gate = if port == Port::Keyboard {
            gate.take()
        } else {
            None
        };
        let device = FakePort {
            port,
            attempts: seen.clone(),
            answer: answer.subscribe(),
            gate,
        };
        (port, Box::new(device) as Box<dyn HidPort>)
    });
    let cable = UsbCable {
        ports: Vec::from(ports),
        leds: leds.subscribe(),
        link: link.subscribe(),
        profile: UsbProfile::default(),
        shown: Functions::ALL,
        lever: lever.map(|lever| Box::new(lever) as Box<dyn UsbLever>),
    };
    (
        Console::start(cable),
        Target {
            attempts,
            answer,
            leds,
            link,
        },
    )
}

impl Target {
    /// The next write on a port, whatever it answered.
    async fn attempt(&mut self, port: Port) -> Attempt {
        loop {
            let attempt = self.attempts.recv().await.expect("the ports are open");
            if attempt.port == port {
                return attempt;
            }
        }
    }

    /// The next report that a port took.
    pub(super) async fn report(&mut self, port: Port) -> Vec<u8> {
        loop {
            let attempt = self.attempt(port).await;
            if attempt.answer.is_ok() {
                return attempt.report;
            }
        }
    }

    /// All that a port is still told, until the console is gone.
    pub(super) async fn rest(&mut self, port: Port) -> Vec<Vec<u8>> {
        let mut rest = Vec::new();
        while let Some(attempt) = self.attempts.recv().await {
            rest.extend((attempt.port == port).then_some(attempt.report));
        }
        rest
    }
}

fn key(id: u8, down: bool) -> Event {
    Event::Key {
        usage: Usage::Key(id),
        down,
    }
}

#[tokio::test]
async fn a_key_reaches_the_keyboard_after_the_first_release() {
    let (console, mut target) = plugged_in(None);
    let mut seat = console.join("ann");
    assert_eq!(target.report(Port::Keyboard).await, ZERO);
    assert_eq!(seat.handle(key(4, true)), Outcome::Accepted);
    assert_eq!(
        target.report(Port::Keyboard).await,
        [0, 0, 4, 0, 0, 0, 0, 0]
    );
}

#[tokio::test]
async fn release_all_on_disconnect() {
    let (console, mut target) = plugged_in(None);
    let mut seat = console.join("ann");
    seat.handle(Event::MoveTo { x: 5, y: 6 });
    seat.handle(Event::Button {
        button: Button::Left,
        down: true,
    });
    seat.handle(key(4, true));
    drop(seat);
    while target.report(Port::Keyboard).await[2] != 4 {}
    assert_eq!(target.report(Port::Keyboard).await, ZERO);
    assert_eq!(console.state().borrow().controller, None);
}

#[tokio::test]
async fn the_pointer_is_released_where_it_is() {
    let (console, mut target) = plugged_in(None);
    let mut seat = console.join("ann");
    seat.handle(Event::MoveTo { x: 5, y: 6 });
    seat.handle(Event::Button {
        button: Button::Left,
        down: true,
    });
    drop(seat);
    while target.report(Port::Absolute).await[0] != 1 {}
    assert_eq!(target.report(Port::Absolute).await, [0, 5, 0, 6, 0, 0, 0]);
}

#[tokio::test]
async fn taking_over_is_seen_by_everybody_and_releases_the_keys() {
    let (console, mut target) = plugged_in(None);
    let (mut ann, mut bob) = (console.join("ann"), console.join("bob"));
    let mut state = console.state();
    assert_eq!(state.borrow_and_update().seats, 2);
    ann.handle(key(4, true));
    assert_eq!(bob.handle(key(5, true)), Outcome::NotInControl);
    assert_eq!(
        bob.handle(Event::RequestControl { take_over: true }),
        Outcome::Accepted
    );
    assert!(state.has_changed().unwrap());
    assert_eq!(state.borrow().controller.as_ref().unwrap().seat, bob.id());
    assert_eq!(ann.handle(key(4, false)), Outcome::NotInControl);
    while target.report(Port::Keyboard).await[2] != 4 {}
    assert_eq!(target.report(Port::Keyboard).await, ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_silent_operator_is_released_after_one_second() {
    let (console, mut target) = plugged_in(None);
    let mut seat = console.join("ann");
    let start = tokio::time::Instant::now();
    seat.handle(key(4, true));
    while target.report(Port::Keyboard).await[2] != 4 {}
    assert_eq!(target.report(Port::Keyboard).await, ZERO);
    assert!(start.elapsed() >= desk::SILENCE);
}

#[tokio::test]
async fn an_unplugged_target_is_a_state_and_is_released_first_when_it_returns() {
    let (console, mut target) = plugged_in(None);
    let mut seat = console.join("ann");
    target.report(Port::Keyboard).await;
    let _ = target.answer.send_replace(Err(PortError::Shutdown));
    target.link.send_replace(UsbLink::Disconnected);
    let mut state = console.state();
    state
        .wait_for(|state| state.usb == UsbLink::Disconnected)
        .await
        .unwrap();
    for tap in 0..500 {
        assert_eq!(seat.handle(key(4, tap % 2 == 0)), Outcome::NotConnected);
    }
    seat.handle(key(5, true));
    target.attempt(Port::Keyboard).await;
    let _ = target.answer.send_replace(Ok(()));
    target.link.send_replace(UsbLink::Configured);
    assert_eq!(target.report(Port::Keyboard).await, ZERO);
    assert_eq!(target.report(Port::Keyboard).await[2], 5);
}

#[tokio::test]
async fn a_sleeping_target_gets_nothing_and_the_operator_is_told() {
    let (console, mut target) = plugged_in(None);
    let mut seat = console.join("ann");
    target.report(Port::Keyboard).await;
    target.link.send_replace(UsbLink::Suspended);
    console
        .state()
        .wait_for(|state| state.usb == UsbLink::Suspended)
        .await
        .unwrap();
    assert_eq!(seat.handle(key(4, true)), Outcome::Asleep);
    assert_eq!(seat.handle(key(4, false)), Outcome::Asleep);
    target.link.send_replace(UsbLink::Configured);
    assert_eq!(target.report(Port::Keyboard).await, ZERO);
    seat.handle(key(6, true));
    assert_eq!(target.report(Port::Keyboard).await[2], 6);
}

#[tokio::test]
async fn a_port_that_hangs_holds_up_neither_the_operator_nor_the_other_ports() {
    let (open, gate) = mpsc::channel();
    let (console, mut target) = plugged_in(Some(gate));
    let mut seat = console.join("ann");
    for tap in 0..1000 {
        seat.handle(key(4, tap % 2 == 0));
    }
    assert_eq!(target.report(Port::Relative).await, [0; 5]);
    seat.handle(Event::MoveBy { dx: 3, dy: 0 });
    assert_eq!(target.report(Port::Relative).await, [0, 3, 0, 0, 0]);
    drop(open);
    seat.handle(key(9, true));
    while target.report(Port::Keyboard).await[2] != 9 {}
}

#[tokio::test]
async fn a_thousand_keystrokes_arrive_one_by_one() {
    let (console, mut target) = plugged_in(None);
    let mut seat = console.join("ann");
    target.report(Port::Keyboard).await;
    for round in 0..1000 {
        let id = 4 + u8::try_from(round % 26).unwrap();
        assert_eq!(seat.handle(key(id, true)), Outcome::Accepted);
        assert_eq!(seat.handle(key(id, false)), Outcome::Accepted);
        assert_eq!(target.report(Port::Keyboard).await[2], id);
        assert_eq!(target.report(Port::Keyboard).await[2], 0);
    }
}

#[tokio::test]
async fn lights_are_passed_on() {
    let (console, target) = plugged_in(None);
    let mut state = console.state();
    target.leds.send_replace(Leds {
        caps: true,
        ..Leds::default()
    });
    assert!(state.wait_for(|state| state.leds.caps).await.is_ok());
}

#[tokio::test]
async fn dropping_the_console_sends_the_release_before_the_threads_end() {
    let (console, mut target) = plugged_in(None);
    let mut seat = console.join("ann");
    seat.handle(key(4, true));
    drop(console);
    drop(seat);
    let rest = target.rest(Port::Keyboard).await;
    assert_eq!(rest.last(), Some(&ZERO.to_vec()));
}
