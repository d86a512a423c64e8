//! The chain of entries: how a line is made, and whether lines follow from each other. Pure.
//!
//! A line is a JSON object whose last two members are `before`, the hash of the line before it, and
//! `hash`: the SHA-256, in hexadecimal, of the line's own text up to (without) `,"hash"`. So any
//! tool can check it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What the first entry of all follows.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// `,"hash":"…"}`
const TAIL: usize = 9 + 64 + 2;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Login,
    LoginRefused,
    Logout,
    Claim,
    Confirm,
    UserAdded,
    UserChanged,
    UserRemoved,
    PasswordChanged,
    SecondFactorOn,
    SecondFactorOff,
    RecoveryCodeUsed,
    TokenCreated,
    TokenRevoked,
    GuestCreated,
    GuestUsed,
    GuestRevoked,
    SessionRevoked,
    ControlTaken,
    ControlGiven,
    SettingsChanged,
    NetworkChanged,
    UpdateStarted,
    UpdateDone,
    UpdateRefused,
    Trial,
    FactoryReset,
    CertificateChanged,
    Power,
    UsbReset,
    TargetWoken,
    /// By Wake-on-LAN.
    MachineWoken,
    Media,
    /// A file of the log begins; older entries may be gone.
    AuditCut,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub struct Entry {
    /// From 1, without a gap.
    pub number: u64,
    /// Seconds since 1970; null while the clock was not set.
    pub time: Option<u64>,
    pub what: What,
    /// The user; null when the appliance did it, or no such user exists.
    pub who: Option<String>,
    pub address: Option<String>,
    pub detail: String,
}

#[derive(Serialize, Deserialize)]
struct Linked {
    #[serde(flatten)]
    entry: Entry,
    before: String,
}

/// Where the next entry goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) number: u64,
    pub(super) hash: String,
}

impl Default for End {
    fn default() -> Self {
        End {
            number: 0,
            hash: NOTHING.to_owned(),
        }
    }
}

impl End {
    /// The line of the next entry, and where the one after it goes on. The entry gets its number.
    pub(super) fn link(&self, mut entry: Entry) -> serde_json::Result<(String, End)> {
        entry.number = self.number + 1;
        let number = entry.number;
        let before = self.hash.clone();
        let mut line = serde_json::to_string(&Linked { entry, before })?;
        line.pop();
        let hash = hash(&line);
        line.push_str(&format!(",\"hash\":\"{hash}\"}}\n"));
        Ok((line, End { number, hash }))
    }
}

fn hash(text: &str) -> String {
    let bytes = Sha256::digest(text);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All entries that are kept, and whether they are what was written.
#[derive(Debug, PartialEq, Eq)]
pub struct Chain {
    /// The oldest first; lines that cannot be read are left out.
    pub entries: Vec<Entry>,
    /// The first entry that does not follow from what is before it.
    pub broken_at: Option<u64>,
    pub(super) end: End,
}

impl Chain {
    /// Follows the lines of the files.
    #[must_use]
    pub fn of(text: &str) -> Chain {
        let mut chain = Chain {
            entries: Vec::new(),
            broken_at: None,
            end: End::default(),
        };
        for (index, line) in text.lines().enumerate() {
            chain.follow(line, index == 0);
        }
        chain
    }

    fn follow(&mut self, line: &str, first: bool) {
        let expected = self.end.number + 1;
        let Some((linked, own, right)) = read(line) else {
            self.broken_at.get_or_insert(expected);
            self.end.number = expected;
            return;
        };
        let Linked { entry, before } = linked;
        let follows = before == self.end.hash && entry.number == expected;
        // What was before a file's first entry may be gone.
        let begins = first && entry.what == What::AuditCut;
        if !right || !(follows || begins) {
            self.broken_at.get_or_insert(entry.number);
        }
        self.end = End {
            number: entry.number,
            hash: own,
        };
        self.entries.push(entry);
    }
}

/// A line's entry, the hash that it says it has, and whether it has it.
fn read(line: &str) -> Option<(Linked, String, bool)> {
    let at = line.len().checked_sub(TAIL)?;
    let (body, tail) = line.is_char_boundary(at).then(|| line.split_at(at))?;
    let own = tail.strip_prefix(",\"hash\":\"")?.strip_suffix("\"}")?;
    let linked = serde_json::from_str(&format!("{body}}}")).ok()?;
    Some((linked, own.to_owned(), hash(body) == own))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn entry(what: What, detail: &str) -> Entry {
        Entry {
            number: 0,
            time: Some(1_800_000_000),
            what,
            who: Some("ann".to_owned()),
            address: Some("192.0.2.1".to_owned()),
            detail: detail.to_owned(),
        }
    }

    /// Lines of entries that were written one after the other.
    fn lines(count: u32) -> Vec<String> {
        let mut end = End::default();
        let mut lines = Vec::new();
        for n in 0..count {
            let (line, next) = end.link(entry(What::Login, &n.to_string())).expect("line");
            lines.push(line);
            end = next;
        }
        lines
    }

    #[test]
    fn entries_come_back_with_their_numbers_and_follow_from_each_other() {
        let chain = Chain::of(&lines(3).concat());
        assert_eq!(chain.broken_at, None);
        let numbers: Vec<_> = chain.entries.iter().map(|entry| entry.number).collect();
        assert_eq!((numbers, chain.end.number), (vec![1, 2, 3], 3));
    }

    #[test]
    fn a_changed_entry_is_seen_wherever_it_was_changed() {
        let original = lines(5);
        let text = &original[2];
        for at in 0..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let mut changed = original.clone();
            changed[2] = String::from_utf8_lossy(&bytes).into_owned();
            let broken = Chain::of(&changed.concat()).broken_at;
            assert!(broken.is_some(), "byte {at}");
        }
    }

    #[test]
    fn an_entry_that_is_missing_added_or_moved_is_seen() {
        let lines = lines(5);
        let pick = |order: &[usize]| -> String { order.iter().map(|n| &*lines[*n]).collect() };
        for (order, broken) in [
            (&[0, 1, 2, 3, 4][..], None),
            (&[0, 1, 3, 4], Some(4)),
            (&[0, 2, 1, 3, 4], Some(3)),
            (&[0, 1, 1, 2, 3, 4], Some(2)),
            (&[1, 2, 3, 4], Some(2)),
        ] {
            assert_eq!(Chain::of(&pick(order)).broken_at, broken, "{order:?}");
        }
    }

    #[test]
    fn a_forged_entry_with_a_right_hash_of_its_own_is_seen() {
        let mut lines = lines(3);
        let (forged, _) = End {
            number: 1,
            hash: NOTHING.to_owned(),
        }
        .link(entry(What::Logout, "never was"))
        .expect("line");
        lines[1] = forged;
        assert_eq!(Chain::of(&lines.concat()).broken_at, Some(2));
    }

    #[test]
    fn a_log_may_begin_with_a_cut_and_with_nothing_else() {
        let end = End {
            number: 40,
            hash: hash("what is gone"),
        };
        for (what, broken) in [(What::AuditCut, None), (What::Login, Some(41))] {
            let (line, _) = end.link(entry(what, "")).expect("line");
            assert_eq!(Chain::of(&line).broken_at, broken, "{what:?}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        use proptest::prelude::*;
        proptest!(|(text in "(.{0,120}\n?){0,4}", tail in "[0-9a-f]{64}")| {
            let _ = Chain::of(&text);
            let _ = Chain::of(&format!("{text},\"hash\":\"{tail}\"}}"));
        });
    }
}
