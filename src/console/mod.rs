//! The console: who holds the keyboard, and what of their events reaches the target.
//!
//! `web` takes a [`Seat`] for each control socket. One seat holds the lease; its events become
//! reports, queued for one writer thread a [`Port`](crate::hid::Port). Dropping a seat that holds
//! the lease releases every key and button on the target. Knows nothing of sockets.
//!
//! ```text
//! Seat::handle ─► desk (lease, keys held) ─► lane (queue, state of the port) ─► writer ─► HidPort
//! ```
//!
//! `desk`, `lane` and `queue` are pure. Locks are taken in that order: desk, then lane.

mod cable;
mod desk;
mod jiggle;
mod lane;
mod paste;
#[cfg(test)]
mod paste_tests;
mod plug;
mod queue;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use tokio::sync::{Notify, watch};

use self::desk::{Alarm, Desk};
use self::paste::Pasting;
use self::plug::Plug;
use self::writer::Writer;
use crate::hid::devices::PortStep;
use crate::hid::event::Event;
use crate::hid::{Leds, Port};
use crate::target::{UsbCable, UsbLever, UsbLink};

pub use cable::CableError;
pub use jiggle::Jiggler;
pub use paste::{PasteError, Phase, Progress, Steer, Text, Why};
pub use plug::{Shown, Trial};

/// Cheap handle to the console. When the last one and the last [`Seat`] are gone, the writer
/// threads send what is left and end.
#[derive(Clone)]
pub struct Console {
    inner: Arc<Inner>,
}

struct Inner {
    /// Who sits here and what is held. Steps are queued under this lock, so that two seats'
    /// events cannot pass each other on their way to the target.
    desk: Mutex<Desk>,
    writers: Vec<(Port, Writer)>,
    state: watch::Sender<ConsoleState>,
    /// Wakes the watcher: something is held now, or the console is gone.
    nudge: Arc<Notify>,
    pasting: Pasting,
    lever: Option<Box<dyn UsbLever>>,
    /// Locked while something is tried out.
    plug: tokio::sync::Mutex<Plug>,
}

/// What every seat sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleState {
    pub controller: Option<Controller>,
    pub seats: usize,
    pub leds: Leds,
    pub usb: UsbLink,
    /// The target reads the absolute pointer, as far as is known. Firmware often does not.
    pub absolute: bool,
    pub jiggler: Jiggler,
    pub shown: Shown,
}

/// Who holds the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controller {
    pub seat: SeatId,
    pub name: String,
}

/// A seat's number, unique while the appliance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeatId(pub u32);

/// What became of an event. The number is the one on the wire; a greater one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Outcome {
    Accepted = 0,
    NotInControl = 1,
    Asleep = 2,
    NotConnected = 3,
}

impl Console {
    /// Takes the USB cable and starts its writer threads.
    ///
    /// # Panics
    /// Outside a Tokio runtime: the watch over silent operators and over the link is a task.
    #[must_use]
    pub fn start(cable: UsbCable) -> Console {
        let UsbCable {
            ports,
            mut leds,
            mut link,
            profile,
            shown,
            lever,
        } = cable;
        let plug = Plug::new(profile, shown);
        let (lit, usb) = (*leds.borrow_and_update(), *link.borrow_and_update());
        let state = ConsoleState {
            controller: None,
            seats: 0,
            leds: lit,
            usb,
            absolute: true,
            jiggler: Jiggler::Off,
            shown: plug.shown(),
        };
        let start = |(port, device)| (port, Writer::start(port, device, usb));
        let nudge = Arc::new(Notify::new());
        let inner = Arc::new(Inner {
            desk: Mutex::new(Desk::new(now())),
            writers: ports.into_iter().map(start).collect(),
            state: watch::Sender::new(state),
            nudge: Arc::clone(&nudge),
            pasting: Pasting::default(),
            lever,
            plug: tokio::sync::Mutex::new(plug),
        });
        let absolute = inner.read(Port::Absolute);
        let news = News {
            nudge,
            leds,
            link,
            absolute,
        };
        tokio::spawn(watch_over(Arc::downgrade(&inner), news));
        tokio::spawn(plug::keep(Arc::downgrade(&inner), inner.state.subscribe()));
        Console { inner }
    }

    /// A new seat for `name`; it gets the lease when nobody has it.
    #[must_use]
    pub fn join(&self, name: &str) -> Seat {
        let mut desk = self.inner.desk();
        let id = desk.join(name, now());
        self.inner.publish(&desk);
        drop(desk);
        Seat {
            console: self.clone(),
            id,
        }
    }

    #[must_use]
    pub fn state(&self) -> watch::Receiver<ConsoleState> {
        self.inner.state.subscribe()
    }
}

/// One control socket's place at the console.
pub struct Seat {
    console: Console,
    id: SeatId,
}

impl Seat {
    #[must_use]
    pub fn id(&self) -> SeatId {
        self.id
    }

