use super::super::keyboard::{REPEAT_DELAY, REPEAT_PERIOD};
use super::*;
use crate::hid::devices::Devices;
use crate::hid::event::{Button, Event, Usage};

/// A computer and what its operator holds in hand: events become reports as in the appliance.
struct Bench {
    computer: Computer,
    devices: Devices,
    now: Duration,
}

const SCREEN: (u16, u16) = (1280, 720);
const SHIFT: u8 = 0xE1;
const ENTER: u8 = 0x28;

impl Bench {
    fn new() -> Bench {
        let mut bench = Bench {
            computer: Computer::new("test", SCREEN),
            devices: Devices::default(),
            now: Duration::ZERO,
        };
        bench.wait(SPLASH_TIME);
        assert_eq!(bench.computer.stage, Stage::Running);
        bench
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        assert_eq!(self.computer.step(self.now, Input::Time), Ok(()));
    }

    fn send(&mut self, event: Event) -> Result<(), PortError> {
        let mut outcome = Ok(());
        for (port, step) in self.devices.apply(event) {
            let report = step.report();
            outcome = self
                .computer
                .step(self.now, Input::Report(port, report.as_ref()));
        }
        outcome
    }

    fn key(&mut self, usage: u8, down: bool) -> Result<(), PortError> {
        self.send(Event::Key {
            usage: Usage::Key(usage),
            down,
        })
    }

    fn tap(&mut self, usage: u8) {
        self.key(usage, true).unwrap();
        // The press may have put the computer to sleep; then nobody hears the release.
        let _ = self.key(usage, false);
    }

    /// Types lower-case letters, spaces and line ends.
    fn type_plain(&mut self, text: &str) {
        for character in text.bytes() {
            match character {
                b' ' => self.tap(0x2C),
                b'\n' => self.tap(ENTER),
                b'0'..=b'9' => self.tap(0x1E + (character - b'0' + 9) % 10),
                letter => self.tap(letter - b'a' + 4),
            }
        }
    }

    fn pull(&mut self, lever: Lever) {
        self.computer.step(self.now, Input::Lever(lever)).unwrap();
    }
}

#[test]
fn typing_hello_through_reports_shows_hello() {
    let mut bench = Bench::new();
    bench.key(SHIFT, true).unwrap();
    bench.tap(0x0B);
    bench.key(SHIFT, false).unwrap();
    bench.type_plain("ello");
    assert_eq!(bench.computer.typed, "Hello");
    assert!(bench.computer.shell.text().ends_with("> Hello"));
    assert_eq!(bench.computer.keyboard.combination, "O");
    assert_eq!(bench.computer.misread, 0);
}

#[test]
fn caps_lock_lights_its_lamp_and_types_capitals_until_pressed_again() {
    let mut bench = Bench::new();
    bench.tap(keys::CAPS_LOCK);
    assert!(bench.computer.leds().caps);
    bench.type_plain("a");
    bench.tap(keys::CAPS_LOCK);
    assert!(!bench.computer.leds().caps);
    bench.type_plain("a");
    assert_eq!(bench.computer.typed, "Aa");
}

#[test]
fn num_lock_is_lit_after_start_and_the_keypad_types_digits() {
    let mut bench = Bench::new();
    assert!(bench.computer.leds().num);
    bench.tap(0x59);
    bench.tap(keys::NUM_LOCK);
    bench.tap(0x59);
    assert_eq!(bench.computer.typed, "1");
    assert!(!bench.computer.leds().num);
}

#[test]
fn six_keys_are_held_at_once_and_a_seventh_types_nothing() {
    let mut bench = Bench::new();
    for usage in 4..10 {
        bench.key(usage, true).unwrap();
    }
    assert_eq!(bench.computer.keyboard.held, [4, 5, 6, 7, 8, 9]);
    bench.key(10, true).unwrap();
    assert_eq!(bench.computer.typed, "abcdef");
    assert_eq!(bench.computer.keyboard.held, [4, 5, 6, 7, 8, 9]);
}

