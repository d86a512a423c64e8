//! The target's USB host side: reads input reports with the device's own report descriptors.
//!
//! `computer` owns a [`Reader`] and gets [`Sign`]s. Knows nothing of how the reports were made.
//! Pure; reports are hostile: a wrong length or an unknown id reads as nothing.

use crate::hid::descriptor::{Direction, ExtendedUsage, Layout};
use crate::hid::{Port, controls, keyboard, pointer};

const DESKTOP: u16 = 0x01;
const KEYBOARD: u16 = 0x07;
const BUTTON: u16 = 0x09;
const CONSUMER: u16 = 0x0C;
const X: u16 = 0x30;
const Y: u16 = 0x31;
const WHEEL: u16 = 0x38;
const AC_PAN: u16 = 0x238;
const ROLL_OVER: u16 = 0x01;

/// What a report says that is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Key {
        usage: u8,
        down: bool,
    },
    /// Absolute position, each 0..=`most` across the screen.
    MoveTo {
        x: i32,
        y: i32,
        most: i32,
    },
    MoveBy {
        dx: i32,
        dy: i32,
    },
    /// The buttons of this port's mouse, bit 0 = left.
    Buttons {
        port: Port,
        held: u8,
    },
    Wheel {
        vertical: i32,
        horizontal: i32,
    },
    Consumer {
        usage: u16,
        down: bool,
    },
    System {
        usage: u16,
        down: bool,
    },
}

#[derive(Debug)]
pub(super) struct Reader {
    devices: Vec<Device>,
}

#[derive(Debug)]
struct Device {
    port: Port,
    layout: Layout,
    /// Whether the axes are absolute, and up to what.
    absolute: Option<i32>,
    /// Controls held, in the order in which they went down, with the report id that said so.
    held: Vec<(u8, ExtendedUsage)>,
    buttons: u8,
}

impl Reader {
    pub(super) fn new() -> Reader {
        Reader {
            devices: Port::ALL.map(Device::new).into(),
        }
    }

    /// Reads one report; None when it is not one that this device can send.
    pub(super) fn read(&mut self, port: Port, report: &[u8]) -> Option<Vec<Sign>> {
        self.devices
            .iter_mut()
            .find(|device| device.port == port)?
            .read(report)
    }

    /// Whether the report holds or moves something: what wakes a sleeping computer.
    pub(super) fn wakes(&self, port: Port, report: &[u8]) -> bool {
        let device = self.devices.iter().find(|device| device.port == port);
        device.is_some_and(|device| {
            let pressed =
                |usage: ExtendedUsage| usage.page != DESKTOP || !matches!(usage.id, X | Y);
            let mut said = device.layout.decode(report);
            device.id_of(report).is_some()
                && said.any(|(usage, value)| pressed(usage) && value != 0)
        })
    }

    /// The bus was reset: nothing is held until a report says so.
    pub(super) fn reset(&mut self) {
        for device in &mut self.devices {
            device.held.clear();
            device.buttons = 0;
        }
    }
}

impl Device {
    fn new(port: Port) -> Device {
        let descriptor = match port {
            Port::Keyboard => keyboard::DESCRIPTOR,
            Port::Absolute => pointer::absolute::DESCRIPTOR,
            Port::Relative => pointer::relative::DESCRIPTOR,
            Port::Controls => controls::DESCRIPTOR,
        };
        let layout = Layout::parse(descriptor).expect("the gadget's own descriptors are sound");
        let axis = ExtendedUsage {
            page: DESKTOP,
            id: X,
        };
        let field = layout
            .fields()
            .iter()
            .find(|field| field.usage(0) == Some(axis));
        let absolute = field
            .filter(|field| !field.relative)
            .map(|field| field.logical_max);
        Device {
            port,
            absolute,
            layout,
            held: Vec::new(),
            buttons: 0,
        }
    }

    /// The report's id (0 without ids) if it has the length of that report.
    fn id_of(&self, report: &[u8]) -> Option<u8> {
        let with_ids = self.layout.report_len(Direction::Input, 0) == 0;
        let id = if with_ids { *report.first()? } else { 0 };
        (self.layout.report_len(Direction::Input, id) == report.len() && !report.is_empty())
            .then_some(id)
    }

