//! Diagnostics over the interface: what is wrong, the log as it comes, and a support file that tells on nobody.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::ask;
use super::rig::Rig;
use crate::target::UsbLink;

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("json")
}

#[tokio::test]
async fn what_is_wrong_is_found_by_its_name() {
    let (rig, ann) = Rig::claimed().await;
    rig._link.send_replace(UsbLink::Disconnected);
    // The console hears of it in its own time.
    let found = loop {
        let found = ask(rig.plain, "GET", "/api/v1/diagnostics", &ann, "").await;
        let found = json_of(&found.body);
        if found["usb"] == "disconnected" {
            break found;
        }
    };
    let wrong = serde_json::json!({"finding": "usb_disconnected", "severity": "bad"});
    let findings = found["findings"].as_array().expect("a list");
    assert!(findings.contains(&wrong), "{found}");
    assert_eq!(found["capture"]["captured"], 0);
    assert!(found["health"]["card_errors"].is_null(), "no card of ours");
}

#[tokio::test]
async fn the_log_comes_as_it_is_written() {
    let (rig, ann) = Rig::claimed().await;
    rig.journal.add(log::Level::Info, "net", "before");
    let mut stream = tokio::net::TcpStream::connect(rig.plain)
        .await
        .expect("connect");
    let to = rig.plain;
    let request = format!("GET /api/v1/log HTTP/1.1\r\nHost: {to}\r\nCookie: {ann}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("asked");
    let mut said = String::new();
    let mut bytes = [0; 4096];
    for wanted in ["\"text\":\"before\"", "\"text\":\"after\""] {
        while !said.contains(wanted) {
            let count = stream.read(&mut bytes).await.expect("read");
            assert!(count > 0, "it ended: {said}");
            said += &String::from_utf8_lossy(&bytes[..count]);
        }
        rig.journal.add(log::Level::Warn, "net", "after");
    }
    assert!(said.contains("content-type: text/event-stream"), "{said}");
    assert!(said.contains("id: 1\ndata: {\"number\":1,"), "{said}");
    // The session's end is the log's.
    let out = ask(rig.plain, "DELETE", "/api/v1/session", &ann, "").await;
    assert_eq!(out.status, 204);
    while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}

#[tokio::test]
async fn a_support_file_tells_on_nobody_unless_it_is_to() {
    let (rig, ann) = Rig::claimed().await;
    rig.journal.add(
        log::Level::Warn,
        "power",
        "restart, ordered by ann from 192.0.2.7",
    );
    let get = async |query: &str| {
        let path = format!("/api/v1/support{query}");
        ask(rig.plain, "GET", &path, &ann, "").await
    };
    let redacted = get("").await;
    let log = json_of(&redacted.body)["log"][0]["text"].clone();
    assert_eq!(log, "restart, ordered by [user 1] from [address 1]");
    assert_eq!(
        json_of(&redacted.body)["settings"]["device"]["name"],
        "[name 1]"
    );
    for private in ["\"rack\"", "192.0.2.7", "ann\"", " ann "] {
        assert!(!redacted.body.contains(private), "{private}: {redacted:?}");
    }
    let whole = get("?redact=no").await;
    assert!(
        whole.body.contains("ordered by ann from 192.0.2.7"),
        "{whole:?}"
    );
    for body in [&redacted.body, &whole.body] {
        for secret in ["password", "secret", "PRIVATE KEY", super::rig::PASSWORD] {
            assert!(!body.contains(secret), "{secret}");
        }
    }
    assert_eq!(get("?redact=maybe").await.status, 422);
}
