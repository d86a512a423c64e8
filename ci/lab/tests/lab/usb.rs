//! A target that sleeps, is off or is unplugged: a state, never an error loop, and keys work again afterwards.

use farseat_lab::console::Control;
use farseat_lab::lab::Lab;

use crate::{in_control, lab};

const A: (u8, u16) = (0x04, 30);
const ACCEPTED: u8 = 0;
const NOT_CONNECTED: u8 = 3;
/// A handful of sentences may be said about a state; one for each of the 50 events would be a loop.
const FEW_LINES: usize = 10;

fn tap(control: &Control) -> u8 {
    control.press(A.0);
    let number = control.release(A.0);
    control.wait_outcome(number)
}

/// Types into the void and sees that nobody fills the log about it.
fn type_into_the_void(lab: &Lab, control: &Control) {
    lab.machine().serial().forget();
    for _ in 0..25 {
        assert_ne!(tap(control), ACCEPTED);
    }
    let said = lab.machine().serial().take_all();
    assert!(said.len() <= FEW_LINES, "an error loop: {said:#?}");
}

fn expect_keys(lab: &Lab, control: &Control) {
    control.wait_usb("configured");
    lab.target().wait_listening();
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    control.release(A.0);
    lab.target().wait_released(A.1);
}

#[test]
fn a_sleeping_target_is_shown_as_suspended_and_wakes() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    lab.target().sleep().unwrap();
    control.wait_usb("suspended");
    lab.target().wake().unwrap();
    expect_keys(&lab, &control);
}

#[test]
fn a_target_that_no_longer_uses_us_is_shown_as_disconnected() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    lab.target().deconfigure().unwrap();
    control.wait_usb("disconnected");
    type_into_the_void(&lab, &control);
    lab.target().configure().unwrap();
    expect_keys(&lab, &control);
}

#[test]
fn a_pulled_cable_is_shown_and_keys_work_again_after_it_is_back() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    lab.target().pull_cable().unwrap();
    control.wait_usb("disconnected");
    assert_eq!(tap(&control), NOT_CONNECTED);
    type_into_the_void(&lab, &control);
    lab.target().plug_cable().unwrap();
    expect_keys(&lab, &control);
}

#[test]
fn a_gadget_taken_off_its_controller_is_put_back() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    lab.target().unbind().unwrap();
    control.wait_usb("no_gadget");
    assert_eq!(tap(&control), NOT_CONNECTED);
    expect_keys(&lab, &control);
}

#[test]
fn an_operator_resets_the_usb_and_keys_work_again() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    let reset = lab.console().ask("POST", "/api/v1/usb/reset", None);
    assert_eq!(reset.unwrap().status, 204);
    control.wait_usb("no_gadget");
    expect_keys(&lab, &control);
}

#[test]
fn a_key_held_when_the_cable_is_pulled_is_not_held_when_it_is_back() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    lab.target().pull_cable().unwrap();
    control.wait_usb("disconnected");
    control.release(A.0);
    lab.target().sights().forget();
    lab.target().plug_cable().unwrap();
    expect_keys(&lab, &control);
}
