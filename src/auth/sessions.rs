//! Sessions: who is logged in. In memory only, so a restart logs everybody out. Pure.
//!
//! A session is kept under the SHA-256 of its token: what leaks from memory logs nobody in.
//! Time is the monotonic clock, passed in: the appliance has no clock that survives power-off,
//! and a jump of the wall clock must neither end nor prolong a session.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use super::role::Role;
use super::secret::Key;
use super::totp::Secret;

/// A session that nobody uses ends after this.
const IDLE_LIMIT: Duration = Duration::from_secs(12 * 3600);
/// Every session ends after this.
pub(super) const LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a proof counts for what asks for a fresh one.
const CONFIRMED: Duration = Duration::from_secs(600);
/// More than this end the session that was used least recently, whose ever it is.
const SESSIONS: usize = 512;
/// More than this of one user, token or guest link end the least recently used of those: nobody
/// crowds out others.
const SESSIONS_EACH: usize = 16;

/// How a session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SessionKind")]
pub enum Kind {
    /// With a password: a person.
    Password,
    /// With an API token: a program.
    Token,
    /// With a guest link.
    Guest,
}

/// What a session is opened with.
#[derive(Clone)]
pub(super) struct Opening {
    pub(super) user: String,
    pub(super) role: Role,
    pub(super) kind: Kind,
    /// The public id of the API token or guest link.
    pub(super) by: Option<String>,
    pub(super) device: String,
    pub(super) address: IpAddr,
    /// At most [`LIMIT`] counts.
    pub(super) lifetime: Duration,
}

/// Proof that a request or socket is somebody's. Only [`Auth`](super::Auth) makes one.
#[derive(Clone)]
pub struct Session {
    key: Key,
    about: Arc<About>,
    expires: Instant,
    confirmed_until: Option<Instant>,
    /// Nothing is ever sent: the sender's end is the session's end.
    alive: watch::Receiver<()>,
}

/// What does not change while a session lasts.
struct About {
    id: String,
    opening: Opening,
}

impl Session {
    /// An account's name; a guest's is none that an account can have.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.about.opening.user
    }

    #[must_use]
    pub fn role(&self) -> Role {
        self.about.opening.role
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        self.about.opening.kind
    }

    /// The public id of the API token or guest link.
    pub(super) fn by(&self) -> Option<&str> {
        self.about.opening.by.as_deref()
    }

    /// Where it began.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.about.opening.address
    }

    /// How long the last proof of the password still counts.
    #[must_use]
    pub fn confirmed_for(&self) -> Duration {
        let until = self.confirmed_until;
        until.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }

    /// How long it lasts at most.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        self.expires.saturating_duration_since(Instant::now())
    }

    /// Returns when the session has ended: logged out, revoked, displaced or too old.
    pub async fn ended(&self) {
        let mut alive = self.alive.clone();
        let expiry = tokio::time::sleep_until(self.expires.into());
        tokio::select! {
            _ = alive.changed() => {}
            () = expiry => {}
        }
    }
}

/// A session in the list of them.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listed {
    /// For revoking it; opens nothing.
    id: String,
    user: String,
    role: Role,
    kind: Kind,
    /// What its browser or program calls itself.
    device: String,
    /// Where it began.
    address: String,
    /// Seconds ago.
    started: u64,
    /// Seconds ago.
    used: u64,
    /// The one that asks.
    current: bool,
}

struct Entry {
    about: Arc<About>,
    started: Instant,
    used: Instant,
    expires: Instant,
    confirmed_until: Option<Instant>,
    /// A second factor that is offered and not in force.
    offered: Option<Secret>,
    alive: watch::Sender<()>,
}

impl Entry {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.used) >= IDLE_LIMIT || now >= self.expires
    }

    fn is_of(&self, opening: &Opening) -> bool {
        let own = &self.about.opening;
        own.user == opening.user && own.kind == opening.kind && own.by == opening.by
    }

    /// Whether this user began it, with a password or a token.
    fn is_users(&self, name: &str) -> bool {
        let own = &self.about.opening;
        own.user == name && own.kind != Kind::Guest
    }
}

/// Everybody who is logged in. Bounded.
#[derive(Default)]
pub(super) struct Sessions(HashMap<Key, Entry>);

impl Sessions {
    /// `id` is public, and random.
    pub(super) fn start(&mut self, key: Key, id: String, opening: Opening, now: Instant) {
        self.0.retain(|_, entry| !entry.is_over(now));
        self.make_room(SESSIONS_EACH, |entry| entry.is_of(&opening));
        self.make_room(SESSIONS, |_| true);
        let proven = opening.kind == Kind::Password;
        let entry = Entry {
            started: now,
            used: now,
            expires: now + opening.lifetime.min(LIMIT),
            confirmed_until: proven.then(|| now + CONFIRMED),
            about: Arc::new(About { id, opening }),
            offered: None,
            alive: watch::Sender::new(()),
        };
        self.0.insert(key, entry);
    }

