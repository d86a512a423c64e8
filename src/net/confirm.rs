//! Confirm or revert: a change that loses the browser is undone by itself. Pure.
//!
//! ```text
//!           change              confirm: written to the file
//! Settled ─────────▶ Trial ──────────────────────────────────▶ Settled
//!    ▲                 │
//!    └─────────────────┘ revert, or 60 s without a word
//! ```

use std::time::Duration;

use crate::settings::{NetworkSettings, Settings, TimeSettings};

/// How long a browser has to find its way back.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that is changed together: how the appliance is called, reached, and told the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub name: String,
    pub network: NetworkSettings,
    pub time: TimeSettings,
}

impl Wish {
    #[must_use]
    pub fn of(settings: &Settings) -> Wish {
        Wish {
            name: settings.device.name.clone(),
            network: settings.network.clone(),
            time: settings.time.clone(),
        }
    }

    /// Edits the settings; does not write to disk.
    pub fn put_into(self, settings: &mut Settings) {
        settings.device.name = self.name;
        settings.network = self.network;
        settings.time = self.time;
    }
}

/// Whether something is on trial.
#[derive(Default)]
pub(super) struct Confirm(Option<Trial>);

struct Trial {
    wish: Wish,
    until: Duration,
}

impl Confirm {
    /// Begins a trial; `false` when one is under way.
    pub(super) fn begin(&mut self, wish: Wish, now: Duration) -> bool {
        if self.0.is_some() {
            return false;
        }
        self.0 = Some(Trial {
            wish,
            until: now + PATIENCE,
        });
        true
    }

    pub(super) fn wish(&self) -> Option<&Wish> {
        self.0.as_ref().map(|trial| &trial.wish)
    }

    /// When the trial ends by itself.
    pub(super) fn until(&self) -> Option<Duration> {
        self.0.as_ref().map(|trial| trial.until)
    }

    /// Ends the trial; its wish, to be written or forgotten.
    pub(super) fn end(&mut self) -> Option<Wish> {
        self.0.take().map(|trial| trial.wish)
    }

    /// Whether nobody confirmed in time; the trial is over then.
    pub(super) fn expire(&mut self, now: Duration) -> bool {
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

    fn wish(name: &str) -> Wish {
        Wish {
            name: name.to_owned(),
            ..Wish::of(&Settings::default())
        }
    }

    #[test]
    fn a_change_that_nobody_confirms_ends_after_a_minute() {
        let mut confirm = Confirm::default();
        assert!(confirm.begin(wish("attic"), Duration::from_secs(5)));
        assert!(!confirm.expire(Duration::from_millis(64_999)));
        assert_eq!(confirm.wish(), Some(&wish("attic")));
        assert!(confirm.expire(Duration::from_secs(65)));
        assert_eq!(confirm.wish(), None);
        assert!(!confirm.expire(Duration::from_secs(66)), "once");
    }

    #[test]
    fn one_change_is_on_trial_at_a_time() {
        let mut confirm = Confirm::default();
        assert!(confirm.begin(wish("attic"), Duration::ZERO));
        assert!(!confirm.begin(wish("cellar"), Duration::ZERO));
        assert_eq!(confirm.end(), Some(wish("attic")));
        assert_eq!(confirm.end(), None);
        assert!(confirm.begin(wish("cellar"), Duration::ZERO));
    }

    #[test]
    fn a_wish_is_what_it_was_made_of() {
        let mut settings = Settings::default();
        let mut other = wish("attic");
        other.network.ipv6 = false;
        other.clone().put_into(&mut settings);
        assert_eq!(Wish::of(&settings), other);
    }
}
