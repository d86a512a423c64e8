//! Releases that are signed, and no good: each leads back to the old slot by itself, and the old system says why.

use std::time::{Duration, Instant};

use farseat_firmware::slot::Slot::A;
use farseat_lab::artifacts::Artifacts;
use farseat_lab::card::board::Board;
use farseat_lab::card::release::Release;
use serde_json::Value;

use crate::{card, is_full, power_on, say};

const KERNEL: &str = "kernel8.img";
const SYSTEM: &str = "initramfs.cpio";
const COMMAND_LINE: &str = "cmdline.txt";
/// The gate's ninety seconds, a watchdog's thirty, and the time of a busy machine.
const TRIAL: Duration = Duration::from_secs(240);

fn release() -> Release {
    Release::of(&card(), "6.6.6")
}

/// Process 1 plays a role of the lab's.
fn with_role(role: &str) -> Release {
    let release = release();
    let mut system = release.read(SYSTEM).unwrap();
    system.resize(system.len().next_multiple_of(4), 0);
    system.extend(Artifacts::build().unwrap().bad(role).unwrap());
    release.with(SYSTEM, &system)
}

/// The program itself is damaged: everywhere these words become those.
fn with_words(words: &[u8], instead: &[u8]) -> Release {
    let release = release();
    let mut system = release.read(SYSTEM).unwrap();
    let at: Vec<usize> = (0..system.len() - words.len())
        .filter(|at| system[*at..].starts_with(words))
        .collect();
    assert!(!at.is_empty(), "the program does not have these words");
    for at in at {
        system[at..at + words.len()].copy_from_slice(instead);
    }
    release.with(SYSTEM, &system)
}

/// The kernel leaves something out.
fn without_driver(function: &str) -> Release {
    let release = release();
    let line = release.read(COMMAND_LINE).unwrap();
    let line = String::from_utf8(line).unwrap();
    let line = format!("{} initcall_blacklist={function}\n", line.trim());
    release.with(COMMAND_LINE, line.as_bytes())
}

fn install(board: &mut Board, release: &Release) {
    let bundle = release.bundle();
    let answer = board.console().upload(&bundle.bytes, 0, true).unwrap();
    let words = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{words}");
    board.wait_reset().unwrap();
    assert_eq!((board.boot().partition, board.boot().trial), (3, true));
}

/// Installs it, and sees the machine come back. What the old system says of it.
fn comes_back(name: &str, release: &Release) -> Value {
    let mut board = power_on(&format!("update-bad-{name}"), &card());
    // What is well now is asked of the new system: an address takes a moment, the gadget too.
    let control = board.console().control();
    control.wait_usb("configured");
    drop(control);
    install(&mut board, release);
    let started = Instant::now();
    board.wait_reset_within(TRIAL).unwrap();
    let took = started.elapsed();
    assert_eq!((board.boot().partition, board.boot().trial), (2, false));
    board.console().wait_until_up().unwrap();
    board.console().log_in().unwrap();
    let update = board.console().update();
    assert_eq!(board.card().named(), Some(A));
    assert_eq!(update["primary"], "a", "{update}");
    let slot = &update["slots"]["b"];
    assert_eq!(slot["status"], "bad", "{update}");
    let reason = slot["reason"].as_str().unwrap_or_default();
    say(&format!(
        "bad release, {name}: back after {took:.0?}: {reason}"
    ));
    assert!(!reason.is_empty(), "{update}");
    slot.clone()
}

/// The quick run shows those that take no minute.
fn when_full(show: impl FnOnce()) {
    if is_full() {
        show();
    }
}

#[test]
fn one_without_a_kernel_is_refused_before_it_could_boot() {
    let bundle = release().without(KERNEL).bundle();
    let mut board = power_on("update-bad-no-kernel", &card());
    let answer = board.console().upload(&bundle.bytes, 0, true).unwrap();
    let words = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(answer.status >= 400, "{words}");
    let update = board.console().update();
    assert_eq!(update["primary"], "a", "{update}");
    assert_eq!(update["job"]["stage"], "failed", "{words}: {update}");
    say(&format!("bad release, no kernel: refused: {words}"));
    let start = board.card().disk().partition(3).start;
    let boot = board.card().disk().content(start..start + 512).unwrap();
    assert_eq!(boot, [0; 512], "its boot sector was never written");
}

#[test]
fn one_whose_kernel_panics_comes_back() {
    comes_back("panic", &release().with(SYSTEM, b"no root file system"));
}

#[test]
fn one_whose_init_exits_comes_back() {
    comes_back("init exits", &with_role("exits"));
}

#[test]
fn one_that_hangs_comes_back() {
    when_full(|| drop(comes_back("hang", &with_role("hangs"))));
}

#[test]
fn one_whose_server_ends_again_and_again_comes_back() {
    let release = || with_words(b"--supervised", b"--superbised");
    when_full(|| drop(comes_back("crash loop", &release())));
}

#[test]
fn one_without_a_network_comes_back() {
    let release = || without_driver("virtio_net_driver_init");
    when_full(|| drop(comes_back("no network", &release())));
}

#[test]
fn one_that_eats_all_memory_comes_back() {
    when_full(|| drop(comes_back("memory hog", &with_role("eats"))));
}

#[test]
fn one_whose_gadget_is_missing_comes_back() {
    let release = || without_driver("dummy_hcd_init");
    when_full(|| drop(comes_back("no gadget", &release())));
}
