//! The slots of a card, as a test looks at them and changes them from outside: the state of updates, what
//! `autoboot.txt` says, whether a slot has what was installed.
//!
//! It uses the appliance's own code for the state, so that it does not know the format a second time.

use std::io;

use farseat_firmware::image::{AUTOBOOT, Image};
use farseat_firmware::slot::Slot;
use farseat_firmware::slot::autoboot::Autoboot;
use farseat_firmware::slot::disk as seam;
use farseat_firmware::slot::layout::{SECTOR, STATE};
use farseat_firmware::slot::state::{RECORD_LENGTH, State, store};

use super::Card;
use super::disk::Disk;

/// A [`Disk`] as the appliance's code wants one.
pub struct Raw<'a>(pub &'a Disk);

impl seam::Disk for Raw<'_> {
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let bytes = self.0.content(at..at + buffer.len() as u64)?;
        buffer.copy_from_slice(&bytes);
        Ok(())
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.change(at, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Card {
    /// The state of updates on the card; `None` when there is none.
    ///
    /// # Panics
    /// The card cannot be read.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        store::load(&mut Raw(&self.disk)).expect("a card").0
    }

    /// Puts a state there. Only while no machine has the card.
    ///
    /// # Panics
    /// The card cannot be written.
    pub fn set_state(&self, state: &State) {
        let mut raw = Raw(&self.disk);
        let (_, mut store) = store::load(&mut raw).expect("a card");
        store.save(&mut raw, state).expect("a card");
    }

    /// Damages both records.
    ///
    /// # Panics
    /// The card cannot be written.
    pub fn lose_state(&self) {
        let garbage = [0xA5; 2 * RECORD_LENGTH];
        self.disk.change(STATE.offset(), &garbage).expect("a card");
    }

    /// Makes a slot one that does not boot, as an install leaves it that has begun.
    ///
    /// # Panics
    /// The card cannot be written.
    pub fn unseal(&self, slot: Slot) {
        let start = self.disk.partition(slot.partition().into()).start;
        for sector in [0, 6] {
            self.disk
                .change(start + sector * SECTOR, &[0; SECTOR as usize])
                .expect("a card");
        }
    }

    /// Which slot `autoboot.txt` names; `None` when it is not the file that an appliance writes.
    #[must_use]
    pub fn named(&self) -> Option<Slot> {
        let fat = Image::open(&self.disk.path()).and_then(|image| image.fat(1, false));
        let file = fat.and_then(|fat| fat.read(AUTOBOOT)).ok()?;
        Slot::ALL
            .into_iter()
            .find(|slot| Autoboot::primary(*slot).print().as_ref().map(|p| &p[..]) == Some(&file))
    }
}
