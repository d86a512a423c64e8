//! The target's side of a keyboard: keys held, lock lights, key repeat. Pure; `computer` feeds it
//! edges and time, and acts on the presses that come out.

use std::time::Duration;

use super::keys::{self, Modifiers};
use crate::hid::Leds;

/// The usual typematic delay and rate of a PC.
pub(super) const REPEAT_DELAY: Duration = Duration::from_millis(500);
pub(super) const REPEAT_PERIOD: Duration = Duration::from_millis(33);

#[derive(Debug, Default)]
pub(super) struct Keyboard {
    /// In the order in which they went down.
    pub(super) held: Vec<u8>,
    /// What repeats, and when it does next.
    repeat: Option<(u8, Duration)>,
    pub(super) leds: Leds,
    /// The last key combination, as people write it.
    pub(super) combination: String,
}

impl Keyboard {
    /// One as firmware leaves it: with Num Lock lit.
    pub(super) fn new() -> Keyboard {
        let leds = Leds {
            num: true,
            ..Leds::default()
        };
        Keyboard {
            leds,
            ..Keyboard::default()
        }
    }

    /// A key goes down; true unless it only switches a light.
    pub(super) fn down(&mut self, usage: u8, now: Duration) -> bool {
        self.held.push(usage);
        self.combination = keys::combination(usage, self.modifiers());
        if keys::repeats(usage) {
            self.repeat = Some((usage, now + REPEAT_DELAY));
        }
        let light = match usage {
            keys::CAPS_LOCK => &mut self.leds.caps,
            keys::NUM_LOCK => &mut self.leds.num,
            keys::SCROLL_LOCK => &mut self.leds.scroll,
            _ => return true,
        };
        *light = !*light;
        false
    }

    pub(super) fn up(&mut self, usage: u8) {
        self.held.retain(|held| *held != usage);
        if self.repeat.is_some_and(|(repeating, _)| repeating == usage) {
            self.repeat = None;
        }
    }

    pub(super) fn modifiers(&self) -> Modifiers {
        let held = self.held.iter();
        let bits = held.filter(|usage| keys::MODIFIERS.contains(usage));
        Modifiers(bits.fold(0, |bits, usage| {
            bits | 1 << (usage - keys::MODIFIERS.start())
        }))
    }

    /// When the held key is pressed again by itself.
    pub(super) fn repeats_at(&self) -> Option<Duration> {
        self.repeat.map(|(_, at)| at)
    }

    /// The key that repeats now; it does so again a period after `from`.
    pub(super) fn repeat(&mut self, from: Duration) -> Option<u8> {
        let (usage, at) = self.repeat.as_mut()?;
        *at = from + REPEAT_PERIOD;
        Some(*usage)
    }

    pub(super) fn let_go(&mut self) {
        self.held.clear();
        self.repeat = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_key_repeats_and_an_older_one_does_not_take_over_again() {
        let mut keyboard = Keyboard::new();
        keyboard.down(4, Duration::ZERO);
        keyboard.down(5, Duration::from_millis(100));
        assert_eq!(
            keyboard.repeats_at(),
            Some(Duration::from_millis(100) + REPEAT_DELAY)
        );
        assert_eq!(keyboard.repeat(Duration::from_secs(1)), Some(5));
        keyboard.up(4);
        assert!(keyboard.repeats_at().is_some());
        keyboard.up(5);
        assert_eq!(keyboard.repeats_at(), None);
    }

    #[test]
    fn a_lock_key_switches_its_light_and_nothing_else() {
        let mut keyboard = Keyboard::new();
        assert!(!keyboard.down(keys::SCROLL_LOCK, Duration::ZERO));
        assert!(keyboard.leds.scroll && keyboard.leds.num && !keyboard.leds.caps);
        assert_eq!(keyboard.repeats_at(), None);
    }
}
