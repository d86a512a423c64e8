//! How the board is: what the kernel shows of it below `/sys`, and nothing that has to be guessed.
//!
//! Each fact is missing on a machine that does not show it. Reads a dozen small files; changes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

/// The board now. Null = not known on this machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Health {
    /// Of the processor, in °C.
    pub temperature_c: Option<f32>,
    /// The supply's voltage was too low a moment ago.
    pub undervoltage: Option<bool>,
    /// The processor runs slower than it could, because it is hot or the voltage is low.
    pub throttled: Option<bool>,
    /// Bytes.
    pub memory: Option<u64>,
    /// Bytes that programs can still get.
    pub memory_available: Option<u64>,
    /// Errors that the data partition's file system has counted since it was made.
    pub card_errors: Option<u64>,
}

/// Where the kernel shows it.
#[derive(Debug, Clone)]
pub(super) struct Roots {
    pub(super) sys: PathBuf,
    pub(super) proc: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Roots {
            sys: "/sys".into(),
            proc: "/proc".into(),
        }
    }
}

/// `own`: the file systems of this machine are the appliance's.
pub(super) fn read(roots: &Roots, own: bool) -> Health {
    let (memory, memory_available) = memory(roots);
    let throttled = throttled(&roots.sys);
    Health {
        temperature_c: temperature(&roots.sys),
        undervoltage: undervoltage(&roots.sys).or(throttled.map(|bits| bits & UNDERVOLTAGE != 0)),
        throttled: throttled.map(|bits| bits & SLOWED != 0),
        memory,
        memory_available,
        card_errors: own.then(|| card_errors(&roots.sys)).flatten(),
    }
}

/// Bits of the board firmware's `get_throttled`: now, not those that stay.
const UNDERVOLTAGE: u32 = 1;
/// Frequency capped, throttled, soft temperature limit.
const SLOWED: u32 = 0b1110;

/// The processor's zone, else the first that there is.
fn temperature(sys: &Path) -> Option<f32> {
    let zones = folders(&sys.join("class/thermal"), "thermal_zone");
    let processor = zones
        .iter()
        .find(|zone| text(&zone.join("type")).is_some_and(|kind| kind.contains("cpu")));
    let zone = processor.or(zones.first())?;
    let thousandths: f32 = text(&zone.join("temp"))?.parse().ok()?;
    let degrees = thousandths / 1000.0;
    // A sensor that is not there reads as something that cannot be.
    (-40.0..=150.0).contains(&degrees).then_some(degrees)
}

