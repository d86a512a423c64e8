//! A DHCP client for one link (RFC 2131, RFC 2132), and a server for the appliance's own network. Pure.
//!
//! [`course`] decides, [`message`] speaks; the machine above hands them what came and sends what they
//! say. The server's every byte is hostile: what does not parse is as if it had not come.

mod course;
mod host;
mod message;

pub(super) use course::{Course, Step};
pub(super) use host::Host;
pub(super) use message::Lease;

#[cfg(test)]
pub(super) use message::tests::{HARDWARE, answer};
