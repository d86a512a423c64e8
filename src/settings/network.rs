//! The settings of the network and the time, and what they may be. Pure.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::allowed::{NotAllowed, require};
use crate::lan::Cidr;

/// More servers than this only make waiting longer.
const SERVERS: usize = 4;
/// The longest domain name in text (RFC 1035, 2.3.4).
const LONGEST_NAME: usize = 253;

/// Where the IPv4 address comes from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// From a DHCP server; without one, link-local.
    #[default]
    Dhcp,
    /// As the settings say.
    Static,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkSettings {
    pub method: Method,
    /// The appliance's own; needed when `method` is static, otherwise kept for later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<StaticAddress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub router: Option<Ipv4Addr>,
    /// Asked instead of those that DHCP names.
    pub dns: Vec<IpAddr>,
    /// Whether the link gets IPv6 addresses by itself.
    pub ipv6: bool,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        NetworkSettings {
            method: Method::Dhcp,
            address: None,
            router: None,
            dns: Vec::new(),
            ipv6: true,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimeSettings {
    /// Names or addresses of time servers; none = the clock is left alone.
    pub servers: Vec<String>,
}

impl Default for TimeSettings {
    fn default() -> Self {
        let pool = |number| format!("{number}.pool.ntp.org");
        TimeSettings {
            servers: (0..3).map(pool).collect(),
        }
    }
}

/// An IPv4 address with its network's prefix, in the file as `"192.0.2.7/24"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaticAddress {
    pub address: Ipv4Addr,
    pub prefix: u8,
}

pub(super) const ADDRESS: &str =
    "an IPv4 address of one machine with its prefix, such as \"192.0.2.7/24\"";
const ROUTER: &str = "another address of network.address's own network";

impl StaticAddress {
    /// Reads `192.0.2.7/24`; nothing but a syntax check.
    #[must_use]
    pub fn parse(text: &str) -> Option<StaticAddress> {
        let cidr: Cidr = text.parse().ok()?;
        match cidr.address {
            IpAddr::V4(address) => Some(StaticAddress {
                address,
                prefix: cidr.prefix,
            }),
            IpAddr::V6(_) => None,
        }
    }

    /// Whether a machine may have it: not the network's own address nor its broadcast.
    fn is_host(self) -> bool {
        let StaticAddress { address, prefix } = self;
        let host = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
        let number = u32::from(address) & host;
        // RFC 3021: with two addresses or one in a network, each is a machine's.
        let inside = prefix >= 31 || (number != 0 && number != host);
        (1..=32).contains(&prefix) && inside && is_unicast(address)
    }

    fn has_neighbour(self, other: Ipv4Addr) -> bool {
        let network = |address| {
            u32::from(address)
                & u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0)
        };
        other != self.address && network(other) == network(self.address)
    }
}

pub(super) fn is_unicast(address: Ipv4Addr) -> bool {
    let first = address.octets()[0];
    first != 0 && !address.is_loopback() && first < 224
}

impl std::fmt::Display for StaticAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Serialize for StaticAddress {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StaticAddress {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        StaticAddress::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("not an address: allowed is {ADDRESS}")))
    }
}

pub(super) fn check_network(network: &NetworkSettings) -> Result<(), NotAllowed> {
    let address = network.address;
    let shown = address.map_or_else(|| "nothing".to_owned(), |address| address.to_string());
    require(
        address.is_none_or(StaticAddress::is_host),
        "network.address",
        &shown,
        ADDRESS,
    )?;
    require(
        network.method == Method::Dhcp || address.is_some(),
        "network.address",
        &shown,
        ADDRESS,
    )?;
    let reachable = network.router.is_none_or(|router| {
        is_unicast(router) && address.is_none_or(|address| address.has_neighbour(router))
    });
    let router = network.router.map(|router| router.to_string());
    require(
        reachable,
        "network.router",
        &router.unwrap_or_default(),
        ROUTER,
    )?;
    let servers = network.dns.iter().map(ToString::to_string);
    require(
        network.dns.len() <= SERVERS && network.dns.iter().all(is_server),
        "network.dns",
        &servers.collect::<Vec<_>>().join(" "),
        "at most 4 addresses of DNS servers",
    )
}

