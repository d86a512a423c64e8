//! The appliance's own radio, as a cable: the program that joins wireless networks (wpa_supplicant), spoken to in its own
//! words.
//!
//! Two implementations exist: [`device`](crate::device) (the real program, which init starts) and [`sim`](crate::sim) (a
//! drawn one, for `farseat simulate`). [`net::wifi`](crate::net::wifi) decides with it what is joined; `app` plugs the one
//! into the other. Nothing here does I/O.

use tokio::sync::mpsc;

/// What comes up from the radio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Whether there is a radio at all: told first, and when that changes.
    Hardware(bool),
    /// The program runs from now on and knows nothing yet.
    Runs,
    /// A packet of it: the answer to the last command, or an event. As hostile as what is in the air.
    Said(Vec<u8>),
}

/// Every call returns at once.
pub trait Radio: Send + 'static {
    /// Whether the program is to run. Asked for again while it runs: it is started anew.
    fn run(&mut self, wanted: bool);

    /// One command, as one packet. A program that does not listen misses it.
    fn say(&mut self, command: &str);
}

/// The cable: calls go down it, news comes up.
pub struct RadioCable {
    pub radio: Box<dyn Radio>,
    pub news: mpsc::Receiver<Heard>,
}
