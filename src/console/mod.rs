//! The console: who holds the keyboard, and what of their events reaches the target.
//!
//! `web` takes a [`Seat`] for each control socket. One seat holds the lease; its events become
//! reports, queued for one writer thread a [`Port`](crate::hid::Port). Dropping a seat that holds
//! the lease releases every key and button on the target. Knows nothing of sockets.

use tokio::sync::watch;

use crate::hid::Leds;
use crate::hid::event::Event;
use crate::target::{UsbCable, UsbLink};

/// Cheap handle to the console.
#[derive(Clone)]
pub struct Console {}

/// What every seat sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleState {
    pub controller: Option<Controller>,
    pub seats: usize,
    pub leds: Leds,
    pub usb: UsbLink,
}

/// Who holds the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controller {
    pub seat: SeatId,
    pub name: String,
}

/// A seat's number, unique while the appliance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeatId(pub u32);

/// What became of an event. The number is the one on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    Accepted = 0,
    NotInControl = 1,
    Asleep = 2,
    NotConnected = 3,
}

impl Console {
    /// Takes the USB cable and starts its writer threads.
    pub fn start(cable: UsbCable) -> Console {
        todo!()
    }

    /// A new seat for `name`; it gets the lease when nobody has it.
    pub fn join(&self, name: &str) -> Seat {
        todo!()
    }

    pub fn state(&self) -> watch::Receiver<ConsoleState> {
        todo!()
    }
}

/// One control socket's place at the console.
pub struct Seat {}

impl Seat {
    pub fn id(&self) -> SeatId {
        todo!()
    }

    /// Applies one event. Does not block. Every call counts as a sign of life; a seat that holds
    /// keys and gives none for 1 s has them released by the console.
    pub fn handle(&mut self, event: Event) -> Outcome {
        todo!()
    }
}
