//! The other side of DHCP (RFC 2131), for who joins the appliance's own network. Pure.
//!
//! It gives an address and how large the network is, and neither a router nor DNS: a phone goes on asking its mobile network for
//! everything else. Answers go to everybody, as nobody who asks has an address yet, or is near anyway.

use std::net::Ipv4Addr;
use std::time::Duration;

use dhcproto::v4::{DhcpOption, Message, MessageType, Opcode, OptionCode, borrowed};
use dhcproto::{Encodable as _, Encoder};

use super::message::{ETHERNET, HARDWARE_ADDRESS, Options, SHORTEST};
use crate::lan::OWN_ADDRESS;

/// The last number of the first address that is given, and how many there are.
const FIRST: u8 = 100;
const MOST: usize = 64;
const LEASE: Duration = Duration::from_secs(3600);
/// An offer that nobody takes holds for so long.
const OFFER: Duration = Duration::from_secs(60);
const MASK: Ipv4Addr = Ipv4Addr::new(255, 255, 255, 0);

/// Who has which address: the first one has the first.
#[derive(Debug, Default)]
pub(in crate::net) struct Host {
    guests: Vec<Guest>,
}

#[derive(Debug)]
struct Guest {
    /// None: somebody has it who did not ask for it.
    hardware: Option<[u8; 6]>,
    until: Duration,
}

/// What a guest says.
struct Said<'a> {
    message: borrowed::Message<'a>,
    hardware: [u8; 6],
}

impl Host {
    /// What to say to this; nothing to most of what is no question to us.
    pub(in crate::net) fn answer(&mut self, bytes: &[u8], now: Duration) -> Option<Vec<u8>> {
        let said = Said::parse(bytes)?;
        let options = Options(&said.message);
        let named = options.address(OptionCode::ServerIdentifier);
        if named.is_some_and(|server| server != OWN_ADDRESS) {
            return None;
        }
        let own = Some(said.message.ciaddr()).filter(|own| !own.is_unspecified());
        match options.find(OptionCode::MessageType)?.as_slice() {
            [1] => {
                let place = self.place(said.hardware, now)?;
                self.hold(place, now + OFFER);
                Some(said.reply(MessageType::Offer, Some(address(place))))
            }
            [3] => {
                let wanted = options.address(OptionCode::RequestedIpAddress).or(own);
                let place = self.place(said.hardware, now)?;
                if wanted != Some(address(place)) {
                    return Some(said.reply(MessageType::Nak, None));
                }
                self.hold(place, now + LEASE);
                Some(said.reply(MessageType::Ack, Some(address(place))))
            }
            // Somebody else was seen with it.
            [4] => {
                let place = self.place_of(said.hardware)?;
                self.guests[place] = Guest {
                    hardware: None,
                    until: now + LEASE,
                };
                None
            }
            // It may come again, and has the same one then, unless another needs it first.
            [7] => {
                let place = self.place_of(said.hardware)?;
                self.guests[place].until = now;
                None
            }
            [8] => Some(said.reply(MessageType::Ack, None)),
            _ => None,
        }
    }

    fn place_of(&self, hardware: [u8; 6]) -> Option<usize> {
        let mut guests = self.guests.iter();
        guests.position(|guest| guest.hardware == Some(hardware))
    }

    /// Its place, a new one, or one that nobody needs any more.
    fn place(&mut self, hardware: [u8; 6], now: Duration) -> Option<usize> {
        if let Some(place) = self.place_of(hardware) {
            return Some(place);
        }
        let guest = Guest {
            hardware: Some(hardware),
            until: now,
        };
        if self.guests.len() < MOST {
            self.guests.push(guest);
            return Some(self.guests.len() - 1);
        }
        let place = self.guests.iter().position(|guest| guest.until <= now)?;
        self.guests[place] = guest;
        Some(place)
    }

    /// An offer does not shorten a lease.
    fn hold(&mut self, place: usize, until: Duration) {
        let guest = &mut self.guests[place];
        guest.until = guest.until.max(until);
    }
}

