//! What keys mean on the target: the US layout, the lock lights, and the names shown on screen.
//!
//! Pure tables; `computer` asks. Usages are those of the Keyboard/Keypad page (HID Usage Tables
//! 1.5, chapter 10) and of the consumer page (chapter 15).

use std::ops::RangeInclusive;

use crate::hid::Leds;

pub(super) const CAPS_LOCK: u8 = 0x39;
pub(super) const SCROLL_LOCK: u8 = 0x47;
pub(super) const NUM_LOCK: u8 = 0x53;
pub(super) const DELETE: u8 = 0x4C;
const KEYPAD_DELETE: u8 = 0x63;
pub(super) const MODIFIERS: RangeInclusive<u8> = 0xE0..=0xE7;
const LETTERS: RangeInclusive<u8> = 0x04..=0x1D;

/// Keys 0x1E..=0x38 without and with Shift; \n, \u{1b}, \u{8}, \t are Enter, Esc, Backspace, Tab.
const PLAIN: &[u8; 27] = b"1234567890\n\x1b\x08\t -=[]\\\\;'`,./";
const SHIFTED: &[u8; 27] = b"!@#$%^&*()\n\x1b\x08\t _+{}||:\"~<>?";
/// Keys 0x54..=0x63 with Num Lock lit.
const KEYPAD: &[u8; 16] = b"/*-+\n1234567890.";
/// The same keys without it; what is `None` here types the character of `KEYPAD` anyway.
const KEYPAD_MOTIONS: [Option<Stroke>; 16] = {
    use Motion::*;
    const fn go(motion: Motion) -> Option<Stroke> {
        Some(Stroke::Move(motion))
    }
    [
        None,
        None,
        None,
        None,
        None,
        go(End),
        go(Down),
        go(PageDown),
        go(Left),
        None,
        go(Right),
        go(Home),
        go(Up),
        go(PageUp),
        None,
        Some(Stroke::Delete),
    ]
};

/// The modifier keys held, one bit each, in the order of their usages from 0xE0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Modifiers(pub(super) u8);

impl Modifiers {
    pub(super) fn control(self) -> bool {
        self.0 & 0x11 != 0
    }

    pub(super) fn shift(self) -> bool {
        self.0 & 0x22 != 0
    }

    pub(super) fn alt(self) -> bool {
        self.0 & 0x44 != 0
    }

    pub(super) fn meta(self) -> bool {
        self.0 & 0x88 != 0
    }
}

/// What a key press does at the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stroke {
    /// \n is Enter, \t Tab, \u{8} Backspace.
    Text(char),
    /// A letter, lower case, with Ctrl.
    Control(char),
    Delete,
    Move(Motion),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
}

/// What pressing `usage` does with these modifiers held and these lights on.
pub(super) fn stroke(usage: u8, modifiers: Modifiers, leds: Leds) -> Option<Stroke> {
    if modifiers.alt() || modifiers.meta() {
        return None;
    }
    if modifiers.control() {
        return LETTERS
            .contains(&usage)
            .then(|| Stroke::Control(letter(usage)));
    }
    match usage {
        0x04..=0x1D => Some(Stroke::Text(cased(
            letter(usage),
            modifiers.shift() != leds.caps,
        ))),
        0x29 => None,
        0x1E..=0x38 => {
            let table = if modifiers.shift() { SHIFTED } else { PLAIN };
            table
                .get(usize::from(usage - 0x1E))
                .map(|byte| Stroke::Text(char::from(*byte)))
        }
        0x54..=0x63 => keypad(usize::from(usage - 0x54), leds.num != modifiers.shift()),
        0x64 => Some(Stroke::Text(if modifiers.shift() { '|' } else { '\\' })),
        0x67 => Some(Stroke::Text('=')),
        DELETE => Some(Stroke::Delete),
        _ => motion(usage).map(Stroke::Move),
    }
}

fn letter(usage: u8) -> char {
    char::from(b'a' + (usage - LETTERS.start()))
}

fn cased(letter: char, upper: bool) -> char {
    if upper {
        letter.to_ascii_uppercase()
    } else {
        letter
    }
}

fn keypad(index: usize, digits: bool) -> Option<Stroke> {
    let typed = KEYPAD
        .get(index)
        .map(|byte| Stroke::Text(char::from(*byte)));
    let motion = KEYPAD_MOTIONS.get(index).copied().flatten();
    let middle = index == 9; // 5 without Num Lock does nothing.
    if digits {
        typed
    } else if middle {
        None
    } else {
        motion.or(typed)
    }
}

fn motion(usage: u8) -> Option<Motion> {
    Some(match usage {
        0x4A => Motion::Home,
        0x4B => Motion::PageUp,
        0x4D => Motion::End,
        0x4E => Motion::PageDown,
        0x4F => Motion::Right,
        0x50 => Motion::Left,
        0x51 => Motion::Down,
        0x52 => Motion::Up,
        _ => return None,
    })
}

pub(super) fn is_delete(usage: u8) -> bool {
    usage == DELETE || usage == KEYPAD_DELETE
}

/// Locks toggle once a press; everything else repeats while it is held.
pub(super) fn repeats(usage: u8) -> bool {
    !MODIFIERS.contains(&usage) && ![CAPS_LOCK, SCROLL_LOCK, NUM_LOCK].contains(&usage)
}

