//! Bundles from the first file to the last check, with the program itself; then each way to spoil one.

#![allow(clippy::unwrap_used)] // a test says what it expects by unwrapping it
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use farseat_firmware::bundle::reading::Bundle;
use farseat_firmware::slot::bundle::BLOCK;
use tempfile::TempDir;

const DEVELOPMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/keys/development.key");

/// A folder with a slot in it.
struct Work(TempDir);

impl Work {
    fn new() -> Work {
        let work = Work(tempfile::tempdir().unwrap());
        fs::create_dir(work.path("slot")).unwrap();
        // Long enough for a block of its own, and one of zeros in front of it.
        let mut kernel = vec![0; 4 * BLOCK];
        kernel.extend(b"kernel");
        for (name, bytes) in [
            ("start4.elf", &b"firmware"[..]),
            ("config.txt", b"config"),
            ("cmdline.txt", b"rdinit=/init\n"),
            ("kernel8.img", &kernel),
        ] {
            fs::write(work.path("slot").join(name), bytes).unwrap();
        }
        work
    }

    /// With a bundle that is signed with the development key.
    fn with_bundle() -> Work {
        let work = Work::new();
        work.bundle(DEVELOPMENT).unwrap();
        work
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What the program says: its output, or its error.
    fn run(&self, args: &[&str]) -> Result<String, String> {
        let output = Command::new(env!("CARGO_BIN_EXE_farseat-firmware"))
            .current_dir(self.0.path())
            .env("SOURCE_DATE_EPOCH", "1767225600")
            .args(args)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        }
    }

    fn bundle(&self, key: &str) -> Result<String, String> {
        let what = ["bundle", "--slot", "slot", "--output", "x.farseat"];
        let made = ["--version", "1.2.3", "--hardware", "linux,dummy-virt"];
        self.run(&[&what[..], &made, &["--key", key]].concat())
    }

    fn keygen(&self, name: &str) -> Result<String, String> {
        let (public, secret) = (format!("{name}.pub"), format!("{name}.key"));
        let files = ["--public", &public, "--secret", &secret];
        self.run(&[&["keygen", "--without-password"], &files[..]].concat())
    }

    fn change(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.path("x.farseat")).unwrap();
        change(&mut bytes);
        fs::write(self.path("x.farseat"), bytes).unwrap();
    }

    fn verify(&self) -> Result<String, String> {
        self.run(&["verify", "x.farseat"])
    }

    #[track_caller]
    fn must_be_refused(&self, with: &str) {
        let said = self.verify().unwrap_err();
        assert!(said.contains(with), "{said}");
    }
}

