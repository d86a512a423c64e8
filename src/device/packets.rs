//! A line to another process of the appliance inside a tokio runtime: packets that are kept apart (`SOCK_SEQPACKET` of
//! unix(7)). With descriptors beside them: [`pass`](crate::sys::pass).

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{RecvFlags, SendFlags, recv, send};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// A stream by name only: what is read and written are packets. Must be called inside a tokio runtime.
///
/// # Errors
/// It is no socket.
pub fn stream(socket: OwnedFd) -> io::Result<UnixStream> {
    let socket = std::os::unix::net::UnixStream::from(socket);
    socket.set_nonblocking(true)?;
    UnixStream::from_std(socket)
}

/// The length of the next packet; none = the other end has hung up.
///
/// # Errors
/// The line is broken.
pub async fn hear(line: &UnixStream, packet: &mut [u8]) -> io::Result<usize> {
    let read = || Ok(recv(line, &mut *packet, RecvFlags::DONTWAIT)?.0);
    line.async_io(Interest::READABLE, read).await
}

/// Waits for nothing.
///
/// # Errors
/// There is no room, or nobody hears.
pub fn say(line: impl AsFd, packet: &[u8]) -> io::Result<()> {
    send(line, packet, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Waits for room.
///
/// # Errors
/// Nobody hears.
pub async fn say_in_turn(line: &UnixStream, packet: &[u8]) -> io::Result<()> {
    line.async_io(Interest::WRITABLE, || say(line, packet))
        .await
}
