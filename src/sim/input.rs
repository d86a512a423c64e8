//! What reaches the virtual target: time, reports, and the levers that tests pull. Pure types.

use crate::hid::Port;
use crate::hid::functions::Functions;
use crate::target::UsbLink;
use crate::video::NoPicture;

/// What reaches the computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input<'a> {
    /// Only time goes by.
    Time,
    /// An input report on the USB cable.
    Report(Port, &'a [u8]),
    /// Somebody at the questions port interferes.
    Lever(Lever),
}

/// Which ports are not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Busy {
    #[default]
    None,
    /// As firmware without a driver for it.
    Absolute,
    All,
}

impl Busy {
    pub(super) fn has(self, port: Port) -> bool {
        match self {
            Busy::None => false,
            Busy::Absolute => port == Port::Absolute,
            Busy::All => true,
        }
    }
}

/// What a test may force upon the computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lever {
    /// None: the signal is what the computer itself sends.
    Signal(Option<NoPicture>),
    /// None: the link is what the computer itself makes of it.
    Usb(Option<UsbLink>),
    /// The cable's other end: what is plugged in, if anything.
    Plug(Option<Functions>),
    /// On: the computer finds nothing but what is plugged in now.
    Picky(bool),
    Mode((u16, u16)),
    /// The target reads another EDID: its display is gone for a moment, and it may take another mode.
    Edid(Option<(u16, u16)>),
    /// Whether the capture device has an EDID that can be changed.
    Bridge(bool),
    /// Ports answer that the target has not fetched the report before.
    Busy(Busy),
    Reboot,
    PowerOff,
    /// Without the alarm clock that ends an ordinary sleep.
    Sleep,
    Wake,
    /// Forgets what was typed and how far the wheels turned.
    Clear,
}
