//! The network's interface: on trial, confirmed, taken back, refused.

use serde_json::{Value, json};

use super::client::{Reply, ask};
use super::rig::Rig;

const NETWORK: &str = "/api/v1/network";

async fn settings(rig: &Rig, cookie: &str) -> Value {
    ask(rig.plain, "GET", NETWORK, cookie, "").await.json()["settings"].take()
}

async fn put(rig: &Rig, cookie: &str, settings: &Value) -> Reply {
    ask(rig.plain, "PUT", NETWORK, cookie, &settings.to_string()).await
}

async fn post(rig: &Rig, cookie: &str, what: &str) -> u16 {
    let path = format!("{NETWORK}/{what}");
    ask(rig.plain, "POST", &path, cookie, "").await.status
}

/// An address that the appliance shall have.
fn fixed(mut settings: Value) -> Value {
    settings["method"] = json!("static");
    settings["address"] = json!("192.0.2.7/24");
    settings["router"] = json!("192.0.2.1");
    settings
}

#[tokio::test]
async fn the_network_is_told_as_it_is() {
    let (rig, cookie) = Rig::claimed().await;
    let view = ask(rig.plain, "GET", NETWORK, &cookie, "").await.json();
    assert_eq!(view["managed"], true);
    assert_eq!(view["settings"]["name"], "rack");
    assert_eq!(view["settings"]["method"], "dhcp");
    assert_eq!(view["settings"]["address"], Value::Null);
    assert_eq!(view["status"]["source"], "none");
    assert_eq!(view["status"]["up"], false);
    assert_eq!(view["time"]["synchronized"], false);
    assert_eq!(view["pending"], Value::Null);
}

#[tokio::test]
async fn a_change_is_on_trial_and_then_written() {
    let (rig, cookie) = Rig::claimed().await;
    let wanted = fixed(settings(&rig, &cookie).await);
    let reply = put(&rig, &cookie, &wanted).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let trial = reply.json();
    assert_eq!(trial["confirm_within_s"], 60);
    let port = rig.https.port();
    assert_eq!(trial["reach"][0], format!("https://192.0.2.7:{port}/"));
    assert_eq!(trial["reach"][1], format!("https://rack.local:{port}/"));
    let view = ask(rig.plain, "GET", NETWORK, &cookie, "").await.json();
    assert_eq!(view["settings"], wanted, "in force");
    assert!(view["pending"]["confirm_within_s"].as_u64() > Some(50));
    assert_eq!(rig.settings.current().network.address, None, "not written");
    assert_eq!(post(&rig, &cookie, "confirm").await, 204);
    let kept = rig.settings.current().network.address;
    assert_eq!(
        kept.map(|kept| kept.to_string()).as_deref(),
        Some("192.0.2.7/24")
    );
    assert_eq!(post(&rig, &cookie, "confirm").await, 409);
}

#[tokio::test]
async fn a_change_is_taken_back_and_one_at_a_time_is_on_trial() {
    let (rig, cookie) = Rig::claimed().await;
    let before = settings(&rig, &cookie).await;
    let wanted = fixed(before.clone());
    assert_eq!(put(&rig, &cookie, &wanted).await.status, 202);
    let second = put(&rig, &cookie, &wanted).await;
    assert_eq!((second.status, second.code().as_str()), (409, "pending"));
    assert_eq!(post(&rig, &cookie, "revert").await, 204);
    assert_eq!(settings(&rig, &cookie).await, before);
    assert_eq!(post(&rig, &cookie, "revert").await, 409);
}

#[tokio::test]
async fn what_is_not_allowed_is_named() {
    let (rig, cookie) = Rig::claimed().await;
    let before = settings(&rig, &cookie).await;
    for (key, value, named) in [
        ("address", json!("192.0.2.7"), "network.address"),
        ("address", json!("::1/64"), "network.address"),
        ("router", json!("next door"), "network.router"),
        ("router", json!("192.0.3.1"), "network.router"),
        ("dns", json!(["1.1.1"]), "network.dns"),
        ("ntp", json!(["a", "b", "c", "d", "e"]), "time.servers"),
        ("name", json!("two words"), "device.name"),
        ("method", json!("magic"), "magic"),
        ("colour", json!("red"), "colour"),
    ] {
        let mut wanted = fixed(before.clone());
        wanted[key] = value;
        let reply = put(&rig, &cookie, &wanted).await;
        assert_eq!(reply.status, 422, "{key}: {reply:?}");
        assert!(reply.body.contains(named), "{key}: {reply:?}");
    }
    assert_eq!(settings(&rig, &cookie).await, before);
}

#[tokio::test]
async fn a_name_on_trial_is_ours_at_once() {
    let (rig, cookie) = Rig::claimed().await;
    let mut wanted = settings(&rig, &cookie).await;
    wanted["name"] = json!("attic");
    assert_eq!(put(&rig, &cookie, &wanted).await.status, 202);
    for (host, status) in [
        ("attic.local", 200),
        ("rack.local", 200),
        ("other.local", 421),
    ] {
        let request =
            format!("GET /api/v1/state HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let reply = super::client::raw(rig.plain, &request).await;
        assert_eq!(reply.status, status, "{host}");
    }
}
