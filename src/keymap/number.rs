//! Characters that no key of the layout has, entered by their number: the ways that Windows and desktops on Linux offer.
//! Pure.
//!
//! - Windows: Alt is held while 0 and the character's number in the code page are typed on the keypad. Code page 1252
//!   (Western European) is what nearly all systems with Latin letters have; others read another character.
//! - GTK and IBus: Ctrl+Shift+U, then the code point in hexadecimal, then a space. Every character, but letters and digits are typed
//!   in the layout, so it has to have them; the console without a desktop does not know it.

use std::ops::RangeInclusive;

use super::{Edge, Layout, SHIFT, Stroke};

const CTRL: u8 = 0xE0;
const ALT: u8 = 0xE2;
/// Keypad 1; the others follow, 0 last.
const KEYPAD_1: u8 = 0x59;
/// The digits of the keypad, which has them while Num Lock is on.
pub(super) const KEYPAD: RangeInclusive<u8> = KEYPAD_1..=KEYPAD_1 + 9;

/// 0x80 to 0x9F of Windows-1252; a space where it has nothing.
const UPPER: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/// What is pressed and released so that Windows reads the character.
pub(super) fn alt_keypad(char: char) -> Option<Vec<Edge>> {
    let code = windows_1252(char)?;
    let digits = [0, code / 100, code / 10 % 10, code % 10];
    let keys = digits.map(|digit| KEYPAD_1 + (digit + 9) % 10);
    let taps = keys.into_iter().flat_map(tap);
    Some(held(&[ALT], taps))
}

/// The same for GTK and IBus.
pub(super) fn ctrl_shift_u(layout: &Layout, char: char) -> Option<Vec<Edge>> {
    let plain = |char| -> Option<Stroke> {
        let strokes = layout.strokes(char)?;
        strokes.second.is_none().then_some(strokes.first)
    };
    let u = plain('u').filter(|stroke| !stroke.shift && !stroke.altgr)?;
    let mut edges = held(&[CTRL, SHIFT], tap(u.usage));
    for digit in format!("{:x} ", u32::from(char)).chars() {
        edges.extend(plain(digit)?.edges());
    }
    // A line of the text is not a character of it.
    (!char.is_control()).then_some(edges)
}

fn windows_1252(char: char) -> Option<u8> {
    let upper = || UPPER.chars().position(|known| known == char && char != ' ');
    match u32::from(char) {
        code @ (0x20..=0x7E | 0xA0..=0xFF) => u8::try_from(code).ok(),
        _ => u8::try_from(0x80 + upper()?).ok(),
    }
}

fn tap(usage: u8) -> [Edge; 2] {
    [(usage, true), (usage, false)]
}

fn held(modifiers: &[u8], inside: impl IntoIterator<Item = Edge>) -> Vec<Edge> {
    let down = modifiers.iter().map(|usage| (*usage, true));
    let up = modifiers.iter().rev().map(|usage| (*usage, false));
    down.chain(inside).chain(up).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digits that were typed on the keypad while Alt was held.
    fn alt_code(char: char) -> Option<String> {
        let edges = alt_keypad(char)?;
        assert_eq!(edges.first(), Some(&(ALT, true)));
        assert_eq!(edges.last(), Some(&(ALT, false)));
        let keys = edges.iter().filter(|(usage, down)| *down && *usage != ALT);
        Some(
            keys.map(|(usage, _)| char::from(b'0' + (usage - KEYPAD_1 + 1) % 10))
                .collect(),
        )
    }

    #[test]
    fn windows_reads_the_number_in_its_code_page() {
        for (char, code) in [
            ('€', "0128"),
            ('ä', "0228"),
            ('™', "0153"),
            ('Ÿ', "0159"),
            ('ÿ', "0255"),
            ('“', "0147"),
            ('\u{a0}', "0160"),
        ] {
            assert_eq!(alt_code(char).as_deref(), Some(code), "{char}");
        }
    }

    #[test]
    fn what_the_code_page_does_not_have_is_not_entered() {
        for char in ['\u{81}', 'ő', '日', '\u{1f600}', '\n', '\u{7f}'] {
            assert_eq!(alt_code(char), None, "{char:?}");
        }
        assert_eq!(UPPER.chars().count(), 0x20);
    }

    /// What is read by somebody who knows the layout, beside the chord.
    fn hex(layout: &str, char: char) -> Option<String> {
        let layout = Layout::find(layout).expect("known");
        let edges = ctrl_shift_u(&layout, char)?;
        let u = layout.strokes('u').expect("there").first.usage;
        let chord = [(CTRL, true), (SHIFT, true), (u, true), (u, false)];
        assert_eq!(edges[..4], chord);
        assert_eq!(edges[4..6], [(SHIFT, false), (CTRL, false)]);
        let mut rest = &edges[6..];
        let mut read = String::new();
        while !rest.is_empty() {
            let (digit, length) = "0123456789abcdef ".chars().find_map(|digit| {
                let edges: Vec<_> = layout.strokes(digit)?.edges().collect();
                rest.starts_with(&edges).then_some((digit, edges.len()))
            })?;
            read.push(digit);
            rest = &rest[length..];
        }
        Some(read)
    }

    #[test]
    fn a_desktop_reads_the_code_point() {
        assert_eq!(hex("us", '€').as_deref(), Some("20ac "));
        assert_eq!(hex("us", '\u{1f600}').as_deref(), Some("1f600 "));
        assert_eq!(
            hex("fr", '日').as_deref(),
            Some("65e5 "),
            "with Shift for digits"
        );
    }

    #[test]
    fn a_layout_without_latin_letters_cannot_say_it() {
        let russian = Layout::find("ru").expect("known");
        assert_eq!(ctrl_shift_u(&russian, '€'), None);
    }

    #[test]
    fn control_characters_are_not_entered() {
        let us = Layout::find("us").expect("known");
        assert_eq!(ctrl_shift_u(&us, '\u{1b}'), None);
    }
}
