//! Wi-Fi: which networks are known, which one is joined, and changes that are confirmed or undone.
//!
//! `app` hands in the cable ([`radio`](crate::radio)); `web` asks for changes through [`Wifi`] and shows the [`Status`]. What is
//! decided is decided in pure files; the task here moves it. Whether the joined network is *used* is decided by whoever has
//! the links: a cable goes first ([`lan`](crate::lan)).
//!
//! ```text
//!            what the program says                commands
//! cable ───────────────▶ course (words, program) ─────────▶ cable
//!                          ▲ known, trial │ view
//! web ──change, confirm────┘              └──────▶ watch<Status> ──▶ web
//! ```

mod course;
mod known;
mod program;
mod words;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::radio::{Heard, Radio, RadioCable};
use crate::settings::NotAllowed;
use course::{Act, Course, PATIENCE, Step};

pub use course::{Failure, Joined, State, Why};
pub use known::{Country, Knowledge, Known, MOST_NETWORKS, Own, Password, Security};
pub use words::{Found, Offer, Ssid};

/// Faces ask one thing at a time; more than a few waiting is a storm.
const COMMANDS: usize = 4;
/// Nothing is due: far away, but a time that can be added to.
const LONG: Duration = Duration::from_secs(86_400);

/// What somebody wants changed.
#[derive(Debug, Clone)]
pub enum Change {
    /// Join this one. A network of the same name that is known is replaced.
    Join {
        network: Known,
        country: Option<Country>,
    },
    Forget(Ssid),
    /// Give a network of our own, or do not any more. None is joined meanwhile.
    Own(Option<Own>),
    Country(Option<Country>),
}

/// Why a change was not put on trial.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    #[error("a change of the Wi-Fi is waiting to be confirmed: confirm it or take it back first")]
    Pending,
    #[error("no network of this name is known")]
    Unknown,
    #[error(
        "{MOST_NETWORKS} networks are known, which is as many as there may be: forget one first"
    )]
    TooMany,
    #[error("this board has no Wi-Fi")]
    NoRadio,
}

/// Why a trial was not made permanent.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    #[error("no change is waiting to be confirmed")]
    NotPending,
    #[error("the network is not joined yet")]
    NotJoined,
    /// The trial is over; what was is in force again.
    #[error("write the known networks")]
    Write(#[source] std::io::Error),
}

/// The Wi-Fi now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Status {
    /// None until somebody has looked.
    pub hardware: Option<bool>,
    pub state: State,
    pub joined: Option<Joined>,
    /// The name of our own network, if it is wanted; whether it is in the air says the state.
    pub own: Option<Ssid>,
    pub country: Option<Country>,
    /// Name, security, hidden.
    pub known: Vec<(Ssid, Security, bool)>,
    pub found: Vec<Found>,
    pub looked: Option<Instant>,
    pub trial: Option<Trial>,
    pub failure: Option<Failure>,
}

/// What is on trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The network that has to be joined, if there is one.
    pub joining: Option<Ssid>,
    /// It has come about, and can be confirmed.
    pub ready: bool,
    pub until: Instant,
}

enum Command {
    Change(Box<Change>, oneshot::Sender<Result<Duration, ChangeError>>),
    Confirm(oneshot::Sender<Result<(), ConfirmError>>),
    Revert(oneshot::Sender<bool>),
    Look(oneshot::Sender<bool>),
}

/// Cheap handle to the Wi-Fi.
#[derive(Clone)]
pub struct Wifi {
    commands: Option<mpsc::Sender<Command>>,
    status: watch::Receiver<Status>,
}

