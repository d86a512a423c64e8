//! The superblock of the data partition's ext4: how long it says that the file system is, and what is left of it when the
//! power went while it was being written. Pure.
//!
//! It has two sectors, and a card writes whole sectors at best: after a cut it may be half new and half old. Either half is
//! right, but the checksum over both is not, so the kernel does not mount it, and does not even look into the journal, from
//! which it would be written again. A checksum that fits lets it do so.
//!
//! The kernel's Documentation/filesystems/ext4/super.rst.

use std::ops::Range;

/// In bytes, from the start of the file system.
pub const OFFSET: u64 = 1024;
/// In bytes.
pub const SIZE: usize = 1024;

/// As it is on the card; numbers are little-endian.
pub type Superblock = [u8; SIZE];

/// `s_checksum`, a CRC-32C of everything before it.
const CHECKSUM: usize = SIZE - 4;
/// `s_feature_incompat`, of which the kernel sets "the journal has to be replayed" itself ...
const INCOMPATIBLE: usize = 0x60;
const RECOVER: u32 = 0x4;
/// ... and `s_feature_ro_compat`, of which it sets "there is a large file" and "there are orphans".
const READ_ONLY_COMPATIBLE: usize = 0x64;
const LARGE_FILE_OR_ORPHANS: u32 = 0x2 | 0x1_0000;

/// What changes while a file system is used and grown.
const CHANGING: [Range<usize>; 15] = [
    // s_inodes_count, s_blocks_count_lo, s_r_blocks_count_lo, s_free_blocks_count_lo, s_free_inodes_count.
    0x00..0x14,
    // s_mtime, s_wtime, s_mnt_count.
    0x2c..0x36,
    // s_state.
    0x3a..0x3c,
    // s_lastcheck.
    0x40..0x44,
    INCOMPATIBLE..INCOMPATIBLE + 4,
    READ_ONLY_COMPATIBLE..READ_ONLY_COMPATIBLE + 4,
    // s_last_mounted.
    0x88..0xc8,
    // s_reserved_gdt_blocks.
    0xce..0xd0,
    // s_last_orphan.
    0xe8..0xec,
    // The upper halves of the numbers of blocks.
    0x150..0x15c,
    // s_kbytes_written.
    0x178..0x180,
    // Errors that the kernel met: s_error_count to s_last_error_block and its function.
    0x194..0x200,
    // s_overhead_clusters.
    0x248..0x24c,
    // The upper bytes of the times.
    0x274..0x27c,
    CHECKSUM..SIZE,
];

/// The one of a file system that begins with these bytes; `None` when they are too few.
#[must_use]
pub fn of(start: &[u8]) -> Option<Superblock> {
    start.get(OFFSET as usize..)?.first_chunk().copied()
}

/// How many blocks the file system has: `s_blocks_count_hi` and `_lo`.
#[must_use]
pub fn blocks(superblock: &Superblock) -> u64 {
    u64::from(number(superblock, 0x150)) << 32 | u64::from(number(superblock, 4))
}

/// The superblock with a checksum that fits. `None` when it has one already, or is something else than a later state of
/// the `pristine` one, from which every data partition begins.
#[must_use]
pub fn mend(torn: &Superblock, pristine: &Superblock) -> Option<Superblock> {
    let checksum = crc32c(&torn[..CHECKSUM]);
    let descends = (0..SIZE)
        .filter(|at| !CHANGING.iter().any(|range| range.contains(at)))
        .all(|at| torn[at] == pristine[at]);
    let has = |at, may: u32| number(torn, at) & !may == number(pristine, at) & !may;
    let features = has(INCOMPATIBLE, RECOVER) && has(READ_ONLY_COMPATIBLE, LARGE_FILE_OR_ORPHANS);
    if number(torn, CHECKSUM) == checksum || !descends || !features {
        return None;
    }
    let mut mended = *torn;
    mended[CHECKSUM..].copy_from_slice(&checksum.to_le_bytes());
    Some(mended)
}

fn number(superblock: &Superblock, at: usize) -> u32 {
    u32::from_le_bytes([0, 1, 2, 3].map(|byte| superblock[at + byte]))
}

/// As ext4 has it: begun with ones, and not inverted at the end.
fn crc32c(bytes: &[u8]) -> u32 {
    const CASTAGNOLI: u32 = 0x82f6_3b78;
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (CASTAGNOLI & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(mut superblock: Superblock) -> Superblock {
        let checksum = crc32c(&superblock[..CHECKSUM]);
        superblock[CHECKSUM..].copy_from_slice(&checksum.to_le_bytes());
        superblock
    }

    fn pristine() -> Superblock {
        let mut superblock = [7; SIZE];
        superblock[4..8].copy_from_slice(&[0, 0x20, 0, 0]);
        superblock[0x150..0x154].fill(0);
        sealed(superblock)
    }

    /// Mounted, grown, and written to.
    fn later() -> Superblock {
        let mut superblock = pristine();
        superblock[4..8].copy_from_slice(&[0, 0x40, 0, 0]);
        superblock[INCOMPATIBLE] |= RECOVER as u8;
        superblock[0x178] = 9;
        superblock[0x248] = 9;
        sealed(superblock)
    }

    #[test]
    fn the_checksum_is_the_one_of_iscsi_without_its_inversion() {
        // RFC 3720, appendix B.4, and the usual nine digits.
        assert_eq!(!crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(!crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn the_blocks_are_counted_in_two_halves() {
        let mut superblock = pristine();
        assert_eq!(blocks(&superblock), 8192);
        superblock[0x150] = 1;
        assert_eq!(blocks(&superblock), (1 << 32) + 8192);
    }

    #[test]
    fn half_of_the_new_and_half_of_the_old_is_made_whole() {
        let (old, new) = (pristine(), later());
        for cut in (1..SIZE).filter(|cut| old[*cut..] != new[*cut..]) {
            let mut torn = old;
            torn[..cut].copy_from_slice(&new[..cut]);
            if torn == old {
                continue;
            }
            let mended = mend(&torn, &pristine()).expect("it can be mended");
            assert_eq!(mended, sealed(torn), "cut at {cut}");
        }
    }

    #[test]
    fn one_that_is_whole_is_left_alone() {
        for whole in [pristine(), later()] {
            assert_eq!(mend(&whole, &pristine()), None);
        }
    }

    #[test]
    fn what_is_no_later_state_of_ours_is_left_alone() {
        for at in (0..SIZE).filter(|at| !CHANGING.iter().any(|range| range.contains(at))) {
            let mut garbage = later();
            garbage[at] ^= 0x10;
            assert_eq!(mend(&garbage, &pristine()), None, "changed at {at:#x}");
        }
    }

    #[test]
    fn a_feature_that_the_kernel_does_not_set_by_itself_is_garbage() {
        for at in [INCOMPATIBLE, READ_ONLY_COMPATIBLE] {
            let mut garbage = later();
            garbage[at + 3] ^= 0x10;
            assert_eq!(mend(&garbage, &pristine()), None);
        }
    }
}
