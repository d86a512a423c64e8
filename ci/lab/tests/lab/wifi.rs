//! Wi-Fi on the machine of the network's tests: a real hostapd on a second radio, in a network of its own; the radios are
//! the kernel's simulated ones.

use std::time::Instant;

use farseat_lab::lab::Lab;
use farseat_lab_agent::Command;
use serde_json::{Value, json};

use crate::Turn;
use crate::network::{PATIENCE, view, wait_view};

const PASSWORD: &str = "battery \"staple\" \\";
/// WPA2, WPA3, and WPA2 without saying its name.
const ACCESS_POINT: &str = "interface=wlan1\n\
    driver=nl80211\n\
    ssid2=P\"B\\xc3\\xbcro \\xff\"\n\
    hw_mode=g\nchannel=1\nieee80211n=0\n\
    wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\n\
    wpa_passphrase=battery \"staple\" \\\n\
    bss=wlan1_1\nssid=Cellar\n\
    wpa=2\nwpa_key_mgmt=SAE\nrsn_pairwise=CCMP\nieee80211w=2\nsae_pwe=2\n\
    wpa_passphrase=battery \"staple\" \\\n\
    bss=wlan1_2\nssid=Hidden\nignore_broadcast_ssid=1\n\
    wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\n\
    wpa_passphrase=battery \"staple\" \\\n";
/// `Büro`, and a byte that is no text.
const OFFICE: &str = "42c3bc726f20ff";
const CELLAR: &str = "43656c6c6172";
const HIDDEN: &str = "48696464656e";
const USER: &str = "103";
/// CAP_NET_ADMIN (12) and CAP_NET_RAW (13).
const CAPABILITIES: &str = "0000000000003000";

/// A turn with the machine, whose access point stands.
fn lab() -> Turn {
    static STANDS: std::sync::Once = std::sync::Once::new();
    let lab = crate::network::lab();
    STANDS.call_once(|| {
        let configuration = ACCESS_POINT.to_owned();
        lab.target()
            .ask(Command::AccessPoint { configuration })
            .unwrap();
    });
    lab
}

fn wifi(lab: &mut Lab) -> Option<Value> {
    view(lab, "wifi")
}

#[track_caller]
fn wait(lab: &mut Lab, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    wait_view(lab, "wifi", what, fits)
}

#[track_caller]
fn post(lab: &mut Lab, what: &str, body: Value, status: u16) {
    let path = format!("/api/v1/wifi/{what}");
    let answer = lab.console().ask("POST", &path, Some(body)).unwrap();
    assert_eq!(answer.status, status, "{what}");
}

fn begin(lab: &mut Lab, network: &str, security: &str, password: &str) {
    let join = json!({
        "ssid_hex": network,
        "security": security,
        "password": password,
        "hidden": network == HIDDEN,
        "country": "DE",
    });
    post(lab, "join", join, 202);
}

#[track_caller]
fn join(lab: &mut Lab, network: &str, security: &str) -> Value {
    begin(lab, network, security, PASSWORD);
    wait(lab, "joined", |view| {
        assert_eq!(view["failure"], Value::Null, "{view}");
        view["pending"]["ready"] == true && view["joined"]["wpa3"] != Value::Null
    });
    post(lab, "confirm", json!({}), 204);
    let view = wifi(lab).expect("an answer");
    assert_eq!(view["joined"]["ssid_hex"], network);
    view
}

#[track_caller]
fn forget(lab: &mut Lab, network: &str) {
    post(lab, "forget", json!({ "ssid_hex": network }), 202);
    post(lab, "confirm", json!({}), 204);
}

fn supplicant(lab: &Lab) -> Option<i32> {
    let processes = lab.target().processes().unwrap().into_iter();
    let mut found = processes.filter(|process| process.program == "/wpa_supplicant");
    found.next().map(|process| process.pid)
}

fn wait_for_no_supplicant(lab: &Lab) {
    let end = Instant::now() + PATIENCE;
    while supplicant(lab).is_some() {
        assert!(Instant::now() < end, "it still runs");
    }
}

/// Whether the page is reached from the access point's network, by the one address that it gives.
fn wait_until_reached_through_the_air(lab: &Lab, network: u8) {
    let address = format!("10.9.{network}.2:443");
    let end = Instant::now() + PATIENCE;
    loop {
        let knock = Command::Knock {
            address: address.clone(),
        };
        match lab.target().ask(knock) {
            Ok(_) => return,
            Err(error) => assert!(Instant::now() < end, "{address}: {error}"),
        }
    }
}

