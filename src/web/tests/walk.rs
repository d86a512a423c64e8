//! Who may use which route: every route, every method, everybody who may ask, against one list.
//!
//! The list is written here by hand and not taken from the routes, so that a route that becomes
//! open by mistake is seen, and so is one that nobody has thought about.

use super::client::{Reply, ask, glance};
use super::rig::{Rig, caller};
use crate::auth::{ClaimWindow, GuestWish, Proof, Role, Session, TokenWish};
use crate::web::table::table;

const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
];

/// Everybody who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anonymous,
    Viewer,
    Operator,
    /// Whose last proof of the password is long ago.
    Admin,
    ConfirmedAdmin,
    /// A program with a viewer's token.
    ViewerToken,
    AdminToken,
    /// With a guest link.
    ViewerGuest,
    OperatorGuest,
}

const ALL: [Who; 9] = [
    Who::Anonymous,
    Who::Viewer,
    Who::Operator,
    Who::Admin,
    Who::ConfirmedAdmin,
    Who::ViewerToken,
    Who::AdminToken,
    Who::ViewerGuest,
    Who::OperatorGuest,
];
const SESSIONS: &[Who] = &[
    Who::Viewer,
    Who::Operator,
    Who::Admin,
    Who::ConfirmedAdmin,
    Who::ViewerToken,
    Who::AdminToken,
    Who::ViewerGuest,
    Who::OperatorGuest,
];
const PERSONS: &[Who] = &[Who::Viewer, Who::Operator, Who::Admin, Who::ConfirmedAdmin];
/// Those who have logged in a moment ago.
const PROVEN: &[Who] = &[Who::Viewer, Who::Operator, Who::ConfirmedAdmin];
const OPERATORS: &[Who] = &[
    Who::Operator,
    Who::Admin,
    Who::ConfirmedAdmin,
    Who::AdminToken,
    Who::OperatorGuest,
];
const INVITERS: &[Who] = &[
    Who::Operator,
    Who::Admin,
    Who::ConfirmedAdmin,
    Who::AdminToken,
];
const ADMINS: &[Who] = &[Who::Admin, Who::ConfirmedAdmin, Who::AdminToken];
const CONFIRMED: &[Who] = &[Who::ConfirmedAdmin];
const UPDATERS: &[Who] = &[Who::ConfirmedAdmin, Who::AdminToken];

