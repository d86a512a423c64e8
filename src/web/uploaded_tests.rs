//! Certificates that OpenSSL made, as a company's CA would, and every way in which they are not right.

use std::path::PathBuf;
use std::process::Command;

use super::*;
use crate::settings::OldestTls;
use crate::web::identity::{Identity, UploadError};

const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256";
const DAY: Duration = Duration::from_secs(86_400);

/// A root, an intermediate of it, and a server's certificate of that, each in a file.
pub(in crate::web) struct Company(tempfile::TempDir);

impl Company {
    pub(in crate::web) fn new(names: &str) -> Company {
        Company::with(
            EC,
            &format!("subjectAltName={names}\nextendedKeyUsage=serverAuth"),
        )
    }

    fn with(kind: &str, server: &str) -> Company {
        let company = Company(tempfile::tempdir().expect("temporary folder"));
        company.write(
            "sub.ext",
            "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign",
        );
        company.write("leaf.ext", server);
        company.openssl(&format!(
            "req -x509 -newkey {EC} -nodes -keyout root.key -out root -days 3650 -subj /CN=Root -addext keyUsage=critical,keyCertSign"
        ));
        company.signed("sub", EC, "root", 1000);
        company.signed("leaf", kind, "sub", 90);
        company
    }

    /// Makes `name` and `name.key`, signed by `by`.
    fn signed(&self, name: &str, kind: &str, by: &str, days: u32) {
        self.openssl(&format!(
            "req -newkey {kind} -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA {by} -CAkey {by}.key -days {days} -extfile {name}.ext -out {name}"
        ));
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path(file), text).expect("write");
    }

    fn openssl(&self, arguments: &str) {
        let run = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .expect("run openssl");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{arguments}: {said}");
    }

    pub(in crate::web) fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).expect("read")
    }

    /// The chain of these files, and this key.
    pub(in crate::web) fn pem(&self, chain: &[&str], key: &str) -> Pem {
        Pem {
            chain: chain.iter().map(|file| self.text(file)).collect(),
            key: self.text(key),
        }
    }

    pub(in crate::web) fn right(&self) -> Pem {
        self.pem(&["leaf", "sub", "root"], "leaf.key")
    }

    fn refused(&self, chain: &[&str], key: &str) -> Refused {
        refused(self.pem(chain, key), now())
    }
}

fn now() -> SystemTime {
    SystemTime::now()
}

fn refused(pem: Pem, at: SystemTime) -> Refused {
    Uploaded::check(pem, at).err().expect("refused")
}

fn problems(pem: Pem, at: SystemTime) -> String {
    let uploaded = Uploaded::check(pem, at).expect("taken");
    uploaded.problems(&["rack".to_owned()], &[], at).join("\n")
}

#[test]
fn a_chain_of_a_companys_ca_is_taken_with_keys_of_every_usual_kind() {
    for kind in [
        EC,
        "ec -pkeyopt ec_paramgen_curve:P-384",
        "rsa:2048",
        "ed25519",
    ] {
        let company = Company::with(kind, "subjectAltName=DNS:rack.local");
        let uploaded = Uploaded::check(company.right(), now()).expect(kind);
        assert_eq!(uploaded.facts().names, ["rack.local"]);
        assert_eq!(problems(company.right(), now()), "");
        let without_root = company.pem(&["leaf", "sub"], "leaf.key");
        assert_eq!(
            problems(without_root, now()),
            "",
            "the root may stay at home"
        );
    }
}

#[test]
fn a_chain_in_the_wrong_order_is_refused_with_its_place() {
    let company = Company::new("DNS:rack.local");
    let refused = |chain: &[&str]| company.refused(chain, "leaf.key");
    assert_eq!(refused(&["leaf", "root", "sub"]), Refused::Order(2));
    assert_eq!(refused(&["leaf", "sub", "sub"]), Refused::Order(3));
    assert_eq!(
        company.refused(&["sub", "leaf"], "sub.key"),
        Refused::NotAServer
    );
}

#[test]
fn a_chain_of_a_namesake_is_refused() {
    let (company, namesake) = (
        Company::new("DNS:rack.local"),
        Company::new("DNS:rack.local"),
    );
    let pem = Pem {
        chain: company.text("leaf") + &namesake.text("sub"),
        key: company.text("leaf.key"),
    };
    assert!(matches!(refused(pem, now()), Refused::Broken(_)));
}

#[test]
fn the_key_of_another_certificate_is_refused() {
    let company = Company::new("DNS:rack.local");
    assert_eq!(
        company.refused(&["leaf", "sub"], "sub.key"),
        Refused::OtherKey
    );
}

#[test]
fn a_key_with_a_password_is_refused_with_the_way_to_remove_it() {
    let company = Company::new("DNS:rack.local");
    company.openssl("pkcs8 -topk8 -in leaf.key -passout pass:secret -out locked.key");
    let refused = company.refused(&["leaf", "sub"], "locked.key");
    assert_eq!(refused, Refused::EncryptedKey);
    assert!(refused.next().contains("openssl pkey"));
}

#[test]
fn dates_are_looked_at_in_the_whole_chain() {
    let company = Company::new("DNS:rack.local");
    let at = |days: u32| now() + DAY * days;
    assert_eq!(refused(company.right(), at(91)), Refused::Ended(1));
    let long = Company::new("DNS:rack.local");
    long.signed("leaf", EC, "sub", 2000);
    assert_eq!(refused(long.right(), at(1001)), Refused::Ended(2));
    assert_eq!(
        refused(company.right(), now() - DAY * 3),
        Refused::NotYet(1)
    );
    assert!(problems(company.right(), at(80)).contains("ends in"));
}

