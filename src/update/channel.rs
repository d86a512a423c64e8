//! The release channel: a signed list of releases (`index`) on a web server.
//!
//! The list is believed when a key of this build has signed it and it is not older than one that was seen before: who
//! holds the server, or the way to it, can keep quiet, but not lead back.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::error::UpdateError;
use super::fetch::Fetch;
use super::index::Index;
use super::status::Latest;
use crate::settings::replace_file;
use crate::slot::keys::Key;

/// Hundreds of releases.
const LIST_LIMIT: usize = 256 << 10;
const SIGNATURE_LIMIT: usize = 4 << 10;
/// In the data folder.
const SEEN: &str = "update-channel.json";

/// The newest list that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    url: String,
    created: u64,
}

impl Seen {
    /// A file that is not there, or damaged, is forgotten.
    pub(super) fn load(data: &Path) -> Seen {
        let text = std::fs::read(data.join(SEEN)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn save(&self, data: &Path) -> io::Result<()> {
        let text = serde_json::to_vec(self)?;
        replace_file(&data.join(SEEN), &text, 0o600)
    }

    /// When the newest list from there was made.
    fn at(&self, address: &Address) -> u64 {
        if self.url == address.to_string() {
            self.created
        } else {
            0
        }
    }
}

/// What a look at a channel needs.
#[derive(Clone)]
pub(super) struct Look {
    pub(super) fetch: Fetch,
    pub(super) keys: Vec<Key>,
    pub(super) hardware: Vec<String>,
    pub(super) data: PathBuf,
    /// Older releases are of no use.
    pub(super) floor: u32,
}

impl Look {
    /// Asks the server; the newest release for us.
    pub(super) async fn at(self, address: Address) -> Result<Latest, UpdateError> {
        let list = self.fetch.small(&address, LIST_LIMIT).await?;
        let beside = address.with_ending(".minisig");
        let signature = self.fetch.small(&beside, SIGNATURE_LIMIT).await?;
        let seen = Seen::load(&self.data);
        let index = believe(&list, &signature, &self.keys, seen.at(&address))?;
        let newer = Seen {
            url: address.to_string(),
            created: index.created,
        };
        if newer != seen
            && let Err(error) = newer.save(&self.data)
        {
            log::warn!("remember the release channel's list: {error}");
        }
        choose(index, &self.hardware, self.floor, &address)
    }
}

/// The list, when it is to be believed.
fn believe(list: &[u8], signature: &[u8], keys: &[Key], seen: u64) -> Result<Index, UpdateError> {
    let signature = std::str::from_utf8(signature).map_err(|_| UpdateError::IndexSignature)?;
    if !keys.iter().any(|key| key.verifies(list, signature)) {
        return Err(UpdateError::IndexSignature);
    }
    let index = parse(list)?;
    if index.created < seen {
        return Err(UpdateError::IndexOld);
    }
    Ok(index)
}

fn parse(list: &[u8]) -> Result<Index, UpdateError> {
    Index::parse(list).map_err(|fault| UpdateError::Index(fault.to_string()))
}

/// The newest that runs here and may be installed.
fn choose(
    index: Index,
    hardware: &[String],
    floor: u32,
    list: &Address,
) -> Result<Latest, UpdateError> {
    let newest = index.newest(hardware, floor);
    let entry = newest.ok_or(UpdateError::NothingForUs)?;
    Ok(Latest {
        url: list.join(&entry.url)?,
        version: entry.version,
        notes: entry.notes,
        created: entry.created,
        rollback_index: entry.rollback_index,
        size: entry.size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::rig::{key, secret};
    use proptest::prelude::*;

    fn entry(
        version: &str,
        rollback_index: u32,
        created: u64,
        hardware: &str,
    ) -> serde_json::Value {
        serde_json::json!({
            "version": version, "rollback_index": rollback_index, "created": created, "hardware": [hardware],
            "size": 5, "url": format!("{version}.farseat"), "notes": "n", "something": "new",
        })
    }

    fn list(releases: &[serde_json::Value]) -> Vec<u8> {
        let list = serde_json::json!({
            "product": "farseat", "channel": "stable", "created": 1000, "releases": releases,
        });
        list.to_string().into_bytes()
    }

    fn sign(list: &[u8]) -> Vec<u8> {
        let signed = minisign::sign(None, &secret(), list, None, None).expect("signed");
        signed.to_string().into_bytes()
    }

    fn chosen(releases: &[serde_json::Value], floor: u32) -> Result<String, UpdateError> {
        let address = Address::parse("https://e.org/list.json").expect("an address");
        let index = parse(&list(releases)).expect("a list");
        choose(index, &["pi".to_owned()], floor, &address).map(|latest| latest.version)
    }

    #[test]
    fn the_newest_for_this_board_is_chosen() {
        let releases = [
            entry("1.0", 1, 900, "pi"),
            entry("1.2", 2, 700, "pi"),
            entry("1.1", 2, 600, "pi"),
            entry("9.0", 9, 900, "other"),
            entry("9 9", 9, 900, "pi"),
        ];
        assert_eq!(chosen(&releases, 0), Ok("1.2".to_owned()));
        assert_eq!(chosen(&releases, 3), Err(UpdateError::NothingForUs));
        assert_eq!(chosen(&[], 0), Err(UpdateError::NothingForUs));
    }

    #[test]
    fn a_list_is_believed_when_it_is_signed_and_not_older_than_the_last() {
        let list = list(&[]);
        let good = sign(&list);
        assert_eq!(
            believe(&list, &good, &[key()], 1000)
                .expect("believed")
                .created,
            1000
        );
        let refused = |list: &[u8], signature: &[u8], keys: &[Key], seen| {
            believe(list, signature, keys, seen).expect_err("refused")
        };
        assert_eq!(refused(&list, &good, &[key()], 1001), UpdateError::IndexOld);
        assert_eq!(refused(&list, &good, &[], 0), UpdateError::IndexSignature);
        assert_eq!(
            refused(&list, b"", &[key()], 0),
            UpdateError::IndexSignature
        );
        assert_eq!(
            refused(&list, b"\xff", &[key()], 0),
            UpdateError::IndexSignature
        );
        let mut changed = list.clone();
        changed[20] ^= 1;
        assert_eq!(
            refused(&changed, &good, &[key()], 0),
            UpdateError::IndexSignature
        );
        let other = br#"{"product":"other","created":1,"releases":[]}"#;
        assert_eq!(
            refused(other, &sign(other), &[key()], 0).code(),
            "index_malformed"
        );
    }

    #[test]
    fn what_was_seen_counts_for_its_own_channel_and_survives_a_restart() {
        let folder = tempfile::tempdir().expect("temporary folder");
        assert_eq!(Seen::load(folder.path()), Seen::default());
        let seen = Seen {
            url: "https://e.org/list.json".to_owned(),
            created: 7,
        };
        seen.save(folder.path()).expect("saved");
        let loaded = Seen::load(folder.path());
        let at = |text: &str| loaded.at(&Address::parse(text).expect("an address"));
        assert_eq!(
            (
                at("https://e.org/list.json?t=1"),
                at("https://f.org/list.json")
            ),
            (7, 0)
        );
        std::fs::write(folder.path().join(SEEN), "{").expect("written");
        assert_eq!(Seen::load(folder.path()), Seen::default());
    }

    proptest! {
        #[test]
        fn no_list_makes_reading_panic(list in "[\\[\\]a-z{}:,\"0-9 ]{0,80}") {
            let _ = parse(list.as_bytes());
        }
    }
}
