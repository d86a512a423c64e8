//! Which H.264 pictures a viewer is sent: all from a key on, unless it is not done with the last ones; then none until the
//! next key. Pure.

use std::collections::VecDeque;
use std::time::Instant;

use super::flow::PATIENCE;
use crate::video::Frame;

/// Pictures that may be on their way: a decoder has one, the network has another.
const WINDOW: usize = 3;

#[derive(Default)]
pub(crate) struct Units {
    /// The viewer has all since a key.
    begun: bool,
    /// Sent and not acknowledged.
    sent: VecDeque<(u32, Instant)>,
}

impl Units {
    /// Whether this one is sent now.
    pub(crate) fn take(&mut self, unit: &Frame, now: Instant) -> bool {
        self.begun = (self.begun || unit.alone) && self.sent.len() < WINDOW;
        if self.begun {
            self.sent.push_back((unit.id, now));
        }
        self.begun
    }

    /// Some were not even seen here.
    pub(crate) fn missed(&mut self) {
        self.begun = false;
    }

    /// It waits for a key, and could take one.
    pub(crate) fn wants_key(&self) -> bool {
        !self.begun && self.sent.len() < WINDOW
    }

    /// The viewer has painted or dropped this one, and those before it.
    pub(crate) fn acknowledge(&mut self, id: u32) {
        if let Some(at) = self.sent.iter().position(|(sent, _)| *sent == id) {
            self.sent.drain(..=at);
        }
    }

    /// When the viewer is given up.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.sent.front().map(|(_, sent)| *sent + PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::video::Codec;

    fn unit(id: u32, alone: bool) -> Frame {
        Frame {
            codec: Codec::H264,
            alone,
            ..Frame::drawn(id, 0)
        }
    }

    fn sent(units: &mut Units, id: u32, alone: bool) -> bool {
        units.take(&unit(id, alone), Instant::now())
    }

    #[test]
    fn a_viewer_begins_with_a_key_and_gets_all_that_follow() {
        let mut units = Units::default();
        assert!(units.wants_key());
        assert!(!sent(&mut units, 1, false));
        assert!(sent(&mut units, 2, true));
        assert!(sent(&mut units, 3, false));
        assert!(!units.wants_key());
    }

    #[test]
    fn a_slow_viewer_gets_nothing_until_it_can_take_a_key() {
        let mut units = Units::default();
        assert!(sent(&mut units, 1, true));
        assert!(sent(&mut units, 2, false) && sent(&mut units, 3, false));
        assert!(!sent(&mut units, 4, false) && !units.wants_key());
        units.acknowledge(2);
        assert!(units.wants_key());
        assert!(!sent(&mut units, 5, false));
        assert!(sent(&mut units, 6, true));
    }

    #[test]
    fn what_was_missed_ends_the_row() {
        let mut units = Units::default();
        assert!(sent(&mut units, 1, true));
        units.missed();
        assert!(units.wants_key() && !sent(&mut units, 3, false));
    }

    #[test]
    fn the_oldest_that_is_not_acknowledged_has_the_deadline() {
        let (mut units, now) = (Units::default(), Instant::now());
        assert_eq!(units.deadline(), None);
        units.take(&unit(1, true), now);
        units.take(&unit(2, false), now + Duration::from_secs(1));
        assert_eq!(units.deadline(), Some(now + PATIENCE));
        units.acknowledge(1);
        assert_eq!(
            units.deadline(),
            Some(now + Duration::from_secs(1) + PATIENCE)
        );
        units.acknowledge(9);
        units.acknowledge(2);
        assert_eq!(units.deadline(), None);
    }
}
