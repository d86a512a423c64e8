//! A factory reset that is asked for on the page, of a board that nobody can reach.

use std::time::Duration;

use serde_json::json;

use crate::board;

/// From the answer to the reset: `serve` ends, and what is written reaches the card.
const SOON: Duration = Duration::from_secs(60);

#[test]
fn an_admin_who_asks_for_a_factory_reset_leaves_an_appliance_that_nobody_owns() {
    let mut board = board("reset-asked");
    let console = board.console();
    console.set(json!({"video": {"quality": 61}}));
    let asked = console.ask("POST", "/api/v1/factory-reset", None).unwrap();
    assert_eq!(asked.status, 204);
    board.wait_reset_within(SOON).unwrap();

    // Whoever logs in claims it before, when that is possible.
    board.forget_console();
    let console = board.console();
    let settings = console.ask("GET", "/api/v1/settings", None).unwrap();
    assert_eq!(settings.json()["video"]["quality"], 80);
    let told = console.status()["system"].clone();
    assert_eq!(
        (&told["factory_reset"], &told["data"]["state"]),
        (&json!(true), &json!("new"))
    );
    let log = console.ask("GET", "/api/v1/audit", None).unwrap().json();
    let whats = log["entries"].as_array().unwrap().iter();
    assert!(whats.clone().any(|entry| entry["what"] == "claim"), "{log}");
    assert!(!whats.clone().any(|entry| entry["what"] == "factory_reset"));
    let names = board.card().fat(1).unwrap().names().unwrap();
    assert!(!names.iter().any(|name| name.contains("factory")));
}
