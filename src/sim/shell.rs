//! The target's prompt: edits one line, completes and recalls, and understands a few commands.
//!
//! Pure. `computer` feeds it strokes and carries out the [`Action`]s that it asks for.

use std::time::Duration;

use super::keys::{Motion, Stroke};
use super::terminal::{Ink, Line, Terminal, View, line};

const MAX_INPUT: usize = 1000;
const MAX_HISTORY: usize = 50;
const PROMPT: &str = "> ";
const NAMES: [&str; 13] = [
    "about", "clear", "colors", "echo", "flicker", "help", "mode", "nosignal", "poweroff",
    "reboot", "sleep", "uptime", "history",
];
const HELP: [(&str, &str); 12] = [
    ("about", "what this computer is"),
    ("clear", "empty the screen (Ctrl+L)"),
    ("colors", "show sixteen colours"),
    ("echo TEXT", "say it again"),
    (
        "flicker [SECONDS]",
        "change every pixel of the screen all the time",
    ),
    ("history", "what was entered before (also: arrow up)"),
    ("mode [WIDTHxHEIGHT]", "change the screen's resolution"),
    ("nosignal [SECONDS]", "pull the video cable for a while"),
    ("poweroff", "switch off; comes back by itself"),
    ("reboot", "start again (Ctrl+Alt+Del)"),
    (
        "sleep",
        "sleep until a key is pressed, or for half a minute",
    ),
    ("uptime", "how long it has been running"),
];

/// The resolutions that this computer's graphics can do.
pub(super) const MODES: [(u16, u16); 5] = [
    (640, 480),
    (1024, 768),
    (1280, 720),
    (1280, 1024),
    (1920, 1080),
];

/// What a command wants of the computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Mode((u16, u16)),
    NoSignal(Duration),
    Flicker(Duration),
    Sleep,
    PowerOff,
    Reboot,
}

#[derive(Debug, Default)]
pub(super) struct Shell {
    terminal: Terminal,
    input: Vec<char>,
    /// The cursor stands before this character.
    cursor: usize,
    history: Vec<Vec<char>>,
    /// Which line of the history is being looked at, from the newest.
    recalled: Option<usize>,
}

impl Shell {
    /// A fresh prompt under a greeting.
    pub(super) fn new() -> Shell {
        let mut shell = Shell::default();
        shell.say("Farseat virtual target", Ink::Title);
        shell.say(
            "A small computer, simulated: its keyboard, mouse and screen are yours.",
            Ink::Plain,
        );
        shell.say(
            "Type help and press Enter. Keys repeat while held, the wheel scrolls, Ctrl+Alt+Del reboots.",
            Ink::Quiet,
        );
        shell.terminal.push(Line::new());
        shell
    }

    /// Takes one stroke; `uptime` is the time since boot.
    pub(super) fn stroke(&mut self, stroke: Stroke, uptime: Duration) -> Option<Action> {
        self.terminal.scroll_to_end();
        match stroke {
            Stroke::Text('\n') => return self.enter(uptime),
            Stroke::Text('\t') => self.complete(),
            Stroke::Text('\u{8}') => self.delete_before(),
            Stroke::Text(character) => self.insert(character),
            Stroke::Delete => self.delete_after(),
            Stroke::Move(motion) => self.go(motion),
            Stroke::Control('c') => self.abandon(),
            Stroke::Control('l') => self.terminal.clear(),
            Stroke::Control('u') => drop(self.input.drain(..std::mem::take(&mut self.cursor))),
            Stroke::Control('a') => self.cursor = 0,
            Stroke::Control('e') => self.cursor = self.input.len(),
            Stroke::Control('h') => self.delete_before(),
            Stroke::Control(_) => {}
        }
        None
    }

    /// Scrolls the text by wheel detents, positive = back; the screen is that many cells.
    pub(super) fn scroll(&mut self, detents: i32, columns: usize, rows: usize) {
        self.terminal.scroll(detents.saturating_mul(3));
        self.terminal.settle(columns, rows);
    }

    pub(super) fn view(&self, columns: usize, rows: usize) -> View {
        let cursor = PROMPT.len() + self.cursor;
        self.terminal.view(&self.edited(), cursor, columns, rows)
    }

    fn edited(&self) -> Line {
        let mut edited = line(PROMPT, Ink::Accent);
        edited.extend(line(&self.input.iter().collect::<String>(), Ink::Plain));
        edited
    }

    fn say(&mut self, text: &str, ink: Ink) {
        self.terminal.push(line(text, ink));
    }

    fn insert(&mut self, character: char) {
        if self.input.len() < MAX_INPUT {
            self.input.insert(self.cursor, character);
            self.cursor += 1;
        }
    }

