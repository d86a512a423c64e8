//! What `serve` and the process that speaks on the link for it say to each other: one packet each, between two processes
//! that trust each other as little as they can. Pure.
//!
//! Down goes what is to be sent and announced, up comes what [`News`] there are. The one faces browsers, the other the
//! neighbours: what either says is read as if an enemy had written it. What may be sent at all is decided in
//! [`bounds`](super::bounds).

use std::net::{Ipv4Addr, SocketAddrV4};

use serde::{Deserialize, Serialize};

use crate::lan::{Announcement, Cidr, HardwareAddress, Link, News, Packet};
use crate::slot::errand::{is_label, is_link};

/// No packet is longer, in either direction: a DHCP message of a whole frame, as numbers in text, is shorter.
pub(super) const LIMIT: usize = 8 << 10;
/// A frame holds no longer message.
const MESSAGE: usize = 1500;
/// Addresses of one link that are told, and that are announced.
const ADDRESSES: usize = 64;
/// The longest name of a link in the kernel (IFNAMSIZ).
const LINK_NAME: usize = 15;

/// From `serve`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Send(Packet),
    Announce(Option<Announcement>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Down {
    Dhcp(Message),
    Lease(Vec<u8>),
    Arp(Vec<u8>),
    Wake {
        machine: HardwareAddress,
        to: SocketAddrV4,
    },
    Announce(Option<Announcement>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Up {
    Link(Option<Link>),
    Addresses(Vec<Cidr>),
    Dhcp(Message),
    Lease(Vec<u8>),
    Arp(Vec<u8>),
    Announced(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    bytes: Vec<u8>,
    server: Option<Ipv4Addr>,
}

impl Message {
    fn packet(self) -> Option<Packet> {
        let fits = self.bytes.len() <= MESSAGE;
        fits.then_some(Packet::Dhcp {
            message: self.bytes,
            server: self.server,
        })
    }
}

impl Wanted {
    /// The packet.
    #[must_use]
    pub(super) fn print(self) -> Vec<u8> {
        let down = match self {
            Wanted::Announce(announcement) => Down::Announce(announcement),
            Wanted::Send(Packet::Dhcp { message, server }) => Down::Dhcp(Message {
                bytes: message,
                server,
            }),
            Wanted::Send(Packet::Lease(message)) => Down::Lease(message),
            Wanted::Send(Packet::Arp(packet)) => Down::Arp(packet.to_vec()),
            Wanted::Send(Packet::Wake { machine, to }) => Down::Wake { machine, to },
        };
        print(&down)
    }

    /// `None` when it is none.
    #[must_use]
    pub(super) fn parse(packet: &[u8]) -> Option<Wanted> {
        match serde_json::from_slice(packet).ok()? {
            Down::Dhcp(message) => message.packet().map(Wanted::Send),
            Down::Lease(message) => lease(message).map(Wanted::Send),
            Down::Arp(bytes) => arp(&bytes).map(Wanted::Send),
            Down::Wake { machine, to } => Some(Wanted::Send(Packet::Wake { machine, to })),
            Down::Announce(announcement) => {
                let allowed = announcement.as_ref().is_none_or(is_announcement);
                allowed.then_some(Wanted::Announce(announcement))
            }
        }
    }
}

/// The packet. A magic packet is never received: it is printed as nothing, which is no news.
#[must_use]
pub(super) fn print_news(news: News) -> Vec<u8> {
    let up = match news {
        News::Link(link) => Up::Link(link),
        News::Addresses(addresses) => Up::Addresses(addresses),
        News::Announced(label) => Up::Announced(label),
        News::Received(Packet::Dhcp { message, server }) => Up::Dhcp(Message {
            bytes: message,
            server,
        }),
        News::Received(Packet::Lease(message)) => Up::Lease(message),
        News::Received(Packet::Arp(packet)) => Up::Arp(packet.to_vec()),
        News::Received(Packet::Wake { .. }) => return Vec::new(),
    };
    print(&up)
}

/// `None` when it is none.
#[must_use]
pub(super) fn parse_news(packet: &[u8]) -> Option<News> {
    match serde_json::from_slice(packet).ok()? {
        Up::Link(link) => {
            let real = link.as_ref().is_none_or(is_real);
            real.then_some(News::Link(link))
        }
        Up::Addresses(addresses) => {
            let real = addresses.len() <= ADDRESSES && addresses.iter().all(is_cidr);
            real.then_some(News::Addresses(addresses))
        }
        Up::Dhcp(message) => message.packet().map(News::Received),
        Up::Lease(message) => lease(message).map(News::Received),
        Up::Arp(bytes) => arp(&bytes).map(News::Received),
        Up::Announced(label) => is_label(&label).then_some(News::Announced(label)),
    }
}

fn print(words: &impl Serialize) -> Vec<u8> {
    // Texts and numbers always can.
    serde_json::to_vec(words).unwrap_or_default()
}

fn arp(bytes: &[u8]) -> Option<Packet> {
    bytes.try_into().ok().map(Packet::Arp)
}

fn lease(message: Vec<u8>) -> Option<Packet> {
    (message.len() <= MESSAGE).then_some(Packet::Lease(message))
}

fn is_announcement(announcement: &Announcement) -> bool {
    is_label(&announcement.name)
        && announcement.addresses.len() <= ADDRESSES
        && announcement.port != 0
}

/// The name becomes part of a path.
fn is_real(link: &Link) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    is_link(link.index)
        && (1..=LINK_NAME).contains(&link.name.len())
        && link.name.bytes().all(plain)
}

fn is_cidr(cidr: &Cidr) -> bool {
    cidr.prefix <= if cidr.address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAC: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 7]);

    fn announcement(name: &str) -> Announcement {
        Announcement {
            name: name.to_owned(),
            addresses: vec!["192.0.2.7".parse().expect("an address")],
            port: 443,
        }
    }

    fn link(name: &str) -> Link {
        Link {
            index: 2,
            name: name.to_owned(),
            hardware_address: MAC,
            carrier: true,
            wireless: false,
        }
    }

    fn packets() -> [Packet; 2] {
        let longest = Packet::Dhcp {
            message: vec![255; MESSAGE],
            server: Some(Ipv4Addr::BROADCAST),
        };
        [longest, Packet::Arp([255; 28])]
    }

    #[test]
    fn all_that_can_be_wanted_is_read_as_it_was_said() {
        let wake = || Packet::Wake {
            machine: MAC,
            to: SocketAddrV4::new(Ipv4Addr::BROADCAST, 9),
        };
        let all = || {
            let sent = packets().into_iter().chain([wake()]).map(Wanted::Send);
            let announced = [Some(announcement("rack-7")), None].map(Wanted::Announce);
            sent.chain(announced)
        };
        for (wanted, same) in all().zip(all()) {
            let packet = wanted.print();
            assert!(packet.len() <= LIMIT, "{}", packet.len());
            assert_eq!(Wanted::parse(&packet), Some(same));
        }
    }

    #[test]
    fn all_news_are_read_as_they_were_told() {
        let cidr = "2001:db8::7/64".parse().expect("an address");
        let states = [
            News::Link(Some(link("eth0"))),
            News::Link(None),
            News::Addresses(vec![cidr; ADDRESSES]),
            News::Announced("rack-7".to_owned()),
        ];
        for news in packets().map(News::Received).into_iter().chain(states) {
            let packet = print_news(news.clone());
            assert!(packet.len() <= LIMIT, "{}", packet.len());
            assert_eq!(parse_news(&packet), Some(news));
        }
    }

    #[test]
    fn a_name_that_is_none_is_not_announced() {
        for name in ["", "a.b", "-a", "a b", &"x".repeat(64)] {
            let packet = Wanted::Announce(Some(announcement(name))).print();
            assert_eq!(Wanted::parse(&packet), None, "{name}");
            let packet = print_news(News::Announced(name.to_owned()));
            assert_eq!(parse_news(&packet), None, "{name}");
        }
        let nowhere = Announcement {
            port: 0,
            ..announcement("rack-7")
        };
        let packet = Wanted::Announce(Some(nowhere)).print();
        assert_eq!(Wanted::parse(&packet), None);
    }

    #[test]
    fn a_link_that_the_kernel_could_not_have_is_none() {
        for name in ["", "..", "a/b", "a name", &"x".repeat(LINK_NAME + 1)] {
            let packet = print_news(News::Link(Some(link(name))));
            assert_eq!(parse_news(&packet), None, "{name}");
        }
        let loopback = Link {
            index: 1,
            ..link("lo")
        };
        assert_eq!(parse_news(&print_news(News::Link(Some(loopback)))), None);
    }

    #[test]
    fn what_is_too_long_or_has_no_such_prefix_is_dropped() {
        let message = Packet::Dhcp {
            message: vec![0; MESSAGE + 1],
            server: None,
        };
        assert_eq!(Wanted::parse(&Wanted::Send(message).print()), None);
        assert_eq!(Wanted::parse(br#"{"Arp":[1,2,3]}"#), None);
        let wide = br#"{"Addresses":[{"address":"192.0.2.7","prefix":33}]}"#;
        assert_eq!(parse_news(wide), None);
    }

    proptest! {
        #[test]
        fn no_packet_makes_reading_panic(packet in proptest::collection::vec(any::<u8>(), 0..80), text in "[\\[\\]A-Za-z{}:,\"0-9 ]{0,80}") {
            for packet in [&packet[..], text.as_bytes()] {
                let _ = (Wanted::parse(packet), parse_news(packet));
            }
        }
    }
}
