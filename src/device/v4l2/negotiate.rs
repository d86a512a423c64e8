//! Which of the modes that a device offers is taken. Pure: lists in, choice out.

use crate::video::{CaptureWish, PixelFormat};

/// One format and size, with its rates.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Offer {
    pub(super) format: PixelFormat,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Times between frames as the device lists them; empty when it does not say.
    pub(super) intervals: Vec<Interval>,
}

/// Seconds between frames, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) numerator: u32,
    pub(super) denominator: u32,
}

impl Interval {
    /// Frames per second; 0 for a fraction that means nothing.
    pub(super) fn fps(self) -> f32 {
        if self.numerator == 0 {
            0.0
        } else {
            self.denominator as f32 / self.numerator as f32
        }
    }
}

/// What to ask the driver for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) format: PixelFormat,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) interval: Option<Interval>,
}

/// The largest picture that is taken without being wished for: more pixels than the target's
/// usual screen only cost time.
const LARGEST: (u32, u32) = (1920, 1080);

/// A mode slower than this is no fun to work with; it is taken only if there is no other.
const USABLE_FPS: f32 = 15.0;

/// Nobody sees more than 60 frames a second, and some dongles promise 120 and do not keep it.
const HIGHEST_FPS: f32 = 60.5;

/// Formats from best to worst.
fn formats(prefer_mjpeg: bool) -> [PixelFormat; 5] {
    use PixelFormat::{Mjpeg, Nv12, Rgb24, Uyvy, Yuyv};
    if prefer_mjpeg {
        [Mjpeg, Yuyv, Uyvy, Nv12, Rgb24]
    } else {
        [Uyvy, Yuyv, Nv12, Rgb24, Mjpeg]
    }
}

/// Takes the best format that is offered, its size nearest to the wish, then the rate.
pub(super) fn choose(offers: &[Offer], wish: &CaptureWish, prefer_mjpeg: bool) -> Option<Choice> {
    let format = formats(prefer_mjpeg)
        .into_iter()
        .find(|f| offers.iter().any(|o| o.format == *f))?;
    let of_format = || offers.iter().filter(|offer| offer.format == format);
    let offer = if wish.width == 0 && wish.height == 0 {
        largest(of_format().filter(|offer| is_usable(offer))).or_else(|| largest(of_format()))
    } else {
        nearest(of_format(), wish)
    }?;
    let interval = rate(&offer.intervals, wish.max_fps);
    Some(Choice {
        format,
        width: offer.width,
        height: offer.height,
        interval,
    })
}

fn is_usable(offer: &Offer) -> bool {
    let fits = offer.width <= LARGEST.0 && offer.height <= LARGEST.1;
    fits && (offer.intervals.is_empty() || offer.intervals.iter().any(|i| i.fps() >= USABLE_FPS))
}

/// The largest that is no larger than full HD; the smallest when all are.
fn largest<'a>(offers: impl Iterator<Item = &'a Offer>) -> Option<&'a Offer> {
    let area = |offer: &Offer| i64::from(offer.width) * i64::from(offer.height);
    let fits = |offer: &Offer| offer.width <= LARGEST.0 && offer.height <= LARGEST.1;
    offers.max_by_key(|offer| {
        if fits(offer) {
            area(offer)
        } else {
            -area(offer)
        }
    })
}

fn nearest<'a>(offers: impl Iterator<Item = &'a Offer>, wish: &CaptureWish) -> Option<&'a Offer> {
    let off = |offered: u32, wished: u16| {
        if wished == 0 {
            0
        } else {
            offered.abs_diff(u32::from(wished))
        }
    };
    let distance = |offer: &&Offer| {
        u64::from(off(offer.width, wish.width)) + u64::from(off(offer.height, wish.height))
    };
    offers.min_by_key(distance)
}

