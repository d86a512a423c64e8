//! Updates from the wish to the commit, on a card in memory, with the firmware's model in place of the firmware.

use std::sync::LazyLock;

use super::super::bundle::Head;
use super::super::digest::Digest;
use super::super::disk::memory::MemoryDisk;
use super::super::health::Check;
use super::super::layout;
use super::super::line::blocks;
use super::super::rig::{Release, autoboot, boots, card, has, key, signed};
use super::super::state::Verdict;
use super::*;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Made once: thousands of cards are held against them.
static OLD: LazyLock<Release> = LazyLock::new(|| Release::new("1.0.0", 1, &[1, 2, 3]));
static NEW: LazyLock<Release> = LazyLock::new(|| Release::new("1.1.0", 2, &[1, 9, 0]));
fn old() -> Release {
    OLD.clone()
}

fn new() -> Release {
    NEW.clone()
}

fn facts(running: Slot, trial: bool) -> Facts {
    let board = Board {
        hardware: vec!["linux,dummy-virt".to_owned()],
        bootloader: None,
    };
    Facts {
        running,
        trial,
        board,
    }
}

fn keeper(disk: MemoryDisk, running: Slot, trial: bool) -> Keeper<MemoryDisk> {
    Keeper::open(disk, facts(running, trial), vec![key()]).expect("a card")
}

/// Switches the machine on, or lets it restart: whatever the firmware chooses runs.
fn start(disk: MemoryDisk, trial: bool) -> (Keeper<MemoryDisk>, Turn) {
    let running = boots(&disk, trial).expect("it boots");
    let really = trial && autoboot(&mut disk.clone()).is_some();
    let mut keeper = keeper(disk, running, really);
    keeper.data_is_well(true);
    let turn = keeper.boot();
    (keeper, turn)
}

fn running() -> Keeper<MemoryDisk> {
    let (mut keeper, turn) = start(card(&old()), false);
    assert_eq!((turn.order, turn.selector), (None, None));
    keeper.take(Wish::Pulse(Checks::ALL));
    keeper
}

fn send_head(keeper: &mut Keeper<MemoryDisk>, head: &[u8]) -> Turn {
    for (number, bytes) in head.chunks(1000).enumerate() {
        assert_eq!(
            keeper.take(Wish::Head {
                at: number as u32 * 1000,
                bytes
            }),
            Turn::default()
        );
    }
    keeper.take(Wish::Begin)
}

fn work(keeper: &mut Keeper<MemoryDisk>) -> Vec<News> {
    let mut news = Vec::new();
    while keeper.is_busy() {
        news.extend(keeper.step(s(1)).news);
    }
    news
}

fn install(keeper: &mut Keeper<MemoryDisk>, release: &Release) {
    let missing = begin(keeper, release);
    send(keeper, release, &missing);
    finish(keeper);
}

/// What has to come from outside.
fn begin(keeper: &mut Keeper<MemoryDisk>, release: &Release) -> Vec<u32> {
    assert!(matches!(
        send_head(keeper, &release.head()).news[..],
        [News::Slots(_)]
    ));
    let Some(News::Missing(missing)) = work(keeper).pop() else {
        panic!("no scan")
    };
    blocks(&missing).collect()
}

fn send(keeper: &mut Keeper<MemoryDisk>, release: &Release, missing: &[u32]) {
    for index in missing.iter().copied() {
        let bytes = release.block(index as usize);
        assert_eq!(
            keeper.take(Wish::Block { index, bytes }).news,
            [News::Written(index)]
        );
    }
}

fn finish(keeper: &mut Keeper<MemoryDisk>) {
    assert_eq!(keeper.take(Wish::Finish), Turn::default());
    assert!(work(keeper).contains(&News::Installed));
}

/// Lets the gate judge what `well` says, as long as it takes.
fn judge(keeper: &mut Keeper<MemoryDisk>, well: Checks) -> Turn {
    for second in 1..=100 {
        keeper.take(Wish::Pulse(well));
        let turn = keeper.step(s(second));
        if turn != Turn::default() {
            return turn;
        }
    }
    panic!("never judged");
}

fn refused(turn: &Turn) -> Option<Refusal> {
    turn.news.iter().find_map(|news| match news {
        News::Refused(refusal) => Some(*refusal),
        _ => None,
    })
}

