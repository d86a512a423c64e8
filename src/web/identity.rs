//! The appliance's identity on the wire: its CA and certificate in their file, the one that its owner brings in another,
//! and which of the two is served.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};

use super::ca::{self, Ca, Leaf};
use super::facts::{self, Facts};
use super::own_ca;
use super::tls::{self, Serving};
use super::uploaded::{Pem, Refused, Uploaded};
use crate::settings::{OldestTls, replace_file};

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
    /// The data folder.
    folder: PathBuf,
    /// Held while a leaf is made and written.
    made: Mutex<Made>,
    serving: Arc<Serving>,
}

/// What the certificate is to name, and the certificates.
struct Made {
    ca: Ca,
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    leaf: Leaf,
    /// The one that the owner brought: it is served instead.
    uploaded: Option<Uploaded>,
    /// Why that one cannot be used any more: a sentence.
    damaged: Option<String>,
}

/// What is served, for its owner to see.
pub(super) struct Seen {
    pub(super) uploaded: bool,
    pub(super) facts: Facts,
    /// Of the appliance's CA, or of the uploaded chain's last certificate.
    pub(super) ca_fingerprint: String,
    /// Sentences.
    pub(super) problems: Vec<String>,
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
        let (uploaded, damaged) = open_uploaded(folder);
        let made = Made {
            ca,
            names,
            addresses,
            leaf,
            uploaded,
            damaged,
        };
        Ok(Identity(Arc::new(Shared {
            folder: folder.to_owned(),
            serving: Arc::new(Serving::new(made.served()?)),
            made: Mutex::new(made),
        })))
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The CA's certificate, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.made().ca.certificate.clone()
    }

    /// The certificate that the appliance made, PEM.
    #[cfg(test)]
    pub(super) fn leaf_pem(&self) -> String {
        self.made().leaf.certificate.clone()
    }

    /// The appliance is called `name` for good: a CA of its own that may not speak for that name is made anew. Whoever
    /// trusted the old one has to trust the new one. Blocks on the disk.
    pub(super) fn adopt(&self, name: &str) -> Result<(), IdentityError> {
        let mut made = self.made();
        made.names = vec![name.to_owned()];
        if !made.ca.is_ours() || made.ca.is_for(name) {
            return self.renew(&mut made);
        }
        made.ca = ca::make_ca(name, SystemTime::now())?;
        log::warn!("called {name} now, with a new CA: it has to be trusted once more");
        self.make_leaf(&mut made)
    }

    /// Serves under these names and addresses from now on; connections that are open stay. Blocks on
    /// the disk.
    pub(super) fn serve_as(
        &self,
        names: Vec<String>,
        addresses: Vec<IpAddr>,
    ) -> Result<(), IdentityError> {
        let mut made = self.made();
        (made.names, made.addresses) = (names, addresses);
        self.renew(&mut made)
    }

    /// Makes a new certificate if the old one is about to end: the clock may have been set since.
    /// Blocks on the disk.
    pub(super) fn check(&self) -> Result<(), IdentityError> {
        self.renew(&mut self.made())
    }

    fn renew(&self, made: &mut Made) -> Result<(), IdentityError> {
        let (names, addresses) = (&made.names, &made.addresses);
        if made
            .ca
            .suits(&made.leaf, names, addresses, SystemTime::now())
        {
            return Ok(());
        }
        self.make_leaf(made)
    }

    fn make_leaf(&self, made: &mut Made) -> Result<(), IdentityError> {
        let (names, addresses) = (&made.names, &made.addresses);
        made.leaf = made.ca.make_leaf(names, addresses, SystemTime::now())?;
        // First served, then kept: a full disk must not leave the old one in use.
        self.0.serving.replace(made.served()?);
        log::info!("new certificate for {}", made.names.join(", "));
        write(&identity_file(&self.0.folder), &made.ca, &made.leaf)
    }

    /// Looks at a certificate that the owner brings, and says how it would be seen.
    pub(super) fn try_uploaded(&self, pem: Pem) -> Result<Seen, Refused> {
        let now = SystemTime::now();
        let uploaded = Uploaded::check(pem, now)?;
        Ok(self.made().seen_uploaded(&uploaded, now))
    }

    /// Keeps it and serves it from now on; connections that are open stay. Blocks on the disk.
    pub(super) fn use_uploaded(&self, pem: Pem) -> Result<Seen, UploadError> {
        let uploaded = Uploaded::check(pem, SystemTime::now())?;
        let mut made = self.made();
        let text = serde_json::to_vec(uploaded.pem()).map_err(io::Error::from);
        let file = uploaded_file(&self.0.folder);
        text.and_then(|text| replace_file(&file, &text, 0o600))
            .map_err(|source| IdentityError::Write { path: file, source })?;
        (made.uploaded, made.damaged) = (Some(uploaded), None);
        self.0.serving.replace(made.served()?);
        Ok(made.seen())
    }

    /// Back to the appliance's own. Blocks on the disk.
    pub(super) fn forget_uploaded(&self) -> Result<Seen, IdentityError> {
        let mut made = self.made();
        let path = uploaded_file(&self.0.folder);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(IdentityError::Write { path, source });
            }
            _ => {}
        }
        (made.uploaded, made.damaged) = (None, None);
        self.0.serving.replace(made.served()?);
        Ok(made.seen())
    }

    /// What is served now.
    pub(super) fn seen(&self) -> Seen {
        self.made().seen()
    }

    /// Whether an uploaded certificate makes this host a name of the appliance; `is_called` knows which it has.
    pub(super) fn is_named(&self, host: &str, is_called: impl Fn(&str) -> bool) -> bool {
        let made = self.made();
        let uploaded = made.uploaded.as_ref();
        uploaded.is_some_and(|uploaded| uploaded.facts().is_our_name(host, is_called))
    }

    /// What listeners do with whoever calls.
    pub(super) fn tls_config(
        &self,
        oldest: OldestTls,
    ) -> Result<rustls::ServerConfig, IdentityError> {
        tls::server_config(self.0.serving.clone(), oldest)
    }
}

