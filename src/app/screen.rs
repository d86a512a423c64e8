//! The appliance's own screen (HDMI) and serial line: who it is, where it is, whose it is. Nothing can be typed there.
//!
//! [`render`] is pure; the task behind [`start`] writes again whenever something on it has changed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::addresses;
use crate::auth::{Auth, ClaimState};
use crate::net::Network;
use crate::settings::Store;
use crate::system::{DataState, System};
use crate::web::Identity;

/// The text screen; the first one, which is shown after power-on.
const SCREEN: &str = "/dev/tty1";
/// The names of the kernel's consoles, the serial line's among them.
const CONSOLES: &str = "/sys/class/tty/console/active";
/// How soon a change is seen.
const EVERY: Duration = Duration::from_secs(1);
/// Clear everything, go to the first line, hide the cursor.
const CLEAR: &str = "\x1b[2J\x1b[H\x1b[?25l";
const COLUMNS: usize = 80;
/// Where values begin, below each other.
const INDENT: usize = 14;
/// More addresses than this tell nobody more.
const ADDRESSES: usize = 4;

/// Everything that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Words {
    name: String,
    version: &'static str,
    /// Under which name it is found on its link, without `.local`.
    label: Option<String>,
    addresses: Vec<IpAddr>,
    port: u16,
    /// SHA-256 of the CA's certificate.
    fingerprint: [u8; 32],
    claim: ClaimState,
    data: DataState,
    reason: String,
}

/// What the words are made of.
pub(super) struct Sources {
    pub(super) settings: Store,
    pub(super) auth: Auth,
    pub(super) system: System,
    pub(super) network: Network,
    /// Whose CA's fingerprint is shown: it is another one after a new name.
    pub(super) identity: Identity,
    pub(super) port: u16,
}

/// Keeps the words up to date as long as the program runs.
pub(super) fn start(sources: Sources) {
    tokio::spawn(async move {
        // An address that comes in the first second is waited for: nobody reads that there is none yet.
        let mut seconds = tokio::time::interval_at(Instant::now() + EVERY, EVERY);
        let mut patient = true;
        let mut network = sources.network.status();
        let mut shown = None;
        loop {
            // The network says when it changes; a claim and a name are looked for.
            tokio::select! {
                _ = seconds.tick() => patient = false,
                Ok(()) = network.changed() => {}
            }
            let words = gather(&sources, fingerprint(&sources.identity.ca_pem()));
            if patient && words.addresses.is_empty() {
                continue;
            }
            if shown.as_ref() != Some(&words) {
                let text = render(&words);
                shown = Some(words);
                // A serial line takes its time.
                let _ = tokio::task::spawn_blocking(move || show(&text)).await;
            }
        }
    });
}

fn gather(sources: &Sources, fingerprint: [u8; 32]) -> Words {
    let status = sources.system.status();
    let network = sources.network.status().borrow().clone();
    let addresses = if sources.network.is_managed() {
        network.addresses.iter().map(|cidr| cidr.address).collect()
    } else {
        addresses::own()
    };
    Words {
        name: sources.settings.current().device.name,
        version: status.version,
        label: network.label,
        addresses: addresses.into_iter().filter(leads_here).collect(),
        port: sources.port,
        fingerprint,
        claim: sources.auth.claim_state(),
        data: status.data.state,
        reason: status.data.reason,
    }
}

/// Whether a browser of another machine can use it: link-local IPv6 needs the name of *its* link.
fn leads_here(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_loopback(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unicast_link_local(),
    }
}

/// Of what `/ca.crt` gives, as browsers show it: of the certificate's DER.
fn fingerprint(pem: &str) -> [u8; 32] {
    CertificateDer::from_pem_slice(pem.as_bytes())
        .map(|der| Sha256::digest(&der).into())
        .unwrap_or_default()
}

/// The words in lines of at most 80 columns of ASCII.
fn render(words: &Words) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        for (row, part) in wrapped(value, COLUMNS - INDENT - 1).into_iter().enumerate() {
            let label = if row == 0 { label } else { "" };
            let line = format!("{label:INDENT$}{part}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
    };
    line("", "");
    line(
        "Farseat",
        &format!("{}, version {}", words.name, words.version),
    );
    for (row, url) in urls(words).iter().enumerate() {
        line(if row == 0 { "Open" } else { "" }, url);
    }
    line("CA SHA-256", &hexadecimal(&words.fingerprint));
    line("Owner", owner(words.claim));
    if let Some(data) = data(words) {
        line("Data", &data);
    }
    line("", "");
    text
}

fn urls(words: &Words) -> Vec<String> {
    let port = match words.port {
        443 => String::new(),
        port => format!(":{port}"),
    };
    if words.addresses.is_empty() {
        return vec!["no address yet: is the network cable plugged in?".to_owned()];
    }
    let hosts = words
        .addresses
        .iter()
        .take(ADDRESSES)
        .map(|address| match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        });
    let named = words.label.iter().map(|label| format!("{label}.local"));
    let all = named.chain(hosts);
    all.map(|host| format!("https://{host}{port}/")).collect()
}

fn owner(claim: ClaimState) -> &'static str {
    match claim {
        ClaimState::Done => "this appliance has an owner",
        ClaimState::Open => "nobody yet: open the page and claim this appliance now",
        ClaimState::Closed => "nobody yet: turn the power off and on to claim this appliance",
    }
}

fn data(words: &Words) -> Option<String> {
    let state = match words.data {
        DataState::Kept => return None,
        DataState::New => "new",
        DataState::Remade => "made anew; accounts, keys and settings are gone",
        DataState::Memory => "in RAM; accounts, keys and settings are lost at power-off",
    };
    let reason: String = words.reason.chars().map(printable).collect();
    Some(if reason.is_empty() {
        state.to_owned()
    } else {
        format!("{state} ({reason})")
    })
}

