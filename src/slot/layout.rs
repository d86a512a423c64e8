//! Where the parts of a card are. `firmware/genimage.cfg` writes it; a test of `farseat-firmware` holds that file
//! against these numbers, and `init` and the checks of a finished card use them.
//!
//! Why so: a master boot record, because the second stage has never handled partition numbers on GPT well
//! (raspberrypi/rpi-eeprom issue 668); the FAT partitions first and in disk order (issue 705); slots at 2 and 3,
//! because `reboot N` carries six bits; type 0x0C, as others ship it; everything on 4 MiB, the erase block of common
//! cards; the data partition last, so that it can grow.

use super::Slot;

/// Bytes in a sector, on every card and in every master boot record.
pub const SECTOR: u64 = 512;
/// Partitions begin at multiples of this many sectors: 4 MiB.
pub const ALIGNMENT: u64 = 4 * MIB;
/// In the master boot record; `init` knows its disk by it. Reads "FSet" from the lowest byte.
pub const DISK_SIGNATURE: u32 = u32::from_le_bytes(*b"FSet");
/// The state of updates: raw sectors between the boot record and the first partition, so that they survive the loss
/// of every file system.
pub const STATE: Area = Area {
    first: 64,
    sectors: 2048 - 64,
};
/// A slot's files together take no more than this many bytes: room for two releases of growth.
pub const SLOT_CONTENT_LIMIT: u64 = 40 << 20;

/// Sectors in a MiB.
const MIB: u64 = (1 << 20) / SECTOR;

/// FAT32 with logical addressing.
pub const FAT32: u8 = 0x0C;
/// Any Linux file system; ours is ext4.
pub const LINUX: u8 = 0x83;

/// A run of sectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub first: u64,
    pub sectors: u64,
}

impl Area {
    /// The first sector behind it.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.first + self.sectors
    }

    /// Where it begins, in bytes.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.first * SECTOR
    }

    /// How long it is, in bytes.
    #[must_use]
    pub const fn size(self) -> u64 {
        self.sectors * SECTOR
    }
}

/// A partition as the image has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// From 1.
    pub number: u8,
    /// Its type byte in the master boot record.
    pub kind: u8,
    pub area: Area,
}

/// Holds `autoboot.txt`, and what the owner puts there: markers and preseed files.
pub const SELECTOR: Partition = partition(1, FAT32, ALIGNMENT, 64 * MIB);
pub const SLOT_A: Partition = partition(2, FAT32, SELECTOR.area.end(), 128 * MIB);
pub const SLOT_B: Partition = partition(3, FAT32, SLOT_A.area.end(), 128 * MIB);
/// Small in the image, grown to the end of the card at the first boot.
pub const DATA: Partition = partition(4, LINUX, SLOT_B.area.end(), 32 * MIB);

/// All of them, in disk order.
pub const PARTITIONS: [Partition; 4] = [SELECTOR, SLOT_A, SLOT_B, DATA];
/// Sectors that the image has: what a card needs at least.
pub const CARD_SECTORS: u64 = DATA.area.end();

/// The partition of a slot.
#[must_use]
pub const fn slot(slot: Slot) -> Partition {
    match slot {
        Slot::A => SLOT_A,
        Slot::B => SLOT_B,
    }
}

const fn partition(number: u8, kind: u8, first: u64, sectors: u64) -> Partition {
    Partition {
        number,
        kind,
        area: Area { first, sectors },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_aligned_and_in_disk_order_without_gaps() {
        let mut end = ALIGNMENT;
        for (index, partition) in PARTITIONS.iter().enumerate() {
            assert_eq!(usize::from(partition.number), index + 1);
            assert_eq!(partition.area.first, end);
            assert_eq!(partition.area.first % ALIGNMENT, 0);
            end = partition.area.end();
        }
        assert_eq!(end, CARD_SECTORS);
    }

    #[test]
    fn the_state_lies_before_the_first_partition() {
        const { assert!(STATE.first > 0 && STATE.end() <= SELECTOR.area.first) };
    }

    #[test]
    fn slots_have_the_partitions_that_they_say() {
        for one in Slot::ALL {
            assert_eq!(slot(one).number, one.partition());
        }
        assert_eq!(SLOT_A.area.sectors, SLOT_B.area.sectors);
    }

    #[test]
    fn the_image_fits_what_was_promised() {
        const { assert!(CARD_SECTORS * SECTOR <= 512 << 20) };
        const { assert!(SLOT_CONTENT_LIMIT < SLOT_A.area.size()) };
    }
}
