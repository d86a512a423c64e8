//! The accounts and their file. Edits change the value; only [`Accounts::store`] writes.
//!
//! Whatever an edit is, one account at least stays an admin.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::role::Role;
use super::second_factor::SecondFactor;
use super::tokens::ApiToken;
use super::users::UserError;
use crate::settings::replace_file;

/// A file larger than this is not ours: several times what the most accounts and tokens take.
const LARGEST_FILE: u64 = 512 * 1024;
/// More users than one appliance has.
const ACCOUNTS: usize = 64;

/// Why the accounts could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    #[error("read accounts from {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The position only: the text holds hashes.
    #[error("{}:{line}:{column}: not an accounts file", path.display())]
    Parse {
        path: PathBuf,
        line: usize,
        column: usize,
    },
    #[error("write accounts to {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accounts {
    accounts: Vec<Account>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tokens: Vec<ApiToken>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) name: String,
    /// PHC string.
    pub(super) password: String,
    /// Absent in files of older systems, and for admins still, so that those read it.
    #[serde(default = "Role::of_old", skip_serializing_if = "Role::is_admin")]
    pub(super) role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) second_factor: Option<SecondFactor>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Accounts {
    /// A missing file is no account. Anything else that cannot be read is an error, never an
    /// unclaimed appliance.
    pub(super) fn load(file: &Path) -> Result<Self, AccountsError> {
        let failed = |source| AccountsError::Read {
            path: file.to_owned(),
            source,
        };
        match std::fs::metadata(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error)),
            Ok(metadata) if metadata.len() > LARGEST_FILE => {
                return Err(failed(io::ErrorKind::FileTooLarge.into()));
            }
            Ok(_) => {}
        }
        let text = std::fs::read(file).map_err(failed)?;
        serde_json::from_slice(&text).map_err(|error| AccountsError::Parse {
            path: file.to_owned(),
            line: error.line(),
            column: error.column(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    pub(super) fn all(&self) -> &[Account] {
        &self.accounts
    }

    pub(super) fn find(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    fn find_mut(&mut self, name: &str) -> Result<&mut Account, UserError> {
        let found = self
            .accounts
            .iter_mut()
            .find(|account| account.name == name);
        found.ok_or(UserError::Unknown)
    }

    /// Adds one. Does not write to disk.
    pub(super) fn add(
        &mut self,
        name: &str,
        password: String,
        role: Role,
    ) -> Result<(), UserError> {
        if self.find(name).is_some() {
            return Err(UserError::Exists);
        }
        if self.accounts.len() >= ACCOUNTS {
            return Err(UserError::Full);
        }
        self.accounts.push(Account {
            name: name.to_owned(),
            password,
            role,
            second_factor: None,
        });
        Ok(())
    }

    /// Takes one away. Does not write to disk.
    pub(super) fn remove(&mut self, name: &str) -> Result<(), UserError> {
        self.find_mut(name)?;
        self.leave_an_admin(name)?;
        self.accounts.retain(|account| account.name != name);
        self.tokens.retain(|token| token.user != name);
        Ok(())
    }

    /// Does not write to disk.
    pub(super) fn set_role(&mut self, name: &str, role: Role) -> Result<(), UserError> {
        self.find_mut(name)?;
        if role != Role::Admin {
            self.leave_an_admin(name)?;
        }
        self.find_mut(name)?.role = role;
        Ok(())
    }

    /// Does not write to disk.
    pub(super) fn set_password(&mut self, name: &str, password: String) -> Result<(), UserError> {
        self.find_mut(name)?.password = password;
        Ok(())
    }

    /// Does not write to disk.
    pub(super) fn set_second_factor(
        &mut self,
        name: &str,
        factor: Option<SecondFactor>,
    ) -> Result<(), UserError> {
        self.find_mut(name)?.second_factor = factor;
        Ok(())
    }

    /// The user's second factor, to be spent from.
    pub(super) fn second_factor_of(&mut self, name: &str) -> Option<&mut SecondFactor> {
        self.find_mut(name).ok()?.second_factor.as_mut()
    }

    /// Whether somebody else than this user is an admin.
    fn leave_an_admin(&self, name: &str) -> Result<(), UserError> {
        let mut others = self.accounts.iter().filter(|account| account.name != name);
        let left = others.any(|account| account.role == Role::Admin);
        left.then_some(()).ok_or(UserError::LastAdmin)
    }

    /// Whether this user is the only one.
    pub(super) fn are_only(&self, name: &str) -> bool {
        matches!(&self.accounts[..], [account] if account.name == name)
    }

    /// Puts a new hash in the place of `old`, unless that has been replaced meanwhile. Does not
    /// write to disk.
    pub(super) fn replace_password(&mut self, name: &str, old: &str, new: String) {
        if let Ok(account) = self.find_mut(name)
            && account.password == old
        {
            account.password = new;
        }
    }

    /// Writes the file as a whole, readable by the appliance only.
    pub(super) fn store(&self, file: &Path) -> Result<(), AccountsError> {
        let failed = |source| AccountsError::Write {
            path: file.to_owned(),
            source,
        };
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        replace_file(file, &text, 0o600).map_err(failed)
    }
}

#[cfg(test)]
#[path = "accounts_tests.rs"]
mod tests;
