//! Users: adding, changing and taking them away, each with what it ends.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::password::{self, ChoiceError, check_name, check_password};
use super::proof::LoginError;
use super::role::Role;
use super::sessions::{Kind, Session};
use super::{AccountsError, Auth, lock};

/// Why a change of the users was refused.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error("there is a user of this name already")]
    Exists,
    #[error("there is no user of this name")]
    Unknown,
    #[error("this is the last admin: make somebody else an admin first")]
    LastAdmin,
    #[error("there are 64 users already, which is as many as this appliance takes")]
    Full,
    #[error("there are 64 API tokens already, which is as many as this appliance takes")]
    TooManyTokens,
    #[error("there are 32 guest links already, which is as many as this appliance takes")]
    TooManyGuests,
    #[error("there is none of this id that you may end")]
    Unlisted,
    #[error("no second factor was offered in this session: begin again")]
    NothingOffered,
    #[error("you have no second factor")]
    NoSecondFactor,
    #[error(
        "the appliance's clock is not set, and this depends on it: wait until a time server has answered (Settings, Network)"
    )]
    NoClock,
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The proof that this change asks for.
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    #[error("hash the password")]
    Hash,
}

/// A user as others see them.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User {
    pub name: String,
    pub role: Role,
    /// Whether a login needs a code as well.
    pub second_factor: bool,
    pub you: bool,
}

/// What is to become of a user; absent stays as it is.
#[derive(Default)]
pub struct UserChange {
    pub role: Option<Role>,
    pub password: Option<String>,
    /// Takes the second factor away: for who has lost the phone and the recovery codes.
    pub without_second_factor: bool,
}

impl Auth {
    /// Everybody, as `asker` sees them.
    #[must_use]
    pub fn users(&self, asker: &Session) -> Vec<User> {
        let accounts = lock(&self.0.accounts);
        let user = |account: &super::accounts::Account| User {
            name: account.name.clone(),
            role: account.role,
            second_factor: account.second_factor.is_some(),
            you: asker.kind() != Kind::Guest && account.name == asker.user(),
        };
        accounts.all().iter().map(user).collect()
    }

    #[must_use]
    pub fn is_user(&self, name: &str) -> bool {
        lock(&self.0.accounts).find(name).is_some()
    }

    /// # Errors
    /// The name is taken or not allowed, the password is too short, or there is no room.
    pub async fn add_user(&self, name: &str, role: Role, password: &str) -> Result<(), UserError> {
        check_name(name)?;
        check_password(password)?;
        let hashed = self.hash(password).await?;
        self.change(|accounts| accounts.add(name, hashed, role))
            .await
    }

    /// A new role ends the user's sessions and guest links: they were made with the old one. A new
    /// password ends them too, but for the one that asks.
    ///
    /// # Errors
    /// There is no such user, the password is too short, or nobody would be admin.
    pub async fn change_user(
        &self,
        asker: &Session,
        name: &str,
        wanted: UserChange,
    ) -> Result<(), UserError> {
        let hashed = match &wanted.password {
            Some(password) => {
                check_password(password)?;
                Some(self.hash(password).await?)
            }
            None => None,
        };
        let renewed = hashed.is_some();
        let moved = self
            .change(move |accounts| {
                let old = accounts.find(name).ok_or(UserError::Unknown)?.role;
                if let Some(role) = wanted.role {
                    accounts.set_role(name, role)?;
                }
                if wanted.without_second_factor {
                    accounts.set_second_factor(name, None)?;
                }
                if let Some(hashed) = hashed {
                    accounts.set_password(name, hashed)?;
                }
                Ok::<bool, UserError>(wanted.role.is_some_and(|role| role != old))
            })
            .await?;
        if moved {
            self.end_of_user(name);
        } else if renewed {
            lock(&self.0.sessions).end_logins(name, Some(asker));
        }
        Ok(())
    }

    /// Ends everything that they have.
    ///
    /// # Errors
    /// There is no such user, or nobody would be admin.
    pub async fn remove_user(&self, name: &str) -> Result<(), UserError> {
        self.change(|accounts| accounts.remove(name)).await?;
        self.end_of_user(name);
        Ok(())
    }

    /// Ends what a user has open, and their guest links with what is open with those.
    fn end_of_user(&self, name: &str) {
        let links = lock(&self.0.guests).end_of_user(name);
        let mut sessions = lock(&self.0.sessions);
        sessions.end_of_user(name);
        for id in links {
            sessions.end_by(Kind::Guest, &id);
        }
    }

    /// The user's own new password, with the old one as proof. Their other logins end; the one that
    /// asks, its picture, and everybody else's go on.
    ///
    /// # Errors
    /// The old one is wrong, or the new one too short.
    pub async fn change_password(
        &self,
        asker: &Session,
        address: IpAddr,
        old: &str,
        new: &str,
    ) -> Result<(), UserError> {
        check_password(new)?;
        let name = asker.user();
        self.right_password(address, name, old).await?;
        let hashed = self.hash(new).await?;
        self.change(|accounts| accounts.set_password(name, hashed))
            .await?;
        lock(&self.0.sessions).end_logins(name, Some(asker));
        Ok(())
    }

    pub(super) async fn hash(&self, password: &str) -> Result<String, UserError> {
        let password = password.to_owned();
        let hashed = self.0.turns.take(move || password::hash(&password)).await;
        hashed.ok_or(LoginError::Busy)?.ok_or(UserError::Hash)
    }
}
