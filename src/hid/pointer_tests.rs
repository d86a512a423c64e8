use proptest::prelude::*;

use super::*;
use crate::hid::Port;
use crate::hid::descriptor::{Direction, ExtendedUsage, Layout};

const X: (u16, u16) = (1, 0x30);
const Y: (u16, u16) = (1, 0x31);
const WHEEL: (u16, u16) = (1, 0x38);
const PAN: (u16, u16) = (0x0C, 0x238);

/// What a target that parsed the descriptor reads of one usage.
fn value(descriptor: &[u8], report: &[u8], (page, id): (u16, u16)) -> i32 {
    let layout = Layout::parse(descriptor).unwrap();
    let wanted = ExtendedUsage { page, id };
    let found = layout.decode(report).find(|(usage, _)| *usage == wanted);
    found.unwrap().1
}

#[test]
fn both_reports_have_the_lengths_that_the_descriptors_promise() {
    let length = |descriptor| {
        Layout::parse(descriptor)
            .unwrap()
            .report_len(Direction::Input, 0)
    };
    assert_eq!(length(absolute::DESCRIPTOR), absolute::REPORT_LENGTH);
    assert_eq!(length(relative::DESCRIPTOR), relative::REPORT_LENGTH);
}

#[test]
fn the_absolute_axes_lie_inside_a_physical_collection() {
    let layout = Layout::parse(absolute::DESCRIPTOR).unwrap();
    let kinds: Vec<_> = layout
        .collections()
        .iter()
        .map(|c| (c.kind, c.depth))
        .collect();
    assert_eq!(kinds, [(1, 0), (0, 1)]);
}

#[test]
fn the_relative_mouse_starts_with_the_boot_layout() {
    let layout = Layout::parse(relative::DESCRIPTOR).unwrap();
    let offset = |id| {
        let has = |field: &&crate::hid::descriptor::Field| {
            (0..field.count).any(|index| field.usage(index) == Some(ExtendedUsage { page: 1, id }))
        };
        let field = layout.fields().iter().find(has).unwrap();
        field.bit_offset
    };
    assert_eq!(layout.fields()[0].bit_offset, 0);
    assert_eq!((offset(0x30), layout.fields()[2].size), (8, 8));
}

#[test]
fn only_what_lies_behind_the_state_is_relative() {
    for port in [Port::Absolute, Port::Relative] {
        let layout = Layout::parse(port.descriptor()).unwrap();
        for field in layout.fields().iter().filter(|field| !field.constant) {
            assert_eq!(
                field.relative,
                field.bit_offset as usize / 8 >= port.state_length()
            );
        }
    }
}

#[test]
fn a_movement_does_not_carry_a_click_away_from_its_place() {
    let mut pointer = Absolute::default();
    pointer.move_to(10, 10);
    let mut click = pointer.button(Button::Left, true).unwrap();
    assert!(!click.absorb(pointer.move_to(500, 500)));
    assert_eq!((click.x, click.y, click.buttons), (10, 10, 1));
}

#[test]
fn movements_merge_into_the_latest_place_and_turns_do_not_move() {
    let mut pointer = Absolute::default();
    let mut first = pointer.move_to(10, 10);
    assert!(first.absorb(pointer.move_to(20, 30)));
    assert_eq!((first.x, first.y), (20, 30));
    let mut turned = pointer.turn(Wheel::new(1, 0));
    assert!(turned.absorb(pointer.turn(Wheel::new(2, -1))));
    assert_eq!(turned.wheel, Wheel::new(3, -1));
    assert!(!turned.absorb(pointer.move_to(40, 40)));
}

#[test]
fn turns_that_one_report_cannot_hold_stay_apart() {
    let mut mouse = Relative::default();
    let mut turned = mouse.turn(Wheel::new(-100, 0));
    assert!(!turned.absorb(mouse.turn(Wheel::new(-28, 0))));
    assert!(turned.absorb(mouse.turn(Wheel::new(-27, 0))));
}

#[test]
fn releasing_an_untouched_absolute_pointer_says_nothing() {
    let mut pointer = Absolute::default();
    pointer.move_to(9, 9);
    assert_eq!(pointer.release_all(), None);
    pointer.button(Button::Back, true);
    let released = pointer.release_all().unwrap();
    assert_eq!((released.buttons, released.x), (0, 9));
}

proptest! {
    #[test]
    fn the_target_reads_what_the_absolute_pointer_says(
        x in 0..=MAX_POSITION, y in 0..=MAX_POSITION, vertical: i8, horizontal: i8,
        button in prop::sample::select(&Button::ALL),
    ) {
        let mut pointer = Absolute::default();
        pointer.move_to(x, y);
        pointer.button(button, true);
        let report = pointer.turn(Wheel::new(vertical, horizontal)).report();
        let read = |usage| value(absolute::DESCRIPTOR, &report, usage);
        prop_assert_eq!((read(X), read(Y)), (i32::from(x), i32::from(y)));
        prop_assert_eq!(read(WHEEL), i32::from(vertical).max(-127));
        prop_assert_eq!(read(PAN), i32::from(horizontal).max(-127));
        for index in 1u16..=5 {
            prop_assert_eq!(read((9, index)), i32::from(index == button as u16 + 1));
        }
    }

    #[test]
    fn a_long_way_arrives_whole_in_several_reports(dx: i16, dy: i16, vertical: i8) {
        let mut mouse = Relative::default();
        mouse.button(Button::Right, true);
        let mut step = mouse.move_by(dx, dy);
        step.wheel = Wheel::new(vertical, 0);
        let (mut way, mut turned) = ((0, 0), 0);
        let mut left = Some(step);
        while let Some(step) = left {
            let (first, rest) = step.split();
            let report = first.report();
            let read = |usage| value(relative::DESCRIPTOR, &report, usage);
            prop_assert_eq!(read((9, 2)), 1);
            way = (way.0 + read(X), way.1 + read(Y));
            turned += read(WHEEL);
            left = rest;
        }
        prop_assert_eq!(way, (i32::from(dx), i32::from(dy)));
        prop_assert_eq!(turned, i32::from(vertical).max(-127));
    }

    #[test]
    fn merged_relative_movements_add_up(ways in proptest::collection::vec((-50i16..50, -50i16..50), 1..40)) {
        let mut mouse = Relative::default();
        let mut merged = mouse.state();
        for (dx, dy) in &ways {
            prop_assert!(merged.absorb(mouse.move_by(*dx, *dy)));
        }
        let sum = ways.iter().fold((0, 0), |sum, way| (sum.0 + way.0, sum.1 + way.1));
        prop_assert_eq!((merged.dx, merged.dy), sum);
    }
}
