//! DHCP messages: what we say and what we hear. The encoding is `dhcproto`'s. Pure; reads any bytes
//! without panic.

use std::net::Ipv4Addr;
use std::time::Duration;

use dhcproto::v4::{self, DhcpOption, Message, MessageType, Opcode, OptionCode, borrowed};
use dhcproto::{Encodable as _, Encoder};

/// The client's hardware address, in the message's fixed part.
pub(super) const HARDWARE_ADDRESS: std::ops::Range<usize> = 28..34;
pub(super) const ETHERNET: u8 = 1;
/// Older relays drop what is shorter than BOOTP's 300 bytes.
pub(super) const SHORTEST: usize = 300;
/// Servers of one kind that are kept; a longer list helps nobody.
const SERVERS: usize = 4;

/// A server that leases for less than this would make us ask all the time.
const SHORTEST_LEASE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Offer,
    Acknowledge,
    Refuse,
}

/// What a server gave us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::net) struct Lease {
    pub(in crate::net) address: Ipv4Addr,
    /// Bits of the network's prefix, 1..=32.
    pub(in crate::net) prefix: u8,
    pub(in crate::net) router: Option<Ipv4Addr>,
    pub(in crate::net) dns: Vec<Ipv4Addr>,
    pub(in crate::net) time_servers: Vec<Ipv4Addr>,
    pub(super) server: Ipv4Addr,
    /// How long it holds, and when to ask again, from when it was given.
    pub(super) duration: Duration,
    pub(super) renew_after: Duration,
    pub(super) rebind_after: Duration,
}

/// Who speaks, and in which conversation.
#[derive(Debug, Clone)]
pub(super) struct Conversation {
    pub(super) id: u32,
    pub(super) hardware_address: [u8; 6],
    /// Told to the server, which may tell it to its DNS.
    pub(super) host_name: String,
}

impl Conversation {
    pub(super) fn discover(&self) -> Vec<u8> {
        self.message(MessageType::Discover, Ipv4Addr::UNSPECIFIED, &[])
    }

    /// Takes an offer.
    pub(super) fn request(&self, offer: &Lease) -> Vec<u8> {
        let wanted = [
            DhcpOption::RequestedIpAddress(offer.address),
            DhcpOption::ServerIdentifier(offer.server),
        ];
        self.message(MessageType::Request, Ipv4Addr::UNSPECIFIED, &wanted)
    }

    /// Asks whether an address still is ours on this network (RFC 2131, 4.3.2, INIT-REBOOT).
    pub(super) fn verify(&self, lease: &Lease) -> Vec<u8> {
        let wanted = [DhcpOption::RequestedIpAddress(lease.address)];
        self.message(MessageType::Request, Ipv4Addr::UNSPECIFIED, &wanted)
    }

    /// Asks for more time on the address that we have.
    pub(super) fn renew(&self, lease: &Lease) -> Vec<u8> {
        self.message(MessageType::Request, lease.address, &[])
    }

    fn message(&self, kind: MessageType, ours: Ipv4Addr, more: &[DhcpOption]) -> Vec<u8> {
        let zero = Ipv4Addr::UNSPECIFIED;
        let mut message =
            Message::new_with_id(self.id, ours, zero, zero, zero, &self.hardware_address);
        if ours.is_unspecified() {
            // We have no address yet and cannot be spoken to directly.
            message.set_flags(v4::Flags::default().set_broadcast());
        }
        let options = message.opts_mut();
        options.insert(DhcpOption::MessageType(kind));
        let mut client = vec![ETHERNET];
        client.extend(self.hardware_address);
        options.insert(DhcpOption::ClientIdentifier(client));
        options.insert(DhcpOption::Hostname(self.host_name.clone()));
        options.insert(DhcpOption::ParameterRequestList(vec![
            OptionCode::SubnetMask,
            OptionCode::Router,
            OptionCode::DomainNameServer,
            OptionCode::NtpServers,
            OptionCode::AddressLeaseTime,
            OptionCode::Renewal,
            OptionCode::Rebinding,
        ]));
        for option in more {
            options.insert(option.clone());
        }
        let mut bytes = Vec::with_capacity(SHORTEST);
        message
            .encode(&mut Encoder::new(&mut bytes))
            .expect("a vector takes every byte");
        bytes.resize(bytes.len().max(SHORTEST), 0);
        bytes
    }

