//! Files as people and Raspberry Pi Imager write them.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::settings::{Method, Settings};

const YESCRYPT: &str = "$y$jB5$abcdefghijklmnop$caizaMzTsVf5iPKHI1tls.K1QiCqddl6DRlbTrJmleC";

/// Every key that Imager writes, as it writes them.
const IMAGER: &str = r#"config_version = "1.0"

[system]
hostname = "rack-3"

[user]
name = "ann"
password = "$y$jB5$abcdefghijklmnop$caizaMzTsVf5iPKHI1tls.K1QiCqddl6DRlbTrJmleC"
password_encrypted = true
groups = ["sudo"]

[ssh]
enabled = true
password_authentication = false
authorized_keys = [
  "ssh-ed25519 AAAA ann@laptop",
]

[wlan]
ssid = "Attic \"2\""
password = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
password_encrypted = true
hidden = false
country = "GB"

[locale]
keymap = "gb"
timezone = "Europe/London"

[connect]
enabled = true
mode = "token"
token = "rpuak_secret"
"#;

const OWN: &str = r#"[device]
name = "rack-3"

[account]
name = "ann"
password = "correct horse"

[network]
method = "static"
address = "192.0.2.7/24"
router = "192.0.2.1"
dns = ["192.0.2.1", "2001:db8::1"]
ipv6 = false

[time]
servers = ["ntp.example.org"]

[wifi]
ssid = "Attic"
password = "battery staple"
country = "gb"
"#;

fn source(format: Format, text: impl AsRef<[u8]>) -> (tempfile::TempDir, Source) {
    let boot = tempfile::tempdir().expect("temporary folder");
    std::fs::write(boot.path().join(format.file_name()), text).expect("write");
    let source = Source::find(boot.path()).expect("find").remove(0);
    (boot, source)
}

fn read(format: Format, text: impl AsRef<[u8]>) -> Result<Reading, String> {
    source(format, text)
        .1
        .read()
        .map_err(|refusal| refusal.to_string())
}

fn refused(text: &str) -> String {
    read(Format::Own, text).expect_err("refused")
}

#[test]
fn what_imager_writes_is_read() {
    let reading = read(Format::Imager, IMAGER).expect("read");
    let wishes = &reading.wishes;
    assert_eq!(wishes.name.as_deref(), Some("rack-3"));
    let account = wishes.account.as_ref().expect("account");
    assert_eq!(account.name, "ann");
    assert!(matches!(account.credential, Credential::Hash(_)));
    assert_eq!(
        wishes.wifi.as_ref().expect("Wi-Fi").name(),
        "Attic \\\"2\\\""
    );
    assert_eq!(
        reading.unknown,
        [
            "connect.enabled",
            "connect.mode",
            "connect.token",
            "locale.keymap",
            "locale.timezone",
            "ssh.authorized_keys",
            "ssh.enabled",
            "ssh.password_authentication",
        ]
    );
    assert_eq!(reading.remarks, Vec::<String>::new());
}

#[test]
fn our_own_format_is_read() {
    let reading = read(Format::Own, OWN).expect("read");
    let mut settings = Settings::default();
    reading.wishes.lay_over(&mut settings);
    assert_eq!(settings.device.name, "rack-3");
    assert_eq!(settings.network.method, Method::Static);
    assert_eq!(
        settings.network.address.expect("address").to_string(),
        "192.0.2.7/24"
    );
    assert_eq!(settings.network.dns.len(), 2);
    assert!(!settings.network.ipv6);
    assert_eq!(settings.time.servers, ["ntp.example.org"]);
    assert!(matches!(
        reading.wishes.account.as_ref().expect("account").credential,
        Credential::Password(_)
    ));
    assert_eq!((reading.unknown.len(), reading.remarks.len()), (0, 0));
}

#[test]
fn the_network_of_the_imager_format_is_read() {
    let text = "config_version = \"1.1\"\n[ethernet]\nmethod = \"static\"\naddress = \"192.168.1.50/24\"\ngateway = \"192.168.1.1\"\ndns = [\"192.168.1.1\"]\n[time]\nntp = [\"a\", \"b\"]\nfallback_ntp = [\"c\", \"d\", \"e\"]\n";
    let wishes = read(Format::Imager, text).expect("read").wishes;
    let network = wishes.network.expect("network");
    assert_eq!(
        network.address.expect("address").to_string(),
        "192.168.1.50/24"
    );
    assert_eq!(network.router, Some([192, 168, 1, 1].into()));
    assert_eq!(wishes.time.expect("time").servers, ["a", "b", "c", "d"]);
}

#[test]
fn a_wired_network_is_not_switched_off() {
    let text = "config_version = \"1.0\"\n[ethernet]\nmethod = \"disabled\"\naddress = \"x\"\n";
    let reading = read(Format::Imager, text).expect("read");
    assert_eq!(
        reading.wishes.network.expect("network").method,
        Method::Dhcp
    );
    assert!(
        reading.remarks[0].contains("line 3"),
        "{:?}",
        reading.remarks
    );
}

