//! What may be sent on the link for `serve`, which may have been broken into: what an appliance says there, as itself, and
//! nothing else. Pure.
//!
//! | packet | bounds |
//! |---|---|
//! | DHCP | a question with this link's own hardware address; to everybody, or to a server that has answered one |
//! | leases of our own network | an answer on a radio, with an address of that network, and neither a router nor DNS |
//! | ARP | a question whether somebody has a link-local address (RFC 3927), or that this link has it |
//! | magic packet | all of it but the hardware address is made here |

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use crate::lan::{HardwareAddress, News, OWN_ADDRESS, Packet};

/// Servers of one network that are remembered: the last ones.
const SERVERS: usize = 8;

/// Of a DHCP message (RFC 2131, 2): where its options begin, and the longest that is made here (an IP packet of 576 bytes).
const OPTIONS: usize = 240;
const LONGEST: usize = 548;
/// A question; Ethernet, whose addresses have six bytes.
const QUESTION: [u8; 3] = [1, 1, 6];
const ANSWER: [u8; 3] = [2, 1, 6];
const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Options (RFC 2132): nothing, the end, who answers.
const PAD: u8 = 0;
const END: u8 = 255;
const SERVER: u8 = 54;
/// Of those who join our own network: the mask, for how long, which message, who answers.
const LEASED: [u8; 4] = [1, 51, 53, SERVER];
/// Of an ARP packet (RFC 826): Ethernet, IPv4, their lengths, "who has".
const WHO_HAS: [u8; 8] = [0, 1, 8, 0, 6, 4, 0, 1];

#[derive(Default)]
pub(super) struct Bounds {
    own: Option<HardwareAddress>,
    wireless: bool,
    servers: VecDeque<Ipv4Addr>,
}

impl Bounds {
    /// Remembers whose address this is, and who has answered.
    pub(super) fn hear(&mut self, news: &News) {
        match news {
            News::Link(link) => {
                self.own = link.as_ref().map(|link| link.hardware_address);
                self.wireless = link.as_ref().is_some_and(|link| link.wireless);
            }
            News::Received(Packet::Dhcp { message, server }) => {
                let named = option(message, SERVER).and_then(|octets| octets.try_into().ok());
                let named = named.map(|octets: [u8; 4]| Ipv4Addr::from(octets));
                for server in server.iter().copied().chain(named) {
                    self.remember(server);
                }
            }
            _ => {}
        }
    }

    fn remember(&mut self, server: Ipv4Addr) {
        self.servers.retain(|known| *known != server);
        self.servers.push_back(server);
        if self.servers.len() > SERVERS {
            self.servers.pop_front();
        }
    }

    pub(super) fn allow(&self, packet: &Packet) -> bool {
        let Some(own) = self.own else { return false };
        match packet {
            Packet::Dhcp { message, server } => {
                is_question(message, own)
                    && server.is_none_or(|server| self.servers.contains(&server))
            }
            Packet::Lease(message) => self.wireless && is_lease(message),
            Packet::Arp(packet) => is_own(packet, own),
            Packet::Wake { .. } => true,
        }
    }
}

fn is_question(message: &[u8], own: HardwareAddress) -> bool {
    (OPTIONS..=LONGEST).contains(&message.len())
        && message.starts_with(&QUESTION)
        && message[28..34] == own.0
        && message[OPTIONS - COOKIE.len()..OPTIONS] == COOKIE
}

/// An address of our own network, or none; whose it is, how large the network is, and for how long.
fn is_lease(message: &[u8]) -> bool {
    let whole = (OPTIONS..=LONGEST).contains(&message.len())
        && message.starts_with(&ANSWER)
        && message[OPTIONS - COOKIE.len()..OPTIONS] == COOKIE;
    if !whole {
        return false;
    }
    let [a, b, c, _] = OWN_ADDRESS.octets();
    let (given, ways) = (&message[16..20], &message[20..28]);
    (given == [0; 4] || given.starts_with(&[a, b, c]))
        && ways == [0; 8]
        && option(message, SERVER) == Some(&OWN_ADDRESS.octets())
        && options(message)
            .is_some_and(|options| options.iter().all(|(number, _)| LEASED.contains(number)))
}

/// A probe tells no sender, an announcement tells what it asks for (RFC 3927, 1.1 and 2.4).
fn is_own(packet: &[u8; 28], own: HardwareAddress) -> bool {
    let (sender, wanted) = (&packet[14..18], &packet[24..]);
    packet.starts_with(&WHO_HAS)
        && packet[8..14] == own.0
        && wanted.starts_with(&[169, 254])
        && (sender == [0; 4] || sender == wanted)
}

/// What stands in the first option of this number.
fn option(message: &[u8], wanted: u8) -> Option<&[u8]> {
    let options = options(message)?;
    let mut found = options.iter().filter(|(number, _)| *number == wanted);
    found.next().map(|(_, body)| *body)
}

