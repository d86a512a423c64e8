//! The kernel's news of devices (`NETLINK_KOBJECT_UEVENT`): one message, one device that came, changed or went.
//!
//! rustix makes the socket safe; a message is text, fields that end with a zero byte.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recvfrom, socket_with, sockopt,
};

/// The group to which the kernel itself speaks; others are for programs.
const KERNEL: u32 = 1;
/// No message of the kernel is longer (UEVENT_BUFFER_SIZE of linux/kobject.h, and its first line).
const LONGEST: usize = 4096;
/// Room for the devices of a whole boot, in case nobody listens for a while.
const ROOM: usize = 1 << 20;

/// What happened to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uevent {
    /// `add`, `remove`, `change` …
    pub action: String,
    /// `block`, `video4linux` …
    pub subsystem: String,
    /// Its node below `/dev`, if it has one: `mmcblk0`, `input/event0`.
    pub node: Option<String>,
}

/// Hears them.
pub struct Uevents(OwnedFd);

impl Uevents {
    /// # Errors
    /// The kernel gives no such socket.
    pub fn open() -> io::Result<Uevents> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            flags,
            Some(KOBJECT_UEVENT),
        )?;
        // More than the default is a privilege; without it a flood may lose messages, no more.
        let _ = sockopt::set_socket_recv_buffer_size_force(&socket, ROOM);
        bind(&socket, &SocketAddrNetlink::new(0, KERNEL))?;
        Ok(Uevents(socket))
    }

    /// The next message; `None` when there is none now. Never waits.
    pub fn take(&self) -> Option<Uevent> {
        let mut message = [0_u8; LONGEST];
        loop {
            let (length, _, sender) =
                recvfrom(&self.0, message.as_mut_slice(), RecvFlags::empty()).ok()?;
            let from_kernel = sender
                .and_then(|sender| SocketAddrNetlink::try_from(sender).ok())
                .is_some_and(|sender| sender.pid() == 0);
            if let Some(event) = parse(&message[..length.min(LONGEST)]).filter(|_| from_kernel) {
                return Some(event);
            }
        }
    }
}

impl AsFd for Uevents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// `None` for what is no message of the kernel's form.
fn parse(message: &[u8]) -> Option<Uevent> {
    let mut event = Uevent {
        action: String::new(),
        subsystem: String::new(),
        node: None,
    };
    for field in std::str::from_utf8(message).ok()?.split('\0') {
        match field.split_once('=') {
            Some(("ACTION", action)) => action.clone_into(&mut event.action),
            Some(("SUBSYSTEM", subsystem)) => subsystem.clone_into(&mut event.subsystem),
            Some(("DEVNAME", node)) => event.node = Some(node.to_owned()),
            _ => {}
        }
    }
    (!event.action.is_empty() && !event.subsystem.is_empty()).then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_by_its_fields() {
        let message = b"add@/devices/platform/emmc2bus/mmcblk0\0ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=block\0MAJOR=179\0DEVNAME=mmcblk0\0DEVTYPE=disk\0SEQNUM=7\0";
        assert_eq!(
            parse(message),
            Some(Uevent {
                action: "add".to_owned(),
                subsystem: "block".to_owned(),
                node: Some("mmcblk0".to_owned()),
            })
        );
    }

    #[test]
    fn what_is_no_message_is_passed_over() {
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"libudev\0\xfe\xed\xca\xfe"), None);
        assert_eq!(parse(b"ACTION=add\0"), None);
    }

    #[test]
    fn the_kernel_gives_the_socket() {
        assert!(Uevents::open().is_ok_and(|uevents| {
            // Whatever happens on this machine meanwhile, taking does not wait.
            let _ = uevents.take();
            true
        }));
    }
}
