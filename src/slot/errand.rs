//! The few privileged things that `serve` asks of init: one packet each, of a fixed size, every field checked as it is read.
//!
//! They travel as [`Wish::Errand`](super::line::Wish). Init does the clock and the name itself; for the rest it starts
//! `farseat errand` with the same packet. What can be said here is all that a broken-into `serve` can have done.

use std::net::Ipv4Addr;

use super::bytes::Reader;

/// The longest packet: an identity on USB.
pub const LONGEST: usize = 1 + 5 + 3 * TEXT;
/// What makes these two errands: no accident says it.
const RESET: [u8; 9] = *b"reset USB";
const WAKE: [u8; 9] = *b"wake USB!";
/// Gently means at most half a second (adjtimex(2)).
const MOST_SLEWED_US: i64 = 500_000;
/// Two centuries: which time comes of a step is looked at when it is made.
const MOST_STEPPED_US: i64 = 200 * 366 * 86_400 * 1_000_000;
/// Longest label of a host name (RFC 1123, 2.1).
const LABEL: usize = 63;
/// Code units that fit a USB string descriptor, and bytes that these may take.
const TEXT_UNITS: usize = 126;
const TEXT: usize = 2 + 3 * TEXT_UNITS;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand<'a> {
    /// Put the clock forward, or back, by so many microseconds. Answered by [`News::Clock`](super::line::News).
    StepClock(i64),
    /// The same gently, at most half a second.
    SlewClock(i64),
    /// One label.
    HostName(&'a str),
    /// The wired link of this number shall have this of IPv4 and nothing else.
    Address {
        link: u32,
        /// With 1 to 32 bits of prefix.
        address: Option<(Ipv4Addr, u8)>,
        /// Only with an address.
        router: Option<Ipv4Addr>,
    },
    /// Whether the kernel may give the wired link of this number IPv6 addresses.
    AllowIpv6 { link: u32, allowed: bool },
    /// Build the USB gadget and bind it, unless it stands as it is wanted.
    Gadget(Usb<'a>),
    /// Take the USB gadget off its controller and put it back.
    ResetUsb,
    /// Signal remote wake-up to the target.
    WakeTarget,
}

/// What the appliance says it is on USB, and which functions it offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usb<'a> {
    pub vendor: u16,
    pub product: u16,
    /// One bit each of four; the lowest is the keyboard's, without which there is no gadget.
    pub functions: u8,
    /// Each at most 126 UTF-16 code units, without control characters.
    pub manufacturer: &'a str,
    pub name: &'a str,
    pub serial: &'a str,
}

/// Errands of one kind replace each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Clock,
    HostName,
    Address,
    Ipv6,
    Gadget,
    Wake,
}