/// The Raspberry Pi's own alarm (raspberrypi-hwmon).
fn undervoltage(sys: &Path) -> Option<bool> {
    let monitors = folders(&sys.join("class/hwmon"), "hwmon");
    let volts = monitors
        .iter()
        .find(|monitor| text(&monitor.join("name")).is_some_and(|name| name == "rpi_volt"))?;
    match text(&volts.join("in0_lcrit_alarm"))?.as_str() {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

/// Only the board's own kernel shows it.
fn throttled(sys: &Path) -> Option<u32> {
    let shown = text(&sys.join("devices/platform/soc/soc:firmware/get_throttled"))?;
    u32::from_str_radix(shown.trim_start_matches("0x"), 16).ok()
}

fn memory(roots: &Roots) -> (Option<u64>, Option<u64>) {
    let shown = text(&roots.proc.join("meminfo"))
        // What a confined process still sees.
        .or_else(|| text(&roots.sys.join("devices/system/node/node0/meminfo")))
        .unwrap_or_default();
    let bytes = |wanted: &str| {
        let line = shown.lines().find(|line| line.contains(wanted))?;
        let kibibytes: u64 = line
            .split(wanted)
            .nth(1)?
            .split_whitespace()
            .next()?
            .parse()
            .ok()?;
        Some(kibibytes.saturating_mul(1024))
    };
    let available = bytes("MemAvailable:").or_else(|| bytes("MemFree:"));
    (bytes("MemTotal:"), available)
}

/// Of every ext4 that is mounted; there is one.
fn card_errors(sys: &Path) -> Option<u64> {
    let counts = folders(&sys.join("fs/ext4"), "");
    let counts = counts
        .iter()
        .filter_map(|one| text(&one.join("errors_count"))?.parse::<u64>().ok());
    counts.reduce(u64::saturating_add)
}

/// Those whose name begins so, sorted.
fn folders(at: &Path, beginning: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(at).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(beginning));
    let mut found: Vec<_> = named.map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn text(file: &Path) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Board(tempfile::TempDir);

    impl Board {
        fn with(files: &[(&str, &str)]) -> Board {
            let board = Board(tempfile::tempdir().expect("temporary folder"));
            for (name, content) in files {
                let path = board.0.path().join(name);
                fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
                fs::write(path, content).expect("file");
            }
            board
        }

        fn health(&self) -> Health {
            let roots = Roots {
                sys: self.0.path().join("sys"),
                proc: self.0.path().join("proc"),
            };
            read(&roots, true)
        }
    }

    #[test]
    fn a_machine_that_shows_nothing_is_not_guessed_at() {
        assert_eq!(Board::with(&[]).health(), Health::default());
    }

    #[test]
    fn a_raspberry_pi_tells_how_it_is() {
        let board = Board::with(&[
            ("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
            ("sys/class/thermal/thermal_zone0/temp", "61833\n"),
            ("sys/class/hwmon/hwmon0/name", "cpu_thermal\n"),
            ("sys/class/hwmon/hwmon1/name", "rpi_volt\n"),
            ("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n"),
            (
                "sys/devices/platform/soc/soc:firmware/get_throttled",
                "50002\n",
            ),
            (
                "sys/devices/system/node/node0/meminfo",
                "Node 0 MemTotal:  3885396 kB\nNode 0 MemFree:   3000000 kB\n",
            ),
            ("sys/fs/ext4/features/lazy", "supported\n"),
            ("sys/fs/ext4/mmcblk0p4/errors_count", "3\n"),
        ]);
        let health = board.health();
        assert_eq!(health.temperature_c, Some(61.833));
        assert_eq!(
            (health.undervoltage, health.throttled),
            (Some(true), Some(true))
        );
        assert_eq!(health.memory, Some(3_885_396 * 1024));
        assert_eq!(health.memory_available, Some(3_000_000 * 1024));
        assert_eq!(health.card_errors, Some(3));
    }

    #[test]
    fn what_cannot_be_is_not_told() {
        let board = Board::with(&[
            ("sys/class/thermal/thermal_zone0/temp", "-274000"),
            ("sys/class/hwmon/hwmon1/name", "rpi_volt"),
            ("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "?"),
            (
                "sys/devices/platform/soc/soc:firmware/get_throttled",
                "none",
            ),
            ("proc/meminfo", "MemTotal: lots kB"),
            ("sys/fs/ext4/mmcblk0p4/errors_count", "-1"),
        ]);
        assert_eq!(board.health(), Health::default());
    }

    #[test]
    fn the_firmwares_word_counts_where_the_alarm_is_missing_and_past_trouble_is_none() {
        let word = (
            "sys/devices/platform/soc/soc:firmware/get_throttled",
            "0x50001",
        );
        let health = Board::with(&[word]).health();
        assert_eq!(
            (health.undervoltage, health.throttled),
            (Some(true), Some(false))
        );
    }

    #[test]
    fn file_systems_of_somebody_elses_machine_are_no_card() {
        let board = Board::with(&[("sys/fs/ext4/sda1/errors_count", "3")]);
        let roots = Roots {
            sys: board.0.path().join("sys"),
            proc: "/nowhere".into(),
        };
        assert_eq!(read(&roots, false).card_errors, None);
    }
}
