//! The boot-protocol keyboard: its report descriptor and its encoder.
//!
//! Firmware that knows nothing of descriptors must understand it, so the report is that of
//! HID 1.11, appendix B.1: modifiers, a reserved byte, six keys. Pure; `hid::Devices` owns one.

use std::ops::RangeInclusive;

/// Bytes in an input report.
pub const REPORT_LENGTH: usize = 8;
const SLOTS: usize = 6;
const MODIFIERS: RangeInclusive<u8> = 0xE0..=0xE7;
const KEYS: RangeInclusive<u8> = 0x04..=0xDD;
/// More keys are held than a report has room for (HID Usage Tables, chapter 10).
const ERROR_ROLL_OVER: u8 = 0x01;

/// Appendix B.1, with the key array up to usage 0xDD and its maximum written in two bytes,
/// because one byte of 0xDD would be a negative number.
pub const DESCRIPTOR: &[u8] = &[
    0x05, 0x01, // Usage Page (Generic Desktop)
    0x09, 0x06, // Usage (Keyboard)
    0xA1, 0x01, // Collection (Application)
    0x05, 0x07, //   Usage Page (Keyboard/Keypad)
    0x19, 0xE0, //   Usage Minimum (Left Control)
    0x29, 0xE7, //   Usage Maximum (Right GUI)
    0x15, 0x00, //   Logical Minimum (0)
    0x25, 0x01, //   Logical Maximum (1)
    0x75, 0x01, //   Report Size (1)
    0x95, 0x08, //   Report Count (8)
    0x81, 0x02, //   Input (Data, Variable, Absolute): modifiers
    0x95, 0x01, //   Report Count (1)
    0x75, 0x08, //   Report Size (8)
    0x81, 0x01, //   Input (Constant): reserved
    0x95, 0x05, //   Report Count (5)
    0x75, 0x01, //   Report Size (1)
    0x05, 0x08, //   Usage Page (LEDs)
    0x19, 0x01, //   Usage Minimum (Num Lock)
    0x29, 0x05, //   Usage Maximum (Kana)
    0x91, 0x02, //   Output (Data, Variable, Absolute): lights
    0x95, 0x01, //   Report Count (1)
    0x75, 0x03, //   Report Size (3)
    0x91, 0x01, //   Output (Constant): padding
    0x95, 0x06, //   Report Count (6)
    0x75, 0x08, //   Report Size (8)
    0x15, 0x00, //   Logical Minimum (0)
    0x26, 0xDD, 0x00, // Logical Maximum (221)
    0x05, 0x07, //   Usage Page (Keyboard/Keypad)
    0x19, 0x00, //   Usage Minimum (0)
    0x29, 0xDD, //   Usage Maximum (Keypad Hexadecimal)
    0x81, 0x00, //   Input (Data, Array): keys
    0xC0, // End Collection
];

/// What the target is told: modifiers and up to six keys, or roll-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keys {
    modifiers: u8,
    slots: [u8; SLOTS],
}

impl Keys {
    pub const RELEASED: Keys = Keys {
        modifiers: 0,
        slots: [0; SLOTS],
    };

    #[must_use]
    pub fn report(&self) -> [u8; REPORT_LENGTH] {
        let [a, b, c, d, e, f] = self.slots;
        [self.modifiers, 0, a, b, c, d, e, f]
    }
}

/// Which keys the operator holds.
#[derive(Debug, Clone, Default)]
pub struct Keyboard {
    modifiers: u8,
    /// In the order in which they went down; at most one entry for each usage.
    held: Vec<u8>,
}

impl Keyboard {
    /// Applies one key edge; `None` when the target would see no difference. Usages that a
    /// boot keyboard does not have change nothing.
    pub fn apply(&mut self, usage: u8, down: bool) -> Option<Keys> {
        let before = self.keys();
        if MODIFIERS.contains(&usage) {
            let bit = 1 << (usage - MODIFIERS.start());
            self.modifiers = if down {
                self.modifiers | bit
            } else {
                self.modifiers & !bit
            };
        } else if KEYS.contains(&usage) {
            self.held.retain(|held| down || *held != usage);
            if down && !self.held.contains(&usage) {
                self.held.push(usage);
            }
        }
        Some(self.keys()).filter(|after| *after != before)
    }

