//! Who sits at the console and who holds the lease: pure decisions.
//!
//! ```text
//!   join, nobody has it ─┐        ┌─ give up, leave ──► nobody ─┐
//!   request, free ───────┼─► held │                             ├─► everything is released
//!   take over ───────────┘   by   └─ taken over ──► by another ─┘
//!                            one seat; 1 s of silence with something held releases it too
//! ```
//!
//! Returns the steps that the target has to be told; [`Console`](super::Console) queues them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Controller, SeatId};
use crate::hid::alignment::Alignment;
use crate::hid::controls::WAKE_UP;
use crate::hid::devices::{Devices, PortStep};
use crate::hid::event::{Event, PointerMode, Usage};

/// Silence after which held keys are let go.
pub(super) const SILENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Desk {
    devices: Devices,
    seats: BTreeMap<SeatId, Place>,
    controller: Option<SeatId>,
    /// When the controller last said anything.
    heard: Instant,
    /// When somebody last used keyboard or mouse.
    used: Instant,
    alignment: Alignment,
    next: SeatId,
}

#[derive(Debug)]
struct Place {
    name: String,
    mode: PointerMode,
}

/// The seat does not hold the lease; nothing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotInControl;

/// What the dead man's switch says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Alarm {
    /// Nothing is held.
    Off,
    /// Ask again at this time.
    At(Instant),
    /// The operator fell silent: tell the target this.
    Release(Vec<PortStep>),
}

impl Desk {
    pub(super) fn new(now: Instant) -> Desk {
        Desk {
            devices: Devices::default(),
            seats: BTreeMap::new(),
            controller: None,
            heard: now,
            used: now,
            alignment: Alignment::default(),
            next: SeatId(1),
        }
    }

    /// A new seat; it gets the lease when nobody has it.
    pub(super) fn join(&mut self, name: &str, now: Instant) -> SeatId {
        let id = self.next;
        self.next = SeatId(id.0.wrapping_add(1));
        self.seats.insert(
            id,
            Place {
                name: name.to_owned(),
                mode: PointerMode::default(),
            },
        );
        if self.controller.is_none() {
            self.pass_lease(Some(id), now);
        }
        id
    }

    pub(super) fn leave(&mut self, seat: SeatId, now: Instant) -> Vec<PortStep> {
        self.seats.remove(&seat);
        if self.controller == Some(seat) {
            self.pass_lease(None, now)
        } else {
            Vec::new()
        }
    }

    /// Applies one event of a seat.
    pub(super) fn handle(
        &mut self,
        seat: SeatId,
        event: Event,
        now: Instant,
    ) -> Result<Vec<PortStep>, NotInControl> {
        let in_control = self.controller == Some(seat);
        match event {
            Event::RequestControl { take_over } if !in_control => {
                if self.controller.is_some() && !take_over {
                    return Err(NotInControl);
                }
                return Ok(self.pass_lease(Some(seat), now));
            }
            Event::GiveUpControl if in_control => return Ok(self.pass_lease(None, now)),
            // Remembered for the day this seat gets the lease.
            Event::PointerMode(mode) => self
                .seats
                .get_mut(&seat)
                .map(|place| place.mode = mode)
                .unwrap_or_default(),
            _ => {}
        }
        if !in_control {
            return Err(NotInControl);
        }
        self.heard = now;
        if is_use(event) {
            self.used = now;
        }
        Ok(self.devices.apply(self.alignment.apply(event)))
    }

    /// Where the target's screen lies in the picture, from the next move on.
    pub(super) fn align(&mut self, alignment: Alignment) {
        self.alignment = alignment;
    }

    /// For how long nobody has used keyboard or mouse; no time while something is held.
    pub(super) fn quiet(&self, now: Instant) -> Duration {
        if self.devices.holds_something() {
            return Duration::ZERO;
        }
        now.saturating_duration_since(self.used)
    }

    /// Lets go of everything, whoever holds it.
    pub(super) fn release_all(&mut self) -> Vec<PortStep> {
        self.devices.release_all()
    }

    /// System Wake Up, down and up.
    pub(super) fn press_wake_up(&mut self) -> Vec<PortStep> {
        let usage = Usage::System(WAKE_UP);
        let edge = |down| Event::Key { usage, down };
        let mut steps = self.devices.apply(edge(true));
        steps.extend(self.devices.apply(edge(false)));
        steps
    }

    /// The appliance's own movement: so many counts of the relative mouse to the right. Counts as use.
    pub(super) fn nudge(&mut self, counts: i16, now: Instant) -> Vec<PortStep> {
        self.used = now;
        self.devices.apply(Event::MoveBy { dx: counts, dy: 0 })
    }

    pub(super) fn alarm(&mut self, now: Instant) -> Alarm {
        let due = self.heard + SILENCE;
        if !self.devices.holds_something() {
            Alarm::Off
        } else if now < due {
            Alarm::At(due)
        } else {
            Alarm::Release(self.devices.release_all())
        }
    }

    pub(super) fn holds_something(&self) -> bool {
        self.devices.holds_something()
    }

    pub(super) fn controller(&self) -> Option<Controller> {
        let seat = self.controller?;
        Some(Controller {
            seat,
            name: self.seats.get(&seat)?.name.clone(),
        })
    }

