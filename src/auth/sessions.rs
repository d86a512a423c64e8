//! Sessions: who is logged in. In memory only, so a restart logs everybody out. Pure.
//!
//! A session is kept under the SHA-256 of its token: what leaks from memory logs nobody in.
//! Time is the monotonic clock, passed in: the appliance has no clock that survives power-off,
//! and a jump of the wall clock must neither end nor prolong a session.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

/// A session that nobody uses ends after this.
const IDLE_LIMIT: Duration = Duration::from_secs(12 * 3600);
/// Every session ends after this.
const LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);
/// More logins than this end the session that was used least recently.
const SESSIONS: usize = 64;

/// What the browser keeps in its cookie: 256 random bits in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(super) fn new(random: [u8; 32]) -> Self {
        Token(random.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

type Key = [u8; 32];

fn key(token: &str) -> Key {
    Sha256::digest(token).into()
}

/// Proof that a request or socket is somebody's. Only [`Auth`](super::Auth) makes one.
#[derive(Clone)]
pub struct Session {
    key: Key,
    user: Arc<str>,
    expires: Instant,
    /// Nothing is ever sent: the sender's end is the session's end.
    alive: watch::Receiver<()>,
}

impl Session {
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns when the session has ended: logged out, displaced or too old.
    pub async fn ended(&self) {
        let mut alive = self.alive.clone();
        let expiry = tokio::time::sleep_until(self.expires.into());
        tokio::select! {
            _ = alive.changed() => {}
            () = expiry => {}
        }
    }
}

struct Entry {
    user: Arc<str>,
    started: Instant,
    used: Instant,
    alive: watch::Sender<()>,
}

impl Entry {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.used) >= IDLE_LIMIT
            || now.saturating_duration_since(self.started) >= LIMIT
    }
}

/// Everybody who is logged in. Bounded.
#[derive(Default)]
pub(super) struct Sessions(HashMap<Key, Entry>);

impl Sessions {
    pub(super) fn start(&mut self, token: &Token, user: &str, now: Instant) {
        self.0.retain(|_, entry| !entry.is_over(now));
        if self.0.len() >= SESSIONS {
            let oldest = self.0.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                self.0.remove(&oldest);
            }
        }
        let entry = Entry {
            user: user.into(),
            started: now,
            used: now,
            alive: watch::Sender::new(()),
        };
        self.0.insert(key(token.as_str()), entry);
    }

    /// Whose token this is; counts as use.
    pub(super) fn find(&mut self, token: &str, now: Instant) -> Option<Session> {
        let key = key(token);
        if self.0.get(&key)?.is_over(now) {
            self.0.remove(&key);
            return None;
        }
        let entry = self.0.get_mut(&key)?;
        entry.used = now;
        Some(Session {
            key,
            user: entry.user.clone(),
            expires: entry.started + LIMIT,
            alive: entry.alive.subscribe(),
        })
    }

    /// An open socket counts as use.
    pub(super) fn touch(&mut self, session: &Session, now: Instant) {
        if let Some(entry) = self.0.get_mut(&session.key) {
            entry.used = now;
        }
    }

    pub(super) fn end(&mut self, session: &Session) {
        self.0.remove(&session.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(n: u8) -> Token {
        Token::new([n; 32])
    }

    fn one(now: Instant) -> Sessions {
        let mut sessions = Sessions::default();
        sessions.start(&token(1), "admin", now);
        sessions
    }

    #[test]
    fn a_token_finds_its_user() {
        let now = Instant::now();
        let mut sessions = one(now);
        let user = sessions
            .find(token(1).as_str(), now)
            .map(|s| s.user().to_owned());
        assert_eq!(user.as_deref(), Some("admin"));
        assert!(sessions.find(token(2).as_str(), now).is_none());
        assert!(sessions.find("", now).is_none());
    }

    #[test]
    fn an_unused_session_ends_and_a_used_one_goes_on() {
        let start = Instant::now();
        let mut sessions = one(start);
        let almost = start + IDLE_LIMIT - Duration::from_secs(1);
        let session = sessions.find(token(1).as_str(), almost).expect("in time");
        sessions.touch(&session, almost + IDLE_LIMIT / 2);
        assert!(
            sessions
                .find(token(1).as_str(), almost + IDLE_LIMIT)
                .is_some()
        );
        assert!(
            sessions
                .find(token(1).as_str(), almost + 2 * IDLE_LIMIT)
                .is_none()
        );
    }

    #[test]
    fn use_does_not_prolong_a_session_beyond_its_limit() {
        let start = Instant::now();
        let mut sessions = one(start);
        let mut now = start;
        while now + IDLE_LIMIT / 2 < start + LIMIT {
            now += IDLE_LIMIT / 2;
            assert!(sessions.find(token(1).as_str(), now).is_some());
        }
        assert!(sessions.find(token(1).as_str(), start + LIMIT).is_none());
    }

    #[tokio::test]
    async fn logging_out_ends_every_socket_of_the_session() {
        let now = Instant::now();
        let mut sessions = one(now);
        let socket = sessions.find(token(1).as_str(), now).expect("session");
        let request = sessions.find(token(1).as_str(), now).expect("session");
        sessions.end(&request);
        socket.ended().await;
        assert!(sessions.find(token(1).as_str(), now).is_none());
    }

    #[tokio::test]
    async fn a_socket_ends_when_its_session_is_too_old() {
        let now = Instant::now();
        let mut sessions = one(now);
        let mut socket = sessions.find(token(1).as_str(), now).expect("session");
        assert_eq!(socket.expires, now + LIMIT);
        socket.expires = now;
        socket.ended().await;
    }

    #[test]
    fn the_number_of_sessions_is_bounded() {
        let start = Instant::now();
        let mut sessions = Sessions::default();
        for n in 0..=SESSIONS as u8 {
            sessions.start(
                &token(n),
                "admin",
                start + Duration::from_secs(u64::from(n)),
            );
        }
        let now = start + Duration::from_secs(100);
        assert_eq!(sessions.0.len(), SESSIONS);
        assert!(
            sessions.find(token(0).as_str(), now).is_none(),
            "the least recently used"
        );
        assert!(sessions.find(token(1).as_str(), now).is_some());
    }

    #[test]
    fn a_token_is_not_shown_by_debug() {
        assert!(!format!("{:?}", token(0xab)).contains("ab"));
    }
}
