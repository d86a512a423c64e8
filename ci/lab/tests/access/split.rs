//! What a broken-into `serve` gains: as little as can be. The attempts are in `src/app/attempts.rs`; a signal starts one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use farseat_lab::lab::Lab;
use farseat_lab::machine::Source;
use farseat_lab_agent::Command;

/// The machine; tests take turns.
static MACHINE: Mutex<Option<Lab>> = Mutex::new(None);

/// `SERVE` of src/init/mod.rs.
const USER: &str = "100";

/// Attempts, by the signal that starts them.
const OPEN: i32 = 10; // SIGUSR1
const RUN: i32 = 12; // SIGUSR2
const WIRE: i32 = 14; // SIGALRM
const LISTEN: i32 = 28; // SIGWINCH
const SAY: i32 = 29; // SIGIO

const CONTROLLER: &str = "/sys/kernel/config/usb_gadget/farseat/UDC";

/// The one attempt that succeeds, to no avail.
const SAID: &str = "say what init must not do";

/// The kernel ends a process that makes a call that is not on its list.
const ENDED: &str = "serve ended: signal 31";

struct Turn(MutexGuard<'static, Option<Lab>>);

impl std::ops::Deref for Turn {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        self.0.as_ref().unwrap()
    }
}

impl std::ops::DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut Lab {
        self.0.as_mut().unwrap()
    }
}

fn lab() -> Turn {
    let mut lab = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    if lab.is_none() {
        *lab = Some(Lab::boot("access", Source::Dongle).unwrap());
    }
    let mut turn = Turn(lab);
    turn.console().wait_until_up().unwrap();
    turn.console().log_in().unwrap();
    turn.machine().serial().forget();
    turn
}

fn serve(lab: &Lab) -> i32 {
    lab.target()
        .serve_process()
        .unwrap()
        .expect("serve runs")
        .pid
}

fn attempt(lab: &Lab, signal: i32) {
    let pid = serve(lab);
    lab.target().ask(Command::Signal { pid, signal }).unwrap();
}

/// The value of a line of `/proc/<pid>/status`, its columns divided by one space.
fn status(lab: &Lab, key: &str) -> String {
    let all = lab
        .target()
        .read(&format!("/proc/{}/status", serve(lab)))
        .unwrap();
    let mut lines = all.lines().filter_map(|line| line.split_once(":\t"));
    let (_, value) = lines.find(|(found, _)| *found == key).unwrap();
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn serve_is_nobody_of_importance() {
    let lab = lab();
    for key in ["Uid", "Gid"] {
        assert_eq!(status(&lab, key), [USER; 4].join(" "), "{key}");
    }
    assert_eq!(status(&lab, "Groups"), "");
    for key in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(status(&lab, key), "0000000000000000", "{key}");
    }
    assert_eq!(status(&lab, "NoNewPrivs"), "1");
    assert_eq!(
        (status(&lab, "Seccomp"), status(&lab, "Seccomp_filters")),
        ("2".into(), "2".into())
    );
    let limits = lab
        .target()
        .read(&format!("/proc/{}/limits", serve(&lab)))
        .unwrap();
    let cores = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(cores.split_whitespace().nth(4), Some("0"), "{cores}");
}

#[test]
fn its_memory_is_bounded_and_most_of_the_bound_is_room() {
    let lab = lab();
    let group = lab
        .target()
        .read(&format!("/proc/{}/cgroup", serve(&lab)))
        .unwrap();
    assert_eq!(group.trim(), "0::/serve");
    let number = |file: &str| -> u64 {
        // As init sees it: the agent has a view of its own.
        let path = format!("/proc/1/root/sys/fs/cgroup/serve/{file}");
        let text = lab.target().read(&path).unwrap();
        text.trim().parse().unwrap()
    };
    let (used, most) = (number("memory.current"), number("memory.max"));
    println!(
        "serve uses {used} of {most} bytes; VmRSS {}",
        status(&lab, "VmRSS")
    );
    assert!(used * 3 < most, "{used} of {most}");
}

#[test]
fn it_sees_its_own_places_and_nothing_else() {
    let lab = lab();
    let mounts = lab
        .target()
        .read(&format!("/proc/{}/mounts", serve(&lab)))
        .unwrap();
    let mut seen: Vec<_> = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    seen.sort_unstable();
    seen.dedup();
    let places = [
        "/",
        "/boot",
        "/data",
        "/dev",
        "/run/farseat",
        "/sys",
        "/sys/kernel/config",
    ];
    assert_eq!(seen, places);
}

