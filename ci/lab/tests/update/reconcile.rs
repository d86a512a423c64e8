//! What init makes of the card that it finds, without anybody asking for an update.

use farseat_firmware::slot::Slot::{self, A, B};
use farseat_firmware::slot::bundle::{Header, Made};
use farseat_firmware::slot::digest::Digest;
use farseat_firmware::slot::state::{Status, Verdict};
use farseat_lab::card::Card;
use farseat_lab::card::board::Board;
use farseat_lab_agent::Command;

use crate::{Dice, armed, card, is_full, power_on, say, settled, status};

const SEED: u64 = 0x5eed_0006;
const SIGHUP: i32 = 1;
const SIGTERM: i32 = 15;

/// Process 1 takes its orders as signals.
fn order(board: &Board, signal: i32) {
    board
        .target()
        .ask(Command::Signal { pid: 1, signal })
        .unwrap();
}

/// Orders a trial of the other slot as the keeper does: it is on the card before the machine restarts.
fn try_other(board: &mut Board) {
    let settled = board.wait_well();
    board.card().set_state(&armed(settled));
    order(board, SIGHUP);
    board.wait_reset().unwrap();
}

fn booted(board: &Board) -> (u8, bool) {
    (board.boot().partition, board.boot().trial)
}

#[test]
fn a_card_without_a_state_gets_one_and_what_runs_is_well() {
    let card = card();
    card.lose_state();
    let board = power_on("update-no-state", &card);
    let state = board.wait_state(|state| state.slot(A).status == Status::Good);
    assert_eq!(status(&state), (A, Status::Good, Status::Empty));
    board.wait_well();
}

#[test]
fn a_slot_that_was_being_written_is_never_started() {
    let card = card();
    let mut state = settled();
    let header = Header {
        made: Made {
            version: "9.9.9".into(),
            ..Made::default()
        },
        size: 512,
        sha256: Digest([1; 32]),
        blocks: vec![],
        bases: vec![],
    };
    state.begin(B, &header);
    card.set_state(&state);
    card.unseal(B);
    let mut board = power_on("update-writing", &card);
    board.wait_init("serve answers");
    // Even by hand: the firmware passes it by.
    order(&board, SIGHUP);
    board.wait_reset().unwrap();
    assert_eq!(board.boot().partition, A.partition());
    let state = board.wait_well();
    assert_eq!(status(&state), (A, Status::Good, Status::Writing));
}

#[test]
fn garbage_in_autoboot_txt_is_overwritten_and_the_next_start_is_the_right_slot() {
    let card = card();
    let mut state = settled();
    state.primary = B;
    card.set_state(&state);
    let selector = card.fat(1).unwrap();
    selector.write("autoboot.txt", &[0xA5; 512]).unwrap();
    drop(selector);
    let mut board = power_on("update-garbage", &card);
    assert_eq!(board.boot().partition, A.partition());
    board.wait_init("and was overwritten");
    assert_eq!(card.named(), Some(B));
    board.wait_init("serve answers");
    order(&board, SIGTERM);
    board.wait_reset().unwrap();
    assert_eq!(booted(&board), (B.partition(), false));
    board.wait_well();
}

#[test]
fn autoboot_txt_that_is_gone_is_written_anew() {
    let card = card();
    card.set_state(&settled());
    card.fat(1).unwrap().remove("autoboot.txt").unwrap();
    let mut board = power_on("update-no-autoboot", &card);
    board.wait_init("writing it anew");
    board.wait_init("serve answers");
    assert_eq!(card.named(), Some(A));
    let names = card.fat(1).unwrap().names().unwrap();
    assert_eq!(names.len(), 1, "{names:?}");
    // And it is one that can be overwritten in place.
    board
        .power_cycle(|card| {
            let mut state = card.state().unwrap();
            state.primary = B;
            card.set_state(&state);
        })
        .unwrap();
    board.wait_init("and was overwritten");
    assert_eq!(card.named(), Some(B));
}

