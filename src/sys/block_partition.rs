//! `BLKPG`: tells the kernel that a partition of a disk is new or has another length, without reading the table
//! again, which it refuses while any partition is in use.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsFd;

use rustix::ioctl::{Opcode, Setter, ioctl, opcode};

/// What the kernel is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Change {
    /// BLKPG_ADD_PARTITION
    Add = 1,
    /// BLKPG_RESIZE_PARTITION
    Resize = 3,
}

/// `struct blkpg_partition` of linux/blkpg.h.
#[repr(C)]
struct Partition {
    start: i64,
    length: i64,
    number: i32,
    device_name: [u8; 64],
    volume_name: [u8; 64],
}

/// `struct blkpg_ioctl_arg`.
#[repr(C)]
struct Argument {
    operation: i32,
    flags: i32,
    length: i32,
    data: *mut Partition,
}

const BLKPG: Opcode = opcode::none(0x12, 105);

/// Partition `number` of `disk` begins at byte `start` and is `length` bytes long.
///
/// # Errors
/// `EBUSY` when it would lie over another one, `ENOTTY` when `disk` is no disk, `EINVAL` for numbers out of range.
pub fn tell(
    disk: impl AsFd,
    change: Change,
    number: u8,
    (start, length): (u64, u64),
) -> io::Result<()> {
    let out_of_range = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let mut partition = Partition {
        start: i64::try_from(start).map_err(out_of_range)?,
        length: i64::try_from(length).map_err(out_of_range)?,
        number: i32::from(number),
        device_name: [0; 64],
        volume_name: [0; 64],
    };
    let argument = Argument {
        operation: change as i32,
        flags: 0,
        length: size_of::<Partition>() as i32,
        data: &raw mut partition,
    };
    // SAFETY: both structs have the kernel's layout, and `partition` lives until the call has returned.
    let setter = unsafe { Setter::<BLKPG, Argument>::new(argument) };
    // SAFETY: the kernel only reads from the two structs; on a descriptor of another kind it refuses the number.
    unsafe { ioctl(disk, setter) }.map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_structs_have_the_kernels_sizes() {
        assert_eq!(size_of::<Partition>(), 152);
        assert_eq!(size_of::<Argument>(), 24);
    }

    #[test]
    fn what_is_no_disk_refuses() {
        let file = std::fs::File::open("/dev/null").expect("open /dev/null");
        assert!(tell(&file, Change::Resize, 4, (0, 4096)).is_err());
        assert!(tell(&file, Change::Resize, 4, (u64::MAX, 4096)).is_err());
    }
}
