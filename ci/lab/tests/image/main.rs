//! The card image on virtual hardware, sentence by sentence.
//!
//! The image is made by the project's own post-image step (`ci/card`); the firmware model chooses what boots from it.
//! Each test switches its own board on, with its own copy of the card.
#![allow(clippy::unwrap_used)]

mod boot;
mod data;
mod ending;
mod power;
mod preseed;
mod raspi4b;
mod readonly;
mod reset;
mod watchdog;

use std::sync::LazyLock;

use farseat_lab::card::Card;
use farseat_lab::card::board::{Beside, Board};
use farseat_lab::console::Control;
use farseat_lab::dongle::mjpeg_dongle;
use farseat_lab::picture::{Colour, Picture};

/// Key A: its HID usage, and what Linux calls it.
const A: (u8, u16) = (0x04, 30);
const RED_BLUE: Picture = Picture::Halves(Colour::RED, Colour::BLUE);

/// Built once; each board gets a copy of what it is now.
static CARD: LazyLock<Card> = LazyLock::new(|| Card::of_this_project().unwrap());

/// A copy of the card as flashed.
fn card() -> Card {
    Card::copy_of(&CARD.disk().path()).unwrap()
}

/// A board with the agent, switched on.
fn power_on(name: &str) -> Board {
    Board::power_on(name, &card(), Beside::Agent).unwrap()
}

/// The same, claimed.
fn board(name: &str) -> Board {
    let mut board = power_on(name);
    board.console();
    board
}

/// Sees that a key and a picture arrive.
fn expect_a_console(board: &mut Board) {
    board.dongle().plug(mjpeg_dongle(), RED_BLUE).unwrap();
    board.console().video().wait_picture(RED_BLUE);
    let control = board.console().control();
    expect_keys(board, &control);
}

fn expect_keys(board: &Board, control: &Control) {
    control.wait_lease();
    control.wait_usb("configured");
    board.target().wait_listening();
    control.press(A.0);
    board.target().wait_pressed(A.1);
    control.release(A.0);
    board.target().wait_released(A.1);
}
