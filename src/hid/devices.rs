//! The gadget's devices as one thing: an event goes in, the steps it causes come out.
//!
//! The console's desk owns one. Pure; what is held here is what the operator holds.

use super::Port;
use super::controls::Controls;
use super::event::{Button, Event, PointerMode, Usage};
use super::keyboard::Keyboard;
use super::pointer::{Absolute, Relative, Wheel};
use super::report::Step;

/// A step and the port that has to say it.
pub type PortStep = (Port, Step);

/// Keyboard, mice and controls with everything the operator holds on them.
#[derive(Debug, Clone, Default)]
pub struct Devices {
    keyboard: Keyboard,
    absolute: Absolute,
    relative: Relative,
    controls: Controls,
    mode: PointerMode,
}

impl Devices {
    /// What the target has to be told of `event`. Events that are not for the target (heartbeat,
    /// lease) cause nothing.
    pub fn apply(&mut self, event: Event) -> Vec<PortStep> {
        match event {
            Event::Key { usage, down } => self.key(usage, down).into_iter().collect(),
            Event::MoveTo { x, y } => {
                vec![(Port::Absolute, Step::Absolute(self.absolute.move_to(x, y)))]
            }
            Event::MoveBy { dx: 0, dy: 0 }
            | Event::Wheel {
                vertical: 0,
                horizontal: 0,
            } => vec![],
            Event::MoveBy { dx, dy } => vec![(
                Port::Relative,
                Step::Relative(self.relative.move_by(dx, dy)),
            )],
            Event::Button { button, down } => self.button(button, down).into_iter().collect(),
            Event::Wheel {
                vertical,
                horizontal,
            } => vec![self.turn(Wheel::new(vertical, horizontal))],
            Event::ReleaseAll => self.release_all(),
            Event::PointerMode(mode) => self.change_mode(mode),
            Event::Heartbeat | Event::RequestControl { .. } | Event::GiveUpControl => vec![],
        }
    }

    /// Lets go of every key and button, and says so on every port even if nothing was held:
    /// whoever asks for this may see the target hold something that we know nothing of. The
    /// absolute pointer speaks only if it held a button.
    pub fn release_all(&mut self) -> Vec<PortStep> {
        self.keyboard.release_all();
        self.relative.release_all();
        self.controls.release_all();
        let absolute = self.absolute.release_all();
        let mut steps: Vec<_> = Port::ALL
            .into_iter()
            .flat_map(|port| at_rest(port).iter().map(move |step| (port, *step)))
            .collect();
        steps.extend(absolute.map(|step| (Port::Absolute, Step::Absolute(step))));
        steps
    }

    #[must_use]
    pub fn holds_something(&self) -> bool {
        self.keyboard.holds_something()
            || self.absolute.holds_something()
            || self.relative.holds_something()
            || self.controls.holds_something()
    }

    fn key(&mut self, usage: Usage, down: bool) -> Option<PortStep> {
        match usage {
            Usage::Key(id) => self
                .keyboard
                .apply(id, down)
                .map(|keys| (Port::Keyboard, Step::Keys(keys))),
            Usage::Consumer(id) => self
                .controls
                .consumer(id, down)
                .map(|on| (Port::Controls, Step::Consumer(on))),
            Usage::System(id) => self
                .controls
                .system(id, down)
                .map(|on| (Port::Controls, Step::System(on))),
        }
    }

    fn button(&mut self, button: Button, down: bool) -> Option<PortStep> {
        match self.mode {
            PointerMode::Absolute => self
                .absolute
                .button(button, down)
                .map(|s| (Port::Absolute, Step::Absolute(s))),
            PointerMode::Relative => self
                .relative
                .button(button, down)
                .map(|s| (Port::Relative, Step::Relative(s))),
        }
    }

    fn turn(&mut self, wheel: Wheel) -> PortStep {
        match self.mode {
            PointerMode::Absolute => (Port::Absolute, Step::Absolute(self.absolute.turn(wheel))),
            PointerMode::Relative => (Port::Relative, Step::Relative(self.relative.turn(wheel))),
        }
    }

