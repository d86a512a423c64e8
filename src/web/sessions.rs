//! Sessions: the list of them, ending one, and proving again who one is.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::Reply as _;

use super::account::note_proof;
use super::error::ApiError;
use super::gate::{Person, Standing as _, Viewer};
use super::route::{Answer, Call};
use crate::audit::What;
use crate::auth::{Listed, Proof, UserError};

/// The sessions that the asker may see, the newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Sessions {
    sessions: Vec<Listed>,
}

/// Which to end.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Revoke {
    /// One.
    One { id: String },
    /// All of the asker's other logins.
    Others {
        /// Only `true` is taken.
        others: bool,
    },
}

/// The password again. No `Debug`: it holds secrets.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirm {
    password: String,
    /// Six digits or a recovery code, for users with a second factor.
    code: Option<String>,
}

/// The user's own new password. No `Debug`: it holds secrets.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    old: String,
    /// 8 to 256 characters.
    new: String,
}

pub(crate) async fn list(call: Call, viewer: Viewer) -> Answer {
    let sessions = call.face.services.auth.sessions(&viewer);
    Ok(warp::reply::json(&Sessions { sessions }).into_response())
}

pub(crate) async fn revoke(call: Call, viewer: Viewer) -> Answer {
    let auth = &call.face.services.auth;
    match call.json()? {
        Revoke::One { id } => {
            let whose = auth.revoke(&viewer, &id).ok_or(ApiError::Unlisted)?;
            call.note(&viewer, What::SessionRevoked, format!("of {whose}"));
        }
        Revoke::Others { others: true } => {
            let person = Person::of(viewer.clone())?;
            auth.revoke_others(&person);
            call.note(&viewer, What::SessionRevoked, "all other own logins");
        }
        Revoke::Others { others: false } => {
            return Err(ApiError::Body("others: only true is allowed".to_owned()));
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn confirm(call: Call, person: Person) -> Answer {
    let Confirm { password, code } = call.json()?;
    let proof = Proof::Password { password, code };
    let address = call.connection.peer.ip();
    let auth = &call.face.services.auth;
    let confirmed = auth.confirm(&person, address, &proof).await;
    note_proof(&call, person.user(), &proof, confirmed.as_ref().err());
    confirmed?;
    call.note(&person, What::Confirm, "");
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn password(call: Call, person: Person) -> Answer {
    let NewPassword { old, new } = call.json()?;
    let auth = &call.face.services.auth;
    let address = call.connection.peer.ip();
    let changed = auth.change_password(&person, address, &old, &new).await;
    if let Err(UserError::Login(error)) = &changed {
        let proof = Proof::password("");
        note_proof(&call, person.user(), &proof, Some(error));
    }
    changed?;
    call.note(&person, What::PasswordChanged, "");
    Ok(StatusCode::NO_CONTENT.into_response())
}