/// A terminal must not take words for orders.
fn printable(character: char) -> char {
    if character.is_ascii_graphic() || character == ' ' {
        character
    } else {
        '?'
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    // Two halves, so that each stands on a line of its own.
    let halves = pairs.chunks(16).map(|half| half.join(":"));
    halves.collect::<Vec<_>>().join(": ")
}

/// Breaks at spaces; a word that is longer than a line is cut.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        for part in cut(word, width) {
            let last = lines.last_mut().expect("there is always one");
            if last.is_empty() {
                last.push_str(part);
            } else if last.len() + 1 + part.len() <= width {
                last.push(' ');
                last.push_str(part);
            } else {
                lines.push(part.to_owned());
            }
        }
    }
    lines
}

/// The pieces of one word. Words are ASCII here; what is not stays whole rather than cut inside a character.
fn cut(word: &str, width: usize) -> Vec<&str> {
    if word.len() <= width || !word.is_ascii() {
        return vec![word];
    }
    let ends = (0..word.len()).step_by(width);
    ends.map(|start| &word[start..(start + width).min(word.len())])
        .collect()
}

/// A machine without a screen or a serial line has nobody to tell.
fn show(text: &str) {
    let written = write(Path::new(SCREEN), &format!("{CLEAR}{text}"));
    if let Err(error) = written {
        log::debug!("{SCREEN}: {error}");
    }
    for line in serial_lines(&fs::read_to_string(CONSOLES).unwrap_or_default()) {
        if let Err(error) = write(&line, text) {
            log::debug!("{}: {error}", line.display());
        }
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    File::options()
        .write(true)
        .open(path)?
        .write_all(text.as_bytes())
}

/// The kernel's consoles that are no text screens: `tty0 ttyAMA0`.
fn serial_lines(active: &str) -> Vec<PathBuf> {
    let is_screen = |name: &&str| {
        name.strip_prefix("tty")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    active
        .split_whitespace()
        .filter(|name| !is_screen(name))
        .map(|name| Path::new("/dev").join(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words {
            name: "rack".to_owned(),
            version: "1.2.3",
            label: Some("rack".to_owned()),
            addresses: vec!["192.0.2.7".parse().expect("address")],
            port: 443,
            fingerprint: [0xAB; 32],
            claim: ClaimState::Open,
            data: DataState::Kept,
            reason: String::new(),
        }
    }

    #[test]
    fn who_where_and_whose_stand_below_each_other() {
        let half = ["AB"; 16].join(":");
        assert_eq!(
            render(&words()),
            format!(
                "\n\
                 Farseat       rack, version 1.2.3\n\
                 Open          https://rack.local/\n\
                 \x20             https://192.0.2.7/\n\
                 CA SHA-256    {half}:\n\
                 \x20             {half}\n\
                 Owner         nobody yet: open the page and claim this appliance now\n\
                 \n"
            )
        );
    }

    #[test]
    fn no_line_is_longer_than_a_screen_is_wide_and_none_orders_the_terminal_about() {
        let text = render(&Words {
            name: "a".repeat(63),
            label: Some("a".repeat(63)),
            addresses: vec![
                "2001:db8:1111:2222:3333:4444:5555:6666"
                    .parse()
                    .expect("address");
                9
            ],
            port: 65_535,
            claim: ClaimState::Closed,
            data: DataState::Memory,
            reason: format!(
                "\x1b[2J{} \u{1f4be} {}",
                "x".repeat(300),
                "word ".repeat(60)
            ),
            ..words()
        });
        assert!(text.lines().all(|line| line.len() < COLUMNS), "{text}");
        assert!(
            text.bytes()
                .all(|byte| byte == b'\n' || (0x20..0x7f).contains(&byte))
        );
        assert_eq!(text.matches("https://").count(), 1 + ADDRESSES);
    }

    #[test]
    fn only_what_another_machine_can_use_is_shown() {
        let shown = |address: &str| leads_here(&address.parse().expect("an address"));
        assert!(shown("10.0.2.15") && shown("169.254.7.7") && shown("2001:db8::1"));
        assert!(!shown("127.0.0.1") && !shown("::1") && !shown("fe80::1"));
    }

    #[test]
    fn an_unusual_port_and_a_missing_address_are_told() {
        let mut words = words();
        words.port = 8443;
        assert!(render(&words).contains("https://192.0.2.7:8443/"));
        words.addresses.clear();
        assert!(render(&words).contains("no address yet"));
    }

    #[test]
    fn data_that_is_not_what_it_was_is_told_with_its_reason() {
        let mut words = words();
        assert!(!render(&words).contains("Data"));
        words.data = DataState::Remade;
        words.reason = "it could not be mounted".to_owned();
        assert!(render(&words).replace('\n', "").contains("made anew"));
        assert!(render(&words).contains("it could not"));
    }

    #[test]
    fn the_fingerprint_is_that_of_the_der() {
        let key = rcgen::KeyPair::generate().expect("a key");
        let made = rcgen::CertificateParams::default()
            .self_signed(&key)
            .expect("a certificate");
        assert_eq!(fingerprint(&made.pem())[..], Sha256::digest(made.der())[..]);
    }

    #[test]
    fn the_serial_line_is_a_console_that_is_no_screen() {
        let lines = |active| serial_lines(active);
        assert_eq!(lines("tty0 ttyAMA0\n"), [PathBuf::from("/dev/ttyAMA0")]);
        assert_eq!(lines("tty1\n"), Vec::<PathBuf>::new());
        assert_eq!(lines(""), Vec::<PathBuf>::new());
    }
}