/// The fastest rate, or with a limit the slowest that reaches it.
fn rate(intervals: &[Interval], max_fps: u16) -> Option<Interval> {
    let sane = || {
        intervals
            .iter()
            .copied()
            .filter(|i| i.fps() > 0.0 && i.fps() <= HIGHEST_FPS)
    };
    let by_fps = |a: &Interval, b: &Interval| a.fps().total_cmp(&b.fps());
    // 29.97 reaches 30.
    let enough = |i: &Interval| i.fps() * 1.01 >= f32::from(max_fps);
    let limited = if max_fps == 0 {
        None
    } else {
        sane().filter(enough).min_by(by_fps)
    };
    limited.or_else(|| sane().max_by(by_fps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offer(format: PixelFormat, width: u32, height: u32, rates: &[u32]) -> Offer {
        let interval = |&fps: &u32| Interval {
            numerator: 1,
            denominator: fps,
        };
        Offer {
            format,
            width,
            height,
            intervals: rates.iter().map(interval).collect(),
        }
    }

    /// What an MS2109 lists.
    fn dongle() -> Vec<Offer> {
        use PixelFormat::{Mjpeg, Yuyv};
        vec![
            offer(Mjpeg, 1920, 1080, &[30, 25, 20, 10, 5]),
            offer(Mjpeg, 1280, 720, &[60, 50, 30, 20, 10]),
            offer(Mjpeg, 640, 480, &[60, 30]),
            offer(Yuyv, 1920, 1080, &[5]),
            offer(Yuyv, 1280, 720, &[10]),
            offer(Yuyv, 720, 480, &[60, 30]),
        ]
    }

    fn wish(width: u16, height: u16, max_fps: u16) -> CaptureWish {
        CaptureWish {
            width,
            height,
            max_fps,
        }
    }

    fn chosen(
        offers: &[Offer],
        wish: CaptureWish,
        prefer_mjpeg: bool,
    ) -> (PixelFormat, u32, u32, f32) {
        let choice = choose(offers, &wish, prefer_mjpeg).unwrap();
        (
            choice.format,
            choice.width,
            choice.height,
            choice.interval.map_or(0.0, Interval::fps),
        )
    }

    #[test]
    fn a_dongle_is_taken_at_full_hd_mjpeg() {
        assert_eq!(
            chosen(&dongle(), wish(0, 0, 0), true),
            (PixelFormat::Mjpeg, 1920, 1080, 30.0)
        );
    }

    #[test]
    fn a_wished_size_is_taken_or_the_nearest_to_it() {
        assert_eq!(
            chosen(&dongle(), wish(1280, 720, 0), true),
            (PixelFormat::Mjpeg, 1280, 720, 60.0)
        );
        assert_eq!(chosen(&dongle(), wish(1300, 700, 0), true).1, 1280);
        assert_eq!(chosen(&dongle(), wish(1, 1, 0), true).1, 640);
        assert_eq!(
            chosen(&dongle(), wish(0, 480, 0), true).1,
            640,
            "one side alone counts alone"
        );
    }

    #[test]
    fn a_rate_limit_takes_the_slowest_rate_that_reaches_it() {
        assert_eq!(chosen(&dongle(), wish(0, 0, 10), true).3, 10.0);
        assert_eq!(chosen(&dongle(), wish(0, 0, 12), true).3, 20.0);
        assert_eq!(chosen(&dongle(), wish(0, 0, 240), true).3, 30.0);
    }

    #[test]
    fn ntsc_thirty_reaches_thirty() {
        let ntsc = Interval {
            numerator: 1001,
            denominator: 30000,
        };
        let sixty = Interval {
            numerator: 1,
            denominator: 60,
        };
        assert_eq!(rate(&[ntsc, sixty], 30), Some(ntsc));
    }

    #[test]
    fn raw_pixels_are_taken_at_a_size_that_moves() {
        assert_eq!(
            chosen(&dongle(), wish(0, 0, 0), false),
            (PixelFormat::Yuyv, 720, 480, 60.0)
        );
        let slow = [
            offer(PixelFormat::Yuyv, 1920, 1080, &[5]),
            offer(PixelFormat::Yuyv, 1280, 720, &[10]),
        ];
        assert_eq!(
            chosen(&slow, wish(0, 0, 0), false).1,
            1920,
            "slow beats nothing"
        );
    }

    #[test]
    fn more_than_full_hd_is_taken_on_demand_only() {
        let large = [
            offer(PixelFormat::Mjpeg, 3840, 2160, &[30]),
            offer(PixelFormat::Mjpeg, 1920, 1080, &[30]),
        ];
        assert_eq!(chosen(&large, wish(0, 0, 0), true).1, 1920);
        assert_eq!(chosen(&large, wish(3840, 2160, 0), true).1, 3840);
        let huge = [
            offer(PixelFormat::Mjpeg, 3840, 2160, &[30]),
            offer(PixelFormat::Mjpeg, 2560, 1440, &[30]),
        ];
        assert_eq!(chosen(&huge, wish(0, 0, 0), true).1, 2560);
    }

    #[test]
    fn a_device_that_lists_no_rates_keeps_its_own() {
        let offers = [offer(PixelFormat::Uyvy, 1280, 720, &[])];
        assert_eq!(
            choose(&offers, &wish(0, 0, 10), false).unwrap().interval,
            None
        );
    }

    #[test]
    fn a_promise_of_more_than_sixty_is_not_believed() {
        assert_eq!(
            chosen(
                &[offer(PixelFormat::Mjpeg, 640, 480, &[120, 60])],
                wish(0, 0, 0),
                true
            )
            .3,
            60.0
        );
    }

    #[test]
    fn nothing_offered_is_nothing_chosen() {
        assert_eq!(choose(&[], &wish(0, 0, 0), true), None);
    }

    proptest! {
        #[test]
        fn whatever_is_listed_the_choice_is_from_the_list(
            sizes in prop::collection::vec((any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()), 1..8),
            (width, height, max_fps) in any::<(u16, u16, u16)>(),
            prefer_mjpeg in any::<bool>(),
        ) {
            let offers: Vec<Offer> = sizes.iter().map(|&(width, height, numerator, denominator)| Offer {
                format: if numerator % 2 == 0 { PixelFormat::Mjpeg } else { PixelFormat::Nv12 },
                width, height, intervals: vec![Interval { numerator, denominator }],
            }).collect();
            let choice = choose(&offers, &wish(width, height, max_fps), prefer_mjpeg).unwrap();
            prop_assert!(offers.iter().any(|o| (o.format, o.width, o.height) == (choice.format, choice.width, choice.height)));
        }
    }
}
