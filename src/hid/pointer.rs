//! The two mice, absolute and relative: report descriptors and encoders.
//!
//! Both have five buttons, a wheel and a horizontal wheel (AC Pan). Pure; `hid::Devices` owns both.

use super::event::{Button, MAX_POSITION};

/// The absolute pointer.
pub mod absolute {
    /// Bytes in an input report.
    pub const REPORT_LENGTH: usize = 7;

    /// Axes 0..=32767 in a Physical collection: Apple's Recovery does not move its pointer
    /// for a mouse without one.
    pub const DESCRIPTOR: &[u8] = &[
        0x05, 0x01, // Usage Page (Generic Desktop)
        0x09, 0x02, // Usage (Mouse)
        0xA1, 0x01, // Collection (Application)
        0x09, 0x01, //   Usage (Pointer)
        0xA1, 0x00, //   Collection (Physical)
        0x05, 0x09, //     Usage Page (Button)
        0x19, 0x01, //     Usage Minimum (1)
        0x29, 0x05, //     Usage Maximum (5)
        0x15, 0x00, //     Logical Minimum (0)
        0x25, 0x01, //     Logical Maximum (1)
        0x95, 0x05, //     Report Count (5)
        0x75, 0x01, //     Report Size (1)
        0x81, 0x02, //     Input (Data, Variable, Absolute): buttons
        0x95, 0x01, //     Report Count (1)
        0x75, 0x03, //     Report Size (3)
        0x81, 0x01, //     Input (Constant): padding
        0x05, 0x01, //     Usage Page (Generic Desktop)
        0x09, 0x30, //     Usage (X)
        0x09, 0x31, //     Usage (Y)
        0x26, 0xFF, 0x7F, // Logical Maximum (32767)
        0x75, 0x10, //     Report Size (16)
        0x95, 0x02, //     Report Count (2)
        0x81, 0x02, //     Input (Data, Variable, Absolute): position
        0x09, 0x38, //     Usage (Wheel)
        0x15, 0x81, //     Logical Minimum (-127)
        0x25, 0x7F, //     Logical Maximum (127)
        0x75, 0x08, //     Report Size (8)
        0x95, 0x01, //     Report Count (1)
        0x81, 0x06, //     Input (Data, Variable, Relative): wheel
        0x05, 0x0C, //     Usage Page (Consumer)
        0x0A, 0x38, 0x02, // Usage (AC Pan)
        0x81, 0x06, //     Input (Data, Variable, Relative): horizontal wheel
        0xC0, //   End Collection
        0xC0, // End Collection
    ];
}

/// The relative mouse.
pub mod relative {
    /// Bytes in an input report.
    pub const REPORT_LENGTH: usize = 5;

    /// The first three bytes are those of the boot mouse (HID 1.11, B.2), which firmware reads
    /// without looking at the descriptor; it ignores what follows.
    pub const DESCRIPTOR: &[u8] = &[
        0x05, 0x01, // Usage Page (Generic Desktop)
        0x09, 0x02, // Usage (Mouse)
        0xA1, 0x01, // Collection (Application)
        0x09, 0x01, //   Usage (Pointer)
        0xA1, 0x00, //   Collection (Physical)
        0x05, 0x09, //     Usage Page (Button)
        0x19, 0x01, //     Usage Minimum (1)
        0x29, 0x05, //     Usage Maximum (5)
        0x15, 0x00, //     Logical Minimum (0)
        0x25, 0x01, //     Logical Maximum (1)
        0x95, 0x05, //     Report Count (5)
        0x75, 0x01, //     Report Size (1)
        0x81, 0x02, //     Input (Data, Variable, Absolute): buttons
        0x95, 0x01, //     Report Count (1)
        0x75, 0x03, //     Report Size (3)
        0x81, 0x01, //     Input (Constant): padding
        0x05, 0x01, //     Usage Page (Generic Desktop)
        0x09, 0x30, //     Usage (X)
        0x09, 0x31, //     Usage (Y)
        0x09, 0x38, //     Usage (Wheel)
        0x15, 0x81, //     Logical Minimum (-127)
        0x25, 0x7F, //     Logical Maximum (127)
        0x75, 0x08, //     Report Size (8)
        0x95, 0x03, //     Report Count (3)
        0x81, 0x06, //     Input (Data, Variable, Relative): movement, wheel
        0x05, 0x0C, //     Usage Page (Consumer)
        0x0A, 0x38, 0x02, // Usage (AC Pan)
        0x95, 0x01, //     Report Count (1)
        0x81, 0x06, //     Input (Data, Variable, Relative): horizontal wheel
        0xC0, //   End Collection
        0xC0, // End Collection
    ];
}

