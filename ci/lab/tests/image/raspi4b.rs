//! The board's own kernel configuration, on QEMU's model of the board.

use farseat_lab::card::Card;
use farseat_lab::card::raspi4b::Raspi4b;

#[test]
fn the_card_of_the_raspberry_pi_starts_its_program_and_keeps_data() {
    let card = Card::of_the_raspberry_pi().unwrap();
    let board = Raspi4b::power_on("raspi4b", &card).unwrap();
    board.wait_said(&["farseat", "starts as init"]).unwrap();
    board
        .wait_said(&["the data folder is on the card"])
        .unwrap();
    // The text for whoever sits in front of the board: written by the program that serves.
    board.wait_said(&["Farseat", "version"]).unwrap();
    board.wait_said(&["Owner", "nobody yet"]).unwrap();
}