    /// Buttons do not travel from one mouse to the other: the one left behind lets go of its own.
    fn change_mode(&mut self, mode: PointerMode) -> Vec<PortStep> {
        if mode == self.mode {
            return vec![];
        }
        self.mode = mode;
        let absolute = self
            .absolute
            .release_all()
            .map(|step| (Port::Absolute, Step::Absolute(step)));
        let held = self.relative.holds_something();
        self.relative.release_all();
        let relative = held.then(|| (Port::Relative, Step::Relative(self.relative.state())));
        absolute.into_iter().chain(relative).collect()
    }
}

/// The steps that make a port's device hold nothing, whatever it held. None for the absolute
/// pointer, which cannot speak without moving the target's pointer.
#[must_use]
pub fn at_rest(port: Port) -> &'static [Step] {
    use super::controls::{Consumer, System};
    use super::keyboard::Keys;
    use super::pointer::RelativeStep;
    match port {
        Port::Keyboard => &[Step::Keys(Keys::RELEASED)],
        Port::Absolute => &[],
        Port::Relative => &[Step::Relative(RelativeStep::RELEASED)],
        Port::Controls => &[
            Step::Consumer(Consumer::RELEASED),
            Step::System(System::RELEASED),
        ],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            (0x04u8..=0xE7, any::<bool>()).prop_map(|(id, down)| Event::Key {
                usage: Usage::Key(id),
                down
            }),
            (0u16..6, any::<bool>()).prop_map(|(id, down)| Event::Key {
                usage: Usage::Consumer(id),
                down
            }),
            (0x80u8..0x85, any::<bool>()).prop_map(|(id, down)| Event::Key {
                usage: Usage::System(id),
                down
            }),
            any::<(u16, u16)>().prop_map(|(x, y)| Event::MoveTo { x, y }),
            any::<(i16, i16)>().prop_map(|(dx, dy)| Event::MoveBy { dx, dy }),
            (prop::sample::select(&Button::ALL), any::<bool>())
                .prop_map(|(button, down)| Event::Button { button, down }),
            any::<(i8, i8)>().prop_map(|(vertical, horizontal)| Event::Wheel {
                vertical,
                horizontal
            }),
            Just(Event::PointerMode(PointerMode::Absolute)),
            Just(Event::PointerMode(PointerMode::Relative)),
        ]
    }

    fn down(button: Button) -> Event {
        Event::Button { button, down: true }
    }

    #[test]
    fn buttons_and_wheel_go_where_the_pointer_mode_says() {
        let mut devices = Devices::default();
        assert_eq!(devices.apply(down(Button::Left))[0].0, Port::Absolute);
        devices.apply(Event::PointerMode(PointerMode::Relative));
        assert_eq!(
            devices.apply(Event::Wheel {
                vertical: 1,
                horizontal: 0
            })[0]
                .0,
            Port::Relative
        );
    }

    #[test]
    fn a_change_of_mode_lets_go_of_the_buttons_left_behind() {
        let mut devices = Devices::default();
        devices.apply(down(Button::Left));
        let steps = devices.apply(Event::PointerMode(PointerMode::Relative));
        assert_eq!(steps.len(), 1);
        assert!(steps[0].0 == Port::Absolute && !steps[0].1.holds_something());
        assert!(!devices.holds_something());
    }

    proptest! {
        #[test]
        fn after_release_all_every_device_holds_nothing(events in proptest::collection::vec(any_event(), 0..80)) {
            let mut devices = Devices::default();
            let mut last: Vec<PortStep> = Vec::new();
            let mut say = |steps: Vec<PortStep>| {
                for (port, step) in steps {
                    let kind = std::mem::discriminant(&step);
                    last.retain(|(_, known)| std::mem::discriminant(known) != kind);
                    last.push((port, step));
                }
                last.iter().any(|(_, step)| step.holds_something())
            };
            for event in events {
                let told = devices.apply(event);
                prop_assert_eq!(say(told), devices.holds_something());
            }
            let told = devices.release_all();
            prop_assert!(!say(told));
            prop_assert!(!devices.holds_something());
        }
    }
}
