//! Text for the target over the interface.

use std::sync::{Mutex, Once};

use serde_json::{Value, json};

use super::client::{Reply, ask, binary, send, socket, text};
use super::rig::Rig;
use crate::hid::Port;
use crate::hid::event::{Event, Message, Usage};

const PASTE: &str = "/api/v1/paste";

async fn post(rig: &Rig, cookie: &str, body: &Value) -> Reply {
    ask(rig.plain, "POST", PASTE, cookie, &body.to_string()).await
}

async fn get(rig: &Rig, cookie: &str, path: &str) -> Value {
    ask(rig.plain, "GET", path, cookie, "").await.json()
}

/// Usages in the order in which the keyboard sees them go down.
async fn keys(rig: &mut Rig, count: usize) -> Vec<u8> {
    let (mut keys, mut before) = (Vec::new(), 0);
    while keys.len() < count {
        let (port, report) = rig.reports.recv().await.expect("the port lives");
        if port == Port::Keyboard {
            if report[2] != 0 && report[2] != before {
                keys.push(report[2]);
            }
            before = report[2];
        }
    }
    keys
}

/// How it ended; its last report may still be on its way when it is seen.
async fn done(rig: &Rig, cookie: &str) -> Value {
    loop {
        let state = get(rig, cookie, PASTE).await;
        if state["paste"]["phase"] != "typing" {
            return state["paste"].clone();
        }
    }
}

#[tokio::test]
async fn a_text_is_typed_in_the_targets_layout() {
    let (mut rig, cookie) = Rig::claimed().await;
    let body = json!({"text": "zy", "layout": "de"});
    let reply = post(&rig, &cookie, &body).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    assert_eq!(
        reply.json(),
        json!({"total": 2, "unknown": 0, "problems": []})
    );
    assert_eq!(
        keys(&mut rig, 2).await,
        [0x1C, 0x1D],
        "where a US keyboard has y and z"
    );
    assert_eq!(
        done(&rig, &cookie).await,
        json!({"total": 2, "typed": 2, "phase": "done"})
    );
}

#[tokio::test]
async fn the_end_of_a_line_is_enter_or_shift_and_enter_as_one_asks() {
    let (mut rig, cookie) = Rig::claimed().await;
    for (line_end, shift) in [("enter", 0), ("shift_enter", 2)] {
        let body = json!({"text": "a\nb", "layout": "us", "line_end": line_end});
        assert_eq!(post(&rig, &cookie, &body).await.status, 202);
        let mut pressed = Vec::new();
        while pressed.len() < 3 {
            let (port, report) = rig.reports.recv().await.expect("the port lives");
            if port == Port::Keyboard && report[2] != 0 {
                pressed.push((report[0], report[2]));
            }
        }
        assert_eq!(pressed, [(0, 0x04), (shift, 0x28), (0, 0x05)]);
        done(&rig, &cookie).await;
    }
}

#[tokio::test]
async fn what_cannot_be_typed_is_told_before_anything_is() {
    let (mut rig, cookie) = Rig::claimed().await;
    let mut body = json!({"text": "a“ä", "layout": "us", "dry_run": true});
    let dry = post(&rig, &cookie, &body).await;
    assert_eq!(dry.status, 200);
    let problems = json!([
        {"at": 1, "char": "“", "replacement": "\"", "way": "left_out"},
        {"at": 2, "char": "ä", "replacement": null, "way": "left_out"},
    ]);
    assert_eq!(dry.json()["problems"], problems);
    body["unknown"] = json!("alt_keypad");
    let dry = post(&rig, &cookie, &body).await.json();
    assert_eq!(dry["problems"][1]["way"], "by_number");
    body["unknown"] = json!("refuse");
    body["dry_run"] = json!(false);
    let refused = post(&rig, &cookie, &body).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["error"]["code"], "untypable");
    assert_eq!(get(&rig, &cookie, PASTE).await["paste"], Value::Null);
    body["ways"] = json!({"ä": "skip"});
    let refused = post(&rig, &cookie, &body).await;
    let message = refused.json()["error"]["message"].to_string();
    assert!(
        message.contains("1 of these") && message.contains('“'),
        "{message}"
    );
    body["ways"] = json!({"ä": "skip", "“": "replace"});
    assert_eq!(post(&rig, &cookie, &body).await.status, 202);
    assert_eq!(keys(&mut rig, 2).await, [0x04, 0x34]);
}

