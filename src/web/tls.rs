//! The appliance's identity on the wire: its CA and certificate in their file, and rustls.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};

use super::ca::{self, Ca, Leaf};
use super::own_ca;
use crate::settings::replace_file;

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("read the certificate from {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The position only: the text holds keys.
    #[error("{}:{line}:{column}: not a certificate file", path.display())]
    Parse {
        path: PathBuf,
        line: usize,
        column: usize,
    },
    #[error("write the certificate to {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("make a certificate")]
    Make(#[from] rcgen::Error),
    #[error("use the certificate")]
    Use(#[from] rustls::Error),
    #[error("use the certificate's PEM")]
    Pem(#[from] rustls::pki_types::pem::Error),
}

/// Cheap handle to CA and certificate.
#[derive(Clone)]
pub struct Identity(Arc<Shared>);

struct Shared {
    file: PathBuf,
    ca: Ca,
    /// Held while a leaf is made and written.
    made: Mutex<Made>,
    serving: Arc<Serving>,
}

/// What the certificate is to name, and the certificate.
struct Made {
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    leaf: Leaf,
}

/// What is in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    ca: Ca,
    leaf: Leaf,
}

impl Identity {
    /// Loads what `folder` holds, makes what is missing, and makes the certificate again when
    /// the name, the addresses or the date ask for it.
    ///
    /// # Errors
    /// The file cannot be read or written, or is damaged.
    pub fn open(
        folder: &Path,
        name: &str,
        addresses: Vec<IpAddr>,
    ) -> Result<Identity, IdentityError> {
        let (file, now) = (identity_file(folder), SystemTime::now());
        let kept = read(&file)?;
        let known = kept.is_some();
        let (ca, old) = match kept {
            Some(Kept { ca, leaf }) => (ca, Some(leaf)),
            None => (ca::make_ca(name, now)?, None),
        };
        let names = vec![name.to_owned()];
        let leaf = match old.filter(|leaf| ca.suits(leaf, &names, &addresses, now)) {
            Some(leaf) => leaf,
            None => {
                let leaf = ca.make_leaf(&names, &addresses, now)?;
                match write(&file, &ca, &leaf) {
                    // A full disk, say: the authority is known, and the next start makes another.
                    Err(error) if known => log::error!("{error}; serving with a new one anyway"),
                    written => written?,
                }
                leaf
            }
        };
        let serving = Arc::new(Serving(RwLock::new(certified(&ca, &leaf)?)));
        let made = Mutex::new(Made {
            names,
            addresses,
            leaf,
        });
        Ok(Identity(Arc::new(Shared {
            file,
            ca,
            made,
            serving,
        })))
    }

    /// The CA's certificate, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.0.ca.certificate
    }

    /// The certificate that is served, PEM.
    #[cfg(test)]
    pub(super) fn leaf_pem(&self) -> String {
        let made = self.0.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.leaf.certificate.clone()
    }

    /// Serves under another name from now on. Blocks on the disk.
    pub(super) fn rename(&self, name: &str) -> Result<(), IdentityError> {
        let mut made = self.0.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.names = vec![name.to_owned()];
        self.renew(&mut made)
    }

    /// Serves under these names and addresses from now on; connections that are open stay. Blocks on
    /// the disk.
    pub(super) fn serve_as(
        &self,
        names: Vec<String>,
        addresses: Vec<IpAddr>,
    ) -> Result<(), IdentityError> {
        let mut made = self.0.made.lock().unwrap_or_else(PoisonError::into_inner);
        (made.names, made.addresses) = (names, addresses);
        self.renew(&mut made)
    }

    /// Makes a new certificate if the old one is about to end: the clock may have been set since.
    /// Blocks on the disk.
    pub(super) fn check(&self) -> Result<(), IdentityError> {
        self.renew(&mut self.0.made.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn renew(&self, made: &mut Made) -> Result<(), IdentityError> {
        let (ca, now) = (&self.0.ca, SystemTime::now());
        let (names, addresses) = (&made.names, &made.addresses);
        if ca.suits(&made.leaf, names, addresses, now) {
            return Ok(());
        }
        made.leaf = ca.make_leaf(names, addresses, now)?;
        // First served, then kept: a full disk must not leave the old one in use.
        *self
            .0
            .serving
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner) = certified(ca, &made.leaf)?;
        log::info!("new certificate for {}", made.names.join(", "));
        write(&self.0.file, ca, &made.leaf)?;
        Ok(())
    }

    /// What listeners do with whoever calls.
    pub(super) fn tls_config(&self) -> Result<rustls::ServerConfig, IdentityError> {
        server_config(self.0.serving.clone())
    }
}

/// TLS 1.3 and 1.2, HTTP/2 and HTTP/1.1.
pub(super) fn server_config(
    serving: Arc<dyn ResolvesServerCert>,
) -> Result<rustls::ServerConfig, IdentityError> {
    let provider = Arc::new(ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(serving);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = ring::Ticketer::new()?;
    Ok(config)
}

/// Hands the newest certificate to every handshake, whatever name it asks for: an address has none.
struct Serving(RwLock<Arc<CertifiedKey>>);

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serving")
    }
}

impl ResolvesServerCert for Serving {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(
            self.0
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
    }
}

fn certified(ca: &Ca, leaf: &Leaf) -> Result<Arc<CertifiedKey>, IdentityError> {
    let mut chain = vec![CertificateDer::from_pem_slice(leaf.certificate.as_bytes())?];
    chain.extend(own_ca::intermediates(&ca.certificate));
    let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes())?;
    Ok(Arc::new(CertifiedKey::from_der(
        chain,
        key,
        &ring::default_provider(),
    )?))
}

