//! The kernel's routing socket (rtnetlink(7)): raise a link, give it an address and a default route.
//!
//! `init` raises links, `app` gives the address that `net` got. rustix makes the socket safe; the
//! messages are built here, by hand, because they are three. One message, one answer.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};

// linux/netlink.h, linux/rtnetlink.h, linux/if_addr.h, linux/if_link.h
const NLMSG_ERROR: u16 = 2;
const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_NEWROUTE: u16 = 24;
const NLM_F_REQUEST: u16 = 0x001;
const NLM_F_ACK: u16 = 0x004;
const NLM_F_REPLACE: u16 = 0x100;
const NLM_F_CREATE: u16 = 0x400;
const IFF_UP: u32 = 1;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RT_TABLE_MAIN: u8 = 254;
const RTPROT_DHCP: u8 = 16;
const RTN_UNICAST: u8 = 1;
const AF_INET: u8 = 2;

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

    /// Gives the link an address; the same address again is renewed.
    ///
    /// # Errors
    /// No such link, or no permission.
    pub fn add_address(&self, link: u32, address: Ipv4Addr, prefix: u8) -> io::Result<()> {
        self.ask(&address_message(RTM_NEWADDR, link, address, prefix))
    }

    /// Takes an address from the link; its routes go with it.
    ///
    /// # Errors
    /// The link does not have it.
    pub fn remove_address(&self, link: u32, address: Ipv4Addr, prefix: u8) -> io::Result<()> {
        self.ask(&address_message(RTM_DELADDR, link, address, prefix))
    }

    /// Makes `gateway` the default route.
    ///
    /// # Errors
    /// The gateway is not reachable through the link.
    pub fn set_default_route(&self, link: u32, gateway: Ipv4Addr) -> io::Result<()> {
        self.ask(&default_route(link, gateway))
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
    message(RTM_NEWLINK, 0, &body)
}

fn address_message(kind: u16, link: u32, address: Ipv4Addr, prefix: u8) -> Vec<u8> {
    // struct ifaddrmsg: family, prefix length, flags, scope, index
    let mut body = vec![AF_INET, prefix, 0, 0];
    body.extend(link.to_ne_bytes());
    attribute(&mut body, IFA_LOCAL, &address.octets());
    attribute(&mut body, IFA_ADDRESS, &address.octets());
    let flags = if kind == RTM_NEWADDR {
        NLM_F_CREATE | NLM_F_REPLACE
    } else {
        0
    };
    message(kind, flags, &body)
}

fn default_route(link: u32, gateway: Ipv4Addr) -> Vec<u8> {
    // struct rtmsg: family, destination and source lengths, tos, table, protocol, scope, type, flags
    let mut body = vec![
        AF_INET,
        0,
        0,
        0,
        RT_TABLE_MAIN,
        RTPROT_DHCP,
        0,
        RTN_UNICAST,
        0,
        0,
        0,
        0,
    ];
    attribute(&mut body, RTA_GATEWAY, &gateway.octets());
    attribute(&mut body, RTA_OIF, &link.to_ne_bytes());
    message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &body)
}

/// Appends one attribute; every value here has four bytes, so none needs padding.
fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8; 4]) {
    body.extend(8_u16.to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
}

fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX);
    let mut message = Vec::with_capacity(HEADER + body.len());
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend((NLM_F_REQUEST | NLM_F_ACK | flags).to_ne_bytes());
    message.extend([0; 8]); // sequence number and port: one question at a time needs neither
    message.extend(body);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_begins_with_its_length() {
        let sent = address_message(RTM_NEWADDR, 2, Ipv4Addr::new(10, 0, 2, 15), 24);
        assert_eq!(sent.len(), 16 + 8 + 8 + 8);
        assert_eq!(sent[..4], 40_u32.to_ne_bytes());
        assert_eq!(sent[4..6], RTM_NEWADDR.to_ne_bytes());
        assert_eq!(&sent[16..18], &[AF_INET, 24]);
        assert_eq!(&sent[28..32], &[10, 0, 2, 15]);
    }

    #[test]
    fn the_kernel_understands_the_messages() {
        // Without privileges too: it reads the message before it refuses it.
        let routing = Routing::open().expect("a routing socket");
        let nowhere = 0x7fff_fff0;
        for refusal in [
            routing.raise(nowhere),
            routing.add_address(nowhere, Ipv4Addr::LOCALHOST, 8),
            routing.remove_address(nowhere, Ipv4Addr::LOCALHOST, 8),
            routing.set_default_route(nowhere, Ipv4Addr::new(192, 0, 2, 1)),
        ] {
            let number = refusal.expect_err("no such link").raw_os_error();
            assert!(
                matches!(number, Some(libc::EPERM | libc::ENODEV | libc::ENETUNREACH)),
                "{number:?}"
            );
        }
    }

    #[test]
    fn an_answer_that_is_too_short_is_no_acknowledgement() {
        for length in 0..HEADER + 4 {
            assert!(outcome(&vec![0; length]).is_err());
        }
    }

    #[test]
    fn a_refusal_carries_its_number() {
        let mut answer = message(NLMSG_ERROR, 0, &(-libc::ENODEV).to_ne_bytes());
        assert_eq!(
            outcome(&answer).expect_err("refused").raw_os_error(),
            Some(libc::ENODEV)
        );
        answer[HEADER..].fill(0);
        assert!(outcome(&answer).is_ok());
    }
}
