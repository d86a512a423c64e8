//! The routes about people and what they have open.

use http::Method;

use super::super::route::{Handler, Route};
use super::super::{sessions, users};
use super::{BAD_BODY, PROOF, SLOW_DOWN};

const UNKNOWN: (u16, &str) = (404, "There is none of this name or id");
const LAST_ADMIN: (u16, &str) = (409, "`last_admin`: nobody would be admin any more");

pub(super) fn routes() -> Vec<Route> {
    let mut routes = own();
    routes.extend(of_users());
    routes
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
