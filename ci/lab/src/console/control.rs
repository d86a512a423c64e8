//! The control socket: events out, acknowledgements and states in.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::http::Route;
use super::socket::{HEARTBEAT, Said, Socket};
use crate::PATIENCE;
use crate::inbox::Inbox;

/// One thing that an operator does, as the document writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A usage of the keyboard page.
    Key(u8, bool),
    /// A usage of the consumer page.
    Consumer(u16, bool),
    /// A usage of the system control page.
    System(u8, bool),
    /// Across the screen, 0..=32767 both ways.
    MoveTo(u16, u16),
    /// By this much.
    MoveBy(i16, i16),
    /// Left is 0, right 1, middle 2, back 3, forward 4.
    Button(u8, bool),
    /// Vertical, horizontal.
    Wheel(i8, i8),
    /// Let everything go.
    ReleaseAll,
    /// Still there.
    Heartbeat,
    /// Ask for control; take it over when true.
    RequestControl(bool),
    /// The mouse that buttons and wheel go to: relative when true.
    PointerMode(bool),
}

impl Event {
    fn bytes(self, sequence: u32) -> Vec<u8> {
        let key = |page: u8, usage: u16, down: bool| {
            let [low, high] = usage.to_le_bytes();
            (0x01, vec![page, low, high, down.into()])
        };
        let pair = |a: [u8; 2], b: [u8; 2]| [a, b].concat();
        let (kind, payload) = match self {
            Self::Key(usage, down) => key(0, usage.into(), down),
            Self::Consumer(usage, down) => key(1, usage, down),
            Self::System(usage, down) => key(2, usage.into(), down),
            Self::MoveTo(x, y) => (0x02, pair(x.to_le_bytes(), y.to_le_bytes())),
            Self::MoveBy(dx, dy) => (0x03, pair(dx.to_le_bytes(), dy.to_le_bytes())),
            Self::Button(index, down) => (0x04, vec![index, down.into()]),
            Self::Wheel(vertical, horizontal) => {
                (0x05, [vertical, horizontal].map(i8::cast_unsigned).to_vec())
            }
            Self::ReleaseAll => (0x06, vec![]),
            Self::Heartbeat => (0x07, vec![]),
            Self::RequestControl(take_over) => (0x08, vec![take_over.into()]),
            Self::PointerMode(relative) => (0x0A, vec![relative.into()]),
        };
        let mut bytes = vec![kind];
        bytes.extend(sequence.to_le_bytes());
        bytes.extend(payload);
        bytes
    }
}

/// What the appliance says on the control socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Controlled {
    /// Everything up to this sequence number: 0 accepted, 1 not in control, 2 target asleep, 3 not connected.
    Acknowledged {
        /// The last sequence number that it covers.
        sequence: u32,
        /// The outcome's number in the document.
        outcome: u8,
    },
    /// A state.
    State(Value),
    /// The socket has ended, with this code.
    Closed(Option<u16>),
}

/// The open control socket. Sends heartbeats by itself until told to be silent.
pub struct Control {
    sender: Arc<Mutex<Option<Socket>>>,
    sequence: Arc<AtomicU32>,
    beating: Arc<AtomicBool>,
    heart: JoinHandle<()>,
    news: Inbox<Controlled>,
}

