//! Draws a 1080p desktop that costs a JPEG encoder about what a real one does: windows full of
//! text, a photograph, a gradient behind. Pure, and the same at every call.

use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

pub(crate) const WIDTH: usize = 1920;
pub(crate) const HEIGHT: usize = 1080;

/// Room in the top left corner that the shim overwrites with the frame's id (`shim.c`).
const ID_BLOCK: usize = 16;
const ID_BITS: usize = 32;

/// The window whose text moves when "5 % of the picture change": 800 × 128 of 1920 × 1080 pixels.
/// Not the full width, which would suit an encoder that works in rows.
const TERMINAL: Window = Window {
    left: 960,
    top: 320,
    width: 800,
    height: 128,
    paper: [16, 16, 20],
    ink: [180, 230, 180],
};

const WINDOWS: [Window; 3] = [
    Window {
        left: 56,
        top: 64,
        width: 860,
        height: 620,
        paper: [250, 250, 250],
        ink: [30, 30, 30],
    },
    Window {
        left: 120,
        top: 720,
        width: 700,
        height: 280,
        paper: [40, 44, 52],
        ink: [220, 220, 255],
    },
    TERMINAL,
];
const PHOTO: Window = Window {
    left: 960,
    top: 500,
    width: 840,
    height: 500,
    paper: [0; 3],
    ink: [0; 3],
};

#[derive(Clone, Copy)]
struct Window {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    paper: [u8; 3],
    ink: [u8; 3],
}

/// An RGB picture of [`WIDTH`] × [`HEIGHT`].
#[derive(Clone)]
pub(crate) struct Picture(Vec<u8>);

impl Picture {
    pub(crate) fn desktop() -> Self {
        let mut picture = Picture(vec![0; WIDTH * HEIGHT * 3]);
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                picture.set(x, y, gradient(x, y));
            }
        }
        for window in WINDOWS {
            picture.write_page(window, 0);
        }
        picture.hang_photo();
        picture
    }

    /// The same desktop moved to the left by `step` times 24 pixels: every block has changed.
    pub(crate) fn moved(&self, step: usize) -> Self {
        let by = step * 24 * 3;
        let rows = self.0.chunks_exact(WIDTH * 3);
        Picture(
            rows.flat_map(|row| row[by..].iter().chain(&row[..by]))
                .copied()
                .collect(),
        )
    }

    /// The same desktop with the text in one small window scrolled by `lines`.
    pub(crate) fn scrolled(&self, lines: usize) -> Self {
        let mut picture = self.clone();
        picture.write_page(TERMINAL, lines);
        picture
    }

    /// Packed 4:2:2, Y0 Cb Y1 Cr, as a grabber without a JPEG encoder delivers it (BT.601, limited range).
    pub(crate) fn yuyv(&self) -> Vec<u8> {
        self.0
            .chunks_exact(6)
            .flat_map(|pair| yuyv_pair(pair.try_into().expect("chunks of six")))
            .collect()
    }

    /// 4:2:2, as grabbers make it.
    pub(crate) fn jpeg(&self, quality: u8) -> Result<Vec<u8>, EncodingError> {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, quality);
        encoder.set_sampling_factor(SamplingFactor::F_2_1);
        encoder.encode(&self.0, WIDTH as u16, HEIGHT as u16, ColorType::Rgb)?;
        Ok(out)
    }

    fn set(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        self.0[(y * WIDTH + x) * 3..][..3].copy_from_slice(&colour);
    }

    fn write_page(&mut self, window: Window, first_line: usize) {
        for y in 0..window.height {
            for x in 0..window.width {
                let line = first_line + y / 16;
                let colour = if ink_at(x, y % 16, line) {
                    window.ink
                } else {
                    window.paper
                };
                self.set(window.left + x, window.top + y, colour);
            }
        }
    }

    fn hang_photo(&mut self) {
        for y in 0..PHOTO.height {
            for x in 0..PHOTO.width {
                let colour = std::array::from_fn(|channel| photo(x, y, channel as u64));
                self.set(PHOTO.left + x, PHOTO.top + y, colour);
            }
        }
    }
}

/// The id that the shim wrote into the top left corner, from the luma of the first picture row.
pub(crate) fn id_in_row(luma: &[u8]) -> Option<u32> {
    let bits = (0..ID_BITS).map(|bit| luma.get(bit * ID_BLOCK + ID_BLOCK / 2));
    bits.into_iter()
        .try_fold(0, |id, value| Some(id << 1 | u32::from(*value? > 128)))
}

