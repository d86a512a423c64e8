//! bind(2) of a packet socket to one protocol on one link (packet(7)); no crate wraps its address.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd as _};

/// Binds a packet socket; from then on it hears `protocol` (linux/if_ether.h) on `link`.
///
/// # Errors
/// No such link, or not a packet socket.
pub fn bind(socket: &impl AsFd, link: u32, protocol: u16) -> io::Result<()> {
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: protocol.to_be(),
        sll_ifindex: i32::try_from(link).map_err(io::Error::other)?,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    // SAFETY: the descriptor is open as long as `socket` is borrowed; the pointer leads to a whole
    // `sockaddr_ll`, whose size is given, and the kernel only reads it during the call.
    let bound = unsafe {
        libc::bind(
            socket.as_fd().as_raw_fd(),
            (&raw const address).cast(),
            mem::size_of_val(&address) as libc::socklen_t,
        )
    };
    if bound == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_of_socket_is_refused() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        assert!(bind(&socket, 1, 0x0806).is_err());
    }
}