impl<'a> Errand<'a> {
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Errand::StepClock(_) | Errand::SlewClock(_) => Kind::Clock,
            Errand::HostName(_) => Kind::HostName,
            Errand::Address { .. } => Kind::Address,
            Errand::AllowIpv6 { .. } => Kind::Ipv6,
            Errand::Gadget(_) | Errand::ResetUsb => Kind::Gadget,
            Errand::WakeTarget => Kind::Wake,
        }
    }

    /// `None` when it is none, or says something that is not allowed.
    #[must_use]
    pub fn parse(packet: &'a [u8]) -> Option<Errand<'a>> {
        let mut reader = Reader::new(packet);
        let errand = match reader.u8().ok()? {
            1 => Errand::StepClock(number(&mut reader)?),
            2 => Errand::SlewClock(number(&mut reader)?),
            3 => Errand::HostName(text(&mut reader, LABEL)?),
            4 => Errand::Address {
                link: reader.u32().ok()?,
                address: match (address(&mut reader)?, reader.u8().ok()?) {
                    (None, 0) => None,
                    (Some(address), prefix) => Some((address, prefix)),
                    (None, _) => return None,
                },
                router: address(&mut reader)?,
            },
            5 => Errand::AllowIpv6 {
                link: reader.u32().ok()?,
                allowed: reader.flag()?,
            },
            6 => Errand::Gadget(Usb {
                vendor: reader.u16().ok()?,
                product: reader.u16().ok()?,
                functions: reader.u8().ok()?,
                manufacturer: text(&mut reader, TEXT - 2)?,
                name: text(&mut reader, TEXT - 2)?,
                serial: text(&mut reader, TEXT - 2)?,
            }),
            7 if reader.array().ok()? == RESET => Errand::ResetUsb,
            8 if reader.array().ok()? == WAKE => Errand::WakeTarget,
            _ => return None,
        };
        (reader.rest().is_empty() && errand.is_allowed()).then_some(errand)
    }

    fn is_allowed(&self) -> bool {
        match *self {
            Errand::StepClock(us) => us.unsigned_abs() <= MOST_STEPPED_US.unsigned_abs(),
            Errand::SlewClock(us) => us.unsigned_abs() <= MOST_SLEWED_US.unsigned_abs(),
            Errand::HostName(name) => is_label(name),
            Errand::Address {
                link,
                address,
                router,
            } => {
                let fits = address.is_none_or(|(address, prefix)| {
                    is_unicast(address) && (1..=32).contains(&prefix)
                });
                let leads = router.is_none_or(|router| address.is_some() && is_unicast(router));
                is_link(link) && fits && leads
            }
            Errand::AllowIpv6 { link, .. } => is_link(link),
            Errand::ResetUsb | Errand::WakeTarget => true,
            Errand::Gadget(usb) => {
                let texts = [usb.manufacturer, usb.name, usb.serial];
                let functions = usb.functions & 1 == 1 && usb.functions < 16;
                usb.vendor != 0 && functions && texts.into_iter().all(is_descriptor)
            }
        }
    }

    /// The packet.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let mut packet = Vec::new();
        match *self {
            Errand::StepClock(us) => put(&mut packet, 1, &us.to_le_bytes()),
            Errand::SlewClock(us) => put(&mut packet, 2, &us.to_le_bytes()),
            Errand::HostName(name) => {
                packet.push(3);
                put_text(&mut packet, name, LABEL);
            }
            Errand::Address {
                link,
                address,
                router,
            } => {
                put(&mut packet, 4, &link.to_le_bytes());
                let (address, prefix) = address.unwrap_or((Ipv4Addr::UNSPECIFIED, 0));
                packet.extend(address.octets());
                packet.push(prefix);
                packet.extend(router.unwrap_or(Ipv4Addr::UNSPECIFIED).octets());
            }
            Errand::AllowIpv6 { link, allowed } => {
                put(&mut packet, 5, &link.to_le_bytes());
                packet.push(allowed.into());
            }
            Errand::Gadget(usb) => {
                put(&mut packet, 6, &usb.vendor.to_le_bytes());
                packet.extend(usb.product.to_le_bytes());
                packet.push(usb.functions);
                for text in [usb.manufacturer, usb.name, usb.serial] {
                    put_text(&mut packet, text, TEXT - 2);
                }
            }
            Errand::ResetUsb => put(&mut packet, 7, &RESET),
            Errand::WakeTarget => put(&mut packet, 8, &WAKE),
        }
        packet
    }
}

fn number(reader: &mut Reader<'_>) -> Option<i64> {
    Some(reader.u64().ok()?.cast_signed())
}

/// `0.0.0.0` stands for none.
fn address(reader: &mut Reader<'_>) -> Option<Option<Ipv4Addr>> {
    let address = Ipv4Addr::from(reader.array::<4>().ok()?);
    Some(Some(address).filter(|address| !address.is_unspecified()))
}

/// Its length, and a field of `room` bytes whose rest is zeros.
fn text<'a>(reader: &mut Reader<'a>, room: usize) -> Option<&'a str> {
    let length = usize::from(reader.u16().ok()?);
    let field = reader.take(room).ok()?;
    let (text, rest) = field.split_at_checked(length)?;
    if rest.iter().any(|byte| *byte != 0) {
        return None;
    }
    std::str::from_utf8(text).ok()
}

fn put(packet: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    packet.push(kind);
    packet.extend(bytes);
}

/// What does not fit makes a packet that is none.
fn put_text(packet: &mut Vec<u8>, text: &str, room: usize) {
    packet.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
    let mut field = text.as_bytes().to_vec();
    field.resize(room, 0);
    packet.extend(field);
}