/// What answers, and to whom. Logging out is tried apart: it would end the walk.
const ALLOWED: &[(&str, &str, &[Who])] = &[
    ("GET", "/ca.crt", &ALL),
    ("HEAD", "/ca.crt", &ALL),
    ("GET", "/api/v1/state", &ALL),
    ("HEAD", "/api/v1/state", &ALL),
    ("POST", "/api/v1/session", &ALL),
    ("GET", "/api/v1/session", SESSIONS),
    ("DELETE", "/api/v1/session", SESSIONS),
    ("POST", "/api/v1/session/confirm", PERSONS),
    ("GET", "/api/v1/sessions", SESSIONS),
    ("POST", "/api/v1/sessions/revoke", SESSIONS),
    ("POST", "/api/v1/password", PERSONS),
    ("POST", "/api/v1/session/guest", &ALL),
    ("POST", "/api/v1/second-factor/begin", PROVEN),
    ("POST", "/api/v1/second-factor/enable", PROVEN),
    ("POST", "/api/v1/second-factor/disable", PROVEN),
    ("POST", "/api/v1/second-factor/recovery-codes", PROVEN),
    ("GET", "/api/v1/tokens", SESSIONS),
    ("POST", "/api/v1/tokens/create", PROVEN),
    ("POST", "/api/v1/tokens/revoke", SESSIONS),
    ("GET", "/api/v1/guests", OPERATORS),
    ("POST", "/api/v1/guests/create", INVITERS),
    ("POST", "/api/v1/guests/revoke", INVITERS),
    ("GET", "/api/v1/users", ADMINS),
    ("POST", "/api/v1/users/add", CONFIRMED),
    ("POST", "/api/v1/users/change", CONFIRMED),
    ("POST", "/api/v1/users/remove", CONFIRMED),
    ("GET", "/api/v1/certificate", ADMINS),
    ("POST", "/api/v1/certificate/check", ADMINS),
    ("POST", "/api/v1/certificate/use", CONFIRMED),
    ("POST", "/api/v1/certificate/forget", CONFIRMED),
    ("GET", "/api/v1/audit", ADMINS),
    ("GET", "/api/v1/audit.jsonl", ADMINS),
    ("GET", "/api/openapi.json", SESSIONS),
    ("GET", "/api/v1/video", SESSIONS),
    ("GET", "/api/v1/video/size", SESSIONS),
    ("POST", "/api/v1/video/size", OPERATORS),
    ("POST", "/api/v1/video/size/confirm", OPERATORS),
    ("POST", "/api/v1/video/size/revert", OPERATORS),
    ("GET", "/api/v1/control", OPERATORS),
    ("GET", "/api/v1/snapshot.jpg", SESSIONS),
    ("GET", "/api/v1/stream.mjpeg", SESSIONS),
    ("GET", "/api/v1/settings", SESSIONS),
    ("PATCH", "/api/v1/settings", OPERATORS),
    ("GET", "/api/v1/usb", SESSIONS),
    ("PUT", "/api/v1/usb", ADMINS),
    ("POST", "/api/v1/usb/keyboard", OPERATORS),
    ("POST", "/api/v1/usb/rest", OPERATORS),
    ("POST", "/api/v1/usb/reset", OPERATORS),
    ("POST", "/api/v1/usb/wake", OPERATORS),
    ("GET", "/api/v1/layouts", SESSIONS),
    ("GET", "/api/v1/layout", SESSIONS),
    ("GET", "/api/v1/paste", OPERATORS),
    ("POST", "/api/v1/paste", OPERATORS),
    ("POST", "/api/v1/paste/steer", OPERATORS),
    ("GET", "/api/v1/edid", SESSIONS),
    ("PUT", "/api/v1/edid", OPERATORS),
    ("GET", "/api/v1/status", SESSIONS),
    ("GET", "/api/v1/about", SESSIONS),
    ("POST", "/api/v1/factory-reset", CONFIRMED),
    ("GET", "/api/v1/power", ADMINS),
    ("POST", "/api/v1/power", UPDATERS),
    ("GET", "/api/v1/diagnostics", OPERATORS),
    ("GET", "/api/v1/log", ADMINS),
    ("GET", "/api/v1/support", ADMINS),
    ("GET", "/api/v1/network", ADMINS),
    ("PUT", "/api/v1/network", ADMINS),
    ("POST", "/api/v1/network/confirm", ADMINS),
    ("POST", "/api/v1/network/revert", ADMINS),
    ("GET", "/api/v1/wifi", ADMINS),
    ("POST", "/api/v1/wifi/scan", ADMINS),
    ("POST", "/api/v1/wifi/join", ADMINS),
    ("POST", "/api/v1/wifi/forget", ADMINS),
    ("PUT", "/api/v1/wifi/own", ADMINS),
    ("PUT", "/api/v1/wifi/country", ADMINS),
    ("POST", "/api/v1/wifi/confirm", ADMINS),
    ("POST", "/api/v1/wifi/revert", ADMINS),
    ("GET", "/api/v1/wake", OPERATORS),
    ("PUT", "/api/v1/wake", ADMINS),
    ("POST", "/api/v1/wake/send", OPERATORS),
    ("GET", "/api/v1/update", ADMINS),
    ("PUT", "/api/v1/update/bundle", UPDATERS),
    ("POST", "/api/v1/update/url", UPDATERS),
    ("POST", "/api/v1/update/check", ADMINS),
    ("POST", "/api/v1/update/channel", UPDATERS),
    ("POST", "/api/v1/update/cancel", ADMINS),
    ("POST", "/api/v1/update/trial", UPDATERS),
];

fn is_page(path: &str) -> bool {
    crate::web::page::assets().any(|(file, _)| file == path)
}

fn is_allowed(who: Who, method: &str, path: &str) -> bool {
    if is_page(path) {
        return ["GET", "HEAD"].contains(&method);
    }
    let found = ALLOWED
        .iter()
        .find(|(known, place, _)| (*known, *place) == (method, path));
    found.is_some_and(|(.., allowed)| allowed.contains(&who))
}

/// What says "not you" or "not here".
fn is_refusal(reply: &Reply) -> bool {
    matches!(reply.status, 401 | 403 | 404 | 405)
}

/// The header that each of them sends.
async fn people(rig: &Rig) -> Vec<(Who, String)> {
    let auth = &rig.auth;
    for (name, role) in [
        ("vic", Role::Viewer),
        ("ole", Role::Operator),
        ("ada", Role::Admin),
    ] {
        auth.add_user(name, role, "12345678").await.expect(name);
    }
    let mut people = vec![(Who::Anonymous, String::new())];
    for (who, name) in [
        (Who::Viewer, "vic"),
        (Who::Operator, "ole"),
        (Who::Admin, "ada"),
        (Who::ConfirmedAdmin, "ada"),
    ] {
        let proof = Proof::password("12345678");
        let token = auth.login(&caller(), name, &proof).await.expect(name);
        if who == Who::Admin {
            auth.forget_proof(&token);
        }
        let session = auth.session(token.as_str()).expect("session");
        people.push((who, format!("Cookie: __Host-session={}", token.as_str())));
        let (program, guest) = match who {
            Who::Viewer => (Some(Who::ViewerToken), None),
            Who::Operator => (None, Some(Who::OperatorGuest)),
            Who::ConfirmedAdmin => (Some(Who::AdminToken), Some(Who::ViewerGuest)),
            _ => (None, None),
        };
        if let Some(who) = program {
            people.push((who, program_of(rig, &session).await));
        }
        if let Some(who) = guest {
            people.push((who, guest_of(rig, &session, who)));
        }
    }
    people
}

