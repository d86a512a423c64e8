//! Names and passwords: what is allowed, and argon2id.
//!
//! Hashing blocks for tens of milliseconds: call it from a blocking task.

use argon2::password_hash::{Error as HashError, PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

use super::foreign::{self, Kind};

/// OWASP's second recommendation: 19 MiB, two passes, one lane. How long that takes, `ci/bench flood` prints.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// How our own hashes begin.
pub(super) const OWN: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// What is wrong with a name or a password that somebody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    #[error("the user name takes 1 to 32 of the characters a-z, 0-9, '.', '_' and '-'")]
    Name,
    #[error("the password takes 8 to 256 characters")]
    Password,
    #[error("the label takes 1 to 40 characters, none of them a control character")]
    Label,
    #[error("an API token takes no role above your own")]
    Role,
    #[error("a guest is a viewer or an operator, and no more than you are")]
    GuestRole,
    #[error("an API token lasts 1 to 366 days")]
    Days,
    #[error("a guest link lasts 5 to 10080 minutes")]
    Minutes,
}

/// Checks a user name.
///
/// # Errors
/// [`ChoiceError::Name`].
pub fn check_name(name: &str) -> Result<(), ChoiceError> {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
    };
    if (1..=32).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(ChoiceError::Name)
    }
}

/// Checks a new password. Length is all: rules about its characters make worse passwords.
///
/// # Errors
/// [`ChoiceError::Password`].
pub fn check_password(password: &str) -> Result<(), ChoiceError> {
    if (8..=256).contains(&password.chars().count()) {
        Ok(())
    } else {
        Err(ChoiceError::Password)
    }
}

/// Checks what somebody calls a token or a link.
pub(super) fn check_label(label: &str) -> Result<(), ChoiceError> {
    let fits = (1..=40).contains(&label.chars().count()) && !label.chars().any(char::is_control);
    let blank = label.trim().is_empty();
    (fits && !blank).then_some(()).ok_or(ChoiceError::Label)
}

/// Hashes a password with a fresh salt into a PHC string.
pub(super) fn hash(password: &str) -> Result<String, HashError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| HashError::Crypto)?;
    let salt = SaltString::encode_b64(&salt)?;
    Ok(argon2()?
        .hash_password(password.as_bytes(), &salt)?
        .to_string())
}

/// Whether the password is the one of `stored`. Without an account the same work is done, so
/// that the time does not tell whether a name exists.
pub(super) fn verify(stored: Option<&str>, password: &str) -> Result<bool, HashError> {
    let Some(stored) = stored else {
        return hash(password).map(|_| false);
    };
    match Kind::of(stored) {
        None | Some(Kind::Argon2id) => {}
        Some(kind) => {
            return foreign::verify_crypt(kind, stored, password).map_err(|_| HashError::Crypto);
        }
    }
    let stored = PasswordHash::new(stored)?;
    match argon2()?.verify_password(password.as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(HashError::Password) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The same password hashed as we do it now, when `stored` was made another way.
pub(super) fn renewed(stored: &str, password: &str) -> Result<Option<String>, HashError> {
    if stored.starts_with(OWN) {
        return Ok(None);
    }
    hash(password).map(Some)
}

/// For one run: each of them is counted in tests.
fn argon2() -> Result<Argon2<'static>, HashError> {
    #[cfg(test)]
    RUNS.set(RUNS.get() + 1);
    let params = Params::new(MEMORY_KIB, PASSES, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
thread_local! {
    /// How often argon2 has run on this thread.
    static RUNS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// `work`, whose runs of argon2 are added to `runs`.
#[cfg(test)]
pub(super) fn counted<T>(
    runs: std::sync::Arc<std::sync::atomic::AtomicUsize>,
    work: impl FnOnce() -> T,
) -> impl FnOnce() -> T {
    move || {
        let before = RUNS.get();
        let done = work();
        runs.fetch_add(RUNS.get() - before, std::sync::atomic::Ordering::Relaxed);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_verifies_its_own_password_only() {
        let stored = hash("correct horse").expect("hash");
        assert!(stored.starts_with(OWN), "{stored}");
        assert_eq!(verify(Some(&stored), "correct horse"), Ok(true));
        assert_eq!(verify(Some(&stored), "correct horsf"), Ok(false));
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        assert_ne!(hash("correct horse"), hash("correct horse"));
    }

    #[test]
    fn only_a_hash_that_was_made_another_way_is_renewed() {
        let own = hash("correct horse").expect("hash");
        assert_eq!(renewed(&own, "correct horse"), Ok(None));
        let old = own.replace("m=19456", "m=65536");
        let new = renewed(&old, "correct horse").expect("hash").expect("new");
        assert_eq!(verify(Some(&new), "correct horse"), Ok(true));
    }

    #[test]
    fn an_unknown_user_is_never_right() {
        assert_eq!(verify(None, "correct horse"), Ok(false));
    }

    #[test]
    fn names_are_short_and_plain() {
        for good in ["a", "admin", "jo.ann_2-x", &"x".repeat(32)] {
            assert_eq!(check_name(good), Ok(()), "{good:?}");
        }
        for bad in ["", "Admin", "a b", "ü", "a\n", "a/b", &"x".repeat(33)] {
            assert_eq!(check_name(bad), Err(ChoiceError::Name), "{bad:?}");
        }
    }

    #[test]
    fn passwords_have_8_to_256_characters() {
        assert_eq!(check_password("1234567"), Err(ChoiceError::Password));
        assert_eq!(check_password("12345678"), Ok(()));
        assert_eq!(check_password(&"ü".repeat(256)), Ok(()));
        assert_eq!(check_password(&"x".repeat(257)), Err(ChoiceError::Password));
    }
}
