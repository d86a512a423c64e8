use super::super::known::{Country, Known, Own, Password, Security};
use super::*;

fn known(name: &str) -> Known {
    Known {
        ssid: Ssid::new(name.as_bytes()).expect(name),
        security: Security::Wpa2,
        password: Password::new("battery staple".to_owned()),
        hidden: false,
    }
}

fn knowledge(names: &[&str]) -> Knowledge {
    Knowledge {
        country: None,
        networks: names.iter().map(|name| known(name)).collect(),
        own: None,
    }
}

/// The other end: a program that takes whatever it is told, and notes it.
struct Rig {
    course: Course,
    now: Duration,
    told: Vec<String>,
    networks: u32,
}

impl Rig {
    fn with(names: &[&str]) -> Rig {
        let mut rig = Rig {
            course: Course::new(knowledge(names)),
            now: Duration::from_secs(5),
            told: Vec::new(),
            networks: 0,
        };
        rig.course.has_hardware(true);
        rig.run();
        rig
    }

    /// Until there is nothing to do; when there will be.
    fn run(&mut self) -> Option<Duration> {
        loop {
            match self.course.step(self.now) {
                Step::Wait(until) => return until,
                Step::Act(Act::Run(wanted)) => {
                    self.told.push(format!("run {wanted}"));
                    if wanted {
                        self.networks = 0;
                        self.course.runs();
                    }
                }
                Step::Act(Act::Say(command)) => {
                    let answer = match command.as_str() {
                        "ADD_NETWORK" => {
                            self.networks += 1;
                            format!("{}\n", self.networks - 1)
                        }
                        "STATUS" => "wpa_state=COMPLETED\nkey_mgmt=SAE\n".to_owned(),
                        "SCAN_RESULTS" => "head\nb\t2412\t-40\t[WPA2-PSK-CCMP]\tAttic\n".to_owned(),
                        "REMOVE_NETWORK all" => {
                            self.networks = 0;
                            "OK\n".to_owned()
                        }
                        _ => "OK\n".to_owned(),
                    };
                    self.told.push(command);
                    self.course.hear(answer.as_bytes(), self.now);
                }
            }
        }
    }

    fn event(&mut self, text: &str) {
        self.course
            .hear(format!("<3>CTRL-EVENT-{text}").as_bytes(), self.now);
        self.run();
    }

    fn joins(&mut self, number: u32) {
        self.event(&format!(
            "CONNECTED - Connection to 02:00:00:00:01:00 completed [id={number} id_str=]"
        ));
    }

    fn after(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.run();
    }

    fn begin(&mut self, names: &[&str]) {
        let joining = names.first().and_then(|name| Ssid::new(name.as_bytes()));
        assert!(self.course.begin(knowledge(names), joining, self.now));
        self.run();
    }

    /// Wishes for a network of our own.
    fn give(&mut self) {
        let ssid = Ssid::new(b"Rack").expect("a name");
        let own = Own {
            ssid: ssid.clone(),
            password: Password::new("battery staple".to_owned()),
        };
        let wish = Knowledge {
            own: Some(own),
            ..self.course.known.clone()
        };
        assert!(self.course.begin(wish, Some(ssid), self.now));
        self.run();
    }

    fn take_told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    fn joined(&self) -> Option<String> {
        self.course
            .joined
            .as_ref()
            .map(|joined| joined.ssid.to_string())
    }

    fn failure(&self) -> Option<Why> {
        self.course.failure.as_ref().map(|failure| failure.why)
    }

    /// Which networks the program was told of last.
    fn loaded(&self) -> Vec<String> {
        let Run::Yes(program) = &self.course.run else {
            return Vec::new();
        };
        let loaded = program.loaded.iter().flat_map(|loaded| &loaded.networks);
        loaded.map(|known| known.ssid.to_string()).collect()
    }
}

#[test]
fn nothing_runs_while_nothing_is_known_and_nobody_looks() {
    let mut rig = Rig::with(&[]);
    assert_eq!(rig.take_told(), [""; 0]);
    assert_eq!(rig.course.state(), State::Off);
    rig.course.look(rig.now);
    rig.run();
    assert_eq!(
        rig.take_told(),
        [
            "run true",
            "ATTACH",
            "SET sae_pwe 2",
            "REMOVE_NETWORK all",
            "SCAN"
        ]
    );
    rig.event("SCAN-RESULTS ");
    assert_eq!(rig.course.found.len(), 1);
    rig.after(61);
    assert_eq!(rig.take_told(), ["SCAN_RESULTS", "run false"]);
}

