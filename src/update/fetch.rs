//! Requests to web servers, and what comes of them, as events. Who makes them is handed in: [`client`](super::client) on
//! threads of this process, or a process that does nothing else.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::address::Address;
use super::client::{Client, LookUp};
use super::error::UpdateError;

/// Bytes that are told at once.
pub(super) const PIECE: usize = 16 << 10;
/// Pieces that wait to be taken: with the one that is read, the network's buffer.
const EVENTS: usize = 2;
/// More than a client waits for an answer: it says by itself that it has waited too long.
pub(super) const SILENCE: Duration = Duration::from_secs(45);

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub address: Address,
    /// None: all of it.
    pub range: Option<Range<u64>>,
}

/// What comes of a request. The channel's end is the body's.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The first event, unless it fails.
    Begins {
        at: u64,
        /// Of the whole file.
        size: Option<u64>,
        /// The server gives the part that was asked for, and not all.
        part: bool,
    },
    Bytes(Bytes),
    /// Trying again does not help.
    Failed(UpdateError),
    /// It may help.
    Dropped(String),
}

/// Begins a request; what comes of it is told. Does not wait.
type Begin = dyn Fn(Request, mpsc::Sender<Event>) + Send + Sync;

/// Makes requests. Cheap handle.
#[derive(Clone)]
pub struct Fetch(Arc<Begin>);

impl Fetch {
    /// In this process. Without a `look_up` the C library finds names.
    #[must_use]
    pub fn here(look_up: Option<LookUp>) -> Fetch {
        let client = Client::new(look_up);
        Fetch(Arc::new(move |request, tell| client.begin(request, tell)))
    }

    /// By somebody else.
    #[must_use]
    pub fn by(begin: impl Fn(Request, mpsc::Sender<Event>) + Send + Sync + 'static) -> Fetch {
        Fetch(Arc::new(begin))
    }

    /// Asks for `range`, or for all. Who drops the receiver ends the request.
    #[must_use]
    pub fn begin(&self, address: Address, range: Option<Range<u64>>) -> mpsc::Receiver<Event> {
        let (tell, events) = mpsc::channel(EVENTS);
        (self.0)(Request { address, range }, tell);
        events
    }

    /// All of a small file.
    pub(super) async fn small(
        &self,
        address: &Address,
        limit: usize,
    ) -> Result<Vec<u8>, UpdateError> {
        let mut events = self.begin(address.clone(), None);
        let mut bytes = Vec::new();
        loop {
            let silent = |_| UpdateError::Unreachable("it does not answer".to_owned());
            match timeout(SILENCE, events.recv()).await.map_err(silent)? {
                None => return Ok(bytes),
                Some(Event::Begins { .. }) => {}
                Some(Event::Bytes(piece)) if bytes.len() + piece.len() > limit => {
                    return Err(UpdateError::Index(format!(
                        "it is longer than {limit} bytes"
                    )));
                }
                Some(Event::Bytes(piece)) => bytes.extend(piece),
                Some(Event::Failed(error)) => return Err(error),
                Some(Event::Dropped(why)) => return Err(UpdateError::Unreachable(why)),
            }
        }
    }
}