impl<'a> Said<'a> {
    /// From a guest that is near: over Ethernet, and no relay between.
    fn parse(bytes: &'a [u8]) -> Option<Said<'a>> {
        let message = borrowed::Message::new(bytes).ok()?;
        let near = message.opcode() == Opcode::BootRequest
            && bytes.get(1..3)? == [ETHERNET, 6]
            && message.giaddr().is_unspecified();
        let hardware = bytes.get(HARDWARE_ADDRESS)?.try_into().ok()?;
        near.then_some(Said { message, hardware })
    }

    /// None: they have an address already, or are to ask for another.
    fn reply(&self, kind: MessageType, given: Option<Ipv4Addr>) -> Vec<u8> {
        let zero = Ipv4Addr::UNSPECIFIED;
        let theirs = self.message.ciaddr();
        let mut reply = Message::new_with_id(
            self.message.xid(),
            theirs,
            given.unwrap_or(zero),
            zero,
            zero,
            &self.hardware,
        );
        reply.set_opcode(Opcode::BootReply);
        let options = reply.opts_mut();
        options.insert(DhcpOption::MessageType(kind));
        options.insert(DhcpOption::ServerIdentifier(OWN_ADDRESS));
        if kind != MessageType::Nak {
            options.insert(DhcpOption::SubnetMask(MASK));
        }
        if given.is_some() {
            options.insert(DhcpOption::AddressLeaseTime(LEASE.as_secs() as u32));
        }
        let mut bytes = Vec::with_capacity(SHORTEST);
        reply
            .encode(&mut Encoder::new(&mut bytes))
            .expect("a vector takes every byte");
        bytes.resize(bytes.len().max(SHORTEST), 0);
        bytes
    }
}

fn address(place: usize) -> Ipv4Addr {
    let [a, b, c, _] = OWN_ADDRESS.octets();
    // At most 163.
    Ipv4Addr::new(a, b, c, FIRST + place as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::net::dhcp::course::Course;
    use crate::net::dhcp::{Lease, Step};

    const NOW: Duration = Duration::from_secs(100);

    fn hardware(number: u8) -> [u8; 6] {
        [2, 0, 0, 0, 7, number]
    }

    fn question(number: u8, kind: u8, options: &[u8]) -> Vec<u8> {
        let mut message = vec![0; 236];
        message[..3].copy_from_slice(&[1, ETHERNET, 6]);
        message[4..8].copy_from_slice(&[9, 9, 9, number]);
        message[HARDWARE_ADDRESS].copy_from_slice(&hardware(number));
        message.extend([99, 130, 83, 99, 53, 1, kind]);
        message.extend(options);
        message.push(255);
        message
    }

    /// Kind, and the address that is given.
    fn told(answer: Option<Vec<u8>>) -> Option<(u8, Ipv4Addr)> {
        let answer = answer?;
        let message = borrowed::Message::new(&answer).expect("a message");
        assert_eq!(message.opcode(), Opcode::BootReply);
        let options = Options(&message);
        let server = options.address(OptionCode::ServerIdentifier);
        assert_eq!(server, Some(OWN_ADDRESS));
        for never in [OptionCode::Router, OptionCode::DomainNameServer] {
            assert_eq!(options.find(never), None);
        }
        let kind = options.find(OptionCode::MessageType).expect("a kind")[0];
        Some((kind, message.yiaddr()))
    }

    fn asks(host: &mut Host, number: u8, now: Duration) -> Option<Ipv4Addr> {
        told(host.answer(&question(number, 1, &[]), now)).map(|(kind, given)| {
            assert_eq!(kind, 2);
            given
        })
    }

    fn takes(
        host: &mut Host,
        number: u8,
        wanted: Ipv4Addr,
        now: Duration,
    ) -> Option<(u8, Ipv4Addr)> {
        let option = [&[50, 4][..], &wanted.octets()].concat();
        told(host.answer(&question(number, 3, &option), now))
    }

    /// Our own client, until it has a lease.
    fn lease(host: &mut Host) -> Lease {
        let mut course = Course::new(crate::lan::HardwareAddress(hardware(1)), "guest", 7);
        course.link_up(NOW);
        for _ in 0..4 {
            if let Step::Send { message, .. } = course.step(NOW)
                && let Some(answer) = host.answer(&message, NOW)
            {
                course.received(&answer, NOW);
            }
        }
        course.lease().expect("a lease").clone()
    }

    #[test]
    fn our_own_client_gets_a_lease_without_a_router_and_dns() {
        let lease = lease(&mut Host::default());
        assert_eq!((lease.address, lease.prefix), (address(0), 24));
        assert_eq!((lease.router, lease.dns), (None, Vec::new()));
    }

    #[test]
    fn each_guest_has_an_address_of_its_own_and_the_same_one_again() {
        let mut host = Host::default();
        let first = asks(&mut host, 1, NOW).expect("an offer");
        let second = asks(&mut host, 2, NOW).expect("an offer");
        assert_ne!(first, second);
        assert_eq!(takes(&mut host, 1, first, NOW), Some((5, first)));
        assert_eq!(asks(&mut host, 1, NOW + LEASE * 5), Some(first));
        assert_eq!(
            takes(&mut host, 2, first, NOW),
            Some((6, Ipv4Addr::UNSPECIFIED)),
            "another one's"
        );
    }

    #[test]
    fn when_all_are_given_nobody_gets_one_until_a_lease_is_over() {
        let mut host = Host::default();
        for number in 0..MOST as u8 {
            let given = asks(&mut host, number, NOW).expect("an offer");
            assert_eq!(takes(&mut host, number, given, NOW), Some((5, given)));
        }
        assert_eq!(asks(&mut host, 200, NOW), None);
        assert_eq!(asks(&mut host, 200, NOW + LEASE), Some(address(0)));
        let released = question(9, 7, &[]);
        assert_eq!(host.answer(&released, NOW), None);
        assert_eq!(asks(&mut host, 201, NOW), Some(address(9)));
        assert_eq!(host.guests.len(), MOST);
    }

    #[test]
    fn an_address_that_somebody_else_has_is_given_to_nobody() {
        let mut host = Host::default();
        let taken = asks(&mut host, 1, NOW).expect("an offer");
        assert_eq!(host.answer(&question(1, 4, &[]), NOW), None);
        let other = asks(&mut host, 1, NOW).expect("another one");
        assert_ne!(taken, other);
    }

    #[test]
    fn what_is_for_another_server_or_through_a_relay_is_not_answered() {
        let mut host = Host::default();
        let other = question(1, 3, &[54, 4, 10, 0, 0, 1]);
        assert_eq!(host.answer(&other, NOW), None);
        let mut relayed = question(1, 1, &[]);
        relayed[24..28].copy_from_slice(&[10, 0, 0, 1]);
        assert_eq!(host.answer(&relayed, NOW), None);
        let mut reply = question(1, 2, &[]);
        reply[0] = 2;
        assert_eq!(host.answer(&reply, NOW), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_grow(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            questions in proptest::collection::vec((any::<u8>(), 0_u8..10, proptest::collection::vec(any::<u8>(), 0..20)), 0..200),
        ) {
            let mut host = Host::default();
            host.answer(&bytes, NOW);
            for (number, kind, options) in questions {
                host.answer(&question(number, kind, &options), NOW);
            }
            prop_assert!(host.guests.len() <= MOST);
        }
    }
}