#[test]
fn an_update_goes_through_a_trial_to_a_commit() {
    let mut keeper = running();
    install(&mut keeper, &new());
    assert_eq!(keeper.take(Wish::Trial).order, Some(Order::Trial));
    let (mut keeper, turn) = start(keeper.disk, true);
    assert_eq!((turn.order, keeper.facts.running), (None, Slot::B));
    assert!(keeper.slots().trial);
    let turn = judge(&mut keeper, Checks::ALL);
    assert_eq!(turn.order, None);
    assert_eq!(
        (keeper.state.primary, keeper.state.slot(Slot::B).status),
        (Slot::B, Status::Good)
    );
    let (keeper, turn) = start(keeper.disk, false);
    assert_eq!(
        (turn.order, keeper.facts.running, keeper.slots().trial),
        (None, Slot::B, false)
    );
    assert!(has(&keeper.disk, Slot::A, &old()) && has(&keeper.disk, Slot::B, &new()));
}

#[test]
fn a_trial_that_is_not_well_goes_back_and_says_what_was_not() {
    let mut keeper = running();
    install(&mut keeper, &new());
    keeper.take(Wish::Trial);
    let (mut keeper, _) = start(keeper.disk, true);
    let without = Checks::ALWAYS.with(Check::Network);
    let turn = judge(&mut keeper, without);
    assert_eq!(turn.order, Some(Order::Reboot));
    let (keeper, turn) = start(keeper.disk, false);
    assert_eq!((turn.order, keeper.facts.running), (None, Slot::A));
    assert_eq!(
        keeper.state.slot(Slot::B).verdict,
        Some(Verdict::Unhealthy(Check::Gadget))
    );
}

#[test]
fn a_trial_whose_server_falls_silent_is_not_committed_by_what_it_said_before() {
    let mut keeper = running();
    install(&mut keeper, &new());
    keeper.take(Wish::Trial);
    let (mut keeper, _) = start(keeper.disk, true);
    keeper.take(Wish::Pulse(Checks::ALL));
    let turns = (1..=90).map(|second| keeper.step(s(second)));
    let orders: Vec<_> = turns.filter_map(|turn| turn.order).collect();
    assert_eq!(orders, [Order::Reboot]);
}

#[test]
fn a_trial_that_ends_without_a_word_is_told_by_the_old_system() {
    let mut keeper = running();
    install(&mut keeper, &new());
    keeper.take(Wish::Trial);
    let (keeper, _) = start(keeper.disk, true);
    let (keeper, turn) = start(keeper.disk, false);
    assert_eq!((turn.order, keeper.facts.running), (None, Slot::A));
    assert_eq!(keeper.state.slot(Slot::B).verdict, Some(Verdict::Died));
}

#[test]
fn a_trial_that_cannot_be_ordered_is_taken_back() {
    let mut keeper = running();
    install(&mut keeper, &new());
    keeper.take(Wish::Trial);
    assert_eq!(refused(&keeper.refused_trial()), Some(Refusal::Flag));
    assert_eq!(keeper.state.slot(Slot::B).status, Status::Installed);
    assert_eq!(
        store::load(&mut keeper.disk).expect("readable").0,
        Some(keeper.state)
    );
}

#[test]
fn the_old_release_can_be_rolled_back_to() {
    let mut keeper = running();
    install(&mut keeper, &new());
    keeper.take(Wish::Trial);
    let (mut keeper, _) = start(keeper.disk, true);
    judge(&mut keeper, Checks::ALL);
    assert_eq!(keeper.take(Wish::Trial).order, Some(Order::Trial));
    let (mut keeper, _) = start(keeper.disk, true);
    assert_eq!(keeper.facts.running, Slot::A);
    judge(&mut keeper, Checks::ALL);
    assert_eq!(boots(&keeper.disk, false), Some(Slot::A));
}