#[test]
fn a_trial_by_hand_decides_nothing() {
    let card = card();
    card.set_state(&settled());
    let mut board = power_on("update-by-hand", &card);
    let before = board.wait_well();
    order(&board, SIGHUP);
    board.wait_reset().unwrap();
    assert_eq!(booted(&board), (B.partition(), true));
    board.wait_init("was started once, without an order");
    board.wait_init("serve answers");
    order(&board, SIGTERM);
    board.wait_reset().unwrap();
    assert_eq!(booted(&board), (A.partition(), false));
    assert_eq!(board.wait_well(), before);
}

#[test]
fn an_ordered_trial_that_is_well_is_committed() {
    let card = card();
    card.set_state(&settled());
    let mut board = power_on("update-trial", &card);
    try_other(&mut board);
    assert_eq!(booted(&board), (B.partition(), true));
    board.wait_init("slot b is on trial");
    board.wait_init("has proven itself");
    let state = board.wait_state(|state| state.slot(B).status == Status::Good);
    assert_eq!(status(&state), (B, Status::Good, Status::Good));
    board.wait_named(B);
    board.power_cycle(|_| ()).unwrap();
    assert_eq!(booted(&board), (B.partition(), false));
}

#[test]
fn an_ordered_trial_that_panics_is_told_by_the_old_slot() {
    let card = card();
    card.set_state(&settled());
    let slot = card.fat(B.partition()).unwrap();
    slot.write("initramfs.cpio", b"no root file system")
        .unwrap();
    drop(slot);
    let mut board = power_on("update-panic", &card);
    try_other(&mut board);
    assert_eq!(booted(&board), (B.partition(), true));
    board.wait_reset().unwrap();
    assert_eq!(booted(&board), (A.partition(), false));
    board.wait_init("ended without a word");
    let state = board.wait_state(|state| state.slot(B).status == Status::Bad);
    assert_eq!(state.slot(B).verdict, Some(Verdict::Died));
}

#[test]
fn after_three_starts_that_were_not_well_the_other_slot_is_tried_and_stays() {
    let card = card();
    let mut state = settled();
    for _ in 0..3 {
        assert!(!state.count_start());
    }
    card.set_state(&state);
    let mut board = power_on("update-unsteady", &card);
    board.wait_reset().unwrap();
    assert_eq!(booted(&board), (B.partition(), true));
    let state = board.wait_state(|state| state.slot(B).status == Status::Good);
    assert_eq!(state.primary, B);
    board.wait_named(B);
}

#[test]
fn a_primary_slot_that_does_not_boot_is_replaced_by_the_one_that_does() {
    let card = card();
    card.set_state(&settled());
    card.unseal(A);
    let board = power_on("update-passed-by", &card);
    assert_eq!(booted(&board), (B.partition(), false));
    board.wait_init("has passed slot a by");
    let state = board.wait_state(|state| state.primary == Slot::B);
    assert_eq!(state.slot(A).verdict, Some(Verdict::PassedBy));
    board.wait_state(|state| state.slot(B).status == Status::Good);
    board.wait_named(B);
}

#[test]
fn whatever_is_in_autoboot_txt_a_system_starts_and_puts_it_right() {
    let card = card();
    card.set_state(&settled());
    let right = card.fat(1).unwrap().read("autoboot.txt").unwrap();
    let mut dice = Dice(SEED);
    let mut board = power_on("update-autoboot", &card);
    let times = if is_full() { 32 } else { 2 };
    for _ in 0..times {
        board.wait_init("serve answers");
        let mut file = right.clone();
        for _ in 0..=dice.below(64) {
            let at = dice.below(512) as usize;
            file[at] = dice.below(256) as u8;
        }
        // Longer, shorter, or as long as it has to be.
        file.resize([512, 512, 513, 100, 0][dice.below(5) as usize], b'#');
        // So many starts that were cut off would be a reason to try the other slot.
        let put = |card: &Card| {
            card.set_state(&settled());
            card.fat(1).unwrap().write("autoboot.txt", &file).unwrap();
        };
        board.power_cycle(put).unwrap();
        assert!([2, 3].contains(&board.boot().partition));
        board.wait_init("serve answers");
        assert_eq!(card.named(), Some(A), "{}", board.boot().why);
        // And at the latest the next start is the right one.
        board.power_cycle(|_| ()).unwrap();
        assert_eq!(board.boot().partition, A.partition());
    }
    say(&format!(
        "autoboot: {times} mutations booted, each put right"
    ));
}