    fn delete_before(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.input.remove(self.cursor);
        }
    }

    fn delete_after(&mut self) {
        if self.cursor < self.input.len() {
            self.input.remove(self.cursor);
        }
    }

    fn go(&mut self, motion: Motion) {
        match motion {
            Motion::Left => self.cursor = self.cursor.saturating_sub(1),
            Motion::Right => self.cursor = (self.cursor + 1).min(self.input.len()),
            Motion::Home => self.cursor = 0,
            Motion::End => self.cursor = self.input.len(),
            Motion::Up => self.recall(self.recalled.map_or(0, |older| older + 1)),
            Motion::Down => match self.recalled {
                Some(older @ 1..) => self.recall(older - 1),
                _ => self.replace(Vec::new()),
            },
            Motion::PageUp => self.terminal.scroll(10),
            Motion::PageDown => self.terminal.scroll(-10),
        }
    }

    fn recall(&mut self, older: usize) {
        let index = self.history.len().checked_sub(older + 1);
        if let Some(entry) = index.and_then(|index| self.history.get(index)) {
            self.replace(entry.clone());
            self.recalled = Some(older);
        }
    }

    fn replace(&mut self, input: Vec<char>) {
        self.cursor = input.len();
        self.input = input;
        self.recalled = None;
    }

    fn abandon(&mut self) {
        let mut abandoned = self.edited();
        abandoned.extend(line("^C", Ink::Quiet));
        self.terminal.push(abandoned);
        self.replace(Vec::new());
    }

    /// Completes a command's name when only one starts like this.
    fn complete(&mut self) {
        let start: String = self.input.iter().collect();
        let mut fitting = NAMES.iter().filter(|name| name.starts_with(&start));
        if let (Some(name), None) = (fitting.next(), fitting.next()) {
            self.replace(name.chars().chain([' ']).collect());
        }
    }

    fn enter(&mut self, uptime: Duration) -> Option<Action> {
        self.terminal.push(self.edited());
        let input = std::mem::take(&mut self.input);
        self.replace(Vec::new());
        let text: String = input.iter().collect();
        if !text.trim().is_empty() && self.history.last() != Some(&input) {
            self.history.push(input);
            if self.history.len() > MAX_HISTORY {
                self.history.remove(0);
            }
        }
        let (name, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        self.run(name, rest.trim(), uptime)
    }

    fn run(&mut self, name: &str, rest: &str, uptime: Duration) -> Option<Action> {
        match name {
            "" => {}
            "about" => self.about(),
            "clear" => self.terminal.clear(),
            "colors" => self.colors(),
            "echo" => self.say(rest, Ink::Plain),
            "help" => self.help(),
            "history" => self.recount(),
            "uptime" => self.say(&format!("up {}", clock(uptime)), Ink::Plain),
            "mode" => return self.mode(rest),
            "nosignal" => return self.seconds(rest, 5).map(Action::NoSignal),
            "flicker" => return self.seconds(rest, 10).map(Action::Flicker),
            "sleep" => return Some(Action::Sleep),
            "poweroff" => return Some(Action::PowerOff),
            "reboot" => return Some(Action::Reboot),
            _ => self.say(&format!("{name}: no such command. Try help."), Ink::Warning),
        }
        None
    }

    fn help(&mut self) {
        for (usage, what) in HELP {
            let mut entry = line(&format!("  {usage:<22}"), Ink::Accent);
            entry.extend(line(what, Ink::Plain));
            self.terminal.push(entry);
        }
    }

    fn about(&mut self) {
        self.say(
            "This computer exists only in Farseat's memory. It is drawn pixel by pixel, captured",
            Ink::Plain,
        );
        self.say(
            "like the picture of a video dongle, and reads the same USB reports as a real one.",
            Ink::Plain,
        );
    }

    fn colors(&mut self) {
        for half in [0..8, 8..16] {
            let swatch = |n: u8| line(&format!("{n:>5}    "), Ink::Swatch(n));
            self.terminal.push(half.flat_map(swatch).collect());
        }
    }

    fn recount(&mut self) {
        let entries: Vec<String> = self
            .history
            .iter()
            .map(|entry| entry.iter().collect())
            .collect();
        for (number, entry) in entries.iter().enumerate() {
            self.say(&format!("{:>4}  {entry}", number + 1), Ink::Plain);
        }
    }

    fn mode(&mut self, rest: &str) -> Option<Action> {
        let wanted = parse_mode(rest).filter(|mode| MODES.contains(mode));
        if wanted.is_none() {
            let known = MODES
                .map(|(width, height)| format!("{width}x{height}"))
                .join("  ");
            self.say(&format!("mode: choose one of  {known}"), Ink::Warning);
        }
        wanted.map(Action::Mode)
    }

    fn seconds(&mut self, rest: &str, default: u64) -> Option<Duration> {
        let seconds = if rest.is_empty() {
            Some(default)
        } else {
            rest.parse().ok()
        };
        let seconds = seconds.filter(|seconds| (1..=300).contains(seconds));
        if seconds.is_none() {
            self.say("between 1 and 300 seconds, please", Ink::Warning);
        }
        seconds.map(Duration::from_secs)
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> String {
        let input: String = self.input.iter().collect();
        format!("{}\n{PROMPT}{input}", self.terminal.text())
    }
}

/// `1280x720`.
pub(super) fn parse_mode(text: &str) -> Option<(u16, u16)> {
    let (width, height) = text.split_once(['x', 'X'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

/// `1:02:03`.
pub(super) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!(
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
#[path = "shell_tests.rs"]
mod tests;