/// What the absolute pointer says: buttons held, where it is, and detents since it last spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AbsoluteStep {
    pub buttons: u8,
    pub x: u16,
    pub y: u16,
    pub wheel: Wheel,
    /// A button just went down or up, here: this step takes no other in and goes into no other.
    edge: bool,
}

/// What the relative mouse says: buttons held, movement and detents since it last spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RelativeStep {
    pub buttons: u8,
    pub dx: i16,
    pub dy: i16,
    pub wheel: Wheel,
    /// As in [`AbsoluteStep`].
    edge: bool,
}

/// Detents, -127..=127 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wheel {
    vertical: i8,
    horizontal: i8,
}

impl Wheel {
    const STILL: Wheel = Wheel {
        vertical: 0,
        horizontal: 0,
    };

    /// The descriptors end at -127, so -128 becomes that.
    #[must_use]
    pub fn new(vertical: i8, horizontal: i8) -> Wheel {
        Wheel {
            vertical: vertical.max(-i8::MAX),
            horizontal: horizontal.max(-i8::MAX),
        }
    }

    /// Both turns as one, unless that is more than a report can say.
    fn plus(self, later: Wheel) -> Option<Wheel> {
        let vertical = self.vertical.checked_add(later.vertical)?;
        let horizontal = self.horizontal.checked_add(later.horizontal)?;
        (vertical != i8::MIN && horizontal != i8::MIN).then_some(Wheel {
            vertical,
            horizontal,
        })
    }
}

impl AbsoluteStep {
    #[must_use]
    pub fn report(&self) -> [u8; absolute::REPORT_LENGTH] {
        let ([x0, x1], [y0, y1]) = (self.x.to_le_bytes(), self.y.to_le_bytes());
        let Wheel {
            vertical,
            horizontal,
        } = self.wheel;
        [
            self.buttons,
            x0,
            x1,
            y0,
            y1,
            vertical.cast_unsigned(),
            horizontal.cast_unsigned(),
        ]
    }

    /// What a report says, but for the wheel; a place beyond the edge is the edge.
    #[must_use]
    pub fn parse(report: [u8; absolute::REPORT_LENGTH]) -> AbsoluteStep {
        let [buttons, x0, x1, y0, y1, ..] = report;
        let place = |bytes| u16::from_le_bytes(bytes).min(MAX_POSITION);
        AbsoluteStep {
            buttons,
            x: place([x0, x1]),
            y: place([y0, y1]),
            ..AbsoluteStep::default()
        }
    }

    #[must_use]
    pub fn at_rest(self) -> AbsoluteStep {
        AbsoluteStep {
            wheel: Wheel::STILL,
            edge: false,
            ..self
        }
    }

    /// At rest and at the same place with no button held.
    #[must_use]
    pub fn released(self) -> AbsoluteStep {
        AbsoluteStep {
            buttons: 0,
            ..self.at_rest()
        }
    }

    /// Takes a later step in: of two movements the later counts, turns of the wheel at one place
    /// add up. A movement never passes a turn or a click: those belong to their place. Steps
    /// whose buttons differ are never one.
    pub fn absorb(&mut self, later: AbsoluteStep) -> bool {
        let held = self.buttons == later.buttons;
        let still = self.wheel == Wheel::STILL && later.wheel == Wheel::STILL;
        let same_place = (self.x, self.y) == (later.x, later.y);
        match self.wheel.plus(later.wheel) {
            Some(wheel) if held && !self.edge && !later.edge && (still || same_place) => {
                *self = AbsoluteStep { wheel, ..later };
                true
            }
            _ => false,
        }
    }
}

impl RelativeStep {
    pub const RELEASED: RelativeStep = RelativeStep {
        buttons: 0,
        dx: 0,
        dy: 0,
        wheel: Wheel::STILL,
        edge: false,
    };

    /// Meant for a step out of [`split`](RelativeStep::split); a longer way is cut.
    #[must_use]
    pub fn report(&self) -> [u8; relative::REPORT_LENGTH] {
        let Wheel {
            vertical,
            horizontal,
        } = self.wheel;
        [
            self.buttons,
            byte(self.dx),
            byte(self.dy),
            vertical.cast_unsigned(),
            horizontal.cast_unsigned(),
        ]
    }

    #[must_use]
    pub fn at_rest(self) -> RelativeStep {
        RelativeStep {
            buttons: self.buttons,
            ..RelativeStep::default()
        }
    }