    /// Leaves less than `most` of these.
    fn make_room(&mut self, most: usize, of: impl Fn(&Entry) -> bool) {
        let these = || self.0.iter().filter(|(_, entry)| of(entry));
        if these().count() < most {
            return;
        }
        let oldest = these().min_by_key(|(_, entry)| entry.used);
        if let Some(oldest) = oldest.map(|(key, _)| *key) {
            self.0.remove(&oldest);
        }
    }

    /// Whose token this is; counts as use.
    pub(super) fn find(&mut self, key: Key, now: Instant) -> Option<Session> {
        if self.0.get(&key)?.is_over(now) {
            self.0.remove(&key);
            return None;
        }
        let entry = self.0.get_mut(&key)?;
        entry.used = now;
        Some(Session {
            key,
            about: entry.about.clone(),
            expires: entry.expires,
            confirmed_until: entry.confirmed_until,
            alive: entry.alive.subscribe(),
        })
    }

    /// An open socket counts as use.
    pub(super) fn touch(&mut self, session: &Session, now: Instant) {
        if let Some(entry) = self.0.get_mut(&session.key) {
            entry.used = now;
        }
    }

    /// The password was proven again.
    pub(super) fn confirm(&mut self, session: &Session, now: Instant) {
        if let Some(entry) = self.0.get_mut(&session.key) {
            entry.confirmed_until = Some(now + CONFIRMED);
        }
    }

    /// Keeps a second factor that is offered; false when the session is over.
    pub(super) fn offer(&mut self, session: &Session, secret: Secret) -> bool {
        let entry = self.0.get_mut(&session.key);
        entry.map(|entry| entry.offered = Some(secret)).is_some()
    }

    pub(super) fn offered(&self, session: &Session) -> Option<Secret> {
        self.0.get(&session.key)?.offered.clone()
    }

    pub(super) fn withdraw(&mut self, session: &Session) {
        if let Some(entry) = self.0.get_mut(&session.key) {
            entry.offered = None;
        }
    }

    #[cfg(test)]
    pub(super) fn forget_proof(&mut self, key: Key) {
        if let Some(entry) = self.0.get_mut(&key) {
            entry.confirmed_until = None;
        }
    }

    pub(super) fn end(&mut self, session: &Session) {
        self.0.remove(&session.key);
    }

    /// Ends all that a user has open.
    pub(super) fn end_of_user(&mut self, name: &str) {
        self.0.retain(|_, entry| !entry.is_users(name));
    }

    /// Ends what a user has opened with the password, but for one session.
    pub(super) fn end_logins(&mut self, name: &str, except: Option<&Session>) {
        self.0.retain(|key, entry| {
            let login = entry.is_users(name) && entry.about.opening.kind == Kind::Password;
            !login || except.is_some_and(|session| session.key == *key)
        });
    }

    /// Ends what was opened with this API token or guest link.
    pub(super) fn end_by(&mut self, kind: Kind, id: &str) {
        self.0.retain(|_, entry| {
            let own = &entry.about.opening;
            own.kind != kind || own.by.as_deref() != Some(id)
        });
    }

    /// How many are open with this API token or guest link.
    pub(super) fn count_by(&self, kind: Kind, id: &str, now: Instant) -> usize {
        let by = |entry: &&Entry| {
            let own = &entry.about.opening;
            own.kind == kind && own.by.as_deref() == Some(id) && !entry.is_over(now)
        };
        self.0.values().filter(by).count()
    }

    /// What `asker` may see and end: an admin everything, a person their own, a program or guest
    /// itself.
    fn is_visible(asker: &Session, key: Key, entry: &Entry) -> bool {
        match asker.kind() {
            _ if key == asker.key => true,
            Kind::Password => asker.role() == Role::Admin || entry.is_users(asker.user()),
            Kind::Token => asker.role() == Role::Admin,
            Kind::Guest => false,
        }
    }

    /// What `asker` may see, the newest first.
    pub(super) fn list(&self, asker: &Session, now: Instant) -> Vec<Listed> {
        let seen = |(key, entry): &(&Key, &Entry)| {
            !entry.is_over(now) && Self::is_visible(asker, **key, entry)
        };
        let mut seen: Vec<_> = self.0.iter().filter(seen).collect();
        seen.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.started));
        let ago = |then| now.saturating_duration_since(then).as_secs();
        let listed = |(key, entry): (&Key, &Entry)| {
            let opening = &entry.about.opening;
            Listed {
                id: entry.about.id.clone(),
                user: opening.user.clone(),
                role: opening.role,
                kind: opening.kind,
                device: opening.device.clone(),
                address: opening.address.to_canonical().to_string(),
                started: ago(entry.started),
                used: ago(entry.used),
                current: *key == asker.key,
            }
        };
        seen.into_iter().map(listed).collect()
    }

    /// Ends the session of this id, when `asker` may; says whose it was.
    pub(super) fn revoke(&mut self, asker: &Session, id: &str) -> Option<String> {
        let found = self
            .0
            .iter()
            .find(|(key, entry)| entry.about.id == id && Self::is_visible(asker, **key, entry))
            .map(|(key, _)| *key)?;
        let entry = self.0.remove(&found)?;
        Some(entry.about.opening.user.clone())
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
