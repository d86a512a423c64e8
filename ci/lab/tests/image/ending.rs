//! Restart and power off as the page orders them, of a board that runs.

use std::time::Duration;

use farseat_lab::console::Console;
use serde_json::json;

use crate::board;

/// `serve` ends, and what is written reaches the card.
const SOON: Duration = Duration::from_secs(60);

fn order(console: &Console, to: &str) {
    let asked = console.ask("POST", "/api/v1/power", Some(json!({"to": to})));
    assert_eq!(asked.unwrap().status, 204);
}

#[test]
fn a_restart_comes_back_with_everything_that_was_set_and_power_off_is_the_end() {
    let mut board = board("ending");
    board.console().set(json!({"video": {"quality": 62}}));
    order(board.console(), "restart");
    board.wait_reset_within(SOON).unwrap();

    board.forget_console();
    let settings = board.console().ask("GET", "/api/v1/settings", None);
    assert_eq!(settings.unwrap().json()["video"]["quality"], 62);
    let log = board.console().ask("GET", "/api/v1/audit", None);
    let log = log.unwrap().json();
    let entries = log["entries"].as_array().unwrap();
    let restart = entries.iter().find(|entry| entry["what"] == "power");
    assert_eq!(restart.expect("recorded")["detail"], "restart", "{log}");

    order(board.console(), "off");
    let reason = board.qmp().wait_end_within(SOON).unwrap();
    assert_eq!(reason, "guest-shutdown");
}
