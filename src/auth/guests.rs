//! Guest links: whoever has one is let in as a viewer or operator, for a while.
//!
//! In memory only, on the monotonic clock: a link works without a clock that is set, ends in time
//! whatever happens to the clock, and a restart ends all of them, as it ends every session.

use std::time::{Duration, Instant, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;

use super::password::{ChoiceError, check_label};
use super::role::Role;
use super::secret::{self, Key, Token};
use super::sessions::{Kind, Opening, Session};
use super::users::UserError;
use super::{Auth, Caller, lock};

/// At once.
const LINKS: usize = 32;

struct Link {
    id: String,
    key: Key,
    label: String,
    role: Role,
    by: String,
    expires: Instant,
}

/// The links that are open. Bounded.
#[derive(Default)]
pub(super) struct Guests(Vec<Link>);

/// What a new link is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestWish {
    /// Who it is for.
    pub label: String,
    /// Viewer or operator.
    pub role: Role,
    /// 5 to 10080, which is a week.
    pub minutes: u32,
}

/// A link in the list of them.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "GuestLink")]
pub struct ListedGuest {
    id: String,
    label: String,
    role: Role,
    /// Who made it.
    by: String,
    /// Seconds since 1970, by the appliance's clock as it is now.
    expires: u64,
    /// Sessions that are open with it.
    in_use: usize,
}

/// A link, once. No `Debug`: it holds the secret.
#[derive(Serialize, JsonSchema)]
pub struct NewGuest {
    pub id: String,
    /// Shown only now.
    pub token: String,
    /// Of the page. What follows `#` is never sent to a server, so it is in no log.
    pub path: String,
}

/// The link is unknown, over or revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this guest link is over: ask for a new one")]
pub struct GuestOver;

impl Guests {
    fn forget_old(&mut self, now: Instant) {
        self.0.retain(|link| link.expires > now);
    }

    /// Takes away what a user has made; the ids.
    pub(super) fn end_of_user(&mut self, name: &str) -> Vec<String> {
        let (ended, left) = std::mem::take(&mut self.0)
            .into_iter()
            .partition::<Vec<_>, _>(|link| link.by == name);
        self.0 = left;
        ended.into_iter().map(|link| link.id).collect()
    }
}

impl Auth {
    /// Makes a link.
    ///
    /// # Errors
    /// The wish is not allowed, or there are too many.
    pub fn make_guest(&self, asker: &Session, wish: GuestWish) -> Result<NewGuest, UserError> {
        check_label(&wish.label)?;
        if wish.role > asker.role().min(Role::Operator) {
            return Err(ChoiceError::GuestRole.into());
        }
        if !(5..=10_080).contains(&wish.minutes) {
            return Err(ChoiceError::Minutes.into());
        }
        let token = Token::random().ok_or(UserError::Hash)?;
        let id = secret::public_id().ok_or(UserError::Hash)?;
        let now = Instant::now();
        let mut guests = lock(&self.0.guests);
        guests.forget_old(now);
        if guests.0.len() >= LINKS {
            return Err(UserError::TooManyGuests);
        }
        guests.0.push(Link {
            id: id.clone(),
            key: token.key(),
            label: wish.label,
            role: wish.role,
            by: asker.user().to_owned(),
            expires: now + Duration::from_secs(u64::from(wish.minutes) * 60),
        });
        Ok(NewGuest {
            id,
            path: format!("/#guest={}", token.as_str()),
            token: token.as_str().to_owned(),
        })
    }

    /// The links that are open.
    #[must_use]
    pub fn guests(&self) -> Vec<ListedGuest> {
        let now = Instant::now();
        let clock = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let mut guests = lock(&self.0.guests);
        guests.forget_old(now);
        let sessions = lock(&self.0.sessions);
        let listed = |link: &Link| ListedGuest {
            id: link.id.clone(),
            label: link.label.clone(),
            role: link.role,
            by: link.by.clone(),
            expires: (clock + (link.expires - now)).as_secs(),
            in_use: sessions.count_by(Kind::Guest, &link.id, now),
        };
        guests.0.iter().map(listed).collect()
    }

    /// Ends a link of the asker's own, for an admin any, and what is open with it; says what it was
    /// called.
    ///
    /// # Errors
    /// There is none of this id that the asker may end.
    pub fn revoke_guest(&self, asker: &Session, id: &str) -> Result<String, UserError> {
        let mut guests = lock(&self.0.guests);
        let own = |link: &Link| link.by == asker.user() || asker.role() == Role::Admin;
        let found = guests.0.iter().position(|link| link.id == id && own(link));
        let link = guests.0.remove(found.ok_or(UserError::Unlisted)?);
        lock(&self.0.sessions).end_by(Kind::Guest, id);
        Ok(link.label)
    }

    /// Opens a session with a link.
    ///
    /// # Errors
    /// It is unknown, over or revoked.
    pub fn enter(&self, caller: &Caller, token: &str) -> Result<Token, GuestOver> {
        let (now, key) = (Instant::now(), secret::key(token));
        let guests = lock(&self.0.guests);
        let found = guests.0.iter();
        let mut found = found.filter(|link| link.key == key && link.expires > now);
        let link = found.next().ok_or(GuestOver)?;
        let opening = Opening {
            // No account's name has a space or a bracket.
            user: format!("{} (guest)", link.label),
            role: link.role,
            kind: Kind::Guest,
            by: Some(link.id.clone()),
            device: caller.device.clone(),
            address: caller.address,
            lifetime: link.expires - now,
        };
        let session = Token::random().ok_or(GuestOver)?;
        let id = secret::public_id().ok_or(GuestOver)?;
        lock(&self.0.sessions).start(session.key(), id, opening, now);
        Ok(session)
    }
}

#[cfg(test)]
#[path = "guests_tests.rs"]
mod tests;
