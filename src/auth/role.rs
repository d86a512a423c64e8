//! What somebody may do: three roles, each with the rights of those below it. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A greater one may do more.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees the target and how the appliance is.
    Viewer,
    /// Uses the target: keyboard, mouse, media, power.
    Operator,
    /// Decides about the appliance: users, network, updates, keys.
    Admin,
}

impl Role {
    /// Of an account whose file names none: the only account of older systems, who owns it.
    pub(super) fn of_old() -> Role {
        Role::Admin
    }

    pub(super) fn is_admin(&self) -> bool {
        *self == Role::Admin
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_those_below_it_may() {
        assert!(Role::Viewer < Role::Operator && Role::Operator < Role::Admin);
    }
}
