//! The Wi-Fi's interface on a machine without a radio; with one it is tried in `net::wifi`, in the lab and in browsers.

use serde_json::{Value, json};

use super::client::ask;
use super::rig::Rig;
use crate::lan::{HardwareAddress, Link, News};

#[tokio::test]
async fn a_page_that_comes_over_a_radio_is_told_so_and_one_over_a_cable_is_not() {
    let (rig, cookie) = Rig::claimed().await;
    let in_use = async || {
        let view = ask(rig.plain, "GET", "/api/v1/wifi", &cookie, "").await;
        view.json()["in_use"] == json!(true)
    };
    let link = |wireless| {
        News::Link(Some(Link {
            index: 2,
            name: "a link".to_owned(),
            hardware_address: HardwareAddress([2; 6]),
            carrier: true,
            wireless,
        }))
    };
    assert!(!in_use().await, "without any link");
    for wireless in [true, false, true] {
        rig._network.send(link(wireless)).await.expect("heard");
        let seen = async {
            // The network hears of its link in its own time.
            while in_use().await != wireless {}
        };
        let limit = std::time::Duration::from_secs(10);
        let never = format!("wireless {wireless} is never told");
        tokio::time::timeout(limit, seen).await.expect(&never);
    }
}

#[tokio::test]
async fn a_board_without_a_radio_says_so_whatever_is_asked() {
    let (rig, cookie) = Rig::claimed().await;
    let view = ask(rig.plain, "GET", "/api/v1/wifi", &cookie, "")
        .await
        .json();
    assert_eq!(
        (&view["hardware"], &view["state"]),
        (&json!(false), &json!("off"))
    );
    assert_eq!(view["known"], json!([]));
    let join = json!({ "ssid": "Attic", "security": "wpa2", "password": "battery staple" });
    for (method, path, body) in [
        ("POST", "scan", Value::Null),
        ("POST", "join", join),
        ("PUT", "country", json!({ "country": "DE" })),
    ] {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let reply = ask(
            rig.plain,
            method,
            &format!("/api/v1/wifi/{path}"),
            &cookie,
            &body,
        )
        .await;
        assert_eq!(reply.status, 409, "{path}: {reply:?}");
        assert_eq!(reply.json()["error"]["code"], "no_wifi", "{path}");
    }
    let nothing = ask(rig.plain, "POST", "/api/v1/wifi/confirm", &cookie, "").await;
    assert_eq!(nothing.json()["error"]["code"], "not_pending");
}

#[tokio::test]
async fn a_name_or_a_country_that_is_none_is_refused_with_its_field() {
    let (rig, cookie) = Rig::claimed().await;
    for (field, body) in [
        (
            "wifi.ssid",
            json!({ "security": "wpa2", "password": "battery staple" }),
        ),
        (
            "wifi.ssid",
            json!({ "ssid": "x".repeat(33), "security": "wpa2", "password": "battery staple" }),
        ),
        (
            "wifi.ssid",
            json!({ "ssid": "a", "ssid_hex": "61", "security": "wpa2", "password": "battery staple" }),
        ),
        (
            "wifi.country",
            json!({ "ssid": "a", "country": "DEU", "security": "wpa2", "password": "battery staple" }),
        ),
    ] {
        let reply = ask(
            rig.plain,
            "POST",
            "/api/v1/wifi/join",
            &cookie,
            &body.to_string(),
        )
        .await;
        assert_eq!(reply.status, 422, "{body}");
        let message = reply.json()["error"]["message"].to_string();
        assert!(
            message.contains(field) && !message.contains("staple"),
            "{message}"
        );
    }
}
