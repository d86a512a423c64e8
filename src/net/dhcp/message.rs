//! DHCP messages (RFC 2131, 2; options RFC 2132). Pure; parses any bytes without panic.

use std::net::Ipv4Addr;
use std::time::Duration;

const REQUEST: u8 = 1;
const REPLY: u8 = 2;
const ETHERNET: u8 = 1;
const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// The fixed part, before the cookie.
const FIXED: usize = 236;
/// Older relays drop what is shorter than BOOTP's 300 bytes.
const SHORTEST: usize = 300;
/// We have no address yet and cannot be spoken to directly.
const BROADCAST_FLAG: [u8; 2] = [0x80, 0];

const PAD: u8 = 0;
const SUBNET_MASK: u8 = 1;
const ROUTER: u8 = 3;
const NAME_SERVERS: u8 = 6;
const REQUESTED_ADDRESS: u8 = 50;
const LEASE_TIME: u8 = 51;
const MESSAGE_TYPE: u8 = 53;
const SERVER: u8 = 54;
const PARAMETERS: u8 = 55;
const RENEWAL_TIME: u8 = 58;
const REBINDING_TIME: u8 = 59;
const CLIENT_ID: u8 = 61;
const END: u8 = 255;

/// A server that leases for less than this would make us ask all the time.
const SHORTEST_LEASE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Discover = 1,
    Offer = 2,
    Request = 3,
    Acknowledge = 5,
    Refuse = 6,
}

/// What a server gave us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub address: Ipv4Addr,
    /// Bits of the network's prefix, 1..=32.
    pub prefix: u8,
    pub router: Option<Ipv4Addr>,
    pub name_server: Option<Ipv4Addr>,
    pub server: Ipv4Addr,
    /// How long it holds, and when to ask again, from when it was given.
    pub duration: Duration,
    pub renew_after: Duration,
    pub rebind_after: Duration,
}

/// Who speaks, and in which conversation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conversation {
    pub(super) id: u32,
    pub(super) hardware_address: [u8; 6],
}

impl Conversation {
    pub(super) fn discover(&self) -> Vec<u8> {
        self.message(Kind::Discover, Ipv4Addr::UNSPECIFIED, &[])
    }

    /// Takes an offer.
    pub(super) fn request(&self, offer: &Lease) -> Vec<u8> {
        let wanted = [(REQUESTED_ADDRESS, offer.address), (SERVER, offer.server)];
        self.message(Kind::Request, Ipv4Addr::UNSPECIFIED, &wanted)
    }

    /// Asks for more time on the address that we have.
    pub(super) fn renew(&self, lease: &Lease) -> Vec<u8> {
        self.message(Kind::Request, lease.address, &[])
    }

    fn message(&self, kind: Kind, ours: Ipv4Addr, addresses: &[(u8, Ipv4Addr)]) -> Vec<u8> {
        let mut message = vec![0; FIXED];
        message[..3].copy_from_slice(&[REQUEST, ETHERNET, 6]);
        message[4..8].copy_from_slice(&self.id.to_be_bytes());
        if ours.is_unspecified() {
            message[10..12].copy_from_slice(&BROADCAST_FLAG);
        }
        message[12..16].copy_from_slice(&ours.octets());
        message[28..34].copy_from_slice(&self.hardware_address);
        message.extend(COOKIE);
        message.extend([MESSAGE_TYPE, 1, kind as u8]);
        message.extend([CLIENT_ID, 7, ETHERNET]);
        message.extend(self.hardware_address);
        message.extend([
            PARAMETERS,
            6,
            SUBNET_MASK,
            ROUTER,
            NAME_SERVERS,
            LEASE_TIME,
            RENEWAL_TIME,
            REBINDING_TIME,
        ]);
        for (option, address) in addresses {
            message.extend([*option, 4]);
            message.extend(address.octets());
        }
        message.push(END);
        message.resize(message.len().max(SHORTEST), PAD);
        message
    }

