//! Wake-on-LAN: the magic packet, and where it goes by itself. Pure.
//!
//! A network chip that sleeps looks for these bytes anywhere in a frame (AMD's Magic Packet, white paper 20213). UDP to the
//! discard port of everybody on the link is the usual envelope: nobody answers, so nobody can tell whether it was heard.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

use crate::lan::{Cidr, HardwareAddress};

/// Six times 0xff, sixteen times the address.
pub(super) fn magic(address: HardwareAddress) -> [u8; 102] {
    let mut packet = [0xff; 102];
    for place in packet[6..].chunks_exact_mut(6) {
        place.copy_from_slice(&address.0);
    }
    packet
}

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
    fn the_packet_is_six_ff_and_sixteen_times_the_address() {
        let packet = magic(HardwareAddress([0, 1, 2, 3, 4, 5]));
        assert_eq!(packet[..6], [0xff; 6]);
        let rest: Vec<&[u8]> = packet[6..].chunks(6).collect();
        assert_eq!(rest, [[0, 1, 2, 3, 4, 5]; 16]);
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