    /// Reads an answer to this conversation; `None` for everything else.
    pub(super) fn parse(&self, bytes: &[u8]) -> Option<(Kind, Option<Lease>)> {
        // The borrowed form decodes what is asked for and nothing else: an option that we never read
        // cannot spoil the message, nor trip its decoder. (Its `chaddr` trusts the length byte.)
        let message = borrowed::Message::new(bytes).ok()?;
        let ours = message.opcode() == Opcode::BootReply
            && message.xid() == self.id
            && bytes.get(HARDWARE_ADDRESS)? == self.hardware_address;
        if !ours {
            return None;
        }
        let options = Options(&message);
        let kind = match options.find(OptionCode::MessageType)?.as_slice() {
            [2] => Kind::Offer,
            [5] => Kind::Acknowledge,
            [6] => return Some((Kind::Refuse, None)),
            _ => return None,
        };
        lease(message.yiaddr(), &options).map(|lease| (kind, Some(lease)))
    }
}

fn lease(address: Ipv4Addr, options: &Options<'_>) -> Option<Lease> {
    if address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast()
        || address.is_loopback()
    {
        return None;
    }
    let duration = options
        .seconds(OptionCode::AddressLeaseTime)?
        .max(SHORTEST_LEASE);
    let before = |option, default: Duration| {
        options
            .seconds(option)
            .filter(|at| *at < duration)
            .unwrap_or(default)
    };
    let rebind_after = before(OptionCode::Rebinding, duration / 8 * 7);
    let renew_after = before(OptionCode::Renewal, duration / 2).min(rebind_after);
    Some(Lease {
        address,
        prefix: options
            .address(OptionCode::SubnetMask)
            .map_or(Some(24), prefix)?,
        router: options
            .address(OptionCode::Router)
            .filter(|router| !router.is_unspecified()),
        dns: options.addresses(OptionCode::DomainNameServer),
        time_servers: options.addresses(OptionCode::NtpServers),
        server: options.address(OptionCode::ServerIdentifier)?,
        duration,
        renew_after: renew_after.max(SHORTEST_LEASE / 2),
        rebind_after: rebind_after.max(SHORTEST_LEASE / 2),
    })
}

/// A mask's length; `None` when it has holes or is empty.
fn prefix(mask: Ipv4Addr) -> Option<u8> {
    let bits = u32::from(mask);
    let ones = bits.leading_ones();
    (ones > 0 && ones + bits.trailing_zeros() >= 32).then(|| u8::try_from(ones).unwrap_or(32))
}

/// The options of a message, unparsed; parts of one option are joined (RFC 3396).
pub(super) struct Options<'a>(pub(super) &'a borrowed::Message<'a>);

impl Options<'_> {
    /// The first one of this kind.
    pub(super) fn find(&self, wanted: OptionCode) -> Option<Vec<u8>> {
        let found = self.0.opts().find(|option| option.code() == wanted)?;
        Some(found.data().to_vec())
    }

    /// The first address of a list.
    pub(super) fn address(&self, wanted: OptionCode) -> Option<Ipv4Addr> {
        let four: [u8; 4] = self.find(wanted)?.get(..4)?.try_into().ok()?;
        Some(four.into())
    }

    /// The addresses of a list that a server can have.
    fn addresses(&self, wanted: OptionCode) -> Vec<Ipv4Addr> {
        let bytes = self.find(wanted).unwrap_or_default();
        bytes
            .chunks_exact(4)
            .map(|four| Ipv4Addr::new(four[0], four[1], four[2], four[3]))
            .filter(|address| {
                !address.is_unspecified() && !address.is_broadcast() && !address.is_multicast()
            })
            .take(SERVERS)
            .collect()
    }

    fn seconds(&self, wanted: OptionCode) -> Option<Duration> {
        self.address(wanted)
            .map(|four| Duration::from_secs(u32::from(four).into()))
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
pub(in crate::net) mod tests;
