//! USB HID, pure: events from the operator, report descriptors, reports to the target.
//!
//! `console` applies events and gets reports; the edge writes them. No I/O here, and nothing
//! panics on any input. Sources: Device Class Definition for HID 1.11, HID Usage Tables 1.5.

pub mod alignment;
pub mod controls;
pub mod descriptor;
pub mod devices;
pub mod event;
pub mod functions;
mod items;
pub mod keyboard;
mod parser;
pub mod pointer;
pub mod report;

/// The HID functions of the gadget, one `/dev/hidgN` each. The order is the order in which the
/// gadget binds them: the boot keyboard first, because some firmware looks no further.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Port {
    /// Boot-protocol keyboard with LEDs.
    Keyboard,
    /// Absolute pointer.
    Absolute,
    /// Boot-protocol relative mouse.
    Relative,
    /// Consumer control and system control, two report ids.
    Controls,
}

impl Port {
    pub const ALL: [Port; 4] = [
        Port::Keyboard,
        Port::Absolute,
        Port::Relative,
        Port::Controls,
    ];

    /// The function's report descriptor.
    #[must_use]
    pub fn descriptor(self) -> &'static [u8] {
        match self {
            Port::Keyboard => keyboard::DESCRIPTOR,
            Port::Absolute => pointer::absolute::DESCRIPTOR,
            Port::Relative => pointer::relative::DESCRIPTOR,
            Port::Controls => controls::DESCRIPTOR,
        }
    }

    /// How many of a report's first bytes say what is; those behind say what happened since the
    /// last report (movement, wheel) and must not be told twice.
    #[must_use]
    pub fn state_length(self) -> usize {
        match self {
            Port::Keyboard | Port::Controls => self.report_length(),
            Port::Absolute => 5,
            Port::Relative => 1,
        }
    }

    /// Bytes in its longest input report.
    #[must_use]
    pub fn report_length(self) -> usize {
        match self {
            Port::Keyboard => keyboard::REPORT_LENGTH,
            Port::Absolute => pointer::absolute::REPORT_LENGTH,
            Port::Relative => pointer::relative::REPORT_LENGTH,
            Port::Controls => controls::REPORT_LENGTH,
        }
    }
}

/// The keyboard's lights as the target set them (HID 1.11, appendix B.1: output report bits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
pub struct Leds {
    pub num: bool,
    pub caps: bool,
    pub scroll: bool,
    pub compose: bool,
    pub kana: bool,
}

impl Leds {
    /// Reads the one-byte output report of a boot keyboard.
    #[must_use]
    pub fn from_report(bits: u8) -> Self {
        let lit = |bit: u8| bits & (1 << bit) != 0;
        Leds {
            num: lit(0),
            caps: lit(1),
            scroll: lit(2),
            compose: lit(3),
            kana: lit(4),
        }
    }
}
