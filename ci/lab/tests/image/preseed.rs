//! A preseed file on the card: applied at the first start, told, blanked, and never applied again.

use farseat_lab::card::Card;
use farseat_lab::card::board::{Beside, Board};
use farseat_lab::console::Owner;
use serde_json::json;

use crate::card;

const SELECTOR: u8 = 1;
const RESULT: &str = "farseat-result.txt";

const ANN: Owner = Owner {
    user: "ann",
    password: "correct horse",
    host: "rack-3.local",
};

/// One of the two formats.
struct Preseed {
    file: &'static str,
    text: &'static str,
    secrets: [&'static str; 2],
    unknown: &'static str,
}

const OWN: Preseed = Preseed {
    file: "farseat.toml",
    text: r#"[device]
name = "rack-3"
colour = "green"

[account]
name = "ann"
password = "correct horse"

[wifi]
ssid = "Attic"
password = "battery staple"
"#,
    secrets: ["correct horse", "battery staple"],
    unknown: "device.colour",
};

/// As Imager writes it, with a hash of the same password.
const IMAGER: Preseed = Preseed {
    file: "rpi-preseed.toml",
    text: r#"config_version = "1.0"

[system]
hostname = "rack-3"

[user]
name = "ann"
password = "$y$j9T$abcdefghijklmnop$0Hi8KsZH/hAMRN9Bam6ce3nmi5QAIz3R/KeaXG/c7p9"
password_encrypted = true
groups = ["sudo"]

[wlan]
ssid = "Attic"
password = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
password_encrypted = true

[locale]
timezone = "Europe/London"
"#,
    secrets: [
        "0Hi8KsZH/hAMRN9Bam6ce3nmi5QAIz3R/KeaXG/c7p9",
        "0123456789abcdef0123456789abcdef",
    ],
    unknown: "locale.timezone",
};

impl Preseed {
    fn put_on(&self, card: &Card) {
        let selector = card.fat(SELECTOR).unwrap();
        selector.write(self.file, self.text.as_bytes()).unwrap();
    }

    /// The file with asterisks where its secrets were, and nothing else changed.
    fn expect_blanked(&self, card: &Card) {
        let now = read(card, self.file);
        assert_eq!(now.len(), self.text.len());
        for (now, before) in now.lines().zip(self.text.lines()) {
            if self.secrets.iter().any(|secret| before.contains(secret)) {
                let (key, value) = now.split_once(" = ").unwrap();
                assert!(before.starts_with(key), "{now}");
                assert_eq!(value.trim_matches('"').trim_matches('*'), "", "{now}");
            } else {
                assert_eq!(now, before);
            }
        }
        let disk = card.disk();
        let bytes = disk.content(disk.partition(usize::from(SELECTOR))).unwrap();
        for secret in self.secrets {
            assert!(!contains(&bytes, secret.as_bytes()), "{secret} is left");
        }
    }
}

fn read(card: &Card, file: &str) -> String {
    String::from_utf8(card.fat(SELECTOR).unwrap().read(file).unwrap()).unwrap()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn host_name(board: &Board) -> String {
    let name = board.target().read("/proc/sys/kernel/hostname").unwrap();
    name.trim().to_owned()
}

fn rename(board: &mut Board, name: &str) {
    let network = "/api/v1/network";
    let mut settings = board.console().ask("GET", network, None).unwrap().json()["settings"].take();
    settings["name"] = json!(name);
    let changed = board.console().ask("PUT", network, Some(settings)).unwrap();
    assert_eq!(changed.status, 202, "{}", changed.json());
    // Or it would be undone.
    let confirm = "/api/v1/network/confirm";
    let confirmed = board
        .console()
        .ask("POST", confirm, Some(json!({})))
        .unwrap();
    assert_eq!(confirmed.status, 204, "{}", confirmed.json());
}

/// From the first start to the one after the next.
fn expect_once(preseed: &Preseed, name: &str) {
    let card = card();
    preseed.put_on(&card);
    let mut board = Board::power_on(name, &card, Beside::Agent).unwrap();
    board.log_in_as(ANN).unwrap();
    assert_eq!(host_name(&board), "rack-3");
    let told = board.console().status()["preseed"].clone();
    assert_eq!(told["applied"], true, "{told}");
    assert_eq!(told["unknown"], json!([preseed.unknown]));
    assert_eq!(told["problems"], json!([]));

    // What the owner changes afterwards is the owner's.
    rename(&mut board, "rack-4");
    let mut left = Vec::new();
    board
        .power_cycle(|card| {
            preseed.expect_blanked(card);
            left = [preseed.file, RESULT].map(|file| read(card, file)).to_vec();
        })
        .unwrap();
    let result = &left[1];
    assert!(
        result.contains(&format!("{} was applied", preseed.file)),
        "{result}"
    );
    assert!(result.contains(preseed.unknown), "{result}");

    board
        .log_in_as(Owner {
            host: "rack-4.local",
            ..ANN
        })
        .unwrap();
    assert_eq!(host_name(&board), "rack-4");
    assert_eq!(board.console().status()["preseed"], told);
    board.shut_down();
    assert_eq!(
        [preseed.file, RESULT].map(|file| read(&card, file)),
        left[..]
    );
}

#[test]
fn our_own_preseed_is_applied_once_and_told_and_blanked() {
    expect_once(&OWN, "preseed-own");
}

#[test]
fn the_preseed_of_raspberry_pi_imager_is_applied_once_and_told_and_blanked() {
    expect_once(&IMAGER, "preseed-imager");
}
