//! The master boot record: read from hostile bytes, and its last partition grown to the card.
//!
//! Layout: signature at 440, four entries of 16 bytes at 446 (status, CHS, type at 4, CHS, first sector at 8, sectors
//! at 12), 0x55 0xAA at 510; all little-endian. Only the addresses in sectors count, CHS is kept for form.

use super::layout::{self, Area};

/// Bytes of a boot record.
pub const LENGTH: usize = 512;

const SIGNATURE: usize = 440;
const TABLE: usize = 446;
const ENTRY: usize = 16;
const MAGIC: [u8; 2] = [0x55, 0xAA];
/// "Beyond what cylinders, heads and sectors can say."
const CHS_BEYOND: [u8; 3] = [0xFE, 0xFF, 0xFF];

/// A sector that is a boot record. Its partitions may still lie anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mbr {
    bytes: [u8; LENGTH],
}

/// One entry of the table that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub kind: u8,
    pub area: Area,
}

impl Mbr {
    /// `None` when the sector is no boot record.
    #[must_use]
    pub fn parse(sector: &[u8; LENGTH]) -> Option<Mbr> {
        (sector[510..] == MAGIC).then_some(Mbr { bytes: *sector })
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8; LENGTH] {
        &self.bytes
    }

    #[must_use]
    pub fn signature(&self) -> u32 {
        self.number(SIGNATURE)
    }

    /// Partition `number`, from 1 to 4; `None` when there is none.
    #[must_use]
    pub fn partition(&self, number: u8) -> Option<Entry> {
        let at = entry_offset(number)?;
        let kind = self.bytes[at + 4];
        let area = Area {
            first: self.number(at + 8).into(),
            sectors: self.number(at + 12).into(),
        };
        (kind != 0 && area.sectors != 0).then_some(Entry { kind, area })
    }

    /// Whether it has our signature and our partitions at their places; the data partition may have any length,
    /// and may be missing.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        let at_their_places = layout::PARTITIONS.iter().all(|ours| {
            let grows = ours.number == layout::DATA.number;
            match self.partition(ours.number) {
                Some(found) if grows => found.area.first == ours.area.first,
                Some(found) => found.kind == ours.kind && found.area == ours.area,
                None => grows,
            }
        });
        self.signature() == layout::DISK_SIGNATURE && at_their_places
    }

    /// The record with a data partition that reaches the end of a disk of so many sectors (and is put where it
    /// belongs if it is not there); `None` when that would change nothing. Never shrinks it. Does not write.
    #[must_use]
    pub fn grown(&self, disk_sectors: u64) -> Option<Mbr> {
        let data = layout::DATA;
        // Whole alignment units, and no more than the table can say.
        let room = disk_sectors.checked_sub(data.area.first)?;
        let sectors = (room - room % layout::ALIGNMENT).min(u64::from(u32::MAX));
        let present = self
            .partition(data.number)
            .filter(|found| found.area.first == data.area.first)
            .map_or(0, |found| found.area.sectors);
        if sectors <= present {
            return None;
        }
        let mut grown = self.clone();
        let at = entry_offset(data.number)?;
        let entry = &mut grown.bytes[at..at + ENTRY];
        entry[0] = 0;
        entry[1..4].copy_from_slice(&CHS_BEYOND);
        entry[4] = data.kind;
        entry[5..8].copy_from_slice(&CHS_BEYOND);
        entry[8..12].copy_from_slice(&u32::try_from(data.area.first).ok()?.to_le_bytes());
        entry[12..].copy_from_slice(&u32::try_from(sectors).ok()?.to_le_bytes());
        Some(grown)
    }

    fn number(&self, at: usize) -> u32 {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.bytes[at..at + 4]);
        u32::from_le_bytes(bytes)
    }
}