#[test]
fn a_bundle_is_made_of_a_slot_and_found_right() {
    let work = Work::with_bundle();
    let said = work.verify().unwrap();
    assert!(said.contains("farseat 1.2.3 (stable), signed with 26154CAF55052246: right"));
    let said = work.run(&["inspect", "x.farseat"]).unwrap();
    for part in [
        "1.2.3",
        "linux,dummy-virt",
        "26154CAF55052246",
        "2026-01-01T00:00:00Z",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn the_same_slot_gives_the_same_bytes_but_for_the_signature() {
    let work = Work::with_bundle();
    let tell = || work.run(&["inspect", "--json", "x.farseat"]).unwrap();
    let first = tell();
    work.bundle(DEVELOPMENT).unwrap();
    assert_eq!(first, tell());
    let facts: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert!(facts["image"]["zero_blocks"].as_u64() > Some(2), "{first}");
}

#[test]
fn an_image_of_the_slot_gives_what_the_folder_gives_and_is_on_every_card() {
    let work = Work::with_bundle();
    let mut bundle = Bundle::open(&work.path("x.farseat")).unwrap();
    let blocks = bundle.head.header.blocks.len();
    let mut image: Vec<u8> = (0..blocks)
        .flat_map(|index| bundle.block(index).unwrap())
        .collect();
    // As it lies on a card, with all the zeros behind it.
    image.resize(8 << 20, 0);
    fs::write(work.path("slot.vfat"), image).unwrap();
    let args = ["bundle", "--image", "slot.vfat", "--output", "y.farseat"];
    let made = [
        "--version",
        "1.2.3",
        "--hardware",
        "linux,dummy-virt",
        "--key",
        DEVELOPMENT,
    ];
    work.run(&[&args[..], &made].concat()).unwrap();
    let tell = |name| work.run(&["inspect", "--json", name]).unwrap();
    assert_eq!(tell("x.farseat"), tell("y.farseat"));
}

#[test]
fn keys_change_by_a_second_signature_and_nobody_signs_twice() {
    let work = Work::with_bundle();
    work.keygen("new").unwrap();
    let verify = || work.run(&["verify", "--public", "new.pub", "x.farseat"]);
    assert!(verify().unwrap_err().contains("does not trust"));
    work.run(&["sign", "--key", "new.key", "x.farseat"])
        .unwrap();
    verify().unwrap();
    work.verify().unwrap();
    let again = work.run(&["sign", "--key", "new.key", "x.farseat"]);
    assert!(again.unwrap_err().contains("already"));
    for name in ["third", "fourth"] {
        work.keygen(name).unwrap();
        work.run(&["sign", "--key", &format!("{name}.key"), "x.farseat"])
            .unwrap();
    }
    work.keygen("fifth").unwrap();
    let fifth = work.run(&["sign", "--key", "fifth.key", "x.farseat"]);
    assert!(fifth.unwrap_err().contains("no more"));
    verify().unwrap();
}

#[test]
fn a_key_is_never_overwritten_and_only_its_owner_reads_it() {
    let work = Work::new();
    let said = work.keygen("one").unwrap();
    let public = fs::read_to_string(work.path("one.pub")).unwrap();
    let id = said.split_once(':').unwrap().0;
    assert!(
        id.len() == 16 && public.contains(id),
        "{said}, but {public}"
    );
    let mode = fs::metadata(work.path("one.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(work.path("one.key")).unwrap();
    assert!(work.keygen("one").unwrap_err().contains("already"));
    assert_eq!(fs::read(work.path("one.key")).unwrap(), before);
}

#[test]
fn files_that_are_no_keys_are_named() {
    let work = Work::with_bundle();
    fs::write(work.path("no.key"), "key").unwrap();
    let said = work.bundle(&work.path("no.key").to_string_lossy());
    assert!(said.unwrap_err().contains("no.key"));
    fs::write(work.path("no.pub"), "key").unwrap();
    let said = work.run(&["verify", "--public", "no.pub", "x.farseat"]);
    assert!(said.unwrap_err().contains("no.pub is no public key"));
    fs::write(work.path("empty.pub"), "# none\n").unwrap();
    let said = work.run(&["verify", "--public", "empty.pub", "x.farseat"]);
    assert!(said.unwrap_err().contains("trusts nobody"));
}

#[test]
fn a_bundle_that_is_cut_off_goes_on_or_is_something_else_is_refused() {
    let work = Work::with_bundle();
    work.change(|bytes| bytes.truncate(bytes.len() - 1));
    work.must_be_refused("ends too early");
    work.change(|bytes| bytes.extend([0, 0]));
    work.must_be_refused("goes on behind its last block, by 1 bytes");
    work.change(|bytes| bytes.truncate(100));
    work.must_be_refused("ends too early");
    work.change(|bytes| bytes.truncate(0));
    work.must_be_refused("ends too early");
    work.change(|bytes| bytes.extend(b"PK\x03\x04"));
    work.must_be_refused("no Farseat bundle");
}

#[test]
fn a_changed_header_signature_or_block_is_refused() {
    let work = Work::with_bundle();
    let whole = fs::read(work.path("x.farseat")).unwrap();
    let head = Bundle::open(&work.path("x.farseat")).unwrap().head;
    let flip = |at: usize| {
        work.change(|bytes| {
            bytes.clone_from(&whole);
            bytes[at] ^= 1;
        });
    };
    // In the rollback index, in the signature's base64, in the first block.
    flip(24);
    work.must_be_refused("changed after it was signed");
    flip(head.length - 300);
    assert!(work.verify().is_err());
    flip(head.length + 20);
    work.must_be_refused("block 0 of x.farseat is not what the header says");
}

#[test]
fn a_slot_that_would_not_boot_becomes_no_bundle() {
    let work = Work::new();
    fs::remove_file(work.path("slot").join("kernel8.img")).unwrap();
    assert!(
        work.bundle(DEVELOPMENT)
            .unwrap_err()
            .contains("kernel8.img")
    );
    assert!(!work.path("x.farseat").exists());
}

/// Bytes that cannot be packed.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let byte = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(byte).collect()
}

#[test]
fn a_release_has_patches_over_the_one_before_and_says_what_is_fetched() {
    let work = Work::new();
    let mut kernel = noise(2 * BLOCK);
    fs::write(work.path("slot").join("kernel8.img"), &kernel).unwrap();
    work.bundle(DEVELOPMENT).unwrap();
    fs::rename(work.path("x.farseat"), work.path("old.farseat")).unwrap();
    kernel.splice(BLOCK..BLOCK, *b"more");
    fs::write(work.path("slot").join("kernel8.img"), &kernel).unwrap();
    work.bundle(DEVELOPMENT).unwrap();
    let inspect = || work.run(&["inspect", "--over", "old.farseat", "x.farseat"]);
    let said = inspect().unwrap();
    assert!(said.contains("0 of them as patches"), "{said}");

    let over = |bundles: &[&str]| {
        let made = ["--hardware", "linux,dummy-virt", "--key", DEVELOPMENT];
        let what = ["bundle", "--slot", "slot", "--output", "x.farseat"];
        let over = bundles.iter().flat_map(|bundle| ["--over", bundle]);
        let args: Vec<&str> = what.into_iter().chain(made).chain(over).collect();
        work.run(&args)
    };
    over(&["old.farseat"]).unwrap();
    work.verify().unwrap();
    let said = inspect().unwrap();
    let blocks = said.split_once(": ").unwrap().1;
    let number = blocks.split(' ').next().unwrap();
    assert!(
        said.contains(&format!("{number} of them as patches")),
        "{said}"
    );
    let (_, percent) = said.trim_end().rsplit_once('(').unwrap();
    let percent: f64 = percent.trim_end_matches(" %)").parse().unwrap();
    assert!(percent < 2.0, "{said}");

    // The last byte is a patch's.
    let whole = fs::read(work.path("x.farseat")).unwrap();
    work.change(|bytes| *bytes.last_mut().unwrap() ^= 1);
    work.must_be_refused("the patch for block");
    work.change(|bytes| bytes.clone_from(&whole));
    let three = over(&["old.farseat"; 3]).unwrap_err();
    assert!(three.contains("at most 2 releases"), "{three}");
    fs::write(work.path("x.farseat"), "PK").unwrap();
    assert!(over(&["x.farseat"]).unwrap_err().contains("x.farseat"));
}
