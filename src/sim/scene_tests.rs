use super::super::input::{Input, Lever};
use super::super::paint::Painter;
use super::super::shell::MODES;
use super::*;
use crate::hid::Port;

const SCREEN: (u16, u16) = (1280, 720);

fn running(mode: (u16, u16)) -> Computer {
    let mut computer = Computer::new("test", mode);
    computer.step(SPLASH_TIME, Input::Time).unwrap();
    computer
}

fn report(computer: &mut Computer, port: Port, bytes: &[u8]) {
    computer
        .step(computer.now, Input::Report(port, bytes))
        .unwrap();
}

/// A text of the scene, wherever it is.
fn texts(items: &[Item]) -> Vec<String> {
    let text = |item: &Item| match item {
        Item::Text { text, .. } => Some(text.clone()),
        Item::Row { cells, .. } => Some(cells.iter().map(|cell| cell.character).collect()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

#[test]
fn typed_glyphs_are_in_the_scene() {
    let mut computer = running(SCREEN);
    report(&mut computer, Port::Keyboard, &[0, 0, 0x0B, 0, 0, 0, 0, 0]);
    assert!(texts(&scene(&computer)).contains(&"> h ".to_owned()));
}

#[test]
fn a_stage_always_has_the_same_number_of_items() {
    let mut computer = running(SCREEN);
    let quiet = scene(&computer).len();
    report(&mut computer, Port::Absolute, &[3, 9, 9, 9, 9, 1, 1]);
    report(&mut computer, Port::Controls, &[1, 0xE9, 0, 0, 0, 0, 0]);
    report(&mut computer, Port::Keyboard, &[0x05, 0, 4, 0, 0, 0, 0, 0]);
    assert_eq!(scene(&computer).len(), quiet);
    let mut start = Computer::new("test", SCREEN);
    let first = scene(&start).len();
    start.step(SPLASH_TIME / 2, Input::Time).unwrap();
    assert_eq!(scene(&start).len(), first);
}

#[test]
fn the_cursor_blinks_but_not_while_somebody_types() {
    let mut computer = running(SCREEN);
    let still = scene(&computer);
    let later = next_change(&computer);
    assert!(later > computer.now && later <= computer.now + BLINK);
    computer
        .step(computer.now + BLINK + BLINK / 2, Input::Time)
        .unwrap();
    let dark = scene(&computer);
    assert_ne!(still, dark);
    report(&mut computer, Port::Keyboard, &[0, 0, 0x0B, 0, 0, 0, 0, 0]);
    let block = |items: &[Item]| {
        let cursor =
            |item: &&Item| matches!(item, Item::Fill { color, .. } if *color == palette::ACCENT);
        items.iter().filter(cursor).count()
    };
    assert_eq!((block(&dark), block(&scene(&computer))), (0, 1));
}

#[test]
fn an_idle_prompt_changes_at_most_four_times_a_second() {
    let mut computer = running(SCREEN);
    let end = computer.now + Duration::from_secs(10);
    let mut changes = 0;
    while computer.now < end {
        let next = next_change(&computer);
        assert!(next > computer.now);
        computer.step(next, Input::Time).unwrap();
        changes += 1;
    }
    assert!(changes <= 40, "{changes}");
}

#[test]
fn lights_pointer_and_last_keys_are_on_the_bar() {
    let mut computer = running(SCREEN);
    report(&mut computer, Port::Keyboard, &[0, 0, 0x39, 0, 0, 0, 0, 0]);
    report(&mut computer, Port::Absolute, &[1, 0, 0, 0, 0, 2, 0]);
    let items = scene(&computer);
    let texts = texts(&items);
    for wanted in [
        "Caps Lock",
        "   0,0   ",
        "wheel +2",
        "L",
        "1280\u{d7}720",
        "up 0:00:00",
    ] {
        assert!(
            texts.iter().any(|text| text == wanted),
            "{wanted} in {texts:?}"
        );
    }
    let lit = |item: &&Item| matches!(item, Item::Round { color, .. } if *color == palette::LAMP);
    assert_eq!(items.iter().filter(lit).count(), 2, "caps and num");
}

#[test]
fn everything_can_be_drawn_in_every_mode_and_stage() {
    for mode in MODES {
        let mut computer = running(mode);
        computer
            .step(computer.now, Input::Lever(Lever::Reboot))
            .unwrap();
        for step in 0..12 {
            let now = computer.now + Duration::from_millis(300) * step;
            computer.step(now, Input::Time).unwrap();
            let Ok(size) = computer.signal() else {
                continue;
            };
            let mut painter = Painter::new(size);
            assert!(painter.paint(scene(&computer)));
            let bytes = usize::from(size.0) * usize::from(size.1) * 2;
            assert_eq!(painter.yuyv().len(), bytes);
        }
        assert_eq!(computer.stage, Stage::Running);
    }
}
