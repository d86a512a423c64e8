//! What happened at boot, for `serve`: `/run/farseat/boot.toml`. Written once, before `serve` starts.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::chown;

use super::data::{Prepared, State};
use super::firmware::Booted;

const FOLDER: &str = "/run/farseat";
const LONGEST_REFUSAL: u64 = 400;

pub(super) struct Report {
    pub(super) data: Prepared,
    pub(super) booted: Booted,
    pub(super) rescue: bool,
    pub(super) factory_reset: bool,
}

impl Report {
    pub(super) fn write(&self) -> Result<(), String> {
        let written = fs::create_dir_all(FOLDER)
            .and_then(|()| write_whole(&format!("{FOLDER}/boot.toml"), &self.as_toml()));
        written.map_err(|error| format!("write the boot report: {error}"))
    }

    fn as_toml(&self) -> String {
        let data = match self.data.state {
            State::Kept => "kept",
            State::New => "new",
            State::Remade => "remade",
            State::Memory => "memory",
        };
        let slot = self.booted.slot.map_or("", |slot| slot.letter());
        let mut text = String::new();
        for (key, value) in [
            ("data", data),
            ("data_reason", &self.data.reason),
            ("slot", slot),
        ] {
            let _ = writeln!(text, "{key} = {}", quoted(value));
        }
        for (key, value) in [
            ("trial", self.booted.trial),
            ("rescue", self.rescue),
            ("factory_reset", self.factory_reset),
        ] {
            let _ = writeln!(text, "{key} = {value}");
        }
        text
    }

    /// One sentence for the log.
    pub(super) fn sentence(&self) -> String {
        let place = match self.data.state {
            State::Kept => "the data folder is on the card",
            State::New => "the data folder is on the card, and new",
            State::Remade => "the data folder is on the card, made anew",
            State::Memory => {
                "the data folder is in RAM: accounts, keys and settings are lost at power-off"
            }
        };
        let because = if self.data.reason.is_empty() {
            String::new()
        } else {
            format!(" ({})", self.data.reason)
        };
        format!("{place}{because}")
    }
}

/// The folder, and in it the files that `serve` may write: all that it can leave behind when it ends.
pub(super) fn make_folder() -> Result<(), String> {
    let for_serve = |path: &str| {
        fs::write(path, "").and_then(|()| chown(path, Some(super::SERVE), Some(super::SERVE)))
    };
    let made = fs::create_dir_all(FOLDER)
        .and_then(|()| for_serve(super::REFUSAL))
        .and_then(|()| for_serve(super::HELD));
    made.map_err(|error| format!("make {FOLDER}: {error}"))
}

/// What `serve` said when it could not use the data: one line, not too long.
pub(super) fn take_refusal() -> String {
    let mut words = Vec::new();
    if let Ok(file) = fs::File::open(super::REFUSAL) {
        let _ = file.take(LONGEST_REFUSAL).read_to_end(&mut words);
        let _ = fs::write(super::REFUSAL, "");
    }
    let words = String::from_utf8_lossy(&words);
    words
        .lines()
        .next()
        .unwrap_or("it did not say why")
        .to_owned()
}

/// A reader sees all of it or nothing.
fn write_whole(path: &str, text: &str) -> io::Result<()> {
    let unfinished = format!("{path}.new");
    fs::write(&unfinished, text)?;
    fs::rename(unfinished, path)
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::Slot;

    #[test]
    fn the_report_is_what_serve_reads() {
        let report = Report {
            data: Prepared {
                state: State::Remade,
                reason: "it says \"no\"\n".to_owned(),
            },
            booted: Booted {
                slot: Some(Slot::B),
                trial: true,
            },
            rescue: false,
            factory_reset: true,
        };
        assert_eq!(
            report.as_toml(),
            concat!(
                "data = \"remade\"\n",
                "data_reason = \"it says \\\"no\\\"\\u000A\"\n",
                "slot = \"b\"\n",
                "trial = true\n",
                "rescue = false\n",
                "factory_reset = true\n",
            )
        );
    }

    #[test]
    fn the_log_says_where_the_data_is_and_why() {
        let report = |state, reason: &str| Report {
            data: Prepared {
                state,
                reason: reason.to_owned(),
            },
            booted: Booted::default(),
            rescue: false,
            factory_reset: false,
        };
        assert_eq!(
            report(State::Kept, "").sentence(),
            "the data folder is on the card"
        );
        assert!(
            report(State::Memory, "there is no card")
                .sentence()
                .ends_with("(there is no card)")
        );
    }
}
