//! What `serve` and init say to each other, most of it about slots: one packet a message, on the SEQPACKET pair between them.
//!
//! `serve` wishes, init tells. What needs init's privileges and is no matter of slots is an [`errand`](super::errand). Sizes are bounded, every field is checked, and a packet that is none is dropped. `serve`
//! faces the network: init takes nothing from it but what is here.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use super::Slot;
use super::bundle::BLOCK;
use super::bytes::Reader;
use super::errand::Errand;
use super::health::Checks;
use super::installer::{Progress, Stage};
use super::refusal::Refusal;
use super::state::{RECORD_LENGTH, State, store};

/// No packet is longer, in either direction.
pub const PACKET_LIMIT: usize = 5 + BLOCK;
/// Bytes of a head that one packet carries at most.
pub const PIECE: usize = BLOCK;

/// What makes a wish for a factory reset one: no accident says it.
const RESET: [u8; 16] = *b"forget all of it";
/// What makes a wish for the end one.
const RESTART: [u8; 8] = *b"restart!";
const OFF: [u8; 8] = *b"poweroff";

/// From `serve`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish<'a> {
    /// These things are well. Once a second; counts when init has called the page and was answered.
    Pulse(Checks),
    /// Where the page is, by an address of this machine.
    Page(SocketAddr),
    /// A process that fetches, which `serve` may not. Answered by [`News::Fetcher`].
    Fetcher,
    /// A process that speaks on the wired link, which `serve` may not. Answered by [`News::Speaker`].
    Speaker,
    /// How do the slots stand?
    Ask,
    /// The next piece of a bundle's head; the first one, at 0, forgets what came before.
    Head { at: u32, bytes: &'a [u8] },
    /// The head is complete: check it, and make the other slot ready for it.
    Begin,
    /// A block, unpacked.
    Block { index: u32, bytes: &'a [u8] },
    /// What makes a block from what runs, unpacked.
    Patch { index: u32, bytes: &'a [u8] },
    /// All blocks have been given.
    Finish,
    /// Never mind; the other slot stays unusable until the next install.
    Cancel,
    /// Start the other slot, once.
    Trial,
    /// Look through both slots now.
    Scrub,
    /// Something that needs init's privileges.
    Errand(Errand<'a>),
    /// Restart, and forget all data at that: as the owner's file on the card's first partition would have it.
    FactoryReset,
    /// End, and come back or not.
    Power(Power),
    /// The program that joins wireless networks, from now on or not any more. Answered by [`News::Radio`].
    Radio(bool),
}

/// How the machine is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// With the same system.
    Restart,
    /// Until its power is taken away and given again.
    Off,
}

/// From init.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Slots(Slots),
    Progress(Progress),
    /// The scan is over; these blocks have to come, one bit each, the lowest first.
    Missing(Vec<u8>),
    /// That block is on the card.
    Written(u32),
    /// The patch did not make that block: it has to come whole.
    Unpatched(u32),
    /// The slot is whole.
    Installed,
    Refused(Refusal),
    /// The data folder is there: the first that a `serve` hears, which may have been started before.
    Data,
    /// The clock was stepped as it was asked for, or that was refused.
    Clock,
    /// The process that fetches; beside the packet is the line to it.
    Fetcher,
    /// The same of the process that speaks on the link.
    Speaker,
    /// The program that joins wireless networks runs; beside the packet is a socket to it.
    Radio,
    /// Whether this machine has a radio.
    HasRadio(bool),
}

/// How the slots stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    /// The slot whose system runs.
    pub running: Slot,
    /// It runs on trial.
    pub trial: bool,
    pub state: State,
}

