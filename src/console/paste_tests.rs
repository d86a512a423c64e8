//! Texts that are typed on a played target.

use std::future::pending;
use std::time::Duration;

use super::paste::{PasteError, Phase, Progress, Steer, Text, Why};
use super::tests::{Target, ZERO, plugged_in};
use super::*;
use crate::hid::event::Usage;
use crate::keymap::{Layout, LineEnd, Unknown};
use crate::target::PortError;

const DELAY: Duration = Duration::from_millis(200);

fn text(text: &str) -> Text {
    delayed(text, Duration::ZERO)
}

fn delayed(text: &str, delay: Duration) -> Text {
    let us = Layout::find("us").expect("known");
    let plan = us.plan(text, &Unknown::Refuse.into(), LineEnd::Enter);
    assert!(plan.problems.is_empty());
    Text::new(plan, delay)
}

/// The next report of the keyboard that holds something.
async fn held(target: &mut Target) -> Vec<u8> {
    loop {
        let report = target.report(Port::Keyboard).await;
        if report != ZERO {
            return report;
        }
    }
}

async fn over(console: &Console) -> Progress {
    let mut pasting = console.pasting();
    let over = |progress: &Option<Progress>| progress.is_some_and(|one| one.phase.is_over());
    let progress = *pasting.wait_for(over).await.expect("the console lives");
    progress.expect("it is over")
}

#[tokio::test]
async fn a_text_arrives_as_it_is_and_nothing_stays_down() {
    let (console, mut target) = plugged_in(None);
    console
        .paste("ann", None, text("aB"), pending())
        .expect("typed");
    let mut seen = Vec::new();
    while seen.len() < 6 {
        seen.push(target.report(Port::Keyboard).await);
    }
    // What the console sends first, a and its release, Shift, B with it, Shift alone.
    let key = |modifiers, usage| vec![modifiers, 0, usage, 0, 0, 0, 0, 0];
    let expected = [
        key(0, 0),
        key(0, 4),
        key(0, 0),
        key(2, 0),
        key(2, 5),
        key(2, 0),
    ];
    assert_eq!(seen, expected);
    assert_eq!(target.report(Port::Keyboard).await, ZERO);
    let progress = over(&console).await;
    assert_eq!(
        (progress.typed, progress.total, progress.phase),
        (2, 2, Phase::Done)
    );
    assert_eq!(
        console.state().borrow().controller,
        None,
        "its seat has left"
    );
}

#[tokio::test]
async fn it_is_typed_on_the_seat_of_who_has_the_keyboard_and_on_nobody_elses() {
    let (console, mut target) = plugged_in(None);
    let ann = console.join("ann");
    let bob = console.join("bob");
    let refused = |who, seat| console.paste(who, seat, text("a"), pending());
    let in_control = Err(PasteError::InControl("ann".to_owned()));
    assert_eq!(refused("bob", Some(bob.id())), in_control);
    assert_eq!(
        refused("bob", Some(ann.id())),
        in_control,
        "somebody else's seat"
    );
    assert_eq!(refused("bob", None), in_control);
    assert_eq!(
        console.paste("ann", Some(ann.id()), text("a"), pending()),
        Ok(())
    );
    assert_eq!(held(&mut target).await[2], 4);
    assert_eq!(over(&console).await.phase, Phase::Done);
    let controller = console.state().borrow().controller.clone();
    assert_eq!(
        controller.map(|one| one.seat),
        Some(ann.id()),
        "and it stays there"
    );
}

#[tokio::test]
async fn only_one_text_at_a_time() {
    let (gate, gated) = std::sync::mpsc::channel();
    let (console, _target) = plugged_in(Some(gated));
    let ann = console.join("ann");
    let paste = || console.paste("ann", Some(ann.id()), text("a"), pending());
    assert_eq!(paste(), Ok(()));
    assert_eq!(paste(), Err(PasteError::Busy));
    drop(gate);
    assert_eq!(over(&console).await.phase, Phase::Done);
    assert_eq!(paste(), Ok(()));
}

