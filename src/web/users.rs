//! Users: who there is, adding, changing, taking away.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::gate::{Admin, Confirmed};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::auth::{Role, User, UserChange};

/// Everybody who has an account.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Users {
    users: Vec<User>,
}

/// A new user. No `Debug`: it holds a password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// 1 to 32 of a-z, 0-9, '.', '_' and '-'.
    name: String,
    role: Role,
    /// 8 to 256 characters.
    password: String,
}

/// What is to become of a user; what is left out stays. No `Debug`: it holds a password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserChange")]
pub(crate) struct Change {
    name: String,
    role: Option<Role>,
    /// 8 to 256 characters.
    password: Option<String>,
    /// Only `false` is taken: the second factor is taken away.
    second_factor: Option<No>,
}

impl Change {
    /// For the audit log.
    fn words(&self) -> String {
        let role = self.role.map(|role| format!("role {}", role.name()));
        let password = self.password.as_ref().map(|_| "a new password".to_owned());
        let factor = self.second_factor.map(|_| "no second factor".to_owned());
        let changes: Vec<_> = [role, password, factor].into_iter().flatten().collect();
        format!("{}: {}", self.name, changes.join(", "))
    }
}

/// A user, by name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserName")]
pub(crate) struct Named {
    name: String,
}

/// `false`.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(try_from = "bool")]
#[schemars(with = "bool")]
pub(crate) struct No;

impl TryFrom<bool> for No {
    type Error = &'static str;

    fn try_from(yes: bool) -> Result<No, &'static str> {
        if yes {
            Err("second_factor: only false is allowed; users turn theirs on themselves")
        } else {
            Ok(No)
        }
    }
}

pub(crate) async fn list(call: Call, admin: Admin) -> Answer {
    let users = call.face.services.auth.users(&admin);
    Ok(warp::reply::json(&Users { users }).into_response())
}

pub(crate) async fn add(call: Call, admin: Confirmed) -> Answer {
    let new: NewUser = call.json()?;
    let auth = &call.face.services.auth;
    auth.add_user(&new.name, new.role, &new.password).await?;
    let detail = format!("{} as {}", new.name, new.role.name());
    call.note(&admin, What::UserAdded, detail);
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn change(call: Call, admin: Confirmed) -> Answer {
    let change: Change = call.json()?;
    let detail = change.words();
    let wanted = UserChange {
        role: change.role,
        password: change.password,
        without_second_factor: change.second_factor.is_some(),
    };
    let auth = &call.face.services.auth;
    auth.change_user(&admin, &change.name, wanted).await?;
    call.note(&admin, What::UserChanged, detail);
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn remove(call: Call, admin: Confirmed) -> Answer {
    let user: Named = call.json()?;
    call.face.services.auth.remove_user(&user.name).await?;
    call.note(&admin, What::UserRemoved, user.name.as_str());
    Ok(StatusCode::NO_CONTENT.into_response())
}
