//! The proof for init that this process answers: a packet a second on the line to it, with what is well.
//!
//! It is sent only after the HTTPS listener has taken a connection from here and the face
//! has ended it: listening socket, runtime and the way into TLS all had their turn. A `serve` that
//! hangs stops proving, and init does the rest.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::line::InitLine;
use crate::console::Console;
use crate::net::Network;
use crate::slot::health::{Check, Checks};
use crate::slot::line::Wish;
use crate::target::UsbLink;
use crate::update::Update;
use crate::web::Services;

const EVERY: Duration = Duration::from_secs(1);
/// Less than what init allows between two proofs.
const PATIENCE: Duration = Duration::from_secs(4);

/// Who is asked whether all is well.
struct Witnesses {
    network: Network,
    console: Console,
    update: Update,
}

/// Proves, as long as the program runs, that `https` answers.
pub(super) fn start(line: InitLine, https: SocketAddr, services: &Services) {
    let witnesses = Witnesses {
        network: services.network.clone(),
        console: services.console.clone(),
        update: services.update.clone(),
    };
    let well = move || witnesses.well();
    tokio::spawn(prove(line, reachable(https), well));
}

impl Witnesses {
    fn well(&self) -> Checks {
        let network = self.network.status();
        let network = network.borrow();
        let linked = network.link.as_ref().is_some_and(|link| link.carrier);
        let usb = self.console.state().borrow().usb;
        Checks::NONE
            .with_if(Check::Network, linked && !network.addresses.is_empty())
            .with_if(Check::Gadget, usb != UsbLink::NoGadget)
            .with_if(Check::Updater, self.update.is_heard())
    }
}

async fn prove(line: InitLine, https: SocketAddr, well: impl Fn() -> Checks) {
    let mut seconds = interval(EVERY);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        seconds.tick().await;
        match timeout(PATIENCE, answers(https)).await {
            // A full line has plenty of proofs in it.
            Ok(Ok(())) => drop(line.say_now(Wish::Pulse(well().with(Check::Answers)))),
            Ok(Err(error)) => log::warn!("{https} does not answer its own machine: {error}"),
            Err(_) => log::warn!("{https} does not answer its own machine in time"),
        }
    }
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
    use rustix::net::{RecvFlags, recv};
    use tokio::net::TcpListener;

    use super::super::line::tests::pair;
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
        let (line, init) = pair();
        let gadget = || Checks::NONE.with(Check::Gadget);
        let proving = tokio::spawn(prove(line, address, gadget));
        drop(listener.accept().await.expect("the call"));
        let read = tokio::task::spawn_blocking(move || {
            let mut packet = [0; 16];
            let (length, _) = recv(&init, &mut packet[..], RecvFlags::empty())?;
            Ok::<_, io::Error>(packet[..length].to_vec())
        });
        let packet = read.await.expect("no panic").expect("a packet");
        let well = Checks::NONE.with(Check::Answers).with(Check::Gadget);
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
