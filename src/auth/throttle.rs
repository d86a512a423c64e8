//! How often a login may be tried: per peer and per account, exponential, never permanent. Pure.
//!
//! [`Auth`](super::Auth) asks before it hashes a password. An attempt counts as failed from the
//! start, so that many attempts at once gain nothing; a success clears it. Memory is bounded:
//! a peer is its network prefix, an account is one of a fixed number of buckets, so that a
//! guessed name is treated exactly as a real one.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Attempts before the first wait: room for typing errors.
const FREE: u32 = 5;
/// A failure this long ago is forgotten.
const FORGET: Duration = Duration::from_secs(3600);
/// The longest wait of one network prefix.
const PEER_LIMIT: Duration = Duration::from_secs(900);
/// The longest wait of one account: short, because a stranger can cause it for the owner.
const ACCOUNT_LIMIT: Duration = Duration::from_secs(60);
const PEERS: usize = 1024;
const BUCKETS: usize = 1024;

#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    count: u32,
    last: Option<Instant>,
}

impl Failures {
    /// How long to wait still, at most `limit` after the last failure.
    fn wait(&self, now: Instant, limit: Duration) -> Duration {
        let Some(last) = self.last else {
            return Duration::ZERO;
        };
        let Some(doublings) = self.count.checked_sub(FREE) else {
            return Duration::ZERO;
        };
        let pause = Duration::from_secs(1 << doublings.min(20)).min(limit);
        (last + pause).saturating_duration_since(now)
    }

    fn add(&mut self, now: Instant) {
        let forgotten = self
            .last
            .is_none_or(|last| now.saturating_duration_since(last) >= FORGET);
        self.count = if forgotten {
            1
        } else {
            self.count.saturating_add(1)
        };
        self.last = Some(now);
    }
}

/// Who failed how often. Fixed size.
pub(super) struct Throttle {
    peers: HashMap<IpAddr, Failures>,
    accounts: Box<[Failures]>,
    /// Keyed at random, so that nobody can aim at another's bucket.
    hasher: RandomState,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Throttle {
            peers: HashMap::new(),
            accounts: vec![Failures::default(); BUCKETS].into_boxed_slice(),
            hasher: RandomState::new(),
        }
    }

    /// Takes one attempt, or says how long to wait.
    pub(super) fn attempt(
        &mut self,
        peer: IpAddr,
        user: &str,
        now: Instant,
    ) -> Result<(), Duration> {
        let peer = prefix(peer);
        let bucket = self.bucket(user);
        let failures = self.peers.get(&peer).copied().unwrap_or_default();
        let wait = failures
            .wait(now, PEER_LIMIT)
            .max(self.accounts[bucket].wait(now, ACCOUNT_LIMIT));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.accounts[bucket].add(now);
        self.make_room(peer);
        self.peers.entry(peer).or_default().add(now);
        Ok(())
    }

    /// The attempt was right: both start afresh.
    pub(super) fn succeeded(&mut self, peer: IpAddr, user: &str) {
        self.peers.remove(&prefix(peer));
        let bucket = self.bucket(user);
        self.accounts[bucket] = Failures::default();
    }

    fn bucket(&self, user: &str) -> usize {
        (self.hasher.hash_one(user) % BUCKETS as u64) as usize
    }

    /// Forgets the peer whose last failure is the oldest, when full.
    fn make_room(&mut self, peer: IpAddr) {
        if self.peers.len() < PEERS || self.peers.contains_key(&peer) {
            return;
        }
        let oldest = self.peers.iter().min_by_key(|(_, failures)| failures.last);
        if let Some(oldest) = oldest.map(|(peer, _)| *peer) {
            self.peers.remove(&oldest);
        }
    }
}

/// One customer's network: an IPv4 address, or an IPv6 /64 (everybody owns a whole one).
fn prefix(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn fail(throttle: &mut Throttle, peer: IpAddr, user: &str, times: u32, now: Instant) {
        for _ in 0..times {
            throttle.attempt(peer, user, now).expect("still free");
        }
    }

    #[test]
    fn the_sixth_wrong_password_has_to_wait() {
        let mut throttle = Throttle::new();
        let now = Instant::now();
        fail(&mut throttle, HOME, "admin", FREE, now);
        assert_eq!(
            throttle.attempt(HOME, "admin", now),
            Err(Duration::from_secs(1))
        );
        assert_eq!(
            throttle.attempt(HOME, "admin", now + Duration::from_secs(1)),
            Ok(())
        );
    }

    #[test]
    fn each_failure_doubles_the_wait_up_to_a_limit() {
        let mut throttle = Throttle::new();
        let mut now = Instant::now();
        fail(&mut throttle, HOME, "admin", FREE, now);
        let mut waits = Vec::new();
        for _ in 0..14 {
            let wait = throttle.attempt(HOME, "admin", now).expect_err("waits");
            waits.push(wait.as_secs());
            now += wait;
            throttle
                .attempt(HOME, "admin", now)
                .expect("after the wait");
        }
        assert_eq!(
            waits,
            [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]
        );
    }

    #[test]
    fn a_stranger_cannot_lock_the_owner_out_for_more_than_a_minute() {
        let mut throttle = Throttle::new();
        let mut now = Instant::now();
        for network in 0..200u8 {
            let peer = IpAddr::from([203, 0, 113, network]);
            while let Err(wait) = throttle.attempt(peer, "admin", now) {
                now += wait;
            }
        }
        let wait = throttle.attempt(HOME, "admin", now).expect_err("waits");
        assert!(wait <= ACCOUNT_LIMIT, "{wait:?}");
    }

    #[test]
    fn success_clears_the_count() {
        let mut throttle = Throttle::new();
        let now = Instant::now();
        fail(&mut throttle, HOME, "admin", FREE, now);
        throttle.succeeded(HOME, "admin");
        fail(&mut throttle, HOME, "admin", FREE, now);
    }

    #[test]
    fn failures_of_an_hour_ago_are_forgotten() {
        let mut throttle = Throttle::new();
        let now = Instant::now();
        fail(&mut throttle, HOME, "admin", FREE, now);
        fail(&mut throttle, HOME, "admin", FREE, now + FORGET);
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together() {
        let mut throttle = Throttle::new();
        let now = Instant::now();
        for host in 0..FREE {
            let peer = format!("2001:db8::{host:x}").parse().expect("address");
            fail(&mut throttle, peer, &format!("user{host}"), 1, now);
        }
        let same = "2001:db8::ffff".parse().expect("address");
        let other = "2001:db8:0:1::1".parse().expect("address");
        assert!(throttle.attempt(same, "another", now).is_err());
        assert_eq!(throttle.attempt(other, "another", now), Ok(()));
    }

    #[test]
    fn many_peers_do_not_grow_the_table() {
        let mut throttle = Throttle::new();
        let start = Instant::now();
        for n in 0..5000u32 {
            let peer = IpAddr::V4((0x0a00_0000 + n).into());
            let now = start + Duration::from_secs(u64::from(n));
            throttle.attempt(peer, &format!("user{n}"), now).ok();
        }
        assert_eq!(throttle.peers.len(), PEERS);
        let newest = IpAddr::V4((0x0a00_0000 + 4999u32).into());
        assert!(throttle.peers.contains_key(&newest));
    }
}