impl<'a> Wish<'a> {
    /// `None` when it is none.
    #[must_use]
    pub fn parse(packet: &'a [u8]) -> Option<Wish<'a>> {
        let mut reader = Reader::new(packet);
        let kind = reader.u8().ok()?;
        let wish = match kind {
            1 => Wish::Pulse(Checks::from_bits(reader.u8().ok()?)),
            2 => Wish::Ask,
            3 => Wish::Head {
                at: reader.u32().ok()?,
                bytes: payload(&mut reader)?,
            },
            4 => Wish::Begin,
            5 => Wish::Block {
                index: reader.u32().ok()?,
                bytes: payload(&mut reader)?,
            },
            6 => Wish::Finish,
            7 => Wish::Cancel,
            8 => Wish::Trial,
            9 => Wish::Scrub,
            10 => Wish::Patch {
                index: reader.u32().ok()?,
                bytes: payload(&mut reader)?,
            },
            11 => return Errand::parse(reader.rest()).map(Wish::Errand),
            12 if reader.array().ok()? == RESET => Wish::FactoryReset,
            13 => Wish::Page(page(&mut reader)?),
            14 => Wish::Fetcher,
            15 => Wish::Power(match reader.array().ok()? {
                RESTART => Power::Restart,
                OFF => Power::Off,
                _ => return None,
            }),
            16 => Wish::Speaker,
            17 => Wish::Radio(reader.flag()?),
            _ => return None,
        };
        reader.rest().is_empty().then_some(wish)
    }

    /// The packet.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let long = |kind: u8, number: u32, bytes: &[u8]| {
            let mut packet = Vec::with_capacity(5 + bytes.len());
            packet.push(kind);
            packet.extend(number.to_le_bytes());
            packet.extend(bytes);
            packet
        };
        match *self {
            Wish::Pulse(well) => vec![1, well.bits()],
            Wish::Ask => vec![2],
            Wish::Head { at, bytes } => long(3, at, bytes),
            Wish::Begin => vec![4],
            Wish::Block { index, bytes } => long(5, index, bytes),
            Wish::Finish => vec![6],
            Wish::Cancel => vec![7],
            Wish::Trial => vec![8],
            Wish::Scrub => vec![9],
            Wish::Patch { index, bytes } => long(10, index, bytes),
            Wish::Errand(errand) => [vec![11], errand.print()].concat(),
            Wish::FactoryReset => [&[12], &RESET[..]].concat(),
            Wish::Page(page) => {
                let (address, scope) = match page {
                    SocketAddr::V4(page) => (page.ip().to_ipv6_mapped(), 0),
                    SocketAddr::V6(page) => (*page.ip(), page.scope_id()),
                };
                let mut packet = vec![13];
                packet.extend(address.octets());
                packet.extend(scope.to_le_bytes());
                packet.extend(page.port().to_le_bytes());
                packet
            }
            Wish::Fetcher => vec![14],
            Wish::Speaker => vec![16],
            Wish::Power(Power::Restart) => [&[15], &RESTART[..]].concat(),
            Wish::Power(Power::Off) => [&[15], &OFF[..]].concat(),
            Wish::Radio(wanted) => vec![17, wanted.into()],
        }
    }
}

/// An address that a call can have: with a port.
fn page(reader: &mut Reader<'_>) -> Option<SocketAddr> {
    let address = Ipv6Addr::from(reader.array::<16>().ok()?);
    let scope = reader.u32().ok()?;
    let port = reader.u16().ok().filter(|port| *port != 0)?;
    match address.to_canonical() {
        IpAddr::V4(address) => (scope == 0).then(|| (address, port).into()),
        IpAddr::V6(address) => Some(SocketAddrV6::new(address, port, 0, scope).into()),
    }
}

fn payload<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.rest().len();
    (1..=BLOCK)
        .contains(&length)
        .then(|| reader.take(length).ok())?
}

impl News {
    /// `None` when it is none.
    #[must_use]
    pub fn parse(packet: &[u8]) -> Option<News> {
        let mut reader = Reader::new(packet);
        let kind = reader.u8().ok()?;
        let news = match kind {
            1 => News::Slots(Slots {
                running: Slot::from_partition(reader.u8().ok()?.into())?,
                trial: reader.u8().ok()? != 0,
                state: store::parse(&reader.array::<RECORD_LENGTH>().ok()?)?,
            }),
            2 => News::Progress(Progress {
                stage: stage_of(reader.u8().ok()?)?,
                done: reader.u32().ok()?,
                of: reader.u32().ok()?,
            }),
            3 => News::Missing(payload(&mut reader)?.to_owned()),
            4 => News::Written(reader.u32().ok()?),
            5 => News::Installed,
            6 => News::Refused(Refusal::from_code((reader.u8().ok()?, reader.u32().ok()?))?),
            7 => News::Data,
            8 => News::Unpatched(reader.u32().ok()?),
            9 => News::Clock,
            10 => News::Fetcher,
            11 => News::Speaker,
            12 => News::Radio,
            13 => News::HasRadio(reader.flag()?),
            _ => return None,
        };
        reader.rest().is_empty().then_some(news)
    }

    /// The packet.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let mut packet = Vec::new();
        match self {
            News::Slots(slots) => {
                packet.extend([1, slots.running.partition(), slots.trial.into()]);
                packet.extend(store::print(&slots.state));
            }
            News::Progress(progress) => {
                packet.extend([2, stage(progress.stage)]);
                packet.extend(progress.done.to_le_bytes());
                packet.extend(progress.of.to_le_bytes());
            }
            News::Missing(blocks) => {
                packet.push(3);
                packet.extend(blocks);
            }
            News::Written(index) => {
                packet.push(4);
                packet.extend(index.to_le_bytes());
            }
            News::Installed => packet.push(5),
            News::Refused(refusal) => {
                let (code, detail) = refusal.code();
                packet.extend([6, code]);
                packet.extend(detail.to_le_bytes());
            }
            News::Data => packet.push(7),
            News::Unpatched(index) => {
                packet.push(8);
                packet.extend(index.to_le_bytes());
            }
            News::Clock => packet.push(9),
            News::Fetcher => packet.push(10),
            News::Speaker => packet.push(11),
            News::Radio => packet.push(12),
            News::HasRadio(there) => packet.extend([13, u8::from(*there)]),
        }
        packet
    }
}

