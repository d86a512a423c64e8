//! Pictures that the dongle shows and that the tests look for. Pure.
//!
//! Flat areas of strong colours: they survive JPEG and chroma subsampling, so a test can name the pixel it expects.

use std::sync::Arc;

use crate::uvc::{Format, Mode};

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Strong red.
    pub const RED: Self = Self(220, 30, 30);
    /// Strong green.
    pub const GREEN: Self = Self(30, 200, 30);
    /// Strong blue.
    pub const BLUE: Self = Self(30, 30, 220);
    /// Near white.
    pub const WHITE: Self = Self(235, 235, 235);

    /// Whether two colours are the same to the eye after JPEG and colour conversion.
    #[must_use]
    pub fn is_near(self, other: Self) -> bool {
        let near = |a: u8, b: u8| a.abs_diff(b) <= 24;
        near(self.0, other.0) && near(self.1, other.1) && near(self.2, other.2)
    }

    /// Full-range BT.601, as JPEG uses it: luma, blue, red.
    pub(crate) fn yuv(self) -> (u8, u8, u8) {
        let (r, g, b) = (f32::from(self.0), f32::from(self.1), f32::from(self.2));
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        let u = 128.0 + (b - y) * 0.564;
        let v = 128.0 + (r - y) * 0.713;
        (
            y as u8,
            u.clamp(0.0, 255.0) as u8,
            v.clamp(0.0, 255.0) as u8,
        )
    }

    /// The studio-range YUV that a camera's YUYV is made of.
    fn studio_yuv(self) -> (u8, u8, u8) {
        let (y, u, v) = self.yuv();
        let squeeze = |value: u8, range: f32| (128.0 + (f32::from(value) - 128.0) * range) as u8;
        (
            (16.0 + f32::from(y) * 219.0 / 255.0) as u8,
            squeeze(u, 224.0 / 255.0),
            squeeze(v, 224.0 / 255.0),
        )
    }
}

/// A picture of any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Picture {
    /// One colour.
    Solid(Colour),
    /// The left half and the right half.
    Halves(Colour, Colour),
}

impl Picture {
    pub(crate) fn at(self, x: usize, width: usize) -> Colour {
        match self {
            Self::Solid(colour) => colour,
            Self::Halves(left, right) => {
                if x < width / 2 {
                    left
                } else {
                    right
                }
            }
        }
    }

    /// The picture's bytes as the dongle sends them.
    #[must_use]
    pub fn encode(self, format: Format, mode: Mode) -> Arc<[u8]> {
        match format {
            Format::Mjpeg => self.jpeg(mode).into(),
            Format::Yuyv => self.yuyv(mode).into(),
        }
    }

    fn jpeg(self, mode: Mode) -> Vec<u8> {
        let width = usize::from(mode.width);
        let row: Vec<u8> = (0..width)
            .flat_map(|x| {
                let Colour(r, g, b) = self.at(x, width);
                [r, g, b]
            })
            .collect();
        let mut bytes = Vec::new();
        jpeg_encoder::Encoder::new(&mut bytes, 85)
            .encode(
                &row.repeat(mode.height.into()),
                mode.width,
                mode.height,
                jpeg_encoder::ColorType::Rgb,
            )
            .expect("encoding into memory does not fail");
        bytes
    }

    fn yuyv(self, mode: Mode) -> Vec<u8> {
        let width = usize::from(mode.width);
        let row: Vec<u8> = (0..width / 2)
            .flat_map(|pair| {
                let (y, u, v) = self.at(pair * 2, width).studio_yuv();
                [y, u, y, v]
            })
            .collect();
        row.repeat(mode.height.into())
    }
}

/// A decoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    rgb: Vec<u8>,
}

impl Pixels {
    /// Decodes a JPEG.
    ///
    /// # Errors
    /// What the decoder says.
    pub fn from_jpeg(bytes: &[u8]) -> Result<Self, jpeg_decoder::Error> {
        let mut decoder = jpeg_decoder::Decoder::new(bytes);
        let rgb = decoder.decode()?;
        let header = decoder
            .info()
            .ok_or_else(|| jpeg_decoder::Error::Format("no header".into()))?;
        Ok(Self {
            width: header.width,
            height: header.height,
            rgb,
        })
    }

    /// The pixel at these coordinates.
    #[must_use]
    pub fn at(&self, x: u16, y: u16) -> Colour {
        let at = (usize::from(y) * usize::from(self.width) + usize::from(x)) * 3;
        Colour(self.rgb[at], self.rgb[at + 1], self.rgb[at + 2])
    }

    /// Whether the picture is the one that the dongle shows.
    #[must_use]
    pub fn shows(&self, picture: Picture) -> bool {
        let width = usize::from(self.width);
        [width / 8, width * 7 / 8].into_iter().all(|x| {
            let seen = self.at(x as u16, self.height / 2);
            seen.is_near(picture.at(x, width))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODE: Mode = Mode::new(320, 240, 30);

    #[test]
    fn a_jpeg_shows_the_picture_it_was_made_of() {
        let picture = Picture::Halves(Colour::RED, Colour::BLUE);
        let pixels = Pixels::from_jpeg(&picture.encode(Format::Mjpeg, MODE)).unwrap();
        assert!(pixels.shows(picture));
        assert!(!pixels.shows(Picture::Halves(Colour::BLUE, Colour::RED)));
        assert!(!pixels.shows(Picture::Solid(Colour::GREEN)));
    }

    #[test]
    fn yuyv_has_two_bytes_a_pixel() {
        let bytes = Picture::Solid(Colour::WHITE).encode(Format::Yuyv, MODE);
        assert_eq!(bytes.len(), 320 * 240 * 2);
        assert!(bytes[0] > 200 && bytes[1].abs_diff(128) < 3);
    }
}