/// All that are whole, up to the end. None: the message has no place for any.
fn options(message: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut rest = message.get(OPTIONS..)?;
    let mut options = Vec::new();
    while let Some((&number, after)) = rest.split_first() {
        rest = match number {
            END => break,
            PAD => after,
            _ => {
                let Some((&length, after)) = after.split_first() else {
                    break;
                };
                let Some((body, after)) = after.split_at_checked(length.into()) else {
                    break;
                };
                options.push((number, body));
                after
            }
        };
    }
    Some(options)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddrV4;

    use super::*;
    use crate::lan::Link;
    use proptest::prelude::*;

    const OWN: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 7]);
    const RELAY: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 1);
    const DHCP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

    fn link(name: &str, wireless: bool) -> Link {
        Link {
            index: 2,
            name: name.to_owned(),
            hardware_address: OWN,
            carrier: true,
            wireless,
        }
    }

    fn bounds() -> Bounds {
        let mut bounds = Bounds::default();
        bounds.hear(&News::Link(Some(link("eth0", false))));
        bounds
    }

    fn message(kind: u8, own: HardwareAddress, options: &[u8]) -> Vec<u8> {
        let mut message = vec![0; OPTIONS];
        message[..3].copy_from_slice(&[kind, 1, 6]);
        message[28..34].copy_from_slice(&own.0);
        message[236..240].copy_from_slice(&COOKIE);
        message.extend(options);
        message
    }

    fn question(server: Option<Ipv4Addr>) -> Packet {
        let message = message(1, OWN, &[53, 1, 3, END]);
        Packet::Dhcp { message, server }
    }

    fn arp(sender: [u8; 4], wanted: [u8; 4]) -> Packet {
        let mut packet = [0; 28];
        packet[..8].copy_from_slice(&WHO_HAS);
        packet[8..14].copy_from_slice(&OWN.0);
        packet[14..18].copy_from_slice(&sender);
        packet[24..].copy_from_slice(&wanted);
        Packet::Arp(packet)
    }

    #[test]
    fn before_there_is_a_link_nothing_is_sent() {
        let to = SocketAddrV4::new(Ipv4Addr::BROADCAST, 9);
        let wake = Packet::Wake { machine: OWN, to };
        assert!(!Bounds::default().allow(&wake) && !Bounds::default().allow(&question(None)));
        assert!(bounds().allow(&wake) && bounds().allow(&question(None)));
    }

    #[test]
    fn only_a_server_that_has_answered_is_asked_alone() {
        let mut bounds = bounds();
        assert!(!bounds.allow(&question(Some(DHCP))));
        let mut options = vec![PAD, 53, 1, 2, SERVER, 4];
        options.extend(DHCP.octets());
        bounds.hear(&News::Received(Packet::Dhcp {
            message: message(2, OWN, &options),
            server: Some(RELAY),
        }));
        assert!(bounds.allow(&question(Some(DHCP))) && bounds.allow(&question(Some(RELAY))));
        assert!(!bounds.allow(&question(Some(Ipv4Addr::new(8, 8, 8, 8)))));
        for last in 1..=9 {
            bounds.remember(Ipv4Addr::new(203, 0, 113, last));
        }
        assert!(!bounds.allow(&question(Some(DHCP))), "forgotten");
    }

    #[test]
    fn what_is_no_question_of_this_link_is_not_sent_as_one() {
        let others = HardwareAddress([2, 0, 0, 0, 0, 8]);
        let longer = vec![PAD; LONGEST];
        for message in [
            message(2, OWN, &[]),
            message(1, others, &[]),
            message(1, OWN, &longer),
            b"anything".to_vec(),
            Vec::new(),
            vec![1; 300],
        ] {
            let server = None;
            assert!(!bounds().allow(&Packet::Dhcp { message, server }));
        }
    }

    #[test]
    fn guests_of_our_own_network_are_told_their_address_and_no_way_out_of_it() {
        let [a, b, c, d] = OWN_ADDRESS.octets();
        let lease = |given: [u8; 4], more: &[u8]| {
            let mut message = message(2, HardwareAddress([9; 6]), &[53, 1, 5, 54, 4, a, b, c, d]);
            message[16..20].copy_from_slice(&given);
            message.extend(more);
            message.push(END);
            Packet::Lease(message)
        };
        let mut bounds = bounds();
        let good = lease(
            [a, b, c, 100],
            &[1, 4, 255, 255, 255, 0, 51, 4, 0, 0, 14, 16],
        );
        assert!(
            !bounds.allow(&good),
            "on a wire there are others who give addresses"
        );
        bounds.hear(&News::Link(Some(link("wlan0", true))));
        assert!(bounds.allow(&good) && bounds.allow(&lease([0; 4], &[])));
        assert!(!bounds.allow(&lease([10, 0, 0, 9], &[])), "another network");
        for option in [3, 6, 252] {
            let more = [option, 4, a, b, c, d];
            assert!(!bounds.allow(&lease([a, b, c, 100], &more)), "{option}");
        }
        let Packet::Lease(mut other) = good else {
            panic!("a lease")
        };
        other[247] ^= 1;
        assert!(
            !bounds.allow(&Packet::Lease(other)),
            "somebody else's server"
        );
    }

    #[test]
    fn nobody_elses_address_is_claimed_by_arp() {
        let (local, router) = ([169, 254, 7, 9], [10, 0, 2, 2]);
        assert!(bounds().allow(&arp([0; 4], local)) && bounds().allow(&arp(local, local)));
        assert!(!bounds().allow(&arp(router, router)), "the router's");
        assert!(!bounds().allow(&arp(router, local)) && !bounds().allow(&arp([0; 4], router)));
        let Packet::Arp(mut answer) = arp(local, local) else {
            panic!("ARP")
        };
        answer[7] = 2;
        assert!(!bounds().allow(&Packet::Arp(answer)), "an answer");
        answer[7] = 1;
        answer[13] ^= 1;
        assert!(!bounds().allow(&Packet::Arp(answer)), "by somebody else");
    }

    proptest! {
        #[test]
        fn no_message_makes_looking_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), options in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut bounds = bounds();
            for message in [bytes, message(2, OWN, &options)] {
                bounds.allow(&Packet::Lease(message.clone()));
                let packet = Packet::Dhcp { message, server: None };
                bounds.hear(&News::Received(packet.clone()));
                bounds.allow(&packet);
            }
        }
    }
}
