//! What a broken-into `serve` gains: as little as can be. The attempts are in `src/app/attempts.rs`; a signal starts one.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use farseat_lab::PATIENCE;
use farseat_lab::console::Event;
use farseat_lab::lab::Lab;
use farseat_lab::machine::Source;
use farseat_lab::processes::Process;
use farseat_lab::target::codes::{AXIS_Y, EV_ABS, EV_KEY};
use farseat_lab::target::{Input, Sight};
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
const SEND: i32 = 1; // SIGHUP: UDP
const SEND_6: i32 = 3; // SIGQUIT: the same over IPv6
const CALL: i32 = 23; // SIGURG: TCP
const SAY: i32 = 29; // SIGIO

const BUTTON_LEFT: u16 = 0x110;
const LET_GO: Sight = Sight::Input(Input {
    kind: EV_KEY,
    code: BUTTON_LEFT,
    value: 0,
});

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

/// Who speaks on the link for `serve`: it comes a moment after it, and the guest is asked until it is there.
fn speaker(lab: &Lab) -> Process {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(speaker) = lab.target().in_role("speak").unwrap() {
            return speaker;
        }
        assert!(Instant::now() < end, "nobody speaks");
    }
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
    let disk = refused.iter().find(|line| line.contains("open /dev/vda:"));
    assert!(disk.unwrap().contains("Permission denied"), "{disk:?}");
}

/// The sockets of a process, by the kernel's number.
fn sockets(lab: &Lab, pid: i32) -> Vec<String> {
    let open = lab.target().list(&format!("/proc/{pid}/fd")).unwrap();
    // One that is closed while we look is none.
    let links = open
        .iter()
        .filter_map(|number| lab.target().link(&format!("/proc/{pid}/fd/{number}")).ok());
    let number = |link: String| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    links.filter_map(number).collect()
}

/// Of those, the ones that somebody could be sent something through who has not called: the table, and the number.
fn ways_out(lab: &Lab, held: &[String]) -> Vec<(&'static str, String)> {
    let tables = [
        ("udp", 9),
        ("udp6", 9),
        ("raw", 9),
        ("raw6", 9),
        ("packet", 8),
        ("netlink", 9),
    ];
    let found = tables.into_iter().flat_map(|(table, column)| {
        let text = lab.target().read(&format!("/proc/net/{table}")).unwrap();
        let rows = text.lines().skip(1).map(move |line| {
            let number = line.split_whitespace().nth(column).unwrap();
            (table, number.to_owned())
        });
        rows.collect::<Vec<_>>()
    });
    found.filter(|(_, number)| held.contains(number)).collect()
}

#[test]
fn it_has_no_socket_through_which_it_could_speak_first() {
    let lab = lab();
    let held = sockets(&lab, serve(&lab));
    assert!(held.len() > 2, "the page's and the line to init: {held:?}");
    assert_eq!(ways_out(&lab, &held), []);
    // Who has them instead is seen by the same look.
    let speaker = speaker(&lab);
    let held = sockets(&lab, speaker.pid);
    let tables: BTreeSet<_> = ways_out(&lab, &held)
        .into_iter()
        .map(|(table, _)| table)
        .collect();
    assert_eq!(tables, BTreeSet::from(["netlink", "packet", "udp", "udp6"]));
}

#[test]
fn who_speaks_for_it_has_no_power_and_sees_no_file() {
    let lab = lab();
    let speaker = speaker(&lab);
    let read = |file: &str| {
        let path = format!("/proc/{}/{file}", speaker.pid);
        lab.target().read(&path).unwrap()
    };
    let status = read("status");
    for has in [
        "Uid:\t102\t102\t102\t102",
        "Gid:\t102\t102\t102\t102",
        "CapPrm:\t0000000000000000",
        "CapBnd:\t0000000000000000",
        "NoNewPrivs:\t1",
        "Seccomp_filters:\t2",
    ] {
        assert!(status.contains(has), "{has} is not in {status}");
    }
    println!(
        "{}",
        status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap()
    );
    assert_eq!(read("cgroup").trim(), "0::/speak");
    let mounts = read("mounts");
    let seen = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    let places = ["/", "/dev/random", "/dev/urandom", "/sys"];
    assert_eq!(seen.collect::<Vec<_>>(), places, "{mounts}");
}

/// Until the serial console has said all of these, in whatever order.
fn wait_for_all(lab: &Lab, words: &[&str]) {
    let missing = RefCell::new(words.to_vec());
    let said = lab.machine().serial().wait(PATIENCE, |line| {
        missing.borrow_mut().retain(|words| !line.contains(words));
        missing.borrow().is_empty()
    });
    assert!(said.is_ok(), "not said: {missing:?}");
}

#[test]
fn what_it_must_not_do_ends_it_and_it_is_started_anew() {
    let mut lab = lab();
    // Beside it: a shell would have done this by the time that the first one has ended.
    let typed = "\r\nroot\r\necho typed-$((6*7))\r\n";
    lab.machine().type_at_serial(typed).unwrap();
    for (what, signal) in [
        ("run", RUN),
        ("listen", LISTEN),
        ("wire", WIRE),
        ("send", SEND),
        ("send by IPv6", SEND_6),
        ("call", CALL),
    ] {
        let before = serve(&lab);
        lab.machine().serial().forget();
        attempt(&lab, signal);
        lab.wait_serial(ENDED);
        // The new one, and who speaks for it on the link.
        wait_for_all(&lab, &["serve answers", "link eth0 is up"]);
        assert_ne!(serve(&lab), before, "{what}");
    }
    // Beside it is one that speaks, and not one for each that has ended.
    let roles = lab.target().processes().unwrap();
    let speakers = roles
        .iter()
        .filter(|process| process.arguments == ["speak"]);
    assert_eq!(speakers.count(), 1);
    let said = std::fs::read_to_string(lab.machine().log()).unwrap();
    let done = |line: &&str| line.contains(": DONE") && !line.contains(SAID);
    assert_eq!(said.lines().find(done), None);
    for shell in ["typed-42", "login:"] {
        assert!(!said.contains(shell), "{shell}: {said}");
    }
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

/// A drag that would end elsewhere moves what it drags.
#[test]
fn a_killed_serve_lets_go_of_a_held_button_where_the_pointer_is() {
    const PLACE: (u16, u16) = (1234, 23456);
    let mut lab = lab();
    let control = lab.console().control();
    control.wait_lease();
    control.wait_usb("configured");
    lab.target().wait_listening();
    control.send(Event::MoveTo(PLACE.0, PLACE.1));
    lab.target().wait_input(EV_ABS, AXIS_Y, PLACE.1.into());
    control.send(Event::Button(0, true));
    lab.target().wait_pressed(BUTTON_LEFT);
    let pid = serve(&lab);
    lab.target().kill(pid).unwrap();
    let moved = |sight: &Sight| matches!(sight, Sight::Input(Input { kind: EV_ABS, .. }));
    let first = lab
        .target()
        .sights()
        .wait(PATIENCE, |sight| moved(sight) || *sight == LET_GO);
    assert_eq!(first.unwrap(), LET_GO);
    lab.console().wait_until_up().unwrap();
    lab.console().log_in().unwrap();
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
