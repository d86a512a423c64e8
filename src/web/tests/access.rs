//! The door: odd paths, Host, Origin, claim, login, log out. Who may use which route is in `walk`.

use std::time::Duration;

use super::client::{ask, open, raw};
use super::rig::{PASSWORD, Rig};
use crate::auth::ClaimWindow;
use crate::web::table::table;

#[tokio::test]
async fn no_spelling_of_a_path_gets_around_the_gate() {
    let (rig, cookie) = Rig::claimed().await;
    for route in table()
        .iter()
        .filter(|route| route.path.starts_with("/api/"))
    {
        let path = route.path;
        for odd in [
            format!("{path}/"),
            format!("/{path}"),
            format!("{path}.js"),
            format!("{path}.css"),
            format!("{path};x"),
            format!("{path}%00"),
            format!("{path}%2f"),
            path.replace("/api/", "/api//"),
            path.replace("/api/", "/API/"),
            path.replace("/api/", "/%61pi/"),
            path.replace("/api/", "/x/../api/"),
            path.replace("/api/", "/./api/"),
            path.replace("/api/", "/assets/../api/"),
            path.replace("/api/", "/assets%2f..%2fapi/"),
        ] {
            for cookie in ["", cookie.as_str()] {
                let reply = ask(rig.plain, "GET", &odd, cookie, "").await;
                assert!(matches!(reply.status, 400 | 404), "{odd} {reply:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_session_opens_the_rest() {
    let (rig, cookie) = Rig::claimed().await;
    for path in [
        "/api/v1/session",
        "/api/v1/settings",
        "/api/v1/status",
        "/api/openapi.json",
    ] {
        let reply = ask(rig.plain, "GET", path, &cookie, "").await;
        assert_eq!(reply.status, 200, "{path} {reply:?}");
        serde_json::from_str::<serde_json::Value>(&reply.body).expect(path);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
    }
    let video = ask(rig.plain, "GET", "/api/v1/video", &cookie, "").await;
    assert_eq!(
        (video.status, video.code().as_str()),
        (426, "not_a_websocket")
    );
}

#[tokio::test]
async fn a_foreign_host_is_misdirected() {
    let (rig, _) = Rig::claimed().await;
    for host in ["evil.example", "rack.evil.example", "", "a b", "@"] {
        for to in [rig.plain, rig.http] {
            let reply = raw(
                to,
                &format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
            )
            .await;
            assert_eq!(reply.status, 421, "{host:?} {reply:?}");
        }
    }
    for host in ["rack", "rack.local:8443", "localhost", "192.0.2.1"] {
        let reply = raw(
            rig.plain,
            &format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        )
        .await;
        assert_eq!(reply.status, 200, "{host:?} {reply:?}");
    }
}

#[tokio::test]
async fn odd_request_lines_open_nothing() {
    let (rig, cookie) = Rig::claimed().await;
    for line in [
        "CONNECT localhost:1",
        "OPTIONS *",
        "GET http://evil.example/api/v1/status",
        "GET http://evil.example/",
        "get /api/v1/status",
        "GET *",
        "GET api/v1/status",
        "GET  /api/v1/status",
        "GET /api/v1/status\u{0}",
    ] {
        let request = format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        );
        for to in [rig.plain, rig.http] {
            let reply = raw(to, &request).await;
            let refused = (400..500).contains(&reply.status);
            assert!(
                refused || (to == rig.http && reply.status == 308),
                "{line} {reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn unsafe_methods_need_our_own_origin() {
    let (rig, cookie) = Rig::claimed().await;
    for origin in [
        "",
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "Origin: http://127.0.0.1:1\r\n",
    ] {
        for (method, path) in [
            ("DELETE", "/api/v1/session"),
            ("PATCH", "/api/v1/settings"),
            ("POST", "/api/v1/session"),
        ] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\n{origin}Cookie: {cookie}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}",
                rig.plain
            );
            let reply = raw(rig.plain, &request).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (403, "wrong_origin"),
                "{method} {origin}"
            );
        }
    }
    assert_eq!(
        ask(rig.plain, "GET", "/api/v1/session", &cookie, "")
            .await
            .status,
        200,
        "still logged in"
    );
}

#[tokio::test]
async fn sockets_need_a_session_and_our_own_origin() {
    let (rig, cookie) = Rig::claimed().await;
    let origin = format!("http://{}", rig.plain);
    for path in ["/api/v1/video", "/api/v1/control"] {
        for headers in [
            vec![("Cookie", cookie.as_str())],
            vec![
                ("Cookie", cookie.as_str()),
                ("Origin", "http://evil.example"),
            ],
            vec![("Origin", origin.as_str())],
            vec![("Origin", origin.as_str()), ("Cookie", "__Host-session=00")],
        ] {
            assert!(
                open(rig.plain, path, &headers).await.is_err(),
                "{path} {headers:?}"
            );
        }
        open(rig.plain, path, &[("Cookie", &cookie), ("Origin", &origin)])
            .await
            .expect(path);
    }
}

#[tokio::test]
async fn the_first_claim_logs_in_and_names_the_device() {
    let rig = Rig::unclaimed(ClaimWindow::Always);
    let body = format!(r#"{{"username":"ann","password":"{PASSWORD}","device_name":"Attic"}}"#);
    let reply = ask(rig.plain, "POST", "/api/v1/claim", "", &body).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    let set = reply.header("set-cookie").expect("a cookie");
    for rule in [
        "__Host-session=",
        "Path=/",
        "Secure",
        "HttpOnly",
        "SameSite=Strict",
    ] {
        assert!(set.contains(rule), "{set}");
    }
    let cookie = set.split(';').next().expect("a pair");
    let state = ask(rig.plain, "GET", "/api/v1/state", cookie, "")
        .await
        .body;
    let state: serde_json::Value = serde_json::from_str(&state).expect("json");
    assert_eq!(
        (&state["name"], &state["claim"]),
        (&"Attic".into(), &"done".into())
    );
    assert_eq!(
        (&state["user"], &state["role"]),
        (&"ann".into(), &"admin".into())
    );
    let again = ask(rig.plain, "POST", "/api/v1/claim", "", &body).await;
    assert_eq!(
        (again.status, again.code().as_str()),
        (409, "already_claimed")
    );
}

#[tokio::test]
async fn a_claim_that_is_not_allowed_changes_nothing() {
    let rig = Rig::unclaimed(ClaimWindow::Always);
    for body in [
        r#"{"username":"ann","password":"short"}"#,
        r#"{"username":"Ann Smith","password":"correct horse"}"#,
        r#"{"username":"ann","password":"correct horse","device_name":"a b"}"#,
        r#"{"username":"ann","password":"correct horse","admin":true}"#,
        r#"{"username":"ann"}"#,
        "",
        "[]",
    ] {
        let reply = ask(rig.plain, "POST", "/api/v1/claim", "", body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (422, "invalid"),
            "{body}"
        );
    }
    assert_eq!(rig.auth.claim_state(), crate::auth::ClaimState::Open);
    assert_eq!(rig.settings.current().device.name, "rack");
}

#[tokio::test]
async fn the_claim_is_closed_ten_minutes_after_power_on() {
    let rig = Rig::unclaimed(ClaimWindow::AfterPowerOn(Duration::ZERO));
    let reply = ask(
        rig.plain,
        "POST",
        "/api/v1/claim",
        "",
        r#"{"username":"ann","password":"correct horse"}"#,
    )
    .await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "claim_closed"));
    assert!(
        ask(rig.plain, "GET", "/api/v1/state", "", "")
            .await
            .body
            .contains(r#""claim":"closed""#)
    );
}

#[tokio::test]
async fn login_and_logout() {
    let (rig, _) = Rig::claimed().await;
    let body = |password| format!(r#"{{"username":"ann","password":"{password}"}}"#);
    let wrong = ask(rig.plain, "POST", "/api/v1/session", "", &body("wrong")).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (401, "login"));
    let right = ask(rig.plain, "POST", "/api/v1/session", "", &body(PASSWORD)).await;
    let cookie = right
        .header("set-cookie")
        .and_then(|set| set.split(';').next())
        .expect("a cookie");
    let who = ask(rig.plain, "GET", "/api/v1/session", cookie, "").await;
    let who: serde_json::Value = serde_json::from_str(&who.body).expect("json");
    assert_eq!(
        (&who["user"], &who["role"], &who["kind"]),
        (&"ann".into(), &"admin".into(), &"password".into())
    );
    assert!((1..=600).contains(&who["confirmed"].as_u64().expect("seconds")));
    let out = ask(rig.plain, "DELETE", "/api/v1/session", cookie, "").await;
    assert_eq!(out.status, 204);
    assert!(
        out.header("set-cookie")
            .is_some_and(|set| set.contains("Max-Age=0"))
    );
    assert_eq!(
        ask(rig.plain, "GET", "/api/v1/session", cookie, "")
            .await
            .code(),
        "no_session"
    );
}

#[tokio::test]
async fn guessing_gets_429_with_a_wait() {
    let (rig, _) = Rig::claimed().await;
    let body = r#"{"username":"ann","password":"guess"}"#;
    for _ in 0..5 {
        assert_eq!(
            ask(rig.plain, "POST", "/api/v1/session", "", body)
                .await
                .status,
            401
        );
    }
    let reply = ask(rig.plain, "POST", "/api/v1/session", "", body).await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (429, Some("1"))
    );
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let (rig, cookie) = Rig::claimed().await;
    let long = format!("{{\"video\":{{}},\"x\":\"{}\"}}", "x".repeat(17 * 1024));
    let reply = ask(rig.plain, "PATCH", "/api/v1/settings", &cookie, &long).await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "too_large"));
}

#[tokio::test]
async fn settings_change_in_part_and_a_bad_value_names_its_field() {
    let (rig, cookie) = Rig::claimed().await;
    let reply = ask(
        rig.plain,
        "PATCH",
        "/api/v1/settings",
        &cookie,
        r#"{"video":{"max_fps":15}}"#,
    )
    .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(rig.settings.current().video.max_fps, 15);
    assert_eq!(rig.settings.current().video.quality, 80);
    for (body, field) in [
        (r#"{"video":{"quality":0}}"#, "video.quality"),
        (r#"{"video":{"quality":300}}"#, "video.quality"),
        (r#"{"video":{"width":100000}}"#, "video.width"),
        (r#"{"video":{"qualty":3}}"#, "quality"),
        (r#"{"vdeo":{}}"#, "video"),
    ] {
        let reply = ask(rig.plain, "PATCH", "/api/v1/settings", &cookie, body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (422, "invalid"),
            "{body}"
        );
        assert!(reply.body.contains(field), "{body} {reply:?}");
    }
}
