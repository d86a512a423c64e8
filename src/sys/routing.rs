//! The kernel's routing socket (rtnetlink(7)), as far as `init` needs it: raise a link.
//!
//! rustix makes the socket safe; the one message is built here by hand, because init has no other
//! dependency. Everything else that is said to the kernel about links is `device`'s, by a library.

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};

// linux/netlink.h, linux/rtnetlink.h, linux/if_link.h
const NLMSG_ERROR: u16 = 2;
const RTM_NEWLINK: u16 = 16;
const NLM_F_REQUEST: u16 = 0x001;
const NLM_F_ACK: u16 = 0x004;
const IFF_UP: u32 = 1;

/// Bytes of `struct nlmsghdr`.
const HEADER: usize = 16;

/// An open routing socket.
pub struct Routing(OwnedFd);

impl Routing {
    /// # Errors
    /// The kernel gives no such socket.
    pub fn open() -> io::Result<Routing> {
        // Without a protocol a netlink socket is NETLINK_ROUTE, whose number is 0.
        let kind = (
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
        );
        Ok(Routing(socket_with(kind.0, kind.1, kind.2, None)?))
    }

    /// Switches the link on.
    ///
    /// # Errors
    /// No such link, or no permission.
    pub fn raise(&self, link: u32) -> io::Result<()> {
        self.ask(&raise(link))
    }

    fn ask(&self, message: &[u8]) -> io::Result<()> {
        send(&self.0, message, SendFlags::empty())?;
        let mut answer = [0_u8; 4096];
        let (length, _) = recv(&self.0, &mut answer, RecvFlags::empty())?;
        outcome(&answer[..length])
    }
}

/// Reads an acknowledgement: an error message whose number is 0.
fn outcome(answer: &[u8]) -> io::Result<()> {
    let kind = answer
        .get(4..6)
        .map(|bytes| u16::from_ne_bytes([bytes[0], bytes[1]]));
    let number = answer
        .get(HEADER..HEADER + 4)
        .map(|b| i32::from_ne_bytes([b[0], b[1], b[2], b[3]]));
    match (kind, number) {
        (Some(NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(NLMSG_ERROR), Some(number)) => {
            Err(io::Error::from_raw_os_error(number.wrapping_neg()))
        }
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the routing socket gave no acknowledgement",
        )),
    }
}

fn raise(link: u32) -> Vec<u8> {
    // struct ifinfomsg: family, pad, type, index, flags, change mask
    let mut body = vec![0; 4];
    body.extend(link.to_ne_bytes());
    body.extend(IFF_UP.to_ne_bytes());
    body.extend(IFF_UP.to_ne_bytes());
    message(RTM_NEWLINK, &body)
}

fn message(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX);
    let mut message = Vec::with_capacity(HEADER + body.len());
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend((NLM_F_REQUEST | NLM_F_ACK).to_ne_bytes());
    message.extend([0; 8]); // sequence number and port: one question at a time needs neither
    message.extend(body);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_begins_with_its_length() {
        let sent = raise(2);
        assert_eq!(sent.len(), 16 + 16);
        assert_eq!(sent[..4], 32_u32.to_ne_bytes());
        assert_eq!(sent[4..6], RTM_NEWLINK.to_ne_bytes());
        assert_eq!(sent[20..24], 2_u32.to_ne_bytes());
    }

    #[test]
    fn the_kernel_understands_the_message() {
        // Without privileges too: it reads the message before it refuses it.
        let routing = Routing::open().expect("a routing socket");
        let refusal = routing.raise(0x7fff_fff0).expect_err("no such link");
        let number = refusal.raw_os_error();
        assert!(
            matches!(number, Some(libc::EPERM | libc::ENODEV)),
            "{number:?}"
        );
    }

    #[test]
    fn an_answer_that_is_too_short_is_no_acknowledgement() {
        for length in 0..HEADER + 4 {
            assert!(outcome(&vec![0; length]).is_err());
        }
    }

    #[test]
    fn a_refusal_carries_its_number() {
        let mut answer = message(NLMSG_ERROR, &(-libc::ENODEV).to_ne_bytes());
        assert_eq!(
            outcome(&answer).expect_err("refused").raw_os_error(),
            Some(libc::ENODEV)
        );
        answer[HEADER..].fill(0);
        assert!(outcome(&answer).is_ok());
    }
}
