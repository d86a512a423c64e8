//! The picture files that the shim plays, and how an id is found in what a viewer received.

use std::fs;
use std::path::{Path, PathBuf};

use jpeg_encoder::EncodingError;

use crate::picture::{Picture, id_in_row};

/// The shim writes eight hexadecimal digits there (`JPEG_ID` in `shim.c`).
const ID_AT: usize = 14;
/// Right behind SOI: a comment of 18 bytes that carries the id.
const COMMENT: &[u8] = b"\xff\xfe\x00\x12FARSEAT:00000000";

/// More pictures than any program asks buffers for, so that neighbouring frames always differ.
const PICTURES: usize = 8;

/// What the fake device plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// MJPEG, about 150 kB a frame, everything changing.
    Jpeg,
    /// MJPEG, byte for byte the same frame.
    StillJpeg,
    /// YUYV, everything changing.
    Raw,
    /// YUYV, 5 % of the picture changing.
    RawScrolling,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FramesError {
    #[error("encode a test picture")]
    Encode(#[from] EncodingError),
    #[error("write {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl Show {
    pub(crate) fn format(self) -> &'static str {
        if self.is_raw() { "YUYV" } else { "MJPG" }
    }

    pub(crate) fn is_raw(self) -> bool {
        matches!(self, Show::Raw | Show::RawScrolling)
    }

    /// The files in `folder` that the device plays, in order.
    pub(crate) fn files(self, folder: &Path) -> Vec<PathBuf> {
        let (stem, count) = match self {
            Show::Jpeg => ("moved.jpg", PICTURES),
            Show::StillJpeg => ("moved.jpg", 1),
            Show::Raw => ("moved.yuyv", PICTURES),
            Show::RawScrolling => ("scrolled.yuyv", PICTURES),
        };
        (0..count)
            .map(|n| folder.join(format!("{n}-{stem}")))
            .collect()
    }
}

/// Draws and writes the pictures of every [`Show`].
pub(crate) fn write_all(folder: &Path) -> Result<(), FramesError> {
    let desktop = Picture::desktop();
    let quality = quality_for(&desktop, 150_000)?;
    let write = |path: PathBuf, bytes: &[u8]| {
        fs::write(&path, bytes).map_err(|source| FramesError::Write { path, source })
    };
    for n in 0..PICTURES {
        let moved = desktop.moved(n);
        write(
            Show::Jpeg.files(folder)[n].clone(),
            &with_comment(&moved.jpeg(quality)?),
        )?;
        write(Show::Raw.files(folder)[n].clone(), &moved.yuyv())?;
        write(
            Show::RawScrolling.files(folder)[n].clone(),
            &desktop.scrolled(n).yuyv(),
        )?;
    }
    Ok(())
}

/// The highest quality whose JPEG is at most `size` bytes.
fn quality_for(picture: &Picture, size: usize) -> Result<u8, EncodingError> {
    let (mut low, mut high) = (1u8, 100);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if picture.jpeg(middle)?.len() <= size {
            low = middle
        } else {
            high = middle - 1
        }
    }
    Ok(low)
}

fn with_comment(jpeg: &[u8]) -> Vec<u8> {
    [&jpeg[..2], COMMENT, &jpeg[2..]].concat()
}

/// The id in the comment of a JPEG that was passed through.
pub(crate) fn id_in_comment(head: &[u8]) -> Option<u32> {
    let digits = head.get(ID_AT..ID_AT + 8)?;
    head.starts_with(&[&[0xff, 0xd8], &COMMENT[..12]].concat())
        .then_some(())?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The id in the pixels of a JPEG of which only the first bytes are there: decodes its first row of blocks.
pub(crate) fn id_in_pixels(head: &[u8]) -> Option<u32> {
    let mut top = head.to_vec();
    let height = start_of_frame(head)? + 5;
    top.get_mut(height..height + 2)?
        .copy_from_slice(&16u16.to_be_bytes());
    top.extend([0xff, 0xd9]);
    let mut decoder = jpeg_decoder::Decoder::new(top.as_slice());
    let pixels = decoder.decode().ok()?;
    let step = decoder.info()?.pixel_format.pixel_bytes();
    // The blocks are grey, so any colour channel tells black from white.
    let luma: Vec<u8> = pixels
        .iter()
        .step_by(step)
        .skip(8 * usize::from(decoder.info()?.width))
        .copied()
        .collect();
    id_in_row(&luma)
}

/// Where the baseline frame header (SOF0, ITU-T T.81 B.2.2) begins.
fn start_of_frame(jpeg: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        let [0xff, marker, high, low] = *jpeg.get(at..at + 4)? else {
            return None;
        };
        match marker {
            0xc0 => return Some(at),
            0xda => return None,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_for_the_passage_are_about_150_kilobytes() {
        let desktop = Picture::desktop();
        let quality = quality_for(&desktop, 150_000).expect("the picture encodes");
        let size =
            with_comment(&desktop.moved(3).jpeg(quality).expect("the picture encodes")).len();
        assert!(
            (130_000..160_000).contains(&size),
            "{size} bytes at quality {quality}"
        );
    }

    #[test]
    fn the_comment_is_where_the_shim_writes() {
        let mut jpeg = with_comment(b"\xff\xd8\xff\xe0");
        assert_eq!(id_in_comment(&jpeg), Some(0));
        jpeg[ID_AT..ID_AT + 8].copy_from_slice(b"0000c0de");
        assert_eq!(id_in_comment(&jpeg), Some(0xc0de));
        assert_eq!(
            &jpeg[jpeg.len() - 2..],
            b"\xff\xe0",
            "what followed SOI follows the comment"
        );
    }

    #[test]
    fn a_foreign_jpeg_has_no_id() {
        assert_eq!(
            id_in_comment(b"\xff\xd8\xff\xfe\x00\x12SOMEBODY0000c0de"),
            None
        );
        assert_eq!(id_in_comment(b"\xff\xd8"), None);
    }

    #[test]
    fn an_id_in_pixels_survives_encoding_and_cutting() {
        let id = 0x0123_4567u32;
        let mut rgb = vec![90; 1920 * 64 * 3];
        for (n, pixel) in rgb.chunks_exact_mut(3).take(1920 * 16).enumerate() {
            let x = n % 1920;
            if x < 512 {
                pixel.fill(if id >> (31 - x / 16) & 1 == 1 { 255 } else { 0 });
            }
        }
        for sampling in [
            jpeg_encoder::SamplingFactor::F_2_1,
            jpeg_encoder::SamplingFactor::F_2_2,
        ] {
            let mut jpeg = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 80);
            encoder.set_sampling_factor(sampling);
            encoder
                .encode(&rgb, 1920, 64, jpeg_encoder::ColorType::Rgb)
                .expect("the picture encodes");
            assert_eq!(
                id_in_pixels(&jpeg[..jpeg.len() - 100]),
                Some(id),
                "{sampling:?}"
            );
        }
    }
}
