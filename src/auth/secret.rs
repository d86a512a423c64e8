//! Secrets that we make and hand out once: 256 random bits, of which only the hash is kept.
//!
//! A plain SHA-256 is enough for these: nobody guesses 256 bits, so there is nothing to slow down.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// What a secret is kept under.
pub(super) type Key = [u8; 32];

/// A session's, as the browser keeps it in its cookie: hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Nothing when the system has no randomness.
    pub(super) fn random() -> Option<Self> {
        random::<32>().map(|bytes| Token(hex(&bytes)))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn key(&self) -> Key {
        key(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

pub(super) fn key(secret: &str) -> Key {
    Sha256::digest(secret).into()
}

/// A name for something that is listed: random, so that it tells nothing, and no secret.
pub(super) fn public_id() -> Option<String> {
    random::<8>().map(|bytes| hex(&bytes))
}

pub(super) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_256_bits_and_is_not_shown_by_debug() {
        let token = Token::random().expect("randomness");
        assert_eq!(token.as_str().len(), 64);
        assert_ne!(token, Token::random().expect("randomness"));
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
