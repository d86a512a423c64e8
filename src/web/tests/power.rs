//! Restart and power off: what they interrupt is told, held keys are let go, it is recorded, and everybody hears it.

use super::client::{ask, close_code, open, send, socket};
use super::rig::Rig;
use crate::hid::Port;
use crate::hid::event::{Event, Message, Usage};
use crate::slot::line::Power;

const POWER: &str = "/api/v1/power";

#[tokio::test]
async fn what_the_end_would_interrupt_is_told() {
    let (rig, ann) = Rig::claimed().await;
    let _control = socket(rig.plain, "/api/v1/control", &ann).await;
    let view = ask(rig.plain, "GET", POWER, &ann, "").await;
    let view: serde_json::Value = serde_json::from_str(&view.body).expect("json");
    for (what, is) in [
        ("available", serde_json::json!(true)),
        ("controller", "ann".into()),
        ("seats", 1.into()),
        ("pasting", false.into()),
    ] {
        assert_eq!(view[what], is, "{what}");
    }
    assert!(view["update"].is_null() && view["trial"] == false, "{view}");
}

#[tokio::test]
async fn a_restart_lets_go_of_held_keys_first_and_is_recorded() {
    let (mut rig, ann) = Rig::claimed().await;
    let mut control = socket(rig.plain, "/api/v1/control", &ann).await;
    let event = Event::Key {
        usage: Usage::Key(4),
        down: true,
    };
    send(&mut control, Message { sequence: 1, event }.encode()).await;
    let mut last = Vec::new();
    while last.get(2) != Some(&4) {
        last = keyboard(rig.reports.recv().await.expect("the port lives"), last);
    }
    let begun = ask(rig.plain, "POST", POWER, &ann, r#"{"to":"restart"}"#).await;
    assert_eq!(begun.status, 204, "{begun:?}");
    assert_eq!(rig.ended.try_recv(), Ok(Power::Restart));
    while let Ok(report) = rig.reports.try_recv() {
        last = keyboard(report, last);
    }
    assert_eq!(last, [0; 8], "before the order was given");
    let log = ask(rig.plain, "GET", "/api/v1/audit", &ann, "").await;
    let recorded = r#""what":"power","who":"ann","address":"127.0.0.1","detail":"restart""#;
    assert!(log.body.contains(recorded), "{log:?}");
}

/// The keyboard's newest report.
fn keyboard((port, report): (Port, Vec<u8>), last: Vec<u8>) -> Vec<u8> {
    if port == Port::Keyboard { report } else { last }
}

#[tokio::test]
async fn everybody_who_watches_hears_how_the_appliance_ends() {
    for (to, code) in [("restart", 1001), ("off", 4410)] {
        let (mut rig, ann) = Rig::claimed().await;
        let origin = format!("http://{}", rig.plain);
        let headers = [("Cookie", ann.as_str()), ("Origin", origin.as_str())];
        let mut video = open(rig.plain, "/api/v1/video", &headers)
            .await
            .expect("open");
        let begun = ask(
            rig.plain,
            "POST",
            POWER,
            &ann,
            &format!(r#"{{"to":"{to}"}}"#),
        )
        .await;
        assert_eq!(begun.status, 204, "{begun:?}");
        let stopping = tokio::spawn(async move { rig.stop().await });
        assert_eq!(close_code(&mut video).await, code, "{to}");
        stopping.await.expect("no panic");
    }
}

#[tokio::test]
async fn the_end_is_ordered_once_and_only_in_words_that_are_known() {
    let (mut rig, ann) = Rig::claimed().await;
    for body in ["", "{}", r#"{"to":"sleep"}"#, r#"{"to":"off","at":"noon"}"#] {
        let refused = ask(rig.plain, "POST", POWER, &ann, body).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (422, "invalid"),
            "{body}"
        );
    }
    let post = async |body| ask(rig.plain, "POST", POWER, &ann, body).await;
    assert_eq!(post(r#"{"to":"off"}"#).await.status, 204);
    let again = post(r#"{"to":"restart"}"#).await;
    assert_eq!((again.status, again.code().as_str()), (409, "busy"));
    assert_eq!(rig.ended.try_recv(), Ok(Power::Off));
    assert!(rig.ended.try_recv().is_err(), "one order");
}