#[test]
fn a_network_of_our_own_stands_alone_and_nobody_looks_around_meanwhile() {
    let mut rig = Rig::with(&["Attic"]);
    rig.joins(0);
    rig.take_told();
    rig.give();
    assert_eq!(
        rig.take_told(),
        [
            "REMOVE_NETWORK all",
            "ADD_NETWORK",
            "SET_NETWORK 0 ssid 5261636b",
            "SET_NETWORK 0 mode 2",
            "SET_NETWORK 0 frequency 2412",
            "SET_NETWORK 0 key_mgmt WPA-PSK",
            "SET_NETWORK 0 proto RSN",
            "SET_NETWORK 0 pairwise CCMP",
            "SET_NETWORK 0 group CCMP",
            "SET_NETWORK 0 psk \"battery staple\"",
            "SELECT_NETWORK 0",
        ]
    );
    rig.event("DISCONNECTED bssid=x reason=3 locally_generated=1");
    assert_eq!(rig.course.state(), State::Starting);
    rig.joins(0);
    assert_eq!(rig.course.state(), State::Own);
    assert!(rig.course.has_come_about());
    rig.take_told();
    rig.course.look(rig.now);
    rig.run();
    assert_eq!(rig.take_told(), [""; 0]);
}

#[test]
fn a_network_of_our_own_that_does_not_stand_or_is_not_kept_gives_way_to_what_was() {
    for stands in [false, true] {
        let mut rig = Rig::with(&["Attic"]);
        rig.joins(0);
        rig.give();
        rig.event("DISCONNECTED bssid=x reason=3 locally_generated=1");
        if stands {
            rig.joins(0);
        }
        rig.after(61);
        assert_eq!(rig.loaded(), ["Attic"], "{stands}");
        let why = if stands {
            Why::NotConfirmed
        } else {
            Why::NotFound
        };
        assert_eq!(rig.failure(), Some(why));
        assert_eq!(rig.course.state(), State::Searching);
    }
}

#[test]
fn a_board_without_a_radio_starts_nothing() {
    let mut rig = Rig::with(&[]);
    rig.course = Course::new(knowledge(&["Attic"]));
    rig.course.has_hardware(false);
    rig.course.look(rig.now);
    rig.run();
    assert_eq!(rig.take_told(), [""; 0]);
}

#[test]
fn a_known_network_is_told_with_all_that_it_needs() {
    let mut rig = Rig::with(&["Attic"]);
    let told = rig.take_told();
    let wanted = [
        "run true",
        "ATTACH",
        "SET sae_pwe 2",
        "REMOVE_NETWORK all",
        "ADD_NETWORK",
        "SET_NETWORK 0 ssid 4174746963",
        "SET_NETWORK 0 scan_ssid 0",
        "SET_NETWORK 0 key_mgmt WPA-PSK WPA-PSK-SHA256",
        "SET_NETWORK 0 proto RSN",
        "SET_NETWORK 0 pairwise CCMP",
        "SET_NETWORK 0 ieee80211w 1",
        "SET_NETWORK 0 psk \"battery staple\"",
        "SET_NETWORK 0 priority 8",
        "ENABLE_NETWORK 0",
    ];
    assert_eq!(told, wanted);
    assert_eq!(rig.course.state(), State::Searching);
    rig.joins(0);
    assert_eq!(rig.joined().as_deref(), Some("Attic"));
    assert_eq!(
        rig.course.joined.as_ref().and_then(|joined| joined.wpa3),
        Some(true)
    );
    rig.event("DISCONNECTED bssid=02:00:00:00:01:00 reason=3");
    assert_eq!(rig.course.state(), State::Searching);
}

#[test]
fn the_country_is_told_before_any_network() {
    let mut rig = Rig::with(&[]);
    let mut wish = knowledge(&["Attic"]);
    wish.country = Country::parse("DE");
    assert!(rig.course.begin(wish, None, rig.now));
    rig.run();
    let told = rig.take_told();
    let place = |command: &str| told.iter().position(|told| told == command).expect(command);
    assert!(place("SET country DE") < place("ADD_NETWORK"), "{told:?}");
}

#[test]
fn a_network_that_is_joined_anew_stands_alone_until_it_is() {
    let mut rig = Rig::with(&["Attic"]);
    rig.joins(0);
    rig.begin(&["Cellar", "Attic"]);
    assert_eq!(rig.loaded(), ["Cellar"]);
    assert!(!rig.course.has_come_about());
    rig.event("DISCONNECTED bssid=02:00:00:00:01:00 reason=3");
    rig.take_told();
    rig.joins(0);
    assert!(rig.course.has_come_about());
    assert_eq!(rig.loaded(), ["Cellar", "Attic"]);
    let told = rig.take_told();
    assert!(
        !told.iter().any(|told| told.starts_with("REMOVE")),
        "the other one comes without a word to this: {told:?}"
    );
    // Kept: nothing is said any more.
    rig.course.known = rig.course.end().expect("on trial");
    rig.after(100);
    assert_eq!(rig.take_told(), [""; 0]);
    assert_eq!(rig.joined().as_deref(), Some("Cellar"));
}

