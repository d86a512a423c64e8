//! The data partition: kept, grown, broken in every way, full, missing, forgotten; and always a console.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use farseat_firmware::slot::superblock;
use farseat_lab::card::board::{Beside, Board};
use farseat_lab::card::disk::Disk;
use farseat_lab::card::{Card, Fat, ext4};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{CARD, board, card, expect_a_console};

const SELECTOR: u8 = 1;
const DATA: usize = 4;
/// The entry of the data partition in the boot record.
const ENTRY: Range<usize> = 446 + 3 * 16..446 + 4 * 16;
/// A setting that is not the default.
const QUALITY: u64 = 61;
const SEED: u64 = 0x5eed_da7a;

/// What the appliance says of its machine.
fn system(board: &mut Board) -> Value {
    board.console().status()["system"].clone()
}

fn data_state(board: &mut Board) -> (String, String) {
    let data = &system(board)["data"];
    let word = |key: &str| data[key].as_str().unwrap().to_owned();
    (word("state"), word("reason"))
}

/// A card that was claimed and has a setting.
static LIVED_IN: LazyLock<Card> = LazyLock::new(|| {
    let mut board = board("data-base");
    board.console().set(json!({"video": {"quality": QUALITY}}));
    board.shut_down();
    let card = Card::copy_of(&board.card().disk().path()).unwrap();
    // A journal with everything in it would heal whatever is damaged later.
    with_data(card.disk(), |_| Ok(()));
    card
});

/// A copy of it.
fn lived_in() -> Card {
    Card::copy_of(&LIVED_IN.disk().path()).unwrap()
}

fn has_setting(board: &mut Board) -> bool {
    let settings = board
        .console()
        .ask("GET", "/api/v1/settings", None)
        .unwrap();
    settings.json()["video"]["quality"] == QUALITY
}

fn selector(card: &Card) -> Fat {
    card.fat(SELECTOR).unwrap()
}

fn power_on(name: &str, card: &Card) -> Board {
    Board::power_on(name, card, Beside::Agent).unwrap()
}

/// The image on a card of another size.
fn card_of(bytes: u64) -> Card {
    let image = NamedTempFile::new().unwrap();
    let copied = std::process::Command::new("cp")
        .args(["--sparse=always"])
        .arg(CARD.disk().path())
        .arg(image.path())
        .status()
        .unwrap();
    assert!(copied.success());
    image.as_file().set_len(bytes).unwrap();
    Card::copy_of(image.path()).unwrap()
}

fn entry(disk: &Disk) -> Vec<u8> {
    disk.content(ENTRY.start as u64..ENTRY.end as u64).unwrap()
}

/// Lets `change` work on the data partition as a file.
fn with_data(disk: &Disk, change: impl FnOnce(&Path) -> io::Result<()>) {
    let area = disk.partition(DATA);
    let image = NamedTempFile::new().unwrap();
    std::fs::write(image.path(), disk.content(area.clone()).unwrap()).unwrap();
    // The power was cut: what the kernel would replay must not meet what is changed here.
    ext4::replay(image.path()).unwrap();
    change(image.path()).unwrap();
    disk.change(area.start, &std::fs::read(image.path()).unwrap())
        .unwrap();
}

#[test]
fn what_is_set_is_kept_over_a_power_cut_and_the_partition_grows_to_the_card() {
    const CARD_SIZE: u64 = 1 << 30;
    let card = card_of(CARD_SIZE);
    let mut board = power_on("data-grown", &card);
    assert_eq!(data_state(&mut board), ("new".into(), String::new()));
    let size = system(&mut board)["data"]["size"].as_u64().unwrap();
    assert!(size > CARD_SIZE / 2, "{size}");
    board.console().set(json!({"video": {"quality": QUALITY}}));
    let grown = entry(card.disk());
    let end = u32::from_le_bytes(grown[8..12].try_into().unwrap())
        + u32::from_le_bytes(grown[12..16].try_into().unwrap());
    assert!(CARD_SIZE - u64::from(end) * 512 < 4 << 20, "{end}");

    board.power_cycle(|_| ()).unwrap();
    board.forget_console();
    assert_eq!(data_state(&mut board), ("kept".into(), String::new()));
    assert!(has_setting(&mut board));
    assert_eq!(system(&mut board)["data"]["size"].as_u64(), Some(size));
    assert_eq!(entry(card.disk()), grown, "the table is written once");
    let mounts = board.target().read("/proc/1/mounts").unwrap();
    let mount = mounts
        .lines()
        .find(|line| line.contains(" /data "))
        .unwrap();
    for option in ["rw", "nosuid", "nodev", "noexec", "noatime"] {
        assert!(mount.contains(option), "{option}: {mount}");
    }
}

