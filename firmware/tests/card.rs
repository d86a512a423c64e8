//! Cards made from small parts with the real tools, and then spoilt: each check has to see what it is there for.

#![allow(clippy::unwrap_used)] // a test says what it expects by unwrapping it
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use farseat_firmware::check::card::{self as check, Fault, Terms};
use farseat_firmware::cpio::{self, Entry};
use farseat_firmware::image::Image;
use farseat_firmware::slot::firmware::{Bootloader, Content, Reset};
use farseat_firmware::slot::state::store;
use farseat_firmware::slot::{Slot, layout};
use farseat_firmware::tool::Tool;
use farseat_firmware::{DEFAULT_EPOCH, card, data, rootfs};
use tempfile::TempDir;

const DATA_FILES: [&str; 3] = ["about.json", "data.blocks", "sbom.cdx.json"];

/// A card and what it was made of.
struct Made {
    folder: TempDir,
}

impl Made {
    /// With a program that is nothing but an ELF header, and a few bytes for every other file.
    fn new() -> Made {
        Made::with(|_| {})
    }

    /// The same, with what the caller does to the folder of the slot before it becomes one.
    fn with(change: impl FnOnce(&Path)) -> Made {
        let made = Made {
            folder: tempfile::tempdir().unwrap(),
        };
        let slot = made.path("slot");
        fs::create_dir_all(slot.join("overlays")).unwrap();
        for (name, text) in [
            ("start4.elf", "firmware"),
            ("fixup4.dat", "fix"),
            (
                "config.txt",
                "initramfs initramfs.cpio followkernel\ndtoverlay=dwc2,dr_mode=peripheral\n",
            ),
            ("cmdline.txt", "console=tty1 rdinit=/init\n"),
            ("kernel8.img", "kernel"),
            ("LICENCES.txt", "texts"),
            ("bcm2711-rpi-4-b.dtb", "tree"),
            ("overlays/dwc2.dtbo", "overlay"),
        ] {
            fs::write(slot.join(name), text).unwrap();
        }
        made.initramfs(&slot);
        change(&slot);
        let parts = card::Parts {
            slot: &slot,
            data: &made.path("data.ext4"),
        };
        card::make(&parts, &made.card(), DEFAULT_EPOCH).unwrap();
        made
    }

