//! An HDMI bridge that says what is wrong with the cable.

use serde_json::json;

use farseat_lab::bridge::{Bridge, Pattern, Signal};
use farseat_lab::console::Video;
use farseat_lab::lab::Lab;
use farseat_lab::picture::{Colour, Pixels};

use crate::bridge_lab;

fn wait_colour(video: &Video, colour: Colour) {
    let fits = |jpeg: &[u8]| {
        Pixels::from_jpeg(jpeg).is_ok_and(|pixels| {
            pixels
                .at(pixels.width / 2, pixels.height / 2)
                .is_near(colour)
        })
    };
    video.wait_frame(|frame| fits(&frame.data));
}

fn expect_state(lab: &mut Lab, signal: Signal, state: &str) {
    let video = lab.console().video();
    let bridge = Bridge::find(lab.target()).unwrap();
    bridge.set_signal(Signal::Current).unwrap();
    video.wait_signal("live");
    video.wait_frame(|_| true);
    bridge.set_signal(signal).unwrap();
    video.wait_signal(state);
    bridge.set_signal(Signal::Current).unwrap();
    video.wait_signal("live");
    video.wait_frame(|_| true);
}

#[test]
fn pixels_of_the_bridge_arrive_in_the_video_socket() {
    let mut lab = bridge_lab();
    let video = lab.console().video();
    let bridge = Bridge::find(lab.target()).unwrap();
    for (pattern, colour) in [
        (Pattern::Red, Colour(255, 0, 0)),
        (Pattern::Green, Colour(0, 255, 0)),
        (Pattern::Blue, Colour(0, 0, 255)),
    ] {
        bridge.show(pattern).unwrap();
        wait_colour(&video, colour);
    }
}

#[test]
fn a_missing_cable_is_shown_as_such() {
    expect_state(&mut bridge_lab(), Signal::NoCable, "no_cable");
}

#[test]
fn a_signal_that_does_not_lock_is_shown_as_such() {
    expect_state(&mut bridge_lab(), Signal::NoSync, "no_sync");
}

#[test]
fn a_signal_out_of_range_is_shown_as_such() {
    expect_state(&mut bridge_lab(), Signal::OutOfRange, "out_of_range");
}

#[test]
fn a_change_of_resolution_is_followed() {
    // Numbers in the kernel's list of timings: CEA-861 640x480p59.94 and 1280x720p50.
    const TIMINGS: [(i32, u16, u16); 2] = [(0, 640, 480), (8, 1280, 720)];
    let mut lab = bridge_lab();
    let video = lab.console().video();
    let bridge = Bridge::find(lab.target()).unwrap();
    video.wait_frame(|_| true);
    for (number, width, height) in TIMINGS {
        bridge.set_timings(number).unwrap();
        let frame = video.wait_frame(|frame| frame.width == width);
        assert_eq!(frame.height, height);
    }
    bridge.set_signal(Signal::Current).unwrap();
}

/// What the bridge tells the target, as its driver says it.
fn edid(lab: &mut Lab) -> serde_json::Value {
    let answer = lab.console().ask("GET", "/api/v1/edid", None).unwrap();
    answer.json()
}

fn show(lab: &Lab, pattern: Pattern) {
    Bridge::find(lab.target()).unwrap().show(pattern).unwrap();
}

fn choose(lab: &mut Lab, name: &str) -> serde_json::Value {
    let choice = json!({ "choose": name });
    let answer = lab.console().ask("PUT", "/api/v1/edid", Some(choice));
    let answer = answer.unwrap();
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.json()
}

#[test]
fn the_bridge_tells_the_target_the_edid_that_was_chosen_and_its_own_again() {
    let mut lab = bridge_lab();
    let own = edid(&mut lab);
    assert_eq!(
        (&own["device"], &own["choice"]),
        (&json!("changeable"), &json!("default")),
        "{own}"
    );
    let video = lab.console().video();
    show(&lab, Pattern::Red);
    wait_colour(&video, Colour(255, 0, 0));
    let told = choose(&mut lab, "1024x768@60");
    assert_eq!(told["says"]["name"], "Farseat", "{told}");
    let preferred = &told["says"]["preferred"];
    assert_eq!(
        (&preferred["width"], &preferred["height"]),
        (&json!(1024), &json!(768))
    );
    // The stream began anew, and goes on. A picture that stays as it is is not sent again.
    show(&lab, Pattern::Green);
    wait_colour(&video, Colour(0, 255, 0));
    let back = choose(&mut lab, "default");
    assert_eq!(back["says"], own["says"], "what the bridge came with");
    assert_ne!(back["says"]["name"], "Farseat", "{back}");
}
