//! The real edge: V4L2 capture and the USB gadget. Implements [`target`](crate::target); only `app` calls it.

pub mod gadget;
mod hidg;
mod identity;
mod link;
mod roots;
pub mod v4l2;
