//! How many connections are open at once, in all and per peer.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// In all. Each costs a descriptor and some tens of kilobytes.
const TOTAL: usize = 512;
/// Strangers that were shown out and are not gone yet; beyond, newcomers wait outside.
const LEAVING: usize = 64;
/// From one address (IPv6: one /64), so that one peer cannot take them all.
const PER_PEER: usize = 64;

/// Who is at the other end; a request carries it as an extension. The connection counts as open
/// until the last clone is dropped, so a socket keeps one after its upgrade.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    /// Encrypted by us.
    pub(crate) tls: bool,
    place: Arc<Place>,
}

impl Connection {
    /// Somebody who is logged in has asked for something: nobody takes this place away any more.
    pub(crate) fn keep(&self) {
        self.place
            .limits
            .open()
            .strangers
            .remove(&self.place.number);
    }

    /// Returns when a newcomer gets this place.
    pub(crate) async fn shown_out(&self) {
        self.place.out.notified().await;
    }
}

/// Counts open connections.
#[derive(Default)]
pub(crate) struct Limits {
    open: Mutex<Open>,
    /// Told when the last one ends.
    emptied: Notify,
}

#[derive(Default)]
struct Open {
    /// Open connections per peer; no zero entries.
    peers: HashMap<IpAddr, usize>,
    /// Connections on which nobody who is logged in has asked for anything yet, the oldest first.
    strangers: BTreeMap<u64, (IpAddr, Arc<Notify>)>,
    /// Of the next connection.
    number: u64,
}

impl Open {
    /// The stranger who makes room.
    fn in_the_way(&self) -> Option<u64> {
        let places = |peer: &IpAddr| self.peers.get(peer).copied().unwrap_or(0);
        let oldest_last = self.strangers.iter().rev();
        let most = oldest_last.max_by_key(|(_, (peer, _))| places(peer));
        most.map(|(number, _)| *number)
    }
}

struct Place {
    limits: Arc<Limits>,
    peer: IpAddr,
    number: u64,
    out: Arc<Notify>,
}

impl Limits {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when no connection is open.
    pub(crate) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.open().peers.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Takes a place for a new connection, when there is one. When all are taken, a stranger of the peer with the most
    /// places makes room, the oldest first: a crowd that stands about pushes itself out, and nobody else.
    pub(crate) fn admit(self: &Arc<Self>, peer: SocketAddr, tls: bool) -> Option<Connection> {
        let key = network(peer.ip());
        let mut open = self.open();
        let total: usize = open.peers.values().sum();
        let same = open.peers.get(&key).copied().unwrap_or(0);
        // This machine is trusted with all places: a reverse proxy brings everybody's.
        if same >= PER_PEER && !key.is_loopback() {
            return None;
        }
        if total >= TOTAL {
            let number = open.in_the_way().filter(|_| total < TOTAL + LEAVING)?;
            if let Some((_, out)) = open.strangers.remove(&number) {
                out.notify_one();
            }
        }
        open.number += 1;
        let (number, out) = (open.number, Arc::new(Notify::new()));
        open.strangers.insert(number, (key, out.clone()));
        open.peers.insert(key, same + 1);
        Some(Connection {
            peer,
            tls,
            place: Arc::new(Place {
                limits: self.clone(),
                peer: key,
                number,
                out,
            }),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.limits.open();
        open.strangers.remove(&self.number);
        if let Some(count) = open.peers.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                open.peers.remove(&self.peer);
            }
        }
        if open.peers.is_empty() {
            self.limits.emptied.notify_waiters();
        }
    }
}

fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from(u128::from(v6) >> 64 << 64))
        }
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> SocketAddr {
        SocketAddr::new(text.parse().expect("address"), 1234)
    }

    #[test]
    fn one_peer_cannot_take_every_place() {
        let limits = Arc::new(Limits::default());
        let held: Vec<_> = (0..PER_PEER)
            .map(|_| limits.admit(peer("192.0.2.1"), true))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(
            limits.admit(peer("::ffff:192.0.2.1"), true).is_none(),
            "the same peer, mapped"
        );
        assert!(limits.admit(peer("192.0.2.2"), true).is_some());
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_their_places() {
        let limits = Arc::new(Limits::default());
        let held: Vec<_> = (0..PER_PEER)
            .map(|n| limits.admit(peer(&format!("2001:db8::{n:x}")), true))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(limits.admit(peer("2001:db8::ffff"), true).is_none());
        assert!(limits.admit(peer("2001:db8:0:1::1"), true).is_some());
    }

    #[test]
    fn the_total_is_bounded_even_for_this_machine() {
        let limits = Arc::new(Limits::default());
        let mut held: Vec<_> = (0..TOTAL)
            .map(|_| limits.admit(peer("::1"), false).expect("place"))
            .collect();
        held.iter().for_each(Connection::keep);
        assert!(limits.admit(peer("127.0.0.1"), false).is_none());
        held.pop();
        assert!(limits.admit(peer("127.0.0.1"), false).is_some());
    }

    #[tokio::test]
    async fn a_crowd_makes_room_for_a_newcomer_the_oldest_stranger_first() {
        let limits = Arc::new(Limits::default());
        let owner = limits.admit(peer("192.0.2.9"), true).expect("place");
        let held: Vec<_> = (1..TOTAL)
            .map(|_| limits.admit(peer("::1"), false).expect("place"))
            .collect();
        held[0].keep();
        let newcomer = limits.admit(peer("192.0.2.1"), true).expect("a place");
        held[1].shown_out().await;
        let stays = |connection: &Connection| {
            let open = limits.open();
            open.strangers.contains_key(&connection.place.number)
        };
        assert!(!stays(&held[1]) && stays(&held[2]) && stays(&newcomer));
        assert!(stays(&owner), "older, but no crowd");
        let asleep = tokio::time::timeout(std::time::Duration::ZERO, held[0].shown_out());
        assert!(asleep.await.is_err(), "whoever is logged in stays");
        let waiting: Vec<_> = (1..LEAVING)
            .map(|_| limits.admit(peer("::1"), true))
            .collect();
        assert!(waiting.iter().all(Option::is_some));
        assert!(
            limits.admit(peer("192.0.2.3"), true).is_none(),
            "until some are gone"
        );
    }

    #[test]
    fn a_place_is_free_when_its_last_holder_is_gone() {
        let limits = Arc::new(Limits::default());
        let connection = limits.admit(peer("192.0.2.1"), true).expect("place");
        let socket = connection.clone();
        drop(connection);
        assert_eq!(limits.open().peers.len(), 1);
        drop(socket);
        assert!(limits.open().peers.is_empty());
    }
}