    pub fn release_all(&mut self) {
        *self = Keyboard::default();
    }

    #[must_use]
    pub fn holds_something(&self) -> bool {
        self.modifiers != 0 || !self.held.is_empty()
    }

    /// The state now. With a seventh key all six say roll-over; modifiers stay true (B.1, C.3).
    #[must_use]
    pub fn keys(&self) -> Keys {
        let mut slots = [0; SLOTS];
        match slots.get_mut(..self.held.len()) {
            Some(used) => used.copy_from_slice(&self.held),
            None => slots = [ERROR_ROLL_OVER; SLOTS],
        }
        Keys {
            modifiers: self.modifiers,
            slots,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::hid::descriptor::{Direction, Layout};

    fn layout() -> Layout {
        Layout::parse(DESCRIPTOR).unwrap()
    }

    /// What a target that parsed the descriptor sees as pressed.
    fn pressed(keys: Keys) -> BTreeSet<u8> {
        let layout = layout();
        let report = keys.report();
        let set = layout
            .decode(&report)
            .filter(|(usage, value)| usage.page == 7 && *value != 0);
        set.map(|(usage, _)| u8::try_from(usage.id).unwrap())
            .collect()
    }

    #[test]
    fn the_report_has_the_length_that_the_descriptor_promises() {
        assert_eq!(layout().report_len(Direction::Input, 0), REPORT_LENGTH);
        assert_eq!(layout().report_len(Direction::Output, 0), 1);
    }

    #[test]
    fn the_lights_are_five_bits_of_the_led_page() {
        let layout = layout();
        let lit: Vec<_> = layout
            .decode_as(Direction::Output, &[0b0001_0010])
            .collect();
        let lit: Vec<_> = lit
            .iter()
            .map(|(usage, value)| (usage.page, usage.id, *value))
            .collect();
        assert_eq!(lit, [(8, 1, 0), (8, 2, 1), (8, 3, 0), (8, 4, 0), (8, 5, 1)]);
    }

    #[test]
    fn a_held_key_reports_once_however_often_it_goes_down() {
        let mut keyboard = Keyboard::default();
        assert!(keyboard.apply(4, true).is_some());
        assert_eq!(keyboard.apply(4, true), None);
        assert_eq!(keyboard.apply(4, false), Some(Keys::default()));
        assert_eq!(keyboard.apply(4, false), None);
    }

    #[test]
    fn seventh_key_reports_rollover_until_six_are_left() {
        let mut keyboard = Keyboard::default();
        for usage in 4..10 {
            let _ = keyboard.apply(usage, true);
        }
        keyboard.apply(0xE1, true);
        assert_eq!(
            keyboard.apply(10, true).unwrap().report(),
            [2, 0, 1, 1, 1, 1, 1, 1]
        );
        assert_eq!(keyboard.apply(11, true), None);
        assert_eq!(keyboard.apply(4, false), None);
        assert_eq!(
            keyboard.apply(5, false).unwrap().report(),
            [2, 0, 6, 7, 8, 9, 10, 11]
        );
    }

    proptest! {
        #[test]
        fn the_target_sees_exactly_the_held_keys(
            edges in proptest::collection::vec((prop_oneof![4u8..12, 0xE0u8..=0xE7, any::<u8>()], any::<bool>()), 0..60)
        ) {
            let mut keyboard = Keyboard::default();
            let mut model = BTreeSet::new();
            let mut last = Keys::default();
            for (usage, down) in edges {
                if KEYS.contains(&usage) || MODIFIERS.contains(&usage) {
                    if down { model.insert(usage) } else { model.remove(&usage) };
                }
                last = keyboard.apply(usage, down).unwrap_or(last);
                let mut expected = model.clone();
                if model.range(KEYS).count() > SLOTS {
                    expected.retain(|usage| MODIFIERS.contains(usage));
                    expected.insert(ERROR_ROLL_OVER);
                }
                prop_assert_eq!(pressed(last), expected);
                prop_assert_eq!(keyboard.holds_something(), !model.is_empty());
            }
            keyboard.release_all();
            prop_assert_eq!(keyboard.keys().report(), [0; REPORT_LENGTH]);
        }
    }
}
