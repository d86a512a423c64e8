//! What goes wrong beside a power cut: a card that cannot be written, a machine that is killed, data that is full.

use std::path::Path;
use std::time::Duration;

use farseat_firmware::slot::Slot::A;
use farseat_firmware::slot::state::Status;
use farseat_lab::card::board::Board;
use farseat_lab::card::release::{Bundle, Release};
use farseat_lab::card::{Card, ext4};
use farseat_lab::depot::Depot;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::{Dice, card, is_full, noise, power_on, say};

const SEED: u64 = 0x5eed_0005;
const DATA: usize = 4;
const SLOT_B: usize = 3;

fn bundle() -> Bundle {
    let release = Release::of(&card(), "0.1.1");
    release.with("more.bin", &noise(1 << 20)).bundle()
}

/// The same release with other content.
fn other_bundle() -> Bundle {
    let release = Release::of(&card(), "0.1.1");
    let mut more = noise(1 << 20);
    more.reverse();
    release.with("more.bin", &more).bundle()
}

/// The old system is what it was, and what starts.
fn expect_old(board: &mut Board, before: &Card) {
    let area = board.card().disk().partition(2);
    let content = |card: &Card| card.disk().content(area.clone()).unwrap();
    assert!(
        content(board.card()) == content(before),
        "slot a has changed"
    );
    assert_eq!(board.card().named(), Some(A));
    board.power_cycle(|_| ()).unwrap();
    assert_eq!((board.boot().partition, board.boot().trial), (2, false));
    board.wait_init("serve answers");
    board.console().log_in().unwrap();
}

fn upload(board: &mut Board, bundle: &Bundle) -> Value {
    let answer = board.console().upload(&bundle.bytes, 0, false);
    // Who refuses may hang up: what came of it is told all the same.
    drop(answer);
    board.console().wait_job()
}

#[test]
fn a_card_that_cannot_be_written_is_told_and_the_update_can_be_tried_again() {
    let bundle = bundle();
    let before = card();
    let mut board = power_on("update-unwritable", &card());
    board.console();
    let disk = board.card().disk().clone();
    disk.fail_writes(&[SLOT_B]);
    let job = upload(&mut board, &bundle);
    assert_eq!(job["stage"], "failed", "{job}");
    let message = job["error"]["message"].as_str().unwrap_or_default();
    say(&format!("write error: {message}"));
    assert!(message.contains("cannot be written"), "{job}");
    expect_old(&mut board, &before);
    disk.fail_writes(&[]);
    let job = upload(&mut board, &bundle);
    assert_eq!(job["stage"], "installed", "{job}");
}

#[test]
fn an_update_needs_no_room_on_the_data_partition() {
    let card = card();
    let mut board = power_on("update-full-base", &card);
    board.console();
    board.shut_down();
    fill(&card);
    let mut board = power_on("update-full", &card);
    let job = upload(&mut board, &bundle());
    assert_eq!(job["stage"], "installed", "{job}");
    board.console().order_trial();
    board.wait_reset().unwrap();
    board.wait_state(|state| state.primary != A);
}

fn fill(card: &Card) {
    let area = card.disk().partition(DATA);
    let image = NamedTempFile::new().unwrap();
    std::fs::write(image.path(), card.disk().content(area.clone()).unwrap()).unwrap();
    // What the kernel would replay must not meet what is changed here.
    ext4::replay(image.path()).unwrap();
    put_filler(image.path());
    let bytes = std::fs::read(image.path()).unwrap();
    card.disk().change(area.start, &bytes).unwrap();
}

fn put_filler(image: &Path) {
    let filler = NamedTempFile::new().unwrap();
    std::fs::write(filler.path(), vec![b'x'; 40 << 20]).unwrap();
    ext4::write(image, "filler", filler.path()).unwrap();
}

/// Of an install, from its first write to the trial: kills come at one of these, or when they have come.
const WRITES: u64 = 48;
/// By then an install has begun, and most often ended.
const BEGUN: Duration = Duration::from_secs(8);

#[test]
fn a_machine_that_is_killed_at_any_moment_comes_back_and_can_be_updated() {
    let (boards, kills) = if is_full() { (4, 50) } else { (1, 5) };
    // Each board mostly waits until it is well again.
    std::thread::scope(|scope| {
        for number in 0..boards {
            scope.spawn(move || kill_again_and_again(number, kills));
        }
    });
}

fn kill_again_and_again(number: u64, kills: usize) {
    // Whichever slot is the other one now lacks one of them.
    let bundles = [bundle(), other_bundle()];
    let depots = [0, 1].map(|at: usize| Depot::open(bundles[at].bytes.clone()).unwrap());
    let mut dice = Dice(SEED + number);
    let mut board = power_on(&format!("update-killed-{number}"), &card());
    let mut reached = [0; 2];
    for kill in 0..kills {
        board.wait_well();
        board.console().log_in().unwrap();
        let state = board.card().state().unwrap();
        let writes = dice.below(WRITES);
        let disk = board.card().disk().clone();
        disk.count_writes();
        board.console().fetch(&depots[kill % 2].url(), true);
        let there = disk.wait_writes_for(writes, BEGUN);
        reached[usize::from(there)] += 1;
        board.power_cycle(|_| ()).unwrap();
        let now = board.card().state().unwrap();
        let started = board.boot().partition;
        assert_eq!(started, now.primary.partition(), "{state:?} {now:?}");
        assert_eq!(now.slot(now.primary).status, Status::Good, "{now:?}");
        board.wait_init("serve answers");
    }
    board.wait_well();
    board.console().log_in().unwrap();
    let job = upload(&mut board, &bundles[0]);
    assert_eq!(job["stage"], "installed", "{job}");
    let [late, early] = reached;
    say(&format!(
        "board {number}: killed {kills} times, {early} at a write of the install and {late} after it: each time back"
    ));
}
