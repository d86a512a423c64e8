//! What is wrong with an EDID, a sentence each.

use super::timing::Timing;
use super::{BLOCK, CTA, MOST_BLOCKS, byte, checksum, data_blocks, descriptors, extension_timings};

const HEADER: [u8; 8] = [0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0];

/// One thing that is wrong. Blocks and timings are counted from 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("It has {0} bytes; an EDID has 128 for each of its blocks.")]
    Length(usize),
    #[error("It has {0} blocks; at most {MOST_BLOCKS} are taken.")]
    TooLong(usize),
    #[error("It does not begin as an EDID does (00 FF FF FF FF FF FF 00).")]
    Header,
    #[error("It has version {0}; only version 1 is known.")]
    Version(u8),
    #[error(
        "Block {block} has a wrong checksum: its last byte is {found:02X} and has to be {right:02X}."
    )]
    Checksum { block: usize, found: u8, right: u8 },
    #[error("It says that {announced} blocks follow the first, and {there} do.")]
    Extensions { announced: u8, there: usize },
    #[error("Its manufacturer's code is not three letters.")]
    Manufacturer,
    #[error("It describes an analogue input; HDMI is digital.")]
    Analogue,
    #[error("Its first descriptor is not the preferred timing.")]
    NoPreferred,
    #[error("Detailed timing {number} of block {block} does not add up.")]
    Timing { block: usize, number: usize },
    #[error(
        "Block {block} says that its detailed timings begin at byte {at}, which is not in their place."
    )]
    Offset { block: usize, at: u8 },
    #[error("A data block of block {block} reaches beyond its place.")]
    DataBlock { block: usize },
}

/// Everything that is wrong; not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// One sentence each.
    pub fn sentences(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sentences: Vec<String> = self.sentences().collect();
        write!(f, "this is not a valid EDID: {}", sentences.join(" "))
    }
}

impl std::error::Error for Faults {}

pub(super) fn check(bytes: &[u8]) -> Result<(), Faults> {
    let faults = match shape(bytes) {
        // Of bytes that are none at all there is nothing more to say.
        Some(fault) => vec![fault],
        None => contents(bytes),
    };
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Faults(faults))
    }
}

fn shape(bytes: &[u8]) -> Option<Fault> {
    let blocks = bytes.len() / BLOCK;
    if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK) {
        Some(Fault::Length(bytes.len()))
    } else if blocks > MOST_BLOCKS {
        Some(Fault::TooLong(blocks))
    } else if !bytes.starts_with(&HEADER) {
        Some(Fault::Header)
    } else {
        None
    }
}

fn contents(bytes: &[u8]) -> Vec<Fault> {
    let mut faults = base(bytes);
    for (number, block) in bytes.chunks_exact(BLOCK).enumerate() {
        let (found, right) = (byte(block, BLOCK - 1), checksum(block));
        if found != right {
            faults.push(Fault::Checksum {
                block: number,
                found,
                right,
            });
        }
        let timings: Vec<&[u8; 18]> = match number {
            0 => descriptors(block).collect(),
            _ if byte(block, 0) == CTA => {
                faults.extend(extension(number, block));
                extension_timings(block).collect()
            }
            // Other extensions are passed on as they are.
            _ => Vec::new(),
        };
        faults.extend(broken(number, &timings));
    }
    faults
}

/// What only block 0 can have wrong.
fn base(bytes: &[u8]) -> Vec<Fault> {
    let there = bytes.len() / BLOCK - 1;
    let announced = byte(bytes, 126);
    let first = descriptors(bytes).next().and_then(Timing::read);
    let wrong = [
        (byte(bytes, 18) != 1, Fault::Version(byte(bytes, 18))),
        (!is_letters(bytes), Fault::Manufacturer),
        (byte(bytes, 20) & 0x80 == 0, Fault::Analogue),
        (first.is_none(), Fault::NoPreferred),
        (
            usize::from(announced) != there,
            Fault::Extensions { announced, there },
        ),
    ];
    let wrong = wrong.into_iter().filter(|(is_so, _)| *is_so);
    wrong.map(|(_, fault)| fault).collect()
}

/// Three times five bits, A being 1 (3.4.1).
fn is_letters(bytes: &[u8]) -> bool {
    let code = u16::from_be_bytes([byte(bytes, 8), byte(bytes, 9)]);
    let letter = |shift: u32| (1..=26).contains(&(code >> shift & 0x1F));
    code >> 15 == 0 && [10, 5, 0].into_iter().all(letter)
}

fn extension(number: usize, block: &[u8]) -> Option<Fault> {
    let at = byte(block, 2);
    if at != 0 && !(4..=127).contains(&at) {
        return Some(Fault::Offset { block: number, at });
    }
    data_blocks(block)
        .any(|block| block.is_err())
        .then_some(Fault::DataBlock { block: number })
}

fn broken(block: usize, timings: &[&[u8; 18]]) -> Vec<Fault> {
    let read = timings.iter().map(|bytes| Timing::read(bytes)).enumerate();
    let broken = read.filter(|(_, timing)| timing.is_some_and(|timing| !timing.adds_up()));
    broken
        .map(|(at, _)| Fault::Timing {
            block,
            number: at + 1,
        })
        .collect()
}
