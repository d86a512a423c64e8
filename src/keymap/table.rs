//! The generated text, read once. Its form is written down here and nowhere else; `ci/keymap` writes it with [`write`].
//!
//! ```text
//! # comment
//! compose dead_acute e=é E=É U+0020=´
//! layout de-nodeadkeys German (no dead keys)
//! 04 a A æ Æ
//! ```
//!
//! A key's line has its usage in hexadecimal and what it means on each level: a character, its number where it cannot be
//! seen, the name of a dead key, `no` for nothing. Levels at the end that mean nothing are left out.

use std::sync::LazyLock;

use super::{Key, LEVELS, Name, Symbol};

pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("layouts.txt")));

/// What is in the text. The lines of keys are read when somebody asks for their layout.
pub(super) struct Table {
    pub(super) layouts: Vec<Raw>,
    compose: Vec<(&'static str, &'static str)>,
}

/// A layout's lines.
pub(super) struct Raw {
    pub(super) name: Name,
    lines: Vec<&'static str>,
}

impl Table {
    fn parse(text: &'static str) -> Table {
        let mut table = Table {
            layouts: Vec::new(),
            compose: Vec::new(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let (first, others) = rest.split_once(' ').unwrap_or((rest, ""));
            match (word, table.layouts.last_mut()) {
                ("compose", _) => table.compose.push((first, others)),
                ("layout", _) => table.layouts.push(Raw {
                    name: Name {
                        id: first,
                        title: others,
                    },
                    lines: Vec::new(),
                }),
                (_, Some(layout)) => layout.lines.push(line),
                (_, None) => {}
            }
        }
        table
    }

    /// What a dead key makes of which characters.
    pub(super) fn composed(&self, dead: &str) -> impl Iterator<Item = (char, char)> {
        let pairs = self.compose.iter().filter(move |(name, _)| *name == dead);
        pairs.flat_map(|(_, pairs)| pairs.split(' ').filter_map(pair))
    }
}

impl Raw {
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.lines.iter().filter_map(|line| key(line))
    }
}

fn key(line: &'static str) -> Option<Key> {
    let mut words = line.split(' ');
    let usage = u8::from_str_radix(words.next()?, 16).ok()?;
    let mut levels = [None; LEVELS];
    for (level, word) in levels.iter_mut().zip(words) {
        *level = symbol(word);
    }
    Some(Key { usage, levels })
}

fn symbol(word: &'static str) -> Option<Symbol> {
    match word {
        "no" => None,
        dead if dead.starts_with("dead_") => Some(Symbol::Dead(dead)),
        word => char(word).map(Symbol::Char),
    }
}

/// A character as itself, or by its number.
fn char(word: &str) -> Option<char> {
    if let Some(number) = word.strip_prefix("U+") {
        return char::from_u32(u32::from_str_radix(number, 16).ok()?);
    }
    let mut chars = word.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// `e=é`; the first may be `=` itself.
fn pair(word: &str) -> Option<(char, char)> {
    let at = word
        .char_indices()
        .skip(1)
        .find(|(_, char)| *char == '=')?
        .0;
    Some((char(&word[..at])?, char(&word[at + 1..])?))
}

/// How a character stands in the text.
#[must_use]
pub fn write(symbol: char) -> String {
    // What cannot be seen, or is drawn over its neighbour, or turns the line around.
    let plain = symbol.is_alphanumeric()
        || symbol.is_ascii_punctuation()
        || "€£¥¢°§µ«»¿¡×÷".contains(symbol);
    if plain {
        symbol.to_string()
    } else {
        format!("U+{:04X}", u32::from(symbol))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_what_it_was() {
        for symbol in [
            'a',
            'ß',
            '=',
            '#',
            ' ',
            '\u{a0}',
            '\u{301}',
            'א',
            '€',
            '\u{1f600}',
        ] {
            assert_eq!(char(&write(symbol)), Some(symbol), "{symbol:?}");
        }
    }

    #[test]
    fn pairs_may_be_of_the_sign_between_them() {
        assert_eq!(pair("==≠"), Some(('=', '≠')));
        assert_eq!(pair("U+0020=´"), Some((' ', '´')));
        assert_eq!(pair("=="), None);
    }

    #[test]
    fn every_line_of_the_table_means_something() {
        for layout in &TABLE.layouts {
            for line in &layout.lines {
                let key = key(line).expect("a key");
                let meant = key.levels.iter().flatten().count();
                let words = line.split(' ').skip(1).filter(|word| *word != "no").count();
                assert_eq!(meant, words, "{}: {line}", layout.name.id);
            }
        }
    }
}
