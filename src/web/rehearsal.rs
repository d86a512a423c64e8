//! One TLS handshake in memory, with a key that nobody sees and is forgotten at once.
//!
//! `app` asks for it while the data folder is still being prepared: whoever comes first then waits for nothing
//! that is slow only the first time, and a build whose cryptography fails on this processor says so in the log.
//! Never touches the appliance's own key or a socket.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConnection;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::identity::IdentityError;
use super::tls;
use crate::settings::OldestTls;

/// What a client of TLS 1.3 says first (RFC 8446, 4.1.2), with the key exchange and the ciphers that browsers use.
#[rustfmt::skip]
const GREETING: &[&[u8]] = &[
    // A handshake record of 123 bytes, in it a ClientHello of 119.
    &[0x16, 3, 1, 0, 123, 1, 0, 0, 119],
    // The version that everybody claims, a random number, no old session.
    &[3, 3], &[0x5a; 32], &[0],
    // Ciphers: AES-256-GCM, AES-128-GCM. Compression: none.
    &[0, 4, 0x13, 2, 0x13, 1], &[1, 0],
    // 74 bytes of extensions. The real version: 1.3.
    &[0, 74], &[0, 43, 0, 3, 2, 3, 4],
    // Groups: X25519. Signatures: ECDSA with P-256. Its share: the curve's base point.
    &[0, 10, 0, 4, 0, 2, 0, 29], &[0, 13, 0, 4, 0, 2, 4, 3],
    &[0, 51, 0, 38, 0, 36, 0, 29, 0, 32], &[9], &[0; 31],
    // Protocol: HTTP/2.
    &[0, 16, 0, 5, 0, 3, 2, b'h', b'2'],
];

/// Answers a client's first words up to where it would have to speak again.
///
/// # Errors
/// The cryptography does not work.
pub fn rehearse() -> Result<(), IdentityError> {
    answer(&GREETING.concat()).map(|_| ())
}

fn answer(greeting: &[u8]) -> Result<Vec<u8>, IdentityError> {
    let config = tls::server_config(Arc::new(Throwaway(throwaway()?)), OldestTls::V1_3)?;
    let mut connection = ServerConnection::new(Arc::new(config))?;
    let mut said = Vec::new();
    let mut greeting = greeting;
    let failed = |error: std::io::Error| rustls::Error::General(error.to_string());
    connection.read_tls(&mut greeting).map_err(failed)?;
    connection.process_new_packets()?;
    while connection.wants_write() {
        connection.write_tls(&mut said).map_err(failed)?;
    }
    Ok(said)
}

/// A key of the kind that the appliance has; the certificate is read by clients only.
fn throwaway() -> Result<Arc<CertifiedKey>, IdentityError> {
    let key = rcgen::KeyPair::generate()?.serialize_der();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let key = ring::sign::any_supported_type(&key)?;
    let certificate = CertificateDer::from_slice(b"nobody reads this");
    Ok(Arc::new(CertifiedKey::new(vec![certificate], key)))
}

struct Throwaway(Arc<CertifiedKey>);

impl fmt::Debug for Throwaway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Throwaway")
    }
}

impl ResolvesServerCert for Throwaway {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_answer_to_a_clients_first_words_is_said() {
        let said = answer(&GREETING.concat()).expect("an answer");
        let records: Vec<u8> = records(&said).collect();
        // ServerHello in the clear, ChangeCipherSpec, and what is sealed.
        assert_eq!(records[..2], [22, 20]);
        assert!(!records[2..].is_empty() && records[2..].iter().all(|kind| *kind == 23));
    }

    #[test]
    fn words_that_make_no_sense_are_no_rehearsal() {
        assert!(answer(b"GET / HTTP/1.1\r\n\r\n").is_err());
    }

    /// The kind of each record.
    fn records(mut bytes: &[u8]) -> impl Iterator<Item = u8> {
        std::iter::from_fn(move || {
            let (head, rest) = bytes.split_at_checked(5)?;
            let length = usize::from(u16::from_be_bytes([head[3], head[4]]));
            bytes = rest.get(length..)?;
            Some(head[0])
        })
    }
}
