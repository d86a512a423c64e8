//! The part of the appliance's `auth` that a preseed file meets: names, passwords, hashes that others made.

#[path = "../../../src/auth/foreign.rs"]
#[allow(dead_code, reason = "nobody logs in here")]
mod foreign;
#[path = "../../../src/auth/password.rs"]
#[allow(dead_code, reason = "nobody logs in here")]
mod password;

#[path = "../../../src/auth/secret.rs"]
#[allow(dead_code, reason = "nobody logs in here")]
mod secret;

pub use foreign::PasswordHash;
pub use password::{check_name, check_password};
pub use secret::Token;
