//! Holds a source down to the frame rate that the settings allow.
//!
//! Pure; asked once a frame, with its capture time.

use std::time::Duration;

/// When the next frame is due.
#[derive(Debug, Default)]
pub(super) struct Pace {
    due: Duration,
}

impl Pace {
    /// Whether a frame captured then may be shown. On average never more than `max_fps` are;
    /// 0 means all.
    pub(super) fn admits(&mut self, captured: Duration, max_fps: u16) -> bool {
        if max_fps == 0 {
            return true;
        }
        let period = Duration::from_secs(1) / u32::from(max_fps);
        // Frames of a source of just this rate jitter: one that is a little early is let through.
        if captured + period / 4 < self.due && self.due <= captured + period * 2 {
            return false;
        }
        let behind = captured > self.due + period || self.due > captured + period * 2;
        self.due = if behind {
            captured + period
        } else {
            self.due + period
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(max_fps: u16, interval_us: u64, jitter_us: &[u64]) -> usize {
        let mut pace = Pace::default();
        let start = 5_000_000;
        let count = 10_000_000 / interval_us;
        let at = |i: u64| start + i * interval_us + jitter_us[i as usize % jitter_us.len()];
        (0..count)
            .filter(|&i| pace.admits(Duration::from_micros(at(i)), max_fps))
            .count()
    }

    #[test]
    fn zero_means_every_frame() {
        assert_eq!(admitted(0, 16_666, &[0]), 600);
    }

    #[test]
    fn a_faster_source_is_held_down_to_the_limit() {
        for (max_fps, expected) in [(10, 100), (24, 240), (25, 250), (1, 10), (50, 500)] {
            let got = admitted(max_fps, 16_666, &[0]) as i64;
            assert!(
                (got - expected).abs() <= 1,
                "{got} frames in 10 s at {max_fps}"
            );
        }
    }

    #[test]
    fn a_source_of_the_same_rate_loses_nothing_to_its_jitter() {
        assert_eq!(
            admitted(30, 33_334, &[0, 5_000, 1_000, 7_000, 0, 3_000]),
            299
        );
    }

    #[test]
    fn after_a_pause_there_is_no_burst() {
        let mut pace = Pace::default();
        assert!(pace.admits(Duration::from_secs(1), 10));
        let late = Duration::from_secs(60);
        let burst = (0..10)
            .filter(|i| pace.admits(late + Duration::from_millis(i * 10), 10))
            .count();
        assert_eq!(burst, 2, "one at once and one when it is due");
    }

    #[test]
    fn a_source_whose_clock_jumps_back_is_not_silenced() {
        let mut pace = Pace::default();
        assert!(pace.admits(Duration::from_secs(1000), 10));
        assert!(pace.admits(Duration::from_secs(1), 10));
    }
}