#[test]
fn what_it_must_not_open_is_refused() {
    let lab = lab();
    assert!(
        lab.target()
            .list("/dev")
            .unwrap()
            .contains(&"vda".to_owned())
    );
    attempt(&lab, OPEN);
    lab.wait_serial("attempts: all opened");
    let said = std::fs::read_to_string(lab.machine().log()).unwrap();
    let tried = said
        .lines()
        .filter(|line| line.contains("attempt to ") && !line.contains(SAID));
    let (refused, done): (Vec<_>, Vec<_>) = tried.partition(|line| line.contains(": refused: "));
    assert_eq!(done, Vec::<&str>::new());
    assert!(refused.len() >= 12, "{refused:?}");
    let of = |what: &str| refused.iter().find(|line| line.contains(what)).unwrap();
    for what in [
        "open /dev/vda:",
        "take a port",
        "call 10.0.2.2:80:",
        "call 10.0.2.2:80 with the first word",
        "call 127.0.0.1:443:",
    ] {
        assert!(of(what).contains("Permission denied"), "{}", of(what));
    }
}

#[test]
fn what_it_must_not_do_ends_it_and_it_is_started_anew() {
    let mut lab = lab();
    for (what, signal) in [("run", RUN), ("listen", LISTEN), ("wire", WIRE)] {
        let before = serve(&lab);
        lab.machine().serial().forget();
        attempt(&lab, signal);
        lab.wait_serial(ENDED);
        lab.wait_serial("serve answers");
        assert_ne!(serve(&lab), before, "{what}");
    }
    let said = std::fs::read_to_string(lab.machine().log()).unwrap();
    let done = |line: &&str| line.contains(": DONE") && !line.contains(SAID);
    assert_eq!(said.lines().find(done), None);
    lab.console().wait_until_up().unwrap();
    lab.console().log_in().unwrap();
}

#[test]
fn ten_thousand_messages_of_a_broken_serve_change_nothing() {
    let lab = lab();
    let (before, clock) = ((serve(&lab), facts(&lab)), started(&lab));
    attempt(&lab, SAY);
    lab.wait_serial(&format!("attempt to {SAID}: DONE"));
    // Init has read all of them when it does what is asked behind them: bind the gadget again.
    lab.target().write(CONTROLLER, "\n").unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while lab.target().read(CONTROLLER).unwrap().trim().is_empty() {
        assert!(Instant::now() < end, "init does not listen any more");
    }
    let after = (serve(&lab), facts(&lab));
    assert_eq!(after, before);
    assert!(started(&lab).abs_diff(clock) < 5, "the clock has jumped");
}

/// What init has power over, but for the clock.
fn facts(lab: &Lab) -> Vec<String> {
    let read = |path: &str| lab.target().read(path).unwrap();
    vec![
        read("/proc/net/route"),
        read("/proc/net/if_inet6"),
        read(CONTROLLER),
        read("/proc/sys/kernel/hostname"),
    ]
}

/// When the machine was started by its own clock, in seconds: it moves with each step of the clock.
fn started(lab: &Lab) -> u64 {
    let all = lab.target().read("/proc/stat").unwrap();
    let mut lines = all.lines();
    let line = lines.find_map(|line| line.strip_prefix("btime "));
    line.unwrap().parse().unwrap()
}

#[test]
fn a_killed_serve_lets_go_of_a_held_key_within_half_a_second() {
    let mut lab = lab();
    // Under emulation, on a machine with other work, the best of three says most.
    let held = (0..3).map(|_| time_to_let_go(&mut lab)).min().unwrap();
    println!("the key was held for {held:?} after the end");
    assert!(held < Duration::from_millis(500), "{held:?}");
}

fn time_to_let_go(lab: &mut Lab) -> Duration {
    let control = lab.console().control();
    control.wait_lease();
    control.wait_usb("configured");
    lab.target().wait_listening();
    lab.target().sights().forget();
    control.press(0x04);
    lab.target().wait_pressed(30);
    let pid = serve(lab);
    let killed = Instant::now();
    lab.target().kill(pid).unwrap();
    lab.target().wait_let_go(30);
    let held = killed.elapsed();
    lab.console().wait_until_up().unwrap();
    lab.console().log_in().unwrap();
    held
}
