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

/// Asks for something else on USB, as an operator or an admin; what the appliance says of it.
fn show(
    lab: &mut Lab,
    method: &'static str,
    path: &str,
    profile: Option<serde_json::Value>,
) -> u16 {
    let answer = lab.console().ask(method, path, profile).expect("asked");
    answer.status
}

#[test]
fn a_target_finds_the_keyboard_alone_and_later_the_rest() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    lab.target().wait_listening();
    assert_eq!(show(&mut lab, "POST", "/api/v1/usb/keyboard", None), 200);
    lab.target().wait_devices(1);
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    control.release(A.0);
    lab.target().wait_released(A.1);
    assert_eq!(show(&mut lab, "POST", "/api/v1/usb/rest", None), 200);
    expect_keys(&lab, &control);
}

#[test]
fn what_the_target_does_not_use_is_put_back_and_nothing_is_kept() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    lab.target().wait_listening();
    let now = lab
        .console()
        .ask("GET", "/api/v1/usb", None)
        .expect("asked");
    let now: serde_json::Value = serde_json::from_slice(&now.body).expect("json");
    let mut wanted = now["profile"].clone();
    wanted["product"] = "Nobody wants it".into();
    wanted["functions"] = serde_json::json!(["keyboard", "relative"]);
    lab.target().welcome(false).unwrap();
    let refused = show(&mut lab, "PUT", "/api/v1/usb", Some(wanted));
    lab.target().welcome(true).unwrap();
    assert_eq!(refused, 409);
    let kept = lab
        .console()
        .ask("GET", "/api/v1/usb", None)
        .expect("asked");
    let kept: serde_json::Value = serde_json::from_slice(&kept.body).expect("json");
    assert_eq!(kept, now);
    // It was plugged in while nothing was welcome, or will be now.
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
