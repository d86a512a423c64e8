//! The appliance's own network cable and clock, as traits.
//!
//! Two implementations exist of each: [`device`](crate::device) (the kernel's link and clock) and
//! [`sim`](crate::sim) (drawn ones, for `farseat simulate` and tests). [`net`](crate::net) decides with
//! them what the address is and what time it is; `app` plugs the one into the other. Nothing here does I/O.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// A hardware address of Ethernet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HardwareAddress(pub [u8; 6]);

/// The link that is used: the wired one, or a radio that has joined a network while no cable is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Its number in the kernel.
    pub index: u32,
    /// Its name in the kernel, `eth0`.
    pub name: String,
    pub hardware_address: HardwareAddress,
    /// A cable is in, and something answers at its other end; or a wireless network is joined.
    pub carrier: bool,
    pub wireless: bool,
}

/// An address and its network, `192.0.2.7/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cidr {
    pub address: IpAddr,
    /// Bits of the network's prefix: at most 32 for IPv4, 128 for IPv6.
    pub prefix: u8,
}

/// The appliance on its own wireless network, which nobody else gives addresses in: a network that is rarely used elsewhere.
pub const OWN_NETWORK: Cidr = Cidr {
    address: IpAddr::V4(OWN_ADDRESS),
    prefix: 24,
};
pub const OWN_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 77, 1);

/// What the link shall have of IPv4. One address at a time, or none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addressing {
    /// With 1 to 32 bits of prefix.
    pub address: Option<(Ipv4Addr, u8)>,
    pub router: Option<Ipv4Addr>,
}

/// Something that goes over the link before, or beside, IP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// A DHCP message; without a server it goes to everybody.
    Dhcp {
        message: Vec<u8>,
        server: Option<Ipv4Addr>,
    },
    /// The magic packet that wakes another machine: it stands in nobody's answer, so it may come from any port.
    Wake {
        machine: HardwareAddress,
        to: SocketAddrV4,
    },
    /// A DHCP message of somebody who has joined the appliance's own network; or what they are told, which goes to everybody.
    Lease(Vec<u8>),
    /// The body of an ARP packet for IPv4 over Ethernet (RFC 826), to everybody.
    Arp([u8; 28]),
}

/// What others on the network are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// The name wanted, one label; with `.local` it leads to the addresses.
    pub name: String,
    pub addresses: Vec<IpAddr>,
    /// Where the page is.
    pub port: u16,
}

/// What comes up from the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The link came, changed, or went.
    Link(Option<Link>),
    /// Every address that the link has now.
    Addresses(Vec<Cidr>),
    Received(Packet),
    /// Under which label the announcement was accepted: another one than wanted when that was taken.
    Announced(String),
}

/// The link that is used. Every call returns at once; what does not work is told to the log and tried
/// again when the link changes.
pub trait Interface: Send + 'static {
    /// Gives the link this of IPv4 and nothing else.
    fn configure(&mut self, wanted: &Addressing);

    /// Whether the kernel may give the link IPv6 addresses (SLAAC and link-local).
    fn allow_ipv6(&mut self, allowed: bool);

    /// Sends now or never.
    fn send(&mut self, packet: &Packet);

    /// The kernel's own idea of the name.
    fn set_host_name(&mut self, name: &str);

    /// Answers for this name and advertises the page (multicast DNS); `None` is silent.
    fn announce(&mut self, announcement: Option<&Announcement>);
}

/// The cable: calls go down it, news comes up. News that nobody fetches waits in a bounded queue;
/// what came over the wire is dropped then, the state of the link never is.
pub struct NetworkCable {
    pub interface: Box<dyn Interface>,
    pub news: mpsc::Receiver<News>,
    pub clock: Box<dyn Clock>,
}

/// How the clock is put right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Correction {
    /// At once, to the clock's own time plus these seconds.
    Step(f64),
    /// Gently, by these seconds: time neither jumps nor runs backwards.
    Slew(f64),
}

/// One answer of a time server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Seconds that the server's clock is ahead of ours.
    pub offset: f64,
    /// How long question and answer took; the offset is off by half of it at most.
    pub round_trip: Duration,
}

/// Why a time server gave no time.
#[derive(Debug, thiserror::Error)]
pub enum NoTime {
    #[error("its name leads nowhere")]
    NoAddress,
    #[error("no answer")]
    Silent,
    #[error("an answer that is no time")]
    Nonsense,
    /// The server asks to be left alone (a kiss of death).
    #[error("it wants no more questions")]
    Refused,
}

/// A question to a time server, under way.
pub type Asking = Pin<Box<dyn Future<Output = Result<Sample, NoTime>> + Send>>;

