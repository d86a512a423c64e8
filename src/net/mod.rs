//! The appliance's own network and time: which address, which name, what the clock says.
//!
//! `app` hands in the cable ([`lan`](crate::lan)) and the settings; `web` asks for changes through
//! [`Network`] and shows the [`Status`], which is published whenever it changes. What is decided is
//! decided in pure files; [`service`] is the one task that moves it. Never touches a socket, the kernel's
//! routing or the clock itself.
//!
//! ```text
//!            news                              acts
//! cable ──────────────▶ machine (course, link_local, plan) ──────▶ cable
//!                          ▲ wish             │ view
//! web ──change, confirm──▶ confirm            └──────▶ watch<Status> ──▶ web, certificate, console
//! ```

mod confirm;
mod dhcp;
mod link_local;
mod machine;
mod plan;
mod random;
mod service;
mod status;
mod time;
mod wake;
pub mod wifi;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::lan::{Correction, NetworkCable};
use crate::settings::{self, NotAllowed, NotPending, Store};
use machine::Machine;
use service::{Command, Service};
use time::{Keeper, Latest};

pub use confirm::{PATIENCE, Wish};
pub use service::ConfirmError;
pub use status::{Source, Status, TimeStatus};
pub use time::BUILT;
pub use wake::{Sent, WakeError};

/// Faces ask one thing at a time; more than a few waiting is a storm.
const COMMANDS: usize = 4;

/// Why a change was not put on trial.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    #[error("a change is waiting to be confirmed: confirm it or take it back first")]
    Pending,
    /// The appliance runs on somebody else's system.
    #[error("this system's network is not managed by Farseat")]
    NotManaged,
}

/// What is in force, and how long still when it is on trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub wish: Wish,
    pub confirm_until: Option<Instant>,
}

/// What the network has to know of the appliance.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Where the page is.
    pub port: u16,
    /// Makes this appliance's questions different from its neighbours'.
    pub seed: u64,
    /// Where the latest time is remembered; none = the clock is somebody else's.
    pub data: Option<&'a Path>,
}

/// By how many microseconds the clock has to jump to show a time that is possible; none when it does. `data` is where
/// the latest time is remembered.
#[must_use]
pub fn floor(data: &Path, clock: SystemTime) -> Option<i64> {
    let now = clock.duration_since(SystemTime::UNIX_EPOCH);
    match Latest::load(data).correction(now.unwrap_or_default())? {
        // The cast saturates.
        Correction::Step(seconds) | Correction::Slew(seconds) => Some((seconds * 1e6) as i64),
    }
}

/// Cheap handle to the network.
#[derive(Clone)]
pub struct Network(Arc<Shared>);

struct Shared {
    /// None: somebody else manages the network.
    commands: Option<mpsc::Sender<Command>>,
    status: watch::Receiver<Status>,
    shown: watch::Receiver<Shown>,
    store: Store,
}

impl Network {
    /// Manages the network on this cable and the clock. Must be called inside a tokio runtime.
    #[must_use]
    pub fn start(cable: NetworkCable, store: Store, place: &Place<'_>) -> Network {
        let wish = Wish::of(&store.current());
        let status = watch::Sender::new(Status {
            names: vec![wish.name.clone()],
            ..Status::default()
        });
        let shown = watch::Sender::new(Shown {
            wish: wish.clone(),
            confirm_until: None,
        });
        let (commands, received) = mpsc::channel(COMMANDS);
        let network = Network(Arc::new(Shared {
            commands: Some(commands),
            status: status.subscribe(),
            shown: shown.subscribe(),
            store: store.clone(),
        }));
        let machine = Machine::new(wish, place.port, place.seed);
        let latest = place.data.map(Latest::load);
        let keeper = Keeper::new(place.seed);
        let mut service = Service::new(cable, store, (machine, keeper, latest), (status, shown));
        service.put_clock_to_its_floor();
        tokio::spawn(service.run(received));
        network
    }

    /// For a system whose network is somebody else's business.
    #[must_use]
    pub fn unmanaged(store: Store) -> Network {
        let wish = Wish::of(&store.current());
        let shown = watch::Sender::new(Shown {
            wish,
            confirm_until: None,
        });
        Network(Arc::new(Shared {
            commands: None,
            status: watch::Sender::new(Status::default()).subscribe(),
            shown: shown.subscribe(),
            store,
        }))
    }

    #[must_use]
    pub fn is_managed(&self) -> bool {
        self.0.commands.is_some()
    }

    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.0.status.clone()
    }

    /// What is in force now.
    #[must_use]
    pub fn shown(&self) -> Shown {
        if self.is_managed() {
            return self.0.shown.borrow().clone();
        }
        Shown {
            wish: Wish::of(&self.0.store.current()),
            confirm_until: None,
        }
    }

    /// Whether a host of this name, with or without `.local`, is us: what is stored, what is on trial,
    /// and what the neighbours left us.
    #[must_use]
    pub fn is_called(&self, label: &str) -> bool {
        let stored = self.0.store.current().device.name;
        stored.eq_ignore_ascii_case(label)
            || self
                .0
                .status
                .borrow()
                .names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(label))
    }

    /// Puts a wish in force, on trial for the time that is returned.
    ///
    /// # Errors
    /// A value is not allowed, another change is on trial, or the network is not ours.
    pub async fn change(&self, wish: Wish) -> Result<Duration, ChangeError> {
        let answer = self.ask(|answer| Command::Change(Box::new(wish), answer));
        answer.await.unwrap_or(Err(ChangeError::NotManaged))
    }

    /// Makes what is on trial permanent: writes the file.
    ///
    /// # Errors
    /// Nothing is on trial, or the file cannot be written.
    pub async fn confirm(&self) -> Result<(), ConfirmError> {
        let answer = self.ask(Command::Confirm);
        answer.await.unwrap_or(Err(NotPending.into()))
    }

    /// Undoes what is on trial.
    ///
    /// # Errors
    /// Nothing is.
    pub async fn revert(&self) -> Result<(), NotPending> {
        let answer = self.ask(Command::Revert);
        answer.await.unwrap_or(Err(NotPending))
    }

    /// Gives addresses while the radio gives a network of our own. Must be called inside a tokio runtime.
    pub fn follow(&self, mut wifi: watch::Receiver<wifi::Status>) {
        let Some(commands) = self.0.commands.clone() else {
            return;
        };
        tokio::spawn(async move {
            let mut told = false;
            loop {
                let own = wifi.borrow_and_update().state == wifi::State::Own;
                if own != told && commands.send(Command::Gives(own)).await.is_err() {
                    return;
                }
                told = own;
                if wifi.changed().await.is_err() {
                    return;
                }
            }
        });
    }

    /// Wakes another machine. Nobody answers: that a packet was sent is all that there is to know.
    ///
    /// # Errors
    /// The network is not ours, or no cable is in.
    pub async fn wake(&self, machine: &settings::Machine) -> Result<Sent, WakeError> {
        let machine = machine.clone();
        let answer = self.ask(|answer| Command::Wake(Box::new(machine), answer));
        answer.await.unwrap_or(Err(WakeError::NotManaged))
    }

    /// `None` when there is nobody to ask.
    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let commands = self.0.commands.as_ref()?;
        commands.send(command(answer)).await.ok()?;
        answered.await.ok()
    }
}

#[cfg(test)]
mod tests;
