//! Keys and signatures, in minisign's files. The one place of the project that holds a secret key.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use minisign::{KeyPair, SecretKey, SecretKeyBox, SignatureBox};

use super::make::Unsigned;
use super::reading::Bundle;
use super::{Error, reading, write, writing};
use crate::slot::bundle::{Head, SIGNATURES};
use crate::slot::keys::Key;

/// The same in every bundle: what is said of a bundle is said in its header.
const TRUSTED_COMMENT: &str = "farseat bundle";
const UNTRUSTED_COMMENT: &str = "signature of a farseat bundle";

/// Reads a secret key; asks for its password when it has one.
///
/// # Errors
/// It is none, or the password is wrong.
pub fn secret_key(path: &Path) -> Result<SecretKey, Error> {
    let text = fs::read_to_string(path).map_err(reading(path))?;
    let boxed = SecretKeyBox::from(text);
    let open = boxed.clone().into_unencrypted_secret_key();
    // One error for both would hide that a password was wanted.
    let key = match open {
        Err(error) if error.to_string().contains("encrypted") => {
            eprintln!("The key in {} has a password.", path.display());
            boxed.into_secret_key(None)
        }
        other => other,
    };
    key.map_err(|error| Error::SecretKey {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// The bundle's file at `output`, signed with all of `keys`.
///
/// # Errors
/// A key cannot be used, or the file cannot be written.
pub fn write_signed(unsigned: &Unsigned, keys: &[PathBuf], output: &Path) -> Result<(), Error> {
    let signed = unsigned.to_sign();
    let mut signatures = Vec::new();
    for key in keys {
        add(&signed, &mut signatures, key, output)?;
    }
    write(
        output,
        &[&Head::print(&signed, &signatures), &unsigned.payload],
    )
}

/// Adds a signature to a bundle, in place. What was signed stays as it is.
///
/// # Errors
/// The bundle or the key cannot be used.
pub fn sign(path: &Path, key: &Path) -> Result<(), Error> {
    let mut bundle = Bundle::open(path)?;
    // Nobody should sign what is broken.
    bundle.check_payload()?;
    let payload = bundle.payload()?;
    let mut signatures = bundle.head.signatures.clone();
    add(&bundle.head.signed, &mut signatures, key, path)?;
    write(
        path,
        &[&Head::print(&bundle.head.signed, &signatures), &payload],
    )
}

fn add(
    signed: &[u8],
    signatures: &mut Vec<String>,
    key: &Path,
    bundle: &Path,
) -> Result<(), Error> {
    let secret = secret_key(key)?;
    let id = key_id(secret.keynum());
    if signatures
        .iter()
        .any(|text| signer(text).as_ref() == Some(&id))
    {
        return Err(Error::SignedAlready {
            path: bundle.to_owned(),
            key: id,
        });
    }
    if signatures.len() >= usize::from(SIGNATURES) {
        return Err(Error::SignatureLimit {
            path: bundle.to_owned(),
            limit: SIGNATURES,
        });
    }
    let signature = minisign::sign(
        None,
        &secret,
        signed,
        Some(TRUSTED_COMMENT),
        Some(UNTRUSTED_COMMENT),
    );
    let signature = signature.map_err(|error| Error::SecretKey {
        path: key.to_owned(),
        reason: error.to_string(),
    })?;
    signatures.push(signature.to_string());
    Ok(())
}

/// The id of the key that a signature says it is from.
#[must_use]
pub fn signer(signature: &str) -> Option<String> {
    let signature = SignatureBox::from_string(signature).ok()?;
    Some(key_id(signature.keynum()))
}

/// As minisign prints it: the eight bytes backwards.
fn key_id(number: &[u8]) -> String {
    number
        .iter()
        .rev()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

/// Makes a pair of keys and says its id. Asks for a password unless `open`.
///
/// # Errors
/// A file is there already, or cannot be written.
pub fn keygen(public: &Path, secret: &Path, open: bool) -> Result<String, Error> {
    for path in [public, secret] {
        if path.exists() {
            return Err(Error::Exists(path.to_owned()));
        }
    }
    let pair = if open {
        KeyPair::generate_unencrypted_keypair()
    } else {
        KeyPair::generate_encrypted_keypair(None)
    };
    let text = pair.and_then(|pair| {
        // The public key says it: in a secret one with a password it is hidden too.
        let id = key_id(pair.pk.keynum());
        let secret = pair.sk.to_box(Some("farseat secret key"))?.into_string();
        Ok((id, pair.pk.to_box()?.into_string(), secret))
    });
    let (id, public_text, secret_text) = text.map_err(|error| Error::Keygen(error.to_string()))?;
    write_secret(secret, &secret_text).map_err(writing(secret))?;
    write(public, &[public_text.as_bytes()])?;
    Ok(id)
}

/// Nobody else may read it, from its first byte on.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The keys of a file that has at least one.
///
/// # Errors
/// It has none, or something else.
pub fn public_keys(path: &Path) -> Result<Vec<Key>, Error> {
    let text = fs::read_to_string(path).map_err(reading(path))?;
    let keys = Key::parse(&text).ok_or_else(|| Error::PublicKey(path.to_owned()))?;
    if keys.is_empty() {
        return Err(Error::NoKey(path.to_owned()));
    }
    Ok(keys)
}
