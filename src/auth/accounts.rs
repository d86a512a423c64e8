//! The accounts and their file. Edits change the value; only [`Accounts::store`] writes.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::settings::replace_file;

/// A file larger than this is not ours.
const LARGEST_FILE: u64 = 64 * 1024;

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
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    /// PHC string.
    password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
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

    /// The hash of this user's password.
    pub(super) fn password_of(&self, name: &str) -> Option<&str> {
        let account = self.accounts.iter().find(|account| account.name == name)?;
        Some(&account.password)
    }

    /// Adds one. Does not write to disk.
    pub(super) fn add(&mut self, name: &str, password: String) {
        self.accounts.push(Account {
            name: name.to_owned(),
            password,
        });
    }

    /// Whether this user is the only one.
    pub(super) fn are_only(&self, name: &str) -> bool {
        matches!(&self.accounts[..], [account] if account.name == name)
    }

    /// Puts a new hash in the place of `old`, unless that has been replaced meanwhile. Does not
    /// write to disk.
    pub(super) fn replace_password(&mut self, name: &str, old: &str, new: String) {
        let account = self
            .accounts
            .iter_mut()
            .find(|account| account.name == name);
        if let Some(account) = account.filter(|account| account.password == old) {
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
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn accounts_come_back_from_their_file() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("accounts.json");
        let mut accounts = Accounts::load(&file).expect("no file");
        assert!(accounts.is_empty());
        accounts.add("admin", "$argon2id$x".to_owned());
        accounts.store(&file).expect("store");
        let again = Accounts::load(&file).expect("load");
        assert_eq!(again.password_of("admin"), Some("$argon2id$x"));
        assert_eq!(again.password_of("root"), None);
        let mode = std::fs::metadata(&file)
            .expect("metadata")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_an_unclaimed_appliance() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("accounts.json");
        for text in ["", "{", "[]", "{\"accounts\":[],\"more\":1}"] {
            std::fs::write(&file, text).expect("write");
            let error = Accounts::load(&file).expect_err(text);
            assert!(
                matches!(error, AccountsError::Parse { .. }),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn debug_shows_no_hash() {
        let mut accounts = Accounts::default();
        accounts.add("admin", "$argon2id$x".to_owned());
        assert!(!format!("{accounts:?}").contains("argon2id"));
    }
}
