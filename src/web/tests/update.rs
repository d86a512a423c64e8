//! Updates over HTTP: the streamed body, what bounds it, and what is told.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{Reply, ask, parse};
use super::rig::Rig;
use crate::update::tests::rig::{Init, bundle, new};
use crate::update::{BUNDLE_LIMIT, Update};

const BUNDLE: &str = "/api/v1/update/bundle";

/// A request with a body of bytes, of which perhaps less is sent than its head says.
async fn put(to: SocketAddr, path: &str, headers: &str, length: u64, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(to).await.expect("connect");
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\n{headers}\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("send");
    // The other side may have had enough.
    let _ = stream.write_all(body).await;
    stream
}

async fn reply(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    parse(&bytes)
}

async fn whole(rig: &Rig, cookie: &str, path: &str, body: &[u8]) -> Reply {
    let headers = format!("Cookie: {cookie}\r\n");
    reply(put(rig.plain, path, &headers, body.len() as u64, body).await).await
}

async fn view(rig: &Rig, cookie: &str) -> serde_json::Value {
    let reply = ask(rig.plain, "GET", "/api/v1/update", cookie, "").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    serde_json::from_str(&reply.body).expect("JSON")
}

#[tokio::test]
async fn without_slots_that_is_said_and_everything_is_refused() {
    let (rig, cookie) = Rig::updated(Update::unavailable()).await;
    let view = view(&rig, &cookie).await;
    assert_eq!(
        (&view["available"], &view["slots"]),
        (&false.into(), &serde_json::Value::Null)
    );
    assert!(
        view["unavailable"]
            .as_str()
            .is_some_and(|why| why.len() > 10)
    );
    assert_eq!(view["channel"]["window"], "02:00-04:00");
    for (path, body) in [
        ("/api/v1/update/trial", ""),
        ("/api/v1/update/cancel", ""),
        ("/api/v1/update/check", ""),
        ("/api/v1/update/channel", "{}"),
        ("/api/v1/update/url", r#"{"url":"https://example.org/x"}"#),
    ] {
        let reply = ask(rig.plain, "POST", path, &cookie, body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (409, "updates_unavailable"),
            "{path}"
        );
    }
    let reply = whole(&rig, &cookie, BUNDLE, b"x").await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (409, "updates_unavailable")
    );
}

#[tokio::test]
async fn a_bundle_is_sent_and_the_answer_says_how_the_slots_stand() {
    let init = Init::ready().await;
    let (rig, cookie) = Rig::updated(init.update.clone()).await;
    let reply = whole(&rig, &cookie, BUNDLE, &bundle(&new())).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let view: serde_json::Value = serde_json::from_str(&reply.body).expect("JSON");
    let (job, slot) = (&view["job"], &view["slots"]["b"]);
    assert_eq!(
        (&job["stage"], &job["source"]),
        (&"installed".into(), &"upload".into())
    );
    assert_eq!(
        (&slot["status"], &slot["version"]),
        (&"installed".into(), &"1.1.0".into())
    );
    assert_eq!(
        (&job["done"], &job["error"]),
        (&job["of"], &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn what_is_refused_says_why_and_what_to_do_even_while_more_is_sent() {
    let init = Init::ready().await;
    let (rig, cookie) = Rig::updated(init.update.clone()).await;
    let answer = whole(&rig, &cookie, BUNDLE, &vec![b'x'; 1 << 20]).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "malformed"),
        "{answer:?}"
    );
    assert!(answer.body.contains(r#""next":"Choose"#), "{answer:?}");
    assert_eq!(
        view(&rig, &cookie).await["job"]["error"]["code"],
        "malformed"
    );
    let query = format!("{BUNDLE}?restart=maybe");
    let answer = whole(&rig, &cookie, &query, b"x").await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "invalid"));
    let headers = format!("Cookie: {cookie}\r\n");
    let mut long = put(rig.plain, BUNDLE, &headers, BUNDLE_LIMIT + 1, b"x").await;
    long.shutdown().await.expect("no more");
    let reply = reply(long).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (413, "oversize"),
        "{reply:?}"
    );
}

#[tokio::test]
async fn without_a_session_no_byte_of_a_bundle_is_read() {
    let init = Init::ready().await;
    let (rig, _) = Rig::updated(init.update.clone()).await;
    let reply = reply(put(rig.plain, BUNDLE, "", 1 << 30, b"farseat").await).await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "no_session"));
    assert!(init.status.borrow().job.is_none());
}

#[tokio::test]
async fn an_upload_that_was_cut_off_goes_on_with_another_request() {
    let mut init = Init::ready().await;
    let (rig, cookie) = Rig::updated(init.update.clone()).await;
    let file = bundle(&new());
    let headers = format!("Cookie: {cookie}\r\n");
    let length = file.len() as u64;
    drop(put(rig.plain, BUNDLE, &headers, length, &file[..100_000]).await);
    init.wait_until(|status| {
        status
            .job
            .as_ref()
            .is_some_and(|job| job.resume_at.is_some())
    })
    .await;
    let at = view(&rig, &cookie).await["job"]["resume_at"]
        .as_u64()
        .expect("a byte");
    let range = |at: u64| {
        let part = format!("Content-Range: bytes {at}-{}/{length}\r\n", length - 1);
        format!("{headers}{part}")
    };
    let gap = put(rig.plain, BUNDLE, &range(at + 1), 1, b"x").await;
    assert_eq!(reply(gap).await.code(), "wrong_range");
    let rest = &file[at as usize..];
    let rest = put(rig.plain, BUNDLE, &range(at), rest.len() as u64, rest).await;
    let reply = reply(rest).await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[tokio::test]
async fn an_address_with_secrets_is_refused() {
    let init = Init::ready().await;
    let (rig, cookie) = Rig::updated(init.update.clone()).await;
    for url in ["https://ann:secret@example.org/x", "file:///etc/passwd", ""] {
        let body = format!(r#"{{"url":"{url}"}}"#);
        let reply = ask(rig.plain, "POST", "/api/v1/update/url", &cookie, &body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (422, "bad_url"),
            "{url}"
        );
        assert!(!reply.body.contains("secret"));
    }
}

#[tokio::test]
async fn the_settings_of_updates_change_in_part() {
    let (rig, cookie) = Rig::claimed().await;
    let change = |body: &'static str| {
        let (to, cookie) = (rig.plain, cookie.clone());
        async move { ask(to, "PATCH", "/api/v1/settings", &cookie, body).await }
    };
    let reply =
        change(r#"{"update":{"channel":"https://example.org/list.json","window":"23:00-01:00"}}"#)
            .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let update = rig.settings.current().update;
    assert_eq!(update.window.to_string(), "23:00-01:00");
    assert!(!update.auto);
    for (body, field) in [
        (r#"{"update":{"channel":"x"}}"#, "update.channel"),
        (r#"{"update":{"window":"x"}}"#, "update.window"),
        (r#"{"update":{"channel":"","auto":true}}"#, "update.auto"),
    ] {
        let reply = change(body).await;
        assert_eq!(reply.status, 422, "{body}");
        assert!(reply.body.contains(field), "{body} {reply:?}");
    }
}