impl Made {
    fn served(&self) -> Result<Arc<CertifiedKey>, IdentityError> {
        match &self.uploaded {
            Some(uploaded) => Ok(uploaded.served()),
            None => certified(&self.ca, &self.leaf),
        }
    }

    fn seen(&self) -> Seen {
        match &self.uploaded {
            Some(uploaded) => self.seen_uploaded(uploaded, SystemTime::now()),
            None => Seen {
                uploaded: false,
                facts: facts_of(&self.leaf.certificate).unwrap_or_default(),
                ca_fingerprint: fingerprint_of(&self.ca.certificate),
                problems: self.damaged.clone().into_iter().collect(),
            },
        }
    }

    fn seen_uploaded(&self, uploaded: &Uploaded, now: SystemTime) -> Seen {
        let served = uploaded.served();
        Seen {
            uploaded: true,
            facts: uploaded.facts().clone(),
            ca_fingerprint: served
                .cert
                .last()
                .map(facts::fingerprint)
                .unwrap_or_default(),
            problems: uploaded.problems(&self.names, &self.addresses, now),
        }
    }
}

/// The owner's certificate, or a sentence about what is in its place.
fn open_uploaded(folder: &Path) -> (Option<Uploaded>, Option<String>) {
    let text = match std::fs::read(uploaded_file(folder)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (None, None),
        Err(error) => return (None, Some(damaged(&error.kind()))),
    };
    let pem: Pem = match serde_json::from_slice(&text) {
        Ok(pem) => pem,
        // Not what serde says: it might quote the key.
        Err(error) => {
            return (
                None,
                Some(damaged(&format!("line {} is no JSON", error.line()))),
            );
        }
    };
    match Uploaded::read(pem) {
        Ok(uploaded) => (Some(uploaded), None),
        Err(refused) => (None, Some(damaged(&refused))),
    }
}

fn damaged(why: &dyn std::fmt::Display) -> String {
    let sentence = format!(
        "The uploaded certificate cannot be used any more ({why}), so the appliance's own is served: upload it again, or forget it."
    );
    log::error!("{sentence}");
    sentence
}

fn facts_of(pem: &str) -> Option<Facts> {
    Facts::of(&CertificateDer::from_pem_slice(pem.as_bytes()).ok()?)
}

fn fingerprint_of(pem: &str) -> String {
    let der = CertificateDer::from_pem_slice(pem.as_bytes());
    der.map(|der| facts::fingerprint(&der)).unwrap_or_default()
}

/// Why a certificate was not put to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Identity(#[from] IdentityError),
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

fn uploaded_file(folder: &Path) -> PathBuf {
    folder.join("certificate.json")
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
    fn a_new_name_for_good_gets_a_new_ca_that_may_speak_for_it_and_keeps_it() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let identity = Identity::open(folder.path(), "rack", Vec::new()).expect("open");
        let served = || identity.0.serving.now().cert[0].clone();
        let (before, ca) = (served(), identity.ca_pem());
        identity.check().expect("check");
        identity.adopt("Rack").expect("the same name");
        assert_eq!((served(), identity.ca_pem()), (before, ca.clone()));
        identity.adopt("attic").expect("adopt");
        assert_ne!(identity.ca_pem(), ca);
        assert!(identity.seen().facts.is_for("attic"), "the bare name");
        let again = Identity::open(folder.path(), "attic", Vec::new()).expect("open again");
        assert_eq!(again.ca_pem(), identity.ca_pem());
        assert_eq!(again.0.serving.now().cert[0], served());
    }

    #[test]
    fn a_name_on_trial_keeps_the_ca() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let identity = Identity::open(folder.path(), "rack", Vec::new()).expect("open");
        let ca = identity.ca_pem();
        identity
            .serve_as(vec!["attic".to_owned()], Vec::new())
            .expect("serve");
        let seen = identity.seen();
        assert!(seen.facts.is_for("attic.local") && !seen.facts.is_for("attic"));
        assert_eq!(identity.ca_pem(), ca);
    }

    #[test]
    fn an_address_that_comes_later_is_served_without_a_restart() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let identity = Identity::open(folder.path(), "rack", Vec::new()).expect("open");
        let served = || identity.0.serving.now().cert[0].clone();
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
