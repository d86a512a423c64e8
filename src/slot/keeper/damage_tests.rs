//! What cards do on their own: they lose power in the middle of everything, and they rot.

use super::super::super::bundle;
use super::super::super::disk::memory::{Event, MemoryDisk};
use super::super::super::layout::{self, SECTOR};
use super::super::super::rig::{boots, card, cuts, has};
use super::*;

fn scrubbed(disk: MemoryDisk) -> Keeper<MemoryDisk> {
    let (mut keeper, _) = start(disk, false);
    judge(&mut keeper, Checks::ALL);
    keeper.take(Wish::Scrub);
    for _ in 0..200 {
        keeper.step(s(100));
    }
    keeper
}

#[test]
fn a_rotten_slot_is_written_anew_from_the_good_one() {
    let mut disk = card(&old());
    disk.put(
        layout::SLOT_B.area.offset() + 2 * bundle::BLOCK as u64 + 5,
        b"rot",
    );
    let keeper = scrubbed(disk);
    assert!(has(&keeper.disk, Slot::B, &old()) && keeper.is_good(Slot::B));
    assert_eq!(keeper.state.primary, Slot::A);
}

#[test]
fn when_the_slot_that_runs_has_rotted_the_other_one_boots_next() {
    let mut disk = card(&old());
    disk.unreadable = Some(
        layout::SLOT_A.area.offset() + 4 * SECTOR * 64
            ..layout::SLOT_A.area.offset() + 4 * SECTOR * 65,
    );
    let keeper = scrubbed(disk);
    assert_eq!(
        (keeper.state.primary, boots(&keeper.disk, false)),
        (Slot::B, Some(Slot::B))
    );
    assert_eq!(keeper.state.slot(Slot::A).verdict, Some(Verdict::Rotten));
}

#[test]
fn slots_that_are_well_are_left_alone() {
    let mut disk = card(&old());
    disk.log.clear();
    let keeper = scrubbed(disk);
    // Two records: the start was counted, and was well.
    let writes = keeper
        .disk
        .log
        .iter()
        .filter(|event| !matches!(event, Event::Flush));
    assert_eq!(writes.count(), 2);
}

#[test]
fn a_primary_slot_that_the_firmware_passes_by_is_replaced_by_the_other() {
    let mut disk = card(&old());
    disk.put(layout::SLOT_A.area.offset(), &[0; 512]);
    let (mut keeper, turn) = start(disk, false);
    assert_eq!((keeper.facts.running, turn.order), (Slot::B, None));
    assert_eq!(keeper.state.slot(Slot::A).verdict, Some(Verdict::PassedBy));
    judge(&mut keeper, Checks::ALWAYS);
    assert_eq!(
        (keeper.state.primary, boots(&keeper.disk, false)),
        (Slot::B, Some(Slot::B))
    );
}

#[test]
fn a_card_whose_state_is_lost_goes_on_with_what_runs() {
    let mut disk = card(&old());
    disk.put(layout::STATE.offset(), &[0xA5; 8192]);
    let (mut keeper, turn) = start(disk, false);
    assert_eq!((turn.order, keeper.state.primary), (None, Slot::A));
    keeper.take(Wish::Pulse(Checks::ALL));
    install(&mut keeper, &new());
}

/// How an update comes onto the card.
type Way = fn(&mut Keeper<MemoryDisk>);

fn by_blocks(keeper: &mut Keeper<MemoryDisk>) {
    install(keeper, &new());
}

fn by_patches(keeper: &mut Keeper<MemoryDisk>) {
    assert!(install_patched(keeper).is_empty());
}

/// One patch copies from bytes that have rotted.
fn by_patches_and_a_block(keeper: &mut Keeper<MemoryDisk>) {
    assert_eq!(install_patched(keeper), [3]);
}

fn rot(disk: &mut MemoryDisk) {
    let at = layout::SLOT_A.area.offset() + 3 * bundle::BLOCK as u64;
    disk.put(at, b"rot");
}

/// A slot that boots is the old release or a new one, whole: nothing else may ever be chosen.
fn must_be_whole(disk: &MemoryDisk) {
    let (state, _) = store::load(&mut disk.clone()).expect("readable");
    let state = state.expect("the state is never lost");
    // The flag is set after the state says so, and never else.
    let tried = Slot::ALL
        .iter()
        .any(|slot| state.slot(*slot).status == Status::Trial);
    let releases = [old(), new(), patched()];
    for trial in [false, tried] {
        let slot = boots(disk, trial).expect("the board never stays dark");
        assert!(
            releases.iter().any(|release| has(disk, slot, release)),
            "half of a release boots"
        );
        let known = state.slot(slot).image;
        assert!(releases.iter().any(|release| release.image() == known));
    }
}

#[test]
fn wherever_the_power_goes_during_an_update_a_whole_release_boots() {
    for way in [by_blocks as Way, by_patches] {
        let before = card(&old());
        let (mut keeper, _) = start(before.clone(), false);
        keeper.take(Wish::Pulse(Checks::ALL));
        way(&mut keeper);
        keeper.take(Wish::Trial);
        let installed = keeper.disk.log.clone();
        let (mut keeper, _) = start(keeper.disk, true);
        judge(&mut keeper, Checks::ALL);
        assert!(keeper.disk.log.len() > installed.len());
        let states = cuts(&before, &keeper.disk.log, must_be_whole);
        assert!(states > 100, "{states}");
    }
}

#[test]
fn wherever_the_power_goes_the_next_starts_end_with_a_settled_card() {
    let ways = [by_blocks as Way, by_patches, by_patches_and_a_block];
    for (way, rotten) in ways.into_iter().zip([false, false, true]) {
        let mut before = card(&old());
        if rotten {
            rot(&mut before);
        }
        let (mut keeper, _) = start(before.clone(), false);
        keeper.take(Wish::Pulse(Checks::ALL));
        way(&mut keeper);
        keeper.take(Wish::Trial);
        let (mut keeper, _) = start(keeper.disk, true);
        judge(&mut keeper, Checks::ALL);
        cuts(&before, &keeper.disk.log, must_settle);
    }
}

fn must_settle(disk: &MemoryDisk) {
    let mut disk = disk.clone();
    for _ in 0..3 {
        let (mut keeper, turn) = start(disk, false);
        assert_eq!(turn.order, None);
        judge_if_asked(&mut keeper);
        if keeper.facts.running == keeper.state.primary {
            assert!(keeper.is_good(keeper.facts.running) && keeper.selector_is_right());
            return;
        }
        disk = keeper.disk;
    }
    panic!("it restarts and restarts");
}

#[test]
fn an_update_by_patches_that_lost_its_power_anywhere_is_begun_again_and_completes() {
    let before = card(&old());
    let (mut keeper, _) = start(before.clone(), false);
    keeper.take(Wish::Pulse(Checks::ALL));
    by_patches(&mut keeper);
    let log = std::mem::take(&mut keeper.disk.log);
    let states = cuts(&before, &log, |disk| {
        let (mut keeper, _) = start(disk.clone(), false);
        keeper.take(Wish::Pulse(Checks::ALL));
        by_patches(&mut keeper);
        assert!(has(&keeper.disk, Slot::B, &patched()));
    });
    assert!(states > 30, "{states}");
}

fn judge_if_asked(keeper: &mut Keeper<MemoryDisk>) {
    if keeper.gate.is_some() {
        judge(keeper, Checks::ALL);
    }
}
