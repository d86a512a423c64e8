//! Which IPv4 address now? Pure.

use std::net::{IpAddr, Ipv4Addr};

use super::dhcp::Lease;
use super::link_local;
use super::status::Source;
use crate::lan::Addressing;
use crate::settings::{Method, NetworkSettings};

/// What the link shall have, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) source: Source,
    pub(super) addressing: Addressing,
    pub(super) dns: Vec<IpAddr>,
}

/// The settings' own address; otherwise the lease's; otherwise the claimed one.
pub(super) fn plan(
    network: &NetworkSettings,
    lease: Option<&Lease>,
    claimed: Option<Ipv4Addr>,
) -> Plan {
    let (source, address, router) = match (network.method, network.address, lease, claimed) {
        (Method::Static, Some(own), ..) => (
            Source::Static,
            Some((own.address, own.prefix)),
            network.router,
        ),
        (Method::Dhcp, _, Some(lease), _) => (
            Source::Dhcp,
            Some((lease.address, lease.prefix)),
            lease.router,
        ),
        (Method::Dhcp, _, None, Some(address)) => {
            let own = (address, link_local::PREFIX);
            (Source::LinkLocal, Some(own), None)
        }
        // Static without an address is no setting that was let in.
        (Method::Dhcp, _, None, None) | (Method::Static, None, ..) => (Source::None, None, None),
    };
    let leased = lease.filter(|_| source == Source::Dhcp);
    let dns = match leased {
        Some(lease) if network.dns.is_empty() => {
            lease.dns.iter().copied().map(IpAddr::V4).collect()
        }
        _ => network.dns.clone(),
    };
    Plan {
        source,
        addressing: Addressing { address, router },
        dns,
    }
}
