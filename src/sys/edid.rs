//! `VIDIOC_G_EDID` and `VIDIOC_S_EDID`: the EDID of a video input, which `v4l2r` does not wrap.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsFd;

use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
use v4l2r::bindings::v4l2_edid;

/// Bytes of a block.
const BLOCK: usize = 128;

const GET: Opcode = opcode::read_write::<v4l2_edid>(b'V', 40);
const SET: Opcode = opcode::read_write::<v4l2_edid>(b'V', 41);

/// Up to `most` blocks of what the input says; empty when it says nothing.
///
/// # Errors
/// `ENOTTY` or `EINVAL` when the input has no EDID that can be asked for.
pub fn get(node: impl AsFd, input: u32, most: u8) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(most) * BLOCK];
    match call::<GET>(node, input, &mut bytes) {
        Ok(blocks) => bytes.truncate(blocks.saturating_mul(BLOCK)),
        // So say drivers of inputs that have no EDID yet.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NODATA.raw_os_error()) => {
            bytes.clear();
        }
        Err(error) => return Err(error),
    }
    Ok(bytes)
}

/// From now on the input says this: whole blocks of 128 bytes. The source is told to read it anew.
///
/// # Errors
/// `ENOTTY` or `EINVAL` when the input's EDID cannot be set, `E2BIG` when it has not so many blocks.
pub fn set(node: impl AsFd, input: u32, edid: &[u8]) -> io::Result<()> {
    // The structure wants a pointer to bytes that may be written.
    call::<SET>(node, input, &mut edid.to_vec()).map(|_| ())
}

/// Returns how many blocks there are now.
fn call<const CALL: Opcode>(node: impl AsFd, input: u32, bytes: &mut [u8]) -> io::Result<usize> {
    let mut edid = v4l2_edid {
        pad: input,
        start_block: 0,
        blocks: u32::try_from(bytes.len() / BLOCK).unwrap_or_default(),
        edid: bytes.as_mut_ptr(),
        ..Default::default()
    };
    // SAFETY: the number is made of this very struct, which has the kernel's layout.
    let updater = unsafe { Updater::<CALL, v4l2_edid>::new(&mut edid) };
    // SAFETY: the call reads and writes the struct, which lives in this frame, and at most `blocks` times 128 bytes at
    // `edid`, which are borrowed mutably until it returns; on a node of another kind the kernel refuses the number.
    unsafe { ioctl(node, updater) }?;
    Ok(edid.blocks as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_video_node_refuses_both() {
        let file = std::fs::File::open("/dev/null").expect("open /dev/null");
        let errno = |error: io::Error| rustix::io::Errno::from_io_error(&error);
        let refused = Some(rustix::io::Errno::NOTTY);
        assert_eq!(errno(get(&file, 0, 4).expect_err("no video")), refused);
        assert_eq!(
            errno(set(&file, 0, &[0; 128]).expect_err("no video")),
            refused
        );
    }
}