impl Wifi {
    /// Joins what is known, by this cable. Must be called inside a tokio runtime.
    #[must_use]
    pub fn start(cable: RadioCable, data: &Path) -> Wifi {
        let (commands, received) = mpsc::channel(COMMANDS);
        let service = Service {
            course: Course::new(Knowledge::load(data)),
            radio: cable.radio,
            data: data.to_owned(),
            start: Instant::now(),
            status: watch::Sender::new(Status::default()),
        };
        service.publish();
        let status = service.status.subscribe();
        tokio::spawn(service.run(cable.news, received));
        Wifi {
            commands: Some(commands),
            status,
        }
    }

    /// For a system whose network is somebody else's business: as if there were no radio.
    #[must_use]
    pub fn unavailable() -> Wifi {
        let status = Status {
            hardware: Some(false),
            ..Status::default()
        };
        Wifi {
            commands: None,
            status: watch::Sender::new(status).subscribe(),
        }
    }

    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Puts a change in force, on trial for the time that is returned.
    ///
    /// # Errors
    /// It is not allowed, another one is on trial, or there is no radio.
    pub async fn change(&self, change: Change) -> Result<Duration, ChangeError> {
        let answer = self.ask(|answer| Command::Change(Box::new(change), answer));
        answer.await.unwrap_or(Err(ChangeError::NoRadio))
    }

    /// Keeps what is on trial: writes the file.
    ///
    /// # Errors
    /// Nothing is, the network is not joined, or the file cannot be written.
    pub async fn confirm(&self) -> Result<(), ConfirmError> {
        self.ask(Command::Confirm)
            .await
            .unwrap_or(Err(ConfirmError::NotPending))
    }

    /// Undoes what is on trial; `false` when nothing is.
    pub async fn revert(&self) -> bool {
        self.ask(Command::Revert).await.unwrap_or(false)
    }

    /// Looks around: the list comes with the status. `false`: there is no radio.
    pub async fn look(&self) -> bool {
        self.ask(Command::Look).await.unwrap_or(false)
    }

    /// `None` when there is nobody to ask.
    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.commands.as_ref()?.send(command(answer)).await.ok()?;
        answered.await.ok()
    }
}

struct Service {
    course: Course,
    radio: Box<dyn Radio>,
    data: PathBuf,
    start: Instant,
    status: watch::Sender<Status>,
}

