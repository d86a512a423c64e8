//! rustls as the listeners use it: which versions, which ciphers, and whose certificate.
//!
//! [`identity`](super::identity) hands over the certificate; nothing here knows files.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, SupportedCipherSuite, SupportedProtocolVersion};

use super::identity::IdentityError;
use crate::settings::OldestTls;

/// HTTP/2 and HTTP/1.1 over TLS.
pub(super) fn server_config(
    serving: Arc<dyn ResolvesServerCert>,
    oldest: OldestTls,
) -> Result<rustls::ServerConfig, IdentityError> {
    let aes = has_aes();
    let provider = CryptoProvider {
        cipher_suites: in_order(ring::ALL_CIPHER_SUITES, aes),
        ..ring::default_provider()
    };
    let builder = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions(oldest))?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(serving);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = ring::Ticketer::new()?;
    // Without the instructions it is our side that is slow: then our order counts, not the client's.
    config.ignore_client_order = !aes;
    Ok(config)
}

/// The newest first.
static VERSIONS: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

fn versions(oldest: OldestTls) -> &'static [&'static SupportedProtocolVersion] {
    match oldest {
        OldestTls::V1_3 => &VERSIONS[..1],
        OldestTls::V1_2 => VERSIONS,
    }
}

/// The ciphers, the preferred ones first: without AES instructions (the Raspberry Pi 4 has none) ChaCha20-Poly1305 is
/// several times faster, and takes the same time whatever the key is.
fn in_order(suites: &[SupportedCipherSuite], aes: bool) -> Vec<SupportedCipherSuite> {
    let mut suites = suites.to_vec();
    suites.sort_by_key(|suite| is_chacha(suite.suite()) == aes);
    suites
}

fn is_chacha(suite: CipherSuite) -> bool {
    matches!(
        suite,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
    )
}

/// Whether this processor has instructions for AES. As the kernel tells it; nothing is tried out.
fn has_aes() -> bool {
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("aes");
    #[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
    return false;
}

/// Hands the newest certificate to every handshake, whatever name it asks for: an address has none.
pub(super) struct Serving(RwLock<Arc<CertifiedKey>>);

impl Serving {
    pub(super) fn new(certificate: Arc<CertifiedKey>) -> Serving {
        Serving(RwLock::new(certificate))
    }

    /// From the next handshake on; connections that are open stay.
    pub(super) fn replace(&self, certificate: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = certificate;
    }

    pub(super) fn now(&self) -> Arc<CertifiedKey> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serving")
    }
}

impl ResolvesServerCert for Serving {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chacha_comes_first_exactly_without_aes_instructions() {
        let first = |aes| is_chacha(in_order(ring::ALL_CIPHER_SUITES, aes)[0].suite());
        assert!(first(false));
        assert!(!first(true));
        let all = in_order(ring::ALL_CIPHER_SUITES, false);
        assert_eq!(all.len(), ring::ALL_CIPHER_SUITES.len(), "none is lost");
        let where_chacha_ends = all.iter().position(|suite| !is_chacha(suite.suite()));
        assert_eq!(where_chacha_ends, Some(3));
    }

    #[test]
    fn tls_1_2_is_spoken_only_when_it_is_asked_for() {
        let spoken = |oldest| {
            versions(oldest)
                .iter()
                .map(|version| version.version)
                .collect::<Vec<_>>()
        };
        assert_eq!(spoken(OldestTls::V1_3), [rustls::ProtocolVersion::TLSv1_3]);
        assert_eq!(spoken(OldestTls::V1_2).len(), 2);
    }
}
