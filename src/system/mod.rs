//! The machine that the appliance is: its version, the slot it was started from, where its data is and how much of
//! it there is.
//!
//! `init` writes a report at boot, this reads it once; without one the appliance runs under another system, whose
//! folder it was given. `web` and the appliance's own screen ask. Changes nothing.

mod check;
mod health;
mod power;
mod redact;
mod reset;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use check::{Facts, Finding, NetworkFacts, Severity, check};
pub use health::Health;
pub use power::{PowerError, PowerSwitch};
pub use redact::{Kind, Redactor};
pub use reset::{FactoryReset, ResetError};

/// Where init leaves its report.
pub const BOOT_REPORT: &str = "/run/farseat/boot.toml";
/// Init's own is a few hundred bytes.
const LONGEST_REPORT: u64 = 64 * 1024;

/// Cheap handle to what is known of the machine.
#[derive(Debug, Clone)]
pub struct System(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    boot: Boot,
    under_init: bool,
    data: PathBuf,
}

/// What the appliance runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "System")]
pub struct Status {
    pub version: &'static str,
    /// The half of the card that was started; null where there is no such card.
    pub slot: Option<SlotName>,
    /// This slot was started on trial: without a confirmation the next start is the other one.
    pub trial: bool,
    /// Started with the defaults and without the card's data, because the owner asked for it on the card.
    pub rescue: bool,
    /// At this start the data was forgotten, because the owner asked for it on the card.
    pub factory_reset: bool,
    pub data: DataStatus,
}

/// Where accounts, keys and settings are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DataStatus {
    pub state: DataState,
    /// A sentence when the data is not what it was before this start, else empty.
    pub reason: String,
    /// Bytes; 0 when that cannot be found out.
    pub size: u64,
    /// Bytes that can still be written.
    pub free: u64,
}

/// What became of the data at this start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataState {
    /// As it was.
    #[default]
    Kept,
    /// There was none before.
    New,
    /// The old data could not be used and is gone.
    Remade,
    /// In RAM: gone at power-off.
    Memory,
}

/// One of the two halves of a card that hold a whole system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SlotName {
    A,
    B,
}

/// Init's report. A key that is missing or new means an init of another version: the rest still counts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Boot {
    data: DataState,
    data_reason: String,
    slot: String,
    trial: bool,
    rescue: bool,
    factory_reset: bool,
}

impl System {
    /// Reads init's `report`, if there is one; `data` is the data folder. A report that cannot be read is told to
    /// the log and counts as none.
    #[must_use]
    pub fn open(report: &Path, data: &Path) -> System {
        let boot = match read(report) {
            Ok(boot) => boot,
            Err(error) => {
                log::error!("read {}: {error}", report.display());
                None
            }
        };
        System(Arc::new(Shared {
            under_init: boot.is_some(),
            boot: boot.unwrap_or_default(),
            data: data.to_owned(),
        }))
    }

    /// Whether this machine's process 1 is init.
    #[must_use]
    pub fn is_under_init(&self) -> bool {
        self.0.under_init
    }

    /// Reads what the kernel shows of the board: a dozen small files.
    #[must_use]
    pub fn health(&self) -> Health {
        health::read(&health::Roots::default(), self.0.under_init)
    }

    /// Asks the file system how much room there is.
    #[must_use]
    pub fn status(&self) -> Status {
        let boot = &self.0.boot;
        let (size, free) = room(&self.0.data).unwrap_or_default();
        Status {
            version: env!("CARGO_PKG_VERSION"),
            slot: slot(&boot.slot),
            trial: boot.trial,
            rescue: boot.rescue,
            factory_reset: boot.factory_reset,
            data: DataStatus {
                state: boot.data,
                reason: boot.data_reason.clone(),
                size,
                free,
            },
        }
    }
}

/// `None` when there is no report.
fn read(report: &Path) -> io::Result<Option<Boot>> {
    let file = match File::open(report) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut text = String::new();
    file.take(LONGEST_REPORT).read_to_string(&mut text)?;
    toml::from_str(&text).map(Some).map_err(io::Error::other)
}

fn slot(letter: &str) -> Option<SlotName> {
    match letter {
        "a" => Some(SlotName::A),
        "b" => Some(SlotName::B),
        _ => None,
    }
}

/// Size and room left of the file system that `folder` lies in, in bytes.
fn room(folder: &Path) -> Option<(u64, u64)> {
    let about = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(about.f_frsize);
    Some((bytes(about.f_blocks), bytes(about.f_bavail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(report: Option<&str>) -> System {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("boot.toml");
        if let Some(text) = report {
            std::fs::write(&path, text).expect("write");
        }
        System::open(&path, folder.path())
    }

    #[test]
    fn without_a_report_the_data_is_what_it_was() {
        let system = opened(None);
        assert!(!system.is_under_init());
        let status = system.status();
        assert_eq!((status.slot, status.data.state), (None, DataState::Kept));
    }

    #[test]
    fn the_report_of_init_is_told() {
        // The text that a test of init's report expects, too.
        let system = opened(Some(concat!(
            "data = \"remade\"\n",
            "data_reason = \"it says \\\"no\\\"\\u000A\"\n",
            "slot = \"b\"\n",
            "trial = true\n",
            "rescue = false\n",
            "factory_reset = true\n",
        )));
        assert!(system.is_under_init());
        let status = system.status();
        assert_eq!(status.data.state, DataState::Remade);
        assert_eq!(status.data.reason, "it says \"no\"\n");
        assert_eq!(status.slot, Some(SlotName::B));
        assert!(status.trial && status.factory_reset && !status.rescue);
    }

    #[test]
    fn a_report_of_another_version_counts_as_far_as_it_is_known() {
        let system = opened(Some("slot = \"c\"\nweather = \"fine\"\nrescue = true\n"));
        assert!(system.status().rescue && system.status().slot.is_none());
    }

    #[test]
    fn a_damaged_report_counts_as_none() {
        assert!(!opened(Some("data = [")).is_under_init());
        assert!(!opened(Some("data = \"lost\"")).is_under_init());
    }

    #[test]
    fn the_room_is_that_of_the_data_folder() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (size, free) = room(folder.path()).expect("a file system");
        assert!(size >= free && size > 0);
        assert_eq!(room(Path::new("/no/such/folder")), None);
    }
}
