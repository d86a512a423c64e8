//! The target's mouse pointer: where it is, which buttons are held, how far the wheels turned.
//! Pure; `computer` feeds it signs.

use std::time::Duration;

use super::reader::Sign;
use crate::hid::Port;

/// How long the circle of a click grows.
pub(super) const RIPPLE_TIME: Duration = Duration::from_millis(450);
/// How long the wheel's counter stays lit.
pub(super) const TURN_TIME: Duration = Duration::from_millis(700);
pub(super) const MAX_RIPPLES: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ripple {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) since: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Mouse {
    pub(super) x: i32,
    pub(super) y: i32,
    absolute_buttons: u8,
    relative_buttons: u8,
    /// Detents since the start: vertical (positive = away from the user), horizontal.
    pub(super) wheel: (i32, i32),
    pub(super) turned: Option<Duration>,
    /// Buttons pressed since the start.
    pub(super) clicks: u32,
    /// The buttons of the last click, bits as in `buttons`.
    pub(super) clicked: u8,
    pub(super) ripples: Vec<Ripple>,
}

impl Mouse {
    /// A pointer in the middle of the screen.
    pub(super) fn new(screen: (u16, u16)) -> Mouse {
        Mouse {
            x: i32::from(screen.0) / 2,
            y: i32::from(screen.1) / 2,
            ..Mouse::default()
        }
    }

    /// Buttons held on either mouse, bit 0 = left, 1 = right, 2 = middle, 3 = back, 4 = forward.
    pub(super) fn buttons(&self) -> u8 {
        self.absolute_buttons | self.relative_buttons
    }

    pub(super) fn apply(&mut self, sign: Sign, screen: (u16, u16), now: Duration) {
        match sign {
            Sign::MoveTo { x, y, most } => {
                (self.x, self.y) = (place(x, most, screen.0), place(y, most, screen.1));
            }
            Sign::MoveBy { dx, dy } => {
                self.x = kept(self.x.saturating_add(dx), screen.0);
                self.y = kept(self.y.saturating_add(dy), screen.1);
            }
            Sign::Buttons { port, held } => self.press(port, held, now),
            Sign::Wheel {
                vertical,
                horizontal,
            } => {
                self.wheel.0 = self.wheel.0.saturating_add(vertical);
                self.wheel.1 = self.wheel.1.saturating_add(horizontal);
                self.turned = Some(now);
            }
            Sign::Key { .. } | Sign::Consumer { .. } | Sign::System { .. } => {}
        }
    }

    /// Keeps the pointer at the same part of a screen that changed its size.
    pub(super) fn rescale(&mut self, from: (u16, u16), to: (u16, u16)) {
        self.x = place(self.x, i32::from(from.0) - 1, to.0);
        self.y = place(self.y, i32::from(from.1) - 1, to.1);
        self.ripples.clear();
    }

    pub(super) fn let_go(&mut self) {
        (self.absolute_buttons, self.relative_buttons) = (0, 0);
    }

    pub(super) fn forget_wheel(&mut self) {
        (self.wheel, self.turned) = ((0, 0), None);
    }

    fn press(&mut self, port: Port, held: u8, now: Duration) {
        let before = self.buttons();
        if port == Port::Absolute {
            self.absolute_buttons = held;
        } else {
            self.relative_buttons = held;
        }
        self.ripples
            .retain(|ripple| now.saturating_sub(ripple.since) < RIPPLE_TIME);
        let pressed = self.buttons() & !before;
        self.clicks = self.clicks.saturating_add(pressed.count_ones());
        if pressed != 0 {
            self.clicked = pressed;
        }
        if pressed != 0 && self.ripples.len() < MAX_RIPPLES {
            self.ripples.push(Ripple {
                x: self.x,
                y: self.y,
                since: now,
            });
        }
    }
}

/// A position 0..=`most` as a pixel of `length`: both ends are reached exactly.
fn place(position: i32, most: i32, length: u16) -> i32 {
    let last = i64::from(length) - 1;
    let most = i64::from(most.max(1));
    let pixel = (i64::from(position).clamp(0, most) * last + most / 2) / most;
    i32::try_from(pixel).unwrap_or(0)
}

fn kept(pixel: i32, length: u16) -> i32 {
    pixel.clamp(0, i32::from(length) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: (u16, u16) = (1280, 720);

    #[test]
    fn absolute_positions_reach_every_corner() {
        let mut mouse = Mouse::new(SCREEN);
        for (x, y, pixel) in [
            (0, 0, (0, 0)),
            (32767, 32767, (1279, 719)),
            (32767, 0, (1279, 0)),
        ] {
            mouse.apply(Sign::MoveTo { x, y, most: 32767 }, SCREEN, Duration::ZERO);
            assert_eq!((mouse.x, mouse.y), pixel);
        }
    }

    #[test]
    fn relative_movement_adds_up_and_stops_at_the_edges() {
        let mut mouse = Mouse::new(SCREEN);
        mouse.apply(Sign::MoveBy { dx: -40, dy: 10 }, SCREEN, Duration::ZERO);
        assert_eq!((mouse.x, mouse.y), (600, 370));
        for _ in 0..50 {
            mouse.apply(Sign::MoveBy { dx: -127, dy: 127 }, SCREEN, Duration::ZERO);
        }
        assert_eq!((mouse.x, mouse.y), (0, 719));
    }

    #[test]
    fn a_button_counts_as_held_while_either_mouse_holds_it() {
        let mut mouse = Mouse::new(SCREEN);
        let buttons = |port, held| Sign::Buttons { port, held };
        mouse.apply(buttons(Port::Absolute, 1), SCREEN, Duration::ZERO);
        mouse.apply(buttons(Port::Relative, 3), SCREEN, Duration::ZERO);
        mouse.apply(buttons(Port::Absolute, 0), SCREEN, Duration::ZERO);
        assert_eq!(mouse.buttons(), 3);
        assert_eq!(
            mouse.clicks, 2,
            "the left button of the other mouse was held already"
        );
        assert_eq!(mouse.clicked, 2, "and so the right one was clicked last");
        mouse.let_go();
        assert_eq!((mouse.buttons(), mouse.clicked), (0, 2));
    }

    #[test]
    fn frantic_clicking_draws_a_bounded_number_of_circles() {
        let mut mouse = Mouse::new(SCREEN);
        for held in [1, 0].repeat(100) {
            let sign = Sign::Buttons {
                port: Port::Absolute,
                held,
            };
            mouse.apply(sign, SCREEN, Duration::ZERO);
        }
        assert_eq!(mouse.ripples.len(), MAX_RIPPLES);
    }

    #[test]
    fn a_new_screen_size_keeps_the_pointer_in_its_corner() {
        let mut mouse = Mouse::new(SCREEN);
        mouse.apply(
            Sign::MoveTo {
                x: 32767,
                y: 32767,
                most: 32767,
            },
            SCREEN,
            Duration::ZERO,
        );
        mouse.rescale(SCREEN, (1920, 1080));
        assert_eq!((mouse.x, mouse.y), (1919, 1079));
    }
}