#[test]
fn what_is_not_trusted_or_not_for_this_board_is_refused_before_anything_is_written() {
    let changed = |change: &dyn Fn(&mut Release)| {
        let mut release = new();
        change(&mut release);
        signed(&release.header)
    };
    let mut tampered = new().head();
    tampered[40] ^= 1;
    let mut unsigned = new().head();
    let end = Head::parse(&unsigned).expect("a head").signed.len();
    unsigned.truncate(end);
    let empty = Head::print(&unsigned, &[String::new()]);
    let none = [&unsigned[..], &[0]].concat();
    let foreign = minisign::KeyPair::generate_unencrypted_keypair()
        .expect("a key")
        .sk;
    let foreign = minisign::sign(None, &foreign, &unsigned[..], None, None).expect("signed");
    let foreign = Head::print(&unsigned, &[foreign.to_string()]);
    for (head, reason) in [
        (tampered, Refusal::WrongSignature),
        (empty, Refusal::WrongSignature),
        (none, Refusal::Malformed),
        (unsigned, Refusal::Malformed),
        (foreign, Refusal::UnknownKey),
        (
            changed(&|release| release.header.made.product = "toaster".to_owned()),
            Refusal::Product,
        ),
        (
            changed(&|release| release.header.made.hardware[0].push('x')),
            Refusal::Hardware,
        ),
        (
            changed(&|release| release.header.made.rollback_index = 0),
            Refusal::Downgrade,
        ),
    ] {
        let mut keeper = running();
        keeper.state.floor = 1;
        keeper.disk.log.clear();
        let turn = send_head(&mut keeper, &head);
        assert_eq!(refused(&turn), Some(reason));
        assert_eq!(keeper.disk.log, [], "{reason}");
    }
}

#[test]
fn boot_firmware_that_is_too_old_is_refused() {
    let mut keeper = running();
    keeper.facts.board.bootloader = Some(5);
    let mut release = new();
    release.header.made.oldest_bootloader = 6;
    assert_eq!(
        refused(&send_head(&mut keeper, &signed(&release.header))),
        Some(Refusal::Bootloader)
    );
}

#[test]
fn wishes_out_of_order_are_refused_and_change_nothing() {
    let mut keeper = running();
    keeper.disk.log.clear();
    let block = new();
    for (wish, reason) in [
        (Wish::Begin, Refusal::Malformed),
        (Wish::Finish, Refusal::NotBusy),
        (Wish::Cancel, Refusal::NotBusy),
        (
            Wish::Block {
                index: 0,
                bytes: block.block(0),
            },
            Refusal::NotBusy,
        ),
        (
            Wish::Patch {
                index: 0,
                bytes: b"x",
            },
            Refusal::NotBusy,
        ),
        (Wish::Head { at: 7, bytes: b"x" }, Refusal::Malformed),
    ] {
        assert_eq!(refused(&keeper.take(wish)), Some(reason), "{wish:?}");
    }
    assert_eq!(keeper.disk.log, []);
    send_head(&mut keeper, &new().head());
    assert_eq!(
        refused(&send_head(&mut keeper, &new().head())),
        Some(Refusal::Busy)
    );
    assert_eq!(refused(&keeper.take(Wish::Trial)), Some(Refusal::Busy));
}

#[test]
fn during_a_trial_nothing_else_is_begun() {
    let mut keeper = running();
    install(&mut keeper, &new());
    keeper.take(Wish::Trial);
    let (mut keeper, _) = start(keeper.disk, true);
    assert_eq!(
        refused(&send_head(&mut keeper, &new().head())),
        Some(Refusal::OnTrial)
    );
    assert_eq!(refused(&keeper.take(Wish::Trial)), Some(Refusal::OnTrial));
}

#[test]
fn a_canceled_install_and_one_whose_server_died_can_be_begun_again() {
    for cancel in [true, false] {
        let mut keeper = running();
        send_head(&mut keeper, &new().head());
        work(&mut keeper);
        if cancel {
            keeper.take(Wish::Cancel);
        } else {
            keeper.serve_ended();
            keeper.take(Wish::Pulse(Checks::ALL));
        }
        assert_eq!(refused(&keeper.take(Wish::Trial)), Some(Refusal::NotWhole));
        install(&mut keeper, &new());
        assert_eq!(keeper.take(Wish::Trial).order, Some(Order::Trial));
    }
}

