//! Another size of the picture, on trial: the source is asked for it at once, no file has it until somebody keeps it, and
//! it is undone when its time is over: a target or a dongle may show nothing in it, and whoever chose it may be gone.
//!
//! `web` begins and ends it by way of [`Stream`](super::Stream); the capture thread looks and lets it expire.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::settings::OnTrial;

/// How long somebody has to say that they see it.
pub const TRIAL: Duration = Duration::from_secs(15);

/// In pixels; 0 = the source's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u16,
    pub height: u16,
}

/// A size that is on trial, and how long still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeOnTrial {
    pub size: Size,
    pub left: Duration,
}

/// Held for single steps only; protects nothing else.
#[derive(Debug, Default)]
pub(super) struct SizeTrial(Mutex<OnTrial<Size>>);

impl SizeTrial {
    /// In place of what may be on trial already: both lead back to what is kept.
    pub(super) fn begin(&self, size: Size, now: Duration) {
        let mut trial = self.lock();
        trial.end();
        trial.begin(size, now + TRIAL);
    }

    pub(super) fn end(&self) -> Option<Size> {
        self.lock().end()
    }

    pub(super) fn shown(&self, now: Duration) -> Option<SizeOnTrial> {
        let trial = self.lock();
        let left = trial.until()?.checked_sub(now)?;
        trial.wish().map(|size| SizeOnTrial { size: *size, left })
    }

    /// What the source is to be asked for in place of what is kept.
    pub(super) fn look(&self, now: Duration) -> Option<Size> {
        let mut trial = self.lock();
        if trial.expire(now) {
            log::warn!("nobody kept the new size of the picture: undone");
        }
        trial.wish().copied()
    }

    fn lock(&self) -> MutexGuard<'_, OnTrial<Size>> {
        // Every step leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);
    const SMALL: Size = Size {
        width: 640,
        height: 480,
    };
    const LARGE: Size = Size {
        width: 1920,
        height: 1080,
    };

    #[test]
    fn a_size_that_nobody_keeps_is_undone_after_its_time() {
        let trial = SizeTrial::default();
        trial.begin(SMALL, NOW);
        let almost = NOW + TRIAL - Duration::from_millis(1);
        assert_eq!(trial.look(almost), Some(SMALL));
        let left = Duration::from_millis(1);
        assert_eq!(trial.shown(almost), Some(SizeOnTrial { size: SMALL, left }));
        assert_eq!(trial.look(NOW + TRIAL), None);
        assert_eq!(trial.shown(NOW + TRIAL), None);
        assert_eq!(trial.end(), None);
    }

    #[test]
    fn a_second_choice_has_all_of_its_own_time() {
        let trial = SizeTrial::default();
        trial.begin(SMALL, NOW);
        trial.begin(LARGE, NOW + TRIAL - Duration::from_secs(1));
        assert_eq!(trial.look(NOW + TRIAL), Some(LARGE));
        assert_eq!(trial.end(), Some(LARGE));
        assert_eq!(trial.look(NOW + TRIAL), None);
    }
}
