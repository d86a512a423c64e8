//! The virtual target: a small computer drawn in pixels that reads real HID reports.
//!
//! Implements [`target`](crate::target); only `app` calls it, for `farseat simulate`. To the
//! services it is indistinguishable from hardware: they hand it reports and get raw frames, lights
//! and a link state. Never sees an [`Event`](crate::hid::event::Event), never speaks HTTP.
//!
//! ```text
//! report ─▶ port ─▶ reader (descriptors) ─▶ computer ─▶ scene ─▶ paint ─▶ capture ─▶ raw frame
//!                                          (keys, shell, mouse)  (canvas, yuv)
//!                                              │
//!                            lights, link ◀────┴────▶ questions (tests, a port of its own)
//! ```
//!
//! Everything between `port` and `capture` is pure and takes the time as an argument; `machine`
//! is the one lock and the one clock around it.

mod canvas;
mod capture;
mod card;
mod computer;
mod font;
mod h264;
mod input;
mod keyboard;
mod keys;
mod lever;
mod machine;
mod metrics;
mod mouse;
mod network;
mod paint;
mod palette;
mod port;
mod questions;
mod radio;
mod reader;
mod scene;
mod server;
mod shell;
mod statusbar;
mod terminal;
mod transcoder;
mod yuv;

use std::net::SocketAddr;
use std::sync::Arc;

pub use self::card::{CardError, VirtualCard, card};
pub use self::network::network;
pub use self::radio::radio;
pub use self::transcoder::transcoder;

use self::capture::SimCapture;
use self::computer::Computer;
use self::lever::SimLever;
use self::machine::Power;
use self::port::SimPort;
use crate::hid::Port;
use crate::target::{Capture, HidPort, UsbCable, UsbProfile};

/// How the virtual target is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name, shown on its screen.
    pub hostname: String,
    /// Width and height of its screen, even and 320..=4096 each.
    pub mode: (u16, u16),
    /// Where tests may ask it questions; a loopback address, port 0 for any.
    pub questions: Option<SocketAddr>,
    /// What it is shown on USB.
    pub usb: UsbProfile,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            hostname: "farseat-target".into(),
            mode: (1280, 720),
            questions: None,
            usb: UsbProfile::default(),
        }
    }
}

/// A running virtual target. It runs until capture and every port are dropped.
pub struct VirtualTarget {
    pub capture: Box<dyn Capture>,
    pub usb: UsbCable,
    /// Where it answers questions, when that was asked for.
    pub questions: Option<SocketAddr>,
}

/// Why the virtual target did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    #[error("{0} is not a loopback address: the questions port must not leave this computer")]
    NotLoopback(SocketAddr),
    #[error("screen mode {0}x{1}: both must be even and between 320 and 4096")]
    Mode(u16, u16),
    #[error("listen for questions on {address}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("start the virtual target's clock")]
    Clock(#[source] std::io::Error),
}

/// Powers a virtual target on. With a questions port it must be called inside a tokio runtime.
///
/// # Errors
/// [`SimError`] when an option is not acceptable or the system refuses a thread or a port.
pub fn start(options: &Options) -> Result<VirtualTarget, SimError> {
    let (width, height) = options.mode;
    if !questions::is_mode(options.mode) {
        return Err(SimError::Mode(width, height));
    }
    let listener = options.questions.map(server::listen).transpose()?;
    let computer = Computer::new(&options.hostname, options.mode);
    let power = Arc::new(Power::on(computer).map_err(SimError::Clock)?);
    let questions = listener.map(|(listener, address)| {
        let machine = power.machine();
        tokio::spawn(server::serve(
            listener,
            Arc::downgrade(machine),
            machine.steps(),
        ));
        address
    });
    let port = |port| -> (Port, Box<dyn HidPort>) {
        (
            port,
            Box::new(SimPort {
                port,
                power: Arc::clone(&power),
            }),
        )
    };
    let shown = options.usb.first();
    let usb = UsbCable {
        ports: Port::ALL.map(port).into(),
        leds: power.machine().leds(),
        link: power.machine().link(),
        profile: options.usb.clone(),
        shown,
        lever: Some(Box::new(SimLever::of(power.machine(), shown))),
    };
    Ok(VirtualTarget {
        capture: Box::new(SimCapture::new(power)),
        usb,
        questions,
    })
}

#[cfg(test)]
mod tests;
