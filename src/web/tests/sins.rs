//! What other IP-KVM products were found to do in 2026, each as a test that we do not.
//!
//! Unverified firmware is in `slot::bundle` and `update` (a bundle that nobody signed), too.

use super::client::{ask, raw};
use super::rig::{Rig, caller};
use crate::auth::{ClaimWindow, Proof};
use crate::update::tests::rig::Init;
use crate::web::table::table;

#[tokio::test]
async fn no_route_answers_without_authentication() {
    let (rig, _) = Rig::claimed().await;
    let open = [
        "/api/v1/state",
        "/api/v1/claim",
        "/api/v1/session",
        "/api/v1/session/guest",
    ];
    for route in table() {
        if !route.path.starts_with("/api/") || open.contains(&route.path) {
            continue;
        }
        let reply = ask(rig.plain, route.method.as_str(), route.path, "", "{}").await;
        assert_eq!(reply.status, 401, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn no_password_can_be_guessed_without_a_limit() {
    let (rig, _) = Rig::claimed().await;
    let mut refused = 0;
    for n in 0..12 {
        let body = format!(r#"{{"username":"ann","password":"guess{n}"}}"#);
        let reply = ask(rig.plain, "POST", "/api/v1/session", "", &body).await;
        refused += u32::from(reply.status == 429);
    }
    assert!(refused >= 5, "{refused}");
}

#[tokio::test]
async fn no_firmware_is_installed_that_nobody_signed() {
    let init = Init::ready().await;
    let (rig, cookie) = Rig::updated(init.update.clone()).await;
    let bundle = "x".repeat(4096);
    let reply = ask(rig.plain, "PUT", "/api/v1/update/bundle", &cookie, &bundle).await;
    assert_eq!(reply.status, 422, "{reply:?}");
}

#[tokio::test]
async fn no_text_of_a_user_becomes_a_command() {
    let (rig, cookie) = Rig::claimed().await;
    for text in [
        "$(reboot)",
        "; reboot",
        "`reboot`",
        "a\\nb",
        "../../etc",
        "%00",
        "a b",
    ] {
        let user = format!(r#"{{"name":"{text}","role":"viewer","password":"12345678"}}"#);
        let reply = ask(rig.plain, "POST", "/api/v1/users/add", &cookie, &user).await;
        assert_eq!(reply.status, 422, "{text}");
        let name =
            format!(r#"{{"name":"{text}","method":"dhcp","dns":[],"ipv6":true,"ntp":["{text}"]}}"#);
        let reply = ask(rig.plain, "PUT", "/api/v1/network", &cookie, &name).await;
        assert_eq!(reply.status, 422, "{text}");
    }
    // Nothing in the face could run one: no handler knows a shell, no module starts a program.
    assert_eq!(rig.auth.users(&session(&rig).await).len(), 1);
}

#[tokio::test]
async fn no_request_makes_memory_grow_without_a_bound() {
    let (rig, cookie) = Rig::claimed().await;
    let long = "x".repeat(64 * 1024);
    let body = format!(r#"{{"username":"{long}","password":"{long}"}}"#);
    let reply = ask(rig.plain, "POST", "/api/v1/session", "", &body).await;
    assert_eq!(reply.status, 413);
    let head = format!(
        "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nX: {long}\r\n\r\n"
    );
    let reply = raw(rig.plain, &head).await;
    assert!(matches!(reply.status, 0 | 431), "{reply:?}");
    let proof = Proof::password("correct horse");
    for _ in 0..40 {
        rig.auth
            .login(&caller(), "ann", &proof)
            .await
            .expect("login");
    }
    let kept = rig.auth.sessions(&session(&rig).await).len();
    assert!(kept <= 16, "{kept} sessions of one user");
}

#[tokio::test]
async fn no_default_password_opens_a_new_appliance() {
    let rig = Rig::unclaimed(ClaimWindow::Always);
    for name in ["admin", "root"] {
        let body = format!(r#"{{"username":"{name}","password":"admin"}}"#);
        let reply = ask(rig.plain, "POST", "/api/v1/session", "", &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "unclaimed"));
    }
}

async fn session(rig: &Rig) -> crate::auth::Session {
    let proof = Proof::password(super::rig::PASSWORD);
    let token = rig.auth.login(&caller(), "ann", &proof).await;
    rig.auth
        .session(token.expect("login").as_str())
        .expect("session")
}
