//! What tests may ask the virtual target, and what it answers: one line in, one JSON line out.
//! `docs/simulator.md` has the list. Pure; `server` owns the sockets.
//!
//! Lines are hostile like any other input: whatever does not parse is an error with a reason.

use std::time::Duration;

use serde_json::{Value, json};

use super::computer::{Computer, Stage};
use super::input::{Busy, Lever};
use super::metrics::Metrics;
use super::shell::parse_mode;
use crate::target::UsbLink;
use crate::video::NoPicture;

const MAX_WAIT: f64 = 120.0;
const BUTTONS: [&str; 5] = ["left", "right", "middle", "back", "forward"];

/// One line, understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Question {
    Tell(Fact),
    Wait(Duration, Condition),
    Pull(Lever),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    Typed,
    Screen,
    Pointer,
    Keys,
    Leds,
    Mode,
    Power,
    Reports,
    Media,
}

/// What can be waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// This was typed, whatever else was.
    Typed(String),
    /// A row of the screen has this in it.
    Screen(String),
    Pointer(i32, i32),
    Buttons(u8),
    /// At least so many buttons were pressed.
    Clicks(u32),
    Wheel(i32, i32),
    /// Exactly these keys are held; sorted.
    Keys(Vec<u8>),
    Led(Led, bool),
    Mode((u16, u16)),
    Power(&'static str),
    Usb(&'static str),
    Signal(&'static str),
    /// A media or power key of this name was the last one.
    Media(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Led {
    Num,
    Caps,
    Scroll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum QuestionError {
    #[error("unknown question; see docs/simulator.md")]
    Unknown,
    #[error("this question takes other words: {0}")]
    Words(&'static str),
    #[error("wait: between 0 and {MAX_WAIT} seconds")]
    Seconds,
}

/// Even, because two pixels share their colour; bounded, because it is memory.
pub(super) fn is_mode((width, height): (u16, u16)) -> bool {
    let fits = |length: u16| (320..=4096).contains(&length) && length.is_multiple_of(2);
    fits(width) && fits(height)
}

impl Question {
    pub(super) fn parse(line: &str) -> Result<Question, QuestionError> {
        let (word, rest) = split(line);
        if word == "wait" {
            let (seconds, condition) = split(rest);
            let seconds: f64 = seconds.parse().map_err(|_| QuestionError::Seconds)?;
            if !(0.0..=MAX_WAIT).contains(&seconds) {
                return Err(QuestionError::Seconds);
            }
            let condition = Condition::parse(condition)?;
            return Ok(Question::Wait(Duration::from_secs_f64(seconds), condition));
        }
        if rest.is_empty() {
            fact(word)
                .map(Question::Tell)
                .or_else(|| plain_lever(word).map(Question::Pull))
        } else {
            lever(word, rest)?.map(Question::Pull)
        }
        .ok_or(QuestionError::Unknown)
    }
}

/// The first word and the rest, both without spaces around.
fn split(line: &str) -> (&str, &str) {
    let line = line.trim();
    line.split_once(' ')
        .map_or((line, ""), |(word, rest)| (word, rest.trim()))
}

fn fact(word: &str) -> Option<Fact> {
    Some(match word {
        "typed" => Fact::Typed,
        "screen" => Fact::Screen,
        "pointer" => Fact::Pointer,
        "keys" => Fact::Keys,
        "leds" => Fact::Leds,
        "mode" => Fact::Mode,
        "power" => Fact::Power,
        "reports" => Fact::Reports,
        "media" => Fact::Media,
        _ => return None,
    })
}

fn plain_lever(word: &str) -> Option<Lever> {
    Some(match word {
        "reboot" => Lever::Reboot,
        "poweroff" => Lever::PowerOff,
        "sleep" => Lever::Sleep,
        "wake" => Lever::Wake,
        "clear" => Lever::Clear,
        _ => return None,
    })
}

fn lever(word: &str, rest: &str) -> Result<Option<Lever>, QuestionError> {
    Ok(Some(match word {
        "signal" => Lever::Signal(match rest {
            "live" => None,
            "none" => Some(NoPicture::NoCable),
            "no_sync" => Some(NoPicture::NoSync),
            "out_of_range" => Some(NoPicture::OutOfRange),
            _ => return Err(QuestionError::Words("live, none, no_sync, out_of_range")),
        }),
        "usb" => Lever::Usb(match rest {
            "configured" => None,
            "suspended" => Some(UsbLink::Suspended),
            "disconnected" => Some(UsbLink::Disconnected),
            _ => return Err(QuestionError::Words("configured, suspended, disconnected")),
        }),
        "picky" => Lever::Picky(on_off(rest)?),
        "mode" => Lever::Mode(mode(rest)?),
        "edid" => Lever::Bridge(match rest {
            "changeable" => true,
            "fixed" => false,
            _ => return Err(QuestionError::Words("changeable, fixed")),
        }),
        "busy" => Lever::Busy(match rest {
            "on" => Busy::All,
            "off" => Busy::None,
            "absolute" => Busy::Absolute,
            _ => return Err(QuestionError::Words("on, off, absolute")),
        }),
        _ => return Ok(None),
    }))
}

fn mode(text: &str) -> Result<(u16, u16), QuestionError> {
    let words = QuestionError::Words("WIDTHxHEIGHT, even, 320 to 4096 each");
    parse_mode(text).filter(|mode| is_mode(*mode)).ok_or(words)
}

fn on_off(text: &str) -> Result<bool, QuestionError> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(QuestionError::Words("on, off")),
    }
}

/// Two whole numbers.
fn pair(text: &str) -> Result<(i32, i32), QuestionError> {
    let (first, second) = split(text);
    let number = |text: &str| {
        text.parse()
            .map_err(|_| QuestionError::Words("two numbers"))
    };
    Ok((number(first)?, number(second)?))
}

/// Text as it is, or a JSON string when it starts with a quote (for line ends and edges).
fn text(rest: &str) -> Result<String, QuestionError> {
    if !rest.starts_with('"') {
        return Ok(rest.to_owned());
    }
    serde_json::from_str(rest).map_err(|_| QuestionError::Words("text or a JSON string"))
}

fn one_of(
    word: &str,
    known: &[&'static str],
    words: &'static str,
) -> Result<&'static str, QuestionError> {
    known
        .iter()
        .find(|known| **known == word)
        .copied()
        .ok_or(QuestionError::Words(words))
}

impl Condition {
    fn parse(line: &str) -> Result<Condition, QuestionError> {
        let (word, rest) = split(line);
        Ok(match word {
            "typed" => Condition::Typed(text(rest)?),
            "screen" => Condition::Screen(text(rest)?),
            "pointer" => pair(rest).map(|(x, y)| Condition::Pointer(x, y))?,
            "wheel" => pair(rest).map(|(v, h)| Condition::Wheel(v, h))?,
            "buttons" => Condition::Buttons(buttons(rest)?),
            "clicks" => rest
                .parse()
                .map(Condition::Clicks)
                .map_err(|_| QuestionError::Words("a number"))?,
            "keys" => Condition::Keys(keys(rest)?),
            "leds" => led(rest)?,
            "mode" => Condition::Mode(mode(rest)?),
            "power" => Condition::Power(one_of(rest, &POWER, "off, starting, running, asleep")?),
            "usb" => Condition::Usb(one_of(rest, &USB, "configured, suspended, disconnected")?),
            "signal" => {
                Condition::Signal(one_of(rest, &SIGNAL, "live, none, no_sync, out_of_range")?)
            }
            "media" => Condition::Media(text(rest)?),
            _ => return Err(QuestionError::Unknown),
        })
    }

    /// What is told when the waiting is over.
    pub(super) fn fact(&self) -> Fact {
        match self {
            Condition::Typed(_) => Fact::Typed,
            Condition::Screen(_) => Fact::Screen,
            Condition::Pointer(..)
            | Condition::Buttons(_)
            | Condition::Clicks(_)
            | Condition::Wheel(..) => Fact::Pointer,
            Condition::Keys(_) => Fact::Keys,
            Condition::Led(..) => Fact::Leds,
            Condition::Mode(_) => Fact::Mode,
            Condition::Power(_) | Condition::Usb(_) | Condition::Signal(_) => Fact::Power,
            Condition::Media(_) => Fact::Media,
        }
    }

    pub(super) fn holds(&self, computer: &Computer) -> bool {
        let (mouse, leds) = (&computer.mouse, computer.leds());
        match self {
            Condition::Typed(text) => computer.typed.contains(text),
            Condition::Screen(text) => screen(computer).iter().any(|row| row.contains(text)),
            Condition::Pointer(x, y) => (mouse.x, mouse.y) == (*x, *y),
            Condition::Buttons(held) => mouse.buttons() == *held,
            Condition::Clicks(least) => mouse.clicks >= *least,
            Condition::Wheel(vertical, horizontal) => mouse.wheel == (*vertical, *horizontal),
            Condition::Keys(held) => sorted(&computer.keyboard.held) == *held,
            Condition::Led(Led::Num, lit) => leds.num == *lit,
            Condition::Led(Led::Caps, lit) => leds.caps == *lit,
            Condition::Led(Led::Scroll, lit) => leds.scroll == *lit,
            Condition::Mode(mode) => computer.mode() == *mode,
            Condition::Power(word) => power(computer) == *word,
            Condition::Usb(word) => usb(computer) == *word,
            Condition::Signal(word) => signal(computer) == *word,
            Condition::Media(name) => media(computer) == Some(name),
        }
    }
}

fn led(rest: &str) -> Result<Condition, QuestionError> {
    let (name, state) = split(rest);
    let led = match name {
        "num" => Led::Num,
        "caps" => Led::Caps,
        "scroll" => Led::Scroll,
        _ => return Err(QuestionError::Words("num, caps, scroll")),
    };
    Ok(Condition::Led(led, on_off(state)?))
}

/// `4,225` or `none`.
fn keys(rest: &str) -> Result<Vec<u8>, QuestionError> {
    if rest == "none" {
        return Ok(Vec::new());
    }
    let words = QuestionError::Words("none, or usages in decimal with commas");
    let held: Result<Vec<u8>, _> = rest.split(',').map(|usage| usage.trim().parse()).collect();
    held.map(|held| sorted(&held)).map_err(|_| words)
}

/// `left,middle` or `none`.
fn buttons(rest: &str) -> Result<u8, QuestionError> {
    if rest == "none" {
        return Ok(0);
    }
    let bit = |name: &str| BUTTONS.iter().position(|known| *known == name.trim());
    rest.split(',').try_fold(0, |held, name| {
        let bit = bit(name).ok_or(QuestionError::Words(
            "none, left, right, middle, back, forward",
        ))?;
        Ok(held | 1 << bit)
    })
}

const POWER: [&str; 4] = ["off", "starting", "running", "asleep"];
const USB: [&str; 3] = ["configured", "suspended", "disconnected"];
const SIGNAL: [&str; 4] = ["live", "none", "no_sync", "out_of_range"];

fn power(computer: &Computer) -> &'static str {
    POWER[match computer.stage {
        Stage::Off => 0,
        Stage::Post | Stage::Splash => 1,
        Stage::Running => 2,
        Stage::Asleep => 3,
    }]
}

fn usb(computer: &Computer) -> &'static str {
    USB[match computer.link() {
        UsbLink::Configured => 0,
        UsbLink::Suspended => 1,
        UsbLink::Disconnected | UsbLink::NoGadget => 2,
    }]
}

fn signal(computer: &Computer) -> &'static str {
    SIGNAL[match computer.signal() {
        Ok(_) => 0,
        Err(NoPicture::NoSync) => 2,
        Err(NoPicture::OutOfRange) => 3,
        Err(_) => 1,
    }]
}

fn media(computer: &Computer) -> Option<&str> {
    computer.note.as_ref().map(|(name, _)| name.as_str())
}

fn sorted(held: &[u8]) -> Vec<u8> {
    let mut held = held.to_vec();
    held.sort_unstable();
    held
}

/// The rows of text on the screen of a running computer.
fn screen(computer: &Computer) -> Vec<String> {
    if computer.stage != Stage::Running {
        return Vec::new();
    }
    let metrics = Metrics::of(computer.mode());
    let view = computer.shell.view(metrics.columns, metrics.rows);
    let text = |row: &super::terminal::Line| row.iter().map(|cell| cell.character).collect();
    view.rows.iter().map(text).collect()
}

/// A fact as an answer.
pub(super) fn tell(computer: &Computer, fact: Fact) -> Value {
    match fact {
        Fact::Typed => json!({ "ok": true, "typed": computer.typed }),
        Fact::Screen => json!({ "ok": true, "screen": screen(computer) }),
        Fact::Pointer => pointer(computer),
        Fact::Keys => json!({ "ok": true, "keys": sorted(&computer.keyboard.held) }),
        Fact::Leds => json!({ "ok": true, "leds": computer.leds() }),
        Fact::Mode => {
            let (width, height) = computer.mode();
            json!({ "ok": true, "width": width, "height": height })
        }
        Fact::Power => json!({
            "ok": true,
            "power": power(computer),
            "usb": usb(computer),
            "functions": computer.plugged,
            "signal": signal(computer),
        }),
        Fact::Reports => {
            json!({ "ok": true, "reports": computer.reports, "misread": computer.misread })
        }
        Fact::Media => json!({ "ok": true, "media": media(computer) }),
    }
}

fn pointer(computer: &Computer) -> Value {
    let mouse = &computer.mouse;
    let names = |buttons: u8| -> Vec<&str> {
        let has = |index: &usize| buttons & (1 << index) != 0;
        let indices = (0..BUTTONS.len()).filter(has);
        indices.map(|index| BUTTONS[index]).collect()
    };
    let (vertical, horizontal) = mouse.wheel;
    json!({
        "ok": true,
        "x": mouse.x,
        "y": mouse.y,
        "buttons": names(mouse.buttons()),
        "clicks": mouse.clicks,
        "clicked": names(mouse.clicked),
        "wheel": { "vertical": vertical, "horizontal": horizontal },
    })
}

/// An answer that says no.
pub(super) fn refuse(why: &str) -> Value {
    json!({ "ok": false, "error": why })
}

#[cfg(test)]
#[path = "questions_tests.rs"]
mod tests;
