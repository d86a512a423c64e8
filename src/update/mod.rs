//! Updates: brings a signed bundle, from wherever it comes, block by block to init, which alone writes the card; tells
//! how far it is and why not; looks at the release channel.
//!
//! `app` hands in the [`Line`] to init; `web` asks through the cheap handle [`Update`] and shows its [`Status`]. Never
//! touches the card, and decides nothing about slots: init believes none of what is said here.
//!
//! ```text
//!            upload, url, channel, card                 Wish ─▶
//! web ──────────────────────────────▶ service ──job──▶ line ────▶ init
//!  ▲                                     │           ◀─ News
//!  └────────── watch<Status> ◀───────────┘
//! ```

mod address;
mod channel;
mod client;
mod error;
mod fetch;
mod file;
mod index;
mod job;
mod maintenance;
mod plan;
mod service;
mod source;
mod status;
#[cfg(test)]
pub(crate) mod tests;
mod upload;
mod web;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::{mpsc, oneshot, watch};

use crate::settings::Store;
use crate::slot::keys::Key;
use crate::slot::line::{News, Wish};
use service::{Command, Service};

pub use address::Address;
pub use client::LookUp;
pub use error::UpdateError;
pub use fetch::{Event, Fetch, Request};
pub use status::{Channel, Job, Latest, Origin, Release, Stage, Status, Unavailable};
pub use upload::{PATIENCE, Sending, Sent};
pub use wire::{PACKET_LIMIT, Told};

/// Faces ask one thing at a time; more than a few waiting is a storm.
const COMMANDS: usize = 4;

/// No bundle is longer: a head, and a slot full of blocks that could not be packed.
pub const BUNDLE_LIMIT: u64 = {
    use crate::slot::bundle::{BLOCK, HEAD_LIMIT, PACKED_LIMIT};
    let blocks = crate::slot::layout::SLOT_A.area.size() / BLOCK as u64;
    HEAD_LIMIT as u64 + blocks * PACKED_LIMIT as u64
};

/// The line to whoever keeps the slots.
#[derive(Debug)]
pub struct Line {
    /// Packets of [`Wish::print`]. What is said is read in order.
    pub say: mpsc::Sender<Vec<u8>>,
    pub hear: mpsc::Receiver<News>,
}

/// What the updates have to know of the appliance.
pub struct Place {
    /// Whose bundles and lists are believed.
    pub keys: Vec<Key>,
    /// What the board is, as the device tree says it.
    pub hardware: Vec<String>,
    pub settings: Store,
    /// Who asks web servers.
    pub fetch: Fetch,
    /// Where it is remembered how new the channel's list was.
    pub data: PathBuf,
    /// A folder whose bundles are installed without being asked for.
    pub card: Option<PathBuf>,
    /// Makes this appliance's times of asking different from its neighbours'.
    pub seed: u64,
    /// The time, when it is known.
    pub clock: Box<dyn Fn() -> Option<SystemTime> + Send + Sync>,
}

/// Who asks, and for what beyond the install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// For the log.
    pub user: String,
    /// Start the new system when it is installed.
    pub restart: bool,
}

/// Cheap handle to the updates.
#[derive(Clone)]
pub struct Update(Arc<Shared>);

struct Shared {
    /// None: there is no line.
    commands: Option<mpsc::Sender<Command>>,
    status: watch::Receiver<Status>,
}

impl Update {
    /// Must be called inside a tokio runtime.
    #[must_use]
    pub fn start(line: Line, place: Place) -> Update {
        // First of all, so that init knows from the first packet on who speaks.
        let asked = line.say.try_send(Wish::Ask.print());
        if let Err(error) = asked {
            log::error!("ask how the slots stand: {error}");
        }
        let status = watch::Sender::new(status(Unavailable::NotHeard));
        let (commands, received) = mpsc::channel(COMMANDS);
        let update = Update(Arc::new(Shared {
            commands: Some(commands),
            status: status.subscribe(),
        }));
        tokio::spawn(Service::new(line, place, status).run(received));
        update
    }

    /// For a program that nobody's init has started.
    #[must_use]
    pub fn unavailable() -> Update {
        Update(Arc::new(Shared {
            commands: None,
            status: watch::Sender::new(status(Unavailable::NotOurSystem)).subscribe(),
        }))
    }

    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.0.status.clone()
    }

    /// Init has answered in this run.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.0.status.borrow().heard
    }

    /// Begins to install what is sent; the job's number.
    ///
    /// # Errors
    /// Why it is not begun.
    pub async fn upload(&self, sending: Sending, order: Order) -> Result<u32, UpdateError> {
        self.ask(|answer| Command::Upload(sending, order, answer))
            .await
    }

    /// Goes on with the upload that was interrupted.
    ///
    /// # Errors
    /// There is none, or it does not go on there.
    pub async fn resume(&self, sending: Sending) -> Result<u32, UpdateError> {
        self.ask(|answer| Command::Resume(sending, answer)).await
    }

    /// Begins to install what is at an address; the job's number.
    ///
    /// # Errors
    /// Why it is not begun.
    pub async fn url(&self, address: Address, order: Order) -> Result<u32, UpdateError> {
        self.ask(|answer| Command::Url(address, order, answer))
            .await
    }

    /// Asks the channel now.
    ///
    /// # Errors
    /// What came of it.
    pub async fn check(&self) -> Result<(), UpdateError> {
        self.ask(Command::Check).await
    }

    /// Begins to install the channel's newest release; the job's number.
    ///
    /// # Errors
    /// Why it is not begun.
    pub async fn channel(&self, order: Order) -> Result<u32, UpdateError> {
        self.ask(|answer| Command::Channel(order, answer)).await
    }

    /// Ends the job.
    ///
    /// # Errors
    /// There is none.
    pub async fn cancel(&self) -> Result<(), UpdateError> {
        self.ask(Command::Cancel).await
    }

    /// Starts the other slot, once.
    ///
    /// # Errors
    /// Why it is not started.
    pub async fn trial(&self, user: &str) -> Result<(), UpdateError> {
        let user = user.to_owned();
        self.ask(|answer| Command::Trial(user, answer)).await
    }

    /// Waits for the end of a job.
    ///
    /// # Errors
    /// What came of it.
    pub async fn ended(&self, id: u32) -> Result<(), UpdateError> {
        let mut status = self.status();
        let over = status.wait_for(|status| match &status.job {
            Some(job) => job.id != id || job.stage.is_over(),
            None => true,
        });
        let status = over.await.map_err(|_| UpdateError::Lost)?;
        let job = status.job.as_ref().filter(|job| job.id == id);
        match job {
            Some(job) => job.error.clone().map_or(Ok(()), Err),
            None => Err(UpdateError::Superseded),
        }
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, UpdateError>>) -> Command,
    ) -> Result<T, UpdateError> {
        let (answer, answered) = oneshot::channel();
        let nobody = UpdateError::Unavailable(Unavailable::NotOurSystem);
        let commands = self.0.commands.as_ref().ok_or(nobody)?;
        let sent = commands.send(command(answer)).await;
        sent.map_err(|_| UpdateError::Lost)?;
        answered.await.map_err(|_| UpdateError::Lost)?
    }
}

fn status(why: Unavailable) -> Status {
    Status {
        slots: Err(why),
        heard: false,
        restarting: false,
        job: None,
        channel: Channel::default(),
    }
}
