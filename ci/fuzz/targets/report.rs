//! Events of any value, those that no socket lets in among them, up to the bytes that the target gets: each report has
//! its port's length, a movement that takes several comes to an end, the target holds what the appliance believes that it
//! holds, and letting go of everything leaves nothing held.

#![no_main]

use std::collections::HashMap;

use farseat_fuzz::hid::Port;
use farseat_fuzz::hid::devices::{Devices, PortStep};
use farseat_fuzz::hid::event::{Button, Event, PointerMode, Usage};
use farseat_fuzz::hid::report::Step;
use libfuzzer_sys::fuzz_target;

/// What the target knows of each device: its last report but for what only happened once.
#[derive(Default)]
struct Target(HashMap<(Port, u8), Step>);

impl Target {
    fn hears(&mut self, (port, step): PortStep) {
        let mut rest = Some(step);
        while let Some(step) = rest {
            let (first, after) = step.split();
            let report = first.report();
            let bytes = report.as_ref();
            let (id, length) = match port {
                // Two reports in one, told apart by their first byte.
                Port::Controls if bytes[0] == 2 => (2, 2),
                Port::Controls => (1, port.report_length()),
                _ => (0, port.report_length()),
            };
            assert_eq!(bytes.len(), length, "{port:?}");
            self.0.insert((port, id), first.at_rest());
            // What is left of a movement is less than before: it comes to an end.
            assert_ne!(after, Some(step));
            rest = after;
        }
    }

    fn holds_something(&self) -> bool {
        self.0.values().any(|step| step.holds_something())
    }
}

fn event(bytes: [u8; 6]) -> Event {
    let [kind, down, a, b, c, d] = bytes;
    let down = down % 2 == 1;
    let two = |low, high| u16::from_le_bytes([low, high]);
    match kind % 12 {
        0 => Event::Key {
            usage: Usage::Key(a),
            down,
        },
        1 => Event::Key {
            usage: Usage::Consumer(two(a, b)),
            down,
        },
        2 => Event::Key {
            usage: Usage::System(a),
            down,
        },
        3 => Event::MoveTo {
            x: two(a, b),
            y: two(c, d),
        },
        4 => Event::MoveBy {
            dx: two(a, b).cast_signed(),
            dy: two(c, d).cast_signed(),
        },
        5 => Event::Button {
            button: Button::ALL[usize::from(a) % Button::ALL.len()],
            down,
        },
        6 => Event::Wheel {
            vertical: a.cast_signed(),
            horizontal: b.cast_signed(),
        },
        7 => Event::PointerMode(PointerMode::Absolute),
        8 => Event::PointerMode(PointerMode::Relative),
        9 => Event::ReleaseAll,
        10 => Event::Heartbeat,
        _ => Event::GiveUpControl,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let (mut devices, mut target) = (Devices::default(), Target::default());
    let (events, _) = bytes.as_chunks::<6>();
    for &bytes in events {
        for step in devices.apply(event(bytes)) {
            target.hears(step);
        }
        assert_eq!(target.holds_something(), devices.holds_something());
    }
    for step in devices.release_all() {
        target.hears(step);
    }
    assert!(!devices.holds_something() && !target.holds_something());
});
