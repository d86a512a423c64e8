//! Updates on virtual hardware, sentence by sentence: what init does with the slots of a card, and whole updates
//! through the appliance's own interface.
//!
//! Each test switches its own board on, with its own copy of the card.
#![allow(clippy::unwrap_used)]

mod bad;
mod cuts;
mod faults;
mod reconcile;
mod whole;

use std::sync::LazyLock;

use farseat_firmware::slot::Slot;
use farseat_firmware::slot::health::Checks;
use farseat_firmware::slot::state::{Image, State, Status};
use farseat_lab::card::Card;
use farseat_lab::card::board::{Beside, Board};
use farseat_lab::say;

/// Built once; each board gets a copy of what it is now.
static CARD: LazyLock<Card> = LazyLock::new(|| Card::of_this_project().unwrap());

/// A copy of the card as flashed.
fn card() -> Card {
    Card::copy_of(&CARD.disk().path()).unwrap()
}

/// Both slots are good, as on a card that has seen an update; A boots.
fn settled() -> State {
    State::new("0.1.0", Image::default(), 1, 1)
}

fn power_on(name: &str, card: &Card) -> Board {
    Board::power_on(name, card, Beside::Agent).unwrap()
}

/// The other slot is ordered on trial.
fn armed(mut state: State) -> State {
    let other = !state.primary;
    state.arm(other, Checks::NONE).unwrap();
    state
}

fn status(state: &State) -> (Slot, Status, Status) {
    let of = |slot| state.slot(slot).status;
    (state.primary, of(Slot::A), of(Slot::B))
}

/// Whether everything is to be proven, however long it takes.
fn is_full() -> bool {
    std::env::var_os("FARSEAT_FULL").is_some()
}

/// Xorshift: a test has to fail again in the same way.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}

/// Bytes that cannot be packed; the same every time.
fn noise(length: usize) -> Vec<u8> {
    let mut dice = Dice(0x5eed_0004);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend(dice.next().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
