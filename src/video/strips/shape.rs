//! How a raw frame lies in memory and how it is cut: bands of one MCU row, each of a few tiles.
//!
//! A tile is what is compared, encoded and kept: one restart interval of the finished JPEG.

use jpeg_encoder::SamplingFactor;

use crate::video::{Mode, PixelFormat};

/// Pixels of an MCU across: chroma has half the width in every sampling that we use.
pub(super) const MCU_WIDTH: usize = 16;

/// Tiles that a row of MCUs is cut into, best first. More tiles: less to encode when a small part
/// changes; fewer: fewer restart markers and longer runs for the encoder.
const TILE_COUNTS: [usize; 6] = [4, 5, 3, 6, 2, 7];

/// A tile narrower than this costs more in restart markers than it saves.
const MIN_TILE_MCUS: usize = 8;

/// The cut of one mode. Plain numbers, cheap to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) format: PixelFormat,
    pub(super) width: usize,
    pub(super) height: usize,
    stride: usize,
    /// Tiles in a band.
    pub(super) tiles: usize,
    /// MCUs in a tile: the restart interval.
    pub(super) tile_mcus: usize,
}

/// One line of samples of a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins in the frame.
    pub(super) source: usize,
    /// Where it begins in the band's own copy, which has no gaps.
    pub(super) kept: usize,
    pub(super) length: usize,
    /// Bytes that belong to one tile; the last tile may have fewer.
    pub(super) tile: usize,
}

impl Shape {
    /// `None` when there is nothing to encode: MJPEG, an empty picture or an impossible stride.
    pub(super) fn new(mode: &Mode) -> Option<Shape> {
        let (width, height) = (usize::from(mode.width), usize::from(mode.height));
        let columns = width.div_ceil(MCU_WIDTH);
        let cut = |&count: &usize| columns % count == 0 && columns / count >= MIN_TILE_MCUS;
        let tiles = TILE_COUNTS.into_iter().find(cut).unwrap_or(1);
        let tile_mcus = columns / tiles;
        let shape = Shape {
            format: mode.format,
            width,
            height,
            stride: mode.stride,
            tiles,
            tile_mcus,
        };
        let possible = mode.format != PixelFormat::Mjpeg && width > 0 && height > 0;
        (possible && shape.stride >= shape.line_bytes()).then_some(shape)
    }

    /// Screens are read, so colour keeps its vertical resolution wherever the source has it:
    /// 4:2:0 would blur coloured text, and saves a tenth of the encoder's time only.
    pub(super) fn sampling(&self) -> SamplingFactor {
        match self.format {
            PixelFormat::Nv12 => SamplingFactor::R_4_2_0,
            _ => SamplingFactor::R_4_2_2,
        }
    }

    /// Picture lines in an MCU.
    pub(super) fn mcu_height(&self) -> usize {
        if self.format == PixelFormat::Nv12 {
            16
        } else {
            8
        }
    }

    pub(super) fn bands(&self) -> usize {
        self.height.div_ceil(self.mcu_height())
    }

    /// Picture lines in a band: fewer in the last one.
    pub(super) fn band_height(&self, band: usize) -> usize {
        (self.height - band * self.mcu_height()).min(self.mcu_height())
    }

    pub(super) fn tile_width(&self) -> usize {
        self.tile_mcus * MCU_WIDTH
    }

    /// Bytes of a line that hold pixels, of the Y plane for NV12.
    pub(super) fn line_bytes(&self) -> usize {
        self.bytes_of(self.width)
    }

    /// Bytes that so many pixels of a line take. Packed 4:2:2 comes in pairs of pixels.
    pub(super) fn bytes_of(&self, pixels: usize) -> usize {
        match self.format {
            PixelFormat::Yuyv | PixelFormat::Uyvy => pixels.div_ceil(2) * 4,
            PixelFormat::Rgb24 => pixels * 3,
            PixelFormat::Nv12 | PixelFormat::Mjpeg => pixels,
        }
    }

