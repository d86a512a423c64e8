//! The virtual target as a state machine: time, reports and levers go in; what it shows, its
//! lights and its links are read off it. No clock, no thread, no drawing.
//!
//! ```text
//!   start ──────────────▶ Splash ──▶ Running ──sleep──▶ Asleep
//!                           ▲          │  ▲               │
//!   Off ──▶ Post (640×480) ─┘          │  └── key, click ─┘
//!    ▲                                 │
//!    └──── reboot, power off ──────────┘
//! ```
//!
//! A cold start shows the splash at once, so that the first picture has the target's own mode; a
//! reboot takes the long way with a blank screen and another mode, as real firmware does.

use std::time::Duration;

use super::input::{Busy, Input, Lever};
use super::keyboard::Keyboard;
use super::keys::{self, Stroke};
use super::metrics::Metrics;
use super::mouse::Mouse;
use super::reader::{Reader, Sign};
use super::shell::{Action, Shell};
use crate::hid::functions::Functions;
use crate::hid::{Leds, Port};
use crate::target::{PortError, UsbLink};
use crate::video::NoPicture;

const POST_MODE: (u16, u16) = (640, 480);
const BLANK_TIME: Duration = Duration::from_millis(400);
const OFF_TIME: Duration = Duration::from_secs(5);
/// Its own clock wakes it after this time, so that nobody who cannot reach it is stuck.
const NAP_TIME: Duration = Duration::from_secs(30);
pub(super) const POST_TIME: Duration = Duration::from_millis(900);
pub(super) const SPLASH_TIME: Duration = Duration::from_millis(1600);
/// How long a target takes to read an EDID and send what it asks for.
const EDID_TIME: Duration = Duration::from_millis(600);
/// How long the name of a media key is shown.
pub(super) const NOTE_TIME: Duration = Duration::from_millis(1400);
/// After a pause of the whole program a held key must not type for all the time that went by.
const MAX_REPEATS_AT_ONCE: usize = 64;
const MAX_TYPED: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Off,
    Post,
    Splash,
    Running,
    Asleep,
}

#[derive(Debug)]
pub(super) struct Computer {
    pub(super) hostname: String,
    pub(super) now: Duration,
    pub(super) stage: Stage,
    pub(super) stage_since: Duration,
    stage_until: Option<Duration>,
    /// The mode of splash and prompt.
    native_mode: (u16, u16),
    no_signal_until: Option<Duration>,
    pub(super) flicker_until: Option<Duration>,
    signal_lever: Option<NoPicture>,
    usb_lever: Option<UsbLink>,
    dongle: bool,
    pub(super) plugged: Option<Functions>,
    /// All that it finds, when it is picky.
    finds: Option<Functions>,
    busy: Busy,
    reader: Reader,
    pub(super) keyboard: Keyboard,
    pub(super) mouse: Mouse,
    pub(super) shell: Shell,
    pub(super) typed: String,
    /// What a media or power key did, and since when it is shown.
    pub(super) note: Option<(String, Duration)>,
    /// When the cursor last moved: it does not blink while somebody types.
    pub(super) stroke_at: Duration,
    pub(super) reports: u64,
    pub(super) misread: u64,
}

impl Computer {
    /// Powers on at time zero.
    pub(super) fn new(hostname: &str, mode: (u16, u16)) -> Computer {
        Computer {
            hostname: hostname.to_owned(),
            now: Duration::ZERO,
            stage: Stage::Splash,
            stage_since: Duration::ZERO,
            stage_until: Some(SPLASH_TIME),
            native_mode: mode,
            no_signal_until: None,
            flicker_until: None,
            signal_lever: None,
            usb_lever: None,
            dongle: false,
            plugged: Some(Functions::ALL),
            finds: None,
            busy: Busy::None,
            reader: Reader::new(),
            keyboard: Keyboard::new(),
            mouse: Mouse::new(mode),
            shell: Shell::new(),
            typed: String::new(),
            note: None,
            stroke_at: Duration::ZERO,
            reports: 0,
            misread: 0,
        }
    }

    /// Lets time pass up to `now`, then takes one input.
    ///
    /// # Errors
    /// For a report: why the target does not take it.
    pub(super) fn step(&mut self, now: Duration, input: Input<'_>) -> Result<(), PortError> {
        self.pass_time(now);
        let link = self.link();
        let outcome = match input {
            Input::Time => Ok(()),
            Input::Report(port, report) => self.report(port, report),
            Input::Lever(lever) => {
                self.pull(lever);
                Ok(())
            }
        };
        if self.link() != link && self.link() != UsbLink::Configured {
            self.let_go();
        }
        outcome
    }

