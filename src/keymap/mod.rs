//! Keyboard layouts: which keys the target has to see so that it reads a character.
//!
//! A keyboard sends keys, not characters; what they mean is decided by the layout that the target is set to. Paste, the
//! on-screen keyboard and the API ask here, and nowhere else is a layout known. Pure: the tables are text in the program,
//! `layouts.txt`, generated from xkeyboard-config by `ci/keymap`, which also proves every line of it.
//!
//! Not covered: keys beyond the fourth level (Shift and AltGr), two dead keys in a row, input methods, and what a program
//! on the target makes of what it reads.

mod number;
mod table;
mod text;

pub use table::write;
pub use text::{Choices, LineEnd, Plan, Problem, Typed, Unknown, Way};

use std::collections::{BTreeMap, HashMap};

/// A key of the Keyboard/Keypad page (HID Usage Tables 1.5, chapter 10), and what is held with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stroke {
    pub usage: u8,
    pub shift: bool,
    /// Right Alt, where the layout has a third level.
    pub altgr: bool,
}

/// What a key means on one of its levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    Char(char),
    /// Nothing yet: it changes the next character. The name is X11's, `dead_acute`.
    Dead(&'static str),
}

/// Plain, Shift, AltGr, both.
pub const LEVELS: usize = 4;

/// A key and its meanings.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub usage: u8,
    pub levels: [Option<Symbol>; LEVELS],
}

/// One or two strokes: a dead key and what it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strokes {
    pub first: Stroke,
    pub second: Option<Stroke>,
}

/// A usage that goes down (true) or up again.
pub type Edge = (u8, bool);

impl Strokes {
    /// What happens on the keyboard.
    pub fn edges(self) -> impl Iterator<Item = Edge> {
        let strokes = std::iter::once(self.first).chain(self.second);
        strokes.flat_map(Stroke::edges)
    }
}

/// Left Shift and right Alt.
const SHIFT: u8 = 0xE1;
const ALTGR: u8 = 0xE6;

impl Stroke {
    /// What is held goes down before the key and up after it. AltGr first: on some layouts it is another key with Shift.
    fn edges(self) -> impl Iterator<Item = Edge> {
        let held = [(self.altgr, ALTGR), (self.shift, SHIFT)];
        let held = move || {
            held.into_iter()
                .filter_map(|(held, usage)| held.then_some(usage))
        };
        let down = held().chain([self.usage]).map(|usage| (usage, true));
        let up = std::iter::once(self.usage).chain(held());
        down.chain(up.map(|usage| (usage, false)))
    }
}

/// What a layout is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// xkeyboard-config's, with the variant behind a hyphen: `de-nodeadkeys`.
    pub id: &'static str,
    /// In English: `German (no dead keys)`.
    pub title: &'static str,
}

/// A layout, ready to be asked.
#[derive(Debug)]
pub struct Layout {
    pub name: Name,
    keys: Vec<Key>,
    chars: HashMap<char, Strokes>,
}

/// Every layout that there is, in the order of their ids.
pub fn all() -> impl Iterator<Item = Name> {
    table::TABLE.layouts.iter().map(|raw| raw.name)
}

impl Layout {
    /// The layout of this id.
    #[must_use]
    pub fn find(id: &str) -> Option<Layout> {
        let raw = table::TABLE.layouts.iter().find(|raw| raw.name.id == id)?;
        let keys: Vec<Key> = raw.keys().collect();
        let chars = chars(&keys);
        Some(Layout {
            name: raw.name,
            keys,
            chars,
        })
    }

    /// Which keys type this character, with the fewest strokes; Enter and Tab for their characters. `None`: none do.
    #[must_use]
    pub fn strokes(&self, char: char) -> Option<Strokes> {
        self.chars.get(&char).copied()
    }

    /// Every character that can be typed, in no order.
    pub fn chars(&self) -> impl Iterator<Item = char> {
        self.chars.keys().copied()
    }

    /// The keys that mean something, in the order of their usages.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// What is on the caps of its dead keys, by their names: the accent that they put over a no-break space, or what they
    /// make of a space. A few make nothing of either, and are left out.
    #[must_use]
    pub fn accents(&self) -> BTreeMap<&'static str, char> {
        let symbols = self.keys.iter().flat_map(|key| key.levels);
        let dead = symbols.filter_map(|symbol| match symbol {
            Some(Symbol::Dead(name)) => Some(name),
            _ => None,
        });
        dead.filter_map(|name| Some((name, accent(name)?)))
            .collect()
    }
}

fn accent(dead: &str) -> Option<char> {
    let over = |base: char| {
        let mut composed = table::TABLE.composed(dead);
        composed.find_map(|(from, to)| (from == base).then_some(to))
    };
    over('\u{a0}').or_else(|| over(' '))
}

/// These are the same in every layout.
const EVERYWHERE: [(char, u8); 2] = [('\n', 0x28), ('\t', 0x2B)];

