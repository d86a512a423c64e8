//! A CA that the owner brings instead of the one that the appliance makes: what is taken, and how it
//! becomes the appliance's own.
//!
//! Called before anything is served (`app`'s preseed). It is tried out: a certificate is made with it
//! and checked as a browser would check it. Never logs or shows the key.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rcgen::{KeyPair, PublicKeyData as _};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, RootCertStore};
use x509_parser::parse_x509_certificate;

use super::ca::{Ca, clock};
use super::identity::{self, IdentityError};

/// A chain to a root is short.
const MOST_CERTIFICATES: usize = 4;

/// A CA that [`OwnCa::check`] took.
pub struct OwnCa(Ca);

/// Why a CA is not taken; what would be right is in each sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OwnCaRefused {
    #[error("not 1 to 4 certificates in PEM, the signing one first")]
    Certificate,
    #[error(
        "not an unencrypted private key in PEM that begins with BEGIN PRIVATE KEY (PKCS #8): RSA of at least 2048 bits, EC P-256 or P-384, or Ed25519"
    )]
    Key,
    #[error("the key is not the one of the first certificate")]
    OtherKey,
    #[error(
        "the first certificate is not a CA's: it needs CA:TRUE and, if it limits its key's use, Certificate Sign"
    )]
    NoCa,
    #[error("the first certificate has ended")]
    Ended,
    #[error(
        "a certificate that it makes for this appliance is not valid: its own limits forbid the name"
    )]
    Useless,
}

impl OwnCa {
    /// Checks a CA for an appliance that is called `name`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(
        certificate: &str,
        key: &str,
        name: &str,
        now: SystemTime,
    ) -> Result<OwnCa, OwnCaRefused> {
        let chain = certificates(certificate)?;
        let pair = KeyPair::from_pem(key).map_err(|_| OwnCaRefused::Key)?;
        let (_, first) =
            parse_x509_certificate(&chain[0]).map_err(|_| OwnCaRefused::Certificate)?;
        let may_sign = match first.key_usage() {
            Ok(usage) => usage.is_none_or(|usage| usage.value.key_cert_sign()),
            Err(_) => false,
        };
        if !first.is_ca() || !may_sign {
            return Err(OwnCaRefused::NoCa);
        }
        if *first.public_key().subject_public_key.data != *pair.der_bytes() {
            return Err(OwnCaRefused::OtherKey);
        }
        let now = clock(now);
        let ends = u64::try_from(first.validity().not_after.timestamp()).unwrap_or(0);
        if ends <= now.as_secs() {
            return Err(OwnCaRefused::Ended);
        }
        let ca = Ca::of_owner(certificate.to_owned(), pair.serialize_pem(), name);
        try_out(&ca, &chain[0], name, SystemTime::UNIX_EPOCH + now)?;
        Ok(OwnCa(ca))
    }

    /// Makes it the CA of the appliance whose data is in `folder`. Blocks on the disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&self, folder: &Path, name: &str, now: SystemTime) -> Result<(), IdentityError> {
        let leaf = self.0.make_leaf(&[name], &[], now)?;
        identity::write(&identity::identity_file(folder), &self.0, &leaf)
    }
}

/// The certificates of a PEM text.
fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, OwnCaRefused> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .take(MOST_CERTIFICATES + 1)
        .collect();
    found
        .ok()
        .filter(|found| (1..=MOST_CERTIFICATES).contains(&found.len()))
        .ok_or(OwnCaRefused::Certificate)
}

/// Those certificates of a CA that a client needs beside the appliance's own to reach a root that
/// it trusts: all but the root itself.
pub(super) fn intermediates(ca: &str) -> Vec<CertificateDer<'static>> {
    let mut found = certificates(ca).unwrap_or_default();
    found.retain(|certificate| {
        parse_x509_certificate(certificate)
            .is_ok_and(|(_, parsed)| parsed.subject() != parsed.issuer())
    });
    found
}

fn try_out(
    ca: &Ca,
    anchor: &CertificateDer<'_>,
    name: &str,
    now: SystemTime,
) -> Result<(), OwnCaRefused> {
    let leaf = ca
        .make_leaf(&[name], &[], now)
        .map_err(|_| OwnCaRefused::Key)?;
    let useless = |_| OwnCaRefused::Useless;
    let leaf = CertificateDer::from_pem_slice(leaf.certificate.as_bytes())
        .map_err(|_| OwnCaRefused::Useless)?;
    let mut roots = RootCertStore::empty();
    roots.add(anchor.clone()).map_err(useless)?;
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
        .build()
        .map_err(|_| OwnCaRefused::Useless)?;
    let local = ServerName::try_from(format!("{}.local", name.to_ascii_lowercase()))
        .map_err(|_| OwnCaRefused::Useless)?;
    let now = UnixTime::since_unix_epoch(
        now.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default(),
    );
    match verifier.verify_server_cert(&leaf, &[], &local, &[], now) {
        Ok(_) => Ok(()),
        // The clock of a first start is wrong more often than a CA is too young.
        Err(rustls::Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        )) => Ok(()),
        Err(error) => Err(useless(error)),
    }
}

#[cfg(test)]
#[path = "own_ca_tests.rs"]
mod tests;
