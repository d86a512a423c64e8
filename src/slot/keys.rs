//! The keys whose bundles are installed, compiled in. `firmware/keys/README.md` tells how they are made.

use minisign_verify::{PublicKey, Signature};

/// Those that releases are signed with. None until the project's owner has made one.
const RELEASE: &str = include_str!("../../firmware/keys/release.pub");
/// Its secret half lies beside it, for everybody to see: builds of the feature `development` only.
#[cfg(feature = "development")]
const DEVELOPMENT: &str = include_str!("../../firmware/keys/development.pub");

/// A minisign public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    id: String,
    public: PublicKey,
}

impl Key {
    /// The id, 16 hexadecimal digits, as minisign prints it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Whether this key has signed `bytes`; `signature` is a file of minisign.
    #[must_use]
    pub fn verifies(&self, bytes: &[u8], signature: &str) -> bool {
        let signature = Signature::decode(signature);
        signature.is_ok_and(|signature| self.public.verify(bytes, &signature, false).is_ok())
    }

    /// Reads files of minisign: any number, one behind the other; lines that begin with `#` are comments.
    /// `None` when something else is in there.
    #[must_use]
    pub fn parse(text: &str) -> Option<Vec<Key>> {
        let mut keys = Vec::new();
        let mut lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        while let Some(comment) = lines.next() {
            let id = comment.rsplit(' ').next()?;
            let good = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            keys.push(Key {
                id: good.then(|| id.to_owned())?,
                public: PublicKey::from_base64(lines.next()?).ok()?,
            });
        }
        Some(keys)
    }
}

/// The keys of this build.
#[must_use]
pub fn trusted() -> Vec<Key> {
    let texts = [
        RELEASE,
        #[cfg(feature = "development")]
        DEVELOPMENT,
    ];
    // A test reads the same files: what is no key is found there.
    texts
        .iter()
        .filter_map(|text| Key::parse(text))
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::bundle::{Head, Untrusted, verify};
    use super::super::rig::Release;
    use super::*;

    #[test]
    fn the_files_that_are_compiled_in_have_nothing_but_keys() {
        Key::parse(RELEASE).expect("keys");
        let development = Key::parse(include_str!("../../firmware/keys/development.pub"));
        assert_eq!(development.expect("a key").len(), 1);
    }

    #[test]
    fn a_release_build_does_not_trust_the_development_key() {
        let development =
            &Key::parse(include_str!("../../firmware/keys/development.pub")).expect("a key")[0];
        assert_eq!(
            trusted().contains(development),
            cfg!(feature = "development")
        );
    }

    /// `ci/test update` runs this for a release build, `ci/test unit` for a development build.
    #[test]
    fn a_release_build_refuses_a_bundle_that_is_signed_with_the_development_key() {
        let head = Release::new("1.0.0", 1, &[1]).head();
        let verified = verify(&Head::parse(&head).expect("a head"), &trusted());
        if cfg!(feature = "development") {
            verified.expect("trusted");
        } else {
            assert_eq!(verified, Err(Untrusted::UnknownKey));
        }
    }

    #[test]
    fn a_signature_is_of_these_bytes_and_this_key() {
        let key = &super::super::rig::key();
        let signed = minisign::sign(None, &super::super::rig::secret(), &b"list"[..], None, None);
        let signature = signed.expect("signed").to_string();
        assert!(key.verifies(b"list", &signature));
        assert!(!key.verifies(b"lisp", &signature));
        assert!(!key.verifies(b"list", "") && !key.verifies(b"list", &signature[..50]));
        let other = minisign::KeyPair::generate_unencrypted_keypair().expect("a key");
        let signed = minisign::sign(None, &other.sk, &b"list"[..], None, None);
        assert!(!key.verifies(b"list", &signed.expect("signed").to_string()));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(Key::parse("# nothing yet\n\n"), Some(vec![]));
        for text in [
            "key",
            "untrusted comment: minisign public key 0123456789ABCDEF",
            "a 0123456789ABCDEF\nbm8=",
        ] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }
}
