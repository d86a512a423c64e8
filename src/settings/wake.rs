//! The machines that can be woken over the network, and what may be said of each. Pure.

use std::net::Ipv4Addr;
use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::allowed::{NotAllowed, require};
use super::network::is_unicast;
use crate::lan::HardwareAddress;

/// More than anybody wants to read through, and a bounded file.
const MOST: usize = 64;
const LONGEST_NAME: usize = 64;
/// Discard (RFC 863): nobody answers.
const PORT: NonZeroU16 = NonZeroU16::new(9).expect("not zero");

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WakeSettings {
    pub machines: Vec<Machine>,
}

/// A machine that sleeps and listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WakeMachine")]
pub struct Machine {
    /// For people, and how it is asked for: at most 64 characters, no other machine's.
    pub name: String,
    /// Of its network chip, `02:00:5e:10:00:01`; also with hyphens, with dots, or without anything between.
    #[serde(with = "mac")]
    #[schemars(with = "String")]
    pub mac: HardwareAddress,
    /// Where the packet goes; absent = everybody on the appliance's own link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub broadcast: Option<Ipv4Addr>,
    #[serde(default = "discard")]
    pub port: NonZeroU16,
}

fn discard() -> NonZeroU16 {
    PORT
}

mod mac {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        address: &HardwareAddress,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_str(address)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<HardwareAddress, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(D::Error::custom)
    }
}

pub(super) fn check_wake(wake: &WakeSettings) -> Result<(), NotAllowed> {
    let machines = &wake.machines;
    require(
        machines.len() <= MOST,
        "wake.machines",
        &format!("{} machines", machines.len()),
        "at most 64 machines",
    )?;
    for (at, machine) in machines.iter().enumerate() {
        let name = &machine.name;
        let readable = name.trim() == name
            && (1..=LONGEST_NAME).contains(&name.chars().count())
            && !name.chars().any(char::is_control);
        let known = machines[..at].iter().any(|other| other.name == *name);
        require(
            readable && !known,
            "wake.machines.name",
            name,
            "1 to 64 characters without control characters and spaces around, no other machine's name",
        )?;
        // A group's address, or none at all, is no network chip's (IEEE 802, 8.2).
        let [first, ..] = machine.mac.0;
        require(
            first & 1 == 0 && machine.mac.0 != [0; 6],
            "wake.machines.mac",
            &machine.mac,
            "the address of one network chip, such as 02:00:5e:10:00:01",
        )?;
        let to = machine.broadcast.unwrap_or(Ipv4Addr::BROADCAST);
        require(
            to == Ipv4Addr::BROADCAST || is_unicast(to),
            "wake.machines.broadcast",
            &to,
            "an IPv4 address of a network, such as 192.0.2.255",
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        Machine {
            name: "nas".to_owned(),
            mac: HardwareAddress([2, 0, 0x5e, 0x10, 0, 1]),
            broadcast: None,
            port: PORT,
        }
    }

    fn refused(edit: impl FnOnce(&mut Vec<Machine>)) -> &'static str {
        let mut machines = vec![machine()];
        edit(&mut machines);
        let checked = check_wake(&WakeSettings { machines });
        checked.map_or_else(|problem| problem.key, |()| "nothing")
    }

    #[test]
    fn a_machine_has_a_name_of_its_own() {
        let name = |name: &str| refused(|list| list[0].name = name.to_owned());
        for bad in ["", " nas", "nas ", "a\nb", "a\0", &"x".repeat(65)] {
            assert_eq!(name(bad), "wake.machines.name", "{bad:?}");
        }
        for good in ["Grete's Büro", "<b>", &"ü".repeat(64)] {
            assert_eq!(name(good), "nothing", "{good:?}");
        }
        assert_eq!(refused(|list| list.push(machine())), "wake.machines.name");
    }

    #[test]
    fn a_packet_goes_to_one_chip_and_to_no_place_that_cannot_be() {
        let mac = |mac| refused(|list| list[0].mac = HardwareAddress(mac));
        assert_eq!(mac([0; 6]), "wake.machines.mac");
        assert_eq!(mac([0xff; 6]), "wake.machines.mac");
        assert_eq!(mac([1, 0, 0x5e, 0, 0, 1]), "wake.machines.mac");
        let to = |text: &str| refused(|list| list[0].broadcast = Some(text.parse().expect(text)));
        for bad in ["0.0.0.0", "127.0.0.1", "224.0.0.1", "240.0.0.1"] {
            assert_eq!(to(bad), "wake.machines.broadcast", "{bad}");
        }
        for good in ["255.255.255.255", "192.0.2.255", "10.1.255.255"] {
            assert_eq!(to(good), "nothing", "{good}");
        }
    }

    #[test]
    fn the_list_has_an_end() {
        let many = |count: usize| {
            refused(|list| {
                let numbered = (0..count).map(|number| Machine {
                    name: number.to_string(),
                    ..machine()
                });
                *list = numbered.collect();
            })
        };
        assert_eq!((many(64), many(65)), ("nothing", "wake.machines"));
    }

    #[test]
    fn what_the_file_says_is_read_and_written_the_same() {
        let text = "[[machines]]\nname = \"nas\"\nmac = \"02:00:5e:10:00:01\"\nport = 9\n";
        let wake: WakeSettings = toml::from_str(text).expect("read");
        assert_eq!(wake.machines, [machine()]);
        assert_eq!(toml::to_string(&wake).expect("written"), text);
        for wrong in [
            "port = 0",
            "port = 65536",
            "mac = \"02:00\"",
            "broadcast = \"::1\"",
            "via = 1",
        ] {
            let text = format!("[[machines]]\nname = \"a\"\nmac = \"020000000001\"\n{wrong}\n");
            assert!(toml::from_str::<WakeSettings>(&text).is_err(), "{wrong}");
        }
    }
}
