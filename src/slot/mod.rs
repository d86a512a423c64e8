//! The card: where its parts are, which of its two systems the boot firmware starts, what its data partition
//! looks like when it is new; and how a new system comes onto it. Pure, but for what goes through [`disk::Disk`].
//!
//! Called by `init` (which grows and renews the data partition), by the host tool `farseat-firmware` (which makes
//! cards) and by the lab (which boots them). Never opens a device: bytes come in, bytes and answers go out.
//!
//! ```text
//! sector 0      master boot record with DISK_SIGNATURE                       mbr
//! 64–2047       raw: the state of updates                                    layout, state
//! partition 1   FAT32 selector: autoboot.txt, never a start*.elf             autoboot, fat
//! partition 2   FAT32 slot A: the whole system          ┐ which of the two   firmware
//! partition 3   FAT32 slot B: the whole system          ┘ starts, and why
//! partition 4   ext4 data, last: grown to the card at the first boot         pristine, superblock
//! ```
//!
//! Updates: a [`bundle`] signed with one of our [`keys`] goes through the [`installer`] into the slot that does not run;
//! the [`keeper`] starts it on trial, looks at its [`health`], and commits it or goes back. They reach the card through
//! [`disk::Disk`] and `serve` through the messages of [`line`]. What is refused is in [`refusal`].

pub mod autoboot;
pub mod board;
pub mod bundle;
mod bytes;
pub mod digest;
pub mod disk;
pub mod errand;
pub mod fat;
pub mod firmware;
pub mod health;
pub mod installer;
pub mod keeper;
pub mod keys;
pub mod layout;
pub mod line;
pub mod mbr;
pub mod pristine;
pub mod refusal;
#[cfg(test)]
pub(crate) mod rig;
pub mod state;
pub mod superblock;

use std::fmt;
use std::ops::Not;

/// One of the two partitions that hold a whole system. `!slot` is the other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    A,
    B,
}

impl Slot {
    pub const ALL: [Slot; 2] = [Slot::A, Slot::B];

    /// Its partition number, counted from 1 as the boot firmware and the kernel do.
    #[must_use]
    pub fn partition(self) -> u8 {
        match self {
            Slot::A => 2,
            Slot::B => 3,
        }
    }

    /// The slot that a partition number stands for.
    #[must_use]
    pub fn from_partition(number: u32) -> Option<Slot> {
        Slot::ALL
            .into_iter()
            .find(|slot| u32::from(slot.partition()) == number)
    }

    /// As it is written in files and interfaces: `a` or `b`.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Slot::A => "a",
            Slot::B => "b",
        }
    }
}

impl Not for Slot {
    type Output = Slot;

    fn not(self) -> Slot {
        match self {
            Slot::A => Slot::B,
            Slot::B => Slot::A,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.letter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_slot_of_the_other_slot_is_itself() {
        for slot in Slot::ALL {
            assert_ne!(slot, !slot);
            assert_eq!(slot, !!slot);
            assert_eq!(
                Slot::from_partition(u32::from(slot.partition())),
                Some(slot)
            );
        }
    }

    #[test]
    fn no_other_partition_is_a_slot() {
        for number in [0, 1, 4, 63, u32::MAX] {
            assert_eq!(Slot::from_partition(number), None);
        }
    }
}
