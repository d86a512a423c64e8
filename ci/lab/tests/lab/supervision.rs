//! Process 1 and the process that serves.

use std::time::Duration;

use farseat_lab_agent::Command;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{in_control, lab};

const SIGSTOP: i32 = 19;
const OWNED: &str = "Owner         this appliance has an owner";

const A: (u8, u16) = (0x04, 30);

#[test]
fn a_crash_releases_every_key_and_is_followed_by_a_new_start() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    let crashed = lab.target().serve_process().unwrap().expect("serve runs");
    lab.target().kill(crashed.pid).unwrap();
    lab.target().wait_let_go(A.1);
    lab.console().wait_until_up().unwrap();
    let restarted = lab
        .target()
        .serve_process()
        .unwrap()
        .expect("serve runs again");
    assert_ne!(restarted.pid, crashed.pid);
    assert_eq!(restarted.parent, 1);
    lab.console().log_in().unwrap();
    let control = in_control(&mut lab);
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    control.release(A.0);
    lab.target().wait_released(A.1);
}

/// How often `serve` is killed; often enough for a percentile only when all of it is wanted.
fn kills() -> usize {
    if std::env::var_os("FARSEAT_FULL").is_some() {
        200
    } else {
        50
    }
}

#[test]
fn after_a_crash_serve_runs_again_within_half_a_second() {
    let mut lab = lab();
    lab.console();
    let mut gaps = Vec::new();
    let mut pid = lab
        .target()
        .serve_process()
        .unwrap()
        .expect("serve runs")
        .pid;
    lab.machine().serial().forget();
    for _ in 0..kills() {
        lab.target().kill(pid).unwrap();
        let ended = lab.wait_serial("serve ended: signal 9");
        let started = lab.wait_serial("serve runs as process ");
        gaps.push(kernel_time(&started) - kernel_time(&ended));
        pid = process_number(&started);
    }
    gaps.sort();
    let p99 = gaps[gaps.len() * 99 / 100];
    let longest = gaps[gaps.len() - 1];
    println!(
        "{} crashes: restarted after {p99:?} (p99), {longest:?} at most",
        gaps.len()
    );
    assert!(p99 <= Duration::from_millis(500), "{p99:?}");
    lab.console().wait_until_up().unwrap();
    lab.console().log_in().unwrap();
}

#[test]
fn a_serve_that_hangs_is_killed_and_started_again() {
    let mut lab = lab();
    lab.console().wait_until_up().unwrap();
    let hung = lab.target().serve_process().unwrap().expect("serve runs");
    lab.machine().serial().forget();
    let stop = Command::Signal {
        pid: hung.pid,
        signal: SIGSTOP,
    };
    lab.target().ask(stop).unwrap();
    lab.wait_serial("serve does not answer: killing it");
    let started = lab.wait_serial("serve runs as process ");
    assert_ne!(process_number(&started), hung.pid);
    lab.wait_serial("serve answers");
    lab.console().log_in().unwrap();
}

#[test]
fn the_root_cannot_be_written() {
    let lab = lab();
    let refusal = lab.target().write("/init", "gone").unwrap_err().to_string();
    assert!(refusal.contains("Read-only file system"), "{refusal}");
    let mounts = lab.target().read("/proc/1/mounts").unwrap();
    let root = mounts
        .lines()
        .find(|line| line.split(' ').nth(1) == Some("/"))
        .unwrap();
    assert!(root.split(' ').nth(3).unwrap().starts_with("ro"), "{root}");
}

#[test]
fn the_screen_and_the_serial_line_say_who_where_and_whose() {
    let mut lab = lab();
    let authority = lab.console().ask("GET", "/ca.crt", None).unwrap();
    let authority = CertificateDer::from_pem_slice(&authority.body).unwrap();
    // The claim is a change, so all of it is written again: the screen first.
    let said = std::fs::read_to_string(lab.machine().log()).unwrap();
    if !said.contains(OWNED) {
        lab.wait_serial(OWNED);
    }
    let screen = lab.target().read("/dev/vcs1").unwrap();
    assert!(screen.contains("https://10.0.2.15/"), "{screen}");
    for half in Sha256::digest(&authority).chunks(16) {
        let half: Vec<String> = half.iter().map(|byte| format!("{byte:02X}")).collect();
        assert!(screen.contains(&half.join(":")), "{screen}");
    }
    assert!(screen.contains(OWNED), "{screen}");
}

#[test]
fn the_status_says_where_the_data_is() {
    let mut lab = lab();
    let status = lab
        .console()
        .ask("GET", "/api/v1/status", None)
        .unwrap()
        .json();
    let system = &status["system"];
    // This machine has no card.
    assert_eq!(system["data"]["state"], "memory");
    assert_eq!(system["data"]["reason"], "there is no card");
    assert!(system["data"]["free"].as_u64().unwrap() > 0);
    assert_eq!(
        (&system["slot"], &system["trial"]),
        (&Value::Null, &Value::Bool(false))
    );
}

/// The kernel's time in front of its message: `[   12.345678] …`.
fn kernel_time(line: &str) -> Duration {
    let time = line.split_once('[').unwrap().1.split_once(']').unwrap().0;
    Duration::from_secs_f64(time.trim().parse().unwrap())
}

fn process_number(line: &str) -> i32 {
    let rest = line.split_once("serve runs as process ").unwrap().1;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
    digits.parse().unwrap()
}
