//! What an EDID says, for people. Bounded: at most as much as its blocks can hold.

use super::timing::Timing;
use super::{
    AUDIO, BLOCK, CTA, HDMI, VENDOR, VIDEO, byte, data_blocks, descriptors, extension_timings,
};

/// A mode, rounded as people name it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema,
)]
pub struct Screen {
    pub width: u16,
    pub height: u16,
    /// Pictures a second, or fields when it is interlaced.
    pub hz: u16,
    pub interlaced: bool,
}

impl Screen {
    const fn progressive(width: u16, height: u16, hz: u16) -> Screen {
        Screen {
            width,
            height,
            hz,
            interlaced: false,
        }
    }
}

impl From<Timing> for Screen {
    fn from(timing: Timing) -> Screen {
        Screen {
            width: timing.width(),
            height: timing.height(),
            hz: timing.hz().round() as u16,
            interlaced: timing.is_interlaced(),
        }
    }
}

/// What an EDID says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "EdidDescription")]
pub struct Description {
    /// Three letters.
    pub manufacturer: String,
    /// The manufacturer's number for it.
    pub product: u16,
    /// As a number; 0 = it has none.
    pub serial: u32,
    /// The monitor's name, empty when it has none; printable ASCII.
    pub name: String,
    /// The serial number as text, empty when it has none; printable ASCII.
    pub serial_text: String,
    /// When it was made; 0 = it does not say.
    pub year: u16,
    /// As `1.3`.
    pub version: String,
    /// What the target chooses unless somebody chooses otherwise.
    pub preferred: Option<Screen>,
    /// Every mode that it names: detailed, of the lists of VESA and of CTA-861; each once, largest first.
    pub screens: Vec<Screen>,
    /// How many blocks of 128 bytes it has.
    pub blocks: usize,
    /// Whether it says that it is HDMI; otherwise targets take it for DVI.
    pub hdmi: bool,
    /// Whether it takes sound.
    pub audio: bool,
}

impl Description {
    /// Reads any bytes; what is missing or broken is left out.
    pub(super) fn of(bytes: &[u8]) -> Description {
        let base = bytes.get(..BLOCK).unwrap_or(bytes);
        let first = descriptors(base).next();
        let extensions: Vec<&[u8]> = bytes.chunks_exact(BLOCK).skip(1).filter(is_cta).collect();
        let has = |tag: u8, begin: &[u8]| {
            let blocks = extensions.iter().flat_map(|block| data_blocks(block));
            let mut whole = blocks.flatten();
            whole.any(|block| block.tag == tag && block.payload.starts_with(begin))
        };
        Description {
            manufacturer: letters(u16::from_be_bytes([byte(base, 8), byte(base, 9)])),
            product: u16::from_le_bytes([byte(base, 10), byte(base, 11)]),
            serial: u32::from_le_bytes([12, 13, 14, 15].map(|at| byte(base, at))),
            name: text(base, 0xFC),
            serial_text: text(base, 0xFF),
            year: match byte(base, 17) {
                0 => 0,
                years => 1990 + u16::from(years),
            },
            version: format!("{}.{}", byte(base, 18), byte(base, 19)),
            preferred: first.and_then(Timing::read).map(Screen::from),
            screens: screens(base, &extensions),
            blocks: bytes.len() / BLOCK,
            hdmi: has(VENDOR, &HDMI),
            audio: has(AUDIO, &[]),
        }
    }
}

fn is_cta(block: &&[u8]) -> bool {
    byte(block, 0) == CTA
}

/// Three times five bits, A being 1; `?` for what is no letter.
fn letters(code: u16) -> String {
    let letter = |shift: u32| match (code >> shift & 0x1F) as u8 {
        number @ 1..=26 => char::from(b'A' + number - 1),
        _ => '?',
    };
    [10, 5, 0].map(letter).into_iter().collect()
}

/// The text of a descriptor: up to 13 bytes, ended by a line feed and padded with spaces (3.10.3).
fn text(base: &[u8], tag: u8) -> String {
    let is_it = |place: &&[u8; 18]| place.starts_with(&[0, 0, 0]) && place[3] == tag;
    let Some(place) = descriptors(base).find(is_it) else {
        return String::new();
    };
    let bytes = place[5..].iter().take_while(|byte| **byte != b'\n');
    let shown = bytes.map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '?',
    });
    shown.collect::<String>().trim_end().to_owned()
}