    /// The lines of a band: those of the picture, then, for NV12, those of CbCr.
    pub(super) fn lines(&self, band: usize) -> impl Iterator<Item = Line> {
        let (shape, first, count) = (*self, band * self.mcu_height(), self.band_height(band));
        let (length, tile) = (self.line_bytes(), self.bytes_of(self.tile_width()));
        let picture = (0..count).map(move |line| Line {
            source: (first + line) * shape.stride,
            kept: line * length,
            length,
            tile,
        });
        let chroma_count = if self.format == PixelFormat::Nv12 {
            count.div_ceil(2)
        } else {
            0
        };
        let chroma_length = self.chroma_bytes();
        let chroma = (0..chroma_count).map(move |line| Line {
            source: (shape.height + first / 2 + line) * shape.stride,
            kept: count * length + line * chroma_length,
            length: chroma_length,
            tile,
        });
        picture.chain(chroma)
    }

    /// Bytes of a line of NV12's CbCr plane.
    pub(super) fn chroma_bytes(&self) -> usize {
        self.width.div_ceil(2) * 2
    }

    /// Whether a band lies in the frame without gaps, so that it can be compared in one go.
    pub(super) fn is_dense(&self) -> bool {
        self.stride == self.line_bytes() && self.format != PixelFormat::Nv12
    }

    /// Bytes that a frame must have.
    pub(super) fn frame_bytes(&self) -> usize {
        self.lines(self.bands() - 1)
            .map(|line| line.source + line.length)
            .max()
            .unwrap_or(0)
    }

    /// Bytes that a band's copy takes.
    pub(super) fn band_bytes(&self, band: usize) -> usize {
        self.lines(band).map(|line| line.length).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(format: PixelFormat, width: u16, height: u16, stride: usize) -> Mode {
        Mode {
            width,
            height,
            fps: 30.0,
            format,
            stride,
        }
    }

    #[test]
    fn full_hd_is_cut_into_four_tiles_of_thirty_mcus() {
        let shape = Shape::new(&mode(PixelFormat::Yuyv, 1920, 1080, 3840)).unwrap();
        assert_eq!((shape.tiles, shape.tile_mcus, shape.bands()), (4, 30, 135));
        assert_eq!(shape.frame_bytes(), 1920 * 1080 * 2);
        assert!(shape.is_dense());
    }

    #[test]
    fn every_width_is_covered_by_tiles_of_one_size() {
        for width in 1..=4096 {
            let shape = Shape::new(&mode(
                PixelFormat::Yuyv,
                width,
                8,
                usize::from(width) * 2 + 2,
            ))
            .unwrap();
            assert_eq!(
                shape.tiles * shape.tile_mcus,
                usize::from(width).div_ceil(16)
            );
        }
    }

    #[test]
    fn the_last_band_of_an_odd_height_is_lower() {
        let shape = Shape::new(&mode(PixelFormat::Nv12, 64, 33, 64)).unwrap();
        assert_eq!(
            (shape.bands(), shape.band_height(0), shape.band_height(2)),
            (3, 16, 1)
        );
        assert_eq!(shape.band_bytes(2), 64 + 64);
        assert_eq!(shape.frame_bytes(), 64 * 33 + 64 * 17);
    }

    #[test]
    fn nothing_is_cut_from_nothing() {
        assert_eq!(Shape::new(&mode(PixelFormat::Mjpeg, 640, 480, 0)), None);
        assert_eq!(Shape::new(&mode(PixelFormat::Yuyv, 0, 480, 0)), None);
        assert_eq!(Shape::new(&mode(PixelFormat::Yuyv, 640, 0, 1280)), None);
        assert_eq!(
            Shape::new(&mode(PixelFormat::Yuyv, 640, 480, 1279)),
            None,
            "lines would overlap"
        );
    }
}
