//! How many connections are open at once, in all and per peer.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// In all. Each costs a descriptor and some tens of kilobytes.
const TOTAL: usize = 512;
/// From one address (IPv6: one /64), so that one peer cannot take them all.
const PER_PEER: usize = 64;

/// Who is at the other end; a request carries it as an extension. The connection counts as open
/// until the last clone is dropped, so a socket keeps one after its upgrade.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    /// Encrypted by us.
    pub(crate) tls: bool,
    _place: Arc<Place>,
}

/// Counts open connections.
#[derive(Default)]
pub(crate) struct Limits {
    /// Open connections per peer; no zero entries.
    open: Mutex<HashMap<IpAddr, usize>>,
    /// Told when the last one ends.
    emptied: Notify,
}

struct Place {
    limits: Arc<Limits>,
    peer: IpAddr,
}

impl Limits {
    /// Returns when no connection is open.
    pub(crate) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self
                .open
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_empty()
            {
                return;
            }
            emptied.await;
        }
    }

    /// Takes a place for a new connection, when there is one.
    pub(crate) fn admit(self: &Arc<Self>, peer: SocketAddr, tls: bool) -> Option<Connection> {
        let key = network(peer.ip());
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = open.values().sum();
        let same = open.get(&key).copied().unwrap_or(0);
        // This machine is trusted with all places: a reverse proxy brings everybody's.
        if total >= TOTAL || (same >= PER_PEER && !key.is_loopback()) {
            return None;
        }
        open.insert(key, same + 1);
        Some(Connection {
            peer,
            tls,
            _place: Arc::new(Place {
                limits: self.clone(),
                peer: key,
            }),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self
            .limits
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.peer);
            }
        }
        if open.is_empty() {
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
            .map(|_| limits.admit(peer("::1"), false))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(limits.admit(peer("127.0.0.1"), false).is_none());
        held.pop();
        assert!(limits.admit(peer("127.0.0.1"), false).is_some());
    }

    #[test]
    fn a_place_is_free_when_its_last_holder_is_gone() {
        let limits = Arc::new(Limits::default());
        let connection = limits.admit(peer("192.0.2.1"), true).expect("place");
        let socket = connection.clone();
        drop(connection);
        assert_eq!(limits.open.lock().expect("lock").len(), 1);
        drop(socket);
        assert!(limits.open.lock().expect("lock").is_empty());
    }
}
