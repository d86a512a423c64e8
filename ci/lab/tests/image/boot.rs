//! What boots from the card, and what comes after a reset.

use farseat_lab::card::board::{Beside, Board};
use farseat_lab_agent::Command;

use crate::{board, card, expect_a_console};

const SIGHUP: i32 = 1;
const SIGTERM: i32 = 15;

/// Process 1 takes its orders as signals.
fn order(board: &Board, signal: i32) {
    board
        .target()
        .ask(Command::Signal { pid: 1, signal })
        .unwrap();
}

/// What the firmware said about this boot, as the kernel passes it on.
fn told(board: &Board, property: &str) -> Vec<u8> {
    let path = format!("/proc/device-tree/chosen/bootloader/{property}");
    board.target().read(&path).unwrap().into_bytes()
}

#[test]
fn the_card_boots_into_the_console() {
    let mut board = board("card");
    assert_eq!((board.boot().partition, board.boot().trial), (2, false));
    assert_eq!(told(&board, "partition"), [0, 0, 0, 2]);
    assert_eq!(told(&board, "tryboot"), [0, 0, 0, 0]);
    expect_a_console(&mut board);
}

#[test]
fn the_image_as_it_is_flashed_serves_the_console() {
    let mut board = Board::power_on("card-alone", &card(), Beside::Nothing).unwrap();
    // Claims the appliance and logs in, over its own certificate.
    let status = board.console().status();
    assert!(
        status["version"].is_string() || status.is_object(),
        "{status}"
    );
    assert_eq!(board.console().ask("GET", "/", None).unwrap().status, 200);
}

#[test]
fn a_reboot_comes_back_to_the_same_slot() {
    let mut board = board("card-reboot");
    order(&board, SIGTERM);
    board.wait_reset().unwrap();
    assert_eq!((board.boot().partition, board.boot().trial), (2, false));
    board.console().wait_until_up().unwrap();
}

#[test]
fn garbage_in_autoboot_txt_boots_the_first_slot() {
    let card = card();
    let selector = card.fat(1).unwrap();
    selector.write("autoboot.txt", &[0xA5; 512]).unwrap();
    drop(selector);
    let mut board = Board::power_on("card-garbage", &card, Beside::Nothing).unwrap();
    assert_eq!(board.boot().partition, 2, "{}", board.boot().why);
    board.console();
}

#[test]
fn a_trial_boots_the_other_slot_once() {
    let mut board = board("card-trial");
    order(&board, SIGHUP);
    board.wait_reset().unwrap();
    assert_eq!((board.boot().partition, board.boot().trial), (3, true));
    board.console().wait_until_up().unwrap();
    assert_eq!(told(&board, "partition"), [0, 0, 0, 3]);
    assert_eq!(told(&board, "tryboot"), [0, 0, 0, 1]);
    order(&board, SIGTERM);
    board.wait_reset().unwrap();
    assert_eq!((board.boot().partition, board.boot().trial), (2, false));
    board.console().wait_until_up().unwrap();
}

#[test]
fn a_trial_of_a_system_that_panics_comes_back_to_the_old_slot() {
    let card = card();
    let slot = card.fat(3).unwrap();
    slot.write("initramfs.cpio", b"no root file system")
        .unwrap();
    drop(slot);
    let mut board = Board::power_on("card-panic", &card, Beside::Agent).unwrap();
    board.console();
    order(&board, SIGHUP);
    board.wait_reset().unwrap();
    assert_eq!(board.boot().partition, 3);
    // The kernel finds no init, panics, and resets the machine by itself.
    board.wait_reset().unwrap();
    assert_eq!((board.boot().partition, board.boot().trial), (2, false));
    board.console().wait_until_up().unwrap();
}