impl Service {
    /// Runs until nobody holds a handle.
    async fn run(mut self, mut news: mpsc::Receiver<Heard>, mut commands: mpsc::Receiver<Command>) {
        loop {
            let until = self.settle();
            self.publish();
            tokio::select! {
                heard = news.recv() => match heard {
                    Some(heard) => self.hear(&heard),
                    None => return log::error!("the radio's edge is gone"),
                },
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                () = tokio::time::sleep_until(self.start + until.unwrap_or(LONG)) => {}
            }
        }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Does everything that is due; when something will be due again.
    fn settle(&mut self) -> Option<Duration> {
        loop {
            match self.course.step(self.now()) {
                Step::Act(Act::Run(wanted)) => self.radio.run(wanted),
                Step::Act(Act::Say(command)) => self.radio.say(&command),
                Step::Wait(until) => return until,
            }
        }
    }

    fn hear(&mut self, heard: &Heard) {
        let joined = |course: &Course| course.joined.as_ref().map(|joined| joined.ssid.clone());
        let before = joined(&self.course);
        match heard {
            Heard::Hardware(there) => self.course.has_hardware(*there),
            Heard::Runs => self.course.runs(),
            Heard::Said(packet) => self.course.hear(packet, self.now()),
        }
        let after = joined(&self.course);
        if after != before {
            match after {
                Some(ssid) if self.course.state() == State::Own => {
                    log::info!("Wi-Fi: our own network {ssid:?} is in the air");
                }
                Some(ssid) => log::info!("Wi-Fi: joined {ssid:?}"),
                None => log::info!("Wi-Fi: no network is joined"),
            }
        }
    }

    /// Whoever gets an answer sees its effect in what is published. A caller that is gone needs none.
    async fn obey(&mut self, command: Command) {
        match command {
            Command::Change(change, answer) => {
                let changed = self.change(*change);
                self.publish();
                let _ = answer.send(changed);
            }
            Command::Confirm(answer) => {
                let kept = self.keep().await;
                self.publish();
                let _ = answer.send(kept);
            }
            Command::Revert(answer) => {
                let ended = self.course.end().is_some();
                self.publish();
                let _ = answer.send(ended);
            }
            Command::Look(answer) => {
                let now = self.now();
                self.course.look(now);
                let _ = answer.send(self.course.hardware == Some(true));
            }
        }
    }

    fn change(&mut self, change: Change) -> Result<Duration, ChangeError> {
        if self.course.hardware != Some(true) {
            return Err(ChangeError::NoRadio);
        }
        let (wish, joining) = wish(&self.course.known, change)?;
        let now = self.now();
        if !self.course.begin(wish, joining, now) {
            return Err(ChangeError::Pending);
        }
        log::info!("the Wi-Fi is changed on trial");
        Ok(PATIENCE)
    }

    async fn keep(&mut self) -> Result<(), ConfirmError> {
        if self.course.trial.is_none() {
            return Err(ConfirmError::NotPending);
        }
        if !self.course.has_come_about() {
            return Err(ConfirmError::NotJoined);
        }
        let wish = self.course.end().ok_or(ConfirmError::NotPending)?;
        let (written, data) = (wish.clone(), self.data.clone());
        let done = tokio::task::spawn_blocking(move || written.store(&data)).await;
        done.unwrap_or_else(|lost| Err(std::io::Error::other(lost)))
            .map_err(ConfirmError::Write)?;
        self.course.known = wish;
        log::info!("the Wi-Fi's change is permanent");
        Ok(())
    }

    fn publish(&self) {
        let course = &self.course;
        let known = course.known.networks.iter();
        let state = course.state();
        let in_force = course
            .trial
            .as_ref()
            .map_or(&course.known, |trial| &trial.wish);
        let status = Status {
            hardware: course.hardware,
            state,
            joined: course.joined.clone().filter(|_| state == State::Joined),
            own: in_force.own.as_ref().map(|own| own.ssid.clone()),
            country: in_force.country,
            known: known
                .map(|one| (one.ssid.clone(), one.security, one.hidden))
                .collect(),
            found: course.found.clone(),
            looked: course.looked.map(|at| self.start + at),
            trial: course.trial.as_ref().map(|trial| Trial {
                joining: trial.joining.clone(),
                ready: course.has_come_about(),
                until: self.start + trial.until,
            }),
            failure: course.failure.clone(),
        };
        self.status.send_if_modified(|old| {
            let changed = *old != status;
            *old = status;
            changed
        });
    }
}

/// What is wished for with this change, and what has to be joined for it.
fn wish(known: &Knowledge, change: Change) -> Result<(Knowledge, Option<Ssid>), ChangeError> {
    let mut wish = known.clone();
    match change {
        Change::Join { network, country } => {
            network.check()?;
            wish.country = country.or(wish.country);
            wish.networks.retain(|other| other.ssid != network.ssid);
            if wish.networks.len() >= MOST_NETWORKS {
                return Err(ChangeError::TooMany);
            }
            let joining = network.ssid.clone();
            wish.networks.insert(0, network);
            wish.own = None;
            Ok((wish, Some(joining)))
        }
        Change::Forget(ssid) => {
            wish.networks.retain(|other| other.ssid != ssid);
            if wish.networks.len() == known.networks.len() {
                return Err(ChangeError::Unknown);
            }
            Ok((wish, None))
        }
        Change::Own(own) => {
            if let Some(own) = &own {
                own.check()?;
            }
            let ssid = own.as_ref().map(|own| own.ssid.clone());
            wish.own = own;
            Ok((wish, ssid))
        }
        Change::Country(country) => {
            wish.country = country;
            Ok((wish, None))
        }
    }
}

#[cfg(test)]
mod tests;
