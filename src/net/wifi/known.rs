//! The wireless networks that are known, and the file that keeps them: `wifi.toml` in the data folder, for its owner's eyes
//! only. Apart from the settings, because it holds passwords: nothing that shows or passes on settings knows them.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::words::Ssid;
use crate::settings::{NotAllowed, replace_file};

/// More than anybody is near; the program compares each with whatever is in the air.
pub const MOST_NETWORKS: usize = 8;
const FILE: &str = "wifi.toml";
/// What a preseed file has asked for: in force until something is changed here.
const PRESEEDED: &str = "preseed/wifi.toml";
const LARGEST: u64 = 16 * 1024;

/// A secret that is written to its file and told to the program, and shown to nobody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    #[must_use]
    pub fn new(text: String) -> Password {
        Password(text)
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

/// How a network is joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WifiSecurity")]
pub enum Security {
    Wpa2,
    Wpa3,
    /// WPA3 where the network has it, otherwise WPA2.
    Wpa2Wpa3,
}

/// A country by its two letters (ISO 3166-1): which channels may be used, and how loudly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country([u8; 2]);

impl Country {
    /// `None` when it is not two letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Country> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        let plain = letters.iter().all(u8::is_ascii_alphabetic);
        plain.then(|| Country(letters.map(|letter| letter.to_ascii_uppercase())))
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .iter()
            .try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

/// A network that may be joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub ssid: Ssid,
    pub security: Security,
    pub password: Password,
    /// It does not say its name: it is called by it.
    pub hidden: bool,
}

impl Known {
    /// IEEE 802.11-2020, J.4: a passphrase of 8 to 63 printable characters of ASCII, or the key itself in 64 digits,
    /// which WPA3 does not know.
    ///
    /// # Errors
    /// The password cannot be one. It does not say what it was.
    pub fn check(&self) -> Result<(), NotAllowed> {
        let text = self.password.reveal();
        let printable = is_printable(text);
        let key = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let fits = match self.security {
            _ if (8..=63).contains(&text.len()) => printable,
            Security::Wpa2 => key,
            Security::Wpa3 | Security::Wpa2Wpa3 => false,
        };
        let allowed = "8 to 63 printable characters without accents; for WPA2 also the key's 64 hexadecimal digits";
        let refused = || NotAllowed::new("wifi.password", "what was given", allowed);
        fits.then_some(()).ok_or_else(refused)
    }
}

/// A network of the appliance's own, which others join: WPA2, as every machine can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    pub ssid: Ssid,
    pub password: Password,
}

impl Own {
    /// # Errors
    /// The password cannot be one. It does not say what it was.
    pub fn check(&self) -> Result<(), NotAllowed> {
        let text = self.password.reveal();
        let fits = (8..=63).contains(&text.len()) && is_printable(text);
        let allowed = "8 to 63 printable characters without accents";
        let refused = || NotAllowed::new("wifi.own.password", "what was given", allowed);
        fits.then_some(()).ok_or_else(refused)
    }
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Everything that is kept. The first network is the one that is liked best.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Knowledge {
    pub country: Option<Country>,
    pub networks: Vec<Known>,
    /// While there is one, none is joined: a radio does one thing at a time.
    pub own: Option<Own>,
}

impl Knowledge {
    /// What the data folder has. A file that is none is told to the log: the appliance has a wire too.
    #[must_use]
    pub fn load(data: &Path) -> Knowledge {
        let file = data.join(FILE);
        match read(&file) {
            Ok(Some(text)) => parse(&text).unwrap_or_else(|| {
                log::error!(
                    "{} cannot be used: no wireless network is known",
                    file.display()
                );
                Knowledge::default()
            }),
            Ok(None) => preseeded(&data.join(PRESEEDED)),
            Err(error) => {
                log::error!("read {}: {error}", file.display());
                Knowledge::default()
            }
        }
    }