/// Plain before shifted before AltGr before a key that not every keyboard has before a dead key; among equals the first.
fn chars(keys: &[Key]) -> HashMap<char, Strokes> {
    let mut chars = HashMap::new();
    let plain = |usage| Stroke {
        usage,
        shift: false,
        altgr: false,
    };
    for (char, usage) in EVERYWHERE {
        chars.insert(char, one(plain(usage)));
    }
    for (stroke, symbol) in by_level(keys) {
        if let Symbol::Char(char) = symbol {
            chars.entry(char).or_insert(one(stroke));
        }
    }
    let direct = chars.clone();
    for (dead, symbol) in by_level(keys) {
        let Symbol::Dead(name) = symbol else { continue };
        for (base, composed) in table::TABLE.composed(name) {
            let base = direct.get(&base).map(|strokes| strokes.first);
            if let Some(base) = base {
                chars.entry(composed).or_insert(Strokes {
                    first: dead,
                    second: Some(base),
                });
            }
        }
    }
    chars
}

fn one(first: Stroke) -> Strokes {
    Strokes {
        first,
        second: None,
    }
}

/// Beside the left Shift of ISO keyboards, and Japanese and Brazilian keys. Systems that are set for a keyboard without
/// them disagree about what they mean.
const NOT_ON_EVERY_KEYBOARD: [u8; 3] = [0x64, 0x87, 0x89];

/// What every key means: those of every keyboard first, and of these the lower levels first.
fn by_level(keys: &[Key]) -> impl Iterator<Item = (Stroke, Symbol)> {
    [true, false].into_iter().flat_map(move |everywhere| {
        let keys = keys.iter();
        let some = keys.filter(move |key| everywhere != NOT_ON_EVERY_KEYBOARD.contains(&key.usage));
        (0..LEVELS).flat_map(move |level| some.clone().filter_map(move |key| on(key, level)))
    })
}

fn on(key: &Key, level: usize) -> Option<(Stroke, Symbol)> {
    let stroke = Stroke {
        usage: key.usage,
        shift: level & 1 != 0,
        altgr: level & 2 != 0,
    };
    key.levels[level].map(|symbol| (stroke, symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strokes(layout: &str, char: char) -> Option<Strokes> {
        Layout::find(layout).expect("known").strokes(char)
    }

    fn stroke(usage: u8, shift: bool, altgr: bool) -> Stroke {
        Stroke {
            usage,
            shift,
            altgr,
        }
    }

    #[test]
    fn there_are_many_layouts_and_each_has_an_id_of_its_own() {
        let ids: Vec<_> = all().map(|name| name.id).collect();
        assert!(ids.len() > 150, "{}", ids.len());
        assert!(ids.is_sorted_by(|a, b| a < b));
        for id in ids {
            assert!(
                Layout::find(id).is_some_and(|layout| !layout.keys().is_empty()),
                "{id}"
            );
        }
        assert!(Layout::find("klingon").is_none());
    }

    #[test]
    fn y_and_z_are_where_the_layout_has_them() {
        assert_eq!(strokes("us", 'z'), Some(one(stroke(0x1D, false, false))));
        assert_eq!(strokes("de", 'z'), Some(one(stroke(0x1C, false, false))));
        assert_eq!(strokes("de", 'Z'), Some(one(stroke(0x1C, true, false))));
    }

    #[test]
    fn a_key_that_not_every_keyboard_has_is_the_last_choice() {
        assert_eq!(strokes("us", '<'), Some(one(stroke(0x36, true, false))));
        assert_eq!(strokes("de", '<'), Some(one(stroke(0x64, false, false))));
    }

    #[test]
    fn the_third_level_is_alt_gr() {
        assert_eq!(strokes("de", '@'), Some(one(stroke(0x14, false, true))));
        assert_eq!(strokes("us", '€'), None);
    }

    #[test]
    fn an_accented_letter_without_a_key_is_a_dead_key_and_the_letter() {
        let acute = stroke(0x2E, false, false);
        let letter = Some(stroke(0x08, false, false));
        let expected = Strokes {
            first: acute,
            second: letter,
        };
        assert_eq!(strokes("de", 'é'), Some(expected));
        assert_eq!(strokes("de-nodeadkeys", 'é'), None);
    }

    #[test]
    fn a_dead_accent_alone_is_the_dead_key_and_a_space() {
        let caret = strokes("de", '^').expect("German keyboards have it");
        assert_eq!(caret.second.map(|stroke| stroke.usage), Some(0x2C));
    }

    #[test]
    fn a_dead_key_s_cap_shows_its_accent() {
        let accents = |id| Layout::find(id).expect("known").accents();
        let german = accents("de");
        assert_eq!(german.get("dead_acute"), Some(&'\u{301}'));
        assert_eq!(german.get("dead_circumflex"), Some(&'\u{302}'));
        assert_eq!(german.get("dead_iota"), None);
        assert!(accents("us").is_empty());
    }

    #[test]
    fn enter_and_tab_are_keys_everywhere() {
        for name in all() {
            for (char, usage) in EVERYWHERE {
                let typed = strokes(name.id, char);
                assert_eq!(typed, Some(one(stroke(usage, false, false))), "{}", name.id);
            }
        }
    }

    #[test]
    fn every_us_layout_types_ascii() {
        for id in ["us", "us-dvorak", "us-colemak", "gb", "de", "fr", "jp"] {
            let layout = Layout::find(id).expect("known");
            for char in ' '..='~' {
                assert!(layout.strokes(char).is_some(), "{id}: {char:?}");
            }
        }
    }
}
