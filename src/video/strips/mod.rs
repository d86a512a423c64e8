//! Raw frames → one JPEG, encoded in tiles on many threads; tiles that did not change are used
//! again as they are.
//!
//! `stream` hands in raw frames, does the [`Job`]s on its threads and joins the results. Pure:
//! the threads are the caller's.
//!
//! ```text
//! frame ─compare─▶ changed tiles ─copy─▶ kept pixels ─Job::encode (any thread)─▶ tile bytes
//!                  all the same ─▶ the same picture             header · tile RST0 tile RST1 … EOI
//! ```
//!
//! A tile is a restart interval, so its bytes do not depend on its neighbours (T.81, F.1.1.5.1:
//! the DC prediction starts anew); the joined picture decodes to the same pixels as one that was
//! encoded whole.

mod job;
mod planes;
mod shape;

use std::sync::Arc;

use bytes::Bytes;

pub use job::{Encoded, Job};

use self::shape::Shape;
use super::colours::{Colours, Conversion};
use super::jpeg::{RST0, SOF0, SOS, find_restart, segments};
use super::{Mode, PixelFormat};

/// Picture lines that one job covers at most: long enough that the encoder's set-up (tables,
/// header) is small beside it, short enough that every core has something to do until the end.
const JOB_LINES: usize = 32;

/// The frame is shorter than its mode says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the frame has {got} bytes, its mode needs {expected}")]
pub struct ShortFrame {
    pub got: usize,
    pub expected: usize,
}

/// A picture in tiles, and what is needed to tell whether the next frame differs.
pub struct Strips {
    shape: Shape,
    quality: u8,
    conversion: Option<Conversion>,
    /// SOI up to and including SOS, for the whole picture.
    header: Vec<u8>,
    /// The pixels that the tiles show, one band each; empty before the first frame.
    bands: Vec<Arc<Vec<u8>>>,
    /// Entropy-coded bytes of each tile, band after band.
    tiles: Vec<Vec<u8>>,
    /// Buffers of jobs that are done.
    spare: Vec<Vec<u8>>,
}

impl Strips {
    /// `None` when frames of this mode are not raw pixels.
    #[must_use]
    pub fn new(mode: &Mode, quality: u8) -> Option<Strips> {
        let shape = Shape::new(mode)?;
        let tiles = shape.bands() * shape.tiles;
        Some(Strips {
            shape,
            quality,
            conversion: None,
            header: header(shape, quality)?,
            bands: (0..shape.bands()).map(|_| Arc::default()).collect(),
            tiles: vec![Vec::new(); tiles],
            spare: Vec::new(),
        })
    }

    /// The same for pixels whose numbers mean something else than JPEG's do. RGB needs no such
    /// telling.
    #[must_use]
    pub fn with_colours(mut self, colours: Colours) -> Strips {
        let yuv = self.shape.format != PixelFormat::Rgb24;
        self.conversion = colours.conversion().filter(|_| yuv);
        self
    }

    /// Compares a frame with the kept pixels, keeps what is new, and gives `work` a job for each
    /// rectangle of changed tiles while it goes. Returns whether anything changed; all results
    /// must be [`put`](Strips::put) before the next frame.
    ///
    /// # Errors
    /// The frame is too short; nothing was changed.
    pub fn take_in(&mut self, frame: &[u8], work: &mut dyn FnMut(Job)) -> Result<bool, ShortFrame> {
        let expected = self.shape.frame_bytes();
        if frame.len() < expected {
            return Err(ShortFrame {
                got: frame.len(),
                expected,
            });
        }
        let bands_per_job = JOB_LINES / self.shape.mcu_height();
        let mut any = false;
        let (mut first, mut pending) = (0, 0);
        for band in 0..self.bands.len() {
            let changed = self.keep_changed(band, frame);
            any |= changed != 0;
            if changed != pending || band - first == bands_per_job {
                self.hand_out(first..band, pending, work);
                (first, pending) = (band, changed);
            }
        }
        self.hand_out(first..self.bands.len(), pending, work);
        Ok(any)
    }

    /// Takes the result of one job.
    pub fn put(&mut self, done: Encoded) {
        let mut from = self.header.len();
        for band in done.first_band..done.first_band + done.bands {
            for tile in done.tiles.clone() {
                let end_of_scan = done.jpeg.len() - EOI.len();
                let end = find_restart(&done.jpeg[..end_of_scan], from).unwrap_or(end_of_scan);
                let kept = &mut self.tiles[band * self.shape.tiles + tile];
                kept.clear();
                kept.extend_from_slice(&done.jpeg[from..end]);
                from = end + 2;
            }
        }
        self.spare.push(done.jpeg);
    }