#[test]
fn a_wrong_password_ends_the_trial_at_once_and_what_worked_is_back() {
    let mut rig = Rig::with(&["Attic"]);
    rig.joins(0);
    rig.begin(&["Cellar", "Attic"]);
    rig.event(
        "SSID-TEMP-DISABLED id=0 ssid=\"Cellar\" auth_failures=1 duration=10 reason=WRONG_KEY",
    );
    assert_eq!(rig.failure(), Some(Why::WrongPassword));
    assert_eq!(rig.loaded(), ["Attic"]);
    rig.joins(0);
    assert_eq!(rig.joined().as_deref(), Some("Attic"));
    // The next attempt begins with a clean sheet.
    rig.begin(&["Cellar", "Attic"]);
    assert_eq!(rig.failure(), None);
}

#[test]
fn what_is_not_there_or_does_not_let_us_in_is_told_after_forty_seconds() {
    for (event, why) in [
        ("NETWORK-NOT-FOUND ", Why::NotFound),
        (
            "ASSOC-REJECT bssid=02:00:00:00:01:00 status_code=1",
            Why::Refused,
        ),
    ] {
        let mut rig = Rig::with(&["Attic"]);
        rig.begin(&["Cellar", "Attic"]);
        rig.event(event);
        rig.after(39);
        assert_eq!(rig.failure(), None);
        rig.after(1);
        assert_eq!(rig.failure(), Some(why));
        assert_eq!(rig.loaded(), ["Attic"]);
    }
}

#[test]
fn a_change_that_nobody_confirms_is_undone_after_a_minute() {
    let mut rig = Rig::with(&["Attic"]);
    rig.begin(&["Cellar", "Attic"]);
    rig.joins(0);
    rig.after(59);
    assert!(rig.course.has_come_about());
    assert!(
        !rig.course.begin(knowledge(&[]), None, rig.now),
        "one at a time"
    );
    rig.after(1);
    assert_eq!(rig.failure(), Some(Why::NotConfirmed));
    assert_eq!(rig.loaded(), ["Attic"]);
}

#[test]
fn a_network_that_was_joined_may_come_and_go_while_it_is_on_trial() {
    let mut rig = Rig::with(&["Attic"]);
    rig.begin(&["Cellar", "Attic"]);
    rig.joins(0);
    rig.event("DISCONNECTED bssid=02:00:00:00:01:00 reason=3");
    rig.after(45);
    assert_eq!(rig.failure(), None);
    assert_eq!(rig.loaded(), ["Cellar", "Attic"]);
}

#[test]
fn a_program_that_does_not_answer_or_ends_is_started_anew_and_told_all_again() {
    let mut rig = Rig::with(&["Attic"]);
    rig.take_told();
    rig.course.look(rig.now);
    let Step::Act(Act::Say(scan)) = rig.course.step(rig.now) else {
        panic!("it is asked")
    };
    assert_eq!(scan, "SCAN");
    rig.after(10);
    let told = rig.take_told();
    assert_eq!(told.first().map(String::as_str), Some("run true"));
    assert!(told.contains(&"ENABLE_NETWORK 0".to_owned()));
    rig.event("TERMINATING ");
    assert_eq!(rig.course.state(), State::Starting);
    rig.course.runs();
    rig.run();
    assert!(rig.take_told().contains(&"ENABLE_NETWORK 0".to_owned()));
}

#[test]
fn nobody_is_asked_twice_however_often_something_happens() {
    let mut rig = Rig::with(&["Attic"]);
    rig.take_told();
    for _ in 0..100 {
        rig.course.hear(b"<3>CTRL-EVENT-SCAN-RESULTS ", rig.now);
    }
    rig.run();
    assert_eq!(rig.take_told(), ["SCAN_RESULTS"]);
}

#[test]
fn whatever_the_program_says_the_course_stays_bounded() {
    use proptest::prelude::*;
    let packet = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..60),
        "<3>CTRL-EVENT-(CONNECTED \\[id=[0-9]|DISCONNECTED|SCAN-RESULTS|TERMINATING|SSID-TEMP-DISABLED \"reason=WRONG_KEY)"
            .prop_map(String::into_bytes),
        "OK\n|FAIL\n|[0-9]\n".prop_map(String::into_bytes),
    ];
    proptest!(|(packets in proptest::collection::vec(packet, 0..40))| {
        let mut rig = Rig::with(&["Attic", "Cellar"]);
        for packet in packets {
            rig.course.hear(&packet, rig.now);
            let _ = rig.course.step(rig.now);
        }
        if let Run::Yes(program) = &rig.course.run {
            prop_assert!(program.queue.len() < 100);
        }
    });
}
