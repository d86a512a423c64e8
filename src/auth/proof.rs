//! Proving who one is: the one place where a login's evidence is checked. Logging in, confirming
//! and changing a password all come through here.
//!
//! Another way to prove it (a passkey, an identity provider) is another [`Proof`] and its arm in
//! [`Auth::prove`]; what follows a proof, the session, stays the same.
//!
//! ```text
//! too often? ──▶ password ──wrong──▶ Wrong, for users that do not exist too
//!                   └─right──▶ second factor, if the user has one ──▶ proven
//! ```

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::accounts::Account;
use super::password;
use super::{Auth, lock};

/// What somebody shows to prove who they are. No `Debug`: it holds secrets.
pub enum Proof {
    Password {
        password: String,
        /// Of the second factor: six digits, or a recovery code.
        code: Option<String>,
    },
}

impl Proof {
    /// Whether its code has the form of a recovery code.
    #[must_use]
    pub fn is_with_recovery_code(&self) -> bool {
        let Proof::Password { code, .. } = self;
        let code = code.as_deref();
        code.is_some_and(|code| super::recovery::parse(code).is_some())
    }

    /// A password alone.
    #[must_use]
    pub fn password(password: &str) -> Proof {
        Proof::Password {
            password: password.to_owned(),
            code: None,
        }
    }
}

/// Why a proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    #[error("wrong user name or password")]
    Wrong,
    /// Wait this long.
    /// The password is right.
    #[error("the password is right; now the code of your authenticator app, or a recovery code")]
    NeedsCode,
    #[error(
        "the password is right; the appliance's clock is not set, so only a recovery code can be right now, not one of your authenticator app"
    )]
    NeedsRecoveryCode,
    #[error("wrong code: each is taken once, and those of an app only for a minute")]
    WrongCode,
    #[error(
        "the appliance's clock is not set, so no code of an authenticator app can be right: use a recovery code, or wait until a time server has answered"
    )]
    CodeWithoutClock,
    #[error("too many wrong passwords or codes")]
    TooMany(Duration),
    #[error("too many logins at once")]
    Busy,
    #[error("hash the password")]
    Hash,
}

impl Auth {
    /// Checks that somebody at `address` is the user. Gives the account that the proof was for: it
    /// holds as long as that account's password stays.
    pub(super) async fn prove(
        &self,
        address: IpAddr,
        name: &str,
        proof: &Proof,
    ) -> Result<Account, LoginError> {
        let Proof::Password { password, code } = proof;
        let account = self.right_password(address, name, password).await?;
        if account.second_factor.is_some() {
            let code = code.as_ref().ok_or_else(|| self.code_needed())?;
            self.spend(name, code).await?;
        }
        lock(&self.0.throttle).succeeded(address, name);
        Ok(account)
    }

    fn code_needed(&self) -> LoginError {
        match self.0.clock.now() {
            Some(_) => LoginError::NeedsCode,
            None => LoginError::NeedsRecoveryCode,
        }
    }

    /// The account of this name and password. An attempt counts as failed until the whole proof is
    /// right, so this alone clears nothing.
    pub(super) async fn right_password(
        &self,
        address: IpAddr,
        name: &str,
        password: &str,
    ) -> Result<Account, LoginError> {
        lock(&self.0.throttle)
            .attempt(address, name, Instant::now())
            .map_err(LoginError::TooMany)?;
        let account = lock(&self.0.accounts).find(name).cloned();
        let hash = account.as_ref().map(|account| account.password.clone());
        let given = password.to_owned();
        let right = self
            .0
            .turns
            .take(move || password::verify(hash.as_deref(), &given))
            .await;
        let right = right.ok_or(LoginError::Busy)?.ok_or(LoginError::Hash)?;
        account.filter(|_| right).ok_or(LoginError::Wrong)
    }
}
