//! What `serve` says of itself to init, once a second: where its page is, and what is well.
//!
//! Init believes it when it has called the page and was answered ([`knock`](crate::init)): `serve` may not call anybody,
//! itself neither. A `serve` that hangs is not answered for, and init does the rest.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::line::InitLine;
use crate::console::Console;
use crate::net::Network;
use crate::slot::health::{Check, Checks};
use crate::slot::line::Wish;
use crate::target::UsbLink;
use crate::update::Update;
use crate::web::Services;

const EVERY: Duration = Duration::from_secs(1);

/// Who is asked whether all is well.
struct Witnesses {
    network: Network,
    console: Console,
    update: Update,
}

/// Tells, as long as the program runs.
pub(super) fn start(line: InitLine, https: SocketAddr, services: &Services) {
    let witnesses = Witnesses {
        network: services.network.clone(),
        console: services.console.clone(),
        update: services.update.clone(),
    };
    let well = move || witnesses.well();
    tokio::spawn(tell(line, reachable(https), well));
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

async fn tell(line: InitLine, page: SocketAddr, well: impl Fn() -> Checks) {
    let mut seconds = interval(EVERY);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = false;
    loop {
        seconds.tick().await;
        told = told || line.say_now(Wish::Page(page)).is_ok();
        // A full line has plenty of it already.
        let _ = line.say_now(Wish::Pulse(well()));
    }
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

    use super::super::line::tests::pair;
    use super::*;

    #[tokio::test]
    async fn init_is_told_where_the_page_is_and_then_what_is_well() {
        let page: SocketAddr = "127.0.0.1:443".parse().expect("an address");
        let (line, init) = pair();
        let gadget = Checks::NONE.with(Check::Gadget);
        let telling = tokio::spawn(tell(line, page, move || gadget));
        let read = tokio::task::spawn_blocking(move || {
            [Wish::Page(page), Wish::Pulse(gadget), Wish::Pulse(gadget)].map(|wish| {
                let mut packet = [0; 64];
                let (length, _) = recv(&init, &mut packet[..], RecvFlags::empty()).expect("said");
                Wish::parse(&packet[..length]) == Some(wish)
            })
        });
        assert_eq!(read.await.expect("no panic"), [true; 3]);
        telling.abort();
    }

    #[test]
    fn every_address_includes_the_loopback() {
        let shown = |address: &str| reachable(address.parse().expect("address")).to_string();
        assert_eq!(shown("0.0.0.0:443"), "127.0.0.1:443");
        assert_eq!(shown("[::]:443"), "[::1]:443");
        assert_eq!(shown("192.0.2.7:8443"), "192.0.2.7:8443");
    }
}
