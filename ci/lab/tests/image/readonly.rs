//! After the boot the system lives in RAM: the card's system partitions are read by nobody.

use farseat_lab_agent::Command;

use crate::{RED_BLUE, board, expect_a_console, expect_keys};

const SIGKILL: i32 = 9;
/// The selector and both slots.
const SYSTEM: [usize; 3] = [1, 2, 3];

#[test]
fn the_console_works_when_no_system_partition_can_be_read_any_more() {
    let mut board = board("card-read-errors");
    expect_a_console(&mut board);
    let disk = board.card().disk().clone();
    disk.fail_reads(&SYSTEM);
    // What the kernel still knows of the card by heart does not count.
    board
        .target()
        .write("/proc/sys/vm/drop_caches", "3")
        .unwrap();
    let read_at_boot = SYSTEM.map(|partition| disk.take_read(partition));

    board.console().log_in().unwrap();
    expect_page(&mut board);
    let settings = serde_json::json!({"video": {"quality": 61}});
    board.console().set(settings);
    let video = board.console().video();
    video.wait_picture(RED_BLUE);
    let control = board.console().control();
    expect_keys(&board, &control);

    // Not even a crash makes it look for its program on the card.
    let serve = board.target().serve_process().unwrap().expect("serve runs");
    let kill = Command::Signal {
        pid: serve.pid,
        signal: SIGKILL,
    };
    board.target().ask(kill).unwrap();
    board.console().wait_until_up().unwrap();
    board.console().log_in().unwrap();
    assert!(board.console().snapshot().unwrap().shows(RED_BLUE));

    let read_since = SYSTEM.map(|partition| disk.take_read(partition));
    assert_eq!(read_since, [0; 3], "at boot it was {read_at_boot:?}");
}

/// The page and what it loads.
fn expect_page(board: &mut farseat_lab::card::board::Board) {
    let page = board.console().ask("GET", "/", None).unwrap();
    assert_eq!(page.status, 200);
    let page = String::from_utf8(page.body).unwrap();
    let parts: Vec<_> = page
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .collect();
    assert!(!parts.is_empty(), "the page loads nothing: {page}");
    for part in parts {
        let answer = board.console().ask("GET", part, None).unwrap();
        assert_eq!(answer.status, 200, "{part}");
        assert!(!answer.body.is_empty(), "{part}");
    }
}
