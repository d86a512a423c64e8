//! The real network code among real neighbours: links between network namespaces of this kernel, a real DHCP
//! server (dnsmasq), and two appliances of one name. Needs root; says so and passes when it is not.
//!
//! Each appliance is this very program, started again in its own namespace ([`appliance`]); it prints its
//! status whenever that changes, and the tests read it.
#![cfg(feature = "device")]

#[path = "neighbours/street.rs"]
mod street;

use std::time::Duration;

use street::Street;

/// For a DHCP exchange or the probes for a name: seconds, much more on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
fn two_of_the_same_name_end_up_with_two_names() {
    let Some(mut street) = Street::new("name") else {
        return;
    };
    let first = street.move_in("one", "method = \"static\"\naddress = \"10.77.0.1/24\"");
    first.wait(PATIENCE, |status| status.label == "farseat");
    let _second = street.move_in("two", "method = \"static\"\naddress = \"10.77.0.2/24\"");
    // Who was there first usually keeps the name. An address that comes later (IPv6) is announced anew, though, and
    // the other may be quicker then.
    street.wait(PATIENCE, |told| {
        let said: Vec<_> = told
            .values()
            .map(|now| (&*now.label, &*now.names))
            .collect();
        let renamed = ("farseat-2", "farseat,farseat-2");
        said.contains(&renamed) && said.iter().any(|(label, _)| *label == "farseat")
    });
}

#[test]
fn a_real_server_gives_the_address_and_it_comes_back_after_every_flap() {
    let Some(mut street) = Street::new("flap") else {
        return;
    };
    street.serve_dhcp("10.77.1");
    let appliance = street.move_in("one", "");
    let leased = appliance.wait(PATIENCE, |status| status.addresses.contains("10.77.1."));
    assert_eq!(leased.source, "Dhcp");
    for _ in 0..20 {
        street.pull_cable("one");
        appliance.wait(PATIENCE, |status| !status.up);
        street.plug_cable("one");
        let back = appliance.wait(PATIENCE, |status| status.up && !status.label.is_empty());
        assert_eq!(back.addresses, leased.addresses);
    }
}

#[test]
fn carried_to_another_network_it_gets_another_address() {
    let Some(mut street) = Street::new("move") else {
        return;
    };
    street.serve_dhcp("10.77.2");
    let appliance = street.move_in("one", "");
    appliance.wait(PATIENCE, |status| status.addresses.contains("10.77.2."));
    street.pull_cable("one");
    appliance.wait(PATIENCE, |status| !status.up);
    street.serve_dhcp("10.77.3");
    street.plug_cable("one");
    let moved = appliance.wait(PATIENCE, |status| status.addresses.contains("10.77.3."));
    assert!(!moved.addresses.contains("10.77.2."), "{moved:?}");
}

#[test]
fn without_a_server_two_find_addresses_of_their_own() {
    let Some(mut street) = Street::new("alone") else {
        return;
    };
    let first = street.move_in("one", "");
    let second = street.move_in("two", "");
    let own = |appliance: &street::Appliance| {
        let told = appliance.wait(PATIENCE, |status| status.addresses.contains("169.254."));
        assert_eq!(told.source, "LinkLocal");
        told.addresses
    };
    assert_ne!(own(&first), own(&second));
    street.serve_dhcp("10.77.4");
    let leased = first.wait(PATIENCE, |status| status.addresses.contains("10.77.4."));
    assert!(!leased.addresses.contains("169.254."), "{leased:?}");
}

/// Not a test: the appliance of the tests above, in its namespace.
#[test]
#[ignore = "the other tests start it"]
fn appliance() {
    street::live_here();
}
