//! FAT32, as far as an update needs it: where a file in the root folder begins. Reads hostile bytes, never writes.
//!
//! Names are the short ones (8.3) that every entry has. Source: Microsoft, FAT32 File System Specification 1.03.

use std::io;

use super::disk::{Disk, Sector};
use super::layout::{Area, SECTOR};

/// A name of 8 and 3 capitals, padded with spaces.
pub type ShortName = [u8; 11];

/// Of `autoboot.txt`.
pub const AUTOBOOT: ShortName = *b"AUTOBOOTTXT";
/// Without these nothing starts.
pub const ESSENTIAL: [ShortName; 4] = [
    *b"START4  ELF",
    *b"CONFIG  TXT",
    *b"CMDLINE TXT",
    *b"KERNEL8 IMG",
];

/// Folders are not read further: ours has a dozen entries.
const ENTRIES: usize = 2048;
const ENTRY: usize = 32;
const LAST_CLUSTER: u32 = 0x0FFF_FFF7;

/// The numbers of a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fat {
    area: Area,
    sectors_per_cluster: u64,
    fat: u64,
    clusters: u64,
    root: u32,
    clusters_end: u32,
}

/// A file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Where it begins on the disk, in bytes.
    pub at: u64,
    /// Its length in bytes.
    pub size: u32,
    /// Whether all of it lies there, in one cluster.
    pub contiguous: bool,
}

/// Why a file is not found.
#[derive(Debug, thiserror::Error)]
pub enum FatError {
    #[error("there is no FAT32 file system that can be read")]
    NoFat,
    #[error("its root folder leads nowhere")]
    Root,
    #[error("read it")]
    Read(#[from] io::Error),
}

impl Fat {
    /// Of the partition at `area`.
    ///
    /// # Errors
    /// It cannot be read, or is no FAT32.
    pub fn open(disk: &mut impl Disk, area: Area) -> Result<Fat, FatError> {
        let mut boot = [0; SECTOR as usize];
        disk.read(area.offset(), &mut boot)?;
        Fat::parse(&boot, area).ok_or(FatError::NoFat)
    }

    /// From a boot sector, which need not be on the disk yet.
    #[must_use]
    pub fn parse(boot: &Sector, area: Area) -> Option<Fat> {
        let short = |at: usize| u64::from(u16::from_le_bytes([boot[at], boot[at + 1]]));
        let long =
            |at: usize| u32::from_le_bytes([boot[at], boot[at + 1], boot[at + 2], boot[at + 3]]);
        let per_cluster = u64::from(boot[13]);
        let (reserved, fats, fat_size) = (short(14), u64::from(boot[16]), u64::from(long(36)));
        let total = u64::from(long(32));
        let good = boot[510..] == [0x55, 0xAA]
            && short(11) == SECTOR
            && per_cluster.is_power_of_two()
            && reserved > 0
            && (1..=2).contains(&fats)
            // FAT12 and FAT16 say their size elsewhere.
            && short(22) == 0
            && fat_size > 0
            && total <= area.sectors;
        let data = reserved + fats * fat_size;
        let clusters = total.checked_sub(data)?.checked_div(per_cluster)?;
        let clusters_end = u32::try_from(clusters + 2).ok()?;
        // Every cluster has its place in the table.
        let fits = u64::from(clusters_end) * 4 <= fat_size * SECTOR && clusters_end <= LAST_CLUSTER;
        (good && fits).then_some(Fat {
            area,
            sectors_per_cluster: per_cluster,
            fat: area.first + reserved,
            clusters: area.first + data,
            root: long(44),
            clusters_end,
        })
    }

    /// A file of the root folder that is not empty; `None` when there is none of that name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn find(&self, disk: &mut impl Disk, name: &ShortName) -> Result<Option<File>, FatError> {
        let mut cluster = self.root;
        let mut left = ENTRIES;
        loop {
            let first = self.sector(cluster).ok_or(FatError::Root)?;
            for sector in first..first + self.sectors_per_cluster {
                let mut bytes = [0; SECTOR as usize];
                disk.read(sector * SECTOR, &mut bytes)?;
                for entry in bytes.chunks_exact(ENTRY) {
                    if entry[0] == 0 || left == 0 {
                        return Ok(None);
                    }
                    left -= 1;
                    if let Some(file) = self.file(entry, name) {
                        return Ok(Some(file));
                    }
                }
            }
            match self.next(disk, cluster)? {
                Some(next) => cluster = next,
                None => return Ok(None),
            }
        }
    }

