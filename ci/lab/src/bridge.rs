//! The HDMI bridge: the kernel's test driver `vivid`, whose input behaves as a test tells it.
//!
//! Numbers are those of the driver's `vivid-ctrls.c`.

use farseat_lab_agent::Command;

use crate::target::{Target, TargetError};

const NODES: &str = "/sys/class/video4linux";
const BASE: u32 = 0x00F0_F000;
const TEST_PATTERN: u32 = BASE;
const TEXT: u32 = BASE + 1;
const SIGNAL: u32 = BASE + 62;
const TIMINGS: u32 = BASE + 63;
/// The text over the picture is off.
const NO_TEXT: i32 = 2;

/// What comes out of the HDMI cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// What the appliance has chosen.
    Current = 0,
    /// Nothing is plugged in.
    NoCable = 1,
    /// There is something, but it does not lock.
    NoSync = 2,
    /// It is more than the bridge can take.
    OutOfRange = 3,
    /// The timings of [`Bridge::set_timings`].
    Chosen = 4,
}

/// Whole-screen colours that the bridge can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Pure red.
    Red = 7,
    /// Pure green.
    Green = 8,
    /// Pure blue.
    Blue = 9,
}

/// The bridge of one machine.
pub struct Bridge<'a> {
    target: &'a Target,
    node: String,
}

impl<'a> Bridge<'a> {
    /// Finds it.
    ///
    /// # Errors
    /// The machine was booted without one.
    pub fn find(target: &'a Target) -> Result<Self, TargetError> {
        for node in target.list(NODES)? {
            if node.starts_with("video")
                && target
                    .read(&format!("{NODES}/{node}/name"))?
                    .starts_with("vivid")
            {
                return Ok(Self {
                    target,
                    node: format!("/dev/{node}"),
                });
            }
        }
        Err(TargetError::NoBridge)
    }

    fn control(&self, control: u32, value: i32) -> Result<(), TargetError> {
        self.target
            .ask(Command::Control {
                path: self.node.clone(),
                control,
                value,
            })
            .map(|_| ())
    }

    /// Changes what comes out of the cable.
    ///
    /// # Errors
    /// The driver refuses.
    pub fn set_signal(&self, signal: Signal) -> Result<(), TargetError> {
        self.control(SIGNAL, signal as i32)
    }

    /// The source switches to timings of the driver's list; 8 is 1280x720 at 50 Hz.
    ///
    /// # Errors
    /// The driver refuses.
    pub fn set_timings(&self, number: i32) -> Result<(), TargetError> {
        // In this order: the driver takes the number only while it is asked for.
        self.set_signal(Signal::Chosen)?;
        self.control(TIMINGS, number)
    }

    /// Fills the screen with one colour.
    ///
    /// # Errors
    /// The driver refuses.
    pub fn show(&self, pattern: Pattern) -> Result<(), TargetError> {
        self.control(TEXT, NO_TEXT)?;
        self.control(TEST_PATTERN, pattern as i32)
    }
}