    fn initramfs(&self, slot: &Path) {
        data::make(&self.path("data.ext4"), DEFAULT_EPOCH).unwrap();
        let blocks = data::pack(&self.path("data.ext4")).unwrap();
        fs::write(self.path("data.blocks"), blocks).unwrap();
        for name in ["about.json", "sbom.cdx.json"] {
            fs::write(self.path(name), r#"{"components": [{}]}"#).unwrap();
        }
        fs::write(self.path("init"), program()).unwrap();
        fs::create_dir_all(self.path("firmware")).unwrap();
        fs::write(self.path("firmware/regulatory.db"), "RGDB").unwrap();
        let parts = rootfs::Parts {
            init: &self.path("init"),
            supplicant: &self.path("init"),
            firmware: &self.path("firmware"),
            data_files: &DATA_FILES.map(|name| self.path(name)),
        };
        let packed = rootfs::make(&parts, DEFAULT_EPOCH).unwrap();
        fs::write(slot.join("initramfs.cpio"), packed).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn card(&self) -> PathBuf {
        self.path("card.img")
    }

    /// Changes one byte.
    fn flip(&self, offset: u64) {
        let mut options = fs::File::options();
        let mut file = options.read(true).write(true).open(self.card()).unwrap();
        let mut byte = [0];
        file.seek(SeekFrom::Start(offset)).unwrap();
        file.read_exact(&mut byte).unwrap();
        byte[0] ^= 1;
        file.seek(SeekFrom::Start(offset)).unwrap();
        file.write_all(&byte).unwrap();
    }

    fn put_on_selector(&self, name: &str, bytes: &[u8]) {
        let image = Image::open(&self.card()).unwrap();
        let selector = image.fat(layout::SELECTOR.number, true).unwrap();
        selector.write(name, bytes).unwrap();
    }

    fn faults(&self) -> Vec<Fault> {
        check::check(&self.card(), Terms::default()).unwrap().faults
    }

    fn said(&self) -> String {
        let said = self.faults();
        said.iter().map(|fault| format!("{fault}\n")).collect()
    }
}

fn program() -> Vec<u8> {
    let mut elf = vec![0; 64];
    elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
    elf[18] = 183;
    elf
}

#[test]
fn a_card_of_ours_passes_and_is_the_same_twice() {
    let (one, other) = (Made::new(), Made::new());
    assert_eq!(one.said(), "");
    let same = Tool::new("cmp", 0).arg(one.card()).arg(other.card()).run();
    same.unwrap();
}

#[test]
fn a_card_packs_to_the_same_bytes_and_a_large_one_is_seen() {
    let made = Made::new();
    let packed = card::pack(&made.card(), DEFAULT_EPOCH).unwrap();
    let first = fs::read(&packed).unwrap();
    card::pack(&made.card(), DEFAULT_EPOCH).unwrap();
    assert!(first == fs::read(&packed).unwrap());
    let terms = Terms {
        packed: Some(check::PACKED_LIMIT + 1),
        ..Terms::default()
    };
    let large = check::check(&made.card(), terms).unwrap();
    assert!(matches!(large.faults[..], [Fault::TooLarge { .. }]));
}

#[test]
fn firmware_planted_on_the_selector_is_seen() {
    let made = Made::new();
    made.put_on_selector("START.ELF", b"another board's");
    assert!(matches!(
        made.faults()[..],
        [Fault::FirmwareOnSelector { .. }]
    ));
    let image = Image::open(&made.card()).unwrap();
    assert_eq!(image.content(1), Content::OtherFirmware);
}

#[test]
fn anything_else_on_the_selector_is_seen() {
    let made = Made::new();
    made.put_on_selector("farseat.toml", b"name = \"x\"");
    assert!(matches!(&made.faults()[..], [Fault::OnSelector(name)] if name == "farseat.toml"));
}

#[test]
fn another_autoboot_is_seen() {
    let made = Made::new();
    made.put_on_selector("autoboot.txt", b"[all]\nboot_partition=2\n");
    let said = made.said();
    assert!(said.contains("autoboot.txt is not what"), "{said}");
}

#[test]
fn a_flipped_byte_in_slot_b_is_seen() {
    let made = Made::new();
    made.flip(layout::SLOT_B.area.end() * layout::SECTOR - 1);
    let last = layout::SLOT_B.area.size() as usize - 1;
    // What is known of the slots is held against slot a.
    assert!(matches!(made.faults()[..], [Fault::SlotsDiffer(at)] if at == last));
    let made = Made::new();
    made.flip(layout::SLOT_A.area.end() * layout::SECTOR - 1);
    assert!(matches!(made.faults()[..], [Fault::SlotsDiffer(at), Fault::State] if at == last));
}

#[test]
fn a_card_knows_from_its_first_start_what_is_in_its_slots() {
    let made = Made::new();
    let image = Image::open(&made.card()).unwrap();
    let record = image.read(layout::STATE).unwrap();
    let state = store::parse(record.first_chunk().unwrap()).unwrap();
    let slot = card::slot_image(&made.path("slot"), DEFAULT_EPOCH).unwrap();
    assert_eq!(state, card::state(&slot, DEFAULT_EPOCH));
    assert_eq!((state.primary, state.latest), (Slot::A, DEFAULT_EPOCH));
}

#[test]
fn a_byte_in_the_state_area_and_one_in_the_data_partition_are_seen() {
    let made = Made::new();
    made.flip(layout::STATE.offset() + 20);
    made.flip(layout::DATA.area.end() * layout::SECTOR - 1);
    assert!(matches!(made.faults()[..], [Fault::State, Fault::Data]));
}

#[test]
fn a_boot_record_of_somebody_else_is_seen() {
    let made = Made::new();
    made.flip(440);
    assert!(matches!(made.faults()[..], [Fault::BootRecord]));
}

#[test]
fn a_second_program_in_the_initramfs_is_seen() {
    let made = Made::with(|slot| {
        let initramfs = slot.join("initramfs.cpio");
        let mut entries = rootfs::unpack(&fs::read(&initramfs).unwrap()).unwrap();
        entries.push(Entry::program("bin/sh", b"\x7fELF".to_vec()));
        fs::write(&initramfs, cpio::write(&entries, DEFAULT_EPOCH)).unwrap();
    });
    let said = made.said();
    for part in [
        "/bin/sh is executable",
        "/bin/sh has the name of a shell",
        "(ELF)",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn an_overlay_that_is_missing_is_seen_unless_the_card_is_for_qemu() {
    let made = Made::with(|slot| {
        fs::remove_file(slot.join("overlays/dwc2.dtbo")).unwrap();
        fs::remove_file(slot.join("bcm2711-rpi-4-b.dtb")).unwrap();
    });
    let faults = made.faults();
    assert!(matches!(&faults[..], [Fault::Overlay(name), Fault::DeviceTree] if name == "dwc2"));
    let terms = Terms {
        without_overlays: true,
        ..Terms::default()
    };
    let for_qemu = check::check(&made.card(), terms).unwrap();
    assert!(for_qemu.faults.is_empty());
}

#[test]
fn an_empty_list_of_what_ships_is_seen() {
    let made = Made::with(|slot| {
        let initramfs = slot.join("initramfs.cpio");
        let mut entries = rootfs::unpack(&fs::read(&initramfs).unwrap()).unwrap();
        for entry in &mut entries {
            if entry.path.ends_with(".json") {
                entry.content = br#"{"components": []}"#.to_vec();
            }
        }
        fs::write(&initramfs, cpio::write(&entries, DEFAULT_EPOCH)).unwrap();
    });
    assert!(matches!(
        made.faults()[..],
        [
            Fault::Inventory("about.json"),
            Fault::Inventory("sbom.cdx.json")
        ]
    ));
}

#[test]
fn a_slot_that_lacks_a_file_or_has_too_much_is_seen() {
    let made = Made::with(|slot| {
        fs::remove_file(slot.join("fixup4.dat")).unwrap();
        fs::write(slot.join("cmdline.txt"), "one\ntwo\n").unwrap();
        fs::write(slot.join("config.txt"), "kernel=kernel8.img\n").unwrap();
        let file = fs::File::create(slot.join("padding")).unwrap();
        file.set_len(layout::SLOT_CONTENT_LIMIT).unwrap();
    });
    let said = made.said();
    for part in [
        "slot a lacks fixup4.dat",
        "slot b lacks fixup4.dat",
        "at most 41943040 are allowed",
        "cmdline.txt is not one line",
        "config.txt does not say",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn the_card_boots_slot_a_and_slot_b_on_trial_and_the_other_when_one_is_lost() {
    let made = Made::new();
    let boots = |trial| {
        let image = Image::open(&made.card()).unwrap();
        let reset = Reset {
            partition: 0,
            trial,
        };
        image.boot(Bootloader::Current, reset).unwrap().partition
    };
    assert_eq!([boots(false), boots(true)], [2, 3]);
    // The signature at the end of its first sector.
    made.flip(layout::slot(Slot::A).area.offset() + 510);
    assert_eq!([boots(false), boots(true)], [3, 3]);
}
