//! The EDID: what a display says about itself, and so what an HDMI bridge asks the target to send.
//!
//! Reads one, says what is wrong with it in a sentence each, and builds the few that we offer. The edge brings them to
//! the bridge, `web` takes them from people, `settings` keeps which one is wished for. Pure; every byte of it is hostile.
//! Numbers are those of VESA E-EDID, release A2 (block 0) and CTA-861 (the extension); "3.10.2" means the former's.

mod check;
mod description;
mod offer;
mod timing;
mod wish;

pub use check::{Fault, Faults};
pub use description::{Description, Screen};
pub use offer::Offer;
pub use timing::Timing;
pub use wish::{EdidState, EdidWish, NoWish};

/// Bytes of a block.
const BLOCK: usize = 128;

/// Blocks that are taken. The standard allows 256; no display of today has more than four.
pub const MOST_BLOCKS: usize = 4;

/// An EDID in which nothing is wrong that we look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edid(Vec<u8>);

impl Edid {
    /// Takes the bytes of a file or of a bridge.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn parse(bytes: &[u8]) -> Result<Edid, Faults> {
        check::check(bytes)?;
        Ok(Edid(bytes.to_vec()))
    }

    /// One to [`MOST_BLOCKS`] blocks of 128 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What it says, for people.
    #[must_use]
    pub fn description(&self) -> Description {
        Description::of(&self.0)
    }
}

/// The byte that makes the sum of a block zero (3.11).
fn checksum(block: &[u8]) -> u8 {
    let sum = block.iter().take(BLOCK - 1);
    sum.fold(0_u8, |sum, byte| sum.wrapping_sub(*byte))
}

/// The byte at a place; zero where there is none.
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

/// The four places of block 0 for detailed timings and texts (3.10).
fn descriptors(block: &[u8]) -> impl Iterator<Item = &[u8; 18]> {
    let places = block.get(54..126).unwrap_or_default();
    places
        .chunks_exact(18)
        .filter_map(|place| place.try_into().ok())
}

/// The detailed timings of a CTA-861 extension: from where its third byte says up to its checksum, or padding.
fn extension_timings(block: &[u8]) -> impl Iterator<Item = &[u8; 18]> {
    let start = usize::from(byte(block, 2));
    let places = match start {
        0 => &[][..],
        _ => block.get(start..BLOCK - 1).unwrap_or_default(),
    };
    places
        .chunks_exact(18)
        .filter_map(|place| place.try_into().ok())
        .take_while(|place: &&[u8; 18]| place[..2] != [0, 0])
}

/// Tag of a CTA-861 extension.
const CTA: u8 = 2;

/// A data block of a CTA-861 extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DataBlock<'a> {
    tag: u8,
    payload: &'a [u8],
}

const AUDIO: u8 = 1;
const VIDEO: u8 = 2;
const VENDOR: u8 = 3;
/// What it is, its first byte says.
const EXTENDED: u8 = 7;
/// What HDMI's vendor block begins with: the number of its licensing body, lowest byte first.
const HDMI: [u8; 3] = [0x03, 0x0C, 0x00];

/// The data blocks of a CTA-861 extension; the last is an error when it reaches beyond its place.
fn data_blocks(block: &[u8]) -> impl Iterator<Item = Result<DataBlock<'_>, ()>> {
    let end = usize::from(byte(block, 2)).min(BLOCK - 1);
    // Revisions before 3 have none (CTA-861, 7.5).
    let has_some = byte(block, 1) >= 3;
    let mut rest = block.get(4..end).filter(|_| has_some).unwrap_or_default();
    std::iter::from_fn(move || {
        let (head, tail) = rest.split_first()?;
        let length = usize::from(head & 0x1F);
        let Some((payload, tail)) = tail.split_at_checked(length) else {
            rest = &[];
            return Some(Err(()));
        };
        rest = tail;
        Some(Ok(DataBlock {
            tag: head >> 5,
            payload,
        }))
    })
}

#[cfg(test)]
mod tests;
