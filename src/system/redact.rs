//! Takes out of a text what is nobody else's business: addresses, the names of people and machines, serial numbers. Pure.
//!
//! The same thing gets the same stand-in everywhere, so that a story can still be followed. What is known by name (users, the
//! appliance, the machines that it wakes) is looked for as such; addresses and the hosts of URLs by their form.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use crate::lan::HardwareAddress;

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    User,
    Name,
    Machine,
    Serial,
    Address,
    Mac,
    Host,
}

/// Remembers what stands for what.
#[derive(Debug, Default)]
pub struct Redactor {
    /// In lower case.
    known: BTreeMap<String, String>,
    counts: BTreeMap<Kind, usize>,
}

/// Says nothing about anybody: the name that every appliance has at first.
const USUAL: &str = "farseat";
/// A shorter word is looked for as a whole word only: elsewhere it may be part of anything.
const LONG: usize = 4;

impl Redactor {
    /// Knows these words; empty ones are none.
    pub fn knowing(words: impl IntoIterator<Item = (Kind, String)>) -> Redactor {
        let mut redactor = Redactor::default();
        for (kind, word) in words {
            if !word.is_empty() && !word.eq_ignore_ascii_case(USUAL) {
                redactor.stand_in(kind, &word);
            }
        }
        redactor
    }

    /// Every text in it, keys left alone.
    #[must_use]
    pub fn value(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(list) => list.into_iter().map(|each| self.value(each)).collect(),
            Value::Object(map) => {
                let each = |(key, value)| (key, self.value(value));
                Value::Object(map.into_iter().map(each).collect())
            }
            other => other,
        }
    }

    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        let text = self.hosts(&self.phrases(text));
        let mut clean = String::with_capacity(text.len());
        let mut token = String::new();
        for letter in text.chars() {
            if is_of_a_token(letter) {
                token.push(letter);
            } else {
                clean.push_str(&self.token(&std::mem::take(&mut token)));
                clean.push(letter);
            }
        }
        clean.push_str(&self.token(&token));
        clean
    }

    /// Known words that are no single tokens, such as a machine's name with a space in it.
    fn phrases(&self, text: &str) -> String {
        let mut phrases: Vec<_> = self.known.iter().collect();
        phrases.retain(|(word, _)| !word.chars().all(is_of_a_token));
        phrases
            .into_iter()
            .fold(text.to_owned(), |text, (word, instead)| {
                let whole = word.chars().count() < LONG;
                replace_ignoring_case(&text, word, instead, whole)
            })
    }

    /// `https://HOST/…`
    fn hosts(&mut self, text: &str) -> String {
        let mut pieces = text.split("://");
        let mut clean = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = piece.find(|letter: char| "/ \"'?#,)".contains(letter));
            let (host, rest) = piece.split_at(end.unwrap_or(piece.len()));
            clean.push_str("://");
            if !host.is_empty() {
                clean.push_str(&self.stand_in(Kind::Host, host));
            }
            clean.push_str(rest);
        }
        clean
    }

    fn token(&mut self, token: &str) -> String {
        let trimmed = token.trim_matches(['.', ':', '-', '_']);
        // A name may begin or end with any of these, an address with two colons; a sentence ends with a stop.
        let known = |word: &&str| is_address(word) || self.known.contains_key(&word.to_lowercase());
        let forms = [token, token.trim_end_matches(['.', ':'])];
        let inner = forms.into_iter().find(known).unwrap_or(trimmed);
        let Some(at) = token.find(inner).filter(|_| !inner.is_empty()) else {
            return token.to_owned();
        };
        let (before, rest) = token.split_at(at);
        let after = &rest[inner.len()..];
        format!("{before}{}{after}", self.word(inner))
    }

    fn word(&mut self, word: &str) -> String {
        if let Some(instead) = self.known.get(&word.to_lowercase()) {
            return instead.clone();
        }
        if is_address(word) {
            return match word.parse::<IpAddr>() {
                // They are the same everywhere.
                Ok(own) if own.is_loopback() || own.is_unspecified() => word.to_owned(),
                _ => self.stand_in(Kind::Address, word),
            };
        }
        if word.parse::<HardwareAddress>().is_ok() {
            return self.stand_in(Kind::Mac, word);
        }
        match word.rsplit_once(':') {
            Some((host, port)) if host.parse::<Ipv4Addr>().is_ok() => {
                format!("{}:{port}", self.word(host))
            }
            _ => self.labels(word),
        }
    }

    /// `name.local`, `user:name`.
    fn labels(&self, word: &str) -> String {
        let mut clean = String::new();
        for piece in word.split_inclusive(['.', ':']) {
            let label = piece.trim_end_matches(['.', ':']);
            match self.known.get(&label.to_lowercase()) {
                Some(instead) => clean.push_str(instead),
                None => clean.push_str(label),
            }
            clean.push_str(&piece[label.len()..]);
        }
        clean
    }

    fn stand_in(&mut self, kind: Kind, word: &str) -> String {
        let key = word.to_lowercase();
        if let Some(instead) = self.known.get(&key) {
            return instead.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let kind = match kind {
            Kind::User => "user",
            Kind::Name => "name",
            Kind::Machine => "machine",
            Kind::Serial => "serial",
            Kind::Address => "address",
            Kind::Mac => "mac",
            Kind::Host => "host",
        };
        let instead = format!("[{kind} {count}]");
        self.known.insert(key, instead.clone());
        instead
    }
}

