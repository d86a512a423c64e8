//! The routes about people and what they have open.

use http::Method;

use super::super::route::{Handler, Parameter, Route};
use super::super::{account, audit, second_factor, sessions, tokens, users};
use super::{BAD_BODY, PROOF, SLOW_DOWN};

const UNKNOWN: (u16, &str) = (404, "There is none of this name or id");
const LAST_ADMIN: (u16, &str) = (409, "`last_admin`: nobody would be admin any more");

pub(super) fn routes() -> Vec<Route> {
    let mut routes = own();
    routes.extend(second_factor());
    routes.extend(of_tokens());
    routes.extend(of_guests());
    routes.extend(of_users());
    routes.extend(of_audit());
    routes
}

fn of_audit() -> Vec<Route> {
    const PAGE: &[Parameter] = &[
        Parameter {
            name: "before",
            place: "query",
            about: "Only entries with a smaller number.",
        },
        Parameter {
            name: "limit",
            place: "query",
            about: "At most so many, 1 to 500; 100 when nothing is said.",
        },
    ];
    vec![
        Route::new(Method::GET, "/api/v1/audit", Handler::admin(audit::page))
            .about("The audit log, the newest entry first, and whether its chain is whole.")
            .parameters(PAGE)
            .gives::<audit::Page>()
            .refusals(&[(422, "The query is not as described")]),
        Route::new(
            Method::GET,
            "/api/v1/audit.jsonl",
            Handler::admin(audit::export),
        )
        .about(
            "All of the audit log as it is kept, one entry a line with its hash, the oldest first.",
        )
        .gives_media("application/jsonl"),
    ]
}

fn second_factor() -> Vec<Route> {
    const CLOCK: (u16, &str) = (409, "`clock_not_set`: codes depend on the time");
    vec![
        Route::new(
            Method::POST,
            "/api/v1/second-factor/begin",
            Handler::proven(second_factor::begin),
        )
        .about("Offer a secret for an authenticator app. In force only when a code of it has come back.")
        .gives::<crate::auth::Offer>(),
        Route::new(
            Method::POST,
            "/api/v1/second-factor/enable",
            Handler::proven(second_factor::enable),
        )
        .about("Put the offered secret in force, by a code of it; the answer has the recovery codes, this once.")
        .takes::<second_factor::Code>()
        .gives::<second_factor::RecoveryCodes>()
        .refusals(&[PROOF, CLOCK, BAD_BODY]),
        Route::new(
            Method::POST,
            "/api/v1/second-factor/disable",
            Handler::proven(second_factor::disable),
        )
        .about("Logins take the password alone again."),
        Route::new(
            Method::POST,
            "/api/v1/second-factor/recovery-codes",
            Handler::proven(second_factor::renew),
        )
        .about("Other recovery codes instead of those that are left; shown this once.")
        .gives::<second_factor::RecoveryCodes>()
        .refusals(&[(409, "`no_second_factor`")]),
    ]
}

fn of_tokens() -> Vec<Route> {
    vec![
        Route::new(
            Method::GET,
            "/api/v1/tokens",
            Handler::viewer(tokens::tokens),
        )
        .about("The user's own API tokens; an admin sees everybody's.")
        .gives::<tokens::Tokens>(),
        Route::new(
            Method::POST,
            "/api/v1/tokens/create",
            Handler::proven(tokens::make_token),
        )
        .about("Make an API token, shown this once. Programs send it as `Authorization: Bearer`.")
        .takes::<tokens::WantedToken>()
        .gives::<crate::auth::NewToken>()
        .refusals(&[
            (
                409,
                "`clock_not_set`: the end is a date; `full`: there are 64 tokens",
            ),
            BAD_BODY,
        ]),
        Route::new(
            Method::POST,
            "/api/v1/tokens/revoke",
            Handler::viewer(tokens::revoke_token),
        )
        .about("End an API token and what is open with it.")
        .takes::<tokens::ById>()
        .refusals(&[UNKNOWN, BAD_BODY]),
    ]
}

fn of_guests() -> Vec<Route> {
    vec![
        Route::new(
            Method::POST,
            "/api/v1/session/guest",
            Handler::claimed(account::enter),
        )
        .about("Enter with a guest link: the answer sets the cookie `__Host-session`.")
        .takes::<account::Entry>()
        .refusals(&[(401, "`guest_link`: unknown, over or revoked"), BAD_BODY]),
        Route::new(
            Method::GET,
            "/api/v1/guests",
            Handler::operator(tokens::guests),
        )
        .about("The guest links that are open.")
        .gives::<tokens::Guests>(),
        Route::new(
            Method::POST,
            "/api/v1/guests/create",
            Handler::inviter(tokens::make_guest),
        )
        .about("Make a guest link, shown this once. A restart ends it, too.")
        .takes::<tokens::WantedGuest>()
        .gives::<crate::auth::NewGuest>()
        .refusals(&[(409, "`full`: there are 32 guest links"), BAD_BODY]),
        Route::new(
            Method::POST,
            "/api/v1/guests/revoke",
            Handler::inviter(tokens::revoke_guest),
        )
        .about("End a guest link of the user's own, for an admin any, and what is open with it.")
        .takes::<tokens::ById>()
        .refusals(&[UNKNOWN, BAD_BODY]),
    ]
}

fn own() -> Vec<Route> {
    vec![
        Route::new(
            Method::POST,
            "/api/v1/session/confirm",
            Handler::person(sessions::confirm),
        )
        .about("Give the password again, for what asks for a proof of the last ten minutes.")
        .takes::<sessions::Confirm>()
        .refusals(&[PROOF, BAD_BODY, SLOW_DOWN]),
        Route::new(
            Method::GET,
            "/api/v1/sessions",
            Handler::viewer(sessions::list),
        )
        .about("The user's own sessions; an admin sees everybody's, a guest or program its own one.")
        .gives::<sessions::Sessions>(),
        Route::new(
            Method::POST,
            "/api/v1/sessions/revoke",
            Handler::viewer(sessions::revoke),
        )
        .about("End one of those, or all other logins of the user. Their sockets are closed with 4401, their streams and uploads end.")
        .takes::<sessions::Revoke>()
        .refusals(&[UNKNOWN, BAD_BODY]),
        Route::new(
            Method::POST,
            "/api/v1/password",
            Handler::person(sessions::password),
        )
        .about("Change the own password. The user's other logins end; this session goes on.")
        .takes::<sessions::NewPassword>()
        .refusals(&[PROOF, BAD_BODY, SLOW_DOWN]),
    ]
}

fn of_users() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/users", Handler::admin(users::list))
            .about("Everybody who has an account.")
            .gives::<users::Users>(),
        Route::new(
            Method::POST,
            "/api/v1/users/add",
            Handler::confirmed(users::add),
        )
        .about("Add a user.")
        .takes::<users::NewUser>()
        .refusals(&[
            (409, "`exists`: the name is taken; `full`: there are 64 users"),
            BAD_BODY,
        ]),
        Route::new(
            Method::POST,
            "/api/v1/users/change",
            Handler::confirmed(users::change),
        )
        .about("Give a user another role or password, or take the second factor away. A new role ends the user's sessions, a new password their logins.")
        .takes::<users::Change>()
        .refusals(&[UNKNOWN, LAST_ADMIN, BAD_BODY]),
        Route::new(
            Method::POST,
            "/api/v1/users/remove",
            Handler::confirmed(users::remove),
        )
        .about("Take a user away, and end what they have: sessions, API tokens, guest links.")
        .takes::<users::Named>()
        .refusals(&[UNKNOWN, LAST_ADMIN, BAD_BODY]),
    ]
}
