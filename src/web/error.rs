//! The one place where errors become HTTP: status, code and message of `docs/protocol.md`.
//!
//! What goes wrong inside is logged here; the other side learns only that it did.

use std::time::Duration;

use http::{StatusCode, header};
use warp::reply::{Reply as _, Response};

use super::about::AboutError;
use super::identity::UploadError;
use crate::audit::NoAudit;
use crate::auth::{ClaimError, GuestOver, LoginError, Role, TokenError, UserError};
use crate::console::{CableError, PasteError};
use crate::net::{ChangeError, ConfirmError, WakeError, wifi};
use crate::settings::{NotAllowed, NotPending, SettingsError};
use crate::slot::refusal::Refusal;
use crate::system::{PowerError, ResetError};
use crate::update::UpdateError;
use crate::video::NoPicture;
use crate::video::edid::Faults;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("there is nothing here")]
    NotFound,
    #[error("this path does not take that method")]
    Method,
    #[error("the request's Host is not this appliance")]
    Misdirected,
    #[error("the request comes from another site, or says not where from (Origin)")]
    Origin,
    #[error("this appliance has no owner yet: claim it first")]
    Unclaimed,
    #[error("log in first")]
    NoSession,
    #[error("this takes the rights of an {}: log in as somebody who has them", .0.name())]
    Role(Role),
    #[error("only who is logged in with a password may do this")]
    NotAPerson,
    #[error("give your password again first: this takes a proof of the last ten minutes")]
    Confirm,
    #[error("there is none of this id that you may end")]
    Unlisted,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Guest(#[from] GuestOver),
    #[error("the body is larger than {} KiB", .0 / 1024)]
    TooLarge(usize),
    #[error("the body did not arrive")]
    Incomplete,
    #[error("{0}")]
    Body(String),
    #[error("this path takes a WebSocket, version 13")]
    NotSocket,
    #[error("no picture: {0}")]
    NoPicture(&'static str),
    #[error(transparent)]
    Claim(#[from] ClaimError),
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    User(#[from] UserError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    NotPending(#[from] NotPending),
    #[error("a change of the network is waiting to be confirmed: confirm it or take it back first")]
    Pending,
    #[error("this system's network is not managed by Farseat")]
    NotManaged,
    #[error(transparent)]
    Wifi(#[from] wifi::ChangeError),
    #[error(transparent)]
    WifiKept(#[from] wifi::ConfirmError),
    #[error("no machine of this name is on the list")]
    NoMachine,
    #[error(transparent)]
    Wake(#[from] WakeError),
    #[error(transparent)]
    Update(#[from] UpdateError),
    #[error(transparent)]
    Reset(#[from] ResetError),
    #[error(transparent)]
    Power(#[from] PowerError),
    #[error(transparent)]
    About(#[from] AboutError),
    #[error(transparent)]
    Certificate(#[from] UploadError),
    #[error(transparent)]
    Audit(#[from] NoAudit),
    #[error(transparent)]
    Cable(#[from] CableError),
    #[error(transparent)]
    Edid(#[from] Faults),
    #[error("this capture device's EDID cannot be changed")]
    FixedEdid,
    #[error(transparent)]
    Paste(#[from] PasteError),
    #[error("{count} of these characters are not on this layout, first {char:?} as number {}: leave them out or replace them (`unknown`), or choose another layout", at + 1)]
    Untypable { count: usize, char: char, at: usize },
    /// A blocking task was lost: a defect.
    #[error("the work was not finished")]
    Lost(#[from] tokio::task::JoinError),
}

impl From<NotAllowed> for ApiError {
    fn from(problem: NotAllowed) -> Self {
        ApiError::Settings(problem.into())
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotAllowed(problem) => problem.into(),
            ChangeError::Pending => ApiError::Pending,
            ChangeError::NotManaged => ApiError::NotManaged,
        }
    }
}

impl From<ConfirmError> for ApiError {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::NotPending(none) => none.into(),
            ConfirmError::Settings(error) => error.into(),
        }
    }
}

/// The body of every error.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub(crate) struct ErrorBody {
    error: Problem,
}

/// What went wrong.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Problem {
    /// For programs; does not change.
    code: &'static str,
    /// For people.
    message: String,
    /// What the reader can do, where there is more to say than the message does.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'static str>,
}

impl ApiError {
    pub(crate) fn from_no_picture(why: NoPicture) -> Self {
        ApiError::NoPicture(match why {
            NoPicture::NoDevice => "no_device",
            NoPicture::NoCable => "no_cable",
            NoPicture::NoSync => "no_sync",
            NoPicture::OutOfRange => "out_of_range",
            NoPicture::Changed => "starting",
        })
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            ApiError::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            ApiError::Method => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            ApiError::Misdirected => (StatusCode::MISDIRECTED_REQUEST, "wrong_host"),
            ApiError::Origin => (StatusCode::FORBIDDEN, "wrong_origin"),
            ApiError::Unclaimed => (StatusCode::FORBIDDEN, "unclaimed"),
            ApiError::NoSession => (StatusCode::UNAUTHORIZED, "no_session"),
            ApiError::Role(_) => (StatusCode::FORBIDDEN, "role"),
            ApiError::NotAPerson => (StatusCode::FORBIDDEN, "not_a_person"),
            ApiError::Confirm => (StatusCode::FORBIDDEN, "confirm"),
            ApiError::NoMachine => (StatusCode::NOT_FOUND, "unknown"),
            ApiError::Unlisted => (StatusCode::NOT_FOUND, "unknown"),
            ApiError::Token(TokenError::Unknown) => (StatusCode::UNAUTHORIZED, "token"),
            ApiError::Token(TokenError::NoClock) => (StatusCode::UNAUTHORIZED, "clock_not_set"),
            ApiError::Guest(GuestOver) => (StatusCode::UNAUTHORIZED, "guest_link"),
            ApiError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            ApiError::Incomplete => (StatusCode::BAD_REQUEST, "incomplete"),
            ApiError::Body(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            ApiError::NotSocket => (StatusCode::UPGRADE_REQUIRED, "not_a_websocket"),
            ApiError::NoPicture(_) => (StatusCode::SERVICE_UNAVAILABLE, "no_picture"),
            ApiError::Claim(error) => claim(error),
            ApiError::Login(error) => login(error),
            ApiError::User(error) => user(error),
            ApiError::Settings(SettingsError::NotAllowed(_)) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid")
            }
            ApiError::Reset(ResetError::Elsewhere) | ApiError::Power(PowerError::Elsewhere) => {
                (StatusCode::CONFLICT, "not_managed")
            }
            ApiError::Power(PowerError::Pressed) => (StatusCode::CONFLICT, "busy"),
            ApiError::Settings(_)
            | ApiError::Reset(ResetError::Begin(_))
            | ApiError::Power(PowerError::Order(_))
            | ApiError::About(_)
            | ApiError::Audit(_)
            | ApiError::Lost(_) => INTERNAL,
            ApiError::NotPending(_) => (StatusCode::CONFLICT, "not_pending"),
            ApiError::Pending => (StatusCode::CONFLICT, "pending"),
            ApiError::Wifi(error) => super::wifi::refused(error),
            ApiError::WifiKept(error) => super::wifi::not_kept(error),
            ApiError::NotManaged | ApiError::Wake(WakeError::NotManaged) => {
                (StatusCode::CONFLICT, "not_managed")
            }
            ApiError::Wake(WakeError::NoLink) => (StatusCode::CONFLICT, "no_link"),
            ApiError::Update(error) => (update(error), error.code()),
            ApiError::Certificate(UploadError::Refused(_)) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "certificate")
            }
            ApiError::Certificate(UploadError::Identity(_)) => INTERNAL,
            ApiError::Cable(error) => (StatusCode::CONFLICT, cable(error)),
            ApiError::Edid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "edid"),
            ApiError::FixedEdid => (StatusCode::CONFLICT, "edid_fixed"),
            ApiError::Paste(PasteError::Busy) => (StatusCode::CONFLICT, "busy"),
            ApiError::Paste(PasteError::InControl(_)) => (StatusCode::CONFLICT, "in_control"),
            ApiError::Paste(PasteError::None) => (StatusCode::CONFLICT, "not_pasting"),
            ApiError::Untypable { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "untypable"),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            ApiError::Login(error)
            | ApiError::User(UserError::Login(error))
            | ApiError::Claim(ClaimError::User(UserError::Login(error))) => wait(error),
            _ => None,
        }
    }

    pub(crate) fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        let message = if status == INTERNAL.0 {
            log::error!("{self}{}", causes(&self));
            "something went wrong in the appliance; its log says what".to_owned()
        } else {
            self.to_string()
        };
        let next = match &self {
            ApiError::Update(error) => Some(error.next()),
            ApiError::Certificate(UploadError::Refused(refused)) => Some(refused.next()),
            _ => None,
        };
        let error = Problem {
            code,
            message,
            next,
        };
        let mut response = warp::reply::json(&ErrorBody { error }).into_response();
        *response.status_mut() = status;
        if let Some(wait) = self.retry_after() {
            // Whole seconds, never too early.
            let seconds = wait
                .as_millis()
                .div_ceil(1000)
                .try_into()
                .unwrap_or(u32::MAX);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

const INTERNAL: (StatusCode, &str) = (StatusCode::INTERNAL_SERVER_ERROR, "internal");

fn cable(error: &CableError) -> &'static str {
    match error {
        CableError::Elsewhere => "not_managed",
        CableError::Awake => "awake",
        CableError::CannotWake(_) => "cannot_wake",
        CableError::StillAsleep => "still_asleep",
        CableError::Trying => "trying",
        CableError::NotFound => "not_found_by_target",
    }
}

fn claim(error: &ClaimError) -> (StatusCode, &'static str) {
    match error {
        ClaimError::Done => (StatusCode::CONFLICT, "already_claimed"),
        ClaimError::Closed => (StatusCode::FORBIDDEN, "claim_closed"),
        ClaimError::User(error) => user(error),
    }
}

fn user(error: &UserError) -> (StatusCode, &'static str) {
    match error {
        UserError::Exists => (StatusCode::CONFLICT, "exists"),
        UserError::Unknown | UserError::Unlisted => (StatusCode::NOT_FOUND, "unknown"),
        UserError::NothingOffered => (StatusCode::CONFLICT, "nothing_offered"),
        UserError::NoSecondFactor => (StatusCode::CONFLICT, "no_second_factor"),
        UserError::NoClock => (StatusCode::CONFLICT, "clock_not_set"),
        UserError::LastAdmin => (StatusCode::CONFLICT, "last_admin"),
        UserError::Full | UserError::TooManyTokens | UserError::TooManyGuests => {
            (StatusCode::CONFLICT, "full")
        }
        UserError::Choice(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        UserError::Login(error) => login(error),
        UserError::Accounts(_) | UserError::Hash => INTERNAL,
    }
}

fn wait(error: &LoginError) -> Option<Duration> {
    match error {
        LoginError::TooMany(wait) => Some(*wait),
        LoginError::Busy => Some(Duration::from_secs(5)),
        _ => None,
    }
}

fn login(error: &LoginError) -> (StatusCode, &'static str) {
    match error {
        LoginError::Wrong => (StatusCode::UNAUTHORIZED, "login"),
        LoginError::NeedsCode => (StatusCode::UNAUTHORIZED, "second_factor"),
        LoginError::NeedsRecoveryCode | LoginError::CodeWithoutClock => {
            (StatusCode::UNAUTHORIZED, "second_factor_clock")
        }
        LoginError::WrongCode => (StatusCode::UNAUTHORIZED, "second_factor_wrong"),
        LoginError::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
        LoginError::Busy => (StatusCode::TOO_MANY_REQUESTS, "busy"),
        LoginError::Hash => INTERNAL,
    }
}

/// Whose fault it is: what is there now, what was sent, another server, or this machine.
fn update(error: &UpdateError) -> StatusCode {
    match error {
        UpdateError::Refused(
            Refusal::Busy
            | Refusal::NotBusy
            | Refusal::OnTrial
            | Refusal::NotPrimary
            | Refusal::NotWhole,
        )
        | UpdateError::Unavailable(_)
        | UpdateError::Superseded
        | UpdateError::Range { .. }
        | UpdateError::Canceled
        | UpdateError::NoChannel
        | UpdateError::NothingForUs
        | UpdateError::Restarting => StatusCode::CONFLICT,
        UpdateError::Refused(
            Refusal::Image | Refusal::Read(_) | Refusal::Write(_) | Refusal::Flag | Refusal::NoCard,
        )
        | UpdateError::File(_)
        | UpdateError::Lost => StatusCode::SERVICE_UNAVAILABLE,
        UpdateError::Refused(_) | UpdateError::Trailing | UpdateError::Url(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        UpdateError::Truncated { .. } | UpdateError::Interrupted => StatusCode::BAD_REQUEST,
        UpdateError::Oversize => StatusCode::PAYLOAD_TOO_LARGE,
        UpdateError::Unreachable(_)
        | UpdateError::Tls(_)
        | UpdateError::Status(_)
        | UpdateError::Dropped
        | UpdateError::Index(_)
        | UpdateError::IndexSignature
        | UpdateError::IndexOld => StatusCode::BAD_GATEWAY,
    }
}

/// `: cause: its cause …`
fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .map(|cause| format!(": {cause}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::AccountsError;

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        let error = ApiError::Login(LoginError::TooMany(Duration::from_millis(1001)));
        let response = error.into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }

    /// The page asks for another thing after each.
    #[test]
    fn what_a_login_lacks_has_a_code_of_its_own() {
        for (error, code) in [
            (LoginError::NeedsCode, "second_factor"),
            (LoginError::WrongCode, "second_factor_wrong"),
            (LoginError::NeedsRecoveryCode, "second_factor_clock"),
            (LoginError::CodeWithoutClock, "second_factor_clock"),
        ] {
            assert_eq!(login(&error), (StatusCode::UNAUTHORIZED, code));
        }
    }

    #[tokio::test]
    async fn what_went_wrong_inside_is_not_told_outside() {
        let error = ApiError::User(UserError::Accounts(AccountsError::Write {
            path: "/var/lib/secret".into(),
            source: std::io::ErrorKind::StorageFull.into(),
        }));
        let response = error.into_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = http_body_util::BodyExt::collect(response.into_body())
            .await
            .expect("body");
        let text = String::from_utf8(body.to_bytes().into()).expect("text");
        assert!(
            text.contains("\"internal\"") && !text.contains("secret"),
            "{text}"
        );
    }
}