fn is_of_a_token(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '.' | ':' | '-' | '_')
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// `word` is in lower case. `whole`: not within a longer word.
fn replace_ignoring_case(text: &str, word: &str, instead: &str, whole: bool) -> String {
    let lower = text.to_lowercase();
    // Where lower case has other lengths, places do not match: then only what is written so is found.
    if lower.len() != text.len() {
        return text.replace(word, instead);
    }
    let mut clean = String::new();
    let mut last = 0;
    for (at, _) in lower.match_indices(word) {
        let (Some(before), true) = (text.get(last..at), text.is_char_boundary(at + word.len()))
        else {
            continue;
        };
        let next = lower[at + word.len()..].chars().next();
        let beside = [lower[..at].chars().next_back(), next];
        if whole && beside.into_iter().flatten().any(char::is_alphanumeric) {
            continue;
        }
        clean.push_str(before);
        clean.push_str(instead);
        last = at + word.len();
    }
    clean.push_str(text.get(last..).unwrap_or_default());
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redactor() -> Redactor {
        Redactor::knowing([
            (Kind::User, "ann".to_owned()),
            (Kind::User, "bob.smith".to_owned()),
            (Kind::User, "_svc".to_owned()),
            (Kind::Machine, "nas-".to_owned()),
            (Kind::Machine, "N 1".to_owned()),
            (Kind::Name, "attic".to_owned()),
            (Kind::Name, "farseat".to_owned()),
            (Kind::Machine, "Grete's Büro".to_owned()),
            (Kind::Serial, "0123-ab".to_owned()),
            (Kind::Serial, String::new()),
        ])
    }

    #[test]
    fn people_and_machines_have_stand_ins() {
        for (text, wanted) in [
            (
                "power: off, ordered by ann",
                "power: off, ordered by [user 1]",
            ),
            ("user=ann, Bob.Smith.", "user=[user 1], [user 2]."),
            ("announced as attic.local", "announced as [name 1].local"),
            ("wake grete's büro now", "wake [machine 3] now"),
            (
                "by _svc: woke nas-, _SVC.",
                "by [user 3]: woke [machine 1], [user 3].",
            ),
            (
                "wake n 1, then run 1 or n 12",
                "wake [machine 2], then run 1 or n 12",
            ),
            ("file:///data a..b", "file:///data a..b"),
            ("serial 0123-ab", "serial [serial 1]"),
            // No part of another word is taken for a name.
            ("the annual planner", "the annual planner"),
            ("farseat serves", "farseat serves"),
        ] {
            assert_eq!(redactor().text(text), wanted);
        }
    }

    #[test]
    fn addresses_are_known_by_their_form() {
        for (text, wanted) in [
            ("serving on 192.0.2.7:443", "serving on [address 1]:443"),
            (
                "address: 192.0.2.7/24, 192.0.2.8, 192.0.2.7.",
                "address: [address 1]/24, [address 2], [address 1].",
            ),
            ("[2001:db8::1]:443 fe80::", "[[address 1]]:443 [address 2]"),
            ("dc:a6:32:00:01:02 dc-a6-32-00-01-02", "[mac 1] [mac 2]"),
            ("127.0.0.1 [::]:443 ::1", "127.0.0.1 [::]:443 ::1"),
            ("12:30:45 1.2.3 v0.1.0", "12:30:45 1.2.3 v0.1.0"),
            (
                "fetch https://updates.example.org/list?x=1",
                "fetch https://[host 1]/list?x=1",
            ),
        ] {
            assert_eq!(redactor().text(text), wanted);
        }
    }

    #[test]
    fn the_same_thing_is_the_same_in_every_place() {
        let report =
            serde_json::json!({"a": ["192.0.2.7", {"by": "ann"}], "n": 3, "ann": "192.0.2.7"});
        let wanted = serde_json::json!({"a": ["[address 1]", {"by": "[user 1]"}], "n": 3, "ann": "[address 1]"});
        assert_eq!(redactor().value(report), wanted);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_no_address_is_left(
            before in ".{0,20}", address in any::<Ipv4Addr>(), after in "[ ,;)]{1,3}",
        ) {
            let text = format!("{before} {address}{after}");
            let clean = redactor().text(&text);
            let own = address.is_loopback() || address.is_unspecified();
            prop_assert!(own || before.contains(&address.to_string()) || !clean.contains(&address.to_string()), "{}", clean);
        }
    }
}