    fn read(&mut self, report: &[u8]) -> Option<Vec<Sign>> {
        let id = self.id_of(report)?;
        let said: Vec<(ExtendedUsage, i32)> = self.layout.decode(report).collect();
        let mut signs = Vec::new();
        self.held_controls(id, &said, &mut signs);
        self.pointing(&said, &mut signs);
        Some(signs)
    }

    fn held_controls(&mut self, id: u8, said: &[(ExtendedUsage, i32)], signs: &mut Vec<Sign>) {
        let is_control = |usage: &ExtendedUsage| match usage.page {
            KEYBOARD => true,
            CONSUMER => usage.id != AC_PAN,
            DESKTOP => (0x81..=0x83).contains(&usage.id),
            _ => false,
        };
        let on: Vec<ExtendedUsage> = said
            .iter()
            .filter(|(u, v)| *v != 0 && is_control(u))
            .map(|(u, _)| *u)
            .collect();
        // With too many keys down the array says nothing: what was held stays held, only the
        // modifiers are current (HID 1.11, appendix C).
        let roll_over = on.contains(&ExtendedUsage {
            page: KEYBOARD,
            id: ROLL_OVER,
        });
        let stays = |usage: &ExtendedUsage| {
            on.contains(usage) || roll_over && usage.page == KEYBOARD && usage.id < 0xE0
        };
        let up = self
            .held
            .extract_if(.., |(of, usage)| *of == id && !stays(usage));
        signs.extend(up.filter_map(|(_, usage)| sign(usage, false)));
        for usage in on {
            if self.held.contains(&(id, usage)) || usage.page == KEYBOARD && usage.id < 4 {
                continue;
            }
            self.held.push((id, usage));
            signs.extend(sign(usage, true));
        }
    }

    fn pointing(&mut self, said: &[(ExtendedUsage, i32)], signs: &mut Vec<Sign>) {
        let value = |page, id| {
            let wanted = ExtendedUsage { page, id };
            said.iter()
                .find(|(usage, _)| *usage == wanted)
                .map(|(_, value)| *value)
        };
        let (Some(x), Some(y)) = (value(DESKTOP, X), value(DESKTOP, Y)) else {
            return;
        };
        match self.absolute {
            Some(most) => signs.push(Sign::MoveTo { x, y, most }),
            None if (x, y) != (0, 0) => signs.push(Sign::MoveBy { dx: x, dy: y }),
            None => {}
        }
        let held = said
            .iter()
            .filter(|(usage, value)| {
                usage.page == BUTTON && (1..=8).contains(&usage.id) && *value != 0
            })
            .fold(0, |held, (usage, _)| held | 1 << (usage.id - 1));
        if std::mem::replace(&mut self.buttons, held) != held {
            signs.push(Sign::Buttons {
                port: self.port,
                held,
            });
        }
        let vertical = value(DESKTOP, WHEEL).unwrap_or(0);
        let horizontal = value(CONSUMER, AC_PAN).unwrap_or(0);
        if (vertical, horizontal) != (0, 0) {
            signs.push(Sign::Wheel {
                vertical,
                horizontal,
            });
        }
    }
}

