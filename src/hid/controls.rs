//! Media and power keys: the report descriptor with two report ids, and its encoder.
//!
//! Consumer control (volume, play, …) as an array of 16-bit usages; system control (power down,
//! sleep, wake up) as one bit each. Pure; `hid::Devices` owns one.

const CONSUMER_ID: u8 = 1;
const SYSTEM_ID: u8 = 2;
/// System Wake Up, of the Generic Desktop page.
pub const WAKE_UP: u8 = 0x83;
/// Three, so that a report with its id has at most eight bytes.
const SLOTS: usize = 3;
/// Bytes in the longest input report.
pub const REPORT_LENGTH: usize = 1 + 2 * SLOTS;

/// HID Usage Tables 1.5: chapter 15 (consumer), 4.5 (system control).
pub const DESCRIPTOR: &[u8] = &[
    0x05,
    0x0C, // Usage Page (Consumer)
    0x09,
    0x01, // Usage (Consumer Control)
    0xA1,
    0x01, // Collection (Application)
    0x85,
    CONSUMER_ID, // Report ID
    0x15,
    0x00, //   Logical Minimum (0)
    0x26,
    0xFF,
    0x03, // Logical Maximum (1023)
    0x19,
    0x00, //   Usage Minimum (0)
    0x2A,
    0xFF,
    0x03, // Usage Maximum (0x3FF)
    0x75,
    0x10, //   Report Size (16)
    0x95,
    SLOTS as u8, // Report Count
    0x81,
    0x00, //   Input (Data, Array)
    0xC0, // End Collection
    0x05,
    0x01, // Usage Page (Generic Desktop)
    0x09,
    0x80, // Usage (System Control)
    0xA1,
    0x01, // Collection (Application)
    0x85,
    SYSTEM_ID, // Report ID
    0x15,
    0x00, //   Logical Minimum (0)
    0x25,
    0x01, //   Logical Maximum (1)
    0x19,
    0x81, //   Usage Minimum (System Power Down)
    0x29,
    0x83, //   Usage Maximum (System Wake Up)
    0x75,
    0x01, //   Report Size (1)
    0x95,
    0x03, //   Report Count (3)
    0x81,
    0x02, //   Input (Data, Variable, Absolute)
    0x95,
    0x05, //   Report Count (5)
    0x81,
    0x01, //   Input (Constant): padding
    0xC0, // End Collection
];

/// What the target is told of the consumer page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consumer([u16; SLOTS]);

/// What the target is told of the system controls: a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct System(u8);

impl Consumer {
    pub const RELEASED: Consumer = Consumer([0; SLOTS]);

    #[must_use]
    pub fn report(&self) -> [u8; REPORT_LENGTH] {
        let [[a, b], [c, d], [e, f]] = self.0.map(u16::to_le_bytes);
        [CONSUMER_ID, a, b, c, d, e, f]
    }
}

impl System {
    pub const RELEASED: System = System(0);

    #[must_use]
    pub fn report(&self) -> [u8; 2] {
        [SYSTEM_ID, self.0]
    }

    /// System Wake Up is held.
    #[must_use]
    pub fn wakes(self) -> bool {
        self.0 & (1 << (WAKE_UP - 0x81)) != 0
    }
}

/// Which media and power keys the operator holds.
#[derive(Debug, Clone, Default)]
pub struct Controls {
    /// In the order in which they went down; at most one entry for each usage.
    consumer: Vec<u16>,
    system: System,
}

impl Controls {
    /// Applies one edge on the consumer page; `None` when the target would see no difference.
    /// With more than three held, the newest three are reported.
    pub fn consumer(&mut self, usage: u16, down: bool) -> Option<Consumer> {
        if !(1..=0x3FF).contains(&usage) {
            return None;
        }
        let before = self.newest();
        self.consumer.retain(|held| down || *held != usage);
        if down && !self.consumer.contains(&usage) {
            self.consumer.push(usage);
        }
        Some(self.newest()).filter(|after| *after != before)
    }

    /// Applies one edge of a system control, 0x81..=0x83.
    pub fn system(&mut self, usage: u8, down: bool) -> Option<System> {
        let bit = match usage {
            0x81..=0x83 => 1 << (usage - 0x81),
            _ => return None,
        };
        let before = self.system;
        self.system.0 = if down {
            before.0 | bit
        } else {
            before.0 & !bit
        };
        Some(self.system).filter(|after| *after != before)
    }

    pub fn release_all(&mut self) {
        *self = Controls::default();
    }

    #[must_use]
    pub fn holds_something(&self) -> bool {
        !self.consumer.is_empty() || self.system.0 != 0
    }

    fn newest(&self) -> Consumer {
        let mut slots = [0; SLOTS];
        let newest = self.consumer.iter().rev().take(SLOTS).rev();
        slots
            .iter_mut()
            .zip(newest)
            .for_each(|(slot, usage)| *slot = *usage);
        Consumer(slots)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hid::descriptor::{Direction, Layout};

    fn pressed(report: &[u8]) -> Vec<(u16, u16)> {
        let layout = Layout::parse(DESCRIPTOR).unwrap();
        let on = layout.decode(report).filter(|(_, value)| *value != 0);
        on.map(|(usage, _)| (usage.page, usage.id)).collect()
    }

    #[test]
    fn both_reports_have_the_lengths_that_the_descriptor_promises() {
        let layout = Layout::parse(DESCRIPTOR).unwrap();
        assert_eq!(
            layout.report_len(Direction::Input, CONSUMER_ID),
            REPORT_LENGTH
        );
        assert_eq!(
            layout.report_len(Direction::Input, SYSTEM_ID),
            System::default().report().len()
        );
    }

    #[test]
    fn volume_up_arrives_as_volume_up() {
        let mut controls = Controls::default();
        assert_eq!(
            pressed(&controls.consumer(0xE9, true).unwrap().report()),
            [(0x0C, 0xE9)]
        );
        assert_eq!(
            pressed(&controls.consumer(0xE9, false).unwrap().report()),
            []
        );
        assert!(!controls.holds_something());
    }

    #[test]
    fn each_system_control_has_its_bit() {
        for usage in 0x81..=0x83 {
            let mut controls = Controls::default();
            assert_eq!(
                pressed(&controls.system(usage, true).unwrap().report()),
                [(1, u16::from(usage))]
            );
            assert_eq!(controls.system(usage, true), None);
            assert!(controls.holds_something());
            assert_eq!(controls.system(usage, false), Some(System::default()));
        }
    }

    #[test]
    fn a_fourth_media_key_pushes_out_the_oldest_until_it_is_let_go() {
        let mut controls = Controls::default();
        for usage in 1..=4 {
            let _ = controls.consumer(usage, true);
        }
        assert_eq!(controls.newest(), Consumer([2, 3, 4]));
        assert_eq!(controls.consumer(4, false), Some(Consumer([1, 2, 3])));
    }

    proptest! {
        #[test]
        fn the_target_sees_the_newest_held_media_keys(
            edges in proptest::collection::vec((0u16..6, any::<bool>()), 0..40)
        ) {
            let mut controls = Controls::default();
            let mut model: Vec<u16> = Vec::new();
            let mut last = Consumer::default();
            for (usage, down) in edges {
                if usage != 0 && down != model.contains(&usage) {
                    model.retain(|held| *held != usage);
                    if down { model.push(usage) }
                }
                last = controls.consumer(usage, down).unwrap_or(last);
                let expected: Vec<_> = model.iter().skip(model.len().saturating_sub(SLOTS)).map(|id| (0x0C, *id)).collect();
                prop_assert_eq!(pressed(&last.report()), expected);
            }
        }
    }
}