pub(super) fn identity_file(folder: &Path) -> PathBuf {
    folder.join("identity.json")
}

fn read(file: &Path) -> Result<Option<Kept>, IdentityError> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let path = file.to_owned();
            return Err(IdentityError::Read { path, source });
        }
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| IdentityError::Parse {
            path: file.to_owned(),
            line: error.line(),
            column: error.column(),
        })
}

pub(super) fn write(file: &Path, ca: &Ca, leaf: &Leaf) -> Result<(), IdentityError> {
    let failed = |source| IdentityError::Write {
        path: file.to_owned(),
        source,
    };
    let kept = Kept {
        ca: ca.clone(),
        leaf: leaf.clone(),
    };
    let text = serde_json::to_vec_pretty(&kept).map_err(|error| failed(error.into()))?;
    replace_file(file, &text, 0o600).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_identity_survives_a_restart() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let open = || Identity::open(folder.path(), "rack", Vec::new()).expect("open");
        let (first, second) = (open(), open());
        assert_eq!(first.ca_pem(), second.ca_pem());
        let leaf = |identity: &Identity| identity.0.made.lock().expect("lock").leaf.clone();
        assert!(leaf(&first) == leaf(&second));
        let file = std::fs::metadata(folder.path().join("identity.json")).expect("file");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_new_name_gets_a_new_certificate_of_the_same_ca() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let identity = Identity::open(folder.path(), "rack", Vec::new()).expect("open");
        let served = || identity.0.serving.0.read().expect("lock").cert[0].clone();
        let before = served();
        identity.check().expect("check");
        assert_eq!(served(), before, "nothing changed");
        identity.rename("attic").expect("rename");
        assert_ne!(served(), before);
        let again = Identity::open(folder.path(), "attic", Vec::new()).expect("open again");
        assert_eq!(again.ca_pem(), identity.ca_pem());
        assert_eq!(again.0.serving.0.read().expect("lock").cert[0], served());
    }

    #[test]
    fn an_address_that_comes_later_is_served_without_a_restart() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let identity = Identity::open(folder.path(), "rack", Vec::new()).expect("open");
        let served = || identity.0.serving.0.read().expect("lock").cert[0].clone();
        let serve_as = |addresses: &[[u8; 4]]| {
            let addresses = addresses.iter().map(|&four| four.into()).collect();
            identity
                .serve_as(vec!["rack".to_owned()], addresses)
                .expect("serve");
            served()
        };
        let before = served();
        let with = serve_as(&[[192, 168, 1, 7]]);
        assert_ne!(with, before);
        assert_eq!(serve_as(&[]), with, "the cable was out for a moment");
        assert_eq!(serve_as(&[[192, 168, 1, 7]]), with);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_a_new_ca() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::write(folder.path().join("identity.json"), "{\"ca\":").expect("write");
        let error = Identity::open(folder.path(), "rack", Vec::new())
            .err()
            .expect("refused");
        assert!(matches!(error, IdentityError::Parse { .. }), "{error}");
    }
}
