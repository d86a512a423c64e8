use tokio::task::JoinHandle;

use super::super::tests::{Pulled, Target, plugged_in_with};
use super::*;
use crate::console::Outcome;
use crate::hid::event::{Event, Usage};

type Answer = Result<Trial, CableError>;

fn profile(keyboard_first: bool) -> UsbProfile {
    UsbProfile {
        keyboard_first,
        ..UsbProfile::default()
    }
}

/// A console, its target, and what the cable was told to show.
struct Bench {
    console: Console,
    target: Target,
    cable: Pulled,
}

impl Bench {
    fn new() -> Bench {
        let cable = Pulled::default();
        let (console, target) = plugged_in_with(Some(cable.clone()));
        Bench {
            console,
            target,
            cable,
        }
    }

    /// Until the console has heard of it.
    async fn link(&self, link: UsbLink) {
        self.target.link.send_replace(link);
        let mut state = self.console.state();
        assert!(state.wait_for(|state| state.usb == link).await.is_ok());
    }

    /// Asks for something else; returns when the cable has moved.
    async fn begin<F>(&self, ask: impl FnOnce(Console) -> F) -> JoinHandle<Answer>
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let moves = self.cable.shown().len();
        let trial = tokio::spawn(ask(self.console.clone()));
        while self.cable.shown().len() == moves {
            tokio::task::yield_now().await;
        }
        trial
    }

    async fn begin_to_show(&self, wanted: UsbProfile) -> JoinHandle<Answer> {
        self.begin(|console| async move { console.show(wanted).await })
            .await
    }

    /// The target finds what it is shown.
    async fn found(&self, trial: JoinHandle<Answer>) -> Answer {
        self.link(UsbLink::Disconnected).await;
        self.link(UsbLink::Configured).await;
        trial.await.expect("no panic")
    }

    fn shown(&self) -> Shown {
        self.console.state().borrow().shown
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_target_finds_stays() {
    let bench = Bench::new();
    let less = UsbProfile {
        functions: Functions::KEYBOARD,
        ..UsbProfile::default()
    };
    let trial = bench.begin_to_show(less).await;
    assert_eq!(bench.found(trial).await, Ok(Trial::Found));
    assert_eq!(bench.cable.shown(), [Functions::KEYBOARD]);
    assert_eq!(bench.shown().functions, Functions::KEYBOARD);
    assert!(!bench.shown().rest);
}

#[tokio::test(start_paused = true)]
async fn what_the_target_does_not_find_is_put_back() {
    let bench = Bench::new();
    let trial = bench.begin_to_show(profile(true)).await;
    bench.link(UsbLink::Disconnected).await;
    assert_eq!(trial.await.expect("no panic"), Err(CableError::NotFound));
    let moves = [Functions::KEYBOARD, Functions::ALL];
    assert_eq!(bench.cable.shown(), moves);
    assert!(!bench.shown().rest);
}

#[tokio::test(start_paused = true)]
async fn a_link_that_does_not_last_is_not_found() {
    let bench = Bench::new();
    let trial = bench.begin_to_show(profile(true)).await;
    bench.link(UsbLink::NoGadget).await;
    bench.link(UsbLink::Configured).await;
    tokio::time::sleep(LASTING / 2).await;
    bench.link(UsbLink::Disconnected).await;
    assert_eq!(trial.await.expect("no panic"), Err(CableError::NotFound));
}

#[tokio::test(start_paused = true)]
async fn without_a_target_nothing_is_tried_and_it_stays() {
    let bench = Bench::new();
    bench.link(UsbLink::Disconnected).await;
    let trial = bench.console.show(profile(true)).await;
    assert_eq!(trial, Ok(Trial::Untried));
    assert_eq!(bench.cable.shown(), [Functions::KEYBOARD]);
}

#[tokio::test(start_paused = true)]
async fn there_is_one_trial_at_a_time_and_it_outlives_whoever_asked() {
    let bench = Bench::new();
    let first = bench.begin_to_show(profile(true)).await;
    let second = bench.console.plug_in_rest().await;
    assert_eq!(second, Err(CableError::Trying));
    first.abort();
    bench.link(UsbLink::Disconnected).await;
    let mut state = bench.console.state();
    let back = state.wait_for(|state| state.shown.functions == Functions::ALL);
    assert!(back.await.is_ok());
    let moves = [Functions::KEYBOARD, Functions::ALL];
    assert_eq!(bench.cable.shown(), moves);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_goes_away_meets_the_keyboard_alone_when_it_comes_back() {
    let bench = Bench::new();
    let trial = bench.begin_to_show(profile(true)).await;
    assert_eq!(bench.found(trial).await, Ok(Trial::Found));
    assert!(bench.shown().rest);
    let rest = bench.begin(|console| async move { console.plug_in_rest().await });
    let rest = rest.await;
    assert_eq!(bench.found(rest).await, Ok(Trial::Found));
    // It stumbles.
    bench.link(UsbLink::Disconnected).await;
    tokio::time::sleep(STUMBLE / 2).await;
    bench.link(UsbLink::Configured).await;
    tokio::time::sleep(STUMBLE).await;
    let whole = [Functions::KEYBOARD, Functions::ALL];
    assert_eq!(bench.cable.shown(), whole);
    // It restarts.
    bench.link(UsbLink::Disconnected).await;
    let mut state = bench.console.state();
    assert!(state.wait_for(|state| state.shown.rest).await.is_ok());
    let all = [Functions::KEYBOARD, Functions::ALL, Functions::KEYBOARD];
    assert_eq!(bench.cable.shown(), all);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_plugged_in_is_not_connected_and_the_keyboard_is() {
    let bench = Bench::new();
    let mut seat = bench.console.join("ann");
    let alone = bench.begin(|console| async move { console.keyboard_alone().await });
    let alone = alone.await;
    assert_eq!(bench.found(alone).await, Ok(Trial::Found));
    let there = Event::MoveTo { x: 1, y: 1 };
    assert_eq!(seat.handle(there), Outcome::NotConnected);
    let key = Event::Key {
        usage: Usage::Key(4),
        down: true,
    };
    assert_eq!(seat.handle(key), Outcome::Accepted);
}