    /// Reads an answer to this conversation; `None` for everything else.
    pub(super) fn parse(&self, bytes: &[u8]) -> Option<(Kind, Option<Lease>)> {
        let ours = *bytes.first()? == REPLY
            && bytes.get(4..8)? == self.id.to_be_bytes()
            && bytes.get(28..34)? == self.hardware_address
            && bytes.get(FIXED..FIXED + 4)? == COOKIE;
        if !ours {
            return None;
        }
        let options = Options(bytes.get(FIXED + 4..)?);
        let kind = match options.find(MESSAGE_TYPE)? {
            [2] => Kind::Offer,
            [5] => Kind::Acknowledge,
            [6] => return Some((Kind::Refuse, None)),
            _ => return None,
        };
        let given: [u8; 4] = bytes.get(16..20)?.try_into().ok()?;
        lease(given.into(), &options).map(|lease| (kind, Some(lease)))
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
    let duration = options.seconds(LEASE_TIME)?.max(SHORTEST_LEASE);
    let before = |option, default: Duration| {
        options
            .seconds(option)
            .filter(|at| *at < duration)
            .unwrap_or(default)
    };
    let rebind_after = before(REBINDING_TIME, duration / 8 * 7);
    let renew_after = before(RENEWAL_TIME, duration / 2).min(rebind_after);
    Some(Lease {
        address,
        prefix: options.address(SUBNET_MASK).map_or(Some(24), prefix)?,
        router: options
            .address(ROUTER)
            .filter(|router| !router.is_unspecified()),
        name_server: options.address(NAME_SERVERS),
        server: options.address(SERVER)?,
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

/// The options of a message, unparsed.
struct Options<'a>(&'a [u8]);

impl<'a> Options<'a> {
    /// The first one of this kind.
    fn find(&self, wanted: u8) -> Option<&'a [u8]> {
        let mut rest = self.0;
        loop {
            match *rest.first()? {
                PAD => rest = &rest[1..],
                END => return None,
                option => {
                    let length = usize::from(*rest.get(1)?);
                    let value = rest.get(2..2 + length)?;
                    if option == wanted {
                        return Some(value);
                    }
                    rest = &rest[2 + length..];
                }
            }
        }
    }

    /// The first address of a list.
    fn address(&self, wanted: u8) -> Option<Ipv4Addr> {
        let four: [u8; 4] = self.find(wanted)?.get(..4)?.try_into().ok()?;
        Some(four.into())
    }

    fn seconds(&self, wanted: u8) -> Option<Duration> {
        self.address(wanted)
            .map(|four| Duration::from_secs(u32::from(four).into()))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::net::dhcp) const US: Conversation = Conversation {
        id: 0x1234_5678,
        hardware_address: [0x52, 0x54, 0, 0x12, 0x34, 0x56],
    };

    /// What a server says, with an hour of lease.
    pub(in crate::net::dhcp) fn answer(
        conversation: &Conversation,
        kind: u8,
        extra: &[u8],
    ) -> Vec<u8> {
        let mut answer = vec![0; FIXED];
        answer[0] = REPLY;
        answer[4..8].copy_from_slice(&conversation.id.to_be_bytes());
        answer[16..20].copy_from_slice(&[10, 0, 2, 15]);
        answer[28..34].copy_from_slice(&conversation.hardware_address);
        answer.extend(COOKIE);
        answer.extend([
            MESSAGE_TYPE,
            1,
            kind,
            SERVER,
            4,
            10,
            0,
            2,
            2,
            LEASE_TIME,
            4,
            0,
            0,
            0x0e,
            0x10,
        ]);
        answer.extend(extra);
        answer.extend([
            SUBNET_MASK,
            4,
            255,
            255,
            255,
            0,
            ROUTER,
            4,
            10,
            0,
            2,
            2,
            NAME_SERVERS,
            4,
            10,
            0,
            2,
            3,
            END,
        ]);
        answer
    }

    #[test]
    fn an_offer_is_read() {
        let (kind, lease) = US.parse(&answer(&US, 2, &[])).expect("an answer to us");
        let lease = lease.expect("a lease");
        assert_eq!(kind, Kind::Offer);
        assert_eq!(
            (lease.address, lease.prefix),
            (Ipv4Addr::new(10, 0, 2, 15), 24)
        );
        assert_eq!(lease.router, Some(Ipv4Addr::new(10, 0, 2, 2)));
        assert_eq!(lease.duration, Duration::from_secs(3600));
        assert_eq!(lease.renew_after, Duration::from_secs(1800));
        assert_eq!(lease.rebind_after, Duration::from_secs(3150));
    }

    #[test]
    fn an_answer_to_somebody_else_is_no_answer() {
        let other = Conversation { id: 1, ..US };
        assert_eq!(US.parse(&answer(&other, 2, &[])), None);
        let other = Conversation {
            hardware_address: [0; 6],
            ..US
        };
        assert_eq!(US.parse(&answer(&other, 2, &[])), None);
        assert_eq!(US.parse(&US.discover()), None, "our own question");
    }

    #[test]
    fn a_mask_with_holes_is_refused() {
        assert_eq!(prefix(Ipv4Addr::new(255, 0, 255, 0)), None);
        assert_eq!(prefix(Ipv4Addr::new(0, 0, 0, 0)), None);
        assert_eq!(prefix(Ipv4Addr::new(255, 255, 240, 0)), Some(20));
        assert_eq!(prefix(Ipv4Addr::BROADCAST), Some(32));
    }

    #[test]
    fn times_that_make_no_sense_get_the_usual_ones() {
        let late = [RENEWAL_TIME, 4, 0xff, 0xff, 0xff, 0xff];
        let (_, lease) = US.parse(&answer(&US, 5, &late)).expect("an answer");
        assert_eq!(
            lease.expect("a lease").renew_after,
            Duration::from_secs(1800)
        );
    }

    #[test]
    fn a_refusal_needs_no_lease() {
        assert_eq!(US.parse(&answer(&US, 6, &[])), Some((Kind::Refuse, None)));
    }

    #[test]
    fn our_questions_are_long_enough_for_old_relays() {
        let discover = US.discover();
        assert!(discover.len() >= SHORTEST);
        assert_eq!(&discover[FIXED + 4..FIXED + 7], &[MESSAGE_TYPE, 1, 1]);
        assert_eq!(discover[10], 0x80, "answer by broadcast");
    }

    #[test]
    fn no_bytes_make_parsing_panic() {
        use proptest::prelude::*;
        proptest!(|(tail in proptest::collection::vec(any::<u8>(), 0..80), cut in 0..400_usize)| {
            let mut bytes = answer(&US, 2, &tail);
            bytes.truncate(cut);
            let _ = US.parse(&bytes);
        });
    }
}