#[tokio::test]
async fn who_loses_the_keyboard_types_no_more() {
    let (console, mut target) = plugged_in(None);
    let ann = console.join("ann");
    let mut bob = console.join("bob");
    let long = text(&"a".repeat(100_000));
    console
        .paste("ann", Some(ann.id()), long, pending())
        .expect("typed");
    held(&mut target).await;
    bob.handle(Event::RequestControl { take_over: true });
    assert_eq!(over(&console).await.phase, Phase::Stopped(Why::LostControl));
}

#[tokio::test]
async fn it_can_be_stopped_held_up_and_go_on() {
    let (console, mut target) = plugged_in(None);
    assert_eq!(console.steer_paste(Steer::Stop), Err(PasteError::None));
    console
        .paste("ann", None, text(&"a".repeat(100_000)), pending())
        .expect("typed");
    held(&mut target).await;
    let mut pasting = console.pasting();
    console.steer_paste(Steer::Pause).expect("under way");
    let is = |phase| move |one: &Option<Progress>| one.is_some_and(|one| one.phase == phase);
    pasting
        .wait_for(is(Phase::Paused))
        .await
        .expect("it pauses");
    console.steer_paste(Steer::Resume).expect("under way");
    pasting
        .wait_for(is(Phase::Typing))
        .await
        .expect("it goes on");
    console.steer_paste(Steer::Stop).expect("under way");
    let progress = over(&console).await;
    assert_eq!(progress.phase, Phase::Stopped(Why::Asked));
    assert!(progress.typed < progress.total);
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_waited_after_each_character() {
    let (console, mut target) = plugged_in(None);
    let begun = tokio::time::Instant::now();
    let ab = delayed("ab", DELAY);
    console.paste("ann", None, ab, pending()).expect("typed");
    assert_eq!(held(&mut target).await[2], 4);
    assert_eq!(held(&mut target).await[2], 5);
    assert!(begun.elapsed() >= DELAY, "{:?}", begun.elapsed());
    assert_eq!(over(&console).await.phase, Phase::Done);
    assert!(begun.elapsed() >= 2 * DELAY, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_character_counts_when_it_is_typed_and_not_after_its_delay() {
    let (console, _target) = plugged_in(None);
    let begun = tokio::time::Instant::now();
    let ab = delayed("ab", DELAY);
    console.paste("ann", None, ab, pending()).expect("typed");
    let mut pasting = console.pasting();
    let first = |one: &Option<Progress>| one.is_some_and(|one| one.typed == 1);
    pasting.wait_for(first).await.expect("it is typed");
    assert!(begun.elapsed() < DELAY, "{:?}", begun.elapsed());
    console.steer_paste(Steer::Stop).expect("under way");
    let progress = over(&console).await;
    assert_eq!(progress.phase, Phase::Stopped(Why::Asked));
    assert_eq!(progress.typed, 1);
}

#[tokio::test]
async fn nothing_comes_while_it_is_paused_and_the_rest_once_when_it_goes_on() {
    const MARK: u8 = 0x68;
    const MARKS: usize = 50;
    let (console, mut target) = plugged_in(None);
    let mut ann = console.join("ann");
    let alphabets = ('a'..='z').cycle().take(1000).collect::<String>();
    console
        .paste("ann", Some(ann.id()), text(&alphabets), pending())
        .expect("typed");
    let mut seen = vec![held(&mut target).await[2]];
    console.steer_paste(Steer::Pause).expect("under way");
    let mut pasting = console.pasting();
    let is_paused = |one: &Option<Progress>| one.is_some_and(|one| one.phase == Phase::Paused);
    let paused = *pasting.wait_for(is_paused).await.expect("it pauses");
    // By a key of hers, which comes after all that was on its way, one sees that nothing else comes.
    for _ in 0..MARKS {
        for down in [true, false] {
            let usage = Usage::Key(MARK);
            assert_eq!(ann.handle(Event::Key { usage, down }), Outcome::Accepted);
        }
        loop {
            let usage = held(&mut target).await[2];
            seen.push(usage);
            if usage == MARK {
                break;
            }
        }
    }
    let typed = paused.expect("paused").typed;
    assert_eq!(seen.split_off(typed), [MARK; MARKS]);
    assert_eq!(*console.pasting().borrow(), paused);
    console.steer_paste(Steer::Resume).expect("under way");
    while seen.len() < alphabets.len() {
        seen.push(held(&mut target).await[2]);
    }
    assert_eq!(over(&console).await.phase, Phase::Done);
    let wanted: Vec<u8> = alphabets.bytes().map(|letter| letter - b'a' + 4).collect();
    assert_eq!(seen, wanted);
    drop((ann, console));
    let rest = target.rest(Port::Keyboard).await;
    assert!(rest.iter().all(|report| report == &ZERO), "{rest:?}");
}

#[tokio::test]
async fn it_ends_with_the_session_of_who_began_it() {
    let (console, mut target) = plugged_in(None);
    let (logged_out, gone) = tokio::sync::oneshot::channel::<()>();
    let ended = async {
        let _ = gone.await;
    };
    console
        .paste("ann", None, text(&"a".repeat(100_000)), ended)
        .expect("typed");
    held(&mut target).await;
    drop(logged_out);
    assert_eq!(over(&console).await.phase, Phase::Stopped(Why::LoggedOut));
    assert_eq!(console.state().borrow().controller, None);
}

#[tokio::test]
async fn a_target_that_is_unplugged_or_does_not_read_ends_it() {
    for answer in [PortError::Shutdown, PortError::Busy] {
        let (console, mut target) = plugged_in(None);
        let text = text(&"a".repeat(100_000)).within(lane::PATIENCE);
        console.paste("ann", None, text, pending()).expect("typed");
        held(&mut target).await;
        let _ = target.answer.send_replace(Err(answer));
        let phase = over(&console).await.phase;
        let expected = [Why::Asleep, Why::NotConnected].map(Phase::Stopped);
        assert!(expected.contains(&phase), "{answer:?}: {phase:?}");
    }
}

#[tokio::test]
async fn caps_lock_is_put_out_for_the_text_and_lit_again() {
    let (console, mut target) = plugged_in(None);
    let mut state = console.state();
    target.leds.send_replace(Leds::from_report(0b10));
    state.wait_for(|state| state.leds.caps).await.expect("lit");
    console
        .paste("ann", None, text("a"), pending())
        .expect("typed");
    for usage in [0x39, 0x04, 0x39] {
        assert_eq!(held(&mut target).await[2], usage);
    }
}

/// `ä` by its number in Windows' code page; the lights before; which keys go down.
async fn by_number(lights: u8, keys: usize) -> Vec<u8> {
    let (console, mut target) = plugged_in(None);
    let us = Layout::find("us").expect("known");
    let plan = us.plan("ä", &Unknown::AltKeypad.into(), LineEnd::Enter);
    let mut state = console.state();
    target.leds.send_replace(Leds::from_report(lights));
    let lit = |state: &ConsoleState| state.leds == Leds::from_report(lights);
    state.wait_for(lit).await.expect("lit");
    let text = Text::new(plan, Duration::ZERO);
    console.paste("ann", None, text, pending()).expect("typed");
    let mut seen = Vec::new();
    while seen.len() < keys {
        let report = held(&mut target).await;
        seen.extend((report[2] != 0).then_some(report[2]));
    }
    seen
}

#[tokio::test]
async fn digits_on_the_keypad_are_typed_with_num_lock() {
    let digits = [0x62, 0x5A, 0x5A, 0x60];
    let turned = [&[0x53][..], &digits, &[0x53]].concat();
    assert_eq!(by_number(0b00, 6).await, turned);
    assert_eq!(by_number(0b01, 4).await, digits);
}
