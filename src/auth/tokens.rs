//! API tokens: for programs, instead of a password. Shown once, kept as a hash, with a role and an
//! end.
//!
//! The end is a date, so a token needs a clock: while the appliance's clock is not set, it is
//! refused. That is the safe side, and programs can wait.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::Accounts;
use super::password::{ChoiceError, check_label};
use super::role::Role;
use super::secret::{self, Token, hex};
use super::sessions::{Kind, Opening, Session};
use super::users::UserError;
use super::{Auth, Caller, lock};

/// Before the 256 random bits, so that a token that leaks somewhere is recognised.
const PREFIX: &str = "fst_";
/// More than one appliance needs.
const TOKENS: usize = 64;
const DAY: u64 = 24 * 3600;

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiToken {
    id: String,
    pub(super) user: String,
    label: String,
    role: Role,
    /// SHA-256, hexadecimal.
    hash: String,
    /// Seconds since 1970.
    expires: u64,
}

/// A token in the list of them.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ApiToken")]
pub struct ListedToken {
    id: String,
    user: String,
    label: String,
    role: Role,
    /// Seconds since 1970.
    expires: u64,
    /// Seconds since 1970; null when not since the appliance started.
    used: Option<u64>,
}

/// What a new token is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenWish {
    /// For people.
    pub label: String,
    pub role: Role,
    /// 1 to 366.
    pub days: u32,
}

/// A token, once. No `Debug`: it holds the secret.
#[derive(Serialize, JsonSchema)]
pub struct NewToken {
    pub id: String,
    /// Shown only now.
    pub token: String,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("this API token is unknown, over or revoked")]
    Unknown,
    #[error(
        "the appliance's clock is not set, so it cannot tell whether this API token is over: it takes none until a time server has answered"
    )]
    NoClock,
}

impl Auth {
    /// Makes a token for the asker.
    ///
    /// # Errors
    /// The wish is not allowed, there are too many, or the clock is not set.
    pub async fn make_token(
        &self,
        asker: &Session,
        wish: TokenWish,
    ) -> Result<NewToken, UserError> {
        check_label(&wish.label)?;
        if wish.role > asker.role() {
            return Err(ChoiceError::Role.into());
        }
        if !(1..=366).contains(&wish.days) {
            return Err(ChoiceError::Days.into());
        }
        let now = self.0.clock.now().ok_or(UserError::NoClock)?;
        let random = Token::random().ok_or(UserError::Hash)?;
        let token = format!("{PREFIX}{}", random.as_str());
        let id = secret::public_id().ok_or(UserError::Hash)?;
        let kept = ApiToken {
            id: id.clone(),
            user: asker.user().to_owned(),
            label: wish.label,
            role: wish.role,
            hash: hex(&secret::key(&token)),
            expires: now + u64::from(wish.days) * DAY,
        };
        self.change(|accounts| add(accounts, kept, now)).await?;
        Ok(NewToken { id, token })
    }

    /// The tokens that `asker` may see: their own, an admin everybody's.
    #[must_use]
    pub fn tokens(&self, asker: &Session) -> Vec<ListedToken> {
        let used = lock(&self.0.used);
        let accounts = lock(&self.0.accounts);
        let seen = accounts.tokens.iter().filter(|token| sees(asker, token));
        let listed = |token: &ApiToken| ListedToken {
            id: token.id.clone(),
            user: token.user.clone(),
            label: token.label.clone(),
            role: token.role,
            expires: token.expires,
            used: used.get(&token.id).copied(),
        };
        seen.map(listed).collect()
    }

    /// Ends a token and what it has open, when `asker` may; says what it was called.
    ///
    /// # Errors
    /// There is none of this id that the asker sees, or it cannot be written.
    pub async fn revoke_token(&self, asker: &Session, id: &str) -> Result<String, UserError> {
        let label = self
            .change(|accounts| {
                let mut tokens = accounts.tokens.iter();
                let found = tokens.position(|token| token.id == id && sees(asker, token));
                let token = accounts.tokens.remove(found.ok_or(UserError::Unlisted)?);
                Ok::<String, UserError>(token.label)
            })
            .await?;
        lock(&self.0.sessions).end_by(Kind::Token, id);
        lock(&self.0.used).remove(id);
        Ok(label)
    }

    /// Whose API token this is. Counts as use.
    ///
    /// # Errors
    /// It is unknown, over or revoked, or the clock is not set.
    pub fn bearer(&self, caller: &Caller, token: &str) -> Result<Session, TokenError> {
        let key = secret::key(token);
        let now = Instant::now();
        let open = lock(&self.0.sessions).find(key, now);
        let session = match open {
            // A browser's session is none for programs: its cookie comes with rules of its own.
            Some(session) if session.kind() != Kind::Token => return Err(TokenError::Unknown),
            Some(session) => session,
            None => {
                let id = secret::public_id().ok_or(TokenError::Unknown)?;
                // Held until the session is there, so that a token that is revoked now ends it.
                let accounts = lock(&self.0.accounts);
                let opening = self.opening_of(&accounts, caller, &hex(&key))?;
                let mut sessions = lock(&self.0.sessions);
                sessions.start(key, id, opening, now);
                sessions.find(key, now).ok_or(TokenError::Unknown)?
            }
        };
        if let (Some(id), Some(time)) = (session.by(), self.0.clock.now()) {
            lock(&self.0.used).insert(id.to_owned(), time);
        }
        Ok(session)
    }

    fn opening_of(
        &self,
        accounts: &Accounts,
        caller: &Caller,
        hash: &str,
    ) -> Result<Opening, TokenError> {
        let mut tokens = accounts.tokens.iter();
        let token = tokens.find(|token| token.hash == hash);
        let token = token.ok_or(TokenError::Unknown)?;
        let account = accounts.find(&token.user).ok_or(TokenError::Unknown)?;
        let now = self.0.clock.now().ok_or(TokenError::NoClock)?;
        let left = token.expires.checked_sub(now).filter(|left| *left > 0);
        Ok(Opening {
            user: token.user.clone(),
            // A user who became less has not left the rest to their tokens.
            role: token.role.min(account.role),
            kind: Kind::Token,
            by: Some(token.id.clone()),
            device: caller.device.clone(),
            address: caller.address,
            lifetime: Duration::from_secs(left.ok_or(TokenError::Unknown)?),
        })
    }
}

fn sees(asker: &Session, token: &ApiToken) -> bool {
    match asker.kind() {
        Kind::Password => asker.role() == Role::Admin || token.user == asker.user(),
        Kind::Token => asker.by() == Some(&token.id),
        Kind::Guest => false,
    }
}

/// Those that are over make room.
fn add(accounts: &mut Accounts, token: ApiToken, now: u64) -> Result<(), UserError> {
    accounts.tokens.retain(|token| token.expires > now);
    if accounts.tokens.len() >= TOKENS {
        return Err(UserError::TooManyTokens);
    }
    if accounts.find(&token.user).is_none() {
        return Err(UserError::Unknown);
    }
    accounts.tokens.push(token);
    Ok(())
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
