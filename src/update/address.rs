//! Where something can be fetched: a checked URL, which is never logged with what may be secret in it. Pure.

use std::fmt;

use super::error::UpdateError;
use crate::settings::is_address;

/// An `https://` or `http://` URL without user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// # Errors
    /// What it has to be.
    pub fn parse(text: &str) -> Result<Address, UpdateError> {
        if text.contains('@') && !is_address(text) {
            return Err(UpdateError::Url("it must not have a user name or password"));
        }
        is_address(text)
            .then(|| Address(text.to_owned()))
            .ok_or(UpdateError::Url("it is not a whole http address"))
    }

    /// What a list at this address calls `text`: an address, or a path from where the list is.
    pub(super) fn join(&self, text: &str) -> Result<Address, UpdateError> {
        if text.contains("://") {
            return Address::parse(text);
        }
        let base = self.0.split(['?', '#']).next().unwrap_or_default();
        let host = base.find("://").map_or(0, |at| at + 3);
        let path = base[host..].find('/').map_or(base.len(), |at| host + at);
        let folder = base[path..].rfind('/').map_or(base.len(), |at| path + at);
        let kept = if text.starts_with('/') { path } else { folder };
        let slash = if text.starts_with('/') { "" } else { "/" };
        Address::parse(&format!("{}{slash}{text}", &base[..kept]))
    }

    /// What lies beside it under the same name and this ending.
    pub(super) fn with_ending(&self, ending: &str) -> Address {
        let (path, query) = match self.0.find(['?', '#']) {
            Some(at) => self.0.split_at(at),
            None => (self.0.as_str(), ""),
        };
        Address(format!("{path}{ending}{query}"))
    }

    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Without the query, in which tokens are.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.split(['?', '#']).next().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).expect(text)
    }

    #[test]
    fn names_in_a_list_are_taken_from_where_the_list_is() {
        for (list, name, joined) in [
            (
                "https://e.org/a/index.json",
                "x.farseat",
                "https://e.org/a/x.farseat",
            ),
            (
                "https://e.org/a/index.json?t=1",
                "b/x",
                "https://e.org/a/b/x",
            ),
            ("https://e.org/a/index.json", "/x", "https://e.org/x"),
            ("https://e.org", "x", "https://e.org/x"),
            ("https://e.org:8/i", "http://f.org/x", "http://f.org/x"),
        ] {
            assert_eq!(address(list).join(name).expect(name).as_str(), joined);
        }
        address("https://e.org/i")
            .join("ftp://e.org/x")
            .expect_err("another scheme");
        address("https://e.org/i")
            .join("http://a:b@e.org/x")
            .expect_err("secrets");
    }

    #[test]
    fn a_signature_lies_beside_what_it_signs() {
        let beside = |text: &str| address(text).with_ending(".minisig").as_str().to_owned();
        assert_eq!(
            beside("https://e.org/i.json"),
            "https://e.org/i.json.minisig"
        );
        assert_eq!(
            beside("https://e.org/i.json?t=1"),
            "https://e.org/i.json.minisig?t=1"
        );
    }

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let shown = format!("{0} {0:?}", address("https://e.org/x?token=secret"));
        assert_eq!(shown, "https://e.org/x https://e.org/x");
        assert!(Address::parse("https://ann:secret@e.org/x").is_err());
    }
}
