//! The first account from a hash that was made elsewhere, before anything is served.

use std::path::Path;

use super::accounts::{Accounts, AccountsError};
use super::accounts_file;
use super::foreign::PasswordHash;
use super::password::{ChoiceError, check_name};
use super::role::Role;
use super::users::UserError;

/// Who owns the appliance of a data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Nobody,
    /// The user that was asked about, and nobody else.
    This,
    Another,
}

/// Why the first account was not made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error("this appliance already has an owner")]
    Owned,
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    #[error(transparent)]
    User(#[from] UserError),
}

/// Whether the appliance has an owner, and whether that is `name`.
///
/// # Errors
/// The accounts file cannot be read. A damaged file is not an unclaimed appliance.
pub fn owner(folder: &Path, name: Option<&str>) -> Result<Owner, AccountsError> {
    let accounts = Accounts::load(&accounts_file(folder))?;
    Ok(if accounts.is_empty() {
        Owner::Nobody
    } else if name.is_some_and(|name| accounts.are_only(name)) {
        Owner::This
    } else {
        Owner::Another
    })
}

/// Makes the first account. Doing it again with the same name, after a power cut, gives that
/// account this hash.
///
/// # Errors
/// Somebody else owns the appliance, the name is not allowed, or the file cannot be written.
pub fn seed(folder: &Path, name: &str, hash: PasswordHash) -> Result<(), SeedError> {
    check_name(name)?;
    if owner(folder, Some(name))? == Owner::Another {
        return Err(SeedError::Owned);
    }
    let mut accounts = Accounts::default();
    accounts.add(name, hash.into_text(), Role::Admin)?;
    Ok(accounts.store(&accounts_file(folder))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash() -> PasswordHash {
        PasswordHash::of("correct horse").expect("hash")
    }

    #[test]
    fn a_seeded_appliance_has_an_owner() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let owned = |name| owner(folder.path(), name).expect("accounts");
        assert_eq!(owned(Some("ann")), Owner::Nobody);
        seed(folder.path(), "ann", hash()).expect("seed");
        assert_eq!(owned(Some("ann")), Owner::This);
        assert_eq!(owned(Some("bob")), Owner::Another);
        assert_eq!(owned(None), Owner::Another);
    }

    #[test]
    fn seeding_again_is_no_second_owner() {
        let folder = tempfile::tempdir().expect("temporary folder");
        seed(folder.path(), "ann", hash()).expect("seed");
        seed(folder.path(), "ann", hash()).expect("again");
        let other = seed(folder.path(), "bob", hash()).expect_err("owned");
        assert!(matches!(other, SeedError::Owned), "{other}");
    }

    #[test]
    fn a_name_that_no_claim_may_have_no_seed_may_have() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let refused = seed(folder.path(), "Ann Smith", hash()).expect_err("refused");
        assert!(matches!(refused, SeedError::Choice(ChoiceError::Name)));
        assert_eq!(owner(folder.path(), None).expect("accounts"), Owner::Nobody);
    }
}