#[test]
fn a_wpa2_network_is_found_and_joined_and_used_while_no_cable_is_in() {
    let mut lab = lab();
    let view = wait(&mut lab, "a radio", |view| view["hardware"] == true);
    assert_eq!(
        (&view["state"], &view["known"]),
        (&json!("off"), &json!([]))
    );
    assert_eq!(supplicant(&lab), None, "nothing is known: nothing runs");
    post(&mut lab, "scan", json!({}), 204);
    let view = wait(&mut lab, "a list", |view| {
        view["found"]
            .as_array()
            .is_some_and(|found| found.len() >= 2)
    });
    let security = |name: &str| {
        let found = view["found"].as_array().unwrap().iter();
        let mut found = found.filter(|found| found["ssid_hex"] == name);
        found.next().map(|found| found["security"].clone())
    };
    assert_eq!(security(OFFICE), Some(json!("wpa2")));
    assert_eq!(security(CELLAR), Some(json!("wpa3")));
    assert_eq!(security(HIDDEN), None);

    let view = join(&mut lab, OFFICE, "wpa2_wpa3");
    assert_eq!(view["joined"]["wpa3"], false);
    assert_eq!(view["in_use"], false, "the cable is in");
    assert!(!view.to_string().contains("staple"), "{view}");
    let pid = supplicant(&lab).expect("it runs");
    let status = lab.target().read(&format!("/proc/{pid}/status")).unwrap();
    let line = |name: &str| {
        let mut lines = status.lines().filter_map(|line| line.strip_prefix(name));
        lines.next().unwrap_or_default().trim().replace('\t', " ")
    };
    assert_eq!(line("Uid:"), [USER; 4].join(" "));
    assert_eq!(line("Gid:"), [USER; 4].join(" "));
    assert_eq!(line("Groups:"), "");
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        assert_eq!(line(set), CAPABILITIES, "{set}");
    }
    assert_eq!(
        (line("NoNewPrivs:"), line("Seccomp:")),
        ("1".into(), "2".into())
    );
    let root = lab.target().list(&format!("/proc/{pid}/root/run")).unwrap();
    assert_eq!(root, ["wifi"], "all that it sees of the files");

    lab.qmp().set_network_cable(false).unwrap();
    wait_until_reached_through_the_air(&lab, 0);
    lab.qmp().set_network_cable(true).unwrap();
    lab.console().wait_until_up().unwrap();
    // It is started anew when it ends, and joins what is known.
    lab.target().kill(pid).unwrap();
    wait(&mut lab, "joined again", |view| view["state"] != "joined");
    wait(&mut lab, "joined again", |view| view["state"] == "joined");
    assert_ne!(supplicant(&lab), Some(pid));
    forget(&mut lab, OFFICE);
    wait_for_no_supplicant(&lab);
}

#[test]
fn a_wpa3_network_and_one_that_hides_are_joined() {
    let mut lab = lab();
    let view = join(&mut lab, CELLAR, "wpa3");
    assert_eq!(view["joined"]["wpa3"], true);
    let view = join(&mut lab, HIDDEN, "wpa2");
    assert_eq!(view["joined"]["wpa3"], false);
    assert_eq!(view["known"].as_array().map(Vec::len), Some(2));
    lab.qmp().set_network_cable(false).unwrap();
    wait_until_reached_through_the_air(&lab, 2);
    lab.qmp().set_network_cable(true).unwrap();
    lab.console().wait_until_up().unwrap();
    forget(&mut lab, CELLAR);
    forget(&mut lab, HIDDEN);
    wait_for_no_supplicant(&lab);
}

#[test]
fn a_wrong_password_is_told_and_the_network_that_worked_comes_back() {
    let mut lab = lab();
    join(&mut lab, OFFICE, "wpa2");
    for (network, security) in [(HIDDEN, "wpa2"), (CELLAR, "wpa3")] {
        begin(&mut lab, network, security, "not the password");
        let view = wait(&mut lab, "told", |view| view["failure"] != Value::Null);
        assert_eq!(view["failure"]["why"], "wrong_password", "{view}");
        assert_eq!(view["failure"]["joining"]["ssid_hex"], network);
        assert_eq!(view["pending"], Value::Null);
        wait(&mut lab, "what worked", |view| {
            view["joined"]["ssid_hex"] == OFFICE
        });
    }
    let log = std::fs::read_to_string(lab.machine().log()).unwrap();
    assert!(!log.contains("not the password") && !log.contains("staple"));
    forget(&mut lab, OFFICE);
    wait_for_no_supplicant(&lab);
}

#[test]
fn a_phone_joins_the_appliances_own_network_gets_an_address_and_reaches_the_page() {
    let mut lab = lab();
    wait(&mut lab, "a radio", |view| view["hardware"] == true);
    give(
        &mut lab,
        json!({ "ssid": "Rack", "password": "battery staple" }),
    );
    let view = wait(&mut lab, "in the air", |view| {
        view["state"] == "own" && view["pending"]["ready"] == true
    });
    assert_eq!(view["own"]["ssid"], "Rack");
    assert!(!view.to_string().contains("staple"), "{view}");
    post(&mut lab, "confirm", json!({}), 204);
    lab.qmp().set_network_cable(false).unwrap();
    let visit = Command::Visit {
        name: "Rack".to_owned(),
        password: "battery staple".to_owned(),
        address: "192.168.77.1:443".to_owned(),
    };
    // Mask, lease time, kind, server: no router and no DNS.
    let given = lab.target().ask(visit).unwrap();
    assert_eq!(given, "192.168.77.100 1 51 53 54");
    lab.qmp().set_network_cable(true).unwrap();
    lab.console().wait_until_up().unwrap();
    give(&mut lab, Value::Null);
    post(&mut lab, "confirm", json!({}), 204);
    wait_for_no_supplicant(&lab);
}

#[track_caller]
fn give(lab: &mut Lab, own: Value) {
    let wish = json!({ "own": own });
    let answer = lab.console().ask("PUT", "/api/v1/wifi/own", Some(wish));
    let answer = answer.unwrap();
    assert_eq!(answer.status, 202, "{:?}", answer.json());
}
