//! The joined picture against one whole encode of the same pixels.

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};
use proptest::prelude::*;

use super::*;
use crate::video::PixelFormat;
use crate::video::colours::Range;
use crate::video::jpeg::inspect;

const FORMATS: [PixelFormat; 4] = [
    PixelFormat::Yuyv,
    PixelFormat::Uyvy,
    PixelFormat::Nv12,
    PixelFormat::Rgb24,
];

fn mode(format: PixelFormat, width: u16, height: u16, gap: usize) -> Mode {
    let width_bytes = match format {
        PixelFormat::Yuyv | PixelFormat::Uyvy => usize::from(width).div_ceil(2) * 4,
        PixelFormat::Rgb24 => usize::from(width) * 3,
        PixelFormat::Nv12 => usize::from(width).next_multiple_of(2),
        PixelFormat::Mjpeg => 0,
    };
    Mode {
        width,
        height,
        fps: 30.0,
        format,
        stride: width_bytes + gap,
    }
}

fn noise(mode: &Mode, seed: u32) -> Vec<u8> {
    let lines = usize::from(mode.height)
        * if mode.format == PixelFormat::Nv12 {
            3
        } else {
            2
        }
        / 2
        + 1;
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Smooth with some noise, so that neither every nor no coefficient is zero.
        ((state >> 29) * 9 + 60) as u8
    };
    std::iter::repeat_with(next)
        .take(lines * mode.stride)
        .collect()
}

/// The same pixels, seen one by one: slow and plain.
struct Whole<'a> {
    mode: Mode,
    frame: &'a [u8],
}

impl Whole<'_> {
    fn pixel(&self, x: usize, y: usize) -> (u8, u8, u8) {
        let line = &self.frame[y * self.mode.stride..];
        match self.mode.format {
            PixelFormat::Yuyv => (line[x * 2], line[x / 2 * 4 + 1], line[x / 2 * 4 + 3]),
            PixelFormat::Uyvy => (line[x * 2 + 1], line[x / 2 * 4], line[x / 2 * 4 + 2]),
            PixelFormat::Nv12 => {
                let chroma =
                    &self.frame[(usize::from(self.mode.height) + y / 2) * self.mode.stride..];
                (line[x], chroma[x / 2 * 2], chroma[x / 2 * 2 + 1])
            }
            _ => {
                let at = |x: usize| rgb_to_ycbcr(line[x * 3], line[x * 3 + 1], line[x * 3 + 2]);
                let (left, right) = (
                    x / 2 * 2,
                    (x / 2 * 2 + 1).min(usize::from(self.mode.width) - 1),
                );
                let mean = |a: u8, b: u8| ((u16::from(a) + u16::from(b)) / 2) as u8;
                (
                    at(x).0,
                    mean(at(left).1, at(right).1),
                    mean(at(left).2, at(right).2),
                )
            }
        }
    }

    fn decoded(self, quality: u8) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, quality);
        encoder.set_sampling_factor(match self.mode.format {
            PixelFormat::Nv12 => SamplingFactor::R_4_2_0,
            _ => SamplingFactor::R_4_2_2,
        });
        encoder.encode_image(self).unwrap();
        decode(&jpeg)
    }
}

impl ImageBuffer for Whole<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }
    fn width(&self) -> u16 {
        self.mode.width
    }
    fn height(&self) -> u16 {
        self.mode.height
    }
    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        for x in 0..usize::from(self.mode.width) {
            let (luma, cb, cr) = self.pixel(x, usize::from(y));
            for (buffer, sample) in buffers.iter_mut().zip([luma, cb, cr]) {
                buffer.push(sample);
            }
        }
    }
}

fn decode(jpeg: &[u8]) -> Vec<u8> {
    jpeg_decoder::Decoder::new(jpeg).decode().unwrap()
}

/// Does all jobs of a frame, last first, because threads finish in any order.
fn update(strips: &mut Strips, frame: &[u8]) -> Vec<Job> {
    let mut jobs = Vec::new();
    strips.take_in(frame, &mut |job| jobs.push(job)).unwrap();
    jobs.reverse();
    jobs
}

fn encode(strips: &mut Strips, frame: &[u8]) -> usize {
    let jobs = update(strips, frame);
    let count = jobs.len();
    for job in jobs {
        strips.put(job.encode());
    }
    count
}

