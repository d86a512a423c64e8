//! The target's side of the USB cable, through the agent: what its input devices say, and what its operating system
//! can do to the port.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::PoisonError;

use farseat_lab_agent::{Command, Report, Request};

use crate::PATIENCE;
use crate::inbox::{Inbox, Missed};

/// Event kinds and codes of `linux/input-event-codes.h`, as far as tests name them.
pub mod codes {
    /// A key or button.
    pub const EV_KEY: u16 = 1;
    /// A relative axis.
    pub const EV_REL: u16 = 2;
    /// An absolute axis.
    pub const EV_ABS: u16 = 3;
    /// Horizontal.
    pub const AXIS_X: u16 = 0;
    /// Vertical.
    pub const AXIS_Y: u16 = 1;
    /// The horizontal wheel, in detents.
    pub const REL_HWHEEL: u16 = 6;
    /// The vertical wheel, in detents.
    pub const REL_WHEEL: u16 = 8;
    /// The num lock light.
    pub const LED_NUML: u16 = 0;
    /// The caps lock light.
    pub const LED_CAPSL: u16 = 1;
    /// The scroll lock light.
    pub const LED_SCROLLL: u16 = 2;
}

/// What an input device said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// `EV_KEY` and so on.
    pub kind: u16,
    /// Which key or axis.
    pub code: u16,
    /// 1 pressed, 0 released, 2 repeated; or the axis' value.
    pub value: i32,
}

/// What the target sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// A device of this name has come.
    Found(String),
    /// A device of this name has gone.
    Lost(String),
    /// A device said something.
    Input(Input),
}

/// The agent would or could not.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The machine is gone.
    #[error("the agent does not answer: {0:?}")]
    Silent(Missed<Report>),
    /// It could not write to the agent.
    #[error("write to the agent")]
    Wire(#[from] io::Error),
    /// The agent tried and failed.
    #[error("{command:?}: {error}")]
    Failed { command: Command, error: String },
    /// The gadget is not enumerated.
    #[error("the target sees no gadget")]
    NoGadget,
    /// The machine was booted without an HDMI bridge.
    #[error("the machine has no HDMI bridge")]
    NoBridge,
}

/// See the module.
pub struct Target {
    wire: Mutex<(u64, UnixStream)>,
    answers: Inbox<Report>,
    sights: Inbox<Sight>,
    raw: Inbox<Report>,
}

impl Target {
    pub(crate) fn new(stream: UnixStream) -> io::Result<Self> {
        let (answers, sights, raw) = (Inbox::default(), Inbox::default(), Inbox::default());
        let reads = BufReader::new(stream.try_clone()?);
        let sort = { let (answers, sights, raw) = (answers.clone(), sights.clone(), raw.clone());
            move || sort(reads, &answers, &sights, &raw) };
        std::thread::Builder::new().name("agent".into()).spawn(sort)?;
        Ok(Self { wire: Mutex::new((0, stream)), answers, sights, raw })
    }

    /// Lets the agent do something; its answer.
    ///
    /// # Errors
    /// The agent's words.
    pub fn ask(&self, command: Command) -> Result<String, TargetError> {
        // One question at a time, and answers come in order.
        let mut wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        wire.0 += 1;
        let request = Request { id: wire.0, command };
        let mut line = serde_json::to_vec(&request).map_err(io::Error::from)?;
        line.push(b'\n');
        wire.1.write_all(&line)?;
        let mine = |report: &Report| match report {
            Report::Done { id, .. } | Report::Failed { id, .. } => *id == request.id,
            _ => false,
        };
        match self.answers.wait(PATIENCE, mine).map_err(TargetError::Silent)? {
            Report::Failed { error, .. } => Err(TargetError::Failed { command: request.command, error }),
            Report::Done { value, .. } => Ok(value),
            _ => Ok(String::new()),
        }
    }

    /// What the target sees, in order.
    #[must_use]
    pub fn sights(&self) -> &Inbox<Sight> {
        &self.sights
    }

    /// The agent's reports as they came, for who speaks its protocol directly.
    #[must_use]
    pub fn reports(&self) -> &Inbox<Report> {
        &self.raw
    }

    /// Waits for one event of an input device.
    #[track_caller]
    pub fn wait_input(&self, kind: u16, code: u16, value: i32) {
        let wanted = Sight::Input(Input { kind, code, value });
        if let Err(missed) = self.sights.wait(PATIENCE, |sight| *sight == wanted) {
            panic!("the target has not seen {wanted:?}, but {missed:?}");
        }
    }

    /// Waits until a key is pressed.
    #[track_caller]
    pub fn wait_pressed(&self, key: u16) {
        self.wait_input(codes::EV_KEY, key, 1);
    }

    /// Waits until a key is released.
    #[track_caller]
    pub fn wait_released(&self, key: u16) {
        self.wait_input(codes::EV_KEY, key, 0);
    }

    /// Waits until a device whose name contains `part` is found.
    #[track_caller]
    pub fn wait_found(&self, part: &str) {
        let fits = |sight: &Sight| matches!(sight, Sight::Found(name) if name.contains(part));
        if let Err(missed) = self.sights.wait(PATIENCE, fits) {
            panic!("the target has not found {part}, but {missed:?}");
        }
    }

    /// Waits until a device whose name contains `part` is lost.
    #[track_caller]
    pub fn wait_lost(&self, part: &str) {
        let fits = |sight: &Sight| matches!(sight, Sight::Lost(name) if name.contains(part));
        if let Err(missed) = self.sights.wait(PATIENCE, fits) {
            panic!("the target has not lost {part}, but {missed:?}");
        }
    }

    /// Reads a file of the guest.
    ///
    /// # Errors
    /// The agent's words.
    pub fn read(&self, path: &str) -> Result<String, TargetError> {
        self.ask(Command::Read { path: path.into() })
    }

    /// Writes to a file of the guest.
    ///
    /// # Errors
    /// The agent's words.
    pub fn write(&self, path: &str, text: &str) -> Result<(), TargetError> {
        self.ask(Command::Write { path: path.into(), text: text.into() }).map(|_| ())
    }

    /// The names in a folder of the guest.
    ///
    /// # Errors
    /// The agent's words.
    pub fn list(&self, path: &str) -> Result<Vec<String>, TargetError> {
        Ok(self.ask(Command::List { path: path.into() })?.lines().map(str::to_owned).collect())
    }

    /// Sets a light of the keyboard, as the target's operating system does.
    ///
    /// # Errors
    /// There is no keyboard with lights.
    pub fn set_led(&self, led: u16, on: bool) -> Result<(), TargetError> {
        self.ask(Command::Led { led, on }).map(|_| ())
    }
}

fn sort(reads: impl BufRead, answers: &Inbox<Report>, sights: &Inbox<Sight>, raw: &Inbox<Report>) {
    for line in reads.lines().map_while(Result::ok) {
        let Ok(report) = serde_json::from_str::<Report>(&line) else {
            eprintln!("lab: the agent says {line:?}");
            continue;
        };
        raw.push(report.clone());
        match report {
            Report::Found { name, .. } => sights.push(Sight::Found(name)),
            Report::Lost { name, .. } => sights.push(Sight::Lost(name)),
            Report::Input { kind, code, value, .. } => sights.push(Sight::Input(Input { kind, code, value })),
            other => answers.push(other),
        }
    }
    answers.close();
    sights.close();
    raw.close();
}
