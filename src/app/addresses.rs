//! The addresses under which this machine is reached, for its certificate.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// A port that nobody answers on; nothing is sent to it.
const DISCARD: u16 = 9;

/// The loopback addresses, and those that lead outside.
pub(super) fn own() -> Vec<IpAddr> {
    // Documentation addresses (RFC 5737, RFC 3849): elsewhere by definition.
    let outside: [IpAddr; 2] = [
        Ipv4Addr::new(192, 0, 2, 1).into(),
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
    ];
    let mut all = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    all.extend(outside.into_iter().filter_map(source_towards));
    all
}

/// Which address the kernel would send from: connecting a datagram socket asks the routing table only.
fn source_towards(outside: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = if outside.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
    socket.connect(SocketAddr::new(outside, DISCARD)).ok()?;
    Some(socket.local_addr().ok()?.ip())
        .filter(|address| !address.is_loopback() && !address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_always_reached_by_itself() {
        let own = own();
        assert!(
            own.contains(&Ipv4Addr::LOCALHOST.into()) && own.contains(&Ipv6Addr::LOCALHOST.into())
        );
        assert!(own.iter().all(|address| !address.is_unspecified()));
    }

    #[test]
    fn the_loopback_is_not_told_twice() {
        assert_eq!(source_towards(Ipv4Addr::LOCALHOST.into()), None);
    }
}