    fn is_still(self) -> bool {
        (self.dx, self.dy) == (0, 0)
    }

    /// Takes a later step in: movements add up (and end at the range of `i16`), turns of the
    /// wheel add up when nothing moved between them. Steps whose buttons differ are never one.
    pub fn absorb(&mut self, later: RelativeStep) -> bool {
        let held = self.buttons == later.buttons;
        let no_turn = self.wheel == Wheel::STILL && later.wheel == Wheel::STILL;
        let no_move = self.is_still() && later.is_still();
        match self.wheel.plus(later.wheel) {
            Some(wheel) if held && !self.edge && !later.edge && (no_turn || no_move) => {
                self.dx = self.dx.saturating_add(later.dx);
                self.dy = self.dy.saturating_add(later.dy);
                self.wheel = wheel;
                true
            }
            _ => false,
        }
    }

    /// What one report can say, and the way that is left. The parts of a long way keep its
    /// direction, so that a diagonal stays one.
    #[must_use]
    pub fn split(self) -> (RelativeStep, Option<RelativeStep>) {
        let (dx, dy) = (i32::from(self.dx), i32::from(self.dy));
        let longest = dx.abs().max(dy.abs());
        let parts = ((longest + 126) / 127).max(1);
        // Both quotients fit: they are at most 127 in size.
        let first = RelativeStep {
            dx: (dx / parts) as i16,
            dy: (dy / parts) as i16,
            ..self
        };
        let rest = RelativeStep {
            dx: self.dx - first.dx,
            dy: self.dy - first.dy,
            ..self.at_rest()
        };
        (first, Some(rest).filter(|rest| !rest.is_still()))
    }
}

fn byte(distance: i16) -> u8 {
    (distance.clamp(-127, 127) as i8).cast_unsigned()
}

fn with_button(buttons: u8, button: Button, down: bool) -> u8 {
    let bit = 1 << button as u8;
    if down { buttons | bit } else { buttons & !bit }
}

/// The absolute pointer as the operator left it.
#[derive(Debug, Clone, Default)]
pub struct Absolute(AbsoluteStep);

impl Absolute {
    pub fn move_to(&mut self, x: u16, y: u16) -> AbsoluteStep {
        self.0.x = x.min(MAX_POSITION);
        self.0.y = y.min(MAX_POSITION);
        self.0
    }

    /// `None` when the button already is so.
    pub fn button(&mut self, button: Button, down: bool) -> Option<AbsoluteStep> {
        let buttons = with_button(self.0.buttons, button, down);
        let changed = buttons != self.0.buttons;
        self.0.buttons = buttons;
        changed.then_some(AbsoluteStep {
            edge: true,
            ..self.0
        })
    }

    pub fn turn(&mut self, wheel: Wheel) -> AbsoluteStep {
        AbsoluteStep { wheel, ..self.0 }
    }

    /// `None` when no button is held: a report would move the pointer to where this device was
    /// last, and the other mouse may have moved it since.
    pub fn release_all(&mut self) -> Option<AbsoluteStep> {
        let held = std::mem::take(&mut self.0.buttons);
        (held != 0).then_some(AbsoluteStep {
            edge: true,
            ..self.0
        })
    }

    #[must_use]
    pub fn holds_something(&self) -> bool {
        self.0.buttons != 0
    }
}

/// The relative mouse as the operator left it.
#[derive(Debug, Clone, Default)]
pub struct Relative {
    buttons: u8,
}

impl Relative {
    pub fn move_by(&mut self, dx: i16, dy: i16) -> RelativeStep {
        RelativeStep {
            dx,
            dy,
            ..self.state()
        }
    }

    /// `None` when the button already is so.
    pub fn button(&mut self, button: Button, down: bool) -> Option<RelativeStep> {
        let before = self.buttons;
        self.buttons = with_button(before, button, down);
        (self.buttons != before).then(|| RelativeStep {
            edge: true,
            ..self.state()
        })
    }

    pub fn turn(&mut self, wheel: Wheel) -> RelativeStep {
        RelativeStep {
            wheel,
            ..self.state()
        }
    }

    pub fn release_all(&mut self) {
        self.buttons = 0;
    }

    #[must_use]
    pub fn state(&self) -> RelativeStep {
        RelativeStep {
            buttons: self.buttons,
            ..RelativeStep::default()
        }
    }

    #[must_use]
    pub fn holds_something(&self) -> bool {
        self.buttons != 0
    }
}

#[cfg(test)]
#[path = "pointer_tests.rs"]
mod tests;
