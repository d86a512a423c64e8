//! The drawn network behind `farseat simulate`: a cable, a DHCP server that always answers, neighbours
//! without a name, and a clock that is right. Nothing leaves this computer.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime};

use dhcproto::v4::{DhcpOption, Message, MessageType, Opcode};
use dhcproto::{Decodable as _, Decoder, Encodable as _, Encoder};
use tokio::sync::mpsc;

use crate::lan::{
    Addressing, Announcement, Asking, Cidr, Clock, Correction, HardwareAddress, Interface, Link,
    NetworkCable, News, Packet, Sample,
};

/// Documentation addresses (RFC 5737): they lead nowhere.
const LEASED: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 15);
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const MASK: Ipv4Addr = Ipv4Addr::new(255, 255, 255, 0);
const LEASE: Duration = Duration::from_secs(3600);
const LINK_LOCAL: Cidr = Cidr {
    address: IpAddr::V6(std::net::Ipv6Addr::new(
        0xfe80, 0, 0, 0, 0x5054, 0xff, 0xfe12, 0x3456,
    )),
    prefix: 64,
};
/// The service fetches news as soon as there is some.
const NEWS: usize = 64;

/// Plugs the drawn cable in.
#[must_use]
pub fn network() -> NetworkCable {
    let (up, news) = mpsc::channel(NEWS);
    let interface = SimInterface {
        up,
        ipv4: None,
        ipv6: true,
    };
    interface.tell(News::Link(Some(Link {
        index: 2,
        name: "sim0".to_owned(),
        hardware_address: HardwareAddress([0x52, 0x54, 0, 0x12, 0x34, 0x56]),
        carrier: true,
        wireless: false,
    })));
    NetworkCable {
        interface: Box::new(interface),
        news,
        clock: Box::new(SimClock),
    }
}

struct SimInterface {
    up: mpsc::Sender<News>,
    ipv4: Option<Cidr>,
    ipv6: bool,
}

impl SimInterface {
    /// A service that has ended hears nothing.
    fn tell(&self, news: News) {
        let _ = self.up.try_send(news);
    }

    fn tell_addresses(&self) {
        let ipv6 = self.ipv6.then_some(LINK_LOCAL);
        self.tell(News::Addresses(self.ipv4.into_iter().chain(ipv6).collect()));
    }
}

impl Interface for SimInterface {
    fn configure(&mut self, wanted: &Addressing) {
        self.ipv4 = wanted.address.map(|(address, prefix)| Cidr {
            address: address.into(),
            prefix,
        });
        self.tell_addresses();
    }

    fn allow_ipv6(&mut self, allowed: bool) {
        self.ipv6 = allowed;
        self.tell_addresses();
    }

    fn send(&mut self, packet: &Packet) {
        if let Packet::Dhcp { message, .. } = packet
            && let Some(message) = answer(message)
        {
            self.tell(News::Received(Packet::Dhcp {
                message,
                server: Some(SERVER),
            }));
        }
    }

    fn set_host_name(&mut self, _name: &str) {}

    fn announce(&mut self, announcement: Option<&Announcement>) {
        if let Some(announcement) = announcement {
            self.tell(News::Announced(announcement.name.clone()));
        }
    }
}

/// Offers and gives the one address.
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let question = Message::decode(&mut Decoder::new(question)).ok()?;
    let kind = match question.opts().msg_type()? {
        MessageType::Discover => MessageType::Offer,
        MessageType::Request => MessageType::Ack,
        _ => return None,
    };
    let mut answer = question.clone();
    answer.set_opcode(Opcode::BootReply).set_yiaddr(LEASED);
    let options = answer.opts_mut();
    options.clear();
    for option in [
        DhcpOption::MessageType(kind),
        DhcpOption::ServerIdentifier(SERVER),
        DhcpOption::AddressLeaseTime(u32::try_from(LEASE.as_secs()).unwrap_or(u32::MAX)),
        DhcpOption::SubnetMask(MASK),
        DhcpOption::Router(vec![SERVER]),
        DhcpOption::DomainNameServer(vec![SERVER]),
    ] {
        options.insert(option);
    }
    let mut bytes = Vec::new();
    answer.encode(&mut Encoder::new(&mut bytes)).ok()?;
    Some(bytes)
}

/// This computer's clock, which somebody else keeps.
struct SimClock;

impl Clock for SimClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn correct(&mut self, _correction: Correction) -> std::io::Result<()> {
        Ok(())
    }

    fn ask(&self, _server: &str, _dns: &[IpAddr]) -> Asking {
        let sample = Sample {
            offset: 0.002,
            round_trip: Duration::from_millis(4),
        };
        Box::pin(std::future::ready(Ok(sample)))
    }
}
