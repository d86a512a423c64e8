//! The task that owns the link: orders down, news up.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::arp::{ArpSocket, UnboundArp};
use super::kernel::{Kernel, Seen};
use super::{LinkError, magic};
use crate::lan::{Addressing, Link, News, Packet};

const CLIENT_PORT: u16 = 68;
const SERVER_PORT: u16 = 67;
/// Larger answers than an Ethernet frame holds are not asked for.
const LARGEST_ANSWER: usize = 1500;

pub(super) enum Order {
    Configure(Addressing),
    AllowIpv6(bool),
    Send(Packet),
}

pub(super) struct Task {
    kernel: Kernel,
    arp: Option<UnboundArp>,
    up: mpsc::Sender<News>,
    seen: Seen,
    sockets: Sockets,
}

impl Task {
    /// Without privileges it sees and sends, and gives the link nothing.
    pub(super) fn open(
        link: Option<&str>,
        privileged: bool,
        arp: Option<UnboundArp>,
        up: mpsc::Sender<News>,
    ) -> io::Result<Task> {
        Ok(Task {
            kernel: Kernel::open(link, privileged)?,
            arp,
            up,
            seen: Seen::default(),
            sockets: Sockets::default(),
        })
    }

    /// Runs until the service ends.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let (mut answer, mut question) = ([0; LARGEST_ANSWER], [0; LARGEST_ANSWER]);
        self.look().await;
        loop {
            tokio::select! {
                () = self.kernel.changed() => self.look().await,
                order = orders.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => return,
                },
                // A flood from the wire is dropped where the service does not keep up.
                packet = self.sockets.receive(&mut answer, &mut question) => {
                    let _ = self.up.try_send(News::Received(packet));
                }
            }
        }
    }

    /// Sees what the kernel has now, and tells what is different.
    async fn look(&mut self) {
        let now = match self.kernel.look().await {
            Ok(now) => now,
            Err(error) => return log::warn!("look at the wired link: {error}"),
        };
        let index = |seen: &Seen| seen.link.as_ref().map(|link| link.index);
        if index(&now) != index(&self.seen) {
            self.sockets = now.link.as_ref().map_or_else(Sockets::default, |link| {
                Sockets::open(link, self.arp.as_ref())
            });
        }
        let before = std::mem::replace(&mut self.seen, now);
        // Waits for room: the state of the link is never dropped. A service that has ended hears nothing.
        if before.link != self.seen.link {
            if let Some(link) = &self.seen.link {
                let state = if link.carrier { "up" } else { "down" };
                log::info!("link {} is {state}", link.name);
            }
            let _ = self.up.send(News::Link(self.seen.link.clone())).await;
        }
        if before.addresses != self.seen.addresses {
            let addresses = News::Addresses(self.seen.addresses.clone());
            let _ = self.up.send(addresses).await;
        }
    }

    async fn obey(&mut self, order: Order) {
        let Some(link) = &self.seen.link else { return };
        match order {
            Order::Configure(wanted) => {
                if let Err(error) = self.kernel.configure(link.index, &wanted).await {
                    log::warn!("give the link its address: {error}");
                }
                // The kernel's news of what we did ourselves comes as the answer, not as news.
                self.look().await;
            }
            Order::AllowIpv6(allowed) => {
                if let Err(error) = allow_ipv6(&link.name, allowed) {
                    log::warn!("{error}");
                }
            }
            Order::Send(packet) => self.sockets.send(&packet).await,
        }
    }
}

/// A kernel without IPv6 has no such file, and nothing to forbid.
pub(super) fn allow_ipv6(link: &str, allowed: bool) -> Result<(), LinkError> {
    let file = format!("/proc/sys/net/ipv6/conf/{link}/disable_ipv6");
    match std::fs::write(&file, if allowed { "0" } else { "1" }) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(LinkError::File { file, source })
        }
        _ => Ok(()),
    }
}

/// The sockets that speak before there is an address. One that cannot be had is told to the log; the others go on.
#[derive(Default)]
struct Sockets {
    dhcp: Option<UdpSocket>,
    /// Of a radio, which may give a network of our own.
    leases: Option<UdpSocket>,
    arp: Option<ArpSocket>,
}

impl Sockets {
    fn open(link: &Link, arp: Option<&UnboundArp>) -> Sockets {
        let open = |port| {
            open_dhcp(&link.name, port)
                .inspect_err(|error| log::warn!("open the DHCP port {port}: {error}"))
                .ok()
        };
        let arp = arp.and_then(|arp| {
            ArpSocket::bind(arp, link.index)
                .inspect_err(|error| log::warn!("take the ARP socket to {}: {error}", link.name))
                .ok()
        });
        Sockets {
            dhcp: open(CLIENT_PORT),
            leases: link.wireless.then(|| open(SERVER_PORT)).flatten(),
            arp,
        }
    }

    /// What comes next, for us or not. Can be dropped at any time and loses nothing.
    async fn receive(&self, answer: &mut [u8], question: &mut [u8]) -> Packet {
        let dhcp = async {
            match &self.dhcp {
                Some(socket) => {
                    let (message, from) = receive_dhcp(socket, answer).await;
                    let server = Some(from);
                    Packet::Dhcp { message, server }
                }
                None => std::future::pending().await,
            }
        };
        let leases = async {
            match &self.leases {
                Some(socket) => Packet::Lease(receive_dhcp(socket, question).await.0),
                None => std::future::pending().await,
            }
        };
        let arp = async {
            match &self.arp {
                Some(socket) => Packet::Arp(socket.receive().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            packet = dhcp => packet,
            packet = leases => packet,
            packet = arp => packet,
        }
    }

    async fn send(&self, packet: &Packet) {
        let sent = match (packet, &self.dhcp, &self.arp) {
            (Packet::Dhcp { message, server }, Some(socket), _) => {
                let to = SocketAddrV4::new(server.unwrap_or(Ipv4Addr::BROADCAST), SERVER_PORT);
                socket.send_to(message, to).await.map(|_| ())
            }
            // The one socket that is tied to the link and may speak to everybody.
            (Packet::Wake { machine, to }, Some(socket), _) => {
                let packet = magic::packet(*machine);
                socket.send_to(&packet, to).await.map(|_| ())
            }
            (Packet::Lease(message), ..) => match &self.leases {
                Some(socket) => {
                    let to = SocketAddrV4::new(Ipv4Addr::BROADCAST, CLIENT_PORT);
                    socket.send_to(message, to).await.map(|_| ())
                }
                None => return,
            },
            (Packet::Arp(packet), _, Some(socket)) => socket.send(packet).await,
            _ => return,
        };
        // A cable that was pulled out just now says so here; the link's news follow.
        if let Err(error) = sent {
            log::debug!("send on the link: {error}");
        }
    }
}

fn open_dhcp(link: &str, port: u16) -> io::Result<UdpSocket> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
    socket.set_broadcast(true)?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    // Before there is an address there is no route: the link is the only way out.
    socket.bind_device(Some(link.as_bytes()))?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
    UdpSocket::from_std(socket.into())
}

/// A message, and who sent it.
async fn receive_dhcp(socket: &UdpSocket, buffer: &mut [u8]) -> (Vec<u8>, Ipv4Addr) {
    loop {
        match socket.recv_from(buffer).await {
            Ok((length, SocketAddr::V4(from))) => return (buffer[..length].to_vec(), *from.ip()),
            // A socket of IPv4 has none.
            Ok((_, SocketAddr::V6(_))) => {}
            // Told once by the kernel after the link went down; there is nothing to do about it.
            Err(error) => log::debug!("receive DHCP: {error}"),
        }
    }
}