/// One bit each, the lowest first, for so many blocks.
#[must_use]
pub fn bits(blocks: impl Iterator<Item = usize>, number: usize) -> Vec<u8> {
    let mut bits = vec![0; number.div_ceil(8).max(1)];
    for block in blocks {
        if let Some(byte) = bits.get_mut(block / 8) {
            *byte |= 1 << (block % 8);
        }
    }
    bits
}

/// The other way round.
pub fn blocks(bits: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let all = bits
        .iter()
        .enumerate()
        .flat_map(|(byte, bits)| (0..8).map(move |bit| (byte * 8 + bit, bits >> bit & 1)));
    all.filter(|(_, set)| *set == 1)
        .filter_map(|(block, _)| u32::try_from(block).ok())
}

fn stage(stage: Stage) -> u8 {
    match stage {
        Stage::Scanning => 0,
        Stage::Receiving => 1,
        Stage::Verifying => 2,
        Stage::Sealed => 3,
    }
}

fn stage_of(code: u8) -> Option<Stage> {
    [
        Stage::Scanning,
        Stage::Receiving,
        Stage::Verifying,
        Stage::Sealed,
    ]
    .into_iter()
    .find(|each| stage(*each) == code)
}

#[cfg(test)]
mod tests {
    use super::super::state::Image;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_wish_is_read_as_it_was_said() {
        let block = vec![7; BLOCK];
        for wish in [
            Wish::Pulse(Checks::ALL),
            Wish::Ask,
            Wish::Head {
                at: 9,
                bytes: b"head",
            },
            Wish::Begin,
            Wish::Block {
                index: 3,
                bytes: &block,
            },
            Wish::Finish,
            Wish::Cancel,
            Wish::Trial,
            Wish::Scrub,
            Wish::Patch {
                index: 4,
                bytes: b"patch",
            },
            Wish::Errand(Errand::HostName("rack")),
            Wish::FactoryReset,
            Wish::Page("127.0.0.1:443".parse().expect("an address")),
            Wish::Page("[fe80::1%2]:8443".parse().expect("an address")),
            Wish::Fetcher,
            Wish::Speaker,
            Wish::Power(Power::Restart),
            Wish::Power(Power::Off),
            Wish::Radio(true),
            Wish::Radio(false),
        ] {
            let packet = wish.print();
            assert!(packet.len() <= PACKET_LIMIT);
            assert_eq!(Wish::parse(&packet), Some(wish));
        }
    }

    #[test]
    fn all_news_are_read_as_they_were_told() {
        let slots = Slots {
            running: Slot::B,
            trial: true,
            state: State::new("1.2.3", Image::default(), 4, 5),
        };
        let progress = Progress {
            stage: Stage::Verifying,
            done: 3,
            of: 700,
        };
        for news in [
            News::Slots(slots),
            News::Progress(progress),
            News::Missing(bits([0, 9, 2047].into_iter(), 2048)),
            News::Written(8),
            News::Installed,
            News::Refused(Refusal::Block(77)),
            News::Data,
            News::Unpatched(9),
            News::Clock,
            News::Fetcher,
            News::Speaker,
            News::Radio,
            News::HasRadio(true),
            News::HasRadio(false),
        ] {
            let packet = news.print();
            assert!(packet.len() <= PACKET_LIMIT);
            assert_eq!(News::parse(&packet), Some(news));
        }
    }

    #[test]
    fn blocks_are_told_as_bits() {
        assert_eq!(bits([0, 9, 11].into_iter(), 12), [0b1, 0b1010]);
        assert_eq!(blocks(&[0b1, 0b1010]).collect::<Vec<_>>(), [0, 9, 11]);
    }

    #[test]
    fn what_is_too_long_or_too_short_or_unknown_is_no_wish() {
        let mut long = vec![5, 0, 0, 0, 0];
        long.resize(PACKET_LIMIT + 1, 0);
        for packet in [
            &[][..],
            &[0],
            &[1],
            &[2, 0],
            &[3, 0, 0, 0, 0],
            &[5, 1, 2],
            &[10, 1, 0, 0, 0],
            &[10],
            &[11],
            &[12],
            b"\x0cforget all of i",
            b"\x0cforget all of it!",
            b"\x0cforget most of it",
            &[13],
            &[14, 0],
            &[15],
            b"\x0fpoweron!",
            b"\x0fpoweroff!",
            b"\x0frestart",
            &[16, 0],
            &[17],
            &[17, 2],
            &[17, 1, 0],
            &[18],
            &Wish::Page(([127, 0, 0, 1], 0).into()).print(),
            &long,
        ] {
            assert_eq!(Wish::parse(packet), None, "{} bytes", packet.len());
        }
    }

    proptest! {
        #[test]
        fn no_packet_makes_reading_panic(packet in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = (Wish::parse(&packet), News::parse(&packet));
        }
    }
}
