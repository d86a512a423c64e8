//! The real edge: V4L2 capture, the USB gadget, the wired link. Implements [`target`](crate::target) and
//! [`lan`](crate::lan); only `app` calls it.

pub mod board;
pub mod codec;
mod configfs;
pub mod envoy;
pub mod errand;
pub mod gadget;
mod held;
mod hidg;
mod identity;
pub mod lan;
mod lever;
mod link;
pub mod names;
pub mod packets;
mod roots;
pub mod v4l2;
