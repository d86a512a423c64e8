//! Accounts, sessions, the claim, and the login's rate limit.
//!
//! `web` asks; this decides. Time comes in as a parameter where a decision depends on it.
//! Never logs a password, a token or a hash.

/// Cheap handle to accounts and sessions.
#[derive(Clone)]
pub struct Auth {}
