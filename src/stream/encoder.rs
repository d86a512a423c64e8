//! A frame of the source → bytes that viewers can show.
//!
//! Two steps, because the driver wants its buffer back: [`Encoder::take`] copies what it needs
//! out of the lent frame, [`Encoder::finish`] does the rest. Owned by the capture thread.

use bytes::Bytes;

use super::pool::Pool;
use crate::video::colours::Colours;
use crate::video::jpeg::{inspect, standard_huffman_tables};
use crate::video::strips::Strips;
use crate::video::{Mode, PixelFormat, RawFrame};

/// What came out of a frame.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// The captured mode, with the size that the picture itself states.
    pub(super) mode: Mode,
    pub(super) data: Bytes,
    /// The same number as before when the picture looks the same.
    pub(super) content: u64,
}

/// The frame cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged;

pub(super) struct Encoder {
    quality: u8,
    colours: Colours,
    taken: Taken,
    strips: Option<(Mode, Strips)>,
    /// Started with the first raw frame: pass-through needs no threads.
    pool: Option<Pool>,
    last: Option<Picture>,
    content: u64,
}

/// What the last `take` left for `finish`.
enum Taken {
    Nothing,
    Jpeg(Mode, Vec<u8>),
    Raw { changed: bool },
    Damaged,
}

impl Encoder {
    pub(super) fn new(quality: u8) -> Encoder {
        Encoder {
            quality,
            colours: Colours::default(),
            taken: Taken::Nothing,
            strips: None,
            pool: None,
            last: None,
            content: 0,
        }
    }

    /// Raw frames from the next one on are encoded with this quality.
    pub(super) fn set_quality(&mut self, quality: u8) {
        if self.quality != quality {
            self.quality = quality;
            self.strips = None;
        }
    }

    /// What the numbers of raw frames mean from the next one on.
    pub(super) fn set_colours(&mut self, colours: Colours) {
        if self.colours != colours {
            self.colours = colours;
            self.strips = None;
        }
    }

    /// Forgets the picture; its memory and the threads go too.
    pub(super) fn rest(&mut self) {
        self.strips = None;
        self.pool = None;
        self.last = None;
        self.taken = Taken::Nothing;
    }

    /// Takes what is needed of a frame. The one copy that a JPEG gets is made here.
    pub(super) fn take(&mut self, frame: &RawFrame<'_>) {
        self.taken = match frame.mode.format {
            PixelFormat::Mjpeg => Taken::Jpeg(frame.mode, without_padding(frame.data).to_vec()),
            _ => self.take_raw(frame),
        };
    }

    /// The picture of the frame taken last; `None` if there was none.
    pub(super) fn finish(&mut self) -> Option<Result<Picture, Damaged>> {
        let finished = match std::mem::replace(&mut self.taken, Taken::Nothing) {
            Taken::Nothing => return None,
            Taken::Damaged => Err(Damaged),
            Taken::Jpeg(mode, jpeg) => self.finish_jpeg(mode, jpeg),
            Taken::Raw { changed } => self.finish_raw(changed),
        };
        Some(finished)
    }

    fn finish_jpeg(&mut self, mode: Mode, mut jpeg: Vec<u8>) -> Result<Picture, Damaged> {
        let seen = inspect(&jpeg).map_err(|damage| {
            log::debug!("drop a frame of {} bytes: {damage}", jpeg.len());
            Damaged
        })?;
        jpeg.truncate(seen.length);
        if let Some(at) = seen.tables_go_at {
            jpeg.splice(at..at, standard_huffman_tables().iter().copied());
        }
        let mode = Mode {
            width: seen.width,
            height: seen.height,
            ..mode
        };
        match &self.last {
            Some(last) if last.mode == mode && last.data == jpeg => Ok(last.clone()),
            _ => Ok(self.new_picture(mode, Bytes::from(jpeg))),
        }
    }

    fn take_raw(&mut self, frame: &RawFrame<'_>) -> Taken {
        if self
            .strips
            .as_ref()
            .is_none_or(|(mode, _)| *mode != frame.mode)
        {
            let strips = Strips::new(&frame.mode, self.quality);
            let colours = self.colours;
            self.strips = strips.map(|strips| (frame.mode, strips.with_colours(colours)));
            self.last = None;
        }
        let Some((_, strips)) = &mut self.strips else {
            return Taken::Damaged;
        };
        let pool = self.pool.get_or_insert_with(Pool::for_all_cores);
        match strips.take_in(frame.data, &mut |job| pool.hand_in(job)) {
            Ok(changed) => Taken::Raw { changed },
            Err(short) => {
                log::debug!("drop a frame: {short}");
                Taken::Damaged
            }
        }
    }

    fn finish_raw(&mut self, changed: bool) -> Result<Picture, Damaged> {
        let (Some((mode, strips)), Some(pool)) = (&mut self.strips, &self.pool) else {
            return Err(Damaged);
        };
        pool.finish(|done| strips.put(done));
        match &self.last {
            Some(last) if !changed => Ok(last.clone()),
            _ => {
                let (mode, jpeg) = (*mode, strips.join());
                Ok(self.new_picture(mode, jpeg))
            }
        }
    }

