//! The kernel's links and clock: the real side of [`lan`](crate::lan), and of [`radio`](crate::radio).
//!
//! `app` opens it. One task owns the link: it follows the kernel's routing socket (no polling), gives the link its addresses,
//! and holds the two sockets that speak before there is an address. A second task owns multicast DNS. Decides nothing.
//!
//! ```text
//! Interface::… ──orders──▶ task ──▶ rtnetlink, DHCP and ARP sockets
//! service ◀──── news ────── │ ◀───┘
//! ```
//!
//! A `serve` that init has started has no sockets: there both tasks are in a process of their own, within [`bounds`], and init
//! gives the addresses.
//!
//! ```text
//! Interface::… ──orders──▶ away ──wire──▶ speech ──▶ task, mdns
//! service ◀──── news ────── │ ◀──wire────── │ ◀──────┘
//!                           └──errands──▶ init
//! ```

mod arp;
mod away;
mod bounds;
mod clock;
mod kernel;
mod magic;
mod mdns;
pub mod question;
mod radio;
mod speech;
mod task;
mod wire;

use std::io;

use tokio::sync::{mpsc, watch};

use super::envoy::Envoy;
use super::errand::Ask;
use crate::lan::{Addressing, Announcement, Interface, NetworkCable, Packet};
use crate::slot::errand::Errand;
use away::Away;
use kernel::Kernel;
use task::{Order, Task};

pub use arp::UnboundArp;
pub use clock::{AskTime, ask as ask_time};
pub use radio::{Told, open_radio};
pub use speech::speak;

/// The task needs microseconds for an order; more than this waiting is a storm of packets.
const ORDERS: usize = 64;
/// The service fetches news as soon as there is some; a flood from the wire is dropped.
const NEWS: usize = 64;

/// Why a link was not given what it should have.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("open the routing socket")]
    Open(#[source] io::Error),
    #[error("ask the kernel")]
    Kernel(#[from] rtnetlink::Error),
    #[error("link {0} is not one of the appliance's own")]
    Other(u32),
    #[error("write {file}")]
    File { file: String, source: io::Error },
}

/// What a process without privileges has instead.
pub struct Confined {
    pub ask: Ask,
    /// Who asks time servers.
    pub time: AskTime,
    /// Who speaks on the link.
    pub speaker: Envoy,
}

/// Gives the link this of IPv4 and nothing else, and the appliance's other links nothing.
///
/// # Errors
/// The link is another one, or the kernel refuses.
pub(super) async fn configure(link: u32, wanted: &Addressing) -> Result<(), LinkError> {
    let (mut kernel, _) = own(link).await?;
    Ok(kernel.configure(link, wanted).await?)
}

/// Whether the kernel may give the link IPv6 addresses.
///
/// # Errors
/// The link is another one, or the kernel refuses.
pub(super) async fn allow_ipv6(link: u32, allowed: bool) -> Result<(), LinkError> {
    let (_, name) = own(link).await?;
    task::allow_ipv6(&name, allowed)
}

/// The kernel's side of the link, and its name, if it is one of the appliance's own.
async fn own(link: u32) -> Result<(Kernel, String), LinkError> {
    let mut kernel = Kernel::open(None, true).map_err(LinkError::Open)?;
    let name = kernel.name(link).await?;
    Ok((kernel, name.ok_or(LinkError::Other(link))?))
}

/// Plugs the machine's link in: the one of this name, whatever it is made of, or else the first wired one that is a piece of
/// hardware, or a radio that has joined a network while no cable is in. Must be called inside a tokio runtime.
///
/// # Errors
/// The kernel gives no routing socket.
pub fn open(link: Option<&str>) -> io::Result<NetworkCable> {
    let (orders, ordered) = mpsc::channel(ORDERS);
    let (up, news) = mpsc::channel(NEWS);
    let announcement = watch::Sender::new(None);
    let arp = UnboundArp::open().inspect_err(|error| log::warn!("open the ARP socket: {error}"));
    let task = Task::open(link, true, arp.ok(), up.clone())?;
    tokio::spawn(task.run(ordered));
    tokio::spawn(mdns::run(announcement.subscribe(), up));
    let interface = WiredLink {
        orders,
        announcement,
        ask: None,
    };
    Ok(NetworkCable {
        interface: Box::new(interface),
        news,
        clock: Box::new(clock::SystemClock(None)),
    })
}

/// The same for a process that has neither privileges nor sockets. Must be called inside a tokio runtime.
#[must_use]
pub fn open_confined(confined: Confined) -> NetworkCable {
    let Confined { ask, time, speaker } = confined;
    let (orders, ordered) = mpsc::channel(ORDERS);
    let (up, news) = mpsc::channel(NEWS);
    let announcement = watch::Sender::new(None);
    let away = Away::new(ask.clone(), speaker, announcement.subscribe(), up);
    tokio::spawn(away.run(ordered));
    let interface = WiredLink {
        orders,
        announcement,
        ask: Some(ask.clone()),
    };
    NetworkCable {
        interface: Box::new(interface),
        news,
        clock: Box::new(clock::SystemClock(Some((ask, time)))),
    }
}

struct WiredLink {
    orders: mpsc::Sender<Order>,
    announcement: watch::Sender<Option<Announcement>>,
    ask: Option<Ask>,
}

impl WiredLink {
    fn order(&self, order: Order) {
        if let Err(error) = self.orders.try_send(order) {
            log::warn!("the wired link takes no orders: {error}");
        }
    }
}

impl Interface for WiredLink {
    fn configure(&mut self, wanted: &Addressing) {
        self.order(Order::Configure(wanted.clone()));
    }

    fn allow_ipv6(&mut self, allowed: bool) {
        self.order(Order::AllowIpv6(allowed));
    }

    fn send(&mut self, packet: &Packet) {
        self.order(Order::Send(packet.clone()));
    }

    fn set_host_name(&mut self, name: &str) {
        if let Some(ask) = &self.ask {
            return ask(&Errand::HostName(name));
        }
        if let Err(error) = rustix::system::sethostname(name.as_bytes()) {
            log::warn!("set the host name: {error}");
        }
    }

    fn announce(&mut self, announcement: Option<&Announcement>) {
        self.announcement.send_replace(announcement.cloned());
    }
}
