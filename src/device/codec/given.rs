//! Which picture a unit shows: a driver copies the stamp of what went in to what comes out. Pure.

use std::collections::VecDeque;
use std::time::Duration;

/// More than a driver has buffers for.
const MOST: usize = 16;

/// Pictures that the driver has.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Microseconds, and what it shows.
    pictures: VecDeque<(u64, u64)>,
    last: u64,
}

impl Given {
    /// The stamp for a picture of this time: no two are the same, and each is later than those before it.
    pub(super) fn stamp(&mut self, captured: Duration, content: u64) -> u64 {
        let captured = u64::try_from(captured.as_micros()).unwrap_or(0);
        self.last = captured.max(self.last + 1);
        self.pictures.push_back((self.last, content));
        if self.pictures.len() > MOST {
            self.pictures.pop_front();
        }
        self.last
    }

    /// What the unit with this stamp shows; those before it are not waited for any more.
    pub(super) fn came(&mut self, stamp: u64) -> Option<u64> {
        let at = self
            .pictures
            .iter()
            .position(|(given, _)| *given == stamp)?;
        self.pictures
            .drain(..=at)
            .next_back()
            .map(|(_, content)| content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_shows_the_picture_that_went_in_with_its_stamp() {
        let mut given = Given::default();
        let first = given.stamp(Duration::from_micros(500), 7);
        let second = given.stamp(Duration::from_micros(900), 8);
        assert_eq!((first, second), (500, 900));
        assert_eq!(given.came(first), Some(7));
        assert_eq!(given.came(second), Some(8));
        assert_eq!(given.came(second), None);
    }

    #[test]
    fn the_same_picture_again_has_a_stamp_of_its_own() {
        let mut given = Given::default();
        let stamps = [0, 1, 0].map(|_| given.stamp(Duration::from_micros(500), 7));
        assert_eq!(stamps, [500, 501, 502]);
        assert_eq!(given.came(501), Some(7));
        assert_eq!(given.came(500), None, "it was passed over");
    }

    #[test]
    fn a_driver_that_gives_nothing_back_makes_nothing_grow() {
        let mut given = Given::default();
        for content in 0..1000 {
            given.stamp(Duration::ZERO, content);
        }
        assert_eq!(given.pictures.len(), MOST);
    }
}
