//! Which network is joined or given, and what the radio's program is told for it. Pure: what it says, wishes and the time go in, acts
//! come out; times are since the service's start.
//!
//! ```text
//!       something is known, or somebody looks around       it runs            joined
//! Off ──────────────────────────────────────────▶ Starting ───────▶ Searching ◀──────▶ Joined
//!  ▲                                                  ▲ no answer in 10 s │               │
//!  └── nothing any more                               └───────────────────┴───────────────┘
//!
//! a change ──▶ Trial ── it was another network, and its password is wrong, or it is not joined in 40 s ──▶ what was
//!                │   ── nobody confirms it within 60 s, or it is taken back ─────────────────────────────▶ what was
//!                └──── confirmed ──▶ written, and in force without another word to the program
//! ```

use std::time::Duration;

use super::known::Knowledge;
use super::program::{Program, Question};
use super::words::{self, Event, Found, Said, Ssid};

/// How long a browser has to find its way back: as for the wired link.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How long a network that was never joined may take.
const JOINING: Duration = Duration::from_secs(40);
/// Init starts it within a second, and it opens the radio.
const START: Duration = Duration::from_secs(20);
/// After somebody has looked around, the program stays so long for who looks again.
const LOOK: Duration = Duration::from_secs(60);

/// Something for the edge to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Run(bool),
    Say(String),
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Act(Act),
    /// Until then, or until news; `None` = until news.
    Wait(Option<Duration>),
}

/// Why a network was not joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WifiFailure")]
pub enum Why {
    WrongPassword,
    /// Nobody near has this name.
    NotFound,
    /// It is there and does not let us in.
    Refused,
    /// It was joined, or the change was in force, and nobody confirmed it.
    NotConfirmed,
}

/// The last change that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// None: it was not about joining one.
    pub ssid: Option<Ssid>,
    pub why: Why,
}

/// A network that is joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    pub ssid: Ssid,
    /// By WPA3; none until the program has said.
    pub wpa3: Option<bool>,
}

/// How far the radio is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WifiState")]
pub enum State {
    /// Nothing is known that could be joined.
    #[default]
    Off,
    Starting,
    Searching,
    Joined,
    /// The appliance's own network is in the air.
    Own,
}

/// A change that is in force and not kept yet.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) wish: Knowledge,
    /// The network that has to be joined first: the first one of the wish.
    pub(super) joining: Option<Ssid>,
    pub(super) until: Duration,
    give_up: Duration,
    /// It has been there, and is in force; from the start when nothing has to be joined.
    came: bool,
    /// It is there, and has refused us.
    seen: bool,
}

enum Run {
    No,
    /// Until when it has to be there.
    Starts(Duration),
    Yes(Program),
}

pub(super) struct Course {
    pub(super) hardware: Option<bool>,
    pub(super) known: Knowledge,
    pub(super) trial: Option<Trial>,
    pub(super) failure: Option<Failure>,
    pub(super) joined: Option<Joined>,
    pub(super) found: Vec<Found>,
    /// When the list is from.
    pub(super) looked: Option<Duration>,
    look: bool,
    stay: Duration,
    run: Run,
}

impl Course {
    pub(super) fn new(known: Knowledge) -> Course {
        Course {
            hardware: None,
            known,
            trial: None,
            failure: None,
            joined: None,
            found: Vec::new(),
            looked: None,
            look: false,
            stay: Duration::ZERO,
            run: Run::No,
        }
    }

    /// Puts a change on trial; `false` when one is.
    pub(super) fn begin(&mut self, wish: Knowledge, joining: Option<Ssid>, now: Duration) -> bool {
        if self.trial.is_some() {
            return false;
        }
        self.failure = None;
        self.trial = Some(Trial {
            wish,
            came: joining.is_none(),
            joining,
            until: now + PATIENCE,
            give_up: now + JOINING,
            seen: false,
        });
        true
    }

    /// Whether what is on trial has come about, so that it may be kept.
    pub(super) fn has_come_about(&self) -> bool {
        self.trial.as_ref().is_some_and(|trial| trial.came)
    }

    /// Ends the trial; what was wished for.
    pub(super) fn end(&mut self) -> Option<Knowledge> {
        self.trial.take().map(|trial| trial.wish)
    }

    /// Somebody looks around.
    pub(super) fn look(&mut self, now: Duration) {
        self.look = true;
        self.stay = now + LOOK;
    }

    pub(super) fn state(&self) -> State {
        match (&self.run, &self.joined) {
            (Run::No, _) => State::Off,
            (Run::Starts(_), _) => State::Starting,
            (Run::Yes(_), joined) if self.wanted().own.is_some() => match joined {
                Some(_) => State::Own,
                None => State::Starting,
            },
            (Run::Yes(_), Some(_)) => State::Joined,
            (Run::Yes(_), None) if self.wanted().networks.is_empty() => State::Off,
            (Run::Yes(_), None) => State::Searching,
        }
    }

    pub(super) fn has_hardware(&mut self, there: bool) {
        self.hardware = Some(there);
        if !there {
            self.stops();
        }
    }

    /// The program runs and knows nothing.
    pub(super) fn runs(&mut self) {
        self.joined = None;
        self.run = Run::Yes(Program::default());
    }

    fn stops(&mut self) {
        self.joined = None;
        self.run = Run::No;
    }

