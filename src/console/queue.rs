//! What still has to be told to one port: bounded, movements merged, edges kept.
//!
//! ```text
//! push ─► [ newest … oldest ] ─take─► in flight ─delivered─► forgotten
//!             ▲    full or stalled        │
//!             │    └─► only the newest    └─failed─► back to the front, merged with
//!             └ merges with the newest               what came meanwhile
//! ```
//!
//! Pure; a [`Lane`](super::lane::Lane) owns one. Because each step holds its device's whole
//! state, forgetting steps loses keystrokes but never leaves a key down that is up.

use std::collections::VecDeque;
use std::mem::discriminant;

use crate::hid::Port;
use crate::hid::devices::at_rest;
use crate::hid::report::{Report, Step};

/// Edges that may wait. As many as the control socket lets through in one burst, so that a target
/// that reads, however slowly, loses none of them; one that does not read counts as stalled after
/// 100 ms, and then they are forgotten.
pub(super) const DEPTH: usize = 2048;

#[derive(Debug)]
pub(super) struct Queue {
    waiting: VecDeque<Step>,
    in_flight: Option<Step>,
    /// The state the target should end in, a step at rest for each device on this port.
    newest: Vec<Step>,
    /// The state the target was last told, likewise.
    delivered: Vec<Step>,
}

impl Queue {
    /// Starts with the release of everything: the run of the program before this one may have
    /// ended with a key down. `left` is what releases a button of which only the port knows.
    pub(super) fn new(port: Port, left: Option<Step>) -> Queue {
        let rest: Vec<Step> = at_rest(port).iter().copied().chain(left).collect();
        Queue {
            waiting: rest.iter().copied().collect(),
            in_flight: None,
            newest: rest,
            delivered: Vec::new(),
        }
    }

    /// Adds a step. False: there was no room, and all that waited gave way to the newest state.
    pub(super) fn push(&mut self, step: Step) -> bool {
        self.note(step);
        if self
            .waiting
            .back_mut()
            .is_some_and(|last| last.absorb(step))
        {
            return true;
        }
        if self.waiting.len() >= DEPTH {
            self.collapse();
            return false;
        }
        self.waiting.push_back(step);
        true
    }

    /// Remembers the state in a step without having it sent.
    pub(super) fn note(&mut self, step: Step) {
        remember(&mut self.newest, step);
    }

    /// The next report; it is in flight until [`delivered`](Queue::delivered) or
    /// [`failed`](Queue::failed).
    pub(super) fn take(&mut self) -> Option<Report> {
        let (first, rest) = self.waiting.pop_front()?.split();
        if let Some(rest) = rest {
            self.waiting.push_front(rest);
        }
        self.in_flight = Some(first);
        Some(first.report())
    }

    pub(super) fn delivered(&mut self) {
        if let Some(step) = self.in_flight.take() {
            remember(&mut self.delivered, step);
        }
    }

    /// The report in flight did not go out: it is next again, with what may merge into it.
    pub(super) fn failed(&mut self) {
        let Some(mut step) = self.in_flight.take() else {
            return;
        };
        if self.waiting.front().is_some_and(|next| step.absorb(*next)) {
            self.waiting.pop_front();
        }
        self.waiting.push_front(step);
    }