#[test]
fn a_held_key_repeats_until_it_is_released() {
    let mut bench = Bench::new();
    bench.key(4, true).unwrap();
    bench.wait(REPEAT_DELAY - Duration::from_millis(1));
    assert_eq!(bench.computer.typed, "a");
    bench.wait(Duration::from_millis(1) + REPEAT_PERIOD * 3);
    assert_eq!(bench.computer.typed, "aaaaa");
    bench.key(4, false).unwrap();
    bench.wait(Duration::from_secs(5));
    assert_eq!(bench.computer.typed, "aaaaa");
    assert_eq!(bench.computer.next_event(), None);
}

#[test]
fn modifiers_and_locks_do_not_repeat() {
    let mut bench = Bench::new();
    bench.key(SHIFT, true).unwrap();
    bench.key(keys::CAPS_LOCK, true).unwrap();
    bench.wait(Duration::from_secs(3));
    assert!(bench.computer.leds().caps);
    assert_eq!(bench.computer.next_event(), None);
}

#[test]
fn a_pause_of_the_whole_program_does_not_flood_the_prompt() {
    let mut bench = Bench::new();
    bench.key(4, true).unwrap();
    bench.wait(Duration::from_secs(86_400));
    assert_eq!(bench.computer.typed.len(), 1 + MAX_REPEATS_AT_ONCE);
}

#[test]
fn the_pointer_follows_both_mice() {
    let mut bench = Bench::new();
    bench.send(Event::MoveTo { x: 32767, y: 32767 }).unwrap();
    assert_eq!(
        (bench.computer.mouse.x, bench.computer.mouse.y),
        (1279, 719)
    );
    bench.send(Event::MoveBy { dx: -79, dy: -19 }).unwrap();
    assert_eq!(
        (bench.computer.mouse.x, bench.computer.mouse.y),
        (1200, 700)
    );
    bench
        .send(Event::Button {
            button: Button::Middle,
            down: true,
        })
        .unwrap();
    assert_eq!(bench.computer.mouse.buttons(), 0b100);
    bench
        .send(Event::Wheel {
            vertical: -3,
            horizontal: 2,
        })
        .unwrap();
    assert_eq!(bench.computer.mouse.wheel, (-3, 2));
}

#[test]
fn sleep_suspends_the_bus_and_a_key_wakes_it() {
    let mut bench = Bench::new();
    bench.type_plain("sleep\n");
    assert_eq!(bench.computer.signal(), Err(NoPicture::NoCable));
    assert_eq!(bench.computer.link(), UsbLink::Suspended);
    assert_eq!(
        bench.key(4, true),
        Err(PortError::Shutdown),
        "this report is lost"
    );
    assert_eq!(bench.computer.signal(), Ok(SCREEN));
    assert_eq!(bench.computer.link(), UsbLink::Configured);
    assert_eq!(bench.computer.typed, "sleep\n");
    bench.key(4, false).unwrap();
    bench.type_plain("b");
    assert_eq!(bench.computer.typed, "sleep\nb");
}

#[test]
fn its_own_clock_ends_an_ordinary_sleep_but_not_a_forced_one() {
    let mut bench = Bench::new();
    bench.type_plain("sleep\n");
    bench.wait(NAP_TIME);
    assert_eq!(bench.computer.stage, Stage::Running);
    bench.pull(Lever::Sleep);
    bench.wait(NAP_TIME * 2);
    assert_eq!(bench.computer.stage, Stage::Asleep);
    bench.pull(Lever::Wake);
    assert_eq!(bench.computer.stage, Stage::Running);
}

#[test]
fn movement_and_releases_do_not_wake_it() {
    let mut bench = Bench::new();
    bench.key(4, true).unwrap();
    bench.pull(Lever::Sleep);
    assert_eq!(bench.key(4, false), Err(PortError::Shutdown));
    assert_eq!(
        bench.send(Event::MoveTo { x: 1, y: 1 }),
        Err(PortError::Shutdown)
    );
    assert_eq!(bench.computer.stage, Stage::Asleep);
    assert!(bench.computer.keyboard.held.is_empty());
}

#[test]
fn no_signal_ends_by_itself() {
    let mut bench = Bench::new();
    bench.type_plain("nosignal 2\n");
    assert_eq!(bench.computer.signal(), Err(NoPicture::NoCable));
    bench.wait(Duration::from_millis(1999));
    assert_eq!(bench.computer.signal(), Err(NoPicture::NoCable));
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.computer.signal(), Ok(SCREEN));
}

