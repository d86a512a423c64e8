//! A picture as encoders of moving pictures take it: a plane of luma, and two of chroma with half the size each way (4:2:0).

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::jpeg::is_plain;

/// The most pixels that are read, a frame of 4096 × 2304.
const MOST_PIXELS: usize = 4096 * 2304;

/// Full range, BT.601's matrix, as JFIF has it. Width and height are even: an odd edge is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    pub width: usize,
    pub height: usize,
    pub luma: Vec<u8>,
    /// Blue, red.
    pub chroma: [Vec<u8>; 2],
}

impl Planes {
    /// None: it is no [plain](is_plain) JPEG, or too large.
    #[must_use]
    pub fn of_jpeg(jpeg: &[u8]) -> Option<Planes> {
        if !is_plain(jpeg) {
            return None;
        }
        let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::YCbCr);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
        decoder.decode_headers().ok()?;
        let (width, height) = decoder.dimensions()?;
        if width * height > MOST_PIXELS {
            return None;
        }
        Planes::of(&decoder.decode().ok()?, width, height)
    }

    /// From pixels of three bytes: luma, blue, red.
    #[must_use]
    pub fn of(pixels: &[u8], width: usize, height: usize) -> Option<Planes> {
        let stride = width * 3;
        if width == 0 || height == 0 || pixels.len() < stride * height {
            return None;
        }
        let row = |y: usize| &pixels[y.min(height - 1) * stride..][..stride];
        let (wide, high) = (width.next_multiple_of(2), height.next_multiple_of(2));
        let mut planes = Planes {
            width: wide,
            height: high,
            luma: Vec::with_capacity(wide * high),
            chroma: [0, 1].map(|_| Vec::with_capacity(wide * high / 4)),
        };
        for y in (0..high).step_by(2) {
            planes.take_rows(row(y), row(y + 1), wide);
        }
        Some(planes)
    }

    fn take_rows(&mut self, upper: &[u8], lower: &[u8], wide: usize) {
        for row in [upper, lower] {
            self.luma.extend(row.iter().step_by(3));
            let last = row[row.len() - 3];
            self.luma.extend((row.len() / 3..wide).map(|_| last));
        }
        let pairs = upper.chunks(6).zip(lower.chunks(6));
        for (above, below) in pairs {
            for (plane, channel) in self.chroma.iter_mut().zip(1..) {
                // The pair at an odd edge is one pixel twice.
                let other = (channel + 3) % above.len();
                let four = [above[channel], above[other], below[channel], below[other]];
                let sum: u16 = four.iter().map(|value| u16::from(*value)).sum();
                plane.push(((sum + 2) / 4) as u8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luma_is_taken_as_it_is_and_chroma_is_the_mean_of_four() {
        let pixels = [[10, 100, 0], [20, 102, 4], [30, 104, 8], [40, 106, 12]].concat();
        let planes = Planes::of(&pixels, 2, 2).unwrap();
        assert_eq!(planes.luma, [10, 20, 30, 40]);
        assert_eq!(planes.chroma, [[103], [6]]);
    }

    #[test]
    fn an_odd_edge_is_repeated() {
        let pixels: Vec<u8> = (0..3).flat_map(|x| [x, 50 + x, 90]).collect();
        let planes = Planes::of(&pixels, 3, 1).unwrap();
        assert_eq!((planes.width, planes.height), (4, 2));
        assert_eq!(planes.luma, [0, 1, 2, 2, 0, 1, 2, 2]);
        assert_eq!(planes.chroma, [[51, 52], [90, 90]]);
        assert_eq!(Planes::of(&pixels, 4, 1), None);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        use proptest::prelude::*;
        proptest!(|(bytes in prop::collection::vec(any::<u8>(), 0..200))| {
            let _ = Planes::of_jpeg(&[&[0xFF, 0xD8][..], &bytes].concat());
        });
    }
}
