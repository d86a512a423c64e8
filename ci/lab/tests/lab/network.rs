//! The appliance's own network and clock, on a machine of their own: cables are pulled, addresses change.

use std::net::UdpSocket;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use farseat_lab::lab::Lab;
use farseat_lab::machine::Source;
use serde_json::{Value, json};

use crate::{Turn, turn};

static NETWORK: Mutex<Option<Lab>> = Mutex::new(None);

/// For a DHCP exchange, to join a wireless network, or for an address that has to come back; under emulation everything is slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// QEMU forwards to the first address that its DHCP server gives.
const FORWARDED: &str = "10.0.2.15/24";

pub(crate) fn lab() -> Turn {
    turn(&NETWORK, "network", Source::Dongle)
}

fn network(lab: &mut Lab) -> Option<Value> {
    view(lab, "network")
}

#[track_caller]
fn wait(lab: &mut Lab, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    wait_view(lab, "network", what, fits)
}

/// What the appliance shows of this; none while it is not reached.
pub(crate) fn view(lab: &mut Lab, name: &str) -> Option<Value> {
    let path = format!("/api/v1/{name}");
    let answer = lab.console().ask("GET", &path, None).ok()?;
    (answer.status == 200).then(|| answer.json())
}

/// Asks until the answer fits: from outside there is no event to wait for.
#[track_caller]
pub(crate) fn wait_view(
    lab: &mut Lab,
    name: &str,
    what: &str,
    fits: impl Fn(&Value) -> bool,
) -> Value {
    let end = Instant::now() + PATIENCE;
    let mut last = None;
    while Instant::now() < end {
        last = view(lab, name);
        if let Some(view) = last.as_ref().filter(|view| fits(view)) {
            return view.clone();
        }
    }
    panic!("{what}: not in time; last: {last:?}");
}

#[track_caller]
fn change(lab: &mut Lab, edit: impl FnOnce(&mut Value)) -> Value {
    let mut settings = network(lab).expect("an answer")["settings"].take();
    edit(&mut settings);
    let answer = lab.console().ask("PUT", "/api/v1/network", Some(settings));
    let answer = answer.unwrap();
    assert_eq!(answer.status, 202, "{}", answer.json());
    answer.json()
}

#[track_caller]
fn confirm(lab: &mut Lab) {
    let path = "/api/v1/network/confirm";
    let answer = lab.console().ask("POST", path, Some(json!({}))).unwrap();
    assert_eq!(answer.status, 204, "{}", answer.json());
}

#[test]
fn the_address_comes_by_dhcp_and_the_interface_tells_it() {
    let mut lab = lab();
    let view = wait(&mut lab, "a lease and a name", |view| {
        view["status"]["source"] == "dhcp" && view["status"]["mdns"] == "farseat.local"
    });
    let status = &view["status"];
    assert_eq!(view["managed"], true);
    assert_eq!(status["up"], true);
    assert_eq!(status["router"], "10.0.2.2");
    assert_eq!(status["dns"], json!(["10.0.2.3"]));
    let addresses = status["addresses"].as_array().unwrap();
    assert!(addresses.contains(&json!(FORWARDED)), "{addresses:?}");
    assert!(status["lease_ends_in_s"].as_u64().unwrap() > 3600);
    let ipv6 = |address: &Value| address.as_str().unwrap().starts_with("fe");
    assert!(
        addresses.iter().any(ipv6),
        "the kernel's own: {addresses:?}"
    );
}

#[test]
fn a_hundred_times_the_cable_is_out_and_every_time_the_console_is_back() {
    let mut lab = lab();
    wait(&mut lab, "a lease", |view| {
        view["status"]["source"] == "dhcp"
    });
    let link = "/sys/class/net/eth0/carrier";
    let begun = Instant::now();
    for _ in 0..100 {
        lab.qmp().set_network_cable(false).unwrap();
        let end = Instant::now() + PATIENCE;
        while lab.target().read(link).unwrap().trim() != "0" {
            assert!(Instant::now() < end, "the guest does not see the cable go");
        }
        lab.qmp().set_network_cable(true).unwrap();
        wait(&mut lab, "the console is back", |view| {
            view["status"]["up"] == true && view["status"]["source"] == "dhcp"
        });
    }
    let each = begun.elapsed() / 100;
    println!("100 times out and in: {each:?} each until the console answers");
    wait(&mut lab, "the name is announced again", |view| {
        view["status"]["mdns"] == "farseat.local"
    });
}

#[test]
fn a_static_address_is_kept_once_it_is_confirmed() {
    let mut lab = lab();
    let trial = change(&mut lab, |settings| {
        settings["method"] = json!("static");
        settings["address"] = json!(FORWARDED);
        settings["router"] = json!("10.0.2.2");
        settings["dns"] = json!(["10.0.2.3"]);
    });
    assert_eq!(trial["confirm_within_s"], 60);
    assert_eq!(trial["reach"][0], "https://10.0.2.15/");
    wait(&mut lab, "the trial", |view| {
        view["status"]["source"] == "static" && !view["pending"].is_null()
    });
    confirm(&mut lab);
    // What is written outlives the process.
    let serve = lab.target().serve_process().unwrap().expect("serve runs");
    lab.target().kill(serve.pid).unwrap();
    lab.console().wait_until_up().unwrap();
    lab.console().log_in().unwrap();
    let view = wait(&mut lab, "still static", |view| {
        view["status"]["source"] == "static"
    });
    assert_eq!(view["settings"]["address"], FORWARDED);
    change(&mut lab, |settings| settings["method"] = json!("dhcp"));
    wait(&mut lab, "a lease again", |view| {
        view["status"]["source"] == "dhcp"
    });
    confirm(&mut lab);
}

