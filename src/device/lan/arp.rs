//! The ARP socket: whole Ethernet frames of one protocol on one link (packet(7)).

use std::io;

use socket2::{Domain, Socket, Type};
use tokio::net::UdpSocket;

use crate::sys::packet_bind;

/// ARP, by linux/if_ether.h.
const ARP: u16 = 0x0806;
const BROADCAST: [u8; 6] = [0xff; 6];
/// Destination, source, protocol.
const HEADER: usize = 14;
const PACKET: usize = 28;
/// Where the packet's body tells who sends it.
const SENDER: std::ops::Range<usize> = 8..14;

/// Made by whoever has the privilege, for one who has not: hears nothing and is on no link yet.
pub struct UnboundArp(Socket);

impl UnboundArp {
    /// # Errors
    /// No permission, or no such kind of socket in the kernel.
    pub fn open() -> io::Result<UnboundArp> {
        // Without a protocol it hears nothing until it is bound to one, and to the link.
        let socket = Socket::new(Domain::PACKET, Type::RAW, None)?;
        socket.set_nonblocking(true)?;
        Ok(UnboundArp(socket))
    }
}

/// A datagram socket like any other for sending, receiving and waiting, so tokio's type for those serves it;
/// of addresses it must not be asked.
pub(super) struct ArpSocket(UdpSocket);

impl ArpSocket {
    /// Takes the socket to this link; it stays the same one, also when there is another link later.
    pub(super) fn bind(unbound: &UnboundArp, link: u32) -> io::Result<ArpSocket> {
        let socket = unbound.0.try_clone()?;
        packet_bind::bind(&socket, link, ARP)?;
        Ok(ArpSocket(UdpSocket::from_std(socket.into())?))
    }

    /// Sends to everybody.
    pub(super) async fn send(&self, packet: &[u8; PACKET]) -> io::Result<()> {
        let mut frame = Vec::with_capacity(HEADER + PACKET);
        frame.extend(BROADCAST);
        frame.extend(&packet[SENDER]);
        frame.extend(ARP.to_be_bytes());
        frame.extend(packet);
        self.0.send(&frame).await.map(|_| ())
    }

    /// The next packet. Can be dropped at any time and loses nothing.
    pub(super) async fn receive(&self) -> [u8; PACKET] {
        let mut frame = [0; HEADER + PACKET];
        loop {
            match self.0.recv(&mut frame).await {
                // Frames are padded to Ethernet's 60 bytes: what is beyond is cut off.
                Ok(length) if length == frame.len() => {
                    let mut packet = [0; PACKET];
                    packet.copy_from_slice(&frame[HEADER..]);
                    return packet;
                }
                Ok(_) => {}
                // Told once by the kernel after the link went down; there is nothing to do about it.
                Err(error) => log::debug!("receive ARP: {error}"),
            }
        }
    }
}
