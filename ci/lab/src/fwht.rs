//! What the kernel's virtual encoder (vicodec) makes: FWHT, "Fast Walsh Hadamard Transform". Pure.
//!
//! Read as far as a test needs it: the mean of each block of 8 × 8 pixels, of planes that are 4:2:0. The format is described in
//! the kernel's `drivers/media/test-drivers/vicodec/codec-fwht.h`; the head is `struct fwht_cframe_hdr` there.

use crate::picture::Picture;

const MAGIC: [u8; 8] = [0x4F, 0x4F, 0x4F, 0x4F, 0xFF, 0xFF, 0xFF, 0xFF];
const HEAD: usize = 44;
/// `V4L2_FWHT_FL_LUMA_IS_UNCOMPRESSED`; those of the two others are the next bits.
const RAW: u32 = 1 << 4;
/// `V4L2_FWHT_FL_I_FRAME`.
const ALONE: u32 = 1 << 10;
const BLOCK: usize = 8;
/// A block that refers to the picture before.
const CHANGE: u16 = 1 << 15;
/// The rest of the block is zero.
const REST: u16 = 15;

/// A coded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// It refers to no other one.
    pub alone: bool,
    /// Luma, blue, red.
    planes: [Plane; 3],
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Plane {
    /// Blocks in a row.
    columns: usize,
    /// Rows of whole blocks: below them is what the driver rounds up to.
    rows: usize,
    /// None: what changed since the picture before.
    means: Vec<Option<u8>>,
}

impl Coded {
    /// None: it is no whole picture.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (head, mut rest) = bytes.split_at_checked(HEAD)?;
        let number = |at: usize| {
            let four = head.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(four))
        };
        if head[..8] != MAGIC {
            return None;
        }
        let (width, height, flags) = (number(12)? as usize, number(16)? as usize, number(20)?);
        let mut plane = |index: usize| {
            let half = if index == 0 { 1 } else { 2 };
            let size = (width / half, height / half);
            if flags & RAW << index == 0 {
                Plane::coded(&mut rest, size)
            } else {
                Plane::raw(&mut rest, size)
            }
        };
        Some(Self {
            planes: [plane(0)?, plane(1)?, plane(2)?],
            width,
            height,
            alone: flags & ALONE != 0,
        })
    }

    /// Whether this is the picture that the dongle shows, at its left and its right, at the top and at the bottom.
    #[must_use]
    pub fn shows(&self, picture: Picture) -> bool {
        [1, 7].into_iter().all(|eighth| {
            let (y, blue, red) = picture.at(self.width * eighth / 8, self.width).yuv();
            let mut channels = self.planes.iter().zip([y, blue, red]);
            channels.all(|(plane, wanted)| plane.has(wanted, eighth))
        })
    }
}

impl Plane {
    /// As they are, row by row.
    fn raw(bytes: &mut &[u8], (width, height): (usize, usize)) -> Option<Self> {
        let (pixels, rest) = bytes.split_at_checked(width * height)?;
        *bytes = rest;
        let mean = |column: usize, row: usize| {
            let lines = pixels.chunks(width).skip(row * BLOCK).take(BLOCK);
            let block: Vec<u32> = lines
                .flat_map(|line| line.iter().skip(column * BLOCK).take(BLOCK))
                .map(|pixel| u32::from(*pixel))
                .collect();
            u8::try_from(block.iter().sum::<u32>() / block.len() as u32).ok()
        };
        let (columns, rows) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
        let blocks = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
        let means = blocks.map(|(column, row)| mean(column, row)).collect();
        Some(Self {
            columns,
            rows: height / BLOCK,
            means,
        })
    }

    fn coded(bytes: &mut &[u8], (width, height): (usize, usize)) -> Option<Self> {
        let columns = width.div_ceil(BLOCK);
        let wanted = columns * height.div_ceil(BLOCK);
        let mut means = Vec::with_capacity(wanted);
        while means.len() < wanted {
            let (mean, repeated) = block(bytes)?;
            means.extend(std::iter::repeat_n(mean, repeated + 1));
        }
        let rows = height / BLOCK;
        (means.len() == wanted).then_some(Self {
            columns,
            rows,
            means,
        })
    }

    /// Whether the blocks there, from top to bottom, are near this value.
    fn has(&self, wanted: u8, eighth: usize) -> bool {
        let rows = self.means.chunks(self.columns).take(self.rows);
        rows.map(|row| row[self.columns * eighth / 8])
            .all(|mean| mean.is_some_and(|mean| mean.abs_diff(wanted) < 16))
    }
}

/// The mean of the next block, and how many more are the same.
fn block(bytes: &mut &[u8]) -> Option<(Option<u8>, usize)> {
    let head = word(bytes)?;
    let repeated = usize::from(head & 0x1FFE) / 2;
    let (mut seen, mut first) = (0, 0);
    while seen < BLOCK * BLOCK {
        let code = word(bytes)?;
        let zeros = code & 0xF;
        if zeros == REST {
            break;
        }
        if seen == 0 && zeros == 0 {
            // The upper 12 bits, with their sign.
            first = i32::from(code.cast_signed() >> 4);
        }
        seen += usize::from(zeros) + 1;
    }
    // The sum of 64 pixels less 128 each, in steps of four.
    let mean = (128 + first * 4 / 64).clamp(0, 255) as u8;
    Some(((head & CHANGE == 0).then_some(mean), repeated))
}

fn word(bytes: &mut &[u8]) -> Option<u16> {
    let (two, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u16::from_be_bytes(*two))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Colour;

    /// 16 × 16 pixels: four blocks of luma as the argument has them, one of each chroma.
    fn coded(luma: &[u16]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for number in [3_u32, 16, 16, ALONE, 0, 0, 0, 0, 0] {
            bytes.extend(number.to_be_bytes());
        }
        let grey = [0, REST];
        let words = luma.iter().chain(&grey).chain(&grey);
        bytes.extend(words.flat_map(|word| word.to_be_bytes()));
        bytes
    }

    #[test]
    fn blocks_that_repeat_are_counted_and_the_first_number_is_the_mean() {
        // 128 + 107 is white; three more are the same.
        let bright = ((107 * 16_i16) << 4).cast_unsigned();
        let white = Coded::read(&coded(&[6, bright, REST])).unwrap();
        assert_eq!((white.width, white.height, white.alone), (16, 16, true));
        assert_eq!(white.planes[0].means, [Some(235); 4]);
        assert!(white.shows(Picture::Solid(Colour::WHITE)));
        assert!(!white.shows(Picture::Solid(Colour::RED)));
    }

    #[test]
    fn a_block_that_refers_to_another_picture_has_no_mean() {
        let changed = Coded::read(&coded(&[CHANGE, REST, 4, REST])).unwrap();
        let grey = Some(128);
        assert_eq!(changed.planes[0].means, [None, grey, grey, grey]);
    }

    #[test]
    fn what_is_cut_off_is_no_picture() {
        let whole = coded(&[6, REST]);
        assert!(Coded::read(&whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(Coded::read(&whole[..length]), None, "{length}");
        }
    }
}
