//! What OpenSSL, which none of this uses, says of the certificates.

use std::process::Command;

use super::*;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + EARLIEST + DAY * 30
}

fn addresses() -> Vec<IpAddr> {
    [
        "192.168.1.7",
        "fe80::7",
        "fd00::7",
        "203.0.113.9",
        "2001:db8::1",
    ]
    .map(|a| a.parse().expect("address"))
    .into()
}

struct Files(tempfile::TempDir);

impl Files {
    fn of(ca: &Ca, leaf: &Leaf) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::write(folder.path().join("ca"), &ca.certificate).expect("write");
        std::fs::write(folder.path().join("leaf"), &leaf.certificate).expect("write");
        Files(folder)
    }

    fn openssl(&self, arguments: &[&str]) -> (bool, String) {
        let run = Command::new("openssl")
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .expect("run openssl");
        let text = [run.stdout, run.stderr]
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .concat();
        (run.status.success(), text)
    }

    fn verifies(&self, check: &[&str]) -> bool {
        let at = since_1970(now()).as_secs().to_string();
        let arguments = [
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-attime",
            &at,
            "-CAfile",
            "ca",
        ];
        self.openssl(&[&arguments, check, &["leaf"]].concat()).0
    }
}

#[test]
fn openssl_verifies_the_leaf_for_every_name_and_address() {
    let ca = make_ca("Rack", now()).expect("ca");
    let files = Files::of(
        &ca,
        &ca.make_leaf(&["Rack"], &addresses(), now()).expect("leaf"),
    );
    for name in ["rack", "rack.local", "localhost"] {
        assert!(files.verifies(&["-verify_hostname", name]), "{name}");
    }
    for address in ["192.168.1.7", "fe80::7", "fd00::7", "127.0.0.1", "::1"] {
        assert!(files.verifies(&["-verify_ip", address]), "{address}");
    }
    assert!(!files.verifies(&["-verify_hostname", "evil.example"]));
    assert!(
        !files.verifies(&["-verify_ip", "203.0.113.9"]),
        "not an address of a local network"
    );
}

#[test]
fn the_ca_cannot_vouch_for_the_internet() {
    let ca = make_ca("rack", now()).expect("ca");
    let issuer =
        Issuer::from_ca_cert_pem(&ca.certificate, KeyPair::from_pem(&ca.key).expect("key"))
            .expect("issuer");
    for name in ["evil.example", "8.8.8.8", "2001:db8::1"] {
        let mut params = params(name, now(), LEAF);
        params.subject_alt_names = CertificateParams::new([name.to_owned()])
            .expect("params")
            .subject_alt_names;
        let key = KeyPair::generate().expect("key");
        let leaf = Leaf {
            certificate: params.signed_by(&key, &issuer).expect("sign").pem(),
            ..ca.make_leaf(&["rack"], &[], now()).expect("leaf")
        };
        assert!(!Files::of(&ca, &leaf).verifies(&[]), "{name}");
    }
}

#[test]
fn the_leaf_lives_no_longer_than_apple_allows() {
    assert!(LEAF < DAY * 825);
    let leaf = make_ca("rack", now())
        .expect("ca")
        .make_leaf(&["rack"], &[], now())
        .expect("leaf");
    assert_eq!(leaf.not_after - leaf.not_before, 820);
}

#[test]
fn without_a_clock_validity_is_counted_from_the_date_of_the_source() {
    let reset = SystemTime::UNIX_EPOCH + DAY;
    let ca = make_ca("rack", reset).expect("ca");
    let leaf = ca.make_leaf(&["rack"], &[], reset).expect("leaf");
    assert!(ca.suits(&leaf, &["rack"], &[], reset));
    assert!(
        Files::of(&ca, &leaf).verifies(&[]),
        "valid for a client with the right time"
    );
}

#[test]
fn a_leaf_is_made_again_when_it_ends_or_its_names_change() {
    let ca = make_ca("rack", now()).expect("ca");
    let leaf = ca.make_leaf(&["rack"], &addresses(), now()).expect("leaf");
    assert!(ca.suits(&leaf, &["rack"], &addresses(), now()));
    assert!(ca.suits(&leaf, &["rack"], &addresses(), now() + DAY * 500));
    assert!(!ca.suits(&leaf, &["rack"], &addresses(), now() + DAY * 540));
    assert!(!ca.suits(&leaf, &["other"], &addresses(), now()));
    assert!(!ca.suits(&leaf, &["rack", "rack-2"], &addresses(), now()));
    let another = ["192.168.1.8".parse().expect("address")];
    assert!(!ca.suits(&leaf, &["rack"], &another, now()));
    assert!(
        ca.suits(&leaf, &["rack"], &[], now()),
        "an address that went is no reason"
    );
}

#[test]
fn a_new_name_keeps_the_ca_and_drops_only_the_bare_name() {
    let ca = make_ca("rack", now()).expect("ca");
    let files = Files::of(&ca, &ca.make_leaf(&["attic"], &[], now()).expect("leaf"));
    assert!(files.verifies(&["-verify_hostname", "attic.local"]));
    assert!(!files.verifies(&["-verify_hostname", "attic"]));
}

#[test]
fn what_was_made_in_a_wrong_future_is_put_right_when_the_clock_is() {
    let wrong = now() + DAY * 3650;
    let ca = make_ca("rack", wrong).expect("ca");
    let leaf = ca.make_leaf(&["rack"], &[], wrong).expect("leaf");
    assert!(ca.suits(&leaf, &["rack"], &[], wrong));
    assert!(!ca.suits(&leaf, &["rack"], &[], now()), "not valid yet");
    let leaf = ca.make_leaf(&["rack"], &[], now()).expect("leaf");
    assert!(
        Files::of(&ca, &leaf).verifies(&[]),
        "and the CA is the same"
    );
}

#[test]
fn what_was_made_in_a_wrong_past_is_put_right_when_the_clock_is() {
    let wrong = now() - DAY * 3650;
    let ca = make_ca("rack", wrong).expect("ca");
    let leaf = ca.make_leaf(&["rack"], &[], wrong).expect("leaf");
    assert!(ca.suits(&leaf, &["rack"], &[], wrong));
    assert!(Files::of(&ca, &leaf).verifies(&[]));
}

#[test]
fn a_name_that_the_neighbours_left_us_is_named_too() {
    let ca = make_ca("rack", now()).expect("ca");
    let leaf = ca.make_leaf(&["rack", "rack-2"], &[], now()).expect("leaf");
    let files = Files::of(&ca, &leaf);
    for name in ["rack", "rack.local", "rack-2.local"] {
        assert!(files.verifies(&["-verify_hostname", name]), "{name}");
    }
}
