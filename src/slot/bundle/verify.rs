//! Who made a bundle. A [`Verified`] cannot be made in any other way than by a signature of a trusted key.

use minisign_verify::Signature;

use super::super::keys::Key;
use super::{Head, Header};

/// A header that a trusted key has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    header: Header,
    key: String,
}

/// None of the signatures counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    #[error("it is signed with a key that this release does not trust")]
    UnknownKey,
    #[error("its signature does not fit: the file was changed after it was signed")]
    Wrong,
}

impl Verified {
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The id of the key, 16 hexadecimal digits.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Believes a head when one of `keys` has signed it.
///
/// # Errors
/// Why it is not to be believed.
pub fn verify(head: &Head, keys: &[Key]) -> Result<Verified, Untrusted> {
    let mut known = false;
    for text in &head.signatures {
        let Ok(signature) = Signature::decode(text) else {
            known = true;
            continue;
        };
        for key in keys {
            match key.public().verify(&head.signed, &signature, false) {
                // The header is read again from the signed bytes themselves: nobody can put another one beside them.
                Ok(()) => return verified(head, key),
                Err(minisign_verify::Error::UnexpectedKeyId) => {}
                Err(_) => known = true,
            }
        }
    }
    Err(if known {
        Untrusted::Wrong
    } else {
        Untrusted::UnknownKey
    })
}

fn verified(head: &Head, key: &Key) -> Result<Verified, Untrusted> {
    let signed = Head::print(&head.signed, &head.signatures);
    let again = Head::parse(&signed).map_err(|_| Untrusted::Wrong)?;
    Ok(Verified {
        header: again.header,
        key: key.id().to_owned(),
    })
}
