//! One rectangle of tiles and its encoding.
//!
//! A job owns what it needs, so any thread can do it.

use std::ops::Range;
use std::sync::Arc;

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType};

use super::planes::{Planes, push_nv12, push_rgb, push_uyvy, push_yuyv};
use super::shape::Shape;
use crate::video::PixelFormat;
use crate::video::colours::Conversion;

/// Tiles to encode: the same ones of some bands that follow one another.
pub struct Job {
    pub(super) shape: Shape,
    pub(super) quality: u8,
    pub(super) conversion: Option<Conversion>,
    pub(super) first_band: usize,
    pub(super) bands: Vec<Arc<Vec<u8>>>,
    pub(super) tiles: Range<usize>,
    /// Where the result goes; handed in so that its memory is used again.
    pub(super) jpeg: Vec<u8>,
}

/// A finished [`Job`]: a JPEG with one restart interval for each tile, band after band.
pub struct Encoded {
    pub(super) first_band: usize,
    pub(super) bands: usize,
    pub(super) tiles: Range<usize>,
    pub(super) jpeg: Vec<u8>,
}

impl Job {
    /// Encodes. Takes some hundred microseconds; calls nothing but the encoder.
    #[must_use]
    pub fn encode(mut self) -> Encoded {
        let mut jpeg = std::mem::take(&mut self.jpeg);
        jpeg.clear();
        let done = encode_piece(&Piece { job: &self }, &mut jpeg);
        done.expect("a piece has a size, and writing into memory does not fail");
        Encoded {
            first_band: self.first_band,
            bands: self.bands.len(),
            tiles: self.tiles.clone(),
            jpeg,
        }
    }
}

/// Encodes with the settings that every piece of a picture must share, because they stand in the
/// one header that the pieces are joined under.
fn encode_piece(piece: &Piece<'_>, jpeg: &mut Vec<u8>) -> Result<(), jpeg_encoder::EncodingError> {
    let Job { shape, quality, .. } = piece.job;
    let mut encoder = Encoder::new(jpeg, *quality);
    encoder.set_sampling_factor(shape.sampling());
    // A picture has at most 65535 / 16 MCUs across.
    encoder.set_restart_interval(shape.tile_mcus as u16);
    encoder.encode_image(piece)
}

/// The pixels of a job, as the encoder wants to see them.
struct Piece<'a> {
    job: &'a Job,
}

impl Piece<'_> {
    /// First pixel and number of pixels across. The last tile may be narrower than the others.
    fn columns(&self) -> (usize, usize) {
        let Job { shape, tiles, .. } = self.job;
        let end = (tiles.end * shape.tile_width()).min(shape.width);
        let start = tiles.start * shape.tile_width();
        (start, end - start)
    }
}

impl ImageBuffer for &Piece<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.columns().1 as u16
    }

    fn height(&self) -> u16 {
        let Job {
            shape,
            first_band,
            bands,
            ..
        } = self.job;
        let last = bands.len() - 1;
        (last * shape.mcu_height() + shape.band_height(first_band + last)) as u16
    }

    fn fill_buffers(&self, y: u16, planes: &mut Planes) {
        let start = planes[0].len();
        self.push_line(usize::from(y), planes);
        if let Some(conversion) = &self.job.conversion {
            let [y, cb, cr, _] = planes;
            conversion.apply(&mut y[start..], &mut cb[start..], &mut cr[start..]);
        }
    }
}

impl Piece<'_> {
    fn push_line(&self, y: usize, planes: &mut Planes) {
        let Job { shape, bands, .. } = self.job;
        let (start, width) = self.columns();
        let (band, y) = (y / shape.mcu_height(), y % shape.mcu_height());
        let pixels = &bands[band];
        let from = y * shape.line_bytes() + shape.bytes_of(start);
        let line = &pixels[from..from + shape.bytes_of(width)];
        match shape.format {
            PixelFormat::Yuyv => push_yuyv(line, width, planes),
            PixelFormat::Uyvy => push_uyvy(line, width, planes),
            PixelFormat::Rgb24 => push_rgb(line, width, planes),
            PixelFormat::Nv12 => {
                let picture = shape.band_height(self.job.first_band + band) * shape.line_bytes();
                let from = picture + y / 2 * shape.chroma_bytes() + start;
                let chroma = &pixels[from..from + width.next_multiple_of(2)];
                push_nv12(line, chroma, width, planes);
            }
            PixelFormat::Mjpeg => unreachable!("a shape is never MJPEG"),
        }
    }
}