    /// When something happens without any input; what merely moves on the screen does not count.
    pub(super) fn next_event(&self) -> Option<Duration> {
        let times = [
            self.stage_until,
            self.keyboard.repeats_at(),
            self.no_signal_until,
            self.flicker_until,
        ];
        times.into_iter().flatten().min()
    }

    /// The mode of the video signal, or why there is none.
    pub(super) fn signal(&self) -> Result<(u16, u16), NoPicture> {
        match (self.signal_lever, self.stage) {
            (Some(why), _) => Err(why),
            (None, Stage::Off | Stage::Asleep) => Err(NoPicture::NoCable),
            _ if self.no_signal_until.is_some() => Err(NoPicture::NoCable),
            _ => Ok(self.mode()),
        }
    }

    pub(super) fn mode(&self) -> (u16, u16) {
        if self.stage == Stage::Post {
            POST_MODE
        } else {
            self.native_mode
        }
    }

    pub(super) fn link(&self) -> UsbLink {
        match (self.usb_lever, self.stage) {
            (Some(link), _) => link,
            (None, _) if !self.finds_us() => UsbLink::Disconnected,
            (None, Stage::Off | Stage::Post) => UsbLink::Disconnected,
            (None, Stage::Asleep) => UsbLink::Suspended,
            (None, Stage::Splash | Stage::Running) => UsbLink::Configured,
        }
    }

    fn finds_us(&self) -> bool {
        self.plugged
            .is_some_and(|plugged| self.finds.is_none_or(|finds| finds == plugged))
    }

    pub(super) fn leds(&self) -> Leds {
        self.keyboard.leds
    }

    pub(super) fn is_busy(&self, port: Port) -> bool {
        self.busy.has(port)
    }

    /// Time since the prompt came up.
    pub(super) fn uptime(&self) -> Duration {
        self.now.saturating_sub(self.stage_since)
    }

    /// Whether nobody can change the capture device's EDID.
    pub(super) fn is_dongle(&self) -> bool {
        self.dongle
    }