#[test]
fn a_certificate_that_names_nothing_or_is_not_for_servers_is_refused() {
    let nameless = Company::with(EC, "extendedKeyUsage=serverAuth");
    assert_eq!(refused(nameless.right(), now()), Refused::Nameless);
    let client = Company::with(
        EC,
        "subjectAltName=DNS:rack.local\nextendedKeyUsage=clientAuth",
    );
    assert_eq!(refused(client.right(), now()), Refused::Usage);
}

#[test]
fn a_certificate_for_another_name_is_taken_and_told() {
    let told = problems(Company::new("DNS:kvm.example.com").right(), now());
    assert!(
        told.contains("not for rack.local") && told.contains("kvm.example.com"),
        "{told}"
    );
    let both = Company::new("DNS:kvm.example.com,DNS:rack");
    assert_eq!(problems(both.right(), now()), "");
}

#[test]
fn a_certificate_without_its_chain_is_taken_and_told() {
    let company = Company::new("DNS:rack.local");
    assert!(problems(company.pem(&["leaf"], "leaf.key"), now()).contains("came alone"));
}

#[test]
fn what_is_not_pem_is_refused() {
    let company = Company::new("DNS:rack.local");
    let pem = |chain: &str, key: &str| Pem {
        chain: chain.to_owned(),
        key: key.to_owned(),
    };
    let (leaf, key) = (company.text("leaf"), company.text("leaf.key"));
    assert_eq!(refused(pem("", &key), now()), Refused::Chain);
    assert_eq!(refused(pem(&key, &key), now()), Refused::Chain);
    assert_eq!(refused(pem(&leaf.repeat(7), &key), now()), Refused::Chain);
    assert_eq!(refused(pem(&leaf, ""), now()), Refused::Key);
    assert_eq!(refused(pem(&leaf, &leaf), now()), Refused::Key);
    let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(refused(pem(odd, &key), now()), Refused::Unreadable(1));
    let second = leaf + odd;
    assert_eq!(refused(pem(&second, &key), now()), Refused::Unreadable(2));
}

/// What an upload is made of, cut and bent.
#[test]
fn no_bytes_make_it_panic() {
    use proptest::prelude::*;
    let company = Company::new("DNS:rack.local");
    let right = company.right();
    proptest!(|(at in 0..right.chain.len(), byte in 32u8..127, cut in 0..right.chain.len(), text in "\\PC{0,200}")| {
        let mut bent = right.clone().chain.into_bytes();
        bent[at] = byte;
        let chain = String::from_utf8_lossy(&bent).into_owned();
        let _ = Uploaded::check(Pem { chain: chain.clone(), key: right.key.clone() }, now());
        let _ = Uploaded::check(Pem { chain: chain[..cut].to_owned(), key: text.clone() }, now());
        let _ = Uploaded::check(Pem { chain: text, key: right.key.clone() }, now());
    });
}

#[test]
fn it_is_served_at_once_kept_for_its_owner_alone_and_forgotten_when_asked() {
    use std::os::unix::fs::PermissionsExt as _;
    let company = Company::new("DNS:rack.example.com");
    let data = tempfile::tempdir().expect("temporary folder");
    let open = || Identity::open(data.path(), "rack", Vec::new()).expect("open");
    let identity = open();
    let rack = |label: &str| label == "rack";
    identity.tls_config(OldestTls::V1_3).expect("TLS");
    assert!(!identity.is_named("rack.example.com", rack));
    let seen = identity.use_uploaded(company.right()).expect("used");
    assert!(seen.uploaded && identity.is_named("rack.example.com", rack));
    let file = data.path().join("certificate.json");
    let mode = std::fs::metadata(&file).expect("file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        open().seen().facts.names,
        ["rack.example.com"],
        "after a restart too"
    );
    let seen = identity.forget_uploaded().expect("forgotten");
    assert!(!seen.uploaded && !file.exists());
    assert!(identity.forget_uploaded().is_ok(), "twice is no error");
}

#[test]
fn a_refused_one_changes_nothing() {
    let company = Company::new("DNS:rack.local");
    let data = tempfile::tempdir().expect("temporary folder");
    let identity = Identity::open(data.path(), "rack", Vec::new()).expect("open");
    let wrong = company.pem(&["leaf", "sub"], "sub.key");
    let refused = identity.use_uploaded(wrong).err().expect("refused");
    assert!(matches!(refused, UploadError::Refused(Refused::OtherKey)));
    assert!(!identity.seen().uploaded && !data.path().join("certificate.json").exists());
}

#[test]
fn a_damaged_file_means_the_appliances_own_certificate_and_a_sentence() {
    let company = Company::new("DNS:rack.local");
    let data = tempfile::tempdir().expect("temporary folder");
    let open = || Identity::open(data.path(), "rack", Vec::new()).expect("open");
    open().use_uploaded(company.right()).expect("used");
    let file = data.path().join("certificate.json");
    let whole = std::fs::read_to_string(&file).expect("read");
    let other_key = serde_json::to_string(&company.pem(&["leaf"], "sub.key")).expect("JSON");
    for damage in [
        "",
        "{\"chain\":",
        &whole[..whole.len() / 2],
        "{}",
        &other_key,
    ] {
        std::fs::write(&file, damage).expect("write");
        let seen = open().seen();
        assert!(!seen.uploaded, "{damage}");
        assert!(
            seen.problems.join("").contains("cannot be used any more"),
            "{:?}",
            seen.problems
        );
        assert!(seen.facts.is_for("rack.local"));
    }
    assert!(
        open()
            .forget_uploaded()
            .expect("forgotten")
            .problems
            .is_empty()
    );
}
