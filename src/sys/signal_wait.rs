//! `sigtimedwait`: take a pending signal, or wait for one.
#![allow(unsafe_code)]

use std::io;
use std::time::Duration;

use super::signal_mask::SignalSet;

/// Waits at most `timeout` for one of the blocked signals of `set`; `None` when the time is over
/// or another signal interrupted the wait.
///
/// # Errors
/// What the kernel says.
pub fn wait(set: &SignalSet, timeout: Duration) -> io::Result<Option<i32>> {
    let timeout = libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    };
    // SAFETY: the set and the time are initialised; what else is known of the signal is not asked for.
    let signal =
        unsafe { libc::sigtimedwait(set.as_ptr(), std::ptr::null_mut(), &raw const timeout) };
    if signal > 0 {
        return Ok(Some(signal));
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EAGAIN | libc::EINTR) => Ok(None),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_signal_is_no_error() {
        let set = SignalSet::of(&[libc::SIGUSR1]).expect("a set");
        set.block().expect("block");
        assert_eq!(wait(&set, Duration::ZERO).expect("wait"), None);
    }

    #[test]
    fn a_number_that_is_no_signal_is_refused() {
        assert!(SignalSet::of(&[4_000]).is_err());
    }
}
