//! A preseed file's keys, taken one at a time with their lines; what nobody takes is unknown. Pure.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::refusal::{Refusal, shown};
use crate::settings::line_of;

/// More unknown keys than this are only counted.
const MOST_UNKNOWN: usize = 32;
/// The last parts of keys whose text is a secret wherever they stand: of tables that are unknown here,
/// and of those that Raspberry Pi OS would read.
const SECRET_NAMES: [&str; 8] = [
    "password",
    "password_hash",
    "passwd",
    "passphrase",
    "psk",
    "token",
    "secret",
    "key",
];

/// A text that no log and no message shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// One value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Taken<T> {
    pub(super) value: T,
    pub(super) key: &'static str,
    pub(super) line: usize,
}

impl<T> Taken<T> {
    pub(super) fn refuse(&self, problem: impl Display) -> Refusal {
        Refusal::at(self.line, Some(self.key), problem)
    }

    pub(super) fn try_map<U, E: Display>(
        self,
        read: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<Taken<U>, Refusal> {
        let (key, line) = (self.key, self.line);
        match read(self.value) {
            Ok(value) => Ok(Taken { value, key, line }),
            Err(problem) => Err(Refusal::at(line, Some(key), problem)),
        }
    }
}

struct Place<'t> {
    value: DeValue<'t>,
    span: Range<usize>,
    line: usize,
}

pub(super) struct Document<'t> {
    places: BTreeMap<String, Place<'t>>,
    /// Where secrets stand, quotes included.
    secrets: Vec<Range<usize>>,
}

impl<'t> Document<'t> {
    /// Reads TOML; a byte-order mark, as Windows editors write it, is passed over.
    pub(super) fn parse(text: &'t str) -> Result<Document<'t>, Refusal> {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mark = text.len() - body.len();
        let table = DeTable::parse(body).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(body, span.start));
            Refusal::at(line, None, shown(error.message()))
        })?;
        let mut document = Document {
            places: BTreeMap::new(),
            secrets: Vec::new(),
        };
        document.enter(table.into_inner(), "", body, mark);
        Ok(document)
    }

    fn enter(&mut self, table: DeTable<'t>, above: &str, body: &str, mark: usize) {
        for (name, value) in table {
            let dotted = if above.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{above}.{}", name.get_ref())
            };
            let span = value.span().start + mark..value.span().end + mark;
            match value.into_inner() {
                DeValue::Table(inner) => self.enter(inner, &dotted, body, mark),
                value => {
                    let line = line_of(body, name.span().start);
                    let is_text = matches!(value, DeValue::String(_));
                    if is_text && SECRET_NAMES.contains(&name.get_ref().as_ref()) {
                        self.secrets.push(span.clone());
                    }
                    self.places.insert(dotted, Place { value, span, line });
                }
            }
        }
    }

    fn take<U>(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: impl FnOnce(DeValue<'t>) -> Option<U>,
    ) -> Result<Option<Taken<U>>, Refusal> {
        let Some(place) = self.places.remove(key) else {
            return Ok(None);
        };
        let line = place.line;
        let value = read(place.value)
            .ok_or_else(|| Refusal::at(line, Some(key), format!("has to be {wanted}")))?;
        Ok(Some(Taken { value, key, line }))
    }

    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<Taken<String>>, Refusal> {
        self.take(key, "a text in quotes", text_of)
    }

    pub(super) fn truth(&mut self, key: &'static str) -> Result<Option<Taken<bool>>, Refusal> {
        self.take(key, "true or false", |value| value.as_bool())
    }

    pub(super) fn texts(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Taken<Vec<String>>>, Refusal> {
        self.take(
            key,
            "a list of texts, such as [\"one\", \"two\"]",
            |value| {
                let DeValue::Array(items) = value else {
                    return None;
                };
                items
                    .into_iter()
                    .map(|item| text_of(item.into_inner()))
                    .collect()
            },
        )
    }

    /// A text that is overwritten in the file afterwards; `None` in it when that has been done before.
    pub(super) fn secret(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Taken<Option<Secret>>>, Refusal> {
        if let Some(place) = self.places.get(key)
            && !self.secrets.contains(&place.span)
        {
            self.secrets.push(place.span.clone());
        }
        self.take(key, "a text in quotes", |value| {
            text_of(value).map(|text| (!super::blank::is_blank(&text)).then_some(Secret(text)))
        })
    }

    /// A key that asks for nothing which this appliance does not do anyway.
    pub(super) fn pass_over(&mut self, key: &'static str) {
        self.places.remove(key);
    }

    /// The keys that nobody took, and where the secrets stand.
    pub(super) fn close(self) -> (Vec<String>, Vec<Range<usize>>) {
        let more = self.places.len().saturating_sub(MOST_UNKNOWN);
        let keys = self.places.into_keys().take(MOST_UNKNOWN);
        let mut unknown: Vec<_> = keys.map(|key| shown(&key)).collect();
        if more > 0 {
            unknown.push(format!("and {more} more"));
        }
        (unknown, self.secrets)
    }
}

fn text_of(value: DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document<'_> {
        Document::parse(text).expect("TOML")
    }

    #[test]
    fn a_taken_key_knows_its_line() {
        let mut document = document("# a\r\n[device]\r\nname = \"rack\"\r\n");
        let name = document.text("device.name").expect("text").expect("there");
        assert_eq!((name.value.as_str(), name.line), ("rack", 3));
        assert_eq!(document.close().0, Vec::<String>::new());
    }

    #[test]
    fn what_nobody_takes_is_unknown() {
        let (unknown, _) = document("a = 1\n[b.c]\nd = []\n[[e]]\nf = 2").close();
        assert_eq!(unknown, ["a", "b.c.d", "e"]);
    }

    #[test]
    fn many_unknown_keys_are_counted() {
        let text: String = (0..100).map(|n| format!("k{n} = 1\n")).collect();
        let (unknown, _) = document(&text).close();
        assert_eq!(unknown.len(), MOST_UNKNOWN + 1);
        assert_eq!(unknown.last().map(String::as_str), Some("and 68 more"));
    }

    #[test]
    fn a_value_of_the_wrong_kind_names_line_and_key() {
        let refusal = document("\na = 1").text("a").expect_err("not a text");
        assert_eq!(refusal.to_string(), "line 2: a: has to be a text in quotes");
        assert!(document("a = [1]").texts("a").is_err());
        assert!(document("a = \"yes\"").truth("a").is_err());
    }

    #[test]
    fn a_byte_order_mark_moves_nothing() {
        let text = "\u{feff}a = \"x\"\npassword = \"y\"\n";
        let mut document = document(text);
        document.secret("password").expect("text");
        let (_, secrets) = document.close();
        assert_eq!(&text[secrets[0].clone()], "\"y\"");
    }

    #[test]
    fn secrets_of_unknown_tables_are_secrets_too() {
        let text =
            "[connect]\ntoken = \"t\"\n[x]\npassword = 1\npsk = 'p'\n[locale]\nkeymap = \"gb\"\n";
        let (unknown, secrets) = document(text).close();
        let found: Vec<_> = secrets.iter().map(|span| &text[span.clone()]).collect();
        assert_eq!(found, ["\"t\"", "'p'"]);
        assert_eq!(unknown.len(), 4);
    }

    #[test]
    fn what_is_not_toml_names_its_line() {
        let refusal = Document::parse("a = 1\nb = \n").err().expect("refused");
        assert!(refusal.to_string().starts_with("line 2: "), "{refusal}");
    }
}