fn entry_offset(number: u8) -> Option<usize> {
    (1..=4)
        .contains(&number)
        .then(|| TABLE + ENTRY * usize::from(number - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use layout::{CARD_SECTORS, DATA, DISK_SIGNATURE, PARTITIONS};

    fn card() -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[SIGNATURE..SIGNATURE + 4].copy_from_slice(&DISK_SIGNATURE.to_le_bytes());
        bytes[510..].copy_from_slice(&MAGIC);
        for partition in PARTITIONS {
            let at = entry_offset(partition.number).unwrap();
            bytes[at + 4] = partition.kind;
            bytes[at + 8..at + 12].copy_from_slice(&(partition.area.first as u32).to_le_bytes());
            bytes[at + 12..at + 16].copy_from_slice(&(partition.area.sectors as u32).to_le_bytes());
        }
        bytes
    }

    #[test]
    fn a_card_is_known_by_its_signature_and_its_partitions() {
        assert!(Mbr::parse(&card()).unwrap().is_ours());
        let mut other = card();
        other[SIGNATURE] ^= 1;
        assert!(!Mbr::parse(&other).unwrap().is_ours());
        let mut moved = card();
        moved[TABLE + ENTRY + 8] ^= 1;
        assert!(!Mbr::parse(&moved).unwrap().is_ours());
        let mut without_data = card();
        without_data[TABLE + 3 * ENTRY..510].fill(0);
        assert!(Mbr::parse(&without_data).unwrap().is_ours());
    }

    #[test]
    fn a_sector_without_the_magic_is_no_boot_record() {
        assert_eq!(Mbr::parse(&[0; LENGTH]), None);
    }

    #[test]
    fn the_data_partition_grows_to_the_end_and_only_once() {
        let card = Mbr::parse(&card()).unwrap();
        let disk = 62_333_952 + 17;
        let grown = card.grown(disk).unwrap();
        let data = grown.partition(4).unwrap();
        assert!(data.area.end() <= disk && disk - data.area.end() < layout::ALIGNMENT);
        assert_eq!(data.area.sectors % layout::ALIGNMENT, 0);
        assert!(grown.is_ours());
        assert_eq!(
            grown.bytes()[..TABLE + 3 * ENTRY],
            card.bytes()[..TABLE + 3 * ENTRY]
        );
        assert_eq!(grown.grown(disk), None);
    }

    #[test]
    fn a_card_of_the_images_size_and_a_smaller_one_stay_as_they_are() {
        let card = Mbr::parse(&card()).unwrap();
        assert_eq!(card.grown(CARD_SECTORS), None);
        assert_eq!(card.grown(DATA.area.first), None);
        assert_eq!(card.grown(0), None);
    }

    #[test]
    fn a_missing_data_partition_is_put_where_it_belongs() {
        let mut bytes = card();
        bytes[TABLE + 3 * ENTRY..510].fill(0);
        let grown = Mbr::parse(&bytes).unwrap().grown(CARD_SECTORS).unwrap();
        assert_eq!(grown.partition(4).unwrap().area, DATA.area);
    }

    #[test]
    fn a_disk_beyond_the_table_is_used_as_far_as_the_table_reaches() {
        let grown = Mbr::parse(&card()).unwrap().grown(u64::MAX).unwrap();
        assert_eq!(
            grown.partition(4).unwrap().area.sectors,
            u64::from(u32::MAX)
        );
    }

    #[test]
    fn no_sector_makes_it_panic() {
        use proptest::prelude::*;
        proptest!(|(bytes in proptest::collection::vec(any::<u8>(), LENGTH), disk: u64, number: u8)| {
            let mut sector: [u8; LENGTH] = bytes.try_into().unwrap();
            sector[510..].copy_from_slice(&MAGIC);
            let mbr = Mbr::parse(&sector).unwrap();
            let _ = (mbr.is_ours(), mbr.partition(number));
            if let Some(grown) = mbr.grown(disk) {
                prop_assert!(grown.partition(4).unwrap().area.end() <= disk);
            }
        });
    }
}