#[test]
fn a_mistake_has_line_key_and_what_is_allowed() {
    for (text, sentence) in [
        (
            "[device]\nname = \"a b\"",
            "line 2: device.name: \"a b\" is not allowed: 1 to 63",
        ),
        (
            "[device]\nname = 3",
            "line 2: device.name: has to be a text in quotes",
        ),
        (
            "[account]\nname = \"Ann\"\npassword = \"12345678\"",
            "line 2: account.name: the user name takes",
        ),
        (
            "[account]\nname = \"ann\"\npassword = \"short\"",
            "line 3: account.password: the password takes",
        ),
        (
            "[account]\nname = \"ann\"\npassword_hash = \"x\"",
            "line 3: account.password_hash: not a password hash",
        ),
        (
            "[account]\npassword = \"12345678\"",
            "line 2: account.password: needs the user's name",
        ),
        (
            "[account]\nname = \"a\"\npassword = \"12345678\"\npassword_hash = \"x\"",
            "line 4: account.password_hash: stands beside",
        ),
        (
            "[network]\nmethod = \"magic\"",
            "line 2: network.method: has to be \"dhcp\" or \"static\"",
        ),
        (
            "[network]\nmethod = \"static\"",
            "line 2: network.address: ",
        ),
        (
            "[network]\naddress = \"192.0.2.0/24\"",
            "line 2: network.address: \"192.0.2.0/24\" is not allowed",
        ),
        (
            "[network]\naddress = \"192.0.2.7\"",
            "line 2: network.address: has to be",
        ),
        (
            "[network]\nrouter = \"x\"",
            "line 2: network.router: has to be",
        ),
        ("[network]\ndns = [\"x\"]", "line 2: network.dns: has to be"),
        (
            "[time]\nservers = [\"a b\"]",
            "line 2: time.servers: \"a b\" is not allowed",
        ),
        (
            "[wifi]\nssid = \"\"",
            "line 2: wifi.ssid: has to have 1 to 32 bytes",
        ),
        (
            "[wifi]\nssid_hex = \"abc\"",
            "line 2: wifi.ssid_hex: has to be an even number",
        ),
        (
            "[wifi]\nssid = \"a\"\npassword = \"short\"",
            "line 3: wifi.password: has to have 8 to 63",
        ),
        (
            "[wifi]\nssid = \"a\"\nsecurity = \"sae\"",
            "line 2: wifi.ssid: needs a password",
        ),
        (
            "[wifi]\nssid = \"a\"\nsecurity = \"none\"\npassword = \"12345678\"",
            "line 4: wifi.password: is not for",
        ),
        (
            "[wifi]\nssid = \"a\"\ncountry = \"G8\"",
            "line 3: wifi.country: has to be",
        ),
        (
            "[ca]\ncertificate = \"x\"",
            "line 2: ca.certificate: needs ca.key",
        ),
        ("[ca]\nkey = \"x\"", "line 2: ca.key: needs ca.certificate"),
        ("[device\n", "line 1: "),
    ] {
        let refusal = refused(text);
        assert!(refusal.starts_with(sentence), "{text:?}: {refusal}");
    }
}