#[test]
fn a_mode_change_keeps_the_text() {
    let mut bench = Bench::new();
    bench.type_plain("mode 1920x1080\n");
    assert_eq!(bench.computer.signal(), Ok((1920, 1080)));
    assert!(bench.computer.shell.text().contains("> mode 1920x1080"));
}

#[test]
fn control_alt_delete_reboots_through_another_mode() {
    let mut bench = Bench::new();
    bench.type_plain("x");
    for usage in [0xE0, 0xE2, keys::DELETE] {
        bench.key(usage, true).unwrap();
    }
    assert_eq!(bench.computer.signal(), Err(NoPicture::NoCable));
    assert_eq!(bench.computer.link(), UsbLink::Disconnected);
    bench.wait(BLANK_TIME);
    assert_eq!(bench.computer.signal(), Ok(POST_MODE));
    bench.wait(POST_TIME);
    assert_eq!(
        (bench.computer.signal(), bench.computer.stage),
        (Ok(SCREEN), Stage::Splash)
    );
    assert_eq!(bench.computer.link(), UsbLink::Configured);
    bench.wait(SPLASH_TIME);
    assert_eq!(bench.computer.stage, Stage::Running);
    assert_eq!(bench.computer.typed, "");
    assert!(bench.computer.keyboard.held.is_empty());
}

#[test]
fn the_power_key_switches_off_and_it_comes_back_by_itself() {
    let mut bench = Bench::new();
    bench
        .send(Event::Key {
            usage: Usage::System(0x81),
            down: true,
        })
        .unwrap();
    assert_eq!(bench.computer.stage, Stage::Off);
    assert_eq!(bench.key(4, true), Err(PortError::Shutdown));
    bench.wait(OFF_TIME + POST_TIME + SPLASH_TIME);
    assert_eq!(bench.computer.stage, Stage::Running);
    assert_eq!(bench.computer.uptime(), Duration::ZERO);
}

#[test]
fn media_keys_are_named_on_the_screen() {
    let mut bench = Bench::new();
    bench
        .send(Event::Key {
            usage: Usage::Consumer(0xE9),
            down: true,
        })
        .unwrap();
    assert_eq!(
        bench.computer.note.as_ref().map(|(name, _)| name.as_str()),
        Some("Volume up")
    );
}

#[test]
fn levers_force_signal_link_and_business_and_let_go_again() {
    let mut bench = Bench::new();
    bench.pull(Lever::Signal(Some(NoPicture::OutOfRange)));
    assert_eq!(bench.computer.signal(), Err(NoPicture::OutOfRange));
    bench.pull(Lever::Signal(None));
    assert_eq!(bench.computer.signal(), Ok(SCREEN));
    bench.pull(Lever::Busy(Busy::All));
    assert_eq!(bench.key(4, true), Err(PortError::Busy));
    bench.pull(Lever::Busy(Busy::None));
    bench.key(5, true).unwrap();
    bench.pull(Lever::Usb(Some(UsbLink::Suspended)));
    assert_eq!(bench.key(6, true), Err(PortError::Shutdown));
    assert_eq!(
        bench.computer.link(),
        UsbLink::Suspended,
        "only the lever ends it"
    );
    assert!(
        bench.computer.keyboard.held.is_empty(),
        "a suspended bus holds no keys"
    );
    bench.pull(Lever::Usb(None));
    assert_eq!(bench.computer.link(), UsbLink::Configured);
}

#[test]
fn clear_forgets_what_was_typed_and_turned() {
    let mut bench = Bench::new();
    bench.type_plain("abc");
    bench
        .send(Event::Wheel {
            vertical: 1,
            horizontal: 0,
        })
        .unwrap();
    bench.pull(Lever::Clear);
    assert_eq!(bench.computer.typed, "");
    assert_eq!(bench.computer.mouse.wheel, (0, 0));
}

#[test]
fn what_was_typed_is_bounded() {
    let mut bench = Bench::new();
    for _ in 0..MAX_TYPED + 10 {
        bench.tap(4);
    }
    assert!(bench.computer.typed.len() <= MAX_TYPED);
}

#[test]
fn time_never_runs_backwards() {
    let mut bench = Bench::new();
    bench.computer.step(Duration::ZERO, Input::Time).unwrap();
    assert_eq!(bench.computer.now, SPLASH_TIME);
}
