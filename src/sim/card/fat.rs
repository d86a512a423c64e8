//! A small FAT32 file system with a few files in its root folder, as far as [`slot::fat`](crate::slot::fat) reads one. Pure.

use crate::slot::fat::ShortName;

const SECTOR: usize = 512;
/// Of the whole file system; one sector a cluster.
const SECTORS: usize = 256;
/// Before the first table: the boot sector, its copy at 6, and what stays empty.
const RESERVED: usize = 8;
/// Sectors of each of the two tables.
const TABLE: usize = 2;
/// The root folder is cluster 2, the first that there is.
const ROOT: usize = RESERVED + 2 * TABLE;
const END: [u8; 4] = [0xFF, 0xFF, 0xFF, 0x0F];

/// Files of at most one sector, at most 15.
pub(super) fn file_system(files: &[(ShortName, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0; SECTORS * SECTOR];
    let boot = boot_sector();
    put(&mut bytes, 0, &boot);
    put(&mut bytes, 6 * SECTOR, &boot);
    allocate(&mut bytes, 2);
    for (number, (name, content)) in files.iter().enumerate() {
        let cluster = 3 + number;
        allocate(&mut bytes, cluster);
        let mut entry = [0; 32];
        entry[..11].copy_from_slice(name);
        entry[26..28].copy_from_slice(&(cluster as u16).to_le_bytes());
        entry[28..].copy_from_slice(&(content.len() as u32).to_le_bytes());
        put(&mut bytes, ROOT * SECTOR + 32 * number, &entry);
        put(&mut bytes, (ROOT + 1 + number) * SECTOR, content);
    }
    bytes
}

/// Bytes per sector, sectors per cluster, reserved sectors, tables, their length, the root's cluster, the copy's place.
fn boot_sector() -> [u8; SECTOR] {
    let mut boot = [0; SECTOR];
    boot[11..13].copy_from_slice(&(SECTOR as u16).to_le_bytes());
    boot[13] = 1;
    boot[14] = RESERVED as u8;
    boot[16] = 2;
    boot[32..36].copy_from_slice(&(SECTORS as u32).to_le_bytes());
    boot[36] = TABLE as u8;
    boot[44] = 2;
    boot[50] = 6;
    boot[510..].copy_from_slice(&[0x55, 0xAA]);
    boot
}

/// A file of one cluster, in both tables.
fn allocate(bytes: &mut [u8], cluster: usize) {
    for table in [RESERVED, RESERVED + TABLE] {
        put(bytes, table * SECTOR + 4 * cluster, &END);
    }
}

fn put(bytes: &mut [u8], at: usize, content: &[u8]) {
    bytes[at..at + content.len()].copy_from_slice(content);
}