    fn pass_time(&mut self, now: Duration) {
        let mut repeats = 0;
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            self.now = self.now.max(at);
            if self.no_signal_until == Some(at) {
                self.no_signal_until = None;
            } else if self.flicker_until == Some(at) {
                self.flicker_until = None;
            } else if self.stage_until == Some(at) {
                self.advance();
            } else {
                repeats += 1;
                let late = repeats == MAX_REPEATS_AT_ONCE;
                let repeated = self.keyboard.repeat(if late { now } else { at });
                repeated.into_iter().for_each(|usage| self.press(usage));
            }
        }
        self.now = self.now.max(now);
    }

    fn advance(&mut self) {
        match self.stage {
            Stage::Off => self.enter(Stage::Post, Some(POST_TIME)),
            Stage::Post => self.enter(Stage::Splash, Some(SPLASH_TIME)),
            Stage::Splash | Stage::Running | Stage::Asleep => self.enter(Stage::Running, None),
        }
    }

    fn enter(&mut self, stage: Stage, time: Option<Duration>) {
        self.stage_until = time.map(|time| self.now + time);
        let wakes = self.stage == Stage::Asleep || stage == Stage::Asleep;
        if !wakes {
            self.stage_since = self.now;
        }
        self.stage = stage;
        match stage {
            Stage::Off | Stage::Asleep => self.let_go(),
            Stage::Post => {
                self.typed.clear();
                self.keyboard = Keyboard::default();
            }
            Stage::Splash => {
                self.shell = Shell::new();
                self.keyboard = Keyboard::new();
                self.mouse = Mouse::new(self.native_mode);
            }
            Stage::Running => self.stroke_at = self.now,
        }
    }

    fn report(&mut self, port: Port, report: &[u8]) -> Result<(), PortError> {
        if self.plugged.is_some_and(|plugged| !plugged.has(port)) {
            return Err(PortError::Gone);
        }
        match self.link() {
            UsbLink::Disconnected | UsbLink::NoGadget => return Err(PortError::Shutdown),
            UsbLink::Suspended => {
                // Remote wake-up: the report itself is lost, as on a real bus.
                let asleep = self.stage == Stage::Asleep && self.usb_lever.is_none();
                if asleep && self.reader.wakes(port, report) {
                    self.wake();
                }
                return Err(PortError::Shutdown);
            }
            UsbLink::Configured if self.busy.has(port) => return Err(PortError::Busy),
            UsbLink::Configured => {}
        }
        self.reports += 1;
        let Some(signs) = self.reader.read(port, report) else {
            self.misread += 1;
            return Ok(());
        };
        for sign in signs {
            self.sign(sign);
        }
        Ok(())
    }

    fn sign(&mut self, sign: Sign) {
        match sign {
            Sign::Key { usage, down: true } => {
                if self.keyboard.down(usage, self.now) {
                    self.press(usage);
                }
            }
            Sign::Key { usage, down: false } => self.keyboard.up(usage),
            Sign::Consumer { usage, down: true } => self.show(keys::consumer_name(usage)),
            Sign::System { usage, down: true } => self.power_key(usage),
            Sign::Consumer { .. } | Sign::System { .. } => {}
            moved => {
                self.mouse.apply(moved, self.mode(), self.now);
                if let Sign::Wheel { vertical, .. } = moved {
                    let metrics = Metrics::of(self.mode());
                    self.shell.scroll(vertical, metrics.columns, metrics.rows);
                }
            }
        }
    }

    /// A key press or its repetition.
    fn press(&mut self, usage: u8) {
        let modifiers = self.keyboard.modifiers();
        if keys::is_delete(usage) && modifiers.control() && modifiers.alt() {
            return self.turn_off(BLANK_TIME);
        }
        let Some(stroke) = keys::stroke(usage, modifiers, self.keyboard.leds) else {
            return;
        };
        if self.stage != Stage::Running {
            return;
        }
        self.stroke_at = self.now;
        if let Stroke::Text(character) = stroke {
            self.remember(character);
        }
        if let Some(action) = self.shell.stroke(stroke, self.uptime()) {
            self.act(action);
        }
    }

    fn remember(&mut self, character: char) {
        if self.typed.len() >= MAX_TYPED {
            self.typed.drain(..MAX_TYPED / 2);
        }
        self.typed.push(character);
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Mode(mode) => self.set_mode(mode),
            Action::NoSignal(time) => self.no_signal_until = Some(self.now + time),
            Action::Flicker(time) => self.flicker_until = Some(self.now + time),
            Action::Sleep => self.sleep(Some(NAP_TIME)),
            Action::PowerOff => self.turn_off(OFF_TIME),
            Action::Reboot => self.turn_off(BLANK_TIME),
        }
    }

    fn power_key(&mut self, usage: u16) {
        match usage {
            0x81 => self.turn_off(OFF_TIME),
            0x82 => self.sleep(Some(NAP_TIME)),
            _ => self.show("Wake up".into()),
        }
    }

    fn show(&mut self, what: String) {
        self.note = Some((what, self.now));
    }

    fn set_mode(&mut self, mode: (u16, u16)) {
        self.mouse.rescale(self.native_mode, mode);
        self.native_mode = mode;
    }

    fn turn_off(&mut self, time: Duration) {
        self.enter(Stage::Off, Some(time));
        (self.no_signal_until, self.flicker_until, self.note) = (None, None, None);
    }

    fn sleep(&mut self, time: Option<Duration>) {
        if self.stage == Stage::Running {
            self.enter(Stage::Asleep, time);
        }
    }

    fn wake(&mut self) {
        if self.stage == Stage::Asleep {
            self.enter(Stage::Running, None);
        }
    }

    fn let_go(&mut self) {
        self.reader.reset();
        self.keyboard.let_go();
        self.mouse.let_go();
    }

    fn pull(&mut self, lever: Lever) {
        match lever {
            Lever::Signal(why) => {
                self.signal_lever = why;
                self.no_signal_until = None;
            }
            Lever::Usb(link) => self.usb_lever = link,
            Lever::Plug(functions) => self.plugged = functions,
            Lever::Picky(on) => self.finds = self.plugged.filter(|_| on),
            Lever::Mode(mode) => self.set_mode(mode),
            Lever::Edid(mode) => {
                mode.into_iter().for_each(|mode| self.set_mode(mode));
                self.no_signal_until = Some(self.now + EDID_TIME);
            }
            Lever::Bridge(is_one) => self.dongle = !is_one,
            Lever::Busy(busy) => self.busy = busy,
            Lever::Reboot => self.turn_off(BLANK_TIME),
            Lever::PowerOff => self.turn_off(OFF_TIME),
            Lever::Sleep => self.sleep(None),
            Lever::Wake => self.wake(),
            Lever::Clear => {
                self.typed.clear();
                self.mouse.forget_wheel();
            }
        }
    }
}

#[cfg(test)]
#[path = "computer_tests.rs"]
mod tests;
