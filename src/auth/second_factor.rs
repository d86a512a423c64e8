//! The second factor: a code of an authenticator app, or a recovery code, beside the password.
//!
//! ```text
//! none ──begin──▶ offered (in the session, not in force) ──enable with its code──▶ on
//!  ▲                                                                               │
//!  └───────────────────────────disable, or an admin takes it away──────────────────┘
//! ```
//!
//! The secret is kept readable: a code is computed from it. Whoever reads the data partition has
//! it, as they have everything.

use qrcodegen::{QrCode, QrCodeEcc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::proof::LoginError;
use super::recovery::{self, Hash};
use super::sessions::Session;
use super::totp::Secret;
use super::users::UserError;
use super::{Auth, lock};

/// A user's second factor as it is kept. No `Debug`: it holds the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecondFactor {
    /// Base32.
    secret: String,
    /// The last step whose code was used: it survives a restart, so that a code does not come back
    /// to life.
    last_step: u64,
    /// Of the recovery codes that are left.
    recovery: Vec<Hash>,
}

/// What a code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spent {
    App,
    Recovery { left: usize },
}

impl SecondFactor {
    /// Uses a code up. `now` is nothing while the clock is not set: then no code of an app can be
    /// right, and recovery codes still are.
    fn spend(&mut self, typed: &str, now: Option<u64>) -> Result<Spent, LoginError> {
        if let Some(hash) = recovery::parse(typed) {
            let before = self.recovery.len();
            self.recovery.retain(|kept| *kept != hash);
            let left = self.recovery.len();
            return (left < before)
                .then_some(Spent::Recovery { left })
                .ok_or(LoginError::WrongCode);
        }
        let now = now.ok_or(LoginError::CodeWithoutClock)?;
        let step = six_digits(typed)
            .zip(Secret::from_base32(&self.secret))
            .and_then(|(code, secret)| secret.step_of(code, now, self.last_step));
        self.last_step = step.ok_or(LoginError::WrongCode)?;
        Ok(Spent::App)
    }
}

/// As apps show them, with a space in the middle perhaps.
fn six_digits(typed: &str) -> Option<u32> {
    let plain: String = typed
        .chars()
        .filter(|character| *character != ' ')
        .collect();
    let digits = plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| plain.parse().ok()).flatten()
}

/// A secret for somebody's authenticator app. No `Debug`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SecondFactorOffer")]
pub struct Offer {
    /// Base32, to be typed.
    secret: String,
    /// `otpauth://totp/…`, for an app on the same device.
    uri: String,
    /// The same as a QR code: rows of `0` (light) and `1` (dark), without a margin.
    qr: Vec<String>,
}

impl Auth {
    /// Whether this user's logins need a code.
    #[must_use]
    pub fn has_second_factor(&self, name: &str) -> bool {
        let accounts = lock(&self.0.accounts);
        accounts
            .find(name)
            .is_some_and(|account| account.second_factor.is_some())
    }

    /// Offers a new secret to the asker; in force only when a code of it comes back. `device` is
    /// the appliance's name.
    ///
    /// # Errors
    /// There is no randomness, or the session has ended meanwhile.
    pub fn offer_second_factor(&self, asker: &Session, device: &str) -> Result<Offer, UserError> {
        let secret = Secret::random().ok_or(UserError::Hash)?;
        let uri = secret.uri(device, asker.user());
        let code = QrCode::encode_text(&uri, QrCodeEcc::Medium).map_err(|_| UserError::Hash)?;
        let offer = Offer {
            secret: secret.to_base32(),
            qr: rows(&code),
            uri,
        };
        let kept = lock(&self.0.sessions).offer(asker, secret);
        kept.then_some(offer).ok_or(UserError::Unknown)
    }

    /// Puts the offered secret in force; the recovery codes, shown this once.
    ///
    /// # Errors
    /// Nothing was offered, the code is not the app's, or the clock is not set.
    pub async fn enable_second_factor(
        &self,
        asker: &Session,
        typed: &str,
    ) -> Result<Vec<String>, UserError> {
        let offered = lock(&self.0.sessions).offered(asker);
        let secret = offered.ok_or(UserError::NothingOffered)?;
        let now = self.0.clock.now().ok_or(UserError::NoClock)?;
        let step = six_digits(typed).and_then(|code| secret.step_of(code, now, 0));
        let last_step = step.ok_or(LoginError::WrongCode)?;
        let (shown, recovery) = recovery::make().ok_or(UserError::Hash)?;
        let factor = SecondFactor {
            secret: secret.to_base32(),
            last_step,
            recovery,
        };
        self.change(|accounts| accounts.set_second_factor(asker.user(), Some(factor)))
            .await?;
        lock(&self.0.sessions).withdraw(asker);
        Ok(shown)
    }

    /// # Errors
    /// It cannot be written.
    pub async fn disable_second_factor(&self, asker: &Session) -> Result<(), UserError> {
        self.change(|accounts| accounts.set_second_factor(asker.user(), None))
            .await
    }

    /// Other recovery codes instead of those that are left, shown this once.
    ///
    /// # Errors
    /// The user has no second factor.
    pub async fn renew_recovery_codes(&self, asker: &Session) -> Result<Vec<String>, UserError> {
        let (shown, recovery) = recovery::make().ok_or(UserError::Hash)?;
        self.change(|accounts| {
            let factor = accounts.second_factor_of(asker.user());
            factor.ok_or(UserError::NoSecondFactor)?.recovery = recovery;
            Ok::<(), UserError>(())
        })
        .await?;
        Ok(shown)
    }

    /// Uses a code of this user up. One at a time, so that a code is never used twice at once. A
    /// card that cannot be written keeps nobody out: the code is used up until the next start.
    pub(super) async fn spend(&self, name: &str, typed: &str) -> Result<Spent, LoginError> {
        let _one = self.0.changing.lock().await;
        let now = self.0.clock.now();
        let (spent, next) = {
            let mut accounts = lock(&self.0.accounts);
            let factor = accounts.second_factor_of(name).ok_or(LoginError::Wrong)?;
            (factor.spend(typed, now)?, accounts.clone())
        };
        let shared = self.0.clone();
        let written = tokio::task::spawn_blocking(move || next.store(&shared.file));
        if let Ok(Err(error)) = written.await {
            log::error!("keep that a code of {name} is used up: {error}");
        }
        Ok(spent)
    }
}

fn rows(code: &QrCode) -> Vec<String> {
    let cell = |x, y| if code.get_module(x, y) { '1' } else { '0' };
    let row = |y| (0..code.size()).map(|x| cell(x, y)).collect();
    (0..code.size()).map(row).collect()
}

#[cfg(test)]
#[path = "second_factor_tests.rs"]
mod tests;
