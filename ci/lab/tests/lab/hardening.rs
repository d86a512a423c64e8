//! What an attacker does not find in the running kernel, and which ports are open.

use std::collections::BTreeSet;

use farseat_lab::target::Target;
use farseat_lab_agent::{Command, Forbidden};

use crate::lab;

const ENOSYS: &str = "38";
const EINVAL: &str = "22";

fn read(target: &Target, path: &str) -> String {
    target.read(path).unwrap().trim().to_owned()
}

#[test]
fn the_kernel_is_locked_down() {
    let lab = lab();
    let lockdown = read(lab.target(), "/sys/kernel/security/lockdown");
    assert_eq!(lockdown, "none [integrity] confidentiality");
    // There is no way back.
    assert!(
        lab.target()
            .write("/sys/kernel/security/lockdown", "none")
            .is_err()
    );
}

#[test]
fn there_is_no_window_into_memory_and_no_kernel_beside_this_one() {
    let lab = lab();
    let devices = lab.target().list("/dev").unwrap();
    for window in ["mem", "kmem", "port"] {
        assert!(!devices.iter().any(|name| name == window), "{window}");
    }
    let process = lab.target().list("/proc").unwrap();
    for window in ["kcore", "sysrq-trigger", "modules"] {
        assert!(!process.iter().any(|name| name == window), "{window}");
    }
    let kernel = lab.target().list("/sys/kernel").unwrap();
    for window in ["kexec_loaded", "debug"] {
        assert!(!kernel.iter().any(|name| name == window), "{window}");
    }
}

#[test]
fn not_even_root_has_the_calls_that_the_kernel_was_built_without() {
    let lab = lab();
    for call in [
        Forbidden::IoUringSetup,
        Forbidden::KexecLoad,
        Forbidden::KexecFileLoad,
        Forbidden::Bpf,
        Forbidden::PerfEventOpen,
        Forbidden::Userfaultfd,
        Forbidden::InitModule,
    ] {
        let answer = lab.target().ask(Command::Call { call }).unwrap();
        assert_eq!(answer, ENOSYS, "{call:?}");
    }
    let call = Forbidden::NewUserNamespace;
    let answer = lab.target().ask(Command::Call { call }).unwrap();
    assert_eq!(answer, EINVAL, "user namespaces");
}

#[test]
fn the_kernel_keeps_its_addresses_and_its_log_to_itself() {
    let lab = lab();
    for (name, value) in [
        ("kernel/kptr_restrict", "2"),
        ("kernel/dmesg_restrict", "1"),
        ("kernel/panic_on_oops", "1"),
        // The lab's command line: at once. The card's kernels wait ten seconds.
        ("kernel/panic", "-1"),
        ("kernel/randomize_va_space", "2"),
        ("fs/protected_symlinks", "1"),
        ("fs/protected_hardlinks", "1"),
        ("net/ipv4/tcp_syncookies", "1"),
        ("net/ipv4/conf/eth0/accept_redirects", "0"),
        ("net/ipv6/conf/eth0/accept_redirects", "0"),
        ("net/ipv4/ip_forward", "0"),
    ] {
        assert_eq!(
            read(lab.target(), &format!("/proc/sys/{name}")),
            value,
            "{name}"
        );
    }
    let symbols = lab.target().read("/proc/kallsyms").unwrap();
    let first = symbols.lines().next().unwrap();
    assert!(first.starts_with("0000000000000000 "), "{first}");
}

#[test]
fn the_kernel_lies_somewhere_else_at_each_start_and_gives_no_memory_that_is_not_empty() {
    let lab = lab();
    let log = lab.target().ask(Command::KernelLog).unwrap();
    for said in [
        "KASLR enabled",
        "mem auto-init: stack:all(zero), heap alloc:on",
    ] {
        assert!(log.contains(said), "{said} is not in {log}");
    }
    // What checks that a copy to or from a program stays within one object.
    let symbols = lab.target().read("/proc/kallsyms").unwrap();
    let check = symbols
        .lines()
        .find(|line| line.ends_with(" __check_object_size"));
    assert!(check.is_some(), "no hardened usercopy");
}

/// `board/virt/hardening.fragment` has it walk through its own page tables.
#[test]
fn nothing_in_the_kernel_can_be_both_written_and_run() {
    let lab = lab();
    let log = lab.target().ask(Command::KernelLog).unwrap();
    let said = log.lines().find(|line| line.contains("W+X mappings"));
    let said = said.expect("the kernel has looked");
    assert!(said.contains("passed, no W+X pages found"), "{said}");
}

/// A line of `/proc/net/tcp` and its likes: the local port, whether somebody in particular is at the other end, and
/// the state (0A = listens).
fn sockets(target: &Target, table: &str) -> Vec<(u16, bool, String)> {
    // A kernel without IPv6 has no tables of it; this one has.
    let text = target.read(&format!("/proc/net/{table}")).unwrap();
    let parse = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let port = |address: &str| u16::from_str_radix(address.rsplit(':').next().unwrap(), 16);
        let connected = port(words[2]).unwrap() != 0;
        (port(words[1]).unwrap(), connected, words[3].to_owned())
    };
    text.lines().skip(1).map(parse).collect()
}

#[test]
fn exactly_https_the_redirect_dhcp_and_mdns_are_open() {
    let mut lab = lab();
    // Whatever starts late has started.
    lab.console().wait_until_up().unwrap();
    let target = lab.target();
    let tcp = ["tcp", "tcp6"].map(|table| sockets(target, table)).concat();
    let listening: BTreeSet<u16> = tcp
        .iter()
        .filter(|(_, _, state)| state == "0A")
        .map(|(port, _, _)| *port)
        .collect();
    assert_eq!(listening, BTreeSet::from([80, 443]));
    let udp = ["udp", "udp6", "udplite", "udplite6"].map(|table| {
        // A question that is under way (time, names) hears its one answerer only.
        let open = |(_, connected, _): &(u16, bool, String)| !connected;
        let mut found = match table {
            "udplite" | "udplite6" if target.read(&format!("/proc/net/{table}")).is_err() => vec![],
            _ => sockets(target, table),
        };
        found.retain(open);
        found
    });
    let udp: BTreeSet<u16> = udp.concat().iter().map(|(port, _, _)| *port).collect();
    assert!(udp.is_subset(&BTreeSet::from([68, 5353])), "{udp:?}");
    assert!(udp.contains(&5353), "{udp:?}");
    for table in ["raw", "raw6"] {
        assert_eq!(sockets(target, table), [], "{table}");
    }
    // Whether an address is somebody else's already is asked by ARP (0806). DHCP needs no such socket.
    let packets = target.read("/proc/net/packet").unwrap();
    let kinds: Vec<_> = packets
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().nth(3).unwrap())
        .collect();
    assert!(kinds.iter().all(|kind| *kind == "0806"), "{packets}");
    assert!(kinds.len() <= 1, "{packets}");
}
