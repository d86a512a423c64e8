//! Password hashes that were made elsewhere: which are taken, at what cost, and checking a password
//! against them. Pure.
//!
//! Raspberry Pi Imager writes yescrypt, other tools sha512-crypt or argon2id. The first login with
//! such a hash replaces it by our own argon2id. Until then the time that a login takes tells that
//! the name exists.

use argon2::password_hash::PasswordHash as Phc;
use sha_crypt::password_hash::{Error as HashError, PasswordVerifier as _};

/// No hash that is taken needs more memory than this to check: two are checked at once.
const MOST_MEMORY_KIB: u64 = 64 * 1024;
/// Argon2: memory times passes, in KiB. About two seconds on a Pi 4.
const MOST_ARGON2_WORK: u64 = 8 * MOST_MEMORY_KIB;
/// sha-crypt: about a second on a Pi 4.
const MOST_ROUNDS: u32 = 500_000;
/// The longest of them, argon2id with its parameters, has about a hundred characters.
const LONGEST: usize = 256;

/// A password hash that [`PasswordHash::parse`] took, or one of our own.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// Why a hash is not taken. Never shows the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashRefused {
    #[error(
        "not a password hash that is known here: argon2id ($argon2id$), yescrypt ($y$), sha512-crypt ($6$) or sha256-crypt ($5$)"
    )]
    Form,
    #[error(
        "its cost is more than this appliance can pay at every login: allowed are 64 MiB of memory and 500000 rounds"
    )]
    TooDear,
}

impl PasswordHash {
    /// Checks form and cost.
    ///
    /// # Errors
    /// Another kind of hash, one that is cut short, or one that takes too long to check.
    pub fn parse(text: &str) -> Result<PasswordHash, HashRefused> {
        if text.len() > LONGEST {
            return Err(HashRefused::Form);
        }
        match Kind::of(text).ok_or(HashRefused::Form)? {
            Kind::Argon2id => check_argon2(text)?,
            Kind::Yescrypt => check_yescrypt(text)?,
            Kind::ShaCrypt => check_sha_crypt(text)?,
        }
        Ok(PasswordHash(text.to_owned()))
    }

