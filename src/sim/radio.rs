//! The drawn radio behind `farseat simulate`: a program that joins networks, three of which are near. It speaks as the real one
//! does. The password of each is `battery staple`; nothing leaves this computer.

use tokio::sync::mpsc;

use crate::radio::{Heard, Radio, RadioCable};

const PASSWORD: &str = "\"battery staple\"";
/// Name as hexadecimal digits, and the line of a scan; none = it does not say its name.
const NEAR: [(&str, Option<&str>); 5] = [
    (
        "4174746963",
        Some("02:00:5e:10:00:01\t2412\t-41\t[WPA2-PSK-CCMP][ESS]\tAttic"),
    ),
    (
        "43656c6c6172",
        Some("02:00:5e:10:00:02\t5180\t-58\t[WPA2-SAE-CCMP][ESS]\tCellar"),
    ),
    (
        "42c3bc726f",
        Some("02:00:5e:10:00:03\t2437\t-67\t[WPA2-PSK+SAE-CCMP][ESS]\tB\\xc3\\xbcro"),
    ),
    (
        "4775657374",
        Some("02:00:5e:10:00:04\t2462\t-80\t[ESS]\tGuest"),
    ),
    ("48696464656e", None),
];
/// More than one answer and its events.
const NEWS: usize = 64;

/// Plugs the drawn radio in.
#[must_use]
pub fn radio() -> RadioCable {
    let (up, news) = mpsc::channel(NEWS);
    let radio = SimRadio {
        up,
        networks: Vec::new(),
        joined: false,
    };
    radio.tell(Heard::Hardware(true));
    RadioCable {
        radio: Box::new(radio),
        news,
    }
}

#[derive(Default, Clone)]
struct Network {
    ssid: String,
    key: String,
    hidden: bool,
    /// It is the appliance's own, which others join.
    own: bool,
}

struct SimRadio {
    up: mpsc::Sender<Heard>,
    networks: Vec<Network>,
    joined: bool,
}

impl SimRadio {
    /// A service that has ended hears nothing.
    fn tell(&self, heard: Heard) {
        let _ = self.up.try_send(heard);
    }

    fn says(&self, text: &str) {
        self.tell(Heard::Said(text.into()));
    }

    fn set(&mut self, rest: &str) {
        let mut words = rest.splitn(3, ' ');
        let (Some(number), Some(key), Some(value)) = (words.next(), words.next(), words.next())
        else {
            return;
        };
        let number = number.parse().ok();
        let Some(network) = number.and_then(|number: usize| self.networks.get_mut(number)) else {
            return;
        };
        match key {
            "ssid" => value.clone_into(&mut network.ssid),
            "psk" => value.clone_into(&mut network.key),
            "scan_ssid" => network.hidden = value == "1",
            "mode" => network.own = value == "2",
            _ => {}
        }
    }

    /// Says goodbye to its network.
    fn leave(&mut self) {
        self.networks.clear();
        if std::mem::take(&mut self.joined) {
            self.says(
                "<3>CTRL-EVENT-DISCONNECTED bssid=02:00:5e:10:00:01 reason=3 locally_generated=1",
            );
        }
    }

    fn enable(&mut self, number: &str) {
        let network = number
            .parse()
            .ok()
            .and_then(|number: usize| self.networks.get(number));
        let Some(network) = network else { return };
        if network.own {
            self.says("<3>AP-ENABLED ");
            return self.connected(number);
        }
        let near = NEAR.iter().find(|(ssid, _)| *ssid == network.ssid);
        let heard = near.filter(|(_, line)| line.is_some() || network.hidden);
        match heard {
            None => self.says("<3>CTRL-EVENT-NETWORK-NOT-FOUND "),
            Some(_) if network.key == PASSWORD => self.connected(number),
            Some(_) => self.says(&format!(
                "<3>CTRL-EVENT-SSID-TEMP-DISABLED id={number} ssid=\"x\" auth_failures=1 duration=10 reason=WRONG_KEY"
            )),
        }
    }
}

impl SimRadio {
    fn connected(&mut self, number: &str) {
        self.joined = true;
        self.says(&format!(
            "<3>CTRL-EVENT-CONNECTED - Connection to 02:00:5e:10:00:01 completed [id={number} id_str=]"
        ));
    }
}

impl Radio for SimRadio {
    fn run(&mut self, wanted: bool) {
        self.networks.clear();
        self.joined = false;
        if wanted {
            self.tell(Heard::Runs);
        }
    }

    fn say(&mut self, command: &str) {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        match verb {
            "ADD_NETWORK" => {
                self.networks.push(Network::default());
                return self.says(&format!("{}\n", self.networks.len() - 1));
            }
            "SCAN_RESULTS" => {
                let lines: Vec<_> = NEAR.iter().filter_map(|(_, line)| *line).collect();
                return self.says(&format!("bssid / frequency\n{}\n", lines.join("\n")));
            }
            "STATUS" => return self.says("wpa_state=COMPLETED\nkey_mgmt=WPA2-PSK\n"),
            "SET_NETWORK" => self.set(rest),
            _ => {}
        }
        self.says("OK\n");
        match verb {
            "SCAN" => self.says("<3>CTRL-EVENT-SCAN-RESULTS "),
            "ENABLE_NETWORK" | "SELECT_NETWORK" => self.enable(rest),
            "REMOVE_NETWORK" => self.leave(),
            _ => {}
        }
    }
}