    fn new_picture(&mut self, mode: Mode, data: Bytes) -> Picture {
        self.content += 1;
        let picture = Picture {
            mode,
            data,
            content: self.content,
        };
        self.last = Some(picture.clone());
        picture
    }
}

/// Some dongles fill their buffer up with zeros; copying them would be a waste.
fn without_padding(data: &[u8]) -> &[u8] {
    let end = data
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last + 1);
    &data[..end]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn jpeg(width: u16, height: u16, shade: u8) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let pixels = vec![shade; usize::from(width) * usize::from(height)];
        let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 80);
        encoder
            .encode(&pixels, width, height, jpeg_encoder::ColorType::Luma)
            .unwrap();
        jpeg
    }

    fn mode(format: PixelFormat) -> Mode {
        let stride = if format == PixelFormat::Mjpeg { 0 } else { 128 };
        Mode {
            width: 64,
            height: 48,
            fps: 30.0,
            format,
            stride,
        }
    }

    fn through(
        encoder: &mut Encoder,
        format: PixelFormat,
        data: &[u8],
    ) -> Result<Picture, Damaged> {
        encoder.take(&RawFrame {
            data,
            captured: Duration::ZERO,
            mode: mode(format),
        });
        let finished = encoder.finish().expect("a frame was taken");
        assert!(encoder.finish().is_none(), "each frame is finished once");
        finished
    }

    #[test]
    fn a_jpeg_passes_untouched_but_for_its_padding() {
        let mut encoder = Encoder::new(80);
        let jpeg = jpeg(64, 48, 100);
        let padded = [&jpeg[..], &[0; 500]].concat();
        let picture = through(&mut encoder, PixelFormat::Mjpeg, &padded).unwrap();
        assert_eq!(picture.data, jpeg);
        assert_eq!(picture.mode, mode(PixelFormat::Mjpeg));
    }

    #[test]
    fn the_size_is_the_one_in_the_jpeg() {
        let picture = through(&mut Encoder::new(80), PixelFormat::Mjpeg, &jpeg(32, 16, 1)).unwrap();
        assert_eq!((picture.mode.width, picture.mode.height), (32, 16));
    }

    #[test]
    fn equal_frames_have_equal_content() {
        let mut encoder = Encoder::new(80);
        let mut content = |shade| {
            through(&mut encoder, PixelFormat::Mjpeg, &jpeg(64, 48, shade))
                .unwrap()
                .content
        };
        let first = content(1);
        assert_eq!(content(1), first);
        assert_ne!(content(200), first);
    }

    #[test]
    fn a_damaged_jpeg_does_not_disturb_the_next() {
        let mut encoder = Encoder::new(80);
        let good = jpeg(64, 48, 1);
        let content = through(&mut encoder, PixelFormat::Mjpeg, &good)
            .unwrap()
            .content;
        assert!(through(&mut encoder, PixelFormat::Mjpeg, &good[..good.len() - 9]).is_err());
        assert!(through(&mut encoder, PixelFormat::Mjpeg, &[]).is_err());
        assert_eq!(
            through(&mut encoder, PixelFormat::Mjpeg, &good)
                .unwrap()
                .content,
            content
        );
    }

    #[test]
    fn raw_frames_become_jpegs_and_still_ones_keep_their_content() {
        let mut encoder = Encoder::new(80);
        let mut frame = vec![90; 128 * 48];
        let first = through(&mut encoder, PixelFormat::Yuyv, &frame).unwrap();
        assert_eq!(inspect(&first.data).unwrap().width, 64);
        let still = through(&mut encoder, PixelFormat::Yuyv, &frame).unwrap();
        assert_eq!(
            (still.content, still.data.as_ptr()),
            (first.content, first.data.as_ptr())
        );
        frame[700] = 0;
        let changed = through(&mut encoder, PixelFormat::Yuyv, &frame).unwrap();
        assert_ne!(changed.content, first.content);
        assert_ne!(changed.data, first.data);
    }

    #[test]
    fn a_new_quality_shows_on_a_still_picture() {
        let mut encoder = Encoder::new(90);
        let frame: Vec<u8> = (0..128 * 48).map(|i: usize| (i * i % 251) as u8).collect();
        let fine = through(&mut encoder, PixelFormat::Yuyv, &frame).unwrap();
        encoder.set_quality(10);
        let coarse = through(&mut encoder, PixelFormat::Yuyv, &frame).unwrap();
        assert!(coarse.data.len() < fine.data.len());
        assert_ne!(coarse.content, fine.content);
    }

    #[test]
    fn a_raw_frame_that_is_too_short_is_damaged() {
        let mut encoder = Encoder::new(80);
        assert!(through(&mut encoder, PixelFormat::Yuyv, &[0; 100]).is_err());
        assert!(through(&mut encoder, PixelFormat::Yuyv, &vec![0; 128 * 48]).is_ok());
    }
}
