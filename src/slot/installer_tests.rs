//! An install from its first write to the seal, on a card in memory.

use super::super::disk::memory::{Event, MemoryDisk};
use super::super::rig::{Release, boots, card, has};
use super::*;

fn old() -> Release {
    Release::new("1.0.0", 1, &[1, 2, 3, 0, 5])
}

/// Two blocks of the old one moved, one is new, one is zero.
fn new() -> Release {
    Release::new("1.1.0", 2, &[1, 3, 2, 9, 0])
}

fn begin(disk: &mut MemoryDisk, release: &Release) -> Installer {
    let plan = Plan::of(&release.verified(), old().image());
    Installer::begin(disk, Slot::B, old().header.size, plan).expect("begun")
}

fn scan(install: &mut Installer, disk: &mut MemoryDisk) {
    while install.is_busy() {
        install.step(disk).expect("a step");
    }
}

fn send(install: &mut Installer, disk: &mut MemoryDisk, release: &Release) {
    for index in install.missing().collect::<Vec<_>>() {
        install
            .block(disk, index as u32, release.block(index))
            .expect("taken");
    }
}

fn seal(install: &mut Installer, disk: &mut MemoryDisk) -> Result<(), Refusal> {
    install.finish(disk)?;
    while install.is_busy() {
        install.step(disk)?;
    }
    Ok(())
}

#[test]
fn a_release_is_written_and_boots_on_trial() {
    let mut disk = card(&old());
    let mut install = begin(&mut disk, &new());
    scan(&mut install, &mut disk);
    send(&mut install, &mut disk, &new());
    assert_eq!(
        boots(&disk, true),
        Some(Slot::A),
        "until the seal there is nothing to try"
    );
    seal(&mut install, &mut disk).expect("sealed");
    assert!(install.is_sealed() && has(&disk, Slot::B, &new()));
    assert_eq!(
        (boots(&disk, true), boots(&disk, false)),
        (Some(Slot::B), Some(Slot::A))
    );
    assert!(has(&disk, Slot::A, &old()));
}

#[test]
fn only_blocks_that_neither_slot_has_come_from_outside() {
    let mut disk = card(&old());
    let mut install = begin(&mut disk, &new());
    scan(&mut install, &mut disk);
    let (front, changed) = (0, 5);
    assert_eq!(install.missing().collect::<Vec<_>>(), [front, changed]);
}

#[test]
fn an_install_that_was_broken_off_goes_on_where_it_was() {
    let mut disk = card(&Release::new("0", 0, &[20, 21, 22, 23, 24]));
    let mut install = begin(&mut disk, &new());
    scan(&mut install, &mut disk);
    let first: Vec<usize> = install.missing().collect();
    let (kept, rest) = first.split_at(3);
    for index in kept {
        install
            .block(&mut disk, *index as u32, new().block(*index))
            .expect("taken");
    }
    let mut again = begin(&mut disk, &new());
    scan(&mut again, &mut disk);
    // The first block carries the boot sector, which is not there.
    assert_eq!(again.missing().collect::<Vec<_>>(), [&[0], rest].concat());
}

#[test]
fn a_block_that_is_not_the_signed_one_is_never_written() {
    let mut disk = card(&old());
    let mut install = begin(&mut disk, &new());
    scan(&mut install, &mut disk);
    disk.log.clear();
    let mut wrong = new().block(5).to_owned();
    wrong[100] ^= 1;
    assert_eq!(install.block(&mut disk, 5, &wrong), Err(Refusal::Block(5)));
    assert_eq!(
        install.block(&mut disk, 5, &new().block(5)[..512]),
        Err(Refusal::Block(5))
    );
    assert_eq!(
        install.block(&mut disk, 77, new().block(5)),
        Err(Refusal::Block(77))
    );
    assert_eq!(disk.log, []);
}

/// The old one with a few bytes changed, and patches for what differs.
fn newer() -> Release {
    let release = Release::new("1.1.0", 2, &[1, 2, 3, 0, 5]);
    release
        .with_change(3, 1000)
        .with_change(6, 9)
        .over(&old(), &[0, 3, 6])
}

#[test]
fn what_has_changed_a_little_is_made_from_what_runs() {
    let mut disk = card(&old());
    let mut install = begin(&mut disk, &newer());
    scan(&mut install, &mut disk);
    assert_eq!(install.missing().collect::<Vec<_>>(), [0, 3, 6]);
    for index in [0, 3, 6] {
        let patch = newer().patch(&old(), index);
        assert!(patch.len() < 200, "{} bytes", patch.len());
        assert_eq!(install.patch(&mut disk, index as u32, &patch), Ok(true));
    }
    seal(&mut install, &mut disk).expect("sealed");
    assert!(has(&disk, Slot::B, &newer()) && has(&disk, Slot::A, &old()));
    assert_eq!(boots(&disk, true), Some(Slot::B));
}

#[test]
fn a_patch_over_rotten_bytes_writes_nothing_and_the_whole_block_may_come() {
    let window = layout::SLOT_A.area.offset() + 3 * BLOCK as u64;
    for unreadable in [true, false] {
        let mut disk = card(&old());
        let mut install = begin(&mut disk, &newer());
        scan(&mut install, &mut disk);
        disk.log.clear();
        if unreadable {
            disk.unreadable = Some(window..window + 1);
        } else {
            disk.put(window + 5, b"rot");
        }
        let patch = newer().patch(&old(), 3);
        assert_eq!(install.patch(&mut disk, 3, &patch), Ok(false));
        assert_eq!(disk.log, []);
        send(&mut install, &mut disk, &newer());
        seal(&mut install, &mut disk).expect("sealed");
        assert!(has(&disk, Slot::B, &newer()));
    }
}

