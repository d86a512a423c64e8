//! A change that is tried out: in force, kept when somebody says so, else undone when its time is over. Pure.
//!
//! ```text
//!           begin               end, by who keeps it: written to the file
//! Settled ────────▶ on trial ─────────────────────────────────────────────▶ Settled
//!    ▲                 │
//!    └─────────────────┘ end, by who takes it back; or nobody said a word in time
//! ```
//!
//! The trial is the appliance's: what is on trial is in no file, and whoever began it may be gone.

use std::time::Duration;

/// Nothing is on trial.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no change is waiting to be confirmed")]
pub struct NotPending;

/// Whether something is on trial. Times are of one clock, whichever.
#[derive(Debug)]
pub struct OnTrial<W>(Option<Trial<W>>);

#[derive(Debug)]
struct Trial<W> {
    wish: W,
    until: Duration,
}

impl<W> Default for OnTrial<W> {
    fn default() -> Self {
        OnTrial(None)
    }
}

impl<W> OnTrial<W> {
    /// Begins a trial that ends by itself at `until`; `false` when one is under way.
    pub fn begin(&mut self, wish: W, until: Duration) -> bool {
        if self.0.is_some() {
            return false;
        }
        self.0 = Some(Trial { wish, until });
        true
    }

    #[must_use]
    pub fn wish(&self) -> Option<&W> {
        self.0.as_ref().map(|trial| &trial.wish)
    }

    /// When the trial ends by itself.
    #[must_use]
    pub fn until(&self) -> Option<Duration> {
        self.0.as_ref().map(|trial| trial.until)
    }

    /// Ends the trial; its wish, to be written or forgotten.
    pub fn end(&mut self) -> Option<W> {
        self.0.take().map(|trial| trial.wish)
    }

    /// Whether nobody said a word in time; the trial is over then.
    pub fn expire(&mut self, now: Duration) -> bool {
        let over = self.until().is_some_and(|until| now >= until);
        if over {
            self.0 = None;
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Duration = Duration::from_secs(65);

    #[test]
    fn a_change_of_which_nobody_says_a_word_ends_in_time() {
        let mut trial = OnTrial::default();
        assert!(trial.begin("attic", END));
        assert!(!trial.expire(END - Duration::from_millis(1)));
        assert_eq!(trial.wish(), Some(&"attic"));
        assert!(trial.expire(END));
        assert_eq!(trial.wish(), None);
        assert!(!trial.expire(END + Duration::from_secs(1)), "once");
    }

    #[test]
    fn one_change_is_on_trial_at_a_time() {
        let mut trial = OnTrial::default();
        assert!(trial.begin("attic", END));
        assert!(!trial.begin("cellar", END));
        assert_eq!(trial.end(), Some("attic"));
        assert_eq!(trial.end(), None);
        assert!(trial.begin("cellar", END));
    }
}
