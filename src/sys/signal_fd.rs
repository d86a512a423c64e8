//! `signalfd`: blocked signals on a descriptor, so that one wait hears them beside everything else.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd, FromRawFd as _, OwnedFd};

use super::signal_mask::SignalSet;

/// Bytes of `struct signalfd_siginfo`; it begins with the signal's number.
const RECORD: usize = 128;

/// Hears the blocked signals of a set.
pub struct SignalFd(File);

impl SignalFd {
    /// # Errors
    /// What the kernel says.
    pub fn open(set: &SignalSet) -> io::Result<SignalFd> {
        // SAFETY: the set is initialised and only read; -1 asks for a new descriptor.
        let descriptor =
            unsafe { libc::signalfd(-1, set.as_ptr(), libc::SFD_NONBLOCK | libc::SFD_CLOEXEC) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just made this descriptor for us, and nobody else knows it.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        Ok(SignalFd(File::from(descriptor)))
    }

    /// Takes one pending signal; never waits.
    pub fn take(&mut self) -> Option<i32> {
        let mut record = [0; RECORD];
        self.0.read_exact(&mut record).ok()?;
        let number = [record[0], record[1], record[2], record[3]];
        Some(i32::from_ne_bytes(number))
    }
}

impl AsFd for SignalFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_signal_is_no_error() {
        let set = SignalSet::of(&[libc::SIGUSR1]).expect("a set");
        set.block().expect("block");
        let mut signals = SignalFd::open(&set).expect("a descriptor");
        assert_eq!(signals.take(), None);
    }

    #[test]
    fn a_number_that_is_no_signal_is_refused() {
        assert!(SignalSet::of(&[4_000]).is_err());
    }
}
