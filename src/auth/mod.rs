//! Accounts, sessions, API tokens, guest links, the claim, and the login's rate limit.
//!
//! `web` asks; this decides. Time comes in as a parameter where a decision depends on it.
//! Never logs a password, a token or a hash.
//!
//! ```text
//! unclaimed ──claim (window open)──▶ claimed ──proof──▶ session ──log out, revoked, idle, too old──▶ ended
//!     └────────seed (before serving)────▲
//! ```

mod accounts;
mod claim;
mod foreign;
mod guests;
mod password;
mod proof;
mod recovery;
mod role;
mod second_factor;
mod secret;
mod seed;
mod sessions;
mod throttle;
mod tokens;
mod totp;
mod turns;
mod users;

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use accounts::Accounts;
use guests::Guests;
use sessions::{Opening, Sessions};
use throttle::Throttle;
use turns::Turns;

use crate::lan::WallClock;

pub use accounts::AccountsError;
pub use claim::{ClaimState, ClaimWindow};
pub use foreign::{HashRefused, PasswordHash};
pub use guests::{GuestOver, GuestWish, ListedGuest, NewGuest};
pub use password::{ChoiceError, check_name, check_password};
pub use proof::{LoginError, Proof};
pub use role::Role;
pub use second_factor::Offer;
pub use secret::Token;
pub use seed::{Owner, SeedError, owner, seed};
pub use sessions::{Kind, Listed, Session};
pub use tokens::{ListedToken, NewToken, TokenError, TokenWish};
pub use users::{User, UserChange, UserError};

/// Why a claim was refused.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    #[error("this appliance already has an owner")]
    Done,
    #[error(
        "the time to claim this appliance is over: turn its power off and on, then claim it within ten minutes"
    )]
    Closed,
    #[error(transparent)]
    User(#[from] UserError),
}

impl From<AccountsError> for ClaimError {
    fn from(error: AccountsError) -> Self {
        ClaimError::User(error.into())
    }
}

/// Who asks, as far as the connection tells.
#[derive(Clone)]
pub struct Caller {
    pub address: IpAddr,
    /// What its browser or program calls itself, for people; bounded by the caller.
    pub device: String,
}

/// Cheap handle to accounts and sessions.
#[derive(Clone)]
pub struct Auth(Arc<Shared>);

struct Shared {
    file: PathBuf,
    window: ClaimWindow,
    /// Taken before `sessions` where both are.
    accounts: Mutex<Accounts>,
    sessions: Mutex<Sessions>,
    throttle: Mutex<Throttle>,
    /// Taken before `sessions` where both are.
    guests: Mutex<Guests>,
    /// When each API token was used last, in seconds since 1970; only those that exist.
    used: Mutex<HashMap<String, u64>>,
    clock: WallClock,
    turns: Turns,
    /// Held from reading the accounts to the file's being written: only one claim wins, and no
    /// change is lost.
    changing: tokio::sync::Mutex<()>,
}

impl Auth {
    /// Loads the accounts of `folder`; without any, `window` says when a claim is taken.
    ///
    /// # Errors
    /// The accounts file cannot be read. A damaged file is not an unclaimed appliance.
    pub fn open(
        folder: &Path,
        window: ClaimWindow,
        clock: WallClock,
    ) -> Result<Auth, AccountsError> {
        let file = accounts_file(folder);
        Ok(Auth(Arc::new(Shared {
            accounts: Mutex::new(Accounts::load(&file)?),
            file,
            window,
            sessions: Mutex::default(),
            throttle: Mutex::new(Throttle::new()),
            guests: Mutex::default(),
            used: Mutex::default(),
            clock,
            turns: Turns::new(),
            changing: tokio::sync::Mutex::new(()),
        })))
    }

    #[must_use]
    pub fn claim_state(&self) -> ClaimState {
        if !lock(&self.0.accounts).is_empty() {
            ClaimState::Done
        } else if self.0.window.is_open(uptime()) {
            ClaimState::Open
        } else {
            ClaimState::Closed
        }
    }

    /// Makes the first account, an admin's, and logs it in.
    ///
    /// # Errors
    /// Somebody was faster, the window is closed, or the choice is not allowed.
    pub async fn claim(
        &self,
        caller: &Caller,
        name: &str,
        password: &str,
    ) -> Result<Token, ClaimError> {
        let open = || match self.claim_state() {
            ClaimState::Done => Err(ClaimError::Done),
            ClaimState::Closed => Err(ClaimError::Closed),
            ClaimState::Open => Ok(()),
        };
        open()?;
        check_name(name).map_err(UserError::from)?;
        check_password(password).map_err(UserError::from)?;
        let hashed = self.hash(password).await?;
        let kept = hashed.clone();
        self.change(|accounts| {
            open()?;
            Ok::<(), ClaimError>(accounts.add(name, kept, Role::Admin)?)
        })
        .await?;
        log::info!("claimed by {name}");
        let token = self.start(caller, name, &hashed);
        Ok(token.ok_or(UserError::Hash)?)
    }