    /// Whether everything is there without which the board does not start.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn is_bootable(&self, disk: &mut impl Disk) -> Result<bool, FatError> {
        for name in &ESSENTIAL {
            if self.find(disk, name)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn file(&self, entry: &[u8], name: &ShortName) -> Option<File> {
        const FOLDER_OR_LABEL: u8 = 0x18;
        let word = |at: usize| u32::from(u16::from_le_bytes([entry[at], entry[at + 1]]));
        if entry[..11] != *name || entry[11] & FOLDER_OR_LABEL != 0 {
            return None;
        }
        let size = word(28) | word(30) << 16;
        let sector = self.sector(word(20) << 16 | word(26))?;
        (size > 0).then_some(File {
            at: sector * SECTOR,
            size,
            contiguous: u64::from(size) <= self.sectors_per_cluster * SECTOR,
        })
    }

    /// The first sector of a cluster.
    fn sector(&self, cluster: u32) -> Option<u64> {
        let known = (2..self.clusters_end).contains(&cluster);
        known.then(|| self.clusters + u64::from(cluster - 2) * self.sectors_per_cluster)
    }

    fn next(&self, disk: &mut impl Disk, cluster: u32) -> Result<Option<u32>, FatError> {
        let at = u64::from(cluster) * 4;
        let mut bytes = [0; SECTOR as usize];
        disk.read((self.fat + at / SECTOR) * SECTOR, &mut bytes)?;
        let within = (at % SECTOR) as usize;
        let entry = u32::from_le_bytes([
            bytes[within],
            bytes[within + 1],
            bytes[within + 2],
            bytes[within + 3],
        ]);
        let next = entry & 0x0FFF_FFFF;
        Ok((2..self.clusters_end).contains(&next).then_some(next))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::disk::memory::MemoryDisk;
    use super::*;
    use proptest::prelude::*;

    /// A file system of one-sector clusters at sector 8 with these one-cluster files.
    pub(crate) const AREA: Area = Area {
        first: 8,
        sectors: 256,
    };

    pub(crate) fn file_system(files: &[(ShortName, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0; AREA.size() as usize];
        bytes[11..14].copy_from_slice(&[0, 2, 1]);
        bytes[14] = 8;
        bytes[16] = 2;
        bytes[32..36].copy_from_slice(&(AREA.sectors as u32).to_le_bytes());
        bytes[36] = 2;
        bytes[44] = 2;
        bytes[50] = 6;
        bytes[510..512].copy_from_slice(&[0x55, 0xAA]);
        let end = [0xFF, 0xFF, 0xFF, 0x0F];
        bytes[8 * 512 + 8..8 * 512 + 12].copy_from_slice(&end);
        let root = (8 + 4) * 512;
        // A label, as every formatted card has it.
        bytes[root..root + 12].copy_from_slice(b"FARSEAT    \x08");
        for (number, (name, content)) in files.iter().enumerate() {
            let entry = root + 32 * (number + 1);
            bytes[entry..entry + 11].copy_from_slice(name);
            let cluster = 3 + number;
            bytes[entry + 26..entry + 28].copy_from_slice(&(cluster as u16).to_le_bytes());
            bytes[entry + 28..entry + 32].copy_from_slice(&(content.len() as u32).to_le_bytes());
            bytes[8 * 512 + 4 * cluster..][..4].copy_from_slice(&end);
            bytes[root + 512 * (number + 1)..][..content.len()].copy_from_slice(content);
        }
        bytes
    }

    fn disk(files: &[(ShortName, &[u8])]) -> MemoryDisk {
        let mut disk = MemoryDisk::default();
        disk.put(AREA.offset(), &file_system(files));
        disk
    }

    #[test]
    fn a_file_is_found_where_it_lies() {
        let mut disk = disk(&[(*b"OTHER   TXT", b"x"), (AUTOBOOT, &[7; 512])]);
        let fat = Fat::open(&mut disk, AREA).expect("a file system");
        let file = fat
            .find(&mut disk, &AUTOBOOT)
            .expect("readable")
            .expect("found");
        assert!(file.contiguous && file.size == 512);
        let mut sector = [0; 512];
        disk.read(file.at, &mut sector).expect("read");
        assert_eq!(sector, [7; 512]);
        assert_eq!(fat.find(&mut disk, b"NOTHING TXT").expect("readable"), None);
    }

    #[test]
    fn a_slot_boots_when_everything_is_there_and_nothing_is_empty() {
        let all = ESSENTIAL.map(|name| (name, &b"x"[..]));
        let bootable = |files: &[(ShortName, &[u8])]| {
            let mut disk = disk(files);
            Fat::open(&mut disk, AREA)
                .expect("a file system")
                .is_bootable(&mut disk)
                .expect("readable")
        };
        assert!(bootable(&all));
        assert!(!bootable(&all[1..]));
        let mut empty = all;
        empty[3].1 = b"";
        assert!(!bootable(&empty));
    }

    #[test]
    fn zeros_and_a_partition_that_is_larger_than_its_place_are_no_file_system() {
        let mut nothing = MemoryDisk::default();
        assert!(matches!(
            Fat::open(&mut nothing, AREA),
            Err(FatError::NoFat)
        ));
        let mut disk = disk(&[]);
        let short = Area {
            sectors: AREA.sectors - 1,
            ..AREA
        };
        assert!(matches!(Fat::open(&mut disk, short), Err(FatError::NoFat)));
    }

    #[test]
    fn a_folder_that_goes_round_in_circles_ends() {
        let mut disk = disk(&[]);
        disk.put((AREA.first + 12) * SECTOR, &[b'A'; 512]);
        disk.put((AREA.first + 8) * SECTOR + 8, &2_u32.to_le_bytes());
        let fat = Fat::open(&mut disk, AREA).expect("a file system");
        assert_eq!(fat.find(&mut disk, &AUTOBOOT).expect("readable"), None);
    }

    proptest! {
        #[test]
        fn no_change_of_bytes_makes_reading_panic(changes in proptest::collection::vec((0..8192_u64, any::<u8>()), 1..40)) {
            let mut disk = disk(&[(AUTOBOOT, &[7; 512])]);
            for (at, byte) in changes {
                disk.put(AREA.offset() + at, &[byte]);
            }
            if let Ok(fat) = Fat::open(&mut disk, AREA) {
                let _ = fat.find(&mut disk, &AUTOBOOT);
                let _ = fat.is_bootable(&mut disk);
            }
        }
    }
}