    /// Hashes a password as the appliance itself does. Blocks for a tenth of a second.
    ///
    /// # Errors
    /// There is no randomness or no memory.
    pub fn of(password: &str) -> Result<PasswordHash, argon2::password_hash::Error> {
        super::password::hash(password).map(PasswordHash)
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Argon2id,
    Yescrypt,
    /// With SHA-256 or SHA-512.
    ShaCrypt,
}

impl Kind {
    pub(super) fn of(text: &str) -> Option<Kind> {
        let (kind, _) = text.strip_prefix('$')?.split_once('$')?;
        match kind {
            "argon2id" => Some(Kind::Argon2id),
            "y" => Some(Kind::Yescrypt),
            "5" | "6" => Some(Kind::ShaCrypt),
            _ => None,
        }
    }
}

/// No password that may be chosen is longer: 256 characters of at most four bytes.
const LONGEST_PASSWORD: usize = 1024;

/// Whether `password` is the one of a crypt(3) hash.
pub(super) fn verify_crypt(kind: Kind, stored: &str, password: &str) -> Result<bool, HashError> {
    // sha-crypt goes through the whole password in every round.
    if password.len() > LONGEST_PASSWORD {
        return Ok(false);
    }
    let password = password.as_bytes();
    let checked = match kind {
        Kind::Yescrypt => yescrypt::Yescrypt::default().verify_password(password, stored),
        Kind::ShaCrypt => sha_crypt::ShaCrypt::default().verify_password(password, stored),
        Kind::Argon2id => Err(HashError::Algorithm),
    };
    match checked {
        Ok(()) => Ok(true),
        Err(HashError::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

fn check_argon2(text: &str) -> Result<(), HashRefused> {
    let hash = Phc::new(text).map_err(|_| HashRefused::Form)?;
    if hash.salt.is_none() || hash.hash.is_none() {
        return Err(HashRefused::Form);
    }
    let params = argon2::Params::try_from(&hash).map_err(|_| HashRefused::Form)?;
    let memory = u64::from(params.m_cost());
    let work = memory * u64::from(params.t_cost());
    let bearable = memory <= MOST_MEMORY_KIB && work <= MOST_ARGON2_WORK && params.p_cost() <= 16;
    bearable.then_some(()).ok_or(HashRefused::TooDear)
}

/// `$y$<flavour, N and r>$<salt>$<hash>`. The optional parameters behind r (more lanes, more passes)
/// are taken by nobody's default, so a text that has them is not taken here either.
fn check_yescrypt(text: &str) -> Result<(), HashRefused> {
    let fields: Vec<&str> = text.split('$').skip(2).collect();
    let [cost, salt, hash] = fields[..] else {
        return Err(HashRefused::Form);
    };
    let params: yescrypt::Params = cost.parse().map_err(|_| HashRefused::Form)?;
    let memory = params.n().checked_mul(128 * u64::from(params.r()));
    if memory.is_none_or(|bytes| bytes > MOST_MEMORY_KIB * 1024) {
        return Err(HashRefused::TooDear);
    }
    let plain = yescrypt::Params::new(yescrypt::Mode::Rw, params.n(), params.r(), 1);
    let plain = plain.map_err(|_| HashRefused::Form)?.to_string();
    let fits = plain == cost && (1..=86).contains(&salt.len()) && hash.len() == 43;
    (fits && is_crypt_text(salt) && is_crypt_text(hash))
        .then_some(())
        .ok_or(HashRefused::Form)
}

/// `$5$` or `$6$`, then perhaps `rounds=N$`, then salt and hash.
fn check_sha_crypt(text: &str) -> Result<(), HashRefused> {
    let mut fields: Vec<&str> = text.split('$').skip(2).collect();
    if let Some(rounds) = fields[0].strip_prefix("rounds=") {
        let rounds: u32 = rounds.parse().map_err(|_| HashRefused::Form)?;
        if rounds > MOST_ROUNDS {
            return Err(HashRefused::TooDear);
        }
        // Below a thousand crypt(3) takes a thousand; nobody writes that.
        if rounds < sha_crypt::Params::ROUNDS_MIN {
            return Err(HashRefused::Form);
        }
        fields.remove(0);
    }
    let [salt, hash] = fields[..] else {
        return Err(HashRefused::Form);
    };
    let length = if text.starts_with("$5$") { 43 } else { 86 };
    let fits = (1..=16).contains(&salt.len()) && hash.len() == length;
    (fits && is_crypt_text(salt) && is_crypt_text(hash))
        .then_some(())
        .ok_or(HashRefused::Form)
}

fn is_crypt_text(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// "correct horse", by the crypt(3) of Debian 12.
    const CRYPT: [&str; 4] = [
        "$y$j9T$abcdefghijklmnop$0Hi8KsZH/hAMRN9Bam6ce3nmi5QAIz3R/KeaXG/c7p9",
        // Raspberry Pi Imager's cost.
        "$y$jB5$abcdefghijklmnop$caizaMzTsVf5iPKHI1tls.K1QiCqddl6DRlbTrJmleC",
        "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
        "$5$rounds=6000$saltsalt$mLNPMuq8whd9yKGJ1pRVC6ZP4MSOn/Ve7aZRadFPM4B",
    ];

    #[test]
    fn hashes_of_crypt_are_taken_and_checked() {
        for text in CRYPT {
            assert_eq!(PasswordHash::parse(text), Ok(PasswordHash(text.to_owned())));
            let kind = Kind::of(text).expect("known");
            assert_eq!(
                verify_crypt(kind, text, "correct horse"),
                Ok(true),
                "{text}"
            );
            assert_eq!(
                verify_crypt(kind, text, "correct horsf"),
                Ok(false),
                "{text}"
            );
        }
    }

    #[test]
    fn our_own_hash_is_taken() {
        let own = PasswordHash::of("correct horse").expect("hash");
        assert_eq!(PasswordHash::parse(&own.0), Ok(own.clone()));
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        let cut = |text: &str| text[..text.len() - 1].to_owned();
        let mut bad: Vec<String> = CRYPT.iter().map(|text| cut(text)).collect();
        bad.extend(
            [
                "",
                "$",
                "$$",
                "correct horse",
                "$1$salt$x",
                "$2b$12$abc",
                "$5$",
                "$y$",
                "$y$j9T$",
                "$6$rounds=$salt$x",
                "$argon2id$",
                "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
                "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            ]
            .map(str::to_owned),
        );
        for text in bad {
            assert_eq!(PasswordHash::parse(&text), Err(HashRefused::Form), "{text}");
        }
    }

    #[test]
    fn a_hash_that_costs_too_much_is_refused() {
        for text in [
            "$argon2id$v=19$m=1048576,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$argon2id$v=19$m=65536,t=200,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$6$rounds=999999999$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
            // N = 2^24, r = 32: 64 GiB.
            "$y$jLT$abcdefghijklmnop$0Hi8KsZH/hAMRN9Bam6ce3nmi5QAIz3R/KeaXG/c7p9",
        ] {
            assert_eq!(
                PasswordHash::parse(text),
                Err(HashRefused::TooDear),
                "{text}"
            );
        }
    }

    #[test]
    fn debug_shows_no_hash() {
        let own = PasswordHash::parse(CRYPT[0]).expect("hash");
        assert_eq!(format!("{own:?}"), "PasswordHash");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn no_text_makes_parsing_panic(kind in "\\$?(argon2id|y|5|6|rounds)?", rest in "[$a-zA-Z0-9./=,]{0,120}", any in ".{0,40}") {
            let _ = PasswordHash::parse(&format!("{kind}{rest}"));
            let _ = PasswordHash::parse(&any);
        }

        /// What is taken can be checked without a panic and in bounded time.
        #[test]
        fn a_cost_that_is_taken_is_bearable(cost in "j[./0-9A-F][./0-9A-F]{1,2}") {
            let text = format!("$y${cost}$abcdefghijklmnop$0Hi8KsZH/hAMRN9Bam6ce3nmi5QAIz3R/KeaXG/c7p9");
            if let (Ok(_), Ok(params)) = (PasswordHash::parse(&text), cost.parse::<yescrypt::Params>()) {
                prop_assert!(params.n() * u64::from(params.r()) * 128 <= 64 << 20);
            }
        }
    }
}
