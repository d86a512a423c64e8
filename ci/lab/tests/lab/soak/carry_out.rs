//! Carries out a plan on the lab's machine.

use farseat_lab::PATIENCE;
use farseat_lab::console::{Console, Control, Event};
use farseat_lab::inbox::Inbox;
use farseat_lab::lab::Lab;
use farseat_lab::soak::{Ending, Lasting, Step, Sudden};
use farseat_lab::target::{DEVICES, Sight, Target};
use serde_json::{Value, json};

use super::Counts;

const OUTCOMES: [&str; 4] = ["accepted", "not in control", "asleep", "not connected"];

/// See the module.
pub(super) struct Soak<'a> {
    lab: &'a mut Lab,
    /// Two sessions of one owner, and whose turn it is.
    operators: [Console; 2],
    pub(super) turn: usize,
    /// None: it has left.
    page: Option<Page>,
    /// Those that have lost the keyboard and are still open.
    pub(super) beaten: Vec<Page>,
    /// What the operator holds: the events that let go of it.
    held: Vec<Event>,
    network: bool,
    pub(super) counts: Counts,
}

/// A page that is open.
pub(super) struct Page {
    control: Control,
    seat: String,
}

impl<'a> Soak<'a> {
    pub(super) fn begin(lab: &'a mut Lab) -> Soak<'a> {
        let first = lab.console().clone();
        let mut second = first.clone();
        second.log_in().unwrap();
        let page = Some(Page::open(&first));
        lab.target().wait_listening();
        Soak {
            lab,
            operators: [first, second],
            turn: 0,
            page,
            beaten: Vec::new(),
            held: Vec::new(),
            network: true,
            counts: Counts::new(),
        }
    }

    pub(super) fn target(&self) -> &Target {
        self.lab.target()
    }

    pub(super) fn serial(&self) -> &Inbox<String> {
        self.lab.machine().serial()
    }

    pub(super) fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    /// Does one thing, and waits for what is known to follow from it.
    pub(super) fn step(&mut self, step: &Step) {
        match step {
            Step::Begin(lasting) => self.begin_trouble(*lasting),
            Step::End(lasting) => self.end_trouble(*lasting),
            Step::Strikes(sudden) => self.strike(*sudden),
            Step::Paste(length) => self.paste(*length),
            Step::StopPaste => self.stop_paste(),
            Step::Tap(key) => self.say("key", &[Event::Key(*key, true), Event::Key(*key, false)]),
            Step::Hold(key) => self.hold("hold", Event::Key(*key, true), Event::Key(*key, false)),
            Step::LetGo => self.let_go(1),
            Step::Together(keys) => {
                let down = keys.iter().map(|key| Event::Key(*key, true));
                let up = keys.iter().rev().map(|key| Event::Key(*key, false));
                self.say("keys together", &down.chain(up).collect::<Vec<_>>());
            }
            Step::Media(key) => self.say(
                "media key",
                &[Event::Consumer(*key, true), Event::Consumer(*key, false)],
            ),
            Step::MoveTo(x, y) => self.say("move", &[Event::MoveTo(*x, *y)]),
            Step::MoveBy(x, y) => self.say("move", &[Event::MoveBy(*x, *y)]),
            Step::Button(index, true) => self.hold(
                "button",
                Event::Button(*index, true),
                Event::Button(*index, false),
            ),
            Step::Button(index, false) => self.say("button", &[Event::Button(*index, false)]),
            Step::Wheel(detents) => self.say("wheel", &[Event::Wheel(*detents, 0)]),
            Step::Relative(relative) => self.say("pointer mode", &[Event::PointerMode(*relative)]),
        }
    }

    fn control(&self) -> &Control {
        &self.page.as_ref().expect("who acts is there").control
    }

    fn hold(&mut self, what: &str, down: Event, up: Event) {
        self.held.push(up);
        self.say(what, &[down]);
    }

    fn let_go(&mut self, count: usize) {
        let events: Vec<_> = self.held.drain(..count.min(self.held.len())).collect();
        self.say("let go", &events);
    }

    /// Sends events and waits until the appliance has acted on them, which it can tell only with a network.
    pub(super) fn say(&mut self, what: &str, events: &[Event]) {
        self.count(what);
        let control = self.control();
        let mut last = None;
        for event in events {
            last = Some(control.send(*event));
        }
        let Some(last) = last else {
            return;
        };
        if self.network {
            let outcome = control.wait_outcome(last);
            self.count(OUTCOMES[usize::from(outcome)]);
        }
    }

    /// For whoever has the keyboard; they may have it no more.
    fn paste(&mut self, length: usize) {
        if !self.network {
            return;
        }
        let text: String = "The quick brown fox, 1234567890. "
            .chars()
            .cycle()
            .take(length)
            .collect();
        let seat = self.page.as_ref().map(|page| &page.seat);
        let answer = self.ask(
            "/api/v1/paste",
            Some(json!({"text": text, "layout": "us", "seat": seat})),
        );
        self.count(&format!("paste {answer}"));
    }

    fn stop_paste(&mut self) {
        if !self.network {
            return;
        }
        let answer = self.ask("/api/v1/paste/steer", Some(json!({"to": "stop"})));
        self.count(&format!("stop paste {answer}"));
        let ended = |state: &Value| {
            let phase = state["paste"]["phase"].as_str();
            phase != Some("typing") && phase != Some("paused")
        };
        self.operators[self.turn].wait_answer("no text is being typed", "/api/v1/paste", ended);
    }

    fn ask(&self, path: &str, body: Option<Value>) -> u16 {
        let answer = self.operators[self.turn].ask("POST", path, body);
        answer.expect("an answer").status
    }

    #[track_caller]
    fn wait_link(&self, state: &str) {
        self.operators[self.turn]
            .wait_answer(state, "/api/v1/status", |status| status["usb"] == state);
    }

    fn begin_trouble(&mut self, lasting: Lasting) {
        self.count(&format!("{lasting:?}"));
        match lasting {
            Lasting::CableOut => self.target().pull_cable().unwrap(),
            Lasting::Asleep => self.put_to_sleep(),
            Lasting::Unused => self.target().deconfigure().unwrap(),
            Lasting::NetworkOut => return self.lose_the_network(),
        }
        self.wait_link(if lasting == Lasting::Asleep {
            "suspended"
        } else {
            "disconnected"
        });
    }

    /// By itself a keyboard is not put to sleep while something is held on it.
    fn put_to_sleep(&mut self) {
        self.stop_paste();
        self.let_go(usize::MAX);
        self.nothing_is_held();
        self.target().sleep().unwrap();
    }

    fn end_trouble(&mut self, lasting: Lasting) {
        match lasting {
            Lasting::CableOut => self.target().plug_cable().unwrap(),
            Lasting::Asleep => self.target().wake().unwrap(),
            Lasting::Unused => self.target().configure().unwrap(),
            Lasting::NetworkOut => return self.find_the_network(),
        }
        self.wait_whole();
    }

    /// The appliance may put everything back before anybody sees it gone.
    #[track_caller]
    fn wait_lost_and_found(&self) {
        for _ in 0..DEVICES {
            let lost = self
                .target()
                .sights()
                .wait(PATIENCE, |sight| *sight == Sight::Lost);
            assert!(lost.is_ok(), "the target has lost nothing: {lost:?}");
        }
        self.wait_whole();
    }

    fn wait_whole(&self) {
        self.wait_link("configured");
        self.target().wait_listening();
    }

    /// The operator cannot be heard, so everything is let go while the network is still out.
    fn lose_the_network(&mut self) {
        self.lab.qmp().set_network_cable(false).unwrap();
        self.network = false;
        self.nothing_is_held();
    }

    fn find_the_network(&mut self) {
        self.lab.qmp().set_network_cable(true).unwrap();
        self.operators[self.turn].wait_until_up().unwrap();
        self.network = true;
        // What was sent meanwhile may still come on the old connection; a page does not wait for it.
        self.come_back();
    }

    fn strike(&mut self, sudden: Sudden) {
        self.count(&format!("{sudden:?}"));
        match sudden {
            Sudden::TakenOver => {
                self.beaten.extend(self.page.take());
                self.turn = 1 - self.turn;
                self.come_back();
            }
            Sudden::Closed => self.come_back(),
            Sudden::Cut => {
                self.cut();
                self.come_back();
            }
            Sudden::Hangs => {
                self.control().fall_silent();
                self.stop_paste();
                self.nothing_is_held();
                self.come_back();
            }
            Sudden::Reset => {
                self.target().sights().forget();
                let answer = self.ask("/api/v1/usb/reset", None);
                assert_eq!(answer, 204);
                self.wait_lost_and_found();
            }
            Sudden::Unbound => {
                self.target().sights().forget();
                self.target().unbind().unwrap();
                self.wait_lost_and_found();
            }
            Sudden::Killed => self.kill(),
        }
    }

    fn kill(&mut self) {
        let serve = self.target().serve_process().unwrap().expect("serve runs");
        self.target().kill(serve.pid).unwrap();
        self.nothing_is_held();
        for operator in &mut self.operators {
            operator.wait_until_up().unwrap();
            operator.log_in().unwrap();
        }
        *self.lab.console() = self.operators[0].clone();
        self.wait_whole();
        self.come_back();
    }

    fn cut(&mut self) {
        if let Some(page) = self.page.take() {
            page.control.cut();
        }
    }

    /// The page is closed, if it is open, and opened.
    pub(super) fn come_back(&mut self) {
        drop(self.page.take());
        self.page = Some(Page::open(&self.operators[self.turn]));
        self.held.clear();
    }

    pub(super) fn leave(&mut self, ending: Ending) {
        self.stop_paste();
        self.count(&format!("leaves {ending:?}"));
        match ending {
            Ending::OneByOne => self.let_go(usize::MAX),
            Ending::AtOnce => self.say("release all", &[Event::ReleaseAll]),
            Ending::Closes => drop(self.page.take()),
            Ending::IsCut => self.cut(),
            Ending::Hangs => self.control().fall_silent(),
        }
        self.held.clear();
    }
}

impl Page {
    /// Opens one that has the keyboard, whoever had it before.
    #[track_caller]
    fn open(console: &Console) -> Page {
        let control = console.control();
        let welcome = control.wait_state("welcome", |_| true);
        let lease = control.wait_state("lease", |_| true);
        if lease["you"] != true {
            control.send(Event::RequestControl(true));
            control.wait_lease();
        }
        let seat = welcome["seat"].as_str().expect("a seat").to_owned();
        Page { control, seat }
    }
}
