//! Where the target's screen lies in the picture, for targets and capture devices that cut its edge off or leave one
//! (overscan). Pure; the settings hold one, the console's desk applies it to the absolute pointer.

use super::event::{Event, MAX_POSITION};

/// The target's screen in the picture, in thousandths of the picture.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(default, deny_unknown_fields)]
pub struct Alignment {
    /// How far its middle is from the picture's, positive = to the right.
    pub offset_x: i16,
    /// Positive = down.
    pub offset_y: i16,
    /// 1000 = as wide as the picture; more = its edges are cut off, less = they have borders.
    pub scale_x: i16,
    pub scale_y: i16,
}

impl Default for Alignment {
    fn default() -> Self {
        Alignment {
            offset_x: 0,
            offset_y: 0,
            scale_x: 1000,
            scale_y: 1000,
        }
    }
}

impl Alignment {
    /// The event with a place on the picture turned into the place on the target's screen. What is beside the screen
    /// goes to its nearest edge.
    #[must_use]
    pub fn apply(&self, event: Event) -> Event {
        match event {
            Event::MoveTo { x, y } => Event::MoveTo {
                x: along(x, self.offset_x, self.scale_x),
                y: along(y, self.offset_y, self.scale_y),
            },
            other => other,
        }
    }
}

/// One axis. Twice the distance from the middle, so that the middle needs no half.
fn along(place: u16, offset: i16, scale: i16) -> u16 {
    let (most, scale) = (i64::from(MAX_POSITION), i64::from(scale.max(1)));
    let from_middle = (2 * i64::from(place) - most) * 1000 - 2 * i64::from(offset) * most;
    // Rounded once, at the end: both halves are positive after the shift by `most`.
    let target = (from_middle + most * scale).max(0) + scale;
    u16::try_from((target / (2 * scale)).min(most)).unwrap_or(MAX_POSITION)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moved(alignment: Alignment, x: u16, y: u16) -> (u16, u16) {
        match alignment.apply(Event::MoveTo { x, y }) {
            Event::MoveTo { x, y } => (x, y),
            other => panic!("{other:?} is no place"),
        }
    }

    proptest! {
        #[test]
        fn without_an_alignment_every_place_is_itself(x in 0..=MAX_POSITION, y in 0..=MAX_POSITION) {
            prop_assert_eq!(moved(Alignment::default(), x, y), (x, y));
        }

        #[test]
        fn every_place_stays_on_the_screen_and_in_order(
            offset: i16, scale: i16, a in 0..=MAX_POSITION, b in 0..=MAX_POSITION,
        ) {
            let (low, high) = (along(a.min(b), offset, scale), along(a.max(b), offset, scale));
            prop_assert!(low <= high && high <= MAX_POSITION);
        }
    }

    #[test]
    fn the_edges_of_a_screen_with_borders_are_its_ends() {
        // The screen is 90 % of the picture, its middle 2 % to the right: from 7 % to 97 %.
        let alignment = Alignment {
            offset_x: 20,
            scale_x: 900,
            ..Alignment::default()
        };
        let at = |part: f64| (part * f64::from(MAX_POSITION)).round() as u16;
        assert_eq!(moved(alignment, at(0.07), 9).0, 0);
        assert_eq!(moved(alignment, at(0.52), 9), (at(0.5), 9));
        assert_eq!(moved(alignment, at(0.97), 9).0, MAX_POSITION);
        assert_eq!(moved(alignment, 0, 9).0, 0, "beside it, its edge");
        assert_eq!(moved(alignment, MAX_POSITION, 9).0, MAX_POSITION);
    }

    #[test]
    fn a_screen_whose_edges_are_cut_off_is_not_reached_at_its_ends() {
        let alignment = Alignment {
            scale_y: 1250,
            ..Alignment::default()
        };
        let (_, top) = moved(alignment, 0, 0);
        assert_eq!(top, (0.1 * f64::from(MAX_POSITION)).round() as u16);
    }

    #[test]
    fn only_places_are_aligned() {
        let alignment = Alignment {
            scale_x: 800,
            ..Alignment::default()
        };
        let by = Event::MoveBy { dx: 9, dy: -9 };
        assert_eq!(alignment.apply(by), by);
    }
}
