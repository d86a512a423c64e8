//! `rpi-preseed.toml`: what Raspberry Pi Imager writes for an image whose manifest says
//! `"init_format": "rpi-preseed"`. Pure.
//!
//! The format is the one of raspberrypi/rpi-preseed, `schema/rpi-preseed.schema` and
//! `doc/rpi-preseed.5`, `config_version` 1.x, as of July 2026; what Imager writes of it is in
//! raspberrypi/rpi-imager, `CustomisationGenerator::generateRpiPreseedToml`. Keys that ask for something
//! which only Raspberry Pi OS has (packages, SSH, the keyboard's layout) are unknown here.

use super::document::{Document, Taken};
use super::network::NetworkKeys;
use super::refusal::Refusal;
use super::wifi::WifiKeys;
use super::wishes::{Draft, credential};

const NETWORK: NetworkKeys = NetworkKeys {
    method: "ethernet.method",
    address: "ethernet.address",
    router: "ethernet.gateway",
    dns: "ethernet.dns",
    ipv6: None,
    may_disable: true,
};

const WIFI: WifiKeys = WifiKeys {
    ssid: "wlan.ssid",
    ssid_hex: "wlan.ssid_hex",
    password: "wlan.password",
    hidden: "wlan.hidden",
    country: "wlan.country",
    security: "wlan.key_mgmt",
};

/// As many as `time.servers` takes.
const MOST_SERVERS: usize = 4;

pub(super) fn read(document: &mut Document<'_>) -> Result<Draft, Refusal> {
    let mut draft = Draft::default();
    check_version(document)?;
    if let Some(name) = document.text("system.hostname")? {
        draft.wishes.name = Some(draft.origin("device.name", name));
    }
    let name = document.text("user.name")?;
    let is_hash = document.truth("user.password_encrypted")?;
    let password = document.secret("user.password")?;
    let is_hash = is_hash.is_some_and(|is_hash| is_hash.value);
    let credential = password
        .map(|password| credential(password, is_hash))
        .transpose()?;
    draft.account(name, credential)?;
    // Imager always asks for it; whoever owns this appliance may do everything anyway.
    if let Some(groups) = document.texts("user.groups")?
        && groups.value.iter().any(|group| group != "sudo")
    {
        draft.remarks.push(format!(
            "line {}: user.groups is passed over: there are no groups here",
            groups.line
        ));
    }
    draft.network(&NETWORK, document)?;
    let servers = servers(document)?;
    draft.time(servers);
    // The length of the password tells a key from a passphrase.
    document.truth("wlan.password_encrypted")?;
    draft.wifi(&WIFI, document)?;
    draft.check_settings()?;
    Ok(draft)
}

fn check_version(document: &mut Document<'_>) -> Result<(), Refusal> {
    let Some(version) = document.text("config_version")? else {
        return Err(Refusal::of_file(
            "config_version is missing: it has to be \"1.0\"",
        ));
    };
    if version.value.split('.').next() == Some("1") {
        return Ok(());
    }
    Err(version.refuse("is of another format than this one: only 1.x is known"))
}

/// The servers, then as many of the second choice as there is room for.
fn servers(document: &mut Document<'_>) -> Result<Option<Taken<Vec<String>>>, Refusal> {
    let (first, second) = (
        document.texts("time.ntp")?,
        document.texts("time.fallback_ntp")?,
    );
    Ok(match (first, second) {
        (Some(mut first), Some(second)) => {
            let room = MOST_SERVERS.saturating_sub(first.value.len());
            first.value.extend(second.value.into_iter().take(room));
            Some(first)
        }
        (first, second) => first.or(second),
    })
}