#[test]
fn a_patch_that_is_wrong_or_for_another_block_or_another_base_writes_nothing() {
    let mut disk = card(&old());
    let mut install = begin(&mut disk, &newer());
    let patch = newer().patch(&old(), 3);
    assert_eq!(
        install.patch(&mut disk, 3, &patch),
        Err(Refusal::NotBusy),
        "the scan is not over"
    );
    scan(&mut install, &mut disk);
    disk.log.clear();
    for at in 0..patch.len() {
        for change in [1, 0x7F, 0x80] {
            let mut wrong = patch.clone();
            wrong[at] ^= change;
            assert_eq!(install.patch(&mut disk, 3, &wrong), Ok(false), "{at}");
        }
    }
    for index in [0, 2, 6, 7, 8, u32::MAX] {
        assert_eq!(install.patch(&mut disk, index, &patch), Ok(false));
    }
    // What runs is not what the patches are for.
    let plan = Plan::of(&newer().verified(), newer().image());
    let mut other = Installer::begin(&mut disk, Slot::B, 0, plan).expect("begun");
    scan(&mut other, &mut disk);
    disk.log.clear();
    assert_eq!(other.patch(&mut disk, 3, &patch), Ok(false));
    assert_eq!(disk.log, []);
}

#[test]
fn nothing_is_sealed_before_all_of_it_is_there() {
    let mut disk = card(&old());
    let mut install = begin(&mut disk, &new());
    assert_eq!(install.finish(&mut disk), Err(Refusal::Incomplete));
    scan(&mut install, &mut disk);
    assert_eq!(install.finish(&mut disk), Err(Refusal::Incomplete));
    assert!(!install.is_sealed());
}

#[test]
fn a_card_that_gives_back_other_bytes_is_found_before_the_seal() {
    for index in [0, 2] {
        let mut disk = card(&old());
        let mut install = begin(&mut disk, &new());
        scan(&mut install, &mut disk);
        send(&mut install, &mut disk, &new());
        let at = layout::SLOT_B.area.offset() + index * BLOCK as u64 + 8 * SECTOR;
        let byte = disk.get(at, 1)[0];
        disk.put(at, &[byte ^ 1]);
        assert_eq!(seal(&mut install, &mut disk), Err(Refusal::Image));
        assert_eq!(boots(&disk, true), Some(Slot::A));
    }
}

#[test]
fn a_release_without_a_kernel_is_not_sealed() {
    let mut release = new();
    let name = release
        .bytes
        .windows(11)
        .position(|name| name == b"KERNEL8 IMG")
        .expect("its entry");
    release.bytes[name] = b'X';
    release.header.sha256 = Digest::of(&release.bytes);
    release.header.blocks[0].sha256 = Digest::of(&release.bytes[..BLOCK]);
    let mut disk = card(&old());
    let mut install = begin(&mut disk, &release);
    scan(&mut install, &mut disk);
    send(&mut install, &mut disk, &release);
    assert_eq!(seal(&mut install, &mut disk), Err(Refusal::NotBootable));
    assert_eq!(boots(&disk, true), Some(Slot::A));
}

#[test]
fn a_card_that_cannot_be_written_is_told_with_its_reason() {
    let mut disk = card(&old());
    disk.refuses = Some(layout::SLOT_B.area.offset()..layout::SLOT_B.area.offset() + 1);
    let plan = Plan::of(&new().verified(), old().image());
    assert_eq!(
        Installer::begin(&mut disk, Slot::B, 0, plan).expect_err("refused"),
        Refusal::Write(5)
    );
    disk.refuses = None;
    let mut install = begin(&mut disk, &new());
    scan(&mut install, &mut disk);
    disk.refuses =
        Some(layout::SLOT_B.area.offset() + 5 * BLOCK as u64..layout::SLOT_B.area.end() * SECTOR);
    assert_eq!(
        install.block(&mut disk, 5, new().block(5)),
        Err(Refusal::Write(5))
    );
    disk.refuses = None;
    let mut install = begin(&mut disk, &newer());
    scan(&mut install, &mut disk);
    disk.refuses = Some(layout::SLOT_B.area.offset()..layout::SLOT_B.area.end() * SECTOR);
    let patch = newer().patch(&old(), 3);
    assert_eq!(
        install.patch(&mut disk, 3, &patch),
        Err(Refusal::Write(5)),
        "that of a patch, too"
    );
    assert!(has(&disk, Slot::A, &old()));
}

#[test]
fn the_boot_sectors_go_first_and_come_last() {
    let mut disk = card(&old());
    let mut install = begin(&mut disk, &new());
    let boot = layout::SLOT_B.area.offset();
    let is_boot = |event: &Event| matches!(event, Event::Write { at, bytes } if *at == boot && bytes.len() == 512);
    assert!(is_boot(&disk.log[0]) && disk.log[2] == Event::Flush);
    scan(&mut install, &mut disk);
    send(&mut install, &mut disk, &new());
    seal(&mut install, &mut disk).expect("sealed");
    let [.., flushed, last, end] = &disk.log[..] else {
        panic!("writes")
    };
    assert!(*flushed == Event::Flush && is_boot(last) && *end == Event::Flush);
    assert_eq!(disk.log.iter().filter(|event| is_boot(event)).count(), 2);
}