#[tokio::test]
async fn who_does_not_have_the_keyboard_types_nothing() {
    let (rig, cookie) = Rig::claimed().await;
    let mut client = socket(rig.plain, "/api/v1/control", &cookie).await;
    let seat = text(&mut client, "welcome").await["seat"].clone();
    text(&mut client, "lease").await;
    let body = json!({"text": "a", "layout": "us"});
    let refused = post(&rig, &cookie, &body).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (409, &json!("in_control"))
    );
    let body = json!({"text": "a", "layout": "us", "seat": seat});
    assert_eq!(post(&rig, &cookie, &body).await.status, 202);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_with_what_is_allowed() {
    let (rig, cookie) = Rig::claimed().await;
    for body in [
        json!({"text": "a"}),
        json!({"text": "a", "layout": "klingon"}),
        json!({"text": "a", "layout": "us", "delay_ms": 1001}),
        json!({"text": "a", "layout": "us", "seat": "x"}),
        json!({"text": "a", "layout": "us", "unknown": "guess"}),
        json!({"text": "a", "layout": "us", "ways": {"ab": "skip"}}),
        json!({"text": "a", "layout": "us", "ways": {"a": "guess"}}),
        json!({"text": "a", "layout": "us", "colour": "red"}),
    ] {
        assert_eq!(post(&rig, &cookie, &body).await.status, 422, "{body}");
    }
    let steer = |to: &str| json!({ "to": to }).to_string();
    let path = format!("{PASTE}/steer");
    let nothing = ask(rig.plain, "POST", &path, &cookie, &steer("stop")).await;
    assert_eq!(
        (nothing.status, &nothing.json()["error"]["code"]),
        (409, &json!("not_pasting"))
    );
    assert_eq!(
        ask(rig.plain, "POST", &path, &cookie, &steer("jump"))
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn layouts_are_listed_and_told() {
    let (rig, cookie) = Rig::claimed().await;
    let layouts = get(&rig, &cookie, "/api/v1/layouts").await;
    let de = layouts["layouts"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["id"] == "de");
    assert_eq!(de.expect("German")["title"], "German");
    let layout = get(&rig, &cookie, "/api/v1/layout?id=de").await;
    assert_eq!(layout["title"], "German");
    assert!(layout["characters"].as_str().expect("text").contains('ß'));
    let keys = layout["keys"].as_array().expect("a list");
    let key = |usage: u8| {
        keys.iter()
            .find(|key| key["usage"] == usage)
            .expect("a key")
    };
    assert_eq!(key(0x1C)["levels"][0], json!({"char": "z"}));
    assert_eq!(key(0x2E)["levels"][0], json!({"dead": "dead_acute"}));
    let unknown = ask(rig.plain, "GET", "/api/v1/layout?id=../../etc", &cookie, "").await;
    assert_eq!(unknown.status, 422);
}

/// All that the program itself logs at any level, by the threads that say it: this program's only log is for tests.
struct Overheard(Mutex<Vec<(String, String)>>);

static OVERHEARD: Overheard = Overheard(Mutex::new(Vec::new()));

impl log::Log for Overheard {
    fn enabled(&self, of: &log::Metadata<'_>) -> bool {
        of.target().starts_with("farseat")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            let mut said = self.0.lock().expect("whole");
            said.push((thread, record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// What was said by this thread, which serves, too; and by ports' threads, whose targets of other tests come and go.
fn overheard() -> Vec<String> {
    static BEGIN: Once = Once::new();
    BEGIN.call_once(|| {
        log::set_logger(&OVERHEARD).expect("no other log");
        log::set_max_level(log::LevelFilter::Trace);
    });
    let here = std::thread::current().name().map(str::to_owned);
    let said = OVERHEARD.0.lock().expect("whole");
    let ours = |(thread, text): &&(String, String)| {
        Some(thread) == here.as_ref()
            || thread.starts_with("hid-") && !text.contains(": the target ")
    };
    said.iter()
        .filter(ours)
        .map(|(_, text)| text.clone())
        .collect()
}

#[tokio::test]
async fn neither_texts_nor_keys_are_in_a_log_a_support_file_or_the_audit_log() {
    const TEXT: &str = "Squeamish ossifrage 7 times: the magic words are here";
    overheard();
    let (rig, ann) = Rig::claimed().await;
    let mut control = socket(rig.plain, "/api/v1/control", &ann).await;
    let seat = text(&mut control, "welcome").await["seat"].clone();
    let body = json!({"text": TEXT, "layout": "us", "seat": seat});
    assert_eq!(post(&rig, &ann, &body).await.status, 202);
    assert_eq!(done(&rig, &ann).await["typed"], TEXT.len());
    let before = overheard().len();
    // o, s, s, i, f, r
    for (number, usage) in (1..).zip([0x12, 0x16, 0x16, 0x0C, 0x09, 0x15]) {
        let usage = Usage::Key(usage);
        for (sequence, down) in [(2 * number - 1, true), (2 * number, false)] {
            let event = Event::Key { usage, down };
            send(&mut control, Message { sequence, event }.encode()).await;
            while binary(&mut control).await[1..5] != sequence.to_le_bytes() {}
        }
    }
    let said = overheard();
    assert_eq!(said[before..], [""; 0], "of keys");
    assert!(said.contains(&"claimed by ann".to_owned()), "it is heard");
    let mut told = said;
    for path in [
        "/api/v1/support",
        "/api/v1/support?redact=no",
        "/api/v1/audit.jsonl",
    ] {
        let reply = ask(rig.plain, "GET", path, &ann, "").await;
        assert_eq!(reply.status, 200);
        told.push(reply.body);
    }
    for told in told {
        assert!(!told.contains(&TEXT[..20]), "{told}");
    }
}
