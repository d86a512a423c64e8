//! Wake-on-LAN over the interface: the list is kept, checked and recorded, and only what is on it is woken.

use serde_json::{Value, json};

use super::client::{Reply, ask};
use super::rig::Rig;
use crate::lan::{HardwareAddress, Link, News};

const WAKE: &str = "/api/v1/wake";
const SEND: &str = "/api/v1/wake/send";

fn link(carrier: bool) -> News {
    News::Link(Some(Link {
        index: 2,
        name: "eth0".to_owned(),
        hardware_address: HardwareAddress([2; 6]),
        carrier,
        wireless: false,
    }))
}

async fn put(rig: &Rig, cookie: &str, machines: Value) -> Reply {
    let list = json!({ "machines": machines }).to_string();
    ask(rig.plain, "PUT", WAKE, cookie, &list).await
}

/// One machine that goes by `name`, with more said of it.
fn machine(more: Value) -> Value {
    let mut machine = json!({"name": "nas", "mac": "0200.5e10.0001"});
    let fields = more.as_object().cloned().unwrap_or_default();
    machine.as_object_mut().expect("an object").extend(fields);
    machine
}

#[tokio::test]
async fn a_machine_is_kept_woken_and_recorded() {
    let (rig, ann) = Rig::claimed().await;
    let send = async |name: &str| {
        let order = json!({ "name": name }).to_string();
        ask(rig.plain, "POST", SEND, &ann, &order).await
    };
    let saved = put(
        &rig,
        &ann,
        json!([machine(json!({"broadcast": "192.0.2.255"}))]),
    )
    .await;
    assert_eq!(saved.status, 200, "{saved:?}");
    let kept = r#"[{"name":"nas","mac":"02:00:5e:10:00:01","broadcast":"192.0.2.255","port":9}]"#;
    assert!(saved.body.contains(kept), "{saved:?}");

    let out = send("nas").await;
    assert_eq!((out.status, out.code().as_str()), (409, "no_link"));
    rig._network.send(link(true)).await.expect("heard");
    let unknown = send("nobody").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown"));
    // The network hears of its cable in its own time.
    let sent = loop {
        let sent = send("nas").await;
        if sent.code() != "no_link" {
            break sent;
        }
    };
    assert_eq!(
        (sent.status, sent.body.as_str()),
        (200, r#"{"to":"192.0.2.255:9"}"#)
    );
    let log = ask(rig.plain, "GET", "/api/v1/audit?limit=1", &ann, "").await;
    let recorded = r#""what":"machine_woken","who":"ann","address":"127.0.0.1","detail":"nas""#;
    assert!(log.body.contains(recorded), "{log:?}");
}

#[tokio::test]
async fn what_a_machine_cannot_be_is_refused_by_its_name_and_nothing_changes() {
    let (rig, ann) = Rig::claimed().await;
    for (more, named) in [
        (json!({"name": ""}), "wake.machines.name"),
        (json!({"name": "a\u{7}b"}), "wake.machines.name"),
        (json!({"mac": "01:00:5e:00:00:01"}), "wake.machines.mac"),
        (json!({"mac": "; reboot"}), "not a MAC address"),
        (json!({"broadcast": "127.0.0.1"}), "wake.machines.broadcast"),
        (json!({"broadcast": "::1"}), "IPv4"),
        (json!({"port": 0}), "nonzero"),
        (json!({"port": 70_000}), "u16"),
        (json!({"secure_on": "x"}), "secure_on"),
    ] {
        let refused = put(&rig, &ann, json!([machine(more.clone())])).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (422, "invalid"),
            "{more}"
        );
        assert!(refused.body.contains(named), "{named}: {refused:?}");
    }
    let many: Vec<Value> = (0..65)
        .map(|at| machine(json!({"name": at.to_string()})))
        .collect();
    let refused = put(&rig, &ann, json!(many)).await;
    assert!(
        refused.status == 422 && refused.body.contains("at most 64"),
        "{refused:?}"
    );
    assert!(rig.settings.current().wake.machines.is_empty());
}