#[test]
fn a_write_to_the_superblock_that_the_power_has_cut_off_loses_nothing() {
    let card = lived_in();
    let start = card.disk().partition(DATA).start + superblock::OFFSET;
    let second = start + 512..start + superblock::SIZE as u64;
    let old = CARD.disk().content(second.clone()).unwrap();
    assert_ne!(card.disk().content(second.clone()).unwrap(), old);
    card.disk().change(second.start, &old).unwrap();
    let mut board = power_on("data-torn", &card);
    let (state, reason) = data_state(&mut board);
    assert_eq!(state, "kept", "{reason}");
    assert!(reason.contains("made good"), "{reason}");
    assert!(has_setting(&mut board));
}

#[test]
fn a_data_partition_that_is_garbage_is_made_anew_and_says_so() {
    let card = card();
    let area = card.disk().partition(DATA);
    card.disk()
        .change(area.start, &vec![0xA5; 1 << 20])
        .unwrap();
    let mut board = power_on("data-garbage", &card);
    expect_a_console(&mut board);
    let (state, reason) = data_state(&mut board);
    assert_eq!(state, "remade");
    assert!(reason.contains("cannot be mounted"), "{reason}");
    // And it is a whole one.
    board.power_cycle(|_| ()).unwrap();
    board.forget_console();
    assert_eq!(data_state(&mut board).0, "kept");
}

/// So many boots take their time: the quick run does a few.
fn mutations() -> usize {
    if std::env::var_os("FARSEAT_FULL").is_some() {
        200
    } else {
        10
    }
}

#[test]
fn whatever_has_happened_to_the_data_partition_the_console_comes_up() {
    let mut dice = Dice(SEED);
    let mut outcomes = std::collections::BTreeMap::<String, usize>::new();
    let mut board: Option<Board> = None;
    for number in 0..mutations() {
        let card = lived_in();
        let what: Vec<String> = (0..=number % 4)
            .map(|_| mutate(card.disk(), &mut dice))
            .collect();
        let what = what.join(", ");
        drop(board.take());
        let mut mutated = power_on("data-mutated", &card);
        mutated.forget_console();
        let (state, reason) = data_state(&mut mutated);
        println!("{number}: {what}: {state} {reason}");
        assert!(state == "kept" || !reason.is_empty(), "{what}: {state}");
        *outcomes.entry(state).or_default() += 1;
        board = Some(mutated);
    }
    println!("{} mutations: {outcomes:?}", mutations());
}

/// Damages the partition; says how.
fn mutate(disk: &Disk, dice: &mut Dice) -> String {
    const BLOCK: u64 = 4096;
    let area = disk.partition(DATA);
    // Mostly where it hurts: superblock and descriptors, the tables behind them, the files; else anywhere.
    let block = match dice.below(6) {
        0 => 0,
        1 => dice.below(4),
        2 => dice.below(16),
        3 => dice.below(64),
        4 => dice.below(1024),
        _ => dice.below((area.end - area.start) / BLOCK),
    };
    let at = area.start + block * BLOCK;
    let mut bytes = disk.content(at..at + BLOCK).unwrap();
    let how = match dice.below(4) {
        0 => {
            bytes.fill(0);
            "zeroed"
        }
        1 => {
            bytes.fill_with(|| dice.below(256) as u8);
            "random"
        }
        2 => {
            let sector = dice.below(8) as usize * 512;
            bytes[sector..sector + 512].fill_with(|| dice.below(256) as u8);
            "random in one sector"
        }
        _ => {
            for _ in 0..8 {
                bytes[dice.below(BLOCK) as usize] ^= 1 << dice.below(8);
            }
            "eight bits flipped"
        }
    };
    disk.change(at, &bytes).unwrap();
    format!("block {block} {how}")
}

/// Xorshift: a test has to fail again in the same way.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn a_missing_entry_comes_back_where_there_is_room_for_it() {
    let card = card();
    card.disk().change(ENTRY.start as u64, &[0; 16]).unwrap();
    let mut board = power_on("data-no-entry", &card);
    expect_a_console(&mut board);
    // The file system itself was not touched.
    assert_eq!(data_state(&mut board), ("new".into(), String::new()));
    assert_eq!(entry(card.disk())[4], 0x83);
}