fn sign(usage: ExtendedUsage, down: bool) -> Option<Sign> {
    match usage.page {
        KEYBOARD => u8::try_from(usage.id)
            .ok()
            .map(|usage| Sign::Key { usage, down }),
        CONSUMER => Some(Sign::Consumer {
            usage: usage.id,
            down,
        }),
        _ => Some(Sign::System {
            usage: usage.id,
            down,
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(usage: u8, down: bool) -> Sign {
        Sign::Key { usage, down }
    }

    #[test]
    fn modifiers_and_keys_go_down_in_order_and_up_when_left_out() {
        let mut reader = Reader::new();
        let down = reader.read(Port::Keyboard, &[0x02, 0, 0x0B, 0, 0, 0, 0, 0]);
        assert_eq!(down, Some(vec![key(0xE1, true), key(0x0B, true)]));
        let up = reader.read(Port::Keyboard, &[0; 8]);
        assert_eq!(up, Some(vec![key(0xE1, false), key(0x0B, false)]));
    }

    #[test]
    fn six_keys_are_held_and_a_rollover_report_changes_none_of_them() {
        let mut reader = Reader::new();
        let six = reader.read(Port::Keyboard, &[0, 0, 4, 5, 6, 7, 8, 9]);
        assert_eq!(six.map(|signs| signs.len()), Some(6));
        let rollover = reader.read(Port::Keyboard, &[0x01, 0, 1, 1, 1, 1, 1, 1]);
        assert_eq!(rollover, Some(vec![key(0xE0, true)]));
        let released = reader.read(Port::Keyboard, &[0x01, 0, 4, 0, 0, 0, 0, 0]);
        assert_eq!(released.map(|signs| signs.len()), Some(5));
    }

    #[test]
    fn the_two_report_ids_of_the_controls_do_not_release_each_other() {
        let mut reader = Reader::new();
        let volume = reader.read(Port::Controls, &[1, 0xE9, 0, 0, 0, 0, 0]);
        assert_eq!(
            volume,
            Some(vec![Sign::Consumer {
                usage: 0xE9,
                down: true
            }])
        );
        let sleep = reader.read(Port::Controls, &[2, 0b10]);
        assert_eq!(
            sleep,
            Some(vec![Sign::System {
                usage: 0x82,
                down: true
            }])
        );
        let up = reader.read(Port::Controls, &[1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(
            up,
            Some(vec![Sign::Consumer {
                usage: 0xE9,
                down: false
            }])
        );
    }

    #[test]
    fn mice_say_where_by_how_much_and_what_is_pressed() {
        let mut reader = Reader::new();
        let absolute = reader.read(Port::Absolute, &[1, 0xFF, 0x7F, 0, 0, 1, 0xFF]);
        let expected = vec![
            Sign::MoveTo {
                x: 32767,
                y: 0,
                most: 32767,
            },
            Sign::Buttons {
                port: Port::Absolute,
                held: 1,
            },
            Sign::Wheel {
                vertical: 1,
                horizontal: -1,
            },
        ];
        assert_eq!(absolute, Some(expected));
        let relative = reader.read(Port::Relative, &[0, 0xFE, 3, 0, 0]);
        assert_eq!(relative, Some(vec![Sign::MoveBy { dx: -2, dy: 3 }]));
    }

    #[test]
    fn a_bus_reset_lets_go_of_everything_silently() {
        let mut reader = Reader::new();
        reader.read(Port::Keyboard, &[0, 0, 4, 0, 0, 0, 0, 0]);
        reader.reset();
        let again = reader.read(Port::Keyboard, &[0, 0, 4, 0, 0, 0, 0, 0]);
        assert_eq!(again, Some(vec![key(4, true)]));
    }

    #[test]
    fn presses_and_wheels_wake_but_releases_and_movement_do_not() {
        let reader = Reader::new();
        assert!(reader.wakes(Port::Keyboard, &[0, 0, 4, 0, 0, 0, 0, 0]));
        assert!(!reader.wakes(Port::Keyboard, &[0; 8]));
        assert!(!reader.wakes(Port::Absolute, &[0, 5, 5, 5, 5, 0, 0]));
        assert!(reader.wakes(Port::Controls, &[2, 0b100]));
        assert!(!reader.wakes(Port::Keyboard, &[0, 0, 4]));
    }

    #[test]
    fn a_report_of_the_wrong_length_reads_as_nothing() {
        let mut reader = Reader::new();
        for port in Port::ALL {
            assert_eq!(reader.read(port, &[]), None);
            assert_eq!(reader.read(port, &[1; 64]), None);
        }
        assert_eq!(reader.read(Port::Controls, &[9, 0]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(reports in proptest::collection::vec((0usize..4, proptest::collection::vec(any::<u8>(), 0..12)), 0..50)) {
            let mut reader = Reader::new();
            for (port, report) in reports {
                let port = Port::ALL[port];
                let _ = reader.wakes(port, &report);
                let signs = reader.read(port, &report);
                prop_assert!(signs.is_none_or(|signs| signs.len() < 40));
            }
        }
    }
}
