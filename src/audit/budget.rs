//! How many refusals are recorded one by one: nobody can push everything else out of the log by
//! being refused. Pure.

use std::time::{Duration, Instant};

/// At once.
const BURST: u64 = 30;
/// One more after this: a week of refusals does not fill the log.
const EACH: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
    /// Up to when what has grown back is counted.
    counted: Instant,
    passed_over: u64,
}

impl Budget {
    pub(super) fn new(now: Instant) -> Budget {
        Budget {
            left: BURST,
            counted: now,
            passed_over: 0,
        }
    }

    /// Room for one, and how many were passed over since the last; or nothing.
    pub(super) fn take(&mut self, now: Instant) -> Option<u64> {
        let grown = now.saturating_duration_since(self.counted).as_secs() / EACH.as_secs();
        if grown > 0 {
            self.left = self.left.saturating_add(grown).min(BURST);
            self.counted = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Some(std::mem::take(&mut self.passed_over))
            }
            None => {
                self.passed_over += 1;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_instead_of_listed() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let listed = (0..1000).filter(|_| budget.take(start).is_some()).count();
        assert_eq!(listed as u64, BURST);
        let later = start + EACH;
        assert_eq!(budget.take(later), Some(1000 - BURST));
        assert_eq!(budget.take(later), None);
        let much_later = later + EACH * 10_000;
        let listed = (0..1000).filter(|_| budget.take(much_later).is_some());
        assert_eq!(listed.count() as u64, BURST);
    }
}