#[test]
fn an_autoboot_file_that_was_damaged_is_repaired_and_the_primary_slot_boots_again() {
    for round in 0..512_usize {
        let mut disk = card(&old());
        let (mut keeper, _) = start(disk, false);
        keeper.state.commit(Slot::B);
        assert!(keeper.save(&mut Turn::default()));
        keeper.repair_selector(&mut Turn::default());
        disk = keeper.disk;
        let fat =
            super::super::fat::Fat::open(&mut disk, layout::SELECTOR.area).expect("a file system");
        let at = fat
            .find(&mut disk, &super::super::fat::AUTOBOOT)
            .expect("readable")
            .expect("a file")
            .at;
        let garbage: Vec<u8> = match round {
            0 => vec![0; 512],
            1 => vec![0xFF; 512],
            _ => (0..16)
                .flat_map(|part| Digest::of(&[round as u8, (round >> 8) as u8, part]).0)
                .collect(),
        };
        // From one byte of it to all of it.
        disk.put(at, &garbage[..=round]);
        let (mut keeper, turn) = start(disk, false);
        assert_eq!(turn.order, None, "{round}");
        assert_eq!(
            autoboot(&mut keeper.disk),
            Some(keeper.wanted_selector().to_vec())
        );
        let (keeper, turn) = start(keeper.disk, false);
        assert_eq!(
            (turn.order, keeper.facts.running),
            (None, Slot::B),
            "{round}"
        );
    }
}

#[test]
fn until_the_primary_slot_runs_again_nothing_is_installed_and_a_restart_leads_there() {
    let (mut keeper, _) = start(card(&old()), false);
    keeper.state.commit(Slot::B);
    keeper.save(&mut Turn::default());
    let (mut keeper, _) = start(keeper.disk, false);
    assert_eq!(keeper.facts.running, Slot::A);
    let turn = send_head(&mut keeper, &new().head());
    assert_eq!(refused(&turn), Some(Refusal::NotPrimary));
    assert_eq!(keeper.take(Wish::Trial).order, Some(Order::Reboot));
    assert_eq!(boots(&keeper.disk, false), Some(Slot::B));
}

#[test]
fn a_selector_that_cannot_be_written_makes_what_runs_the_primary_slot() {
    let (mut keeper, _) = start(card(&old()), false);
    keeper.state.commit(Slot::B);
    keeper.save(&mut Turn::default());
    let mut disk = keeper.disk;
    disk.put(layout::SELECTOR.area.offset(), &[0; 512]);
    let (mut keeper, turn) = start(disk, false);
    assert_eq!((turn.selector.is_some(), turn.order), (true, None));
    keeper.selector_written(false);
    judge(&mut keeper, Checks::ALWAYS);
    assert_eq!(keeper.state.primary, Slot::A);
}

#[test]
fn an_autoboot_file_that_is_gone_is_asked_for() {
    let mut disk = card(&old());
    let root = disk.get(layout::SELECTOR.area.offset(), 64 * 512);
    let entry = root
        .windows(11)
        .position(|name| name == b"AUTOBOOTTXT")
        .expect("its entry");
    disk.put(layout::SELECTOR.area.offset() + entry as u64, &[0xE5]);
    let (keeper, turn) = start(disk, false);
    assert_eq!(turn.selector, Some(keeper.wanted_selector()));
}

#[test]
fn after_three_starts_that_were_not_well_the_other_slot_is_tried_and_kept_when_it_is() {
    let mut disk = card(&old());
    for _ in 0..3 {
        let (keeper, turn) = start(disk, false);
        assert_eq!(turn.order, None);
        disk = keeper.disk;
    }
    let (keeper, turn) = start(disk, false);
    assert_eq!(turn.order, Some(Order::Trial));
    let (mut keeper, _) = start(keeper.disk, true);
    assert_eq!(keeper.facts.running, Slot::B);
    judge(&mut keeper, Checks::ALWAYS);
    assert_eq!(boots(&keeper.disk, false), Some(Slot::B));
}

#[test]
fn starts_that_are_well_are_not_counted() {
    let mut disk = card(&old());
    for _ in 0..10 {
        let (mut keeper, turn) = start(disk, false);
        assert_eq!(turn.order, None);
        judge(&mut keeper, Checks::ALWAYS);
        disk = keeper.disk;
    }
}

#[path = "keeper/patch_tests.rs"]
mod patches;
use patches::{install_patched, patched};

#[path = "keeper/damage_tests.rs"]
mod damage;

#[path = "keeper/mutation_tests.rs"]
mod mutations;