#[test]
fn a_card_without_room_for_a_data_partition_works_from_memory() {
    let cut_off = card_of(CARD.disk().partition(DATA).start);
    cut_off.disk().change(ENTRY.start as u64, &[0; 16]).unwrap();
    let mut board = power_on("data-missing", &cut_off);
    expect_a_console(&mut board);
    assert_eq!(
        data_state(&mut board),
        ("memory".into(), "the card has no data partition".into())
    );
}

#[test]
fn a_card_that_cannot_be_written_works_from_memory() {
    let card = card();
    card.disk()
        .change(card.disk().partition(DATA).start, &[0; 1 << 16])
        .unwrap();
    card.disk().fail_writes(&[DATA]);
    let mut board = power_on("data-unwritable", &card);
    expect_a_console(&mut board);
    let (state, reason) = data_state(&mut board);
    assert_eq!(state, "memory");
    assert!(
        reason.contains("the data partition: Input/output error"),
        "{reason}"
    );
}

#[test]
fn a_full_data_partition_keeps_what_it_has_and_the_console_works() {
    let card = lived_in();
    with_data(card.disk(), |image| {
        let filler = NamedTempFile::new()?;
        File::create(filler.path())?.set_len(64 << 20)?;
        // A hole takes no room: it has to be something.
        std::fs::write(filler.path(), vec![b'x'; 40 << 20])?;
        ext4::write(image, "filler", filler.path())
    });
    let mut board = power_on("data-full", &card);
    expect_a_console(&mut board);
    assert_eq!(data_state(&mut board), ("kept".into(), String::new()));
    assert!(has_setting(&mut board));
    let free = system(&mut board)["data"]["free"].as_u64().unwrap();
    assert!(free < 64 << 10, "{free}");
}

#[test]
fn data_that_cannot_be_understood_is_left_alone_and_told() {
    let card = lived_in();
    with_data(card.disk(), |image| {
        let nonsense = NamedTempFile::new()?;
        std::fs::write(nonsense.path(), "{\"accounts\": ???")?;
        ext4::write(image, "accounts.json", nonsense.path())
    });
    let mut board = power_on("data-nonsense", &card);
    board.forget_console();
    let (state, reason) = data_state(&mut board);
    assert_eq!(state, "memory");
    assert!(reason.contains("accounts.json:1"), "{reason}");
    let area = card.disk().partition(DATA);
    let kept = card.disk().content(area).unwrap();
    assert!(contains(&kept, b"???"), "the owner can still mend it");
}

#[test]
fn a_factory_reset_forgets_everything_and_happens_once() {
    let mut board = board("data-reset");
    let identity = board.target().read("/data/identity.json").unwrap();
    // A line of the authority's key: characters of base64, as they are in the file.
    let key = identity
        .split("\\n")
        .find(|line| line.len() == 64)
        .unwrap()
        .to_owned();
    board
        .power_cycle(|card| selector(card).write("factory-reset.txt", b"").unwrap())
        .unwrap();
    board.forget_console();
    let told = system(&mut board);
    assert_eq!(
        (&told["factory_reset"], &told["data"]["state"]),
        (&json!(true), &json!("new"))
    );
    let disk = board.card().disk();
    let names = selector(board.card()).names().unwrap();
    assert!(
        !names.iter().any(|name| name.contains("factory")),
        "{names:?}"
    );
    let left = disk.content(disk.partition(DATA)).unwrap();
    assert!(
        !contains(&left, key.as_bytes()),
        "the old key is still on the card"
    );

    board.power_cycle(|_| ()).unwrap();
    board.forget_console();
    let told = system(&mut board);
    assert_eq!(
        (&told["factory_reset"], &told["data"]["state"]),
        (&json!(false), &json!("kept"))
    );
}

#[test]
fn a_rescue_leaves_the_data_alone_as_long_as_its_file_is_there() {
    let card = lived_in();
    let area = card.disk().partition(DATA);
    let before = card.disk().content(area.clone()).unwrap();
    selector(&card).write("rescue", b"").unwrap();
    let mut board = power_on("data-rescue", &card);
    let told = system(&mut board);
    assert_eq!(
        (&told["rescue"], &told["data"]["state"]),
        (&json!(true), &json!("memory"))
    );
    assert!(!has_setting(&mut board));
    assert!(
        card.disk().content(area).unwrap() == before,
        "not one byte has changed"
    );

    board
        .power_cycle(|card| selector(card).remove("rescue").unwrap())
        .unwrap();
    board.forget_console();
    assert_eq!(data_state(&mut board), ("kept".into(), String::new()));
    assert!(has_setting(&mut board));
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
