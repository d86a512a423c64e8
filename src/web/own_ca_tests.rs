//! CAs that OpenSSL made, as an owner would.

use std::process::Command;
use std::time::Duration;

use super::*;
use crate::web::Identity;

/// A day on which everything below is valid.
fn now() -> SystemTime {
    SystemTime::now().max(SystemTime::UNIX_EPOCH + Duration::from_secs(1_794_000_000))
}

struct Made(tempfile::TempDir);

impl Made {
    fn new() -> Made {
        Made(tempfile::tempdir().expect("temporary folder"))
    }

    fn openssl(&self, arguments: &str) -> &Made {
        let run = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .expect("run openssl");
        assert!(
            run.status.success(),
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
        self
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.path().join(file)).expect("read")
    }

    fn ca(kind: &str, extensions: &str) -> Made {
        let made = Made::new();
        made.openssl(&format!(
            "req -x509 -newkey {kind} -nodes -keyout key -out ca -days 3650 -subj /CN=Acme {extensions}"
        ));
        made
    }

    fn check(&self) -> Result<OwnCa, OwnCaRefused> {
        OwnCa::check(&self.text("ca"), &self.text("key"), "Rack", now())
    }

    fn refused(&self) -> OwnCaRefused {
        self.check().err().expect("refused")
    }
}

const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256";

#[test]
fn a_ca_of_every_usual_kind_is_taken() {
    for kind in [
        EC,
        "ec -pkeyopt ec_paramgen_curve:P-384",
        "rsa:2048",
        "ed25519",
    ] {
        assert!(Made::ca(kind, "").check().is_ok(), "{kind}");
    }
}

#[test]
fn openssl_verifies_what_the_appliance_then_serves() {
    // OpenSSL's strictest check wants it.
    let made = Made::ca(EC, "-addext keyUsage=critical,keyCertSign");
    let data = tempfile::tempdir().expect("temporary folder");
    let ca = made.check().expect("taken");
    ca.keep(data.path(), "Rack", now()).expect("keep");
    let identity = Identity::open(data.path(), "Rack", Vec::new()).expect("open");
    assert_eq!(identity.ca_pem(), made.text("ca"));
    std::fs::write(made.0.path().join("leaf"), identity.leaf_pem()).expect("write");
    for name in ["rack.local", "rack", "localhost"] {
        made.openssl(&format!(
            "verify -x509_strict -purpose sslserver -CAfile ca -verify_hostname {name} leaf"
        ));
    }
}

#[test]
fn an_intermediate_is_served_beside_the_certificate_and_the_root_is_not() {
    let made = Made::ca(EC, "");
    std::fs::write(
        made.0.path().join("extensions"),
        "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign",
    )
    .expect("write");
    made.openssl(&format!(
        "req -newkey {EC} -nodes -keyout sub.key -out sub.csr -subj /CN=Sub"
    ))
    .openssl("x509 -req -in sub.csr -CA ca -CAkey key -days 999 -extfile extensions -out sub");
    let chain = made.text("sub") + &made.text("ca");
    assert!(OwnCa::check(&chain, &made.text("sub.key"), "rack", now()).is_ok());
    let beside = intermediates(&chain);
    let sub = CertificateDer::from_pem_slice(made.text("sub").as_bytes()).expect("PEM");
    assert_eq!(beside, [sub]);
}

#[test]
fn a_key_of_another_ca_is_refused() {
    let (one, two) = (Made::ca(EC, ""), Made::ca(EC, ""));
    let refused = OwnCa::check(&one.text("ca"), &two.text("key"), "rack", now()).err();
    assert_eq!(refused, Some(OwnCaRefused::OtherKey));
}

#[test]
fn a_certificate_that_may_not_sign_is_refused() {
    let leaf = Made::ca(EC, "-addext basicConstraints=critical,CA:FALSE");
    assert_eq!(leaf.refused(), OwnCaRefused::NoCa);
    let limited = Made::ca(EC, "-addext keyUsage=digitalSignature");
    assert_eq!(limited.refused(), OwnCaRefused::NoCa);
}

#[test]
fn a_ca_that_may_not_speak_for_this_name_is_refused() {
    let limited = Made::ca(
        EC,
        "-addext nameConstraints=critical,permitted;DNS:example.org",
    );
    assert_eq!(limited.refused(), OwnCaRefused::Useless);
}

#[test]
fn a_ca_that_has_ended_is_refused() {
    let made = Made::ca(EC, "");
    let late = now() + Duration::from_secs(3700 * 86_400);
    let refused = OwnCa::check(&made.text("ca"), &made.text("key"), "rack", late).err();
    assert_eq!(refused, Some(OwnCaRefused::Ended));
}

#[test]
fn what_is_not_pem_is_refused() {
    let made = Made::ca(EC, "");
    let (ca, key) = (made.text("ca"), made.text("key"));
    let refused = |ca: &str, key: &str| OwnCa::check(ca, key, "rack", now()).err();
    assert_eq!(refused("", &key), Some(OwnCaRefused::Certificate));
    assert_eq!(refused(&key, &key), Some(OwnCaRefused::Certificate));
    assert_eq!(
        refused(&ca.repeat(5), &key),
        Some(OwnCaRefused::Certificate)
    );
    assert_eq!(refused(&ca, ""), Some(OwnCaRefused::Key));
    assert_eq!(refused(&ca, &ca), Some(OwnCaRefused::Key));
    let traditional = "ec -in key -out old";
    made.openssl(traditional);
    assert_eq!(refused(&ca, &made.text("old")), Some(OwnCaRefused::Key));
}
