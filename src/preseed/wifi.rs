//! The Wi-Fi network that a preseed file names: checked and kept for the day when Wi-Fi is built. Pure.

use serde::Serialize;

use super::document::{Document, Secret, Taken};
use super::refusal::{Refusal, shown};
use super::wishes::Draft;

/// Kept for the day when Wi-Fi is built.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Wifi {
    /// 1 to 32 bytes, which need not be text.
    ssid_hex: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    hidden: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    security: String,
}

impl std::fmt::Debug for Wifi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wifi")
            .field("ssid_hex", &self.ssid_hex)
            .finish_non_exhaustive()
    }
}

impl Wifi {
    /// The network's name for a person.
    #[must_use]
    pub fn name(&self) -> String {
        let bytes = decode_hex(&self.ssid_hex).unwrap_or_default();
        shown(&String::from_utf8_lossy(&bytes))
    }
}

/// How a format calls the keys of Wi-Fi.
pub(super) struct WifiKeys {
    pub(super) ssid: &'static str,
    pub(super) ssid_hex: &'static str,
    pub(super) password: &'static str,
    pub(super) hidden: &'static str,
    pub(super) country: &'static str,
    pub(super) security: &'static str,
}

impl Draft {
    pub(super) fn wifi(
        &mut self,
        keys: &WifiKeys,
        document: &mut Document<'_>,
    ) -> Result<(), Refusal> {
        let ssid = ssid(keys, document)?;
        let password = document.secret(keys.password)?;
        let hidden = document.truth(keys.hidden)?;
        let country = country(keys, document)?;
        let security = document.text(keys.security)?;
        let Some(ssid) = ssid else {
            let alone =
                password.map(|password| password.refuse("needs the network's name beside it"));
            return alone.map_or(Ok(()), Err);
        };
        if password
            .as_ref()
            .is_some_and(|password| password.value.is_none())
        {
            self.remarks.push(format!(
                "{} was overwritten when the file was applied before, so the Wi-Fi network is not kept again",
                keys.password
            ));
            return Ok(());
        }
        let security = Security::of(security, password.is_some())?;
        self.wishes.wifi = Some(Wifi {
            ssid_hex: encode_hex(&ssid.value),
            password: security.password(&ssid, password)?,
            hidden: hidden.is_some_and(|hidden| hidden.value),
            country,
            security: security.name().to_owned(),
        });
        Ok(())
    }
}

/// The network's name, as text or as digits; digits go first.
fn ssid(keys: &WifiKeys, document: &mut Document<'_>) -> Result<Option<Taken<Vec<u8>>>, Refusal> {
    let (text, hex) = (document.text(keys.ssid)?, document.text(keys.ssid_hex)?);
    let bytes = |text: String| Ok::<_, &str>(text.into_bytes());
    let digits =
        |hex: String| decode_hex(&hex).ok_or("has to be an even number of hexadecimal digits");
    let ssid = match (hex, text) {
        (Some(hex), _) => hex.try_map(digits)?,
        (None, Some(text)) => text.try_map(bytes)?,
        (None, None) => return Ok(None),
    };
    // IEEE 802.11-2020, 9.4.2.2.
    if (1..=32).contains(&ssid.value.len()) {
        Ok(Some(ssid))
    } else {
        Err(ssid.refuse("has to have 1 to 32 bytes"))
    }
}

fn country(keys: &WifiKeys, document: &mut Document<'_>) -> Result<Option<String>, Refusal> {
    let Some(country) = document.text(keys.country)? else {
        return Ok(None);
    };
    let letters = |code: String| {
        let fits = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
        fits.then(|| code.to_ascii_uppercase())
            .ok_or("has to be a country's two letters, such as \"GB\"")
    };
    Ok(Some(country.try_map(letters)?.value))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    Open,
    /// Enhanced Open.
    Owe,
    Wpa2,
    Wpa3,
}

impl Security {
    fn of(name: Option<Taken<String>>, has_password: bool) -> Result<Security, Refusal> {
        let Some(name) = name else {
            return Ok(if has_password {
                Security::Wpa2
            } else {
                Security::Open
            });
        };
        let all = [
            Security::Open,
            Security::Owe,
            Security::Wpa2,
            Security::Wpa3,
        ];
        let found = all
            .into_iter()
            .find(|security| security.name() == name.value);
        found.ok_or_else(|| name.refuse("has to be \"none\", \"owe\", \"wpa-psk\" or \"sae\""))
    }

    fn name(self) -> &'static str {
        match self {
            Security::Open => "none",
            Security::Owe => "owe",
            Security::Wpa2 => "wpa-psk",
            Security::Wpa3 => "sae",
        }
    }

    /// IEEE 802.11-2020, J.4: a passphrase of 8 to 63 characters, or the key itself in 64 digits.
    fn password(
        self,
        ssid: &Taken<Vec<u8>>,
        given: Option<Taken<Option<Secret>>>,
    ) -> Result<Option<String>, Refusal> {
        let is_open = matches!(self, Security::Open | Security::Owe);
        let Some(given) = given else {
            let needed = format!("needs a password for {}", self.name());
            return if is_open {
                Ok(None)
            } else {
                Err(ssid.refuse(needed))
            };
        };
        if is_open {
            return Err(given.refuse(format!("is not for a network that is {}", self.name())));
        }
        let fits = |text: &str| match self {
            Security::Wpa3 => (1..=128).contains(&text.len()),
            _ if text.len() == 64 => decode_hex(text).is_some(),
            _ => (8..=63).contains(&text.len()),
        };
        let password = given.value.as_ref().map(Secret::reveal);
        match password.filter(|text| fits(text)) {
            Some(text) => Ok(Some(text.to_owned())),
            None => {
                Err(given
                    .refuse("has to have 8 to 63 characters, or the key's 64 hexadecimal digits"))
            }
        }
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}

fn encode_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
