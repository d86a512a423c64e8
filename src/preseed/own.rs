//! `farseat.toml`: our own format. Its settings have the names that they have in `settings.toml`. Pure.

use super::document::Document;
use super::network::NetworkKeys;
use super::refusal::Refusal;
use super::wifi::WifiKeys;
use super::wishes::{Draft, credential};

const NETWORK: NetworkKeys = NetworkKeys {
    method: "network.method",
    address: "network.address",
    router: "network.router",
    dns: "network.dns",
    ipv6: Some("network.ipv6"),
    may_disable: false,
};

const WIFI: WifiKeys = WifiKeys {
    ssid: "wifi.ssid",
    ssid_hex: "wifi.ssid_hex",
    password: "wifi.password",
    hidden: "wifi.hidden",
    country: "wifi.country",
    security: "wifi.security",
};

pub(super) fn read(document: &mut Document<'_>) -> Result<Draft, Refusal> {
    let mut draft = Draft::default();
    if let Some(name) = document.text("device.name")? {
        draft.wishes.name = Some(draft.origin("device.name", name));
    }
    let name = document.text("account.name")?;
    let password = document.secret("account.password")?;
    let hash = document.secret("account.password_hash")?;
    let credential = match (password, hash) {
        (Some(_), Some(hash)) => {
            return Err(
                hash.refuse("stands beside account.password: only one of the two is possible")
            );
        }
        (Some(password), None) => Some(credential(password, false)?),
        (None, Some(hash)) => Some(credential(hash, true)?),
        (None, None) => None,
    };
    draft.account(name, credential)?;
    draft.network(&NETWORK, document)?;
    let servers = document.texts("time.servers")?;
    draft.time(servers);
    draft.wifi(&WIFI, document)?;
    let (certificate, key) = (document.text("ca.certificate")?, document.secret("ca.key")?);
    draft.ca(certificate, key)?;
    draft.check_settings()?;
    Ok(draft)
}
