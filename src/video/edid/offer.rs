//! The EDIDs that we offer: one preferred mode each, and below it what firmware likes to begin with.
//!
//! None has sound: nothing here would play it. The manufacturer's code is not one that UEFI's registry has given us.

use super::timing::{Axis, Timing};
use super::{BLOCK, CTA, EXTENDED, Edid, HDMI, VENDOR, VIDEO, checksum};

/// One that can be chosen by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    FullHd60,
    /// What two CSI lanes carry: a bridge on a Pi 4 that has none of its own gets this one.
    FullHd50,
    FullHd30,
    Hd60,
    Xga60,
}

/// `FST`, five bits a letter.
const MANUFACTURER: [u8; 2] = [0x1A, 0x74];
const YEAR: u8 = (2026 - 1990) as u8;
const NAME: &[u8] = b"Farseat";
/// The primary colours and the white of sRGB (3.7).
const SRGB: [u8; 10] = [0xEE, 0x91, 0xA3, 0x54, 0x4C, 0x99, 0x26, 0x0F, 0x50, 0x54];
/// 720x400 at 70; 640x480, 800x600 and 1024x768 at 60.
const ESTABLISHED: [u8; 3] = [0xA1, 0x08, 0x00];
/// All of CTA-861's list that we name fit below this, in units of 10 MHz.
const HIGHEST_CLOCK: u8 = 15;

/// The video capability block (CTA-861, 7.5.6): follows what the source says of its RGB's range, cuts nothing off.
const CAPABILITY: [u8; 2] = [0x00, 0x4A];

impl Offer {
    pub const ALL: [Offer; 5] = [
        Offer::FullHd60,
        Offer::FullHd50,
        Offer::FullHd30,
        Offer::Hd60,
        Offer::Xga60,
    ];

    /// As in the settings: `1920x1080@60`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Offer::FullHd60 => "1920x1080@60",
            Offer::FullHd50 => "1920x1080@50",
            Offer::FullHd30 => "1920x1080@30",
            Offer::Hd60 => "1280x720@60",
            Offer::Xga60 => "1024x768@60",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Offer> {
        Offer::ALL.into_iter().find(|offer| offer.name() == name)
    }

    /// The bytes: block 0 of version 1.3, which HDMI wants, and an extension.
    #[must_use]
    pub fn edid(self) -> Edid {
        Edid([self.base(), self.extension()].concat())
    }

    /// CTA-861 for all but the last, which is VESA's.
    fn timing(self) -> Timing {
        let full_hd = |clock, blank, front| (clock, [1920, blank, front, 44], [1080, 45, 4, 5]);
        let (clock, horizontal, vertical) = match self {
            Offer::FullHd60 => full_hd(14_850, 280, 88),
            Offer::FullHd50 => full_hd(14_850, 720, 528),
            Offer::FullHd30 => full_hd(7_425, 280, 88),
            Offer::Hd60 => (7_425, [1280, 370, 110, 40], [720, 30, 5, 5]),
            Offer::Xga60 => (6_500, [1024, 320, 24, 136], [768, 38, 3, 6]),
        };
        let axis = |[active, blank, front, sync]: [u16; 4]| Axis {
            active,
            blank,
            front,
            sync,
        };
        Timing {
            clock,
            horizontal: axis(horizontal),
            vertical: axis(vertical),
            interlaced: false,
            positive: self != Offer::Xga60,
        }
    }

    /// Numbers of CTA-861's list, the preferred first, none larger or faster.
    fn list(self) -> &'static [u8] {
        match self {
            Offer::FullHd60 => &[16, 31, 34, 4, 19, 1],
            Offer::FullHd50 => &[31, 34, 4, 19, 1],
            Offer::FullHd30 => &[34, 4, 19, 1],
            Offer::Hd60 => &[4, 19, 1],
            Offer::Xga60 => &[1],
        }
    }

    fn base(self) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &[0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0]);
        put(8, &MANUFACTURER);
        // Targets remember displays by this number: each offer has its own.
        put(10, &[self as u8 + 1, 0]);
        put(16, &[0, YEAR, 1, 3]);
        // Digital; size not known; gamma 2.2; RGB, sRGB, the first timing is the preferred one (3.6).
        put(20, &[0x80, 0, 0, 120, 0x0E]);
        put(25, &SRGB);
        put(35, &ESTABLISHED);
        put(38, &[1; 16]);
        put(54, &self.timing().write());
        put(72, &named(NAME));
        put(90, &range());
        put(108, &[0, 0, 0, 0x10]);
        put(126, &[1]);
        sealed(block)
    }

    fn extension(self) -> [u8; BLOCK] {
        let list = self.list();
        // HDMI: physical address 1.0.0.0, and nothing that needs more words.
        let vendor = [&HDMI[..], &[0x10, 0x00]].concat();
        let mut data = Vec::new();
        for (tag, payload) in [(VIDEO, list), (VENDOR, &vendor), (EXTENDED, &CAPABILITY)] {
            data.push(tag << 5 | payload.len() as u8);
            data.extend(payload);
        }
        let timings = 4 + data.len();
        let mut block = [0; BLOCK];
        // Shows the whole picture; one native timing, which is in block 0 (CTA-861, 7.5).
        block[..4].copy_from_slice(&[CTA, 3, timings as u8, 0x81]);
        block[4..timings].copy_from_slice(&data);
        sealed(block)
    }
}

fn named(name: &[u8]) -> [u8; 18] {
    let mut place = [b' '; 18];
    place[..5].copy_from_slice(&[0, 0, 0, 0xFC, 0]);
    place[5..5 + name.len()].copy_from_slice(name);
    place[5 + name.len()] = b'\n';
    place
}

/// What the display can follow: 24 to 75 pictures, 15,000 to 70,000 lines a second.
fn range() -> [u8; 18] {
    let mut place = [b' '; 18];
    place[..12].copy_from_slice(&[0, 0, 0, 0xFD, 0, 24, 75, 15, 70, HIGHEST_CLOCK, 0, b'\n']);
    place
}

fn sealed(mut block: [u8; BLOCK]) -> [u8; BLOCK] {
    block[BLOCK - 1] = checksum(&block);
    block
}
