use super::super::tests::{Pulled, Target, plugged_in_with};
use super::*;
use crate::console::Outcome;
use crate::hid::event::{Event, Usage};

fn profile(keyboard_first: bool) -> UsbProfile {
    UsbProfile {
        keyboard_first,
        ..UsbProfile::default()
    }
}

/// A console, its target, and what the cable was last told to show.
fn plugged() -> (Console, Target, Pulled) {
    let cable = Pulled::default();
    let (console, target) = plugged_in_with(Some(cable.clone()));
    (console, target, cable)
}

/// Until the console has heard of it.
async fn link(console: &Console, target: &Target, link: UsbLink) {
    target.link.send_replace(link);
    let mut state = console.state();
    assert!(state.wait_for(|state| state.usb == link).await.is_ok());
}

/// Shows it while the target looks for the device, and finds it.
async fn found(
    console: &Console,
    target: &Target,
    wanted: UsbProfile,
) -> Result<Trial, CableError> {
    let asking = console.clone();
    let mut shown = console.state();
    shown.mark_unchanged();
    let trial = tokio::spawn(async move { asking.show(wanted).await });
    assert!(shown.changed().await.is_ok());
    link(console, target, UsbLink::Disconnected).await;
    link(console, target, UsbLink::Configured).await;
    trial.await.expect("no panic")
}

#[tokio::test(start_paused = true)]
async fn what_the_target_finds_stays() {
    let (console, target, cable) = plugged();
    let less = UsbProfile {
        functions: Functions::KEYBOARD,
        ..UsbProfile::default()
    };
    assert_eq!(found(&console, &target, less).await, Ok(Trial::Found));
    assert_eq!(cable.shown(), [Functions::KEYBOARD]);
    let shown = console.state().borrow().shown;
    assert_eq!(shown.functions, Functions::KEYBOARD);
    assert!(!shown.rest);
}

#[tokio::test(start_paused = true)]
async fn what_the_target_does_not_find_is_put_back() {
    let (console, target, cable) = plugged();
    let asking = console.clone();
    let trial = tokio::spawn(async move { asking.show(profile(true)).await });
    while cable.shown().is_empty() {
        tokio::task::yield_now().await;
    }
    link(&console, &target, UsbLink::Disconnected).await;
    assert_eq!(trial.await.expect("no panic"), Err(CableError::NotFound));
    assert_eq!(cable.shown(), [Functions::KEYBOARD, Functions::ALL]);
    assert!(!console.state().borrow().shown.rest);
}

#[tokio::test(start_paused = true)]
async fn a_link_that_does_not_last_is_not_found() {
    let (console, target, cable) = plugged();
    let asking = console.clone();
    let trial = tokio::spawn(async move { asking.show(profile(true)).await });
    while cable.shown().is_empty() {
        tokio::task::yield_now().await;
    }
    link(&console, &target, UsbLink::NoGadget).await;
    link(&console, &target, UsbLink::Configured).await;
    tokio::time::sleep(LASTING / 2).await;
    link(&console, &target, UsbLink::Disconnected).await;
    assert_eq!(trial.await.expect("no panic"), Err(CableError::NotFound));
}

#[tokio::test(start_paused = true)]
async fn without_a_target_nothing_is_tried_and_it_stays() {
    let (console, target, cable) = plugged();
    link(&console, &target, UsbLink::Disconnected).await;
    assert_eq!(console.show(profile(true)).await, Ok(Trial::Untried));
    assert_eq!(cable.shown(), [Functions::KEYBOARD]);
}

#[tokio::test(start_paused = true)]
async fn there_is_one_trial_at_a_time_and_it_outlives_whoever_asked() {
    let (console, target, cable) = plugged();
    let asking = console.clone();
    let first = tokio::spawn(async move { asking.show(profile(true)).await });
    while cable.shown().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(console.plug_in_rest().await, Err(CableError::Trying));
    first.abort();
    link(&console, &target, UsbLink::Disconnected).await;
    while cable.shown().len() < 2 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(cable.shown(), [Functions::KEYBOARD, Functions::ALL]);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_goes_away_meets_the_keyboard_alone_when_it_comes_back() {
    let (console, target, cable) = plugged();
    assert_eq!(
        found(&console, &target, profile(true)).await,
        Ok(Trial::Found)
    );
    assert!(console.state().borrow().shown.rest);
    let asking = console.clone();
    let rest = tokio::spawn(async move { asking.plug_in_rest().await });
    while cable.shown().len() < 2 {
        tokio::task::yield_now().await;
    }
    link(&console, &target, UsbLink::Disconnected).await;
    link(&console, &target, UsbLink::Configured).await;
    assert_eq!(rest.await.expect("no panic"), Ok(Trial::Found));
    // It stumbles.
    link(&console, &target, UsbLink::Disconnected).await;
    tokio::time::sleep(STUMBLE / 2).await;
    link(&console, &target, UsbLink::Configured).await;
    tokio::time::sleep(STUMBLE).await;
    assert_eq!(cable.shown(), [Functions::KEYBOARD, Functions::ALL]);
    // It restarts.
    link(&console, &target, UsbLink::Disconnected).await;
    let mut state = console.state();
    assert!(state.wait_for(|state| state.shown.rest).await.is_ok());
    let all = [Functions::KEYBOARD, Functions::ALL, Functions::KEYBOARD];
    assert_eq!(cable.shown(), all);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_plugged_in_is_not_connected_and_the_keyboard_is() {
    let (console, target, cable) = plugged();
    let mut seat = console.join("ann");
    let asking = console.clone();
    let alone = tokio::spawn(async move { asking.keyboard_alone().await });
    while cable.shown().is_empty() {
        tokio::task::yield_now().await;
    }
    link(&console, &target, UsbLink::Disconnected).await;
    link(&console, &target, UsbLink::Configured).await;
    assert_eq!(alone.await.expect("no panic"), Ok(Trial::Found));
    let there = Event::MoveTo { x: 1, y: 1 };
    assert_eq!(seat.handle(there), Outcome::NotConnected);
    let key = Event::Key {
        usage: Usage::Key(4),
        down: true,
    };
    assert_eq!(seat.handle(key), Outcome::Accepted);
}