/// A number that looks random, always the same for the same seed (splitmix64).
fn scramble(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn gradient(x: usize, y: usize) -> [u8; 3] {
    let (x, y) = ((x * 255 / WIDTH) as u8, (y * 255 / HEIGHT) as u8);
    [30 + y / 3, 60 + x / 4 + y / 8, 200 - y / 3]
}

/// Whether a page of text has ink there: letters of 6 × 10 pixels in cells of 8 × 16, 40 shapes,
/// words of up to nine letters, lines of different lengths.
fn ink_at(x: usize, y: usize, line: usize) -> bool {
    let (column, x) = (x / 8, x % 8);
    let line = line as u64;
    let length = 20 + scramble(line) % 70;
    let letter = scramble(line << 20 | column as u64) % 48;
    let blank = letter > 40 || column as u64 > length || column == 0;
    if blank || !(1..7).contains(&x) || !(3..13).contains(&y) {
        return false;
    }
    // Strokes two pixels high, so that letters have structure instead of noise.
    scramble(letter << 16 | (y as u64 / 2) << 8 | (x as u64 / 2)).is_multiple_of(3)
}

/// Soft shapes of several sizes with a little grain.
fn photo(x: usize, y: usize, channel: u64) -> u8 {
    let shapes = [(160, 130), (40, 60), (10, 24)];
    let sum: i64 = shapes
        .iter()
        .map(|&(size, height)| soft(x, y, size, channel) * height / 255)
        .sum();
    let grain = (scramble((y * WIDTH + x) as u64) % 9) as i64;
    (sum + grain).clamp(0, 255) as u8
}

/// Random values 0..=255 on a grid of `size` pixels, linear between.
fn soft(x: usize, y: usize, size: usize, channel: u64) -> i64 {
    let corner = |dx: usize, dy: usize| {
        let at = ((y / size + dy) << 24 | (x / size + dx) << 8 | size) as u64;
        (scramble(at ^ channel << 56) & 255) as i64
    };
    let mix = |a: i64, b: i64, at: usize| (a * (size - at) as i64 + b * at as i64) / size as i64;
    let (fx, fy) = (x % size, y % size);
    mix(
        mix(corner(0, 0), corner(1, 0), fx),
        mix(corner(0, 1), corner(1, 1), fx),
        fy,
    )
}

fn yuyv_pair(rgb: [u8; 6]) -> [u8; 4] {
    let [r0, g0, b0, r1, g1, b1] = rgb.map(i32::from);
    let luma = |r, g, b| (16 + ((66 * r + 129 * g + 25 * b + 128) >> 8)) as u8;
    let (r, g, b) = (r0 + r1, g0 + g1, b0 + b1);
    let cb = (128 + ((-38 * r - 74 * g + 112 * b) >> 9)) as u8;
    let cr = (128 + ((112 * r - 94 * g - 18 * b) >> 9)) as u8;
    [luma(r0, g0, b0), cb, luma(r1, g1, b1), cr]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed_pixels(a: &Picture, b: &Picture) -> usize {
        a.0.chunks_exact(3)
            .zip(b.0.chunks_exact(3))
            .filter(|(a, b)| a != b)
            .count()
    }

    #[test]
    fn moving_changes_every_row_of_blocks() {
        let before = Picture::desktop();
        let after = before.moved(1);
        let rows = |p: &Picture| {
            p.0.chunks(WIDTH * 3 * 8)
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        };
        assert!(rows(&before).iter().zip(rows(&after)).all(|(a, b)| *a != b));
        assert_eq!(before.0.len(), after.0.len());
    }

    #[test]
    fn scrolling_changes_nothing_outside_one_twentieth_of_the_picture() {
        let before = Picture::desktop();
        let after = before.scrolled(1);
        let changed = changed_pixels(&before, &after);
        assert!(
            changed > 0 && changed <= WIDTH * HEIGHT / 20,
            "{changed} pixels changed"
        );
        let share = TERMINAL.width * TERMINAL.height * 100 / (WIDTH * HEIGHT);
        assert_eq!(share, 4, "the window is just under 5 %, the id is the rest");
    }

    #[test]
    fn a_desktop_at_quality_80_is_as_heavy_as_a_real_one() {
        let size = Picture::desktop()
            .jpeg(80)
            .expect("the picture encodes")
            .len();
        assert!((150_000..700_000).contains(&size), "{size} bytes");
    }

    #[test]
    fn grey_has_neutral_chroma() {
        assert_eq!(yuyv_pair([128; 6]), [126, 128, 126, 128]);
        assert_eq!(yuyv_pair([255, 255, 255, 0, 0, 0]), [235, 128, 16, 128]);
    }

    #[test]
    fn an_id_is_read_back_from_its_blocks() {
        let id = 0x8000_a5c3u32;
        let luma: Vec<u8> = (0..512)
            .map(|x| {
                if id >> (31 - x / 16) & 1 == 1 {
                    220
                } else {
                    30
                }
            })
            .collect();
        assert_eq!(id_in_row(&luma), Some(id));
        assert_eq!(id_in_row(&luma[..500]), None);
    }
}
