//! `unshare(2)` of the mounts: from now on what this process mounts is its own business.
#![allow(unsafe_code)]

use std::io;

use rustix::thread::{UnshareFlags, unshare_unsafe};

/// Must be called before there are other threads: they would keep the mounts that were.
///
/// # Errors
/// No permission.
pub fn take() -> io::Result<()> {
    // SAFETY: only the flag for mounts is given, which takes no descriptor and no memory away from anybody.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS) }.map_err(io::Error::from)
}
