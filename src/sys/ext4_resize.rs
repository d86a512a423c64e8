//! `EXT4_IOC_RESIZE_FS`: a mounted ext4 file system grows with its partition.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsFd;

use rustix::ioctl::{Opcode, Setter, ioctl, opcode};

const RESIZE_FS: Opcode = opcode::write::<u64>(b'f', 16);

/// The file system that `folder` lies in has `blocks` blocks from now on. The same number again changes nothing.
///
/// # Errors
/// `ENOTTY` when it is no ext4, `EINVAL` when it would shrink, `EROFS` when it is read-only.
pub fn resize(folder: impl AsFd, blocks: u64) -> io::Result<()> {
    // SAFETY: the number is made for a pointer to one 64-bit number, which the kernel only reads.
    let setter = unsafe { Setter::<RESIZE_FS, u64>::new(blocks) };
    // SAFETY: the number lives in `setter` until the call has returned; another file system refuses the call.
    unsafe { ioctl(folder, setter) }.map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_system_refuses() {
        let file = std::fs::File::open("/proc").expect("open /proc");
        let error = resize(&file, 1).expect_err("no ext4");
        assert_eq!(error.raw_os_error(), Some(libc::ENOTTY));
    }
}
