//! Every unsafe block of the appliance, one system call a file, and the kernel interfaces that no crate wraps.
//!
//! The edge and `init` call it. Knows nothing of what a call is for.

#[cfg(feature = "device")]
pub mod clock_slew;
#[cfg(feature = "device")]
pub mod hid_get_report;
#[cfg(feature = "device")]
pub mod packet_bind;
pub mod routing;
pub mod signal_mask;
pub mod signal_wait;
#[cfg(feature = "device")]
pub mod v4l2;