/// With a token of the user's own role.
async fn program_of(rig: &Rig, session: &Session) -> String {
    let wish = TokenWish {
        label: "program".to_owned(),
        role: session.role(),
        days: 1,
    };
    let made = rig.auth.make_token(session, wish).await.expect("token");
    format!("Authorization: Bearer {}", made.token)
}

fn guest_of(rig: &Rig, session: &Session, who: Who) -> String {
    let wish = GuestWish {
        label: "guest".to_owned(),
        role: match who {
            Who::OperatorGuest => Role::Operator,
            _ => Role::Viewer,
        },
        minutes: 5,
    };
    let link = rig.auth.make_guest(session, wish).expect("link");
    let token = rig.auth.enter(&caller(), &link.token).expect("enter");
    format!("Cookie: __Host-session={}", token.as_str())
}

async fn request(rig: &Rig, method: &str, path: &str, header: &str) -> Reply {
    let to = rig.plain;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\n{header}\r\n\
         Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    glance(to, &request).await
}

#[tokio::test]
async fn everybody_gets_exactly_what_the_list_allows() {
    let (rig, _) = Rig::claimed().await;
    rig.show(&super::rig::picture(1));
    for (who, header) in people(&rig).await {
        for route in table() {
            for method in METHODS {
                let logs_out = (method, route.path) == ("DELETE", "/api/v1/session");
                // Open while nobody owns the appliance, which here somebody does.
                let claims = (method, route.path) == ("POST", "/api/v1/claim");
                if claims || (logs_out && who != Who::Anonymous) {
                    continue;
                }
                let header = if header.is_empty() { "X: y" } else { &header };
                let reply = request(&rig, method, route.path, header).await;
                assert_eq!(
                    !is_refusal(&reply),
                    is_allowed(who, method, route.path),
                    "{who:?} {method} {} {reply:?}",
                    route.path
                );
            }
        }
        if who != Who::Anonymous {
            let out = request(&rig, "DELETE", "/api/v1/session", &header).await;
            let expected = is_allowed(who, "DELETE", "/api/v1/session");
            assert_eq!(out.status == 204, expected, "{who:?}");
        }
    }
}

#[test]
fn the_list_names_every_route_and_nothing_else() {
    let table = table();
    for (method, path, _) in ALLOWED {
        let known = table.iter().any(|route| {
            let head = *method == "HEAD" && route.method == http::Method::GET;
            route.path == *path && (route.method.as_str() == *method || head)
        });
        assert!(known, "{method} {path} is no route");
    }
    for route in table.iter().filter(|route| !is_page(route.path)) {
        let claim = route.path == "/api/v1/claim";
        let listed = ALLOWED
            .iter()
            .any(|(method, path, _)| (*method, *path) == (route.method.as_str(), route.path));
        assert!(
            listed || claim,
            "{} {} is not listed",
            route.method,
            route.path
        );
    }
}

#[tokio::test]
async fn a_refusal_says_what_is_missing() {
    let (rig, _) = Rig::claimed().await;
    let people = people(&rig).await;
    for (who, method, path, expected) in [
        (Who::Anonymous, "GET", "/api/v1/users", "no_session"),
        (Who::Viewer, "GET", "/api/v1/control", "role"),
        (Who::Operator, "GET", "/api/v1/users", "role"),
        (Who::Operator, "POST", "/api/v1/users/add", "role"),
        (Who::Admin, "POST", "/api/v1/users/add", "confirm"),
        (Who::Admin, "POST", "/api/v1/update/trial", "confirm"),
    ] {
        let header = &people
            .iter()
            .find(|(other, _)| *other == who)
            .expect("one")
            .1;
        let cookie = header.strip_prefix("Cookie: ").unwrap_or_default();
        let reply = ask(rig.plain, method, path, cookie, "{}").await;
        assert_eq!(reply.code(), expected, "{who:?} {path}");
    }
}

#[tokio::test]
async fn before_the_claim_only_page_ca_state_and_claim_answer() {
    let rig = Rig::unclaimed(ClaimWindow::Always);
    let open = ["/ca.crt", "/api/v1/state"];
    for route in table() {
        for method in METHODS {
            if (method, route.path) == ("POST", "/api/v1/claim") {
                continue;
            }
            let reply = ask(rig.plain, method, route.path, "", "{}").await;
            let open = (open.contains(&route.path) || is_page(route.path))
                && ["GET", "HEAD"].contains(&method);
            assert_eq!(
                reply.status < 300,
                open,
                "{method} {} {reply:?}",
                route.path
            );
            if !open && method != "HEAD" {
                assert_eq!(
                    (reply.status, reply.code().as_str()),
                    (403, "unclaimed"),
                    "{method} {}",
                    route.path
                );
            }
        }
    }
    assert_eq!(
        ask(rig.plain, "GET", "/nowhere", "", "").await.code(),
        "unclaimed"
    );
}