fn is_server(address: &IpAddr) -> bool {
    let broadcast = *address == IpAddr::V4(Ipv4Addr::BROADCAST);
    !address.is_unspecified() && !address.is_multicast() && !broadcast
}

pub(super) fn check_time(time: &TimeSettings) -> Result<(), NotAllowed> {
    require(
        time.servers.len() <= SERVERS && time.servers.iter().all(|server| is_host(server)),
        "time.servers",
        &time.servers.join(" "),
        "at most 4 names or addresses of time servers",
    )
}

/// A domain name of letters, digits, hyphens and dots (RFC 1123, 2.1), or an address.
fn is_host(text: &str) -> bool {
    if let Ok(address) = text.parse::<IpAddr>() {
        return is_server(&address);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    // All digits and dots, but no address: a mistyped one.
    let numeric = name
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    name.len() <= LONGEST_NAME && !numeric && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    fn refused(edit: impl FnOnce(&mut Settings)) -> &'static str {
        let mut settings = Settings::default();
        edit(&mut settings);
        settings
            .check()
            .map_or_else(|problem| problem.key, |()| "nothing")
    }

    fn with_address(text: &str) -> &'static str {
        refused(|s| {
            s.network.method = Method::Static;
            s.network.address = StaticAddress::parse(text);
        })
    }

    #[test]
    fn a_static_address_is_one_that_a_machine_can_have() {
        for good in ["192.0.2.7/24", "10.0.0.1/8", "192.0.2.0/31", "192.0.2.7/32"] {
            assert_eq!(with_address(good), "nothing", "{good}");
        }
        for bad in [
            "192.0.2.0/24",
            "192.0.2.255/24",
            "0.0.0.0/24",
            "127.0.0.1/8",
            "224.0.0.1/24",
            "255.255.255.255/32",
            "192.0.2.7/0",
            "::1/64",
            "192.0.2.7",
        ] {
            assert_eq!(with_address(bad), "network.address", "{bad}");
        }
    }

    #[test]
    fn static_needs_an_address() {
        assert_eq!(
            refused(|s| s.network.method = Method::Static),
            "network.address"
        );
    }

    #[test]
    fn the_router_is_a_neighbour() {
        let with_router = |router: [u8; 4]| {
            refused(|s| {
                s.network.address = StaticAddress::parse("192.0.2.7/24");
                s.network.router = Some(router.into());
            })
        };
        assert_eq!(with_router([192, 0, 2, 1]), "nothing");
        for bad in [[192, 0, 3, 1], [192, 0, 2, 7], [0, 0, 0, 0]] {
            assert_eq!(with_router(bad), "network.router", "{bad:?}");
        }
    }

    #[test]
    fn servers_are_few_and_are_servers() {
        let dns = |address: &str| address.parse().expect("address");
        assert_eq!(
            refused(|s| s.network.dns = vec![dns("192.0.2.1"); 5]),
            "network.dns"
        );
        assert_eq!(
            refused(|s| s.network.dns = vec![dns("0.0.0.0")]),
            "network.dns"
        );
        assert_eq!(
            refused(|s| s.network.dns = vec![dns("2001:db8::1")]),
            "nothing"
        );
        let time = |server: &str| refused(|s| s.time.servers = vec![server.to_owned()]);
        for good in ["pool.ntp.org", "ntp", "192.0.2.1", "2001:db8::1", "a.b."] {
            assert_eq!(time(good), "nothing", "{good}");
        }
        let long = format!("{}.org", "a.".repeat(130));
        for bad in [
            "", ".", "a..b", "a b", "-a.org", "http://x", "1.2.3", "a:123", &long,
        ] {
            assert_eq!(time(bad), "time.servers", "{bad}");
        }
        assert_eq!(refused(|s| s.time.servers.clear()), "nothing");
    }

    #[test]
    fn no_text_makes_parsing_panic() {
        use proptest::prelude::*;
        proptest!(|(text in ".{0,40}", a in any::<u32>(), b in any::<u32>(), prefix in 0..=40_u8)| {
            let _ = StaticAddress::parse(&text);
            is_host(&text);
            let address = StaticAddress { address: a.into(), prefix: prefix.min(32) };
            address.is_host();
            address.has_neighbour(b.into());
        });
    }
}