    pub(super) fn seats(&self) -> usize {
        self.seats.len()
    }

    fn pass_lease(&mut self, to: Option<SeatId>, now: Instant) -> Vec<PortStep> {
        let had = std::mem::replace(&mut self.controller, to);
        self.heard = now;
        let steps = if had.is_some() {
            self.devices.release_all()
        } else {
            Vec::new()
        };
        let mode = to
            .and_then(|seat| self.seats.get(&seat))
            .map(|place| place.mode);
        // Nothing is held now, so the change of mode has nothing to say.
        self.devices
            .apply(Event::PointerMode(mode.unwrap_or_default()));
        steps
    }
}

/// Signs of life and words about the lease are none.
fn is_use(event: Event) -> bool {
    match event {
        Event::Key { .. }
        | Event::MoveTo { .. }
        | Event::MoveBy { .. }
        | Event::Button { .. }
        | Event::Wheel { .. }
        | Event::ReleaseAll => true,
        Event::Heartbeat
        | Event::RequestControl { .. }
        | Event::GiveUpControl
        | Event::PointerMode(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hid::Port;
    use crate::hid::event::Button;

    const A_DOWN: Event = Event::Key {
        usage: Usage::Key(4),
        down: true,
    };
    const TAKE_OVER: Event = Event::RequestControl { take_over: true };
    const ASK: Event = Event::RequestControl { take_over: false };

    fn two_seats() -> (Desk, SeatId, SeatId, Instant) {
        let now = Instant::now();
        let mut desk = Desk::new(now);
        let (first, second) = (desk.join("ann", now), desk.join("bob", now));
        (desk, first, second, now)
    }

    fn releases_the_keyboard(steps: &[PortStep]) -> bool {
        steps
            .iter()
            .any(|(port, step)| *port == Port::Keyboard && !step.holds_something())
    }

    #[test]
    fn the_first_seat_gets_the_lease_and_the_second_watches() {
        let (mut desk, first, second, now) = two_seats();
        assert_eq!(
            desk.controller(),
            Some(Controller {
                seat: first,
                name: "ann".to_owned()
            })
        );
        assert_eq!(desk.handle(second, A_DOWN, now), Err(NotInControl));
        assert_eq!(desk.handle(second, ASK, now), Err(NotInControl));
        assert!(!desk.holds_something());
    }

    #[test]
    fn release_all_on_disconnect() {
        let (mut desk, first, second, now) = two_seats();
        desk.handle(first, A_DOWN, now).unwrap();
        assert!(desk.leave(second, now).is_empty());
        assert!(releases_the_keyboard(&desk.leave(first, now)));
        assert_eq!(desk.controller(), None);
    }

    #[test]
    fn release_all_on_take_over_and_on_giving_up() {
        let (mut desk, first, second, now) = two_seats();
        desk.handle(first, A_DOWN, now).unwrap();
        assert!(releases_the_keyboard(
            &desk.handle(second, TAKE_OVER, now).unwrap()
        ));
        assert_eq!(desk.handle(first, A_DOWN, now), Err(NotInControl));
        desk.handle(second, A_DOWN, now).unwrap();
        assert!(releases_the_keyboard(
            &desk.handle(second, Event::GiveUpControl, now).unwrap()
        ));
        assert_eq!(desk.handle(first, ASK, now), Ok(vec![]));
        assert_eq!(desk.controller().unwrap().seat, first);
    }

    #[test]
    fn a_pointer_mode_belongs_to_its_seat() {
        let (mut desk, first, second, now) = two_seats();
        let relative = Event::PointerMode(PointerMode::Relative);
        assert_eq!(desk.handle(second, relative, now), Err(NotInControl));
        let click = Event::Button {
            button: Button::Left,
            down: true,
        };
        assert_eq!(desk.handle(first, click, now).unwrap()[0].0, Port::Absolute);
        desk.handle(second, TAKE_OVER, now).unwrap();
        assert_eq!(
            desk.handle(second, click, now).unwrap()[0].0,
            Port::Relative
        );
    }

    #[test]
    fn one_second_of_silence_releases_what_is_held() {
        let (mut desk, first, _, now) = two_seats();
        assert_eq!(desk.alarm(now + SILENCE), Alarm::Off);
        desk.handle(first, A_DOWN, now).unwrap();
        let later = now + Duration::from_millis(999);
        assert_eq!(desk.alarm(later), Alarm::At(now + SILENCE));
        desk.handle(first, Event::Heartbeat, later).unwrap();
        assert_eq!(desk.alarm(now + SILENCE), Alarm::At(later + SILENCE));
        let Alarm::Release(steps) = desk.alarm(later + SILENCE) else {
            panic!("no release")
        };
        assert!(releases_the_keyboard(&steps));
        assert_eq!(desk.alarm(later + SILENCE), Alarm::Off);
    }

    #[test]
    fn a_watcher_gives_no_sign_of_life_for_the_controller() {
        let (mut desk, first, second, now) = two_seats();
        desk.handle(first, A_DOWN, now).unwrap();
        assert_eq!(
            desk.handle(second, Event::Heartbeat, now + SILENCE),
            Err(NotInControl)
        );
        assert!(matches!(desk.alarm(now + SILENCE), Alarm::Release(_)));
    }
}
