//! `reboot(2)` with a word for the boot firmware, which rustix does not offer.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::io;

/// Restarts the machine at once, nothing is written out first; returns only when the kernel refuses.
pub fn with_argument(argument: &CStr) -> io::Error {
    // SAFETY: the two magic numbers and the command ask for a restart with an argument, which is a string that ends
    // with a zero byte and is only read.
    unsafe {
        libc::syscall(
            libc::SYS_reboot,
            libc::LINUX_REBOOT_MAGIC1,
            libc::LINUX_REBOOT_MAGIC2,
            libc::LINUX_REBOOT_CMD_RESTART2,
            argument.as_ptr(),
        );
    }
    io::Error::last_os_error()
}
