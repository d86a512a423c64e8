//! Raises the loopback and the wired links, and opens the ports. Which addresses there are is decided by `serve`.

use std::fs;
use std::path::Path;

use crate::sys::routing::Routing;

const LINKS: &str = "/sys/class/net";

/// Below this number ports are for the privileged.
const PORTS: &str = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

/// `serve` is the only program here that listens: no port is kept from it.
pub(super) fn open_ports() -> Result<(), String> {
    fs::write(PORTS, "0").map_err(|error| format!("{PORTS}: {error}"))
}

/// Raises them; says in words what failed.
pub(super) fn raise_all() -> Vec<String> {
    let routing = match Routing::open() {
        Ok(routing) => routing,
        Err(error) => return vec![format!("open the routing socket: {error}")],
    };
    let Ok(links) = fs::read_dir(LINKS) else {
        return vec![format!("no {LINKS}")];
    };
    links
        .flatten()
        .filter_map(|link| raise(&routing, &link.path()).err())
        .collect()
}

fn raise(routing: &Routing, link: &Path) -> Result<(), String> {
    let name = link
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let number = |file| {
        fs::read_to_string(link.join(file))
            .ok()
            .and_then(|text| text.trim().parse::<u32>().ok())
    };
    if !is_wired(number("type"), is_radio(link)) {
        return Ok(());
    }
    let index = number("ifindex").ok_or_else(|| format!("link {name} has no number"))?;
    routing
        .raise(index)
        .map_err(|error| format!("raise link {name}: {error}"))
}

/// The first radio's link, in the order of names. Whoever joins networks raises it.
pub(super) fn radio() -> Option<String> {
    let links = fs::read_dir(LINKS).ok()?.flatten();
    let radios = links.filter(|link| is_radio(&link.path()));
    radios
        .filter_map(|link| link.file_name().into_string().ok())
        .min()
}

fn is_radio(link: &Path) -> bool {
    link.join("phy80211").exists()
}

/// Ethernet (1) and the loopback (772), by linux/if_arp.h; Wi-Fi calls itself Ethernet too.
fn is_wired(kind: Option<u32>, wireless: bool) -> bool {
    matches!(kind, Some(1 | 772)) && !wireless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wired_links_and_the_loopback_are_raised() {
        assert!(is_wired(Some(1), false) && is_wired(Some(772), false));
        assert!(!is_wired(Some(1), true), "Wi-Fi");
        assert!(!is_wired(Some(280), false), "CAN");
        assert!(!is_wired(None, false));
    }
}