#[test]
fn a_file_of_another_version_is_refused() {
    let refusal = |text: &str| read(Format::Imager, text).expect_err("refused");
    assert!(refusal("").contains("config_version is missing"));
    assert!(refusal("config_version = \"2.0\"").starts_with("line 1: config_version: "));
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_refused() {
    assert!(refused(&"#".repeat(70_000)).contains("too large"));
    // What Windows calls Unicode.
    let utf16 = b"\xff\xfe[\0d\0";
    assert!(
        read(Format::Own, utf16)
            .expect_err("refused")
            .contains("UTF-8")
    );
}

#[test]
fn a_refusal_shows_no_secret() {
    for key in ["password", "password_hash"] {
        let text = format!("[account]\nname = \"ann\"\n{key} = \"s3cr3t!\"");
        assert!(!refused(&text).contains("s3cr3t"));
    }
    let reading = read(Format::Own, OWN).expect("read");
    let shown = format!("{:?}", reading.wishes);
    assert!(
        !shown.contains("horse") && !shown.contains("staple"),
        "{shown}"
    );
}

#[test]
fn secrets_are_overwritten_and_the_rest_stays() {
    for (format, text, secrets) in [
        (
            Format::Imager,
            IMAGER,
            &[YESCRYPT, "0123456789abcdef", "rpuak_secret"][..],
        ),
        (Format::Own, OWN, &["correct horse", "battery staple"][..]),
    ] {
        let (boot, source) = source(format, text);
        let reading = source.read().expect("read");
        assert!(!reading.is_blank());
        source.blank(&reading).expect("blank");
        let after = content(boot.path(), format);
        assert_eq!(after.len(), text.len());
        for secret in secrets {
            assert!(!after.contains(secret), "{after}");
        }
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        for (before, after) in lines(text).iter().zip(lines(&after)) {
            assert!(
                before == &after || after.contains("**"),
                "{before} -> {after}"
            );
        }
        let again = read(format, &after).expect("still readable");
        assert!(again.is_blank());
        assert_eq!(again.fingerprint(), reading.fingerprint());
        assert_eq!(again.wishes.account, None);
        assert!(
            again
                .remarks
                .iter()
                .any(|remark| remark.contains("overwritten")),
            "{:?}",
            again.remarks
        );
    }
}

#[test]
fn a_file_that_was_changed_meanwhile_is_not_overwritten() {
    let (boot, source) = source(Format::Own, OWN);
    let reading = source.read().expect("read");
    let other = OWN.replace("correct", "another");
    std::fs::write(boot.path().join("farseat.toml"), &other).expect("write");
    source.blank(&reading).expect_err("changed");
    assert_eq!(content(boot.path(), Format::Own), other);
}

#[test]
fn two_files_differ_and_two_secrets_do_not() {
    let print = |text: &str| read(Format::Own, text).expect("read").fingerprint();
    assert_eq!(print(OWN), print(&OWN.replace("correct", "another")));
    assert_ne!(print(OWN), print(&OWN.replace("rack-3", "rack-4")));
}

#[test]
fn ours_is_found_before_imagers() {
    let boot = tempfile::tempdir().expect("temporary folder");
    assert_eq!(Source::find(boot.path()).expect("find").len(), 0);
    for format in Format::ALL {
        std::fs::write(boot.path().join(format.file_name()), "").expect("write");
    }
    let found = Source::find(boot.path()).expect("find");
    assert_eq!(
        found.iter().map(|source| source.format).collect::<Vec<_>>(),
        Format::ALL
    );
}

/// The book's page, which promises these keys.
const PAGE: &str = include_str!("../../docs/preseed.md");

#[test]
fn the_example_of_the_book_is_read_as_it_stands() {
    let (_, rest) = PAGE.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let reading = read(Format::Own, example).expect("read");
    assert_eq!((reading.unknown.len(), reading.remarks.len()), (0, 0));
    assert!(reading.wishes.account.is_some() && reading.wishes.network.is_some());
}

#[test]
fn every_key_of_the_book_is_known() {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    let first = rows.filter_map(|row| row.split('|').nth(1));
    let keys: Vec<&str> = first
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|key| {
            key.bytes()
                .all(|byte| byte.is_ascii_lowercase() || b"_.".contains(&byte))
        })
        .filter(|key| key.contains('.') && !key.ends_with(".toml"))
        .collect();
    let ours = |key: &str| {
        let tables = ["device", "account", "network", "wifi", "ca"];
        tables
            .iter()
            .any(|table| key.split('.').next() == Some(*table))
            || key == "time.servers"
    };
    let (own, imagers): (Vec<&str>, Vec<&str>) = keys.into_iter().partition(|&key| ours(key));
    assert!(own.len() > 15 && imagers.len() > 8, "{own:?} {imagers:?}");
    for (keys, read) in [
        (own, own::read as fn(&mut document::Document<'_>) -> _),
        (imagers, imager::read),
    ] {
        for key in keys {
            // A value of a kind that no key has: whoever knows the key complains by its name.
            let text = format!("config_version = \"1.0\"\n{key} = 1979-05-27\n");
            let mut document = document::Document::parse(&text).expect("TOML");
            let refusal: Result<wishes::Draft, Refusal> = read(&mut document);
            let refusal = refusal.err().map(|refusal| refusal.to_string());
            assert!(
                refusal.is_some_and(|refusal| refusal.contains(key)),
                "{key}"
            );
        }
    }
}

fn content(boot: &Path, format: Format) -> String {
    std::fs::read_to_string(boot.join(format.file_name())).expect("read")
}

/// Lines that are nearly right, in any order.
fn nearly() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        prop::sample::select(
            OWN.lines()
                .chain(IMAGER.lines())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        ),
        "[a-z_.]{1,12} = [\"'\\[]{0,3}[a-z$*0-9\\\\]{0,12}[\"'\\]]{0,3}",
        "\\PC{0,30}",
    ];
    prop::collection::vec(line, 0..20).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_file_makes_reading_panic(text in nearly(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for format in Format::ALL {
            let _ = read(format, &text);
            let _ = read(format, &bytes);
        }
    }

    /// Whatever is read can be overwritten: same length, readable again, and then nothing is left to do.
    #[test]
    fn overwriting_is_done_once(text in nearly()) {
        for format in Format::ALL {
            let (boot, source) = source(format, &text);
            let Ok(reading) = source.read() else { continue };
            source.blank(&reading).expect("blank");
            let after = content(boot.path(), format);
            prop_assert_eq!(after.len(), text.len());
            let again = read(format, &after).expect("readable");
            prop_assert!(again.is_blank());
            prop_assert_eq!(again.fingerprint(), reading.fingerprint());
        }
    }
}
