//! The program as process 1.

use crate::lab;

#[test]
fn the_appliance_is_process_one_and_serves_as_its_child() {
    let lab = lab();
    let processes = lab.target().processes().unwrap();
    let init = processes.iter().find(|process| process.pid == 1).unwrap();
    let serve = lab.target().serve_process().unwrap().expect("serve runs");
    assert_eq!(init.program, "/init");
    assert_eq!((serve.program.as_str(), serve.parent), ("/init", 1));
}

#[test]
fn the_address_comes_from_dhcp() {
    let mut lab = lab();
    // Nothing else gives this machine an address, and the console is reached through it.
    assert!(!lab.target().read("/proc/cmdline").unwrap().contains("ip="));
    assert!(
        lab.target()
            .read("/proc/net/fib_trie")
            .unwrap()
            .contains("10.0.2.15")
    );
    assert_eq!(
        lab.console()
            .ask("GET", "/api/v1/session", None)
            .unwrap()
            .status,
        200
    );
}

#[test]
fn the_console_is_back_after_the_network_cable_was_out() {
    let mut lab = lab();
    lab.qmp().set_network_cable(false).unwrap();
    lab.qmp().set_network_cable(true).unwrap();
    lab.console().wait_until_up().unwrap();
}

#[test]
fn claiming_is_over_once_it_is_done() {
    let mut lab = lab();
    let intruder = serde_json::json!({"username": "eve", "password": "also a long password"});
    assert_eq!(
        lab.console()
            .ask("POST", "/api/v1/claim", Some(intruder))
            .unwrap()
            .status,
        409
    );
}