fn screens(base: &[u8], extensions: &[&[u8]]) -> Vec<Screen> {
    let mut screens: Vec<Screen> = descriptors(base)
        .filter_map(Timing::read)
        .map(Screen::from)
        .collect();
    screens.extend(established(base));
    screens.extend(standard(base));
    for block in extensions {
        let timings = extension_timings(block).filter_map(Timing::read);
        screens.extend(timings.map(Screen::from));
        let lists = data_blocks(block).flatten();
        let lists = lists.filter(|list| list.tag == VIDEO);
        screens.extend(lists.flat_map(|list| list.payload.iter().filter_map(|code| listed(*code))));
    }
    screens.sort_unstable_by(|a, b| b.cmp(a));
    screens.dedup();
    screens
}

/// Three bytes, a bit each, highest first (3.8).
const ESTABLISHED: [Screen; 17] = [
    Screen::progressive(720, 400, 70),
    Screen::progressive(720, 400, 88),
    Screen::progressive(640, 480, 60),
    Screen::progressive(640, 480, 67),
    Screen::progressive(640, 480, 72),
    Screen::progressive(640, 480, 75),
    Screen::progressive(800, 600, 56),
    Screen::progressive(800, 600, 60),
    Screen::progressive(800, 600, 72),
    Screen::progressive(800, 600, 75),
    Screen::progressive(832, 624, 75),
    Screen {
        width: 1024,
        height: 768,
        hz: 87,
        interlaced: true,
    },
    Screen::progressive(1024, 768, 60),
    Screen::progressive(1024, 768, 70),
    Screen::progressive(1024, 768, 75),
    Screen::progressive(1280, 1024, 75),
    Screen::progressive(1152, 870, 75),
];

fn established(base: &[u8]) -> impl Iterator<Item = Screen> {
    let bits = u32::from_be_bytes([byte(base, 35), byte(base, 36), byte(base, 37), 0]);
    let is_set = move |at: &usize| bits << at & 1 << 31 != 0;
    let set = (0..ESTABLISHED.len()).filter(is_set);
    set.map(|at| ESTABLISHED[at])
}

/// Eight pairs of bytes: width, shape and rate; 01 01 = unused (3.9).
fn standard(base: &[u8]) -> impl Iterator<Item = Screen> {
    let pairs = base.get(38..54).unwrap_or_default().chunks_exact(2);
    pairs.filter_map(|pair| {
        let (wide, rest) = (pair[0], pair[1]);
        if wide == 0 || (wide, rest) == (1, 1) {
            return None;
        }
        let width = (u16::from(wide) + 31) * 8;
        let (across, down) = [(16, 10), (4, 3), (5, 4), (16, 9)][usize::from(rest >> 6)];
        let height = width * down / across;
        Some(Screen::progressive(
            width,
            height,
            u16::from(rest & 0x3F) + 60,
        ))
    })
}

/// What the codes of CTA-861's list mean, as far as targets of a KVM use them.
fn listed(code: u8) -> Option<Screen> {
    // Of the first 64 the highest bit says "native", and is no part of the number.
    let number = if code & 0x7F <= 64 { code & 0x7F } else { code };
    let (width, height, hz) = match number {
        1 => (640, 480, 60),
        2 | 3 => (720, 480, 60),
        17 | 18 => (720, 576, 50),
        4 => (1280, 720, 60),
        19 => (1280, 720, 50),
        5 => (1920, 1080, 60),
        20 => (1920, 1080, 50),
        16 => (1920, 1080, 60),
        31 => (1920, 1080, 50),
        32 => (1920, 1080, 24),
        33 => (1920, 1080, 25),
        34 => (1920, 1080, 30),
        63 => (1920, 1080, 120),
        64 => (1920, 1080, 100),
        95 => (3840, 2160, 30),
        96 => (3840, 2160, 50),
        97 => (3840, 2160, 60),
        _ => return None,
    };
    Some(Screen {
        width,
        height,
        hz,
        interlaced: matches!(number, 5 | 20),
    })
}
