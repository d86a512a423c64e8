//! Both mice, seen by the target.

use farseat_lab::console::Event;
use farseat_lab::target::codes::{AXIS_X, AXIS_Y, EV_ABS, EV_REL, REL_HWHEEL, REL_WHEEL};

use crate::{in_control, lab};

const LEFT: (u8, u16) = (0, 0x110);
const RIGHT: (u8, u16) = (1, 0x111);
const RELATIVE: bool = true;

#[test]
fn the_absolute_mouse_goes_where_it_is_sent() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.send(Event::MoveTo(1000, 2000));
    lab.target().wait_input(EV_ABS, AXIS_X, 1000);
    lab.target().wait_input(EV_ABS, AXIS_Y, 2000);
    control.send(Event::MoveTo(32767, 0));
    lab.target().wait_input(EV_ABS, AXIS_X, 32767);
    lab.target().wait_input(EV_ABS, AXIS_Y, 0);
}

#[test]
fn buttons_are_pressed_and_released_on_the_absolute_mouse() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    for (index, code) in [LEFT, RIGHT] {
        control.send(Event::Button(index, true));
        lab.target().wait_pressed(code);
        control.send(Event::Button(index, false));
        lab.target().wait_released(code);
    }
}

#[test]
fn the_wheel_turns_in_all_four_directions() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    for (event, code, value) in [
        (Event::Wheel(1, 0), REL_WHEEL, 1),
        (Event::Wheel(-2, 0), REL_WHEEL, -2),
        (Event::Wheel(0, 1), REL_HWHEEL, 1),
        (Event::Wheel(0, -1), REL_HWHEEL, -1),
    ] {
        control.send(event);
        lab.target().wait_input(EV_REL, code, value);
    }
}

#[test]
fn the_relative_mouse_moves_clicks_and_scrolls() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.send(Event::PointerMode(RELATIVE));
    control.send(Event::MoveBy(5, -7));
    lab.target().wait_input(EV_REL, AXIS_X, 5);
    lab.target().wait_input(EV_REL, AXIS_Y, -7);
    control.send(Event::Button(LEFT.0, true));
    lab.target().wait_pressed(LEFT.1);
    control.send(Event::Button(LEFT.0, false));
    lab.target().wait_released(LEFT.1);
    control.send(Event::Wheel(-1, 0));
    lab.target().wait_input(EV_REL, REL_WHEEL, -1);
    control.send(Event::PointerMode(!RELATIVE));
}

#[test]
fn a_button_held_at_the_disconnect_is_released() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.send(Event::Button(LEFT.0, true));
    lab.target().wait_pressed(LEFT.1);
    control.cut();
    lab.target().wait_released(LEFT.1);
}
