//! Users and sessions over HTTP, and what ends when one of them does.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::client::{Reply, ask, close_code, receive, socket};
use super::rig::{PASSWORD, Rig};

/// How long anything that is revoked may go on.
const AT_ONCE: Duration = Duration::from_secs(1);

async fn post(rig: &Rig, path: &str, cookie: &str, body: &str) -> Reply {
    ask(rig.plain, "POST", path, cookie, body).await
}

async fn get(rig: &Rig, path: &str, cookie: &str) -> Value {
    let reply = ask(rig.plain, "GET", path, cookie, "").await;
    assert_eq!(reply.status, 200, "{path} {reply:?}");
    serde_json::from_str(&reply.body).expect("JSON")
}

/// Logs in over HTTP; the cookie.
async fn login(rig: &Rig, name: &str, password: &str) -> String {
    let body = format!(r#"{{"username":"{name}","password":"{password}"}}"#);
    let reply = post(rig, "/api/v1/session", "", &body).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    let set = reply.header("set-cookie").expect("a cookie");
    set.split(';').next().expect("a pair").to_owned()
}

/// `ann`'s appliance with `bob`, an operator; both cookies.
async fn two() -> (Rig, String, String) {
    let (rig, ann) = Rig::claimed().await;
    let bob = r#"{"name":"bob","role":"operator","password":"abcdefgh"}"#;
    let added = post(&rig, "/api/v1/users/add", &ann, bob).await;
    assert_eq!(added.status, 204, "{added:?}");
    let bob = login(&rig, "bob", "abcdefgh").await;
    (rig, ann, bob)
}

#[tokio::test]
async fn an_admin_adds_changes_and_removes_users() {
    let (rig, ann, bob) = two().await;
    let users = get(&rig, "/api/v1/users", &ann).await;
    assert_eq!(
        users["users"],
        serde_json::json!([
            {"name": "ann", "role": "admin", "second_factor": false, "you": true},
            {"name": "bob", "role": "operator", "second_factor": false, "you": false},
        ])
    );
    for (path, body, status, code) in [
        (
            "add",
            r#"{"name":"bob","role":"viewer","password":"12345678"}"#,
            409,
            "exists",
        ),
        (
            "add",
            r#"{"name":"eve","role":"root","password":"12345678"}"#,
            422,
            "invalid",
        ),
        (
            "add",
            r#"{"name":"eve","role":"viewer","password":"1234567"}"#,
            422,
            "invalid",
        ),
        (
            "add",
            r#"{"name":"Eve ","role":"viewer","password":"12345678"}"#,
            422,
            "invalid",
        ),
        (
            "change",
            r#"{"name":"eve","role":"viewer"}"#,
            404,
            "unknown",
        ),
        (
            "change",
            r#"{"name":"ann","role":"viewer"}"#,
            409,
            "last_admin",
        ),
        (
            "change",
            r#"{"name":"bob","second_factor":true}"#,
            422,
            "invalid",
        ),
        ("remove", r#"{"name":"ann"}"#, 409, "last_admin"),
        ("remove", r#"{"name":"eve"}"#, 404, "unknown"),
    ] {
        let reply = post(&rig, &format!("/api/v1/users/{path}"), &ann, body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (status, code),
            "{body}"
        );
    }
    let removed = post(&rig, "/api/v1/users/remove", &ann, r#"{"name":"bob"}"#).await;
    assert_eq!(removed.status, 204);
    let gone = ask(rig.plain, "GET", "/api/v1/session", &bob, "").await;
    assert_eq!(gone.code(), "no_session");
}

#[tokio::test]
async fn a_stale_session_may_do_more_when_the_password_is_given_again() {
    let (rig, _, _) = two().await;
    let token = rig
        .auth
        .login(
            &super::rig::caller(),
            "ann",
            &crate::auth::Proof::password(PASSWORD),
        )
        .await
        .expect("login");
    let cookie = format!("__Host-session={}", token.as_str());
    rig.auth.forget_proof(&token);
    let who = get(&rig, "/api/v1/session", &cookie).await;
    assert_eq!(who["confirmed"], 0);
    let body = r#"{"name":"bob"}"#;
    let early = post(&rig, "/api/v1/users/remove", &cookie, body).await;
    assert_eq!((early.status, early.code().as_str()), (403, "confirm"));
    let wrong = post(
        &rig,
        "/api/v1/session/confirm",
        &cookie,
        r#"{"password":"guess"}"#,
    )
    .await;
    assert_eq!((wrong.status, wrong.code().as_str()), (401, "login"));
    let right = format!(r#"{{"password":"{PASSWORD}"}}"#);
    let right = post(&rig, "/api/v1/session/confirm", &cookie, &right).await;
    assert_eq!(right.status, 204, "{right:?}");
    let removed = post(&rig, "/api/v1/users/remove", &cookie, body).await;
    assert_eq!(removed.status, 204, "{removed:?}");
}

#[tokio::test]
async fn revoking_a_session_closes_what_it_has_open_and_nobody_elses() {
    let (rig, ann, bob) = two().await;
    rig.show(&super::rig::picture(1));
    let mut others = socket(rig.plain, "/api/v1/video", &ann).await;
    let mut video = socket(rig.plain, "/api/v1/video", &bob).await;
    let mut control = socket(rig.plain, "/api/v1/control", &bob).await;
    let stream = format!(
        "GET /api/v1/stream.mjpeg HTTP/1.1\r\nHost: {}\r\nCookie: {bob}\r\n\r\n",
        rig.plain
    );
    let plain = rig.plain;
    let stream = tokio::spawn(async move { super::client::raw(plain, &stream).await });
    let listed = get(&rig, "/api/v1/sessions", &ann).await;
    let listed = listed["sessions"].as_array().expect("a list").clone();
    let of = |user: &str| listed.iter().find(|one| one["user"] == user).expect("one");
    assert_eq!(of("bob")["address"], "127.0.0.1");
    assert!(of("ann")["current"] == true && of("bob")["current"] == false);
    let id = of("bob")["id"].as_str().expect("an id");
    let body = format!(r#"{{"id":"{id}"}}"#);
    let revoked = post(&rig, "/api/v1/sessions/revoke", &ann, &body).await;
    assert_eq!(revoked.status, 204, "{revoked:?}");
    let ended = async {
        assert_eq!(close_code(&mut video).await, 4401);
        assert_eq!(close_code(&mut control).await, 4401);
        stream.await.expect("the stream ends");
    };
    timeout(AT_ONCE, ended).await.expect("at once");
    rig.show(&super::rig::picture(2));
    receive(&mut others).await;
    get(&rig, "/api/v1/session", &ann).await;
    let again = post(&rig, "/api/v1/sessions/revoke", &ann, &body).await;
    assert_eq!((again.status, again.code().as_str()), (404, "unknown"));
}

#[tokio::test]
async fn revoking_a_session_ends_an_upload_that_is_under_way() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let init = crate::update::tests::rig::Init::ready().await;
    let (rig, ann) = Rig::updated(init.update.clone()).await;
    let sender = login(&rig, "ann", PASSWORD).await;
    let mut upload = tokio::net::TcpStream::connect(rig.plain)
        .await
        .expect("connect");
    let head = format!(
        "PUT /api/v1/update/bundle HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\n\
         Cookie: {sender}\r\nContent-Length: 1000000\r\n\r\nhalf",
        rig.plain
    );
    upload.write_all(head.as_bytes()).await.expect("send");
    let mut status = init.update.status();
    let begun = status.wait_for(|status| status.job.is_some());
    begun.await.expect("a job");
    let ended = post(&rig, "/api/v1/sessions/revoke", &ann, r#"{"others":true}"#).await;
    assert_eq!(ended.status, 204);
    let mut answer = Vec::new();
    let answered = timeout(AT_ONCE, upload.read_to_end(&mut answer)).await;
    answered.expect("at once").ok();
    assert_eq!(super::client::parse(&answer).status, 401);
}

#[tokio::test]
async fn a_user_ends_their_own_other_logins_and_nobody_elses() {
    let (rig, ann, bob) = two().await;
    let other = login(&rig, "bob", "abcdefgh").await;
    let seen = get(&rig, "/api/v1/sessions", &bob).await;
    let seen = seen["sessions"].as_array().expect("a list");
    assert!(seen.len() == 2 && seen.iter().all(|one| one["user"] == "bob"));
    for body in ["{}", r#"{"others":false}"#, r#"{"others":true,"id":"x"}"#] {
        let reply = post(&rig, "/api/v1/sessions/revoke", &bob, body).await;
        assert_eq!(reply.code(), "invalid", "{body}");
    }
    let ended = post(&rig, "/api/v1/sessions/revoke", &bob, r#"{"others":true}"#).await;
    assert_eq!(ended.status, 204);
    let gone = ask(rig.plain, "GET", "/api/v1/session", &other, "").await;
    assert_eq!(gone.code(), "no_session");
    for cookie in [&ann, &bob] {
        get(&rig, "/api/v1/session", cookie).await;
    }
}

#[tokio::test]
async fn a_new_password_disturbs_no_picture_but_the_users_other_logins() {
    let (rig, ann, bob) = two().await;
    rig.show(&super::rig::picture(1));
    let old = login(&rig, "bob", "abcdefgh").await;
    let mut stranger = socket(rig.plain, "/api/v1/video", &ann).await;
    let mut own = socket(rig.plain, "/api/v1/video", &bob).await;
    let mut elsewhere = socket(rig.plain, "/api/v1/video", &old).await;
    let body = r#"{"old":"abcdefgh","new":"ijklmnop"}"#;
    let changed = post(&rig, "/api/v1/password", &bob, body).await;
    assert_eq!(changed.status, 204, "{changed:?}");
    let ended = timeout(AT_ONCE, close_code(&mut elsewhere)).await;
    assert_eq!(ended, Ok(4401));
    for video in [&mut stranger, &mut own] {
        super::client::send(video, [2, 1, 0, 0, 0]).await;
        loop {
            if super::client::binary(video).await[0] == 2 {
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_operator_changes_the_picture_and_not_where_updates_come_from() {
    let (rig, _, bob) = two().await;
    for (body, status) in [
        (r#"{"video":{"quality":50}}"#, 200),
        (r#"{"update":{"auto":true}}"#, 403),
        (r#"{"video":{"quality":60},"update":{"channel":""}}"#, 403),
    ] {
        let reply = ask(rig.plain, "PATCH", "/api/v1/settings", &bob, body).await;
        assert_eq!(reply.status, status, "{body} {reply:?}");
    }
    assert_eq!(rig.settings.current().video.quality, 50);
}

/// A token of `ann`'s with this role: its secret and its id.
async fn token(rig: &Rig, ann: &str, role: &str) -> (String, String) {
    let body = format!(r#"{{"label":"backup","role":"{role}","days":1}}"#);
    let made = post(rig, "/api/v1/tokens/create", ann, &body).await;
    assert_eq!(made.status, 200, "{made:?}");
    let made: Value = serde_json::from_str(&made.body).expect("JSON");
    let text = |name: &str| made[name].as_str().expect(name).to_owned();
    (text("token"), text("id"))
}

/// A request as a program makes it: no cookie, no Origin.
async fn program(rig: &Rig, method: &str, path: &str, token: &str) -> Reply {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: bearer {token}\r\n\
         Content-Length: 2\r\nConnection: close\r\n\r\n{{}}",
        rig.plain
    );
    super::client::raw(rig.plain, &request).await
}

#[tokio::test]
async fn a_program_with_a_token_needs_no_origin_and_a_wrong_one_opens_nothing() {
    let (rig, ann) = Rig::claimed().await;
    let (secret, _) = token(&rig, &ann, "admin").await;
    let changed = program(&rig, "PATCH", "/api/v1/settings", &secret).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let who = program(&rig, "GET", "/api/v1/session", &secret).await;
    assert!(who.body.contains(r#""kind":"token""#), "{who:?}");
    for wrong in [
        "",
        "fst_00",
        &secret[4..],
        ann.trim_start_matches("__Host-session="),
    ] {
        let reply = program(&rig, "GET", "/api/v1/status", wrong).await;
        assert_eq!(reply.status, 401, "{wrong} {reply:?}");
    }
    let cookie_too = format!(
        "GET /api/v1/status HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic YTpi\r\nCookie: {ann}\r\n\
         Connection: close\r\n\r\n",
        rig.plain
    );
    let reply = super::client::raw(rig.plain, &cookie_too).await;
    assert_eq!(
        reply.code(),
        "no_session",
        "what it says counts, not the cookie"
    );
}

#[tokio::test]
async fn revoking_a_token_closes_its_sockets_at_once() {
    let (rig, ann) = Rig::claimed().await;
    let (secret, id) = token(&rig, &ann, "viewer").await;
    let bearer = format!("Bearer {secret}");
    let mut video = super::client::open(rig.plain, "/api/v1/video", &[("Authorization", &bearer)])
        .await
        .expect("open");
    let body = format!(r#"{{"id":"{id}"}}"#);
    let revoked = post(&rig, "/api/v1/tokens/revoke", &ann, &body).await;
    assert_eq!(revoked.status, 204);
    assert_eq!(timeout(AT_ONCE, close_code(&mut video)).await, Ok(4401));
    let after = program(&rig, "GET", "/api/v1/status", &secret).await;
    assert_eq!((after.status, after.code().as_str()), (401, "token"));
}

#[tokio::test]
async fn a_guest_enters_with_the_link_and_leaves_when_it_is_revoked() {
    let (rig, _, bob) = two().await;
    let body = r#"{"label":"Eve","role":"operator","minutes":30}"#;
    let made = post(&rig, "/api/v1/guests/create", &bob, body).await;
    assert_eq!(made.status, 200, "{made:?}");
    let made: Value = serde_json::from_str(&made.body).expect("JSON");
    let token = made["token"].as_str().expect("token");
    assert_eq!(made["path"], format!("/#guest={token}"));
    let body = format!(r#"{{"token":"{token}"}}"#);
    let entered = post(&rig, "/api/v1/session/guest", "", &body).await;
    assert_eq!(entered.status, 204, "{entered:?}");
    let cookie = entered.header("set-cookie").expect("a cookie");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let who = get(&rig, "/api/v1/session", &cookie).await;
    assert_eq!(
        (&who["user"], &who["kind"]),
        (&"Eve (guest)".into(), &"guest".into())
    );
    let mut control = socket(rig.plain, "/api/v1/control", &cookie).await;
    let guests = get(&rig, "/api/v1/guests", &bob).await;
    assert_eq!(guests["guests"][0]["in_use"], 1);
    let revoke = format!(r#"{{"id":{}}}"#, made["id"]);
    let revoked = post(&rig, "/api/v1/guests/revoke", &bob, &revoke).await;
    assert_eq!(revoked.status, 204);
    assert_eq!(timeout(AT_ONCE, close_code(&mut control)).await, Ok(4401));
    let again = post(&rig, "/api/v1/session/guest", "", &body).await;
    assert_eq!((again.status, again.code().as_str()), (401, "guest_link"));
}

#[tokio::test]
async fn a_second_factor_is_offered_as_a_picture_and_needs_the_apps_code() {
    let (rig, ann) = Rig::claimed().await;
    let offer = post(&rig, "/api/v1/second-factor/begin", &ann, "").await;
    let offer: Value = serde_json::from_str(&offer.body).expect("JSON");
    let uri = offer["uri"].as_str().expect("uri");
    assert!(uri.starts_with("otpauth://totp/Farseat%20rack:ann?secret="));
    assert!(uri.contains(offer["secret"].as_str().expect("secret")));
    assert!(offer["qr"].as_array().expect("rows").len() > 20);
    let wrong = post(
        &rig,
        "/api/v1/second-factor/enable",
        &ann,
        r#"{"code":"12345"}"#,
    )
    .await;
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (401, "second_factor_wrong")
    );
}

#[tokio::test]
async fn the_audit_log_says_who_did_what_and_no_secret() {
    let (rig, ann, bob) = two().await;
    let secrets = ["abcdefgh", PASSWORD, "my-pass-word"];
    let typed = r#"{"username":"my-pass-word","password":"x"}"#;
    post(&rig, "/api/v1/session", "", typed).await;
    let (secret, id) = token(&rig, &ann, "viewer").await;
    let body = format!(r#"{{"id":"{id}"}}"#);
    post(&rig, "/api/v1/tokens/revoke", &ann, &body).await;
    ask(
        rig.plain,
        "PATCH",
        "/api/v1/settings",
        &bob,
        r#"{"video":{"quality":50}}"#,
    )
    .await;
    let mut control = socket(rig.plain, "/api/v1/control", &bob).await;
    super::client::text(&mut control, "lease").await;
    ask(rig.plain, "DELETE", "/api/v1/session", &bob, "").await;
    let page = loop {
        let page = get(&rig, "/api/v1/audit?limit=500", &ann).await;
        // The console tells a moment later that control was taken and given.
        if page["total"].as_u64() >= Some(9) {
            break page;
        }
        tokio::task::yield_now().await;
    };
    assert!(page["intact"] == true && page["broken_at"].is_null());
    let entries = page["entries"].as_array().expect("entries");
    let mut done: Vec<_> = entries
        .iter()
        .map(|entry| (entry["what"].as_str().expect("what"), entry["who"].clone()))
        .collect();
    done.sort_by_key(|(what, _)| what.to_owned());
    let whats: Vec<_> = done.iter().map(|(what, _)| *what).collect();
    assert_eq!(
        whats,
        [
            "control_given",
            "control_taken",
            "login",
            "login_refused",
            "logout",
            "settings_changed",
            "token_created",
            "token_revoked",
            "user_added",
        ]
    );
    let of = |what: &str| &done.iter().find(|one| one.0 == what).expect("one").1;
    assert!(of("login") == "bob" && of("user_added") == "ann" && of("control_taken") == "bob");
    assert!(
        of("login_refused").is_null(),
        "a name that no user has is not kept"
    );
    let export = ask(rig.plain, "GET", "/api/v1/audit.jsonl", &ann, "").await;
    assert_eq!(export.body.lines().count(), 9);
    for secret in secrets.into_iter().chain([secret.as_str()]) {
        assert!(!export.body.contains(secret), "{secret}");
    }
    let page = get(&rig, "/api/v1/audit?before=3&limit=1", &ann).await;
    assert_eq!(page["entries"][0]["number"], 2);
}
