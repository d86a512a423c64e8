//! `autoboot.txt`: one sector at a known place, overwritten as one.

use super::super::autoboot::Autoboot;
use super::super::disk::{Disk, Sector};
use super::super::fat::{AUTOBOOT, Fat};
use super::super::layout::{SECTOR, SELECTOR};
use super::{Keeper, Turn};

/// What is at the place of the file.
enum Found {
    Right,
    Wrong(u64),
    /// No file, or one that cannot be overwritten in place.
    Missing,
}

/// What has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repair {
    /// It says what the state says.
    Done,
    /// The machine is asked to write it as a file: [`Keeper::selector_written`].
    Asked,
    /// It cannot be written.
    Failed,
}

impl<D: Disk> Keeper<D> {
    /// What the file has to say.
    pub(super) fn wanted_selector(&self) -> Sector {
        // Three lines fit into a sector: a test of `autoboot` prints both.
        Autoboot::primary(self.state.primary)
            .print()
            .unwrap_or([b'\n'; SECTOR as usize])
    }

    /// Whether the file said, before, what the state says.
    pub(super) fn selector_is_right(&mut self) -> bool {
        matches!(self.look_at_selector(), Found::Right)
    }

    /// Makes it say what the state says. Where it cannot be overwritten the machine is asked to write it as a file.
    pub(super) fn repair_selector(&mut self, turn: &mut Turn) -> Repair {
        let wanted = self.wanted_selector();
        let at = match self.look_at_selector() {
            Found::Right => return Repair::Done,
            Found::Missing => {
                turn.selector = Some(wanted);
                turn.note("autoboot.txt is not where it can be overwritten: writing it anew");
                return Repair::Asked;
            }
            Found::Wrong(at) => at,
        };
        let written = self
            .disk
            .write(at, &wanted)
            .and_then(|()| self.disk.flush());
        let failed = match written {
            Ok(()) if self.selector_is_right() => None,
            Ok(()) => Some("it reads back differently".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        match failed {
            None => Repair::Done,
            Some(reason) => {
                turn.note(format!("overwrite autoboot.txt: {reason}"));
                Repair::Failed
            }
        }
    }

    fn look_at_selector(&mut self) -> Found {
        let found = Fat::open(&mut self.disk, SELECTOR.area)
            .and_then(|fat| fat.find(&mut self.disk, &AUTOBOOT));
        let Ok(Some(file)) = found else {
            return Found::Missing;
        };
        if u64::from(file.size) != SECTOR || !file.contiguous {
            return Found::Missing;
        }
        let mut sector: Sector = [0; SECTOR as usize];
        // One that cannot be read may become readable by being written.
        let read = self.disk.read(file.at, &mut sector);
        if read.is_ok() && sector == self.wanted_selector() {
            Found::Right
        } else {
            Found::Wrong(file.at)
        }
    }
}
