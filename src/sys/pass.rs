//! `sendmsg` and `recvmsg` with a descriptor beside the packet (unix(7), `SCM_RIGHTS`), and the sockets that are used for it. Nothing unsafe is needed for it.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

/// Both ends of a line that keeps packets apart; neither waits for the other.
///
/// # Errors
/// There is no room for further descriptors.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        flags,
        None,
    )?)
}

/// Sends a packet and lends a descriptor to whoever receives it. Waits for nothing.
///
/// # Errors
/// There is no room, or nobody at the other end.
pub fn send(socket: impl AsFd, packet: &[u8], descriptor: impl AsFd) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    let descriptors = [descriptor.as_fd()];
    if !beside.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    sendmsg(socket, &[IoSlice::new(packet)], &mut beside, flags)?;
    Ok(())
}

/// Takes the next packet and the descriptor beside it, if there is one; the kernel closes further ones. Waits for
/// nothing. No bytes: the other end has hung up.
///
/// # Errors
/// Nothing is there, or the socket is none.
pub fn receive(socket: impl AsFd, packet: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let received = recvmsg(socket, &mut [IoSliceMut::new(packet)], &mut beside, flags)?;
    let descriptors = beside.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    Ok((received.bytes, descriptors.flatten().next()))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[test]
    fn a_descriptor_arrives_with_its_packet_and_leads_to_the_same() {
        let (here, there) = pair().expect("a pair");
        let (mut reads, writes) = io::pipe().expect("a pipe");
        send(&here, b"take this", &writes).expect("sent");
        drop(writes);
        let mut packet = [0; 16];
        let (length, descriptor) = receive(&there, &mut packet).expect("received");
        assert_eq!(&packet[..length], b"take this");
        let mut writes = std::fs::File::from(descriptor.expect("one"));
        writes.write_all(b"through it").expect("written");
        drop(writes);
        let mut read = String::new();
        reads.read_to_string(&mut read).expect("read");
        assert_eq!(read, "through it");
    }

    #[test]
    fn a_packet_without_one_is_just_that_and_an_end_is_no_packet() {
        let (here, there) = pair().expect("a pair");
        let nothing = receive(&there, &mut [0; 4]).expect_err("nothing is there");
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
        rustix::net::send(&here, b"word", SendFlags::empty()).expect("sent");
        let (length, descriptor) = receive(&there, &mut [0; 4]).expect("received");
        assert_eq!((length, descriptor.is_none()), (4, true));
        drop(here);
        assert_eq!(receive(&there, &mut [0; 4]).expect("the end").0, 0);
    }
}
