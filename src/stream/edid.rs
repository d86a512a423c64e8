//! When the capture device is told its EDID. Pure; the capture thread asks, and does it.
//!
//! Before a start, because a device that was plugged in anew has forgotten it, and now and then while nobody watches:
//! the target may be switched on meanwhile. A device that cannot be told anything is left alone until somebody watches.

use std::time::Duration;

use crate::video::edid::{EdidState, EdidWish};

/// Starts are tried four times a second; a bridge's answer takes it some milliseconds.
const AT_STARTS: Duration = Duration::from_secs(1);
const AT_REST: Duration = Duration::from_secs(10);

/// What was told last, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EdidTold {
    pub wish: EdidWish,
    pub state: EdidState,
}

#[derive(Debug, Default)]
pub(super) struct Telling {
    pub(super) wish: EdidWish,
    last: Option<(Duration, EdidState)>,
}

impl Telling {
    pub(super) fn wishing(wish: EdidWish) -> Telling {
        Telling { wish, last: None }
    }

    /// Whether this is another wish than before.
    pub(super) fn wishes(&mut self, wish: &EdidWish) -> bool {
        let is_new = self.wish != *wish;
        if is_new {
            self.wish = wish.clone();
            self.last = None;
        }
        is_new
    }

    pub(super) fn is_due(&self, now: Duration, at_rest: bool) -> bool {
        match &self.last {
            None => true,
            Some((_, EdidState::Fixed)) if at_rest => false,
            Some((at, _)) => now >= *at + if at_rest { AT_REST } else { AT_STARTS },
        }
    }

    pub(super) fn told(&mut self, now: Duration, state: EdidState) -> EdidTold {
        self.last = Some((now, state.clone()));
        EdidTold {
            wish: self.wish.clone(),
            state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::edid::Offer;

    const NOW: Duration = Duration::from_secs(100);

    #[test]
    fn a_new_wish_is_told_at_once_and_an_old_one_only_after_a_while() {
        let mut telling = Telling::default();
        assert!(telling.is_due(NOW, true), "when the appliance starts");
        telling.told(NOW, EdidState::NoDevice);
        assert!(!telling.is_due(NOW, true) && !telling.is_due(NOW, false));
        assert!(telling.is_due(NOW + AT_STARTS, false) && !telling.is_due(NOW + AT_STARTS, true));
        assert!(telling.is_due(NOW + AT_REST, true));
        assert!(!telling.wishes(&EdidWish::Default));
        assert!(telling.wishes(&EdidWish::Offered(Offer::Hd60)));
        assert!(telling.is_due(NOW, true));
    }

    #[test]
    fn a_dongle_that_cannot_be_told_anything_is_left_alone_while_nobody_watches() {
        let mut telling = Telling::default();
        telling.told(NOW, EdidState::Fixed);
        assert!(!telling.is_due(NOW + AT_REST * 100, true));
        assert!(
            telling.is_due(NOW + AT_STARTS, false),
            "it may be another by now"
        );
    }
}
