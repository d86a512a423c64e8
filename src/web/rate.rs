//! A token bucket: how many messages a socket may send. Pure.

use std::time::Instant;

/// Allows `per_second` on average and `burst` at once: what a stalled network held back arrives
/// together.
pub(crate) struct Rate {
    per_second: f64,
    burst: f64,
    left: f64,
    last: Instant,
}

impl Rate {
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst);
        Rate {
            per_second: per_second.into(),
            burst,
            left: burst,
            last: now,
        }
    }

    /// Whether one more is allowed.
    pub(crate) fn allows(&mut self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.last).as_secs_f64();
        self.last = now;
        self.left = (self.left + elapsed * self.per_second).min(self.burst) - 1.0;
        if self.left < 0.0 {
            self.left = 0.0;
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// How many of `count` evenly spread in a second are allowed before the first refusal.
    fn allowed(per_second: u32, seconds: u32) -> u32 {
        let start = Instant::now();
        let mut rate = Rate::new(4000, 2000, start);
        let gap = Duration::from_secs(1) / per_second;
        let all = per_second * seconds;
        (0..all)
            .find(|n| !rate.allows(start + gap * *n))
            .unwrap_or(all)
    }

    #[test]
    fn a_thousand_a_second_pass_for_ever() {
        assert_eq!(allowed(1000, 60), 60_000);
    }

    #[test]
    fn ten_thousand_a_second_are_refused_within_a_second() {
        assert!(allowed(10_000, 1) < 5_000);
    }

    #[test]
    fn a_second_that_was_held_back_passes_at_once() {
        let now = Instant::now();
        let mut rate = Rate::new(4000, 2000, now);
        assert!((0..1000).all(|_| rate.allows(now)));
    }
}
