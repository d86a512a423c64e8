//! The watchdog: what hangs is reset, and what does not hang is not.

use std::time::Duration;

use farseat_lab::card::board::Board;
use farseat_lab_agent::Command;
use serde_json::json;

use crate::{board, power_on};

const SIGSTOP: i32 = 19;
const DATA: usize = 4;
const BITE: &str = "WATCHDOG";

/// Freezes `serve` with a write under way that the card never answers: such a process cannot even be killed.
fn hang_serve(board: &mut Board) {
    let disk = board.card().disk().clone();
    disk.hang_writes(&[DATA]);
    let operator = board.console().clone();
    // Nobody hears the answer: there is none.
    std::thread::spawn(move || {
        operator.ask(
            "PATCH",
            "/api/v1/settings",
            Some(json!({"video": {"quality": 61}})),
        )
    });
    disk.wait_hanging();
    let serve = board.target().serve_process().unwrap().expect("serve runs");
    let stop = Command::Signal {
        pid: serve.pid,
        signal: SIGSTOP,
    };
    board.target().ask(stop).unwrap();
}

fn hang_init(board: &Board) {
    board.target().ask(Command::Freeze { pid: 1 }).unwrap();
}

/// Waits until the watchdog bites; the machine then comes back by itself.
fn expect_bite(board: &mut Board) {
    board.qmp().wait_event(BITE).unwrap();
    board.card().disk().stop_hanging();
    board.wait_reset().unwrap();
    board.console().wait_until_up().unwrap();
    board.console().log_in().unwrap();
}

/// How long the machine may go without a pat, and how long it has been up.
fn limit_and_age(board: &Board) -> (Duration, Duration) {
    let read = |path| board.target().read(path).unwrap();
    let seconds = |text: &str| Duration::from_secs_f64(text.trim().parse().unwrap());
    let uptime = read("/proc/uptime");
    (
        seconds(&read("/sys/class/watchdog/watchdog0/timeout")),
        seconds(uptime.split(' ').next().unwrap()),
    )
}

#[test]
fn a_machine_that_hangs_is_reset_and_its_healthy_neighbour_is_not() {
    let mut healthy = board("watchdog-healthy");
    let mut serve_hangs = power_on("watchdog-serve");
    // Init writes to the card then, and would wait for it like serve.
    serve_hangs.wait_well();
    serve_hangs.console();
    let mut init_hangs = board("watchdog-init");
    hang_init(&init_hangs);
    hang_serve(&mut serve_hangs);

    serve_hangs.wait_serial("serve does not answer: killing it");
    serve_hangs.wait_serial("serve does not answer: the watchdog is left to bite");
    expect_bite(&mut init_hangs);
    expect_bite(&mut serve_hangs);

    // It was switched on first, so its watchdog would have bitten too, had nobody petted it.
    let (limit, age) = limit_and_age(&healthy);
    assert!(
        age > limit,
        "{age:?} are no proof with a limit of {limit:?}"
    );
    let events = healthy.qmp().events().unwrap();
    assert!(!events.iter().any(|event| event == BITE), "{events:?}");
    healthy.console().log_in().unwrap();
}