#[test]
fn a_change_that_loses_the_browser_is_undone_by_itself() {
    let mut lab = lab();
    wait(&mut lab, "a lease", |view| {
        view["status"]["source"] == "dhcp"
    });
    let begun = Instant::now();
    // Nothing is forwarded to that address: from here on the appliance is out of reach.
    change(&mut lab, |settings| {
        settings["method"] = json!("static");
        settings["address"] = json!("10.0.2.50/24");
    });
    let view = wait(&mut lab, "back by itself", |view| view["pending"].is_null());
    let after = begun.elapsed();
    assert_eq!(view["settings"]["method"], "dhcp");
    assert!(after >= Duration::from_secs(59), "{after:?}");
    println!("undone after {after:?}");
}

#[test]
fn a_change_that_is_not_allowed_is_refused_with_its_field() {
    let mut lab = lab();
    let mut settings = network(&mut lab).expect("an answer")["settings"].take();
    settings["address"] = json!("10.0.2.255/24");
    let answer = lab.console().ask("PUT", "/api/v1/network", Some(settings));
    let answer = answer.unwrap();
    assert_eq!(answer.status, 422);
    let message = answer.json()["error"]["message"].to_string();
    assert!(message.contains("network.address"), "{message}");
}

#[test]
fn a_new_name_needs_no_restart() {
    let mut lab = lab();
    let before = lab.target().serve_process().unwrap().expect("serve runs");
    change(&mut lab, |settings| settings["name"] = json!("attic"));
    wait(&mut lab, "announced", |view| {
        view["status"]["mdns"] == "attic.local"
    });
    confirm(&mut lab);
    let host_name = lab.target().read("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(host_name.trim(), "attic");
    assert_eq!(
        lab.target().serve_process().unwrap().expect("runs").pid,
        before.pid
    );
    lab.console().trust_as("attic.local").unwrap();
    change(&mut lab, |settings| settings["name"] = json!("farseat"));
    wait(&mut lab, "back", |view| {
        view["status"]["mdns"] == "farseat.local"
    });
    confirm(&mut lab);
    lab.console().trust_as("farseat.local").unwrap();
}

/// Claim, login and the verified certificate are the console's; then a time server on this machine puts the
/// clock right, and the same session goes on.
fn lives_with_its_clock_at(name: &str, date: &str) {
    let mut lab = Lab::boot_at(name, Source::Dongle, Some(date)).unwrap();
    lab.console();
    wait(&mut lab, "a lease", |view| {
        view["status"]["source"] == "dhcp"
    });
    if !time_server() {
        println!("no time server: port 123 of this machine cannot be had");
        return;
    }
    change(&mut lab, |settings| settings["ntp"] = json!(["10.0.2.2"]));
    let view = wait(&mut lab, "synchronized", |view| {
        view["time"]["synchronized"] == true
    });
    assert_eq!(view["time"]["server"], "10.0.2.2");
    confirm(&mut lab);
    // A new connection, a new handshake, the old cookie.
    let answer = lab.console().ask("GET", "/api/v1/session", None).unwrap();
    assert_eq!(answer.status, 200);
    let told = answer.header("date").expect("a date").to_owned();
    let year = 1970 + since_1970() / 31_556_952;
    assert!(told.contains(&year.to_string()), "{told}");
    println!("{date}: the clock was {} ms off", view["time"]["offset_ms"]);
}

#[test]
fn with_its_clock_in_1970_it_is_claimed_and_used() {
    lives_with_its_clock_at("clock-1970", "1970-01-01T00:00:10");
}

#[test]
fn with_its_clock_ten_years_behind_it_is_claimed_and_used() {
    lives_with_its_clock_at("clock-behind", "2016-06-01T00:00:00");
}

#[test]
fn with_its_clock_ten_years_ahead_it_is_claimed_and_used() {
    lives_with_its_clock_at("clock-ahead", "2036-12-01T00:00:00");
}

fn since_1970() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.expect("after 1970").as_secs()
}

/// A server of the right time on this machine, which the guest reaches as its router's; false without a
/// privileged port.
fn time_server() -> bool {
    static SERVER: OnceLock<bool> = OnceLock::new();
    *SERVER.get_or_init(|| {
        let Ok(socket) = UdpSocket::bind("127.0.0.1:123") else {
            return false;
        };
        std::thread::spawn(move || {
            let mut question = [0; 48];
            while let Ok((length, from)) = socket.recv_from(&mut question) {
                if length == question.len() {
                    let _ = socket.send_to(&time(&question), from);
                }
            }
        });
        true
    })
}

/// RFC 4330, 4: a server of stratum 2 that has just been asked.
fn time(question: &[u8; 48]) -> [u8; 48] {
    const FROM_1900: u64 = 2_208_988_800;
    let now = ((since_1970() + FROM_1900) as u32).to_be_bytes();
    let mut answer = [0; 48];
    answer[..4].copy_from_slice(&[0x24, 2, 4, 0xfa]);
    answer[12..16].copy_from_slice(&[127, 0, 0, 1]);
    answer[16..20].copy_from_slice(&now);
    answer[24..32].copy_from_slice(&question[40..]);
    answer[32..36].copy_from_slice(&now);
    answer[40..44].copy_from_slice(&now);
    answer
}
