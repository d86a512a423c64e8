//! Layouts as the target's desktop has them: libxkbcommon over xkeyboard-config's data, and X11's rules for dead keys.
//!
//! `main` writes the appliance's table with it, the tests read with it what the appliance would type.

mod list;
mod usages;

use std::ffi::OsStr;

pub use list::{Entry, entries, version};
pub use usages::{KEYS, evdev, usage};
use xkbcommon::xkb;
use xkbcommon::xkb::compose;

/// Between the numbers of Linux' input layer and those of X11 and xkb.
const OFFSET: u32 = 8;
/// A keysym with this is a character's number (xkbcommon-keysyms.h).
const UNICODE: u32 = 0x0100_0000;
const LEFT_SHIFT: u8 = 0xE1;
const RIGHT_ALT: u8 = 0xE6;
/// The virtual modifier, and the real one that xkeyboard-config gives it.
const THIRD_LEVEL: [&str; 2] = ["LevelThree", "Mod5"];

/// A layout cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read {path}")]
    List {
        path: &'static str,
        source: std::io::Error,
    },
    #[error("{0} is not among xkeyboard-config's layouts")]
    Unknown(String),
    #[error("compile the layout {0}")]
    Layout(String),
    #[error("read the rules for dead keys of en_US.UTF-8 (package libx11-data)")]
    Compose,
}

/// A desktop: a keyboard with a layout, and what has been typed on it.
pub struct Desktop {
    keymap: xkb::Keymap,
    state: xkb::State,
    compose: compose::State,
    text: String,
}

/// What a press means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    Char(char),
    /// By X11's name of it.
    Dead(String),
}

/// The rules for dead keys.
pub struct Rules(compose::Table);

impl Rules {
    /// # Errors
    /// They are not installed.
    pub fn load() -> Result<Rules, Error> {
        let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
        let locale = OsStr::new("en_US.UTF-8");
        compose::Table::new_from_locale(&context, locale, compose::COMPILE_NO_FLAGS)
            .map(Rules)
            .map_err(|()| Error::Compose)
    }

    /// What a dead key makes of a character: one character, or nothing. Layouts call some characters by X11's name and some
    /// by their number, and the rules know not all by both: then it is nothing.
    #[must_use]
    pub fn composed(&self, dead: &str, base: char) -> Option<char> {
        let [named, numbered] = names(base);
        // Layouts name Latin-1.
        let numbered = if u32::from(base) < 0x100 {
            named
        } else {
            numbered
        };
        let composed = self.typed(dead, named)?;
        (self.typed(dead, numbered) == Some(composed)).then_some(composed)
    }

    fn typed(&self, dead: &str, base: xkb::Keysym) -> Option<char> {
        let mut state = compose::State::new(&self.0, compose::STATE_NO_FLAGS);
        state.feed(xkb::keysym_from_name(dead, xkb::KEYSYM_NO_FLAGS));
        state.feed(base);
        if state.status() != compose::Status::Composed {
            return None;
        }
        let text = state.utf8()?;
        let mut chars = text.chars();
        chars.next().filter(|_| chars.next().is_none())
    }
}

impl Desktop {
    /// # Errors
    /// There is no such layout.
    pub fn new(entry: &Entry, rules: &Rules) -> Result<Desktop, Error> {
        let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
        let keymap = xkb::Keymap::new_from_names(
            &context,
            "evdev",
            "pc105",
            &entry.layout,
            &entry.variant,
            None,
            xkb::KEYMAP_COMPILE_NO_FLAGS,
        )
        .ok_or_else(|| Error::Layout(entry.id()))?;
        Ok(Desktop {
            state: xkb::State::new(&keymap),
            keymap,
            compose: compose::State::new(&rules.0, compose::STATE_NO_FLAGS),
            text: String::new(),
        })
    }

    /// What a key means with Shift and AltGr held or not, whatever was typed before. An AltGr that is no such key, as on
    /// the US layout, has no third level; a key that types several characters means none.
    #[must_use]
    pub fn meaning(&self, usage: u8, shift: bool, altgr: bool) -> Option<Meaning> {
        let mut state = xkb::State::new(&self.keymap);
        let held = [(altgr, RIGHT_ALT), (shift, LEFT_SHIFT)];
        for (_, usage) in held.into_iter().filter(|(held, _)| *held) {
            state.update_key(code(usage), xkb::KeyDirection::Down);
        }
        let third = |name| state.mod_name_is_active(name, xkb::STATE_MODS_EFFECTIVE);
        if altgr && !THIRD_LEVEL.into_iter().any(third) {
            return None;
        }
        let symbol = state.key_get_one_sym(code(usage));
        let name = xkb::keysym_get_name(symbol);
        if name.starts_with("dead_") {
            return Some(Meaning::Dead(name));
        }
        char::from_u32(xkb::keysym_to_utf32(symbol))
            .filter(|char| !char.is_control() && names(*char).contains(&symbol))
            .filter(|_| self.is_read_alone(symbol))
            .map(Meaning::Char)
    }

    /// The rules for dead keys have signs in them that stand for several, as the ligatures of Arabic.
    fn is_read_alone(&self, symbol: xkb::Keysym) -> bool {
        let table = self.compose.compose_table();
        let mut state = compose::State::new(&table, compose::STATE_NO_FLAGS);
        state.feed(symbol);
        state.status() == compose::Status::Nothing
    }

    /// A key goes down: what it means is added to the text.
    pub fn key_down(&mut self, usage: u8) {
        let symbol = self.state.key_get_one_sym(code(usage));
        self.press(usage);
        if self.compose.feed(symbol) != compose::FeedResult::Accepted {
            return;
        }
        match self.compose.status() {
            compose::Status::Nothing => self
                .text
                .extend(char::from_u32(xkb::keysym_to_utf32(symbol)).filter(|char| *char != '\0')),
            compose::Status::Composed => {
                self.text.push_str(&self.compose.utf8().unwrap_or_default());
                self.compose.reset();
            }
            compose::Status::Cancelled => self.compose.reset(),
            compose::Status::Composing => {}
        }
    }

    pub fn key_up(&mut self, usage: u8) {
        self.release(usage);
    }

    /// What was typed since the last time, as it would stand in a text field.
    pub fn take_text(&mut self) -> String {
        std::mem::take(&mut self.text).replace('\r', "\n")
    }

    fn press(&mut self, usage: u8) {
        self.state.update_key(code(usage), xkb::KeyDirection::Down);
    }

    fn release(&mut self, usage: u8) {
        self.state.update_key(code(usage), xkb::KeyDirection::Up);
    }
}

/// A character by X11's usual name of it, and by its number. Some have other names beside (the < of APL), which the rules
/// for dead keys do not know.
fn names(char: char) -> [xkb::Keysym; 2] {
    let number = u32::from(char);
    [
        xkb::utf32_to_keysym(number),
        xkb::Keysym::from(number | UNICODE),
    ]
}

fn code(usage: u8) -> xkb::Keycode {
    xkb::Keycode::new(u32::from(evdev(usage).unwrap_or_default()) + OFFSET)
}
