//! Keys pressed on the control socket, seen by the target.

use farseat_lab::console::{Control, Event};
use farseat_lab::inbox::Inbox;
use farseat_lab::target::codes::{EV_KEY, LED_CAPSL, LED_NUML};
use farseat_lab::target::{Input, Sight};

use crate::{in_control, lab};

/// HID usages a, b, c, … and the target's names for them.
const KEYS: [(u8, u16); 7] = [
    (0x04, 30),
    (0x05, 48),
    (0x06, 46),
    (0x07, 32),
    (0x08, 18),
    (0x09, 33),
    (0x0A, 34),
];
const A: (u8, u16) = KEYS[0];
const LEFT_SHIFT: (u8, u16) = (0xE1, 42);
const ACCEPTED: u8 = 0;
const REPEATED: i32 = 2;

fn releases(sights: &[Sight]) -> Vec<u16> {
    let released = |sight: &Sight| match sight {
        Sight::Input(Input {
            kind: EV_KEY,
            code,
            value: 0,
        }) => Some(*code),
        _ => None,
    };
    sights.iter().filter_map(released).collect()
}

/// Lets everything go and waits until the target has seen it.
fn let_go(control: &Control, sights: &Inbox<Sight>) {
    control.send(Event::ReleaseAll);
    control.press(A.0);
    control.release(A.0);
    sights
        .wait(farseat_lab::PATIENCE, |sight| {
            releases(std::slice::from_ref(sight)) == [A.1]
        })
        .unwrap();
}

#[test]
fn a_key_pressed_on_the_control_socket_arrives_at_the_target() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    let number = control.press(A.0);
    lab.target().wait_pressed(A.1);
    assert_eq!(control.wait_outcome(number), ACCEPTED);
    control.release(A.0);
    lab.target().wait_released(A.1);
}

#[test]
fn a_held_key_stays_down_until_it_is_released() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.press(A.0);
    // The target's own auto-repeat: 40 of them take more than a second, in which only heartbeats are sent.
    let mut seen = Vec::new();
    for _ in 0..40 {
        let repeat = Sight::Input(Input {
            kind: EV_KEY,
            code: A.1,
            value: REPEATED,
        });
        seen.extend(
            lab.target()
                .sights()
                .wait_with_others(farseat_lab::PATIENCE, |sight| *sight == repeat)
                .unwrap()
                .1,
        );
    }
    assert!(releases(&seen).is_empty());
    control.release(A.0);
    lab.target().wait_released(A.1);
}

#[test]
fn six_keys_and_a_modifier_are_held_together() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.press(LEFT_SHIFT.0);
    lab.target().wait_pressed(LEFT_SHIFT.1);
    for (usage, code) in &KEYS[..6] {
        control.press(*usage);
        lab.target().wait_pressed(*code);
    }
    assert!(releases(&lab.target().sights().take_all()).is_empty());
    let_go(&control, lab.target().sights());
}

#[test]
fn a_seventh_key_waits_until_one_of_the_six_is_released() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    for (usage, code) in &KEYS[..6] {
        control.press(*usage);
        lab.target().wait_pressed(*code);
    }
    let seventh = KEYS[6];
    let number = control.press(seventh.0);
    control.wait_outcome(number);
    control.release(A.0);
    // Too many keys is a report of its own, at which the target changes nothing.
    let pressed = Sight::Input(Input {
        kind: EV_KEY,
        code: seventh.1,
        value: 1,
    });
    let (_, before) = lab
        .target()
        .sights()
        .wait_with_others(farseat_lab::PATIENCE, |sight| *sight == pressed)
        .unwrap();
    assert_eq!(releases(&before), [A.1]);
    let_go(&control, lab.target().sights());
}

#[test]
fn consumer_and_system_keys_arrive_at_the_target() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    for (press, release, code) in [
        // Volume up, play or pause, sleep.
        (
            Event::Consumer(0xE9, true),
            Event::Consumer(0xE9, false),
            115,
        ),
        (
            Event::Consumer(0xCD, true),
            Event::Consumer(0xCD, false),
            164,
        ),
        (Event::System(0x82, true), Event::System(0x82, false), 142),
    ] {
        control.send(press);
        lab.target().wait_pressed(code);
        control.send(release);
        lab.target().wait_released(code);
    }
}

#[test]
fn the_targets_keyboard_lights_are_shown_to_the_operator() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    lab.target().set_led(LED_CAPSL, true).unwrap();
    control.wait_state("leds", |leds| leds["caps"] == true && leds["num"] == false);
    lab.target().set_led(LED_NUML, true).unwrap();
    control.wait_state("leds", |leds| leds["caps"] == true && leds["num"] == true);
    lab.target().set_led(LED_CAPSL, false).unwrap();
    lab.target().set_led(LED_NUML, false).unwrap();
    control.wait_state("leds", |leds| leds["caps"] == false && leds["num"] == false);
}

#[test]
fn everything_is_released_when_the_wire_is_cut() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.press(LEFT_SHIFT.0);
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    control.cut();
    lab.target().wait_released(A.1);
}

#[test]
fn everything_is_released_when_heartbeats_stop() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    control.fall_silent();
    lab.target().wait_released(A.1);
    // The socket is still open: only the page hangs.
    assert!(!control.news().is_closed());
}

#[test]
fn a_socket_that_only_watches_presses_nothing() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    let watcher = lab.console().control();
    watcher.wait_state("lease", |lease| lease["you"] == false);
    let number = watcher.press(KEYS[1].0);
    assert_ne!(watcher.wait_outcome(number), ACCEPTED);
    control.press(A.0);
    let pressed = |sight: &Sight| {
        matches!(
            sight,
            Sight::Input(Input {
                kind: EV_KEY,
                value: 1,
                ..
            })
        )
    };
    let first = lab
        .target()
        .sights()
        .wait(farseat_lab::PATIENCE, pressed)
        .unwrap();
    assert_eq!(
        first,
        Sight::Input(Input {
            kind: EV_KEY,
            code: A.1,
            value: 1
        })
    );
    control.release(A.0);
    lab.target().wait_released(A.1);
}

#[test]
fn nonsense_on_the_control_socket_ends_that_socket_only() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    let other = lab.console().control();
    other.send_raw(vec![0xEE; 12]);
    other.wait_state("error", |_| true);
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    control.release(A.0);
    lab.target().wait_released(A.1);
}