/// `Ctrl+Alt+Del`, for the status bar.
pub(super) fn combination(usage: u8, modifiers: Modifiers) -> String {
    let own = if MODIFIERS.contains(&usage) {
        1 << (usage - MODIFIERS.start())
    } else {
        0
    };
    let others = Modifiers(modifiers.0 & !own);
    let held = [
        (others.control(), "Ctrl+"),
        (others.alt(), "Alt+"),
        (others.shift(), "Shift+"),
        (others.meta(), "Meta+"),
    ];
    let prefix: String = held
        .iter()
        .filter(|(held, _)| *held)
        .map(|(_, name)| *name)
        .collect();
    prefix + &name(usage)
}

fn name(usage: u8) -> String {
    const EDIT: [&str; 13] = [
        "Print",
        "Scroll Lock",
        "Pause",
        "Insert",
        "Home",
        "Page Up",
        "Del",
        "End",
        "Page Down",
        "Right",
        "Left",
        "Down",
        "Up",
    ];
    const MODIFIER: [&str; 8] = [
        "Left Ctrl",
        "Left Shift",
        "Left Alt",
        "Left Meta",
        "Right Ctrl",
        "Right Shift",
        "Right Alt",
        "Right Meta",
    ];
    let of = |table: &[&str], first: u8| {
        table
            .get(usize::from(usage - first))
            .map_or(String::new(), |name| (*name).to_owned())
    };
    match usage {
        0x04..=0x1D => cased(letter(usage), true).to_string(),
        0x28 => "Enter".into(),
        0x29 => "Esc".into(),
        0x2A => "Backspace".into(),
        0x2B => "Tab".into(),
        0x2C => "Space".into(),
        0x1E..=0x38 => char::from(PLAIN[usize::from(usage - 0x1E)]).to_string(),
        CAPS_LOCK => "Caps Lock".into(),
        0x3A..=0x45 => format!("F{}", usage - 0x39),
        0x46..=0x52 => of(&EDIT, 0x46),
        NUM_LOCK => "Num Lock".into(),
        0x58 => "Keypad Enter".into(),
        0x54..=0x63 => format!("Keypad {}", char::from(KEYPAD[usize::from(usage - 0x54)])),
        0x65 => "Menu".into(),
        0x68..=0x73 => format!("F{}", usage - 0x5B),
        0xE0..=0xE7 => of(&MODIFIER, 0xE0),
        _ => format!("key 0x{usage:02X}"),
    }
}

/// A media key's name.
pub(super) fn consumer_name(usage: u16) -> String {
    match usage {
        0x6F => "Brightness up",
        0x70 => "Brightness down",
        0xB5 => "Next track",
        0xB6 => "Previous track",
        0xB7 => "Stop",
        0xB8 => "Eject",
        0xCD => "Play / Pause",
        0xE2 => "Mute",
        0xE9 => "Volume up",
        0xEA => "Volume down",
        0x18A => "Mail",
        0x192 => "Calculator",
        0x221 => "Search",
        0x223 => "Home page",
        _ => return format!("Media key 0x{usage:03X}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Modifiers = Modifiers(0);
    const SHIFT: Modifiers = Modifiers(0x20);
    const DARK: Leds = Leds {
        num: false,
        caps: false,
        scroll: false,
        compose: false,
        kana: false,
    };

    fn typed(usage: u8, modifiers: Modifiers, leds: Leds) -> Option<char> {
        match stroke(usage, modifiers, leds) {
            Some(Stroke::Text(character)) => Some(character),
            _ => None,
        }
    }

    #[test]
    fn every_printable_ascii_character_can_be_typed() {
        let can = |wanted: char| {
            (0x04..=0x38).any(|usage| {
                [NONE, SHIFT]
                    .iter()
                    .any(|held| typed(usage, *held, DARK) == Some(wanted))
            })
        };
        assert!((' '..='~').all(can));
    }

    #[test]
    fn caps_lock_reverses_shift_for_letters_only() {
        let caps = Leds { caps: true, ..DARK };
        assert_eq!(typed(0x04, NONE, caps), Some('A'));
        assert_eq!(typed(0x04, SHIFT, caps), Some('a'));
        assert_eq!(typed(0x1E, NONE, caps), Some('1'));
        assert_eq!(typed(0x1E, SHIFT, caps), Some('!'));
    }

    #[test]
    fn the_keypad_types_digits_with_num_lock_and_moves_without() {
        let num = Leds { num: true, ..DARK };
        let digits: String = (0x59..=0x62)
            .filter_map(|usage| typed(usage, NONE, num))
            .collect();
        assert_eq!(digits, "1234567890");
        assert_eq!(stroke(0x5C, NONE, DARK), Some(Stroke::Move(Motion::Left)));
        assert_eq!(stroke(0x5D, NONE, DARK), None);
        assert_eq!(stroke(0x63, NONE, DARK), Some(Stroke::Delete));
        assert_eq!(typed(0x57, NONE, DARK), Some('+'));
    }

    #[test]
    fn control_and_alt_type_nothing() {
        assert_eq!(
            stroke(0x06, Modifiers(0x01), DARK),
            Some(Stroke::Control('c'))
        );
        assert_eq!(stroke(0x06, Modifiers(0x04), DARK), None);
        assert_eq!(stroke(0x1E, Modifiers(0x01), DARK), None);
    }

    #[test]
    fn combinations_are_named_as_people_say_them() {
        assert_eq!(combination(DELETE, Modifiers(0x05)), "Ctrl+Alt+Del");
        assert_eq!(combination(0xE1, Modifiers(0x02)), "Left Shift");
        assert_eq!(combination(0x3A, Modifiers(0x08)), "Meta+F1");
    }

    #[test]
    fn every_usage_has_a_name() {
        assert!((0..=255).all(|usage| !name(usage).is_empty()));
    }
}