    /// The whole picture.
    #[must_use]
    pub fn join(&self) -> Bytes {
        let scans: usize = self.tiles.iter().map(|tile| tile.len() + 2).sum();
        let mut jpeg = Vec::with_capacity(self.header.len() + scans);
        jpeg.extend_from_slice(&self.header);
        for (number, tile) in self.tiles.iter().enumerate() {
            if number > 0 {
                jpeg.extend_from_slice(&[0xFF, RST0 + ((number - 1) % 8) as u8]);
            }
            jpeg.extend_from_slice(tile);
        }
        jpeg.extend_from_slice(&EOI);
        Bytes::from(jpeg)
    }

    /// Copies the tiles of a band that differ from the kept ones; returns them as bits.
    fn keep_changed(&mut self, band: usize, frame: &[u8]) -> u32 {
        let shape = self.shape;
        let kept = &mut self.bands[band];
        let all = (1 << shape.tiles) - 1;
        let changed = if kept.is_empty() {
            all
        } else {
            compare(&shape, band, kept, frame)
        };
        if changed != 0 {
            // The jobs of the last frame are done, so nobody else holds the pixels now.
            let kept = Arc::make_mut(kept);
            kept.resize(shape.band_bytes(band), 0);
            copy(&shape, band, changed, frame, kept);
        }
        changed
    }

    /// One job for each run of neighbouring tiles among `changed`.
    fn hand_out(&mut self, bands: std::ops::Range<usize>, changed: u32, work: &mut dyn FnMut(Job)) {
        let mut tile = 0;
        while changed >> tile != 0 {
            let start = tile + (changed >> tile).trailing_zeros() as usize;
            tile = start + (changed >> start).trailing_ones() as usize;
            work(Job {
                shape: self.shape,
                quality: self.quality,
                conversion: self.conversion,
                first_band: bands.start,
                bands: self.bands[bands.clone()].to_vec(),
                tiles: start..tile,
                jpeg: self.spare.pop().unwrap_or_default(),
            });
        }
    }
}

const EOI: [u8; 2] = [0xFF, 0xD9];

/// Which tiles of a band differ, as bits.
fn compare(shape: &Shape, band: usize, kept: &[u8], frame: &[u8]) -> u32 {
    let start = band * shape.mcu_height() * shape.line_bytes();
    if shape.is_dense() && frame.get(start..start + kept.len()) == Some(kept) {
        return 0;
    }
    let mut changed = 0;
    for line in shape.lines(band) {
        let (old, new) = (
            &kept[line.kept..][..line.length],
            &frame[line.source..][..line.length],
        );
        for (tile, (old, new)) in old.chunks(line.tile).zip(new.chunks(line.tile)).enumerate() {
            if changed & (1 << tile) == 0 && old != new {
                changed |= 1 << tile;
            }
        }
    }
    changed
}

/// Copies some tiles of a band.
fn copy(shape: &Shape, band: usize, tiles: u32, frame: &[u8], kept: &mut [u8]) {
    for line in shape.lines(band) {
        let (old, new) = (
            &mut kept[line.kept..][..line.length],
            &frame[line.source..][..line.length],
        );
        for (tile, (old, new)) in old
            .chunks_mut(line.tile)
            .zip(new.chunks(line.tile))
            .enumerate()
        {
            if tiles & (1 << tile) != 0 {
                old.copy_from_slice(new);
            }
        }
    }
}

/// The header that all tiles stand under: what the encoder writes for a single tile, with the
/// picture's size put in.
fn header(shape: Shape, quality: u8) -> Option<Vec<u8>> {
    let band = Arc::new(vec![0; shape.band_bytes(0)]);
    let job = Job {
        shape,
        quality,
        conversion: None,
        first_band: 0,
        bands: vec![band],
        tiles: 0..1,
        jpeg: Vec::new(),
    };
    let Encoded { mut jpeg, .. } = job.encode();
    let frame = segments(&jpeg).find(|segment| segment.code == SOF0)?.start;
    let end = segments(&jpeg).find(|segment| segment.code == SOS)?.end;
    jpeg.truncate(end);
    // SOF0: marker, length, precision, then height and width (T.81, B.2.2).
    jpeg[frame + 5..frame + 7].copy_from_slice(&(shape.height as u16).to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&(shape.width as u16).to_be_bytes());
    Some(jpeg)
}

#[cfg(test)]
mod tests;
