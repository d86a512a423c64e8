//! A DHCP client for one link (RFC 2131, RFC 2132).
//!
//! [`course`] decides, [`message`] speaks, and the one thread here sends, receives and publishes.
//! The server's every byte is hostile: what does not parse is as if it had not come.

mod course;
mod message;

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use course::{Course, Step};
pub use message::Lease;

/// What a client has to know of its link.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its name in the kernel, `eth0`.
    pub name: String,
    pub hardware_address: [u8; 6],
}

const CLIENT_PORT: u16 = 68;
const SERVER_PORT: u16 = 67;

/// Larger answers than an Ethernet frame holds are not asked for.
const LARGEST_ANSWER: usize = 1500;

/// Starts a client; the lease appears in the receiver, and disappears when it runs out.
///
/// # Errors
/// The socket cannot be had (no permission, the port is taken), or the thread not be started.
pub fn start(link: Link) -> io::Result<watch::Receiver<Option<Lease>>> {
    let socket = open_socket(&link.name)?;
    let (leases, receiver) = watch::channel(None);
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(|error| io::Error::other(error.to_string()))?;
    let course = Course::new(link.hardware_address, u64::from_le_bytes(seed));
    std::thread::Builder::new()
        .name("dhcp".to_owned())
        .spawn(move || run(course, &socket, &leases))?;
    Ok(receiver)
}

fn open_socket(link: &str) -> io::Result<UdpSocket> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
    socket.set_broadcast(true)?;
    socket.set_reuse_address(true)?;
    // Before there is an address there is no route: the link is the only way out.
    socket.bind_device(Some(link.as_bytes()))?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, CLIENT_PORT).into())?;
    Ok(socket.into())
}

/// Runs until nobody holds the receiver.
fn run(mut course: Course, socket: &UdpSocket, leases: &watch::Sender<Option<Lease>>) {
    let start = Instant::now();
    let mut answer = [0; LARGEST_ANSWER];
    while leases.receiver_count() > 0 {
        match course.step(start.elapsed()) {
            Step::Send { message, to } => {
                let to = SocketAddrV4::new(to.unwrap_or(Ipv4Addr::BROADCAST), SERVER_PORT);
                if let Err(error) = socket.send_to(&message, to) {
                    log::debug!("dhcp: send to {to}: {error}");
                }
            }
            Step::Wait(until) => {
                let wait = until
                    .saturating_sub(start.elapsed())
                    .max(Duration::from_millis(1));
                if let Some(length) = receive(socket, &mut answer, wait) {
                    course.received(&answer[..length], start.elapsed());
                }
            }
        }
        leases.send_if_modified(|published| {
            let changed = published.as_ref() != course.lease();
            if changed {
                *published = course.lease().cloned();
            }
            changed
        });
    }
}

/// `None` when nothing came in time; a link that is down says so with an error, which is the same.
fn receive(socket: &UdpSocket, answer: &mut [u8], wait: Duration) -> Option<usize> {
    socket.set_read_timeout(Some(wait)).ok()?;
    socket.recv(answer).ok()
}