    /// Checks a proof and starts a session.
    ///
    /// # Errors
    /// Wrong, or too often wrong.
    pub async fn login(
        &self,
        caller: &Caller,
        name: &str,
        proof: &Proof,
    ) -> Result<Token, LoginError> {
        let account = self.prove(caller.address, name, proof).await?;
        let token = self.start(caller, name, &account.password);
        let token = token.ok_or(LoginError::Wrong)?;
        let Proof::Password { password, .. } = proof;
        self.renew_hash(name, account.password, password).await;
        Ok(token)
    }

    /// The same proof again from somebody who is logged in: for ten minutes they may do what asks
    /// for it.
    ///
    /// # Errors
    /// Wrong, or too often wrong.
    pub async fn confirm(
        &self,
        session: &Session,
        address: IpAddr,
        proof: &Proof,
    ) -> Result<(), LoginError> {
        self.prove(address, session.user(), proof).await?;
        lock(&self.0.sessions).confirm(session, Instant::now());
        Ok(())
    }

    /// Keeps a hash that was made elsewhere no longer than until its first use. A failure is told
    /// and tried again at the next login.
    async fn renew_hash(&self, name: &str, stored: String, password: &str) {
        let (old, given) = (stored.clone(), password.to_owned());
        let renewed = self
            .0
            .turns
            .take(move || password::renewed(&old, &given))
            .await;
        let Some(Some(Some(new))) = renewed else {
            return;
        };
        let replaced = self.change(|accounts| {
            accounts.replace_password(name, &stored, new);
            Ok::<(), AccountsError>(())
        });
        match replaced.await {
            Ok(()) => log::info!("the imported password hash of {name} is replaced by our own"),
            Err(error) => log::warn!("keep the new password hash of {name}: {error}"),
        }
    }

    /// Edits the accounts, writes them, then uses them: what cannot be written is not in force.
    async fn change<T, E: From<AccountsError>>(
        &self,
        edit: impl FnOnce(&mut Accounts) -> Result<T, E>,
    ) -> Result<T, E> {
        let _one = self.0.changing.lock().await;
        let mut next = lock(&self.0.accounts).clone();
        let edited = edit(&mut next)?;
        let shared = self.0.clone();
        let written = tokio::task::spawn_blocking(move || {
            next.store(&shared.file)?;
            *lock(&shared.accounts) = next;
            Ok::<(), AccountsError>(())
        });
        written
            .await
            .unwrap_or_else(|_| Err(self.lost_write()))
            .map(|()| edited)
            .map_err(E::from)
    }

    fn lost_write(&self) -> AccountsError {
        AccountsError::Write {
            path: self.0.file.clone(),
            source: std::io::Error::other("the thread that wrote was lost"),
        }
    }

    /// Whose cookie this is. Counts as use. An API token is none: it has another place.
    #[must_use]
    pub fn session(&self, token: &str) -> Option<Session> {
        let found = lock(&self.0.sessions).find(secret::key(token), Instant::now());
        found.filter(|session| session.kind() != Kind::Token)
    }

    /// An open socket keeps its session from going idle.
    pub fn touch(&self, session: &Session) {
        lock(&self.0.sessions).touch(session, Instant::now());
    }

    /// Ends a session, and with it every socket that holds it.
    pub fn log_out(&self, session: &Session) {
        lock(&self.0.sessions).end(session);
    }

    /// The sessions that `asker` may see.
    #[must_use]
    pub fn sessions(&self, asker: &Session) -> Vec<Listed> {
        lock(&self.0.sessions).list(asker, Instant::now())
    }

    /// Ends the session of this id with all that it has open, when `asker` may; says whose it was.
    #[must_use]
    pub fn revoke(&self, asker: &Session, id: &str) -> Option<String> {
        lock(&self.0.sessions).revoke(asker, id)
    }

    /// Ends the asker's other logins.
    pub fn revoke_others(&self, asker: &Session) {
        lock(&self.0.sessions).end_logins(asker.user(), Some(asker));
    }

    /// As if the last proof were long ago.
    #[cfg(test)]
    pub(crate) fn forget_proof(&self, token: &Token) {
        lock(&self.0.sessions).forget_proof(token.key());
    }

    /// A session of the user whose password still has the hash that was proven: a password that
    /// changed meanwhile lets nobody in.
    fn start(&self, caller: &Caller, name: &str, proven: &str) -> Option<Token> {
        let (token, id) = (Token::random()?, secret::public_id()?);
        let accounts = lock(&self.0.accounts);
        let account = accounts.find(name)?;
        if account.password != proven {
            return None;
        }
        let opening = Opening {
            user: name.to_owned(),
            role: account.role,
            kind: Kind::Password,
            by: None,
            device: caller.device.clone(),
            address: caller.address,
            lifetime: sessions::LIMIT,
        };
        lock(&self.0.sessions).start(token.key(), id, opening, Instant::now());
        Some(token)
    }
}

fn accounts_file(folder: &Path) -> PathBuf {
    folder.join("accounts.json")
}

/// Time since power-on, sleep included.
fn uptime() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(now).unwrap_or(Duration::MAX)
}

/// None of these locks is held while anything can panic, so a poisoned one is still sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod tests;
