//! A certificate that the owner brings: what is taken, with one sentence for each way in which it is not, and what it
//! says. Pure but for the cryptography; [`identity`](super::identity) keeps and serves it.
//!
//! Never logs or shows the key. A certificate that is good but not as good as it could be (not for the name that the
//! appliance goes by, about to end) is taken, and [`Uploaded::problems`] says so.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, InconsistentKeys, RootCertStore};
use serde::{Deserialize, Serialize};
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;

use super::facts::Facts;

/// A server's certificate, two or three above it, and perhaps the root.
const MOST_CERTIFICATES: usize = 6;
/// Its owner is told this long before it ends.
const SOON: Duration = Duration::from_secs(21 * 86_400);

/// Chain and key as they came, PEM.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pem {
    pub(super) chain: String,
    pub(super) key: String,
}

/// A certificate that [`Uploaded::read`] took.
pub(super) struct Uploaded {
    pem: Pem,
    served: Arc<CertifiedKey>,
    facts: Facts,
}

/// Why a certificate is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the chain is not 1 to {MOST_CERTIFICATES} certificates in PEM")]
    Chain,
    #[error("certificate {0} of the chain cannot be read")]
    Unreadable(usize),
    #[error("the key is encrypted")]
    EncryptedKey,
    #[error("the key is not a private key in PEM, of a kind that browsers take")]
    Key,
    #[error("the key is not the one of the first certificate")]
    OtherKey,
    #[error("the first certificate is a CA's, not a server's")]
    NotAServer,
    #[error("the first certificate is not for servers (extended key usage)")]
    Usage,
    #[error("certificate {0} of the chain did not sign the one before it")]
    Order(usize),
    #[error("the chain does not hold together: {0}")]
    Broken(&'static str),
    #[error("the first certificate names nothing (subject alternative names)")]
    Nameless,
    #[error("certificate {0} of the chain has ended")]
    Ended(usize),
    #[error("certificate {0} of the chain is not valid yet, by the appliance's clock")]
    NotYet(usize),
}

impl Refused {
    /// What its owner can do.
    pub(crate) fn next(&self) -> &'static str {
        match self {
            Refused::Chain | Refused::Unreadable(_) => {
                "Paste the whole text of the chain (often fullchain.pem), each part from BEGIN CERTIFICATE to END CERTIFICATE."
            }
            Refused::EncryptedKey => {
                "Remove its password first: openssl pkey -in key.pem -out plain.pem."
            }
            Refused::Key => {
                "Paste the key from BEGIN to END: RSA of at least 2048 bits, EC P-256 or P-384, or Ed25519."
            }
            Refused::OtherKey => {
                "Paste the key that this certificate was asked for with; a renewed certificate often has a new key."
            }
            Refused::NotAServer => {
                "Put the server's own certificate first, then the one that signed it, and so on."
            }
            Refused::Usage => "Ask your CA for a certificate for TLS servers (serverAuth).",
            Refused::Order(_) => {
                "Put the server's certificate first, then the one that signed it, and so on, and leave out what does not belong."
            }
            Refused::Broken(_) => "Ask your CA for the chain once more.",
            Refused::Nameless => {
                "Ask your CA for a certificate with subject alternative names: browsers look at nothing else."
            }
            Refused::Ended(_) => "Renew it, and upload the new one.",
            Refused::NotYet(_) => {
                "Look at the clock under Network; if it is right, wait until the certificate is valid."
            }
        }
    }
}

