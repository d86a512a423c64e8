//! What the radio's program has been told and is still to be told, one command at a time. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use super::known::{Knowledge, Known, MOST_NETWORKS, Own, Security};

/// The program answers at once.
const ANSWER: Duration = Duration::from_secs(10);

/// What an answer is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Any,
    /// For the network of this place in what is loaded.
    Add(usize),
    Look,
    List,
    Status,
}

#[derive(Default)]
pub(super) struct Program {
    pub(super) queue: VecDeque<(Question, String)>,
    /// What was asked last, and until when it has to be answered.
    pub(super) asked: Option<(Question, Duration)>,
    /// None: it has not been told anything yet.
    pub(super) loaded: Option<Knowledge>,
    /// Its number of each network that is loaded.
    pub(super) numbers: Vec<Option<u32>>,
}

impl Program {
    pub(super) fn ask(&mut self, question: Question, command: &str) {
        // However often something happens, it is asked about once.
        if question == Question::Any || self.queue.iter().all(|(other, _)| *other != question) {
            self.queue.push_back((question, command.to_owned()));
        }
    }

    /// Tells it what is different; adding to what it has disturbs nothing.
    pub(super) fn load(&mut self, wanted: Knowledge) {
        if self.loaded.as_ref() == Some(&wanted) {
            return;
        }
        let loaded = self.loaded.take();
        if loaded.is_none() {
            self.ask(Question::Any, "ATTACH");
            // Both ways of WPA3 to make a point of the curve: an access point may know one only.
            self.ask(Question::Any, "SET sae_pwe 2");
        }
        let loaded = loaded.unwrap_or_default();
        if let Some(country) = wanted.country.filter(|_| loaded.country != wanted.country) {
            self.ask(Question::Any, &format!("SET country {country}"));
        }
        let mut first = count(&loaded);
        let grows = loaded.own.is_none()
            && wanted.own.is_none()
            && wanted.networks.starts_with(&loaded.networks);
        if first == 0 || !grows {
            // What was still to be said of networks that go is said of nobody.
            self.queue
                .retain(|(question, _)| !matches!(question, Question::Add(_)));
            self.ask(Question::Any, "REMOVE_NETWORK all");
            self.numbers.clear();
            first = 0;
        }
        for place in first..count(&wanted) {
            self.ask(Question::Add(place), "ADD_NETWORK");
        }
        self.numbers.resize(count(&wanted), None);
        self.loaded = Some(wanted);
    }

    /// It has a number: what it is, before anything else is said.
    pub(super) fn added(&mut self, place: usize, answer: &[u8]) {
        let number = str::from_utf8(answer)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        let (Some(number), Some(loaded)) = (number, &self.loaded) else {
            return log::warn!("the radio's program takes no network");
        };
        let told = match (&loaded.own, loaded.networks.get(place)) {
            (Some(own), _) => told_own(own, number),
            (None, Some(known)) => told(known, number, place),
            (None, None) => return,
        };
        if let Some(slot) = self.numbers.get_mut(place) {
            *slot = Some(number);
        }
        for command in told.into_iter().rev() {
            self.queue.push_front((Question::Any, command));
        }
    }

    /// The next command; `Some(None)`: it does not answer.
    pub(super) fn step(&mut self, now: Duration) -> Option<Option<String>> {
        match self.asked {
            Some((_, until)) => (until <= now).then_some(None),
            None => {
                let (question, command) = self.queue.pop_front()?;
                self.asked = Some((question, now + ANSWER));
                Some(Some(command))
            }
        }
    }
}

/// Networks that the program is told of: our own stands alone.
fn count(knowledge: &Knowledge) -> usize {
    match knowledge.own {
        Some(_) => 1,
        None => knowledge.networks.len(),
    }
}

/// What makes it an access point. On channel 1, where a radio may speak in every country.
fn told_own(own: &Own, number: u32) -> Vec<String> {
    let set = |rest: String| format!("SET_NETWORK {number} {rest}");
    vec![
        set(format!("ssid {}", own.ssid.hex())),
        set("mode 2".to_owned()),
        set("frequency 2412".to_owned()),
        set("key_mgmt WPA-PSK".to_owned()),
        set("proto RSN".to_owned()),
        set("pairwise CCMP".to_owned()),
        set("group CCMP".to_owned()),
        set(format!("psk \"{}\"", own.password.reveal())),
        format!("SELECT_NETWORK {number}"),
    ]
}

/// What makes a network one. The first of the list is tried first.
fn told(known: &Known, number: u32, place: usize) -> Vec<String> {
    let password = known.password.reveal();
    let quoted = format!("\"{password}\"");
    let key = if password.len() == 64 {
        password
    } else {
        &quoted
    };
    let (kinds, protected) = match known.security {
        Security::Wpa2 => ("WPA-PSK WPA-PSK-SHA256", 1),
        Security::Wpa3 => ("SAE", 2),
        Security::Wpa2Wpa3 => ("SAE WPA-PSK WPA-PSK-SHA256", 1),
    };
    let set = |rest: String| format!("SET_NETWORK {number} {rest}");
    vec![
        set(format!("ssid {}", known.ssid.hex())),
        set(format!("scan_ssid {}", u8::from(known.hidden))),
        set(format!("key_mgmt {kinds}")),
        set("proto RSN".to_owned()),
        set("pairwise CCMP".to_owned()),
        set(format!("ieee80211w {protected}")),
        set(format!("psk {key}")),
        set(format!("priority {}", MOST_NETWORKS.saturating_sub(place))),
        format!("ENABLE_NETWORK {number}"),
    ]
}