#[test]
fn a_joined_picture_decodes_to_the_pixels_of_one_whole_encode() {
    for format in FORMATS {
        for (width, height, gap) in [
            (640, 480, 0),
            (641, 333, 6),
            (16, 8, 0),
            (1, 1, 0),
            (257, 31, 64),
        ] {
            let mode = mode(format, width, height, gap);
            let frame = noise(&mode, 7);
            let mut strips = Strips::new(&mode, 80).unwrap();
            encode(&mut strips, &frame);
            let jpeg = strips.join();
            assert_eq!(
                decode(&jpeg),
                Whole {
                    mode,
                    frame: &frame
                }
                .decoded(80),
                "{mode:?}"
            );
            let seen = inspect(&jpeg).unwrap();
            assert_eq!(
                (seen.width, seen.height, seen.length),
                (width, height, jpeg.len())
            );
        }
    }
}

#[test]
fn a_still_picture_makes_no_work() {
    for format in FORMATS {
        let mode = mode(format, 322, 50, 10);
        let mut frame = noise(&mode, 1);
        let mut strips = Strips::new(&mode, 80).unwrap();
        assert!(encode(&mut strips, &frame) > 0);
        assert!(
            !strips
                .take_in(&frame, &mut |_| panic!("nothing changed"))
                .unwrap()
        );
        // The gap behind a line is not part of the picture.
        let last = frame.len() - 1;
        frame[last] ^= 0xFF;
        frame[mode.stride - 1] ^= 0xFF;
        assert!(
            !strips
                .take_in(&frame, &mut |_| panic!("only a gap changed"))
                .unwrap()
        );
    }
}

#[test]
fn one_changed_pixel_costs_one_tile() {
    let mode = mode(PixelFormat::Yuyv, 1920, 64, 0);
    let mut frame = noise(&mode, 1);
    let mut strips = Strips::new(&mode, 80).unwrap();
    encode(&mut strips, &frame);
    frame[20 * mode.stride + 2 * 700] ^= 0xFF;
    let jobs = update(&mut strips, &frame);
    let [job] = &jobs[..] else {
        panic!("{} jobs", jobs.len())
    };
    assert_eq!(
        (job.first_band, job.bands.len(), job.tiles.clone()),
        (2, 1, 1..2)
    );
}

#[test]
fn everything_changing_is_shared_out_in_pieces_of_like_size() {
    let mode = mode(PixelFormat::Yuyv, 1920, 1080, 0);
    let mut strips = Strips::new(&mode, 80).unwrap();
    let jobs = update(&mut strips, &noise(&mode, 1));
    assert_eq!(jobs.len(), 34);
    assert!(
        jobs.iter()
            .all(|job| job.tiles == (0..4) && job.bands.len() <= 4)
    );
}

#[test]
fn the_black_and_white_of_video_are_shown_as_such() {
    let limited = Colours {
        range: Range::Limited,
        ..Colours::default()
    };
    for (luma, shown) in [(16, 0), (235, 255)] {
        let mode = mode(PixelFormat::Uyvy, 48, 24, 0);
        let frame: Vec<u8> = [128, luma].repeat(48 * 24);
        let mut strips = Strips::new(&mode, 90).unwrap().with_colours(limited);
        encode(&mut strips, &frame);
        assert!(decode(&strips.join()).iter().all(|&sample| sample == shown));
    }
}

#[test]
fn a_short_frame_is_refused_and_changes_nothing() {
    let mode = mode(PixelFormat::Nv12, 64, 48, 0);
    let frame = noise(&mode, 1);
    let mut strips = Strips::new(&mode, 80).unwrap();
    encode(&mut strips, &frame);
    let before = strips.join();
    let short = vec![0; 64 * 72 - 1];
    let refused = strips.take_in(&short, &mut |_| panic!("no job from half a frame"));
    assert_eq!(
        refused,
        Err(ShortFrame {
            got: 64 * 72 - 1,
            expected: 64 * 72
        })
    );
    assert_eq!(strips.join(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn changes_anywhere_arrive_in_the_picture(
        format in prop::sample::select(&FORMATS[..]),
        (width, height) in (1u16..600, 1u16..90),
        quality in 1u8..=100,
        spots in prop::collection::vec(prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5), 1..4),
    ) {
        let mode = mode(format, width, height, 0);
        let mut frame = noise(&mode, 3);
        let mut strips = Strips::new(&mode, quality).unwrap();
        encode(&mut strips, &frame);
        for spots in spots {
            for (place, value) in spots {
                let place = place.index(frame.len());
                frame[place] = value;
            }
            encode(&mut strips, &frame);
            let whole = Whole { mode, frame: &frame }.decoded(quality);
            prop_assert!(decode(&strips.join()) == whole);
        }
    }
}
