//! Wake-on-LAN: where the magic packet goes by itself. Pure.
//!
//! UDP to the discard port of everybody on the link is its usual envelope: nobody answers, so nobody can tell whether it
//! was heard.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

use crate::lan::Cidr;

/// Everybody on the link: by its IPv4 network's own broadcast address, without one by that of any link.
pub(super) fn everybody(addresses: &[Cidr]) -> Ipv4Addr {
    let broadcast = |cidr: &Cidr| match cidr.address {
        // A network of two or one has no such address (RFC 3021).
        IpAddr::V4(address) if cidr.prefix <= 30 => {
            Some(Ipv4Addr::from(u32::from(address) | u32::MAX >> cidr.prefix))
        }
        _ => None,
    };
    addresses
        .iter()
        .find_map(broadcast)
        .unwrap_or(Ipv4Addr::BROADCAST)
}

/// Where a magic packet went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent(pub SocketAddrV4);

/// Why none was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WakeError {
    #[error("this system's network is not managed by Farseat: wake other machines from there")]
    NotManaged,
    #[error("the appliance's own network cable is out, or there is nothing at its other end")]
    NoLink,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[&str]) -> Vec<Cidr> {
        list.iter().map(|text| text.parse().expect(text)).collect()
    }

    #[test]
    fn it_goes_to_everybody_on_the_links_own_network() {
        for (list, wanted) in [
            (&["192.0.2.7/24"][..], "192.0.2.255"),
            (&["fe80::1/64", "10.1.2.3/12"], "10.15.255.255"),
            (&["169.254.7.9/16"], "169.254.255.255"),
            (&["192.0.2.5/30"], "192.0.2.7"),
            (&["0.0.0.0/0"], "255.255.255.255"),
        ] {
            assert_eq!(everybody(&addresses(list)).to_string(), wanted, "{list:?}");
        }
    }

    #[test]
    fn a_link_without_such_a_network_has_the_broadcast_of_any() {
        for list in [
            &[][..],
            &["fe80::1/64"],
            &["192.0.2.7/31"],
            &["192.0.2.7/32"],
        ] {
            assert_eq!(everybody(&addresses(list)), Ipv4Addr::BROADCAST, "{list:?}");
        }
    }
}
