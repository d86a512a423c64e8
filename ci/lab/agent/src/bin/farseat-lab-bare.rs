//! The least that a machine can do which answers on the network: what `ci/bench boot` holds the appliance's boot against.
//!
//! As process 1 it raises the first link, gives it the address that QEMU's user network expects, and answers every
//! connection with a line. No TLS, no DHCP, no files, nothing else.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};

/// The loopback is 1.
const LINK: u32 = 2;
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
const PREFIX: u8 = 24;
const PORT: u16 = 443;

// linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h
const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const NLM_F_REQUEST_ACK: u16 = 0x005;
const IFF_UP: u32 = 1;
const IFA_LOCAL: u16 = 2;
const AF_INET: u8 = 2;

fn main() -> io::Result<()> {
    if std::process::id() != 1 {
        return Err(io::Error::other(
            "this is for process 1 of a virtual machine",
        ));
    }
    let mut up = vec![0; 4];
    for field in [LINK, IFF_UP, IFF_UP] {
        up.extend(field.to_ne_bytes());
    }
    tell_the_kernel(RTM_NEWLINK, &up)?;
    let mut address = vec![AF_INET, PREFIX, 0, 0];
    address.extend(LINK.to_ne_bytes());
    address.extend([8, 0]);
    address.extend(IFA_LOCAL.to_ne_bytes());
    address.extend(ADDRESS.octets());
    tell_the_kernel(RTM_NEWADDR, &address)?;
    for stream in TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))?.incoming() {
        // A client that goes away early has had enough.
        let _ = stream.and_then(|mut stream| stream.write_all(b"here\n"));
    }
    Ok(())
}

/// One message of rtnetlink(7), one answer; what comes of it is seen from outside.
fn tell_the_kernel(kind: u16, body: &[u8]) -> io::Result<()> {
    let family = AddressFamily::NETLINK;
    let socket = socket_with(family, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    let mut message = (16 + body.len() as u32).to_ne_bytes().to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend(NLM_F_REQUEST_ACK.to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    send(&socket, &message, SendFlags::empty())?;
    recv(&socket, &mut [0; 256], RecvFlags::empty())?;
    Ok(())
}
