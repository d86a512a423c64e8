//! The hardware watchdog: resets the machine when init, and with it everything, hangs.
//!
//! It keeps running through a shutdown on purpose, so that a shutdown that hangs ends too.

use std::fs::{self, File};
use std::io::Write as _;
use std::time::Duration;

const SHORTEST: Duration = Duration::from_secs(1);
const DEFAULT_LIMIT: u64 = 15;

pub(super) struct Watchdog {
    device: File,
    every: Duration,
    next: Duration,
}

impl Watchdog {
    /// Opens, and so arms, the first one; `None` when there is none.
    pub(super) fn open() -> Option<Watchdog> {
        let device = File::options().write(true).open("/dev/watchdog0").ok()?;
        let limit = fs::read_to_string("/sys/class/watchdog/watchdog0/timeout").unwrap_or_default();
        Some(Watchdog {
            device,
            every: interval(&limit),
            next: Duration::ZERO,
        })
    }

    /// Pets it when it is time; says how long until the next time.
    pub(super) fn pet(&mut self, now: Duration) -> Duration {
        if self.next <= now {
            // Any byte but 'V' (which would disarm it). A failure shows itself as a reset.
            let _ = self.device.write_all(b"1");
            self.next = now + self.every;
        }
        self.next - now
    }
}

/// A third of the limit, so that one late turn is no reset.
fn interval(limit: &str) -> Duration {
    let seconds = limit.trim().parse().unwrap_or(DEFAULT_LIMIT);
    (Duration::from_secs(seconds) / 3).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_petted_three_times_within_its_limit() {
        assert_eq!(interval("15\n"), Duration::from_secs(5));
        assert_eq!(interval(""), Duration::from_secs(5));
        assert_eq!(interval("0\n"), SHORTEST);
    }

    #[test]
    fn it_is_petted_when_it_is_time_and_not_before() {
        let device = File::options()
            .write(true)
            .open("/dev/null")
            .expect("/dev/null");
        let mut watchdog = Watchdog {
            device,
            every: Duration::from_secs(5),
            next: Duration::ZERO,
        };
        assert_eq!(
            watchdog.pet(Duration::from_secs(100)),
            Duration::from_secs(5)
        );
        assert_eq!(
            watchdog.pet(Duration::from_secs(102)),
            Duration::from_secs(3)
        );
        assert_eq!(
            watchdog.pet(Duration::from_secs(105)),
            Duration::from_secs(5)
        );
    }
}
