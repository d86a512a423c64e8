//! Who am I, may I claim this, log in, log out.

use http::{StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::reply::{Reply as _, Response};

use super::chain;
use super::credentials;
use super::error::ApiError;
use super::gate::Viewer;
use super::route::{Answer, Call};
use crate::audit::What;
use crate::auth::{ClaimState, Kind, LoginError, Proof, Role, Token};
use crate::settings::SettingsError;

/// What everybody may know.
#[derive(Serialize, JsonSchema)]
pub(crate) struct State {
    /// The appliance's name.
    name: String,
    version: &'static str,
    claim: ClaimState,
    /// Who is logged in here.
    user: Option<String>,
    /// What they may do.
    role: Option<Role>,
}

/// A new owner. No `Debug`: it holds a password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claim {
    /// 1 to 32 of a-z, 0-9, '.', '_' and '-'.
    username: String,
    /// 8 to 256 characters.
    password: String,
    /// A host name.
    device_name: Option<String>,
}

/// A login. No `Debug`: it holds a password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    username: String,
    password: String,
    /// Six digits or a recovery code, for users with a second factor.
    code: Option<String>,
}

/// Who is logged in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
pub(crate) struct Who {
    user: String,
    role: Role,
    kind: Kind,
    /// Seconds for which the password counts as given a moment ago; 0 = it does not.
    confirmed: u64,
    /// Whether this user's logins need a code as well.
    second_factor: bool,
    /// Seconds.
    expires_in: u64,
}

pub(crate) async fn state(call: Call) -> Answer {
    let services = &call.face.services;
    let session = chain::session(&call);
    let state = State {
        name: services.settings.current().device.name,
        version: env!("CARGO_PKG_VERSION"),
        claim: services.auth.claim_state(),
        role: session.as_ref().map(|session| session.role()),
        user: session.map(|session| session.user().to_owned()),
    };
    Ok(warp::reply::json(&state).into_response())
}

pub(crate) async fn claim(call: Call) -> Answer {
    let claim: Claim = call.json()?;
    if let Some(name) = &claim.device_name {
        let mut next = call.face.services.settings.current();
        name.clone_into(&mut next.device.name);
        next.check().map_err(SettingsError::from)?;
    }
    let token = call
        .face
        .services
        .auth
        .claim(&call.caller(), &claim.username, &claim.password)
        .await?;
    call.note_of(Some(&claim.username), What::Claim, call.caller().device);
    if let Some(name) = claim.device_name {
        rename(&call, name).await?;
    }
    Ok(logged_in(&token))
}

/// Stores the name and makes a certificate for it.
async fn rename(call: &Call, name: String) -> Result<(), ApiError> {
    let face = call.face.clone();
    let renamed = tokio::task::spawn_blocking(move || {
        face.services
            .settings
            .change(|settings| name.clone_into(&mut settings.device.name))?;
        if let Err(error) = face.identity.adopt(&name) {
            // The old certificate goes on working for addresses.
            log::error!("make a certificate for {name}: {error}");
        }
        Ok::<(), SettingsError>(())
    });
    Ok(renamed.await??)
}

pub(crate) async fn login(call: Call) -> Answer {
    let login: Login = call.json()?;
    let proof = Proof::Password {
        password: login.password,
        code: login.code,
    };
    let (auth, name) = (&call.face.services.auth, &login.username);
    let token = auth.login(&call.caller(), name, &proof).await;
    note_proof(&call, name, &proof, token.as_ref().err());
    if token.is_ok() {
        call.note_of(Some(name), What::Login, call.caller().device);
    }
    Ok(logged_in(&token?))
}

/// Records a proof that was refused, and a recovery code that is gone. A name that no user has is
/// not kept: some type their password there.
pub(super) fn note_proof(call: &Call, name: &str, proof: &Proof, refused: Option<&LoginError>) {
    let known = call.face.services.auth.is_user(name);
    let who = known.then_some(name);
    match refused {
        Some(
            error @ (LoginError::Wrong | LoginError::WrongCode | LoginError::CodeWithoutClock),
        ) => {
            call.note_of(who, What::LoginRefused, error.to_string());
        }
        None if proof.is_with_recovery_code() => {
            call.note_of(who, What::RecoveryCodeUsed, "");
        }
        _ => {}
    }
}

/// A guest link.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GuestLogin")]
pub(crate) struct Entry {
    /// What follows `#guest=` in the link.
    token: String,
}

pub(crate) async fn enter(call: Call) -> Answer {
    let entry: Entry = call.json()?;
    let auth = &call.face.services.auth;
    let entered = auth.enter(&call.caller(), &entry.token);
    let guest = entered.as_ref().ok();
    match guest.and_then(|token| auth.session(token.as_str())) {
        Some(guest) => call.note(&guest, What::GuestUsed, call.caller().device),
        None => call.note_of(None, What::LoginRefused, "a guest link that is over"),
    }
    Ok(logged_in(&entered?))
}

pub(crate) async fn who(call: Call, viewer: Viewer) -> Answer {
    let auth = &call.face.services.auth;
    let who = Who {
        user: viewer.user().to_owned(),
        role: viewer.role(),
        kind: viewer.kind(),
        confirmed: viewer.confirmed_for().as_secs(),
        second_factor: viewer.kind() != Kind::Guest && auth.has_second_factor(viewer.user()),
        expires_in: viewer.expires_in().as_secs(),
    };
    Ok(warp::reply::json(&who).into_response())
}

pub(crate) async fn log_out(call: Call, session: Viewer) -> Answer {
    call.face.services.auth.log_out(&session);
    call.note(&session, What::Logout, "");
    let mut response = StatusCode::NO_CONTENT.into_response();
    response
        .headers_mut()
        .insert(header::SET_COOKIE, credentials::forget());
    Ok(response)
}

fn logged_in(token: &Token) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response
        .headers_mut()
        .insert(header::SET_COOKIE, credentials::keep(token));
    response
}
