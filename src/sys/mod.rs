//! Every unsafe block of the appliance, one system call a file.

#[cfg(feature = "device")]
pub mod v4l2;