impl Uploaded {
    /// Reads what can be served at all: certificates, and the key of the first one. Dates and names are not looked at.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(pem: Pem) -> Result<Uploaded, Refused> {
        let chain = certificates(&pem.chain)?;
        let facts = Facts::of(&chain[0]).ok_or(Refused::Unreadable(1))?;
        let served = with_key(chain, &pem.key)?;
        Ok(Uploaded { pem, served, facts })
    }

    /// Reads and checks all of it: the way in.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check(pem: Pem, now: SystemTime) -> Result<Uploaded, Refused> {
        let uploaded = Uploaded::read(pem)?;
        let chain = &uploaded.served.cert;
        let parsed = parse(chain)?;
        server(&parsed[0])?;
        if uploaded.facts.names.is_empty() && uploaded.facts.addresses.is_empty() {
            return Err(Refused::Nameless);
        }
        let signed = |pair: &[X509Certificate<'_>]| pair[0].issuer() == pair[1].subject();
        if let Some(at) = parsed.windows(2).position(|pair| !signed(pair)) {
            return Err(Refused::Order(at + 2));
        }
        dates(&parsed, now)?;
        holds_together(&uploaded, now)?;
        Ok(uploaded)
    }

    pub(super) fn pem(&self) -> &Pem {
        &self.pem
    }

    pub(super) fn served(&self) -> Arc<CertifiedKey> {
        self.served.clone()
    }

    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What its owner should know though it is served: sentences.
    pub(super) fn problems(
        &self,
        names: &[String],
        addresses: &[IpAddr],
        now: SystemTime,
    ) -> Vec<String> {
        let mut problems = Vec::new();
        let now = seconds(now);
        let left = self.facts.not_after.saturating_sub(now);
        if left <= 0 {
            problems.push("It has ended: browsers warn of it. Upload a new one.".to_owned());
        } else if left.unsigned_abs() < SOON.as_secs() {
            problems.push(format!("It ends in {} days: renew it.", left / 86_400));
        }
        let called: Vec<_> = names
            .iter()
            .map(|name| format!("{}.local", name.to_ascii_lowercase()))
            .collect();
        let covered = called
            .iter()
            .chain(names)
            .any(|name| self.facts.is_for(name))
            || addresses
                .iter()
                .any(|address| self.facts.addresses.contains(address));
        if !covered {
            problems.push(format!(
                "It is not for {}: browsers trust it under {} only, and something has to lead from there to the appliance (your DNS).",
                called.first().map_or("this appliance", String::as_str),
                self.facts.names.join(", ")
            ));
        }
        if self.served.cert.len() == 1 && !self.facts.self_signed {
            problems.push(
                "It came alone: a browser that does not know its issuer by heart warns. Upload the whole chain."
                    .to_owned(),
            );
        }
        problems
    }
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, Refused> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .take(MOST_CERTIFICATES + 1)
        .collect();
    found
        .ok()
        .filter(|found| (1..=MOST_CERTIFICATES).contains(&found.len()))
        .ok_or(Refused::Chain)
}

fn with_key(chain: Vec<CertificateDer<'static>>, key: &str) -> Result<Arc<CertifiedKey>, Refused> {
    if key.contains("BEGIN ENCRYPTED PRIVATE KEY") || key.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(Refused::EncryptedKey);
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| Refused::Key)?;
    let key = ring::sign::any_supported_type(&key).map_err(|_| Refused::Key)?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) => Ok(Arc::new(certified)),
        Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(Refused::OtherKey)
        }
        Err(_) => Err(Refused::Unreadable(1)),
    }
}

fn parse<'a>(chain: &'a [CertificateDer<'_>]) -> Result<Vec<X509Certificate<'a>>, Refused> {
    let numbered = chain.iter().zip(1..);
    let parsed = numbered.map(|(der, number)| match parse_x509_certificate(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(Refused::Unreadable(number)),
    });
    parsed.collect()
}

fn server(first: &X509Certificate<'_>) -> Result<(), Refused> {
    if first.is_ca() {
        return Err(Refused::NotAServer);
    }
    match first.extended_key_usage() {
        Ok(usage)
            if usage
                .as_ref()
                .is_none_or(|usage| usage.value.server_auth || usage.value.any) =>
        {
            Ok(())
        }
        _ => Err(Refused::Usage),
    }
}

fn dates(chain: &[X509Certificate<'_>], now: SystemTime) -> Result<(), Refused> {
    let now = seconds(now);
    for (certificate, number) in chain.iter().zip(1..) {
        let validity = certificate.validity();
        if now < validity.not_before.timestamp() {
            return Err(Refused::NotYet(number));
        }
        if now > validity.not_after.timestamp() {
            return Err(Refused::Ended(number));
        }
    }
    Ok(())
}

/// Signatures, path lengths and constraints, as a browser looks at them that trusts the chain's last certificate.
fn holds_together(uploaded: &Uploaded, now: SystemTime) -> Result<(), Refused> {
    let Some((anchor, chain)) = uploaded.served.cert.split_last() else {
        return Err(Refused::Chain);
    };
    let Some((first, between)) = chain.split_first() else {
        // Alone: there is nothing that it could be held against.
        return Ok(());
    };
    let mut roots = RootCertStore::empty();
    let number = between.len() + 2;
    roots
        .add(anchor.clone())
        .map_err(|_| Refused::Unreadable(number))?;
    let verifier = WebPkiServerVerifier::builder_with_provider(
        roots.into(),
        Arc::new(ring::default_provider()),
    );
    let verifier = verifier.build().map_err(|_| Refused::Unreadable(number))?;
    let name = uploaded.facts.a_name().ok_or(Refused::Nameless)?;
    let name = ServerName::try_from(name).map_err(|_| Refused::Nameless)?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds(now).unsigned_abs()));
    match verifier.verify_server_cert(first, between, &name, &[], now) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InvalidCertificate(CertificateError::BadSignature)) => {
            Err(Refused::Broken("a signature is wrong"))
        }
        Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => Err(
            Refused::Broken("a certificate between the first and the last may not sign others"),
        ),
        Err(_) => Err(Refused::Broken(
            "its own limits forbid it, or it is of a kind that browsers do not take",
        )),
    }
}

fn seconds(now: SystemTime) -> i64 {
    i64::try_from(super::ca::clock(now).as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "uploaded_tests.rs"]
pub(super) mod tests;
