//! `sigprocmask`: keep signals pending instead of acting on them.
#![allow(unsafe_code)]

use std::io;

/// A set of signals, as the kernel wants it.
pub struct SignalSet(libc::sigset_t);

impl SignalSet {
    /// # Errors
    /// A number that is no signal.
    pub fn of(signals: &[i32]) -> io::Result<SignalSet> {
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: the pointer is to memory of the right type; sigemptyset initialises all of it.
        let mut set = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            set.assume_init()
        };
        for &signal in signals {
            // SAFETY: `set` is an initialised set; a number that is no signal is refused.
            if unsafe { libc::sigaddset(&raw mut set, signal) } != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(SignalSet(set))
    }

    /// Blocks nothing in the calling thread: for a program whose parent waits for signals, as init does, because a program
    /// begins with what its parent blocked.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn block_none() -> io::Result<()> {
        SignalSet::of(&[])?.block_only()
    }

    pub(super) fn as_ptr(&self) -> *const libc::sigset_t {
        &raw const self.0
    }

    /// Blocks exactly these signals in the calling thread and in every thread that it starts later. A program begins with
    /// what its parent blocked.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn block_only(&self) -> io::Result<()> {
        self.change(libc::SIG_SETMASK)
    }

    /// Blocks these signals in the calling thread and in every thread that it starts later.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn block(&self) -> io::Result<()> {
        self.change(libc::SIG_BLOCK)
    }

    fn change(&self, how: i32) -> io::Result<()> {
        // SAFETY: the set is initialised; the old mask is not asked for.
        let failed = unsafe { libc::pthread_sigmask(how, self.as_ptr(), std::ptr::null_mut()) };
        if failed == 0 {
            Ok(())
        } else {
            Err(io::Error::from_raw_os_error(failed))
        }
    }
}
