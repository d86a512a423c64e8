//! The USB cable, moved by an operator and recorded.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::client::ask;
use super::rig::Rig;
use crate::target::UsbLink;

#[tokio::test]
async fn an_operator_resets_usb_and_that_is_recorded() {
    let (rig, ann) = Rig::claimed().await;
    let reset = ask(rig.plain, "POST", "/api/v1/usb/reset", &ann, "").await;
    assert_eq!(reset.status, 204, "{reset:?}");
    assert_eq!(rig.pulls.load(Ordering::Relaxed), 1);
    let log = ask(rig.plain, "GET", "/api/v1/audit?limit=1", &ann, "").await;
    assert!(
        log.body.contains(r#""what":"usb_reset","who":"ann""#),
        "{log:?}"
    );
}

#[tokio::test]
async fn what_the_target_has_found_is_kept() {
    let (rig, ann) = Rig::claimed().await;
    let now = ask(rig.plain, "GET", "/api/v1/usb", &ann, "").await.json();
    assert_eq!(now["budget"]["endpoints"], 9);
    let mut wanted = now["profile"].clone();
    wanted["functions"] = serde_json::json!(["keyboard", "controls"]);
    wanted["keyboard_first"] = true.into();
    let tried = ask(rig.plain, "PUT", "/api/v1/usb", &ann, &wanted.to_string()).await;
    assert_eq!(
        (tried.status, &tried.json()["trial"]),
        (200, &"found".into())
    );
    assert_eq!(tried.json()["shown"], serde_json::json!(["keyboard"]));
    let kept = ask(rig.plain, "GET", "/api/v1/usb", &ann, "").await.json();
    assert_eq!(kept["profile"], wanted);
    let rest = ask(rig.plain, "POST", "/api/v1/usb/rest", &ann, "").await;
    assert_eq!(
        rest.json()["shown"],
        serde_json::json!(["keyboard", "controls"])
    );
}

#[tokio::test]
async fn what_the_target_has_found_is_kept_though_nobody_waits_for_the_answer() {
    let (rig, ann) = Rig::claimed().await;
    let profile =
        async || ask(rig.plain, "GET", "/api/v1/usb", &ann, "").await.json()["profile"].clone();
    let mut wanted = profile().await;
    wanted["product"] = "Rack 7".into();
    let (to, body) = (rig.plain, wanted.to_string());
    let request = format!(
        "PUT /api/v1/usb HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\nCookie: {ann}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(to).await.expect("connect");
    stream.write_all(request.as_bytes()).await.expect("send");
    // The cable has moved: the trial is on.
    while rig.pulls.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    let kept = async { while profile().await != wanted {} };
    let kept = tokio::time::timeout(Duration::from_secs(30), kept).await;
    assert!(kept.is_ok(), "the profile is forgotten");
}

#[tokio::test]
async fn a_profile_that_is_not_allowed_never_reaches_the_cable() {
    let (rig, ann) = Rig::claimed().await;
    let now = ask(rig.plain, "GET", "/api/v1/usb", &ann, "").await.json();
    for (field, bad) in [
        ("functions", serde_json::json!(["relative"])),
        ("functions", serde_json::json!(["keyboard", "disk"])),
        ("vendor_id", 0.into()),
        ("vendor_id", 65_536.into()),
        ("serial", "a\nb".into()),
        ("product", "x".repeat(127).into()),
    ] {
        let mut wanted = now["profile"].clone();
        wanted[field] = bad;
        let refused = ask(rig.plain, "PUT", "/api/v1/usb", &ann, &wanted.to_string()).await;
        assert_eq!(refused.status, 422, "{wanted} {refused:?}");
    }
    assert_eq!(rig.pulls.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn why_a_target_is_not_woken_is_said() {
    let (rig, ann) = Rig::claimed().await;
    let wake = async || ask(rig.plain, "POST", "/api/v1/usb/wake", &ann, "").await;
    let awake = wake().await;
    assert_eq!((awake.status, awake.code().as_str()), (409, "awake"));
    rig._link.send_replace(UsbLink::Suspended);
    // The console hears of it in its own time.
    loop {
        let refused = wake().await;
        if refused.code() != "awake" {
            assert_eq!(
                (refused.status, refused.code().as_str()),
                (409, "cannot_wake")
            );
            assert!(refused.body.contains("power button"), "{refused:?}");
            return;
        }
    }
}
