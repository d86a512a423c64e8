//! Accounts, sessions, the claim, and the login's rate limit.
//!
//! `web` asks; this decides. Time comes in as a parameter where a decision depends on it.
//! Never logs a password, a token or a hash.
//!
//! ```text
//! unclaimed ──claim (window open)──▶ claimed ──login──▶ session ──log out, idle, too old──▶ ended
//!     └────────seed (before serving)────▲
//! ```

mod accounts;
mod claim;
mod foreign;
mod password;
mod seed;
mod sessions;
mod throttle;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use accounts::Accounts;
use sessions::Sessions;
use throttle::Throttle;

pub use accounts::AccountsError;
pub use claim::{ClaimState, ClaimWindow};
pub use foreign::{HashRefused, PasswordHash};
pub use password::{ChoiceError, check_name, check_password};
pub use seed::{Owner, SeedError, owner, seed};
pub use sessions::{Session, Token};

/// Passwords hashed at once: 19 MiB each, and a Pi has other work to do.
const HASHERS: usize = 2;
/// How long a login waits for its turn to hash.
const HASH_PATIENCE: Duration = Duration::from_secs(5);

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
    Choice(#[from] ChoiceError),
    #[error("too many logins at once")]
    Busy,
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    #[error("hash the password")]
    Hash,
}

/// Why a login was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    #[error("wrong user name or password")]
    Wrong,
    /// Wait this long.
    #[error("too many wrong passwords")]
    TooMany(Duration),
    #[error("too many logins at once")]
    Busy,
    #[error("hash the password")]
    Hash,
}

/// Cheap handle to accounts and sessions.
#[derive(Clone)]
pub struct Auth(Arc<Shared>);

struct Shared {
    file: PathBuf,
    window: ClaimWindow,
    accounts: Mutex<Accounts>,
    sessions: Mutex<Sessions>,
    throttle: Mutex<Throttle>,
    hashers: Semaphore,
    /// Held from reading the accounts to the file's being written: only one claim wins.
    claiming: tokio::sync::Mutex<()>,
}

impl Auth {
    /// Loads the accounts of `folder`; without any, `window` says when a claim is taken.
    ///
    /// # Errors
    /// The accounts file cannot be read. A damaged file is not an unclaimed appliance.
    pub fn open(folder: &Path, window: ClaimWindow) -> Result<Auth, AccountsError> {
        let file = accounts_file(folder);
        Ok(Auth(Arc::new(Shared {
            accounts: Mutex::new(Accounts::load(&file)?),
            file,
            window,
            sessions: Mutex::default(),
            throttle: Mutex::new(Throttle::new()),
            hashers: Semaphore::new(HASHERS),
            claiming: tokio::sync::Mutex::new(()),
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

    /// Makes the first account and logs it in.
    ///
    /// # Errors
    /// Somebody was faster, the window is closed, or the choice is not allowed.
    pub async fn claim(&self, name: &str, password: &str) -> Result<Token, ClaimError> {
        let _one = self.0.claiming.lock().await;
        match self.claim_state() {
            ClaimState::Done => return Err(ClaimError::Done),
            ClaimState::Closed => return Err(ClaimError::Closed),
            ClaimState::Open => {}
        }
        check_name(name)?;
        check_password(password)?;
        let password = password.to_owned();
        let hashed = self.hashing(move || password::hash(&password)).await;
        let hashed = hashed.ok_or(ClaimError::Busy)?.ok_or(ClaimError::Hash)?;
        let mut next = lock(&self.0.accounts).clone();
        next.add(name, hashed);
        self.keep(next).await?;
        log::info!("claimed by {name}");
        self.start(name).ok_or(ClaimError::Hash)
    }

    /// Checks a password and starts a session. `peer` is who asks.
    ///
    /// # Errors
    /// Wrong, or too often wrong.
    pub async fn login(
        &self,
        peer: IpAddr,
        name: &str,
        password: &str,
    ) -> Result<Token, LoginError> {
        lock(&self.0.throttle)
            .attempt(peer, name, Instant::now())
            .map_err(LoginError::TooMany)?;
        let stored = lock(&self.0.accounts).password_of(name).map(str::to_owned);
        let (hash, given) = (stored.clone(), password.to_owned());
        let right = self
            .hashing(move || password::verify(hash.as_deref(), &given))
            .await;
        if !right.ok_or(LoginError::Busy)?.ok_or(LoginError::Hash)? {
            log::warn!("wrong password from {peer}");
            return Err(LoginError::Wrong);
        }
        lock(&self.0.throttle).succeeded(peer, name);
        if let Some(stored) = stored {
            self.renew_hash(name, stored, password).await;
        }
        self.start(name).ok_or(LoginError::Hash)
    }

    /// Keeps a hash that was made elsewhere no longer than until its first use. A failure is told
    /// and tried again at the next login.
    async fn renew_hash(&self, name: &str, stored: String, password: &str) {
        let _one = self.0.claiming.lock().await;
        let (old, given) = (stored.clone(), password.to_owned());
        let renewed = self.hashing(move || password::renewed(&old, &given)).await;
        let Some(Some(Some(new))) = renewed else {
            return;
        };
        let mut next = lock(&self.0.accounts).clone();
        next.replace_password(name, &stored, new);
        match self.keep(next).await {
            Ok(()) => log::info!("the imported password hash of {name} is replaced by our own"),
            Err(error) => log::warn!("keep the new password hash of {name}: {error}"),
        }
    }

    /// Writes the accounts, then uses them. Call it with `claiming` held.
    async fn keep(&self, next: Accounts) -> Result<(), ClaimError> {
        let shared = self.0.clone();
        let written = tokio::task::spawn_blocking(move || {
            next.store(&shared.file)?;
            *lock(&shared.accounts) = next;
            Ok::<(), AccountsError>(())
        });
        Ok(written.await.map_err(|_| ClaimError::Hash)??)
    }

    /// Whose token this is. Counts as use.
    #[must_use]
    pub fn session(&self, token: &str) -> Option<Session> {
        lock(&self.0.sessions).find(token, Instant::now())
    }

    /// An open socket keeps its session from going idle.
    pub fn touch(&self, session: &Session) {
        lock(&self.0.sessions).touch(session, Instant::now());
    }

    /// Ends a session, and with it every socket that holds it.
    pub fn log_out(&self, session: &Session) {
        lock(&self.0.sessions).end(session);
    }

    fn start(&self, name: &str) -> Option<Token> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).ok()?;
        let token = Token::new(random);
        lock(&self.0.sessions).start(&token, name, Instant::now());
        Some(token)
    }

    /// Runs `work` on a blocking thread, [`HASHERS`] at once: `None` when no turn comes in time,
    /// `Some(None)` when the work itself fails.
    async fn hashing<T: Send + 'static, E: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Option<Option<T>> {
        let turn = tokio::time::timeout(HASH_PATIENCE, self.0.hashers.acquire());
        let _turn = turn.await.ok()?.ok()?;
        let done = tokio::task::spawn_blocking(work).await;
        Some(done.ok().and_then(Result::ok))
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
mod tests;