    /// Forgets everything. Whether the target was told what is in flight is not known then: if it holds something, it
    /// may be held.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        if let Some(step) = self.in_flight.take()
            && step.holds_something()
        {
            remember(&mut self.delivered, step);
        }
    }

    /// Forgets everything but the newest state.
    pub(super) fn collapse(&mut self) {
        self.clear();
        self.waiting.extend(&self.newest);
    }

    /// For a target that seems to sleep: a report that does no harm when it is fetched late.
    pub(super) fn offer_release(&mut self) {
        self.clear();
        self.waiting
            .extend(self.newest.first().map(|newest| newest.released()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The port has taken everything.
    pub(super) fn is_settled(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.is_none()
    }

    /// For a target that comes back: everything released first, then what is held now. The
    /// absolute pointer is left where it is if it has nothing new to say.
    pub(super) fn restart(&mut self) {
        self.clear();
        for newest in &self.newest {
            let known = self.delivered.contains(newest) && !newest.holds_something();
            if known && matches!(newest, Step::Absolute(_)) {
                continue;
            }
            self.waiting.push_back(newest.released());
            if newest.holds_something() {
                self.waiting.push_back(*newest);
            }
        }
    }
}

fn remember(states: &mut Vec<Step>, step: Step) {
    match states
        .iter_mut()
        .find(|known| discriminant(*known) == discriminant(&step))
    {
        Some(known) => *known = step.at_rest(),
        None => states.push(step.at_rest()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hid::devices::Devices;
    use crate::hid::event::{Button, Event, PointerMode, Usage};
    use crate::hid::pointer::AbsoluteStep;

    fn press(button: Button) -> Event {
        Event::Button { button, down: true }
    }

    fn key(id: u8, down: bool) -> Event {
        Event::Key {
            usage: Usage::Key(id),
            down,
        }
    }

    /// The steps that events cause on one port.
    fn steps(port: Port, events: impl IntoIterator<Item = Event>) -> Vec<Step> {
        let mut devices = Devices::default();
        let all = events
            .into_iter()
            .flat_map(|event| devices.apply(event))
            .collect::<Vec<_>>();
        all.into_iter()
            .filter(|(on, _)| *on == port)
            .map(|(_, step)| step)
            .collect()
    }

    /// A queue that has already sent its first release.
    fn running(port: Port) -> Queue {
        let mut queue = Queue::new(port, None);
        drain(&mut queue);
        queue
    }

    fn drain(queue: &mut Queue) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        while let Some(report) = queue.take() {
            queue.delivered();
            sent.push(report.as_ref().to_vec());
        }
        sent
    }

    #[test]
    fn the_first_report_releases_everything() {
        assert_eq!(drain(&mut Queue::new(Port::Keyboard, None)), [[0; 8]]);
        assert_eq!(drain(&mut Queue::new(Port::Controls, None)).len(), 2);
        assert!(drain(&mut Queue::new(Port::Absolute, None)).is_empty());
    }

    #[test]
    fn a_button_that_the_run_before_left_pressed_is_released_when_the_target_listens() {
        let left = AbsoluteStep::parse([0, 12, 0, 34, 0, 0, 0]);
        let mut queue = Queue::new(Port::Absolute, Some(Step::Absolute(left)));
        queue.clear();
        queue.restart();
        assert_eq!(drain(&mut queue), [left.report()]);
        queue.restart();
        assert!(drain(&mut queue).is_empty());
    }

    #[test]
    fn movements_merge_but_stay_on_their_side_of_a_click() {
        let mut queue = running(Port::Absolute);
        let click = Event::Button {
            button: Button::Left,
            down: true,
        };
        let to = |x| Event::MoveTo { x, y: 0 };
        for step in steps(Port::Absolute, [to(1), to(2), click, to(3), to(4)]) {
            assert!(queue.push(step));
        }
        let seen: Vec<_> = drain(&mut queue)
            .iter()
            .map(|report| (report[0], report[1]))
            .collect();
        assert_eq!(seen, [(0, 2), (1, 2), (1, 4)]);
    }

    #[test]
    fn a_full_queue_says_so_and_keeps_the_newest_state() {
        let mut queue = running(Port::Keyboard);
        let taps = (0..DEPTH / 2)
            .flat_map(|_| [key(4, true), key(4, false)])
            .chain([key(5, true)]);
        let refused = steps(Port::Keyboard, taps)
            .into_iter()
            .filter(|step| !queue.push(*step))
            .count();
        assert_eq!(refused, 1);
        assert_eq!(drain(&mut queue).last().unwrap()[2], 5);
    }

    #[test]
    fn a_movement_that_failed_goes_out_with_what_came_meanwhile() {
        let mut queue = running(Port::Relative);
        let way = steps(
            Port::Relative,
            [
                Event::MoveBy { dx: 3, dy: 0 },
                Event::MoveBy { dx: 4, dy: 1 },
            ],
        );
        queue.push(way[0]);
        queue.take();
        queue.push(way[1]);
        queue.failed();
        assert_eq!(drain(&mut queue), [[0, 7, 1, 0, 0]]);
    }

    #[test]
    fn a_target_that_comes_back_is_released_first_then_told_what_is_held() {
        let mut queue = running(Port::Keyboard);
        queue.push(steps(Port::Keyboard, [key(4, true)])[0]);
        queue.restart();
        assert_eq!(drain(&mut queue), [[0; 8], [0, 0, 4, 0, 0, 0, 0, 0]]);
    }

    #[test]
    fn a_button_is_let_go_of_though_a_movement_with_it_still_waits() {
        let mut queue = running(Port::Relative);
        let drag = [
            Event::PointerMode(PointerMode::Relative),
            press(Button::Right),
            Event::MoveBy { dx: 12, dy: -200 },
            Event::ReleaseAll,
        ];
        for step in steps(Port::Relative, drag) {
            queue.push(step);
        }
        let buttons: Vec<_> = drain(&mut queue).iter().map(|report| report[0]).collect();
        assert_eq!(buttons, [2, 2, 2, 0]);
    }

    #[test]
    fn a_press_that_was_on_its_way_when_the_target_fell_asleep_is_let_go_of_when_it_is_back() {
        let mut queue = running(Port::Absolute);
        let click = steps(
            Port::Absolute,
            [
                Event::MoveTo { x: 9, y: 9 },
                press(Button::Left),
                Event::ReleaseAll,
            ],
        );
        queue.push(click[0]);
        drain(&mut queue);
        queue.push(click[1]);
        queue.take();
        queue.clear();
        queue.note(click[2]);
        queue.restart();
        assert_eq!(drain(&mut queue), [click[2].report().as_ref()]);
    }

    #[test]
    fn coming_back_does_not_move_a_pointer_that_has_nothing_to_say() {
        let mut queue = running(Port::Absolute);
        queue.push(steps(Port::Absolute, [Event::MoveTo { x: 9, y: 9 }])[0]);
        drain(&mut queue);
        queue.restart();
        assert!(drain(&mut queue).is_empty());
    }

    proptest! {
        #[test]
        fn no_edge_is_lost_and_no_way_either_while_the_port_accepts(
            actions in proptest::collection::vec((0u8..5, -300i16..300, any::<bool>()), 1..60),
            failures in proptest::collection::vec(any::<bool>(), 200),
        ) {
            let mut devices = Devices::default();
            let mut queue = running(Port::Relative);
            devices.apply(Event::PointerMode(PointerMode::Relative));
            let mut wanted = (vec![0u8], 0i32, 0i32);
            let mut seen = (vec![0u8], 0i32, 0i32);
            let mut failures = failures.into_iter();
            for (action, amount, down) in actions {
                let event = match action {
                    0 => Event::Button { button: Button::Left, down },
                    4 if down => Event::ReleaseAll,
                    1 => Event::Wheel { vertical: (amount / 50) as i8, horizontal: 0 },
                    _ => Event::MoveBy { dx: amount, dy: 0 },
                };
                for (_, step) in devices.apply(event) {
                    let Step::Relative(relative) = step else { continue };
                    if wanted.0.last() != Some(&relative.buttons) {
                        wanted.0.push(relative.buttons);
                    }
                    wanted.1 += i32::from(relative.dx);
                    wanted.2 += i32::from(relative.report()[3].cast_signed());
                    prop_assert!(queue.push(step));
                }
                // The target reads one report, or refuses it.
                if let Some(report) = queue.take() {
                    if failures.next() == Some(true) { queue.failed(); continue }
                    queue.delivered();
                    see(&mut seen, report.as_ref());
                }
            }
            drain(&mut queue).iter().for_each(|report| see(&mut seen, report));
            prop_assert_eq!(wanted, seen);
        }

        #[test]
        fn whatever_happens_the_target_ends_in_the_newest_state(
            taps in proptest::collection::vec((4u8..12, any::<bool>(), 0u8..8), 1..200),
        ) {
            let mut devices = Devices::default();
            let mut queue = running(Port::Keyboard);
            let (mut newest, mut told) = ([0; 8].to_vec(), [0; 8].to_vec());
            for (id, down, luck) in taps {
                for (_, step) in devices.apply(key(id, down)) {
                    newest = step.report().as_ref().to_vec();
                    queue.push(step);
                }
                match luck {
                    0 => queue.collapse(),
                    1 => queue.restart(),
                    2 | 3 => if let Some(report) = queue.take() {
                        queue.delivered();
                        told = report.as_ref().to_vec();
                    },
                    4 => { queue.take(); queue.failed() }
                    _ => {}
                }
            }
            if let Some(last) = drain(&mut queue).pop() { told = last }
            prop_assert_eq!(told, newest);
        }
    }

    fn see(seen: &mut (Vec<u8>, i32, i32), report: &[u8]) {
        if seen.0.last() != Some(&report[0]) {
            seen.0.push(report[0]);
        }
        seen.1 += i32::from(report[1].cast_signed());
        seen.2 += i32::from(report[3].cast_signed());
    }
}
