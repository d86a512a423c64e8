//! The earliest that it can be: when this program was built, and the latest time that was ever known here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::lan::Correction;
use crate::settings::replace_file;

/// Since 1970. No correct clock is before the sources' date, which the build names (`SOURCE_DATE_EPOCH`).
pub const BUILT: Duration = Duration::from_secs(built());

const fn built() -> u64 {
    let digits = env!("FARSEAT_BUILT").as_bytes();
    let mut seconds = 0;
    let mut at = 0;
    while at < digits.len() {
        seconds = seconds * 10 + (digits[at] - b'0') as u64;
        at += 1;
    }
    seconds
}

/// A clock that is further ahead of everything that was ever known here was never set: five years.
const BELIEVABLE: Duration = Duration::from_secs(5 * 365 * 86_400);
/// A card lives longer when it is not written to every few minutes.
const SAVE_AFTER: Duration = Duration::from_secs(24 * 3600);
/// More digits than this no time has.
const LONGEST: u64 = 20;

/// The file with the latest time that servers agreed on. A time that nobody vouched for is never saved.
pub(in crate::net) struct Latest {
    file: PathBuf,
    saved: Option<Duration>,
}

impl Latest {
    /// A missing or damaged file remembers nothing.
    pub(in crate::net) fn load(folder: &Path) -> Latest {
        let file = folder.join("clock");
        Latest {
            saved: read(&file),
            file,
        }
    }

    fn floor(&self) -> Duration {
        self.saved.unwrap_or_default().max(BUILT)
    }

    /// What to do about a clock that nobody vouches for: one that shows the past, or a future that is too
    /// far away, is put to the floor.
    pub(in crate::net) fn correction(&self, clock: Duration) -> Option<Correction> {
        let floor = self.floor();
        let believable = clock >= floor && clock < floor + BELIEVABLE;
        let off = floor.as_secs_f64() - clock.as_secs_f64();
        (!believable).then_some(Correction::Step(off))
    }

    /// Saves it when it is worth it: seldom, and only forward. Blocks on the disk, briefly.
    pub(in crate::net) fn remember(&mut self, now: Duration) {
        if self.saved.is_some_and(|saved| now < saved + SAVE_AFTER) {
            return;
        }
        self.saved = Some(now);
        let text = format!("{}\n", now.as_secs());
        if let Err(error) = replace_file(&self.file, text.as_bytes(), 0o644) {
            log::warn!("remember the time in {}: {error}", self.file.display());
        }
    }
}

fn read(file: &Path) -> Option<Duration> {
    use std::io::Read as _;
    let mut text = String::new();
    let opened = std::fs::File::open(file).ok()?;
    opened.take(LONGEST).read_to_string(&mut text).ok()?;
    let seconds: u64 = text.trim().parse().ok()?;
    // A number that no clock of this century shows is damage.
    (seconds < 1 << 33).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn the_program_was_built_in_its_own_time() {
        assert!(BUILT >= Duration::from_secs(1_790_000_000), "{BUILT:?}");
        assert!(BUILT < Duration::from_secs(4_000_000_000), "{BUILT:?}");
    }

    #[test]
    fn the_latest_time_survives_a_restart_and_only_grows() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut latest = Latest::load(folder.path());
        assert_eq!(latest.floor(), BUILT);
        latest.remember(BUILT + DAY * 10);
        latest.remember(BUILT + DAY * 5);
        assert_eq!(Latest::load(folder.path()).floor(), BUILT + DAY * 10);
    }

    #[test]
    fn a_clock_of_1970_or_ten_years_off_is_put_to_the_floor() {
        let latest = Latest::load(Path::new("/nowhere"));
        let after = |clock: Duration| match latest.correction(clock) {
            Some(Correction::Step(off)) => clock.as_secs_f64() + off,
            _ => clock.as_secs_f64(),
        };
        let years = |years: u32| DAY * 365 * years;
        for wrong in [Duration::ZERO, BUILT - years(10), BUILT + years(10)] {
            assert!(
                (after(wrong) - BUILT.as_secs_f64()).abs() < 0.001,
                "{wrong:?}"
            );
        }
        for possible in [BUILT, BUILT + DAY, BUILT + years(4)] {
            assert_eq!(latest.correction(possible), None, "{possible:?}");
        }
    }

    #[test]
    fn it_is_written_once_a_day() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut latest = Latest::load(folder.path());
        latest.remember(BUILT + DAY);
        std::fs::remove_file(folder.path().join("clock")).expect("written");
        latest.remember(BUILT + DAY + DAY / 2);
        assert!(!folder.path().join("clock").exists());
        latest.remember(BUILT + DAY * 2);
        assert!(folder.path().join("clock").exists());
    }

    #[test]
    fn a_damaged_file_remembers_nothing() {
        let folder = tempfile::tempdir().expect("temporary folder");
        for damage in ["", "soon", "-5", "99999999999999999999999", "9999999999999"] {
            std::fs::write(folder.path().join("clock"), damage).expect("write");
            assert_eq!(Latest::load(folder.path()).floor(), BUILT, "{damage}");
        }
    }
}