/// One label of a host's name.
#[must_use]
pub fn is_label(name: &str) -> bool {
    (1..=LABEL).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// The kernel counts links from 1, in an `int`; the first is the loopback in every machine.
#[must_use]
pub fn is_link(number: u32) -> bool {
    (2..=i32::MAX.unsigned_abs()).contains(&number)
}

fn is_unicast(address: Ipv4Addr) -> bool {
    !address.is_multicast()
        && !address.is_broadcast()
        && !address.is_loopback()
        && address.octets()[0] != 0
}

fn is_descriptor(text: &str) -> bool {
    text.encode_utf16().count() <= TEXT_UNITS && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
    const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    const USB: Usb<'static> = Usb {
        vendor: 0x1d6b,
        product: 0x0104,
        functions: 0b1111,
        manufacturer: "Farseat",
        name: "Farseat KVM",
        serial: "",
    };

    fn address(address: Ipv4Addr, prefix: u8, router: Ipv4Addr) -> Errand<'static> {
        Errand::Address {
            link: 2,
            address: Some((address, prefix)),
            router: Some(router),
        }
    }

    fn is_read(errand: Errand<'_>) -> bool {
        let packet = errand.print();
        let read = Errand::parse(&packet);
        assert!(read.is_none_or(|read| read == errand));
        read.is_some()
    }

    #[test]
    fn every_errand_is_read_as_it_was_said() {
        let none = Errand::Address {
            link: 3,
            address: None,
            router: None,
        };
        for errand in [
            Errand::StepClock(-1_800_000_000_000_000),
            Errand::SlewClock(499_999),
            Errand::HostName("rack-7"),
            address(ADDRESS, 24, ROUTER),
            none,
            Errand::AllowIpv6 {
                link: 2,
                allowed: true,
            },
            Errand::Gadget(USB),
            Errand::ResetUsb,
            Errand::WakeTarget,
        ] {
            assert!(is_read(errand), "{errand:?}");
            assert!(errand.print().len() <= LONGEST);
        }
    }

    #[test]
    fn each_kind_has_one_size_and_no_other_is_read() {
        for errand in [Errand::HostName("a"), Errand::Gadget(USB)] {
            let mut packet = errand.print();
            for length in 0..packet.len() {
                assert_eq!(Errand::parse(&packet[..length]), None, "{length} bytes");
            }
            packet.push(0);
            assert_eq!(Errand::parse(&packet), None);
        }
        let long = "a".repeat(LABEL);
        assert_eq!(
            Errand::HostName("a").print().len(),
            Errand::HostName(&long).print().len()
        );
    }

    #[test]
    fn a_field_that_is_out_of_its_range_makes_it_none() {
        let other = Ipv4Addr::new(224, 0, 0, 1);
        let no_link = |link| Errand::AllowIpv6 {
            link,
            allowed: true,
        };
        let long = "x".repeat(TEXT_UNITS + 1);
        for errand in [
            Errand::StepClock(i64::MIN),
            Errand::SlewClock(MOST_SLEWED_US + 1),
            Errand::HostName(""),
            Errand::HostName("-a"),
            Errand::HostName("a.b"),
            Errand::HostName("a/../b"),
            address(ADDRESS, 0, ROUTER),
            address(ADDRESS, 33, ROUTER),
            address(other, 24, ROUTER),
            address(ADDRESS, 24, other),
            address(Ipv4Addr::LOCALHOST, 8, ROUTER),
            no_link(0),
            no_link(1),
            no_link(u32::MAX),
            Errand::Gadget(Usb { vendor: 0, ..USB }),
            Errand::Gadget(Usb {
                functions: 0b1110,
                ..USB
            }),
            Errand::Gadget(Usb {
                functions: 0b1_0001,
                ..USB
            }),
            Errand::Gadget(Usb {
                serial: "a\nb",
                ..USB
            }),
            Errand::Gadget(Usb { name: &long, ..USB }),
        ] {
            assert!(!is_read(errand), "{errand:?}");
        }
        let router_alone = Errand::Address {
            link: 2,
            address: None,
            router: Some(ROUTER),
        };
        assert!(!is_read(router_alone));
    }

    #[test]
    fn what_hides_behind_a_text_makes_it_none() {
        let mut packet = Errand::HostName("rack").print();
        packet[10] = b'x';
        assert_eq!(Errand::parse(&packet), None);
    }

    proptest! {
        #[test]
        fn what_is_read_is_printed_as_it_was(packet in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(errand) = Errand::parse(&packet) {
                prop_assert_eq!(errand.print(), packet);
            }
        }
    }
}