/// The appliance's wall clock.
pub trait Clock: Send + 'static {
    fn now(&self) -> SystemTime;

    /// # Errors
    /// The system refuses.
    fn correct(&mut self, correction: Correction) -> std::io::Result<()>;

    /// Asks one server; a name is looked up at these DNS servers.
    fn ask(&self, server: &str, dns: &[IpAddr]) -> Asking;
}

/// What time it is, for whoever only wants to know: seconds since 1970, or nothing while the clock
/// has never been set since power-on. No trait: a closure says it all.
#[derive(Clone)]
pub struct WallClock(Arc<dyn Fn() -> Option<u64> + Send + Sync>);

impl WallClock {
    pub fn new(now: impl Fn() -> Option<u64> + Send + Sync + 'static) -> WallClock {
        WallClock(Arc::new(now))
    }

    #[must_use]
    pub fn now(&self) -> Option<u64> {
        (self.0)()
    }
}

/// Why a text is no address with a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address with its prefix, such as 192.0.2.7/24")]
pub struct NotCidr;

impl FromStr for Cidr {
    type Err = NotCidr;

    fn from_str(text: &str) -> Result<Cidr, NotCidr> {
        let (address, prefix) = text.split_once('/').ok_or(NotCidr)?;
        let address: IpAddr = address.parse().map_err(|_| NotCidr)?;
        // `+8` and `008` are no prefixes, whatever Rust's parser thinks.
        let plain = prefix.bytes().all(|byte| byte.is_ascii_digit())
            && (prefix == "0" || !prefix.starts_with('0'));
        let prefix = prefix.parse().ok().filter(|_| plain).ok_or(NotCidr)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        if prefix > bits {
            return Err(NotCidr);
        }
        Ok(Cidr { address, prefix })
    }
}

/// Why a text is no hardware address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a MAC address, such as 02:00:5e:10:00:01")]
pub struct NotHardwareAddress;

impl FromStr for HardwareAddress {
    type Err = NotHardwareAddress;

    /// Twelve hexadecimal digits: in pairs with colons or hyphens between, in fours with dots, or with nothing between.
    fn from_str(text: &str) -> Result<HardwareAddress, NotHardwareAddress> {
        let between = |mark: char, digits: usize| {
            let groups: Vec<&str> = text.split(mark).collect();
            let fits = groups.iter().all(|group| group.len() == digits);
            (fits && groups.len() * digits == 12).then(|| groups.concat())
        };
        let digits = between(':', 2)
            .or_else(|| between('-', 2))
            .or_else(|| between('.', 4))
            .or_else(|| between(':', 12))
            .ok_or(NotHardwareAddress)?;
        // `+1` is no pair of digits, whatever Rust's parser thinks.
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(&digits, 16).ok().filter(|_| plain);
        let [_, _, address @ ..] = number.ok_or(NotHardwareAddress)?.to_be_bytes();
        Ok(HardwareAddress(address))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl fmt::Display for HardwareAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_its_prefix_is_read_as_it_is_written() {
        for text in ["192.0.2.7/24", "10.0.0.1/0", "fe80::1/64", "2001:db8::/128"] {
            assert_eq!(text.parse::<Cidr>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_with_a_prefix_is_refused() {
        for text in [
            "",
            "/",
            "192.0.2.7",
            "192.0.2.7/",
            "192.0.2.7/33",
            "192.0.2.7/+8",
            "192.0.2.7/08",
            "192.0.2/24",
            "::1/129",
            "192.0.2.7/24/1",
            "192.0.2.7 /24",
            "192.0.2.7/300",
        ] {
            assert_eq!(text.parse::<Cidr>(), Err(NotCidr), "{text}");
        }
    }

    #[test]
    fn a_hardware_address_is_read_as_people_write_it() {
        let wanted = Ok(HardwareAddress([2, 0, 0x5e, 0x10, 0, 0xff]));
        for text in [
            "02:00:5e:10:00:ff",
            "02-00-5E-10-00-FF",
            "0200.5e10.00ff",
            "02005e1000ff",
        ] {
            assert_eq!(text.parse(), wanted, "{text}");
        }
        for text in [
            "",
            "02:00:5e:10:00",
            "02:00:5e:10:00:ff:01",
            "02:00-5e:10:00:ff",
            "2:0:5e:10:0:ff",
            "02:00:5e:10:00:fg",
            "+2:00:5e:10:00:ff",
            "020:05:e1:00:0f:f",
            "0ä005e1000ff",
            "02:00:5e:10:00:ff ",
        ] {
            let read = text.parse::<HardwareAddress>();
            assert_eq!(read, Err(NotHardwareAddress), "{text}");
        }
    }

    #[test]
    fn a_hardware_address_is_shown_as_everywhere() {
        let shown = HardwareAddress([0xdc, 0xa6, 0x32, 0, 1, 2]).to_string();
        assert_eq!(shown, "dc:a6:32:00:01:02");
    }
}