    /// Applies one event. Does not block. Every call counts as a sign of life; a seat that holds
    /// keys and gives none for 1 s has them released by the console.
    pub fn handle(&mut self, event: Event) -> Outcome {
        self.console.inner.handle(self.id, event)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let inner = &self.console.inner;
        let mut desk = inner.desk();
        let steps = desk.leave(self.id, now());
        inner.tell(steps);
        inner.publish(&desk);
    }
}

impl Inner {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        // A panic under this lock would be in pure code that replaces whole values.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, seat: SeatId, event: Event) -> Outcome {
        let mut desk = self.desk();
        let held = desk.holds_something();
        let Ok(steps) = desk.handle(seat, event, now()) else {
            return Outcome::NotInControl;
        };
        let outcome = self.tell(steps);
        if matches!(event, Event::RequestControl { .. } | Event::GiveUpControl) {
            self.publish(&desk);
            return Outcome::Accepted;
        }
        if !held && desk.holds_something() {
            self.nudge.notify_one();
        }
        outcome.max(seen_from_the_link(self.state.borrow().usb))
    }

    /// Queues steps; the worst of their outcomes counts.
    fn tell(&self, steps: Vec<PortStep>) -> Outcome {
        let shown = self.state.borrow().shown.functions;
        let push = |(port, step)| {
            let writer = self.writer(port).filter(|_| shown.has(port));
            writer.map_or(Outcome::NotConnected, |writer| writer.push(step))
        };
        steps
            .into_iter()
            .map(push)
            .max()
            .unwrap_or(Outcome::Accepted)
    }

    fn writer(&self, port: Port) -> Option<&Writer> {
        let mut writers = self.writers.iter();
        writers
            .find(|(known, _)| *known == port)
            .map(|(_, writer)| writer)
    }

    /// Whether the target reads what this port says.
    fn read(&self, port: Port) -> watch::Receiver<bool> {
        let writer = self.writer(port);
        writer.map_or_else(|| watch::channel(true).1, Writer::read)
    }

    /// Waits until the target has taken all that this port has to say: true; or was given up, or has no such port.
    async fn settled(&self, port: Port) -> bool {
        match self.writer(port) {
            Some(writer) => writer.settled().await,
            None => false,
        }
    }

    /// Tells everybody, if it is news.
    fn publish(&self, desk: &Desk) {
        let (controller, seats) = (desk.controller(), desk.seats());
        self.state.send_if_modified(|state| {
            let news = state.controller != controller || state.seats != seats;
            (state.controller, state.seats) = (controller, seats);
            news
        });
    }

    /// Lets go of what a silent operator holds; says when to look again.
    fn watch_silence(&self) -> Option<Instant> {
        match self.desk().alarm(now()) {
            Alarm::Off => None,
            Alarm::At(due) => Some(due),
            Alarm::Release(steps) => {
                log::warn!("no sign of life from the operator: keys and buttons are released");
                self.tell(steps);
                None
            }
        }
    }

    /// Called at each news, also when it is what it was: it may have been another in between.
    fn link_changed(&self, link: UsbLink) {
        for (_, writer) in &self.writers {
            writer.link_changed(link);
        }
        self.state
            .send_if_modified(|state| std::mem::replace(&mut state.usb, link) != link);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.nudge.notify_one();
    }
}

/// What the console's task waits for, beside silence.
struct News {
    nudge: Arc<Notify>,
    leds: watch::Receiver<Leds>,
    link: watch::Receiver<UsbLink>,
    absolute: watch::Receiver<bool>,
}

/// The one task of the console: the dead man's switch, and news from the cable.
async fn watch_over(console: Weak<Inner>, mut news: News) {
    let (mut leds_open, mut link_open, mut absolute_open) = (true, true, true);
    loop {
        let Some(due) = console.upgrade().map(|console| console.watch_silence()) else {
            return;
        };
        let silence = async {
            match due {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = news.nudge.notified() => {}
            () = silence => {}
            changed = news.leds.changed(), if leds_open => {
                leds_open = changed.is_ok();
                let lit = *news.leds.borrow_and_update();
                let Some(console) = console.upgrade() else { return };
                console.state.send_if_modified(|state| std::mem::replace(&mut state.leds, lit) != lit);
            }
            changed = news.absolute.changed(), if absolute_open => {
                absolute_open = changed.is_ok();
                let read = *news.absolute.borrow_and_update();
                let Some(console) = console.upgrade() else { return };
                console.state.send_if_modified(|state| std::mem::replace(&mut state.absolute, read) != read);
            }
            changed = news.link.changed(), if link_open => {
                link_open = changed.is_ok();
                let usb = *news.link.borrow_and_update();
                let Some(console) = console.upgrade() else { return };
                if link_open {
                    console.link_changed(usb);
                }
            }
        }
    }
}

/// What can be told of an event's fate before the port was tried.
fn seen_from_the_link(link: UsbLink) -> Outcome {
    match link {
        UsbLink::Configured => Outcome::Accepted,
        UsbLink::Suspended => Outcome::Asleep,
        UsbLink::Disconnected | UsbLink::NoGadget => Outcome::NotConnected,
    }
}

/// Tokio's clock, which tests can hold still.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