    /// Blocks on the disk.
    ///
    /// # Errors
    /// The file cannot be written; it then still has its old content.
    pub fn store(&self, data: &Path) -> io::Result<()> {
        let written = Written {
            country: self.country.map(|country| country.to_string()),
            networks: self.networks.iter().map(WrittenNetwork::of).collect(),
            own: self.own.as_ref().map(WrittenOwn::of),
        };
        let text = toml::to_string(&written).map_err(io::Error::other)?;
        replace_file(&data.join(FILE), text.as_bytes(), 0o600)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(default)]
    networks: Vec<WrittenNetwork>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<WrittenOwn>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOwn {
    /// As in [`WrittenNetwork`].
    ssid: String,
    password: Password,
}

impl WrittenOwn {
    fn of(own: &Own) -> WrittenOwn {
        WrittenOwn {
            ssid: own.ssid.hex(),
            password: own.password.clone(),
        }
    }

    fn read(self) -> Option<Own> {
        let own = Own {
            ssid: Ssid::from_hex(&self.ssid)?,
            password: self.password,
        };
        own.check().ok().map(|()| own)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNetwork {
    /// Its bytes as hexadecimal digits.
    ssid: String,
    security: Security,
    password: Password,
    #[serde(default)]
    hidden: bool,
}

impl WrittenNetwork {
    fn of(known: &Known) -> WrittenNetwork {
        WrittenNetwork {
            ssid: known.ssid.hex(),
            security: known.security,
            password: known.password.clone(),
            hidden: known.hidden,
        }
    }

    fn read(self) -> Option<Known> {
        let known = Known {
            ssid: Ssid::from_hex(&self.ssid)?,
            security: self.security,
            password: self.password,
            hidden: self.hidden,
        };
        known.check().ok().map(|()| known)
    }
}

/// As `farseat preseed` keeps it.
#[derive(Deserialize)]
struct Preseeded {
    ssid_hex: String,
    password: Option<Password>,
    hidden: bool,
    country: Option<String>,
    security: String,
}

fn read(file: &Path) -> io::Result<Option<String>> {
    use std::io::Read as _;
    let opened = match std::fs::File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut text = String::new();
    opened.take(LARGEST).read_to_string(&mut text)?;
    Ok(Some(text))
}

fn parse(text: &str) -> Option<Knowledge> {
    let written: Written = toml::from_str(text).ok()?;
    let country = match written.country {
        Some(text) => Some(Country::parse(&text)?),
        None => None,
    };
    let networks: Option<Vec<_>> = written
        .networks
        .into_iter()
        .map(WrittenNetwork::read)
        .collect();
    let networks = networks.filter(|networks| networks.len() <= MOST_NETWORKS)?;
    let own = match written.own {
        Some(own) => Some(own.read()?),
        None => None,
    };
    Some(Knowledge {
        country,
        networks,
        own,
    })
}

fn preseeded(file: &Path) -> Knowledge {
    let kept: Option<Preseeded> = read(file)
        .ok()
        .flatten()
        .and_then(|text| toml::from_str(&text).ok());
    let Some(kept) = kept else {
        return Knowledge::default();
    };
    let country = kept.country.as_deref().and_then(Country::parse);
    let long = kept
        .password
        .as_ref()
        .is_some_and(|password| password.reveal().len() > 63);
    let security = match kept.security.as_str() {
        "sae" => Security::Wpa3,
        _ if long => Security::Wpa2,
        _ => Security::Wpa2Wpa3,
    };
    let network = kept
        .password
        .zip(Ssid::from_hex(&kept.ssid_hex))
        .map(|(password, ssid)| Known {
            ssid,
            security,
            password,
            hidden: kept.hidden,
        });
    let network = network.filter(|known| known.check().is_ok());
    if network.is_none() {
        log::warn!(
            "the wireless network of the preseed file is not joined: its password is none for WPA2 or WPA3"
        );
    }
    Knowledge {
        country,
        networks: network.into_iter().collect(),
        own: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(password: &str, security: Security) -> Known {
        Known {
            ssid: Ssid::new(b"Attic \xff").expect("a name"),
            security,
            password: Password::new(password.to_owned()),
            hidden: true,
        }
    }

    #[test]
    fn what_is_kept_is_read_again_and_is_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("temporary folder");
        assert_eq!(Knowledge::load(folder.path()), Knowledge::default());
        let kept = Knowledge {
            country: Country::parse("de"),
            networks: vec![known("battery \"staple\\", Security::Wpa2Wpa3)],
            own: Some(Own {
                ssid: Ssid::new(b"Rack").expect("a name"),
                password: Password::new("battery staple".to_owned()),
            }),
        };
        kept.store(folder.path()).expect("written");
        assert_eq!(Knowledge::load(folder.path()), kept);
        let file = std::fs::metadata(folder.path().join(FILE)).expect("it is there");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_none_keeps_nobody_from_starting() {
        let folder = tempfile::tempdir().expect("temporary folder");
        for text in [
            "?",
            "country = \"DEU\"",
            "x = 1",
            "[[networks]]\nssid = \"\"\nsecurity = \"wpa2\"\npassword = \"12345678\"",
            "[own]\nssid = \"41\"\npassword = \"short\"",
        ] {
            std::fs::write(folder.path().join(FILE), text).expect("written");
            assert_eq!(
                Knowledge::load(folder.path()),
                Knowledge::default(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_preseeded_network_counts_until_something_is_changed() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir(folder.path().join("preseed")).expect("folder");
        let preseed = |rest: &str| {
            let text =
                format!("ssid_hex = \"4174746963\"\nhidden = false\ncountry = \"GB\"\n{rest}");
            std::fs::write(folder.path().join(PRESEEDED), text).expect("written");
            let loaded = Knowledge::load(folder.path());
            assert_eq!(loaded.country, Country::parse("GB"));
            loaded
                .networks
                .into_iter()
                .map(|known| known.security)
                .next()
        };
        let psk = "password = \"battery staple\"\nsecurity = \"wpa-psk\"";
        assert_eq!(preseed(psk), Some(Security::Wpa2Wpa3));
        let key = format!("password = \"{}\"\nsecurity = \"wpa-psk\"", "0a".repeat(32));
        assert_eq!(preseed(&key), Some(Security::Wpa2));
        assert_eq!(
            preseed("password = \"battery staple\"\nsecurity = \"sae\""),
            Some(Security::Wpa3)
        );
        assert_eq!(preseed("security = \"none\""), None);
        Knowledge::default().store(folder.path()).expect("written");
        assert_eq!(Knowledge::load(folder.path()), Knowledge::default());
    }

    #[test]
    fn a_password_is_one_that_a_network_can_have_and_is_never_shown() {
        let fits = |text: &str, security| known(text, security).check().is_ok();
        for security in [Security::Wpa2, Security::Wpa3, Security::Wpa2Wpa3] {
            assert!(fits("12345678", security) && fits(&"x".repeat(63), security));
            for bad in [
                "1234567",
                "pässwörter",
                "line\nbreak",
                &"g".repeat(64),
                &"x".repeat(65),
            ] {
                assert!(!fits(bad, security), "{bad}");
            }
            assert_eq!(fits(&"0a".repeat(32), security), security == Security::Wpa2);
        }
        let bad = known("secret\nword", Security::Wpa2);
        let shown = format!("{bad:?} {}", bad.check().expect_err("refused"));
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_country_is_two_letters() {
        assert_eq!(
            Country::parse("de")
                .map(|country| country.to_string())
                .as_deref(),
            Some("DE")
        );
        for bad in ["", "D", "DEU", "D1", "00", "ä"] {
            assert_eq!(Country::parse(bad), None, "{bad}");
        }
    }
}
