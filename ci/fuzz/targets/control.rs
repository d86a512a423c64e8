//! A conversation on the control socket, up to the reports that the target gets: what is read is in range and printed
//! the same, every report has its port's length, and nothing stays held when everything is let go.

#![no_main]

use farseat_fuzz::hid::devices::Devices;
use farseat_fuzz::hid::event::Message;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut devices = Devices::default();
    // Each message with its length before it; the longest that the socket takes is far shorter.
    let mut rest = bytes;
    while let Some((&length, tail)) = rest.split_first() {
        let (bytes, tail) = tail.split_at(usize::from(length).min(tail.len()));
        rest = tail;
        let Ok(message) = Message::parse(bytes) else {
            continue;
        };
        assert_eq!(message.encode(), bytes);
        for (port, step) in devices.apply(message.event) {
            assert!(step.report().as_ref().len() <= port.report_length());
        }
    }
    devices.release_all();
    assert!(!devices.holds_something());
});
