//! adjtimex(2): put the clock right gently, so that time neither jumps nor runs backwards.
#![allow(unsafe_code)]

use std::io;

/// The most that the kernel slews in one go; it needs a bit over a quarter of an hour for it.
const MOST: f64 = 0.5;

/// Makes up for so many seconds, at most half a second, at 500 µs a second.
///
/// # Errors
/// No permission.
pub fn slew(seconds: f64) -> io::Result<()> {
    // SAFETY: `timex` is plain numbers, for which zeros are values.
    let mut order: libc::timex = unsafe { std::mem::zeroed() };
    order.modes = libc::ADJ_OFFSET_SINGLESHOT;
    order.offset = (seconds.clamp(-MOST, MOST) * 1e6) as libc::c_long;
    // SAFETY: the pointer leads to a whole `timex` that is ours alone; the kernel reads and fills it.
    if unsafe { libc::adjtimex(&raw mut order) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
