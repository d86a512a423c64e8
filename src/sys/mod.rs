//! Every unsafe block of the appliance, one system call a file, and the kernel interfaces that no crate wraps.
//!
//! The edge and `init` call it. Knows nothing of what a call is for.

pub mod block_partition;
pub mod clock_slew;
#[cfg(feature = "device")]
pub mod edid;
pub mod ext4_resize;
#[cfg(feature = "device")]
pub mod fexecve;
#[cfg(feature = "device")]
pub mod hid_get_report;
pub mod mailbox;
#[cfg(feature = "device")]
pub mod own_mounts;
#[cfg(feature = "device")]
pub mod packet_bind;
pub mod pass;
pub mod restart;
pub mod routing;
pub mod signal_fd;
pub mod signal_mask;
pub mod uevents;
#[cfg(feature = "device")]
pub mod v4l2;