impl Control {
    pub(super) fn open(runtime: &Handle, route: &Route, cookie: &str) -> io::Result<Self> {
        let news = Inbox::default();
        let heard = news.clone();
        let hear = move |said| {
            match said {
                Said::Text(state) => heard.push(Controlled::State(state)),
                Said::Binary(bytes) => heard.push(acknowledgement(&bytes)),
                Said::Closed(code) => {
                    heard.push(Controlled::Closed(code));
                    heard.close();
                }
            }
            None
        };
        let socket = Socket::open(runtime, route, "/api/v1/control", cookie, hear)?;
        let sender = Arc::new(Mutex::new(Some(socket)));
        let (sequence, beating) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(true)));
        let heart = runtime.spawn(beat(
            Arc::clone(&sender),
            Arc::clone(&sequence),
            Arc::clone(&beating),
        ));
        Ok(Self {
            sender,
            sequence,
            beating,
            heart,
            news,
        })
    }

    /// Sends one event; its sequence number.
    pub fn send(&self, event: Event) -> u32 {
        send(&self.sender, &self.sequence, event)
    }

    /// Sends bytes as they are.
    pub fn send_raw(&self, bytes: Vec<u8>) {
        if let Some(socket) = &*self.sender.lock().unwrap_or_else(PoisonError::into_inner) {
            socket.send(bytes);
        }
    }

    /// Presses a key of the keyboard page.
    pub fn press(&self, usage: u8) -> u32 {
        self.send(Event::Key(usage, true))
    }

    /// Releases a key of the keyboard page.
    pub fn release(&self, usage: u8) -> u32 {
        self.send(Event::Key(usage, false))
    }

    /// Sends no more heartbeats, as a page that hangs.
    pub fn fall_silent(&self) {
        self.beating.store(false, Ordering::Relaxed);
    }

    /// Cuts the wire without a goodbye.
    pub fn cut(self) {
        if let Some(socket) = self
            .sender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            socket.cut();
        }
    }

    /// Everything that the appliance says here.
    #[must_use]
    pub fn news(&self) -> &Inbox<Controlled> {
        &self.news
    }

    /// Waits until the event with this number is acknowledged; the outcome.
    #[track_caller]
    pub fn wait_outcome(&self, number: u32) -> u8 {
        let covers = |news: &Controlled| matches!(news, Controlled::Acknowledged { sequence, .. } if *sequence >= number);
        match self.news.wait(PATIENCE, covers) {
            Ok(Controlled::Acknowledged { outcome, .. }) => outcome,
            other => panic!("event {number} is not acknowledged, but {other:?}"),
        }
    }

    /// Waits for a state of this type that fits.
    #[track_caller]
    pub fn wait_state(&self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let wanted = |news: &Controlled| matches!(news, Controlled::State(state) if state["type"] == kind && fits(state));
        match self.news.wait(PATIENCE, wanted) {
            Ok(Controlled::State(state)) => state,
            other => panic!("no such state {kind}, but {other:?}"),
        }
    }

    /// Waits until the USB cable is in this state.
    #[track_caller]
    pub fn wait_usb(&self, state: &str) {
        self.wait_state("usb", |usb| usb["state"] == state);
    }

    /// Waits until this socket is in control.
    #[track_caller]
    pub fn wait_lease(&self) {
        self.wait_state("lease", |lease| lease["you"] == true);
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.heart.abort();
    }
}

fn send(sender: &Mutex<Option<Socket>>, sequence: &AtomicU32, event: Event) -> u32 {
    // The lock keeps numbers and bytes in the same order.
    let socket = sender.lock().unwrap_or_else(PoisonError::into_inner);
    let number = sequence.fetch_add(1, Ordering::Relaxed) + 1;
    if let Some(socket) = &*socket {
        socket.send(event.bytes(number));
    }
    number
}

async fn beat(
    sender: Arc<Mutex<Option<Socket>>>,
    sequence: Arc<AtomicU32>,
    beating: Arc<AtomicBool>,
) {
    let mut rhythm = tokio::time::interval(HEARTBEAT);
    loop {
        rhythm.tick().await;
        if beating.load(Ordering::Relaxed) {
            send(&sender, &sequence, Event::Heartbeat);
        }
    }
}

fn acknowledgement(bytes: &[u8]) -> Controlled {
    match *bytes {
        [0x81, a, b, c, d, outcome] => Controlled::Acknowledged {
            sequence: u32::from_le_bytes([a, b, c, d]),
            outcome,
        },
        _ => Controlled::State(serde_json::json!({"type": "unknown", "bytes": bytes})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_as_the_document_says() {
        assert_eq!(Event::Key(0x04, true).bytes(1), [1, 1, 0, 0, 0, 0, 4, 0, 1]);
        assert_eq!(
            Event::MoveBy(-2, 3).bytes(7),
            [3, 7, 0, 0, 0, 0xFE, 0xFF, 3, 0]
        );
        assert_eq!(Event::Wheel(-1, 1).bytes(8), [5, 8, 0, 0, 0, 0xFF, 1]);
    }
}