    pub(super) fn hear(&mut self, packet: &[u8], now: Duration) {
        match words::read(packet) {
            Said::Event(Some(event)) => self.happened(event, now),
            Said::Event(None) => {}
            Said::Answer(answer) => self.answered(answer, now),
        }
    }

    fn happened(&mut self, event: Event, now: Duration) {
        let Run::Yes(program) = &mut self.run else {
            return;
        };
        match event {
            Event::Joined(number) => {
                let place = program
                    .numbers
                    .iter()
                    .position(|known| *known == Some(number));
                let loaded = program.loaded.as_ref().zip(place);
                let ssid = loaded.and_then(|(loaded, place)| match &loaded.own {
                    Some(own) => Some(own.ssid.clone()),
                    None => loaded.networks.get(place).map(|known| known.ssid.clone()),
                });
                program.ask(Question::Status, "STATUS");
                if let Some(trial) = self.trial.as_mut().filter(|trial| trial.joining == ssid) {
                    trial.came = true;
                }
                self.joined = ssid.map(|ssid| Joined { ssid, wpa3: None });
            }
            Event::Left => self.joined = None,
            Event::Scanned => program.ask(Question::List, "SCAN_RESULTS"),
            Event::Ends => self.run = Run::Starts(now + START),
            Event::WrongKey => self.fails(Why::WrongPassword),
            Event::Refused => {
                if let Some(trial) = &mut self.trial {
                    trial.seen = true;
                }
            }
        }
    }

    /// What was to be joined is not; what was known is in force again.
    fn fails(&mut self, why: Why) {
        if !self.has_come_about()
            && let Some(trial) = self.trial.take()
        {
            self.failure = Some(Failure {
                ssid: trial.joining,
                why,
            });
        }
    }

    fn answered(&mut self, answer: &[u8], now: Duration) {
        let Run::Yes(program) = &mut self.run else {
            return;
        };
        let Some((question, _)) = program.asked.take() else {
            return;
        };
        match question {
            Question::Add(place) => program.added(place, answer),
            Question::List => {
                self.found = words::found(answer);
                self.looked = Some(now);
            }
            Question::Status => {
                let wpa3 = words::line(answer, "key_mgmt").map(|kind| kind.contains("SAE"));
                if let Some(joined) = &mut self.joined {
                    joined.wpa3 = wpa3;
                }
            }
            // One that is looking around already brings a list as well.
            Question::Look => {}
            Question::Any if answer.starts_with(b"OK") => {}
            // Never what it was: it may hold a password.
            Question::Any => log::warn!("the radio's program refuses a command"),
        }
    }

    /// What shall be in force. A network that has to be joined first stands alone until it is.
    fn wanted(&self) -> Knowledge {
        let Some(trial) = &self.trial else {
            return self.known.clone();
        };
        let most = if trial.came { usize::MAX } else { 1 };
        let networks = trial.wish.networks.iter().take(most);
        Knowledge {
            country: trial.wish.country,
            networks: networks.cloned().collect(),
            own: trial.wish.own.clone(),
        }
    }

    /// What to do next; to be asked until it says wait.
    pub(super) fn step(&mut self, now: Duration) -> Step {
        self.expire(now);
        let wanted = self.wanted();
        let runs = self.hardware == Some(true)
            && (!wanted.networks.is_empty()
                || wanted.own.is_some()
                || self.look
                || now < self.stay);
        let due = match &mut self.run {
            Run::No if runs => return self.start(now),
            Run::No => None,
            Run::Starts(_) | Run::Yes(_) if !runs => {
                self.stops();
                return Step::Act(Act::Run(false));
            }
            Run::Starts(until) if *until <= now => return self.start(now),
            Run::Starts(until) => Some(*until),
            Run::Yes(program) => {
                // Whoever gives a network does not look around: that would take it away for seconds.
                let gives = wanted.own.is_some();
                let loaded = program.loaded.as_ref();
                if loaded.is_some_and(|loaded| loaded.own != wanted.own) {
                    // The program does not say goodbye to a network that it gave.
                    self.joined = None;
                }
                program.load(wanted);
                if std::mem::take(&mut self.look) && !gives {
                    program.ask(Question::Look, "SCAN");
                }
                match program.step(now) {
                    Some(Some(command)) => return Step::Act(Act::Say(command)),
                    Some(None) => return self.start(now),
                    None => program.asked.map(|(_, until)| until),
                }
            }
        };
        let trial = self.trial.as_ref().map(|trial| self.ends(trial));
        let stay = Some(self.stay).filter(|stay| *stay > now);
        Step::Wait([due, trial, stay].into_iter().flatten().min())
    }

    fn start(&mut self, now: Duration) -> Step {
        self.joined = None;
        self.run = Run::Starts(now + START);
        Step::Act(Act::Run(true))
    }

    fn ends(&self, trial: &Trial) -> Duration {
        if self.has_come_about() {
            trial.until
        } else {
            trial.give_up
        }
    }

    fn expire(&mut self, now: Duration) {
        let Some(trial) = &self.trial else { return };
        if now < self.ends(trial) {
            return;
        }
        let why = match (self.has_come_about(), trial.seen) {
            (true, _) => Why::NotConfirmed,
            (false, true) => Why::Refused,
            (false, false) => Why::NotFound,
        };
        let ssid = trial.joining.clone();
        self.trial = None;
        self.failure = Some(Failure { ssid, why });
    }
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
