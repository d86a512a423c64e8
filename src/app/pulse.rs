//! The proof for init that this process answers: a packet a second on the line to it, with what is well.
//!
//! It is sent only after the HTTPS listener has taken a connection from here and the face
//! has ended it: listening socket, runtime and the way into TLS all had their turn. A `serve` that
//! hangs stops proving, and init does the rest.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use rustix::net::{SendFlags, send};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::slot::health::{Check, Checks};
use crate::slot::line::Wish;

const EVERY: Duration = Duration::from_secs(1);
/// Less than what init allows between two proofs.
const PATIENCE: Duration = Duration::from_secs(4);

/// Proves, as long as the program runs, that `https` answers.
pub(super) fn start(https: SocketAddr) {
    match line() {
        Ok(line) => {
            tokio::spawn(prove(line, reachable(https)));
        }
        Err(error) => log::error!("standard input is no line to init: {error}"),
    }
}

/// Standard input, which init has made a socket that keeps packets apart.
fn line() -> io::Result<OwnedFd> {
    io::stdin().as_fd().try_clone_to_owned()
}

async fn prove(line: OwnedFd, https: SocketAddr) {
    let mut seconds = interval(EVERY);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let well = Checks::NONE.with(Check::Answers).with(Check::Updater);
    loop {
        seconds.tick().await;
        match timeout(PATIENCE, answers(https)).await {
            // A full line has plenty of proofs in it.
            Ok(Ok(())) => drop(say(&line, Wish::Pulse(well))),
            Ok(Err(error)) => log::warn!("{https} does not answer its own machine: {error}"),
            Err(_) => log::warn!("{https} does not answer its own machine in time"),
        }
    }
}

fn say(line: &OwnedFd, wish: Wish<'_>) -> io::Result<()> {
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    send(line, &wish.print(), flags)?;
    Ok(())
}

/// Calls, says goodbye, and waits until the other side has ended the call too.
async fn answers(https: SocketAddr) -> io::Result<()> {
    let mut call = TcpStream::connect(https).await?;
    call.shutdown().await?;
    let mut words = [0; 64];
    while call.read(&mut words).await? > 0 {}
    Ok(())
}

/// The loopback's address where the listener has every address.
fn reachable(https: SocketAddr) -> SocketAddr {
    let loopback: IpAddr = match https.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        own => own,
    };
    SocketAddr::new(loopback, https.port())
}

#[cfg(test)]
mod tests {
    use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, recv, socketpair};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_call_that_nobody_takes_is_no_proof() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let address = listener.local_addr().expect("bound");
        // The kernel finishes the handshake by itself: connecting alone would prove nothing.
        let call = tokio::spawn(async move { answers(address).await });
        let (taken, _) = listener.accept().await.expect("the call");
        assert!(!call.is_finished(), "it waits for the other side");
        drop(taken);
        call.await.expect("no panic").expect("it was answered");
    }

    #[tokio::test]
    async fn each_proof_is_a_packet_that_init_understands() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let address = listener.local_addr().expect("bound");
        let (line, init) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )
        .expect("a pair");
        let proving = tokio::spawn(prove(line, address));
        drop(listener.accept().await.expect("the call"));
        let read = tokio::task::spawn_blocking(move || {
            let mut packet = [0; 16];
            let (length, _) = recv(&init, &mut packet[..], RecvFlags::empty())?;
            Ok::<_, io::Error>(packet[..length].to_vec())
        });
        let packet = read.await.expect("no panic").expect("a packet");
        let well = Checks::NONE.with(Check::Answers).with(Check::Updater);
        assert_eq!(Wish::parse(&packet), Some(Wish::Pulse(well)));
        proving.abort();
    }

    #[test]
    fn every_address_includes_the_loopback() {
        let shown = |address: &str| reachable(address.parse().expect("address")).to_string();
        assert_eq!(shown("0.0.0.0:443"), "127.0.0.1:443");
        assert_eq!(shown("[::]:443"), "[::1]:443");
        assert_eq!(shown("192.0.2.7:8443"), "192.0.2.7:8443");
    }
}
