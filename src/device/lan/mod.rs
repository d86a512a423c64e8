//! The kernel's wired link and clock: the real side of [`lan`](crate::lan).
//!
//! `app` opens it. One task owns the link: it follows the kernel's routing socket (no polling), gives the
//! link its addresses, and holds the two sockets that speak before there is an address. A second task owns
//! multicast DNS. Decides nothing.
//!
//! ```text
//! Interface::… ──orders──▶ task ──▶ rtnetlink, DHCP and ARP sockets
//! service ◀──── news ────── │ ◀───┘
//! ```

mod arp;
mod clock;
mod kernel;
mod mdns;
mod task;

use std::io;

use tokio::sync::{mpsc, watch};

use crate::lan::{Addressing, Announcement, Interface, NetworkCable, Packet};
use task::{Order, Task};

/// The task needs microseconds for an order; more than this waiting is a storm of packets.
const ORDERS: usize = 64;
/// The service fetches news as soon as there is some; a flood from the wire is dropped.
const NEWS: usize = 64;

/// Plugs the machine's wired link in: the one of this name, whatever it is made of, or else the first that
/// is a piece of hardware. Must be called inside a tokio runtime.
///
/// # Errors
/// The kernel gives no routing socket.
pub fn open(link: Option<&str>) -> io::Result<NetworkCable> {
    let (orders, ordered) = mpsc::channel(ORDERS);
    let (up, news) = mpsc::channel(NEWS);
    let (announcement, announced) = watch::channel(None);
    let task = Task::open(link, up.clone())?;
    tokio::spawn(task.run(ordered));
    tokio::spawn(mdns::run(announced, up));
    Ok(NetworkCable {
        interface: Box::new(WiredLink {
            orders,
            announcement,
        }),
        news,
        clock: Box::new(clock::SystemClock),
    })
}

struct WiredLink {
    orders: mpsc::Sender<Order>,
    announcement: watch::Sender<Option<Announcement>>,
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
        if let Err(error) = rustix::system::sethostname(name.as_bytes()) {
            log::warn!("set the host name: {error}");
        }
    }

    fn announce(&mut self, announcement: Option<&Announcement>) {
        self.announcement.send_replace(announcement.cloned());
    }
}
