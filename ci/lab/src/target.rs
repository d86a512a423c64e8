//! The target's side of the USB cable, through the agent: what its input devices say, and what its operating system
//! can do to the port.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use farseat_lab_agent::{Command, Report, Request};

use crate::PATIENCE;
use crate::inbox::{Inbox, Missed};

/// Event kinds and codes of `linux/input-event-codes.h`, as far as tests name them.
pub mod codes {
    /// A mark between events, of which [`SYN_DROPPED`] is told.
    pub const EV_SYN: u16 = 0;
    /// The agent did not read fast enough: events are missing here that the target's kernel had.
    pub const SYN_DROPPED: u16 = 3;
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
    /// A device has come.
    Found,
    /// A device has gone, and with it whatever was held on it.
    Lost,
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

/// Keyboard, absolute mouse, relative mouse, consumer control and system control.
pub const DEVICES: usize = 5;

/// The event nodes that are there, and news of them.
type Present = Arc<(Mutex<Vec<String>>, Condvar)>;

/// See the module.
pub struct Target {
    wire: Mutex<(u64, UnixStream)>,
    answers: Inbox<Report>,
    sights: Inbox<Sight>,
    raw: Inbox<Report>,
    present: Present,
}

/// The half of [`Target`] that listens to the agent.
struct Ears {
    answers: Inbox<Report>,
    sights: Inbox<Sight>,
    raw: Inbox<Report>,
    present: Present,
}

impl Target {
    pub(crate) fn new(stream: UnixStream) -> io::Result<Self> {
        let reads = BufReader::new(stream.try_clone()?);
        let (answers, sights, raw) = (Inbox::default(), Inbox::default(), Inbox::default());
        let present = Present::default();
        let target = Self {
            wire: Mutex::new((0, stream)),
            answers,
            sights,
            raw,
            present,
        };
        let ears = Ears {
            answers: target.answers.clone(),
            sights: target.sights.clone(),
            raw: target.raw.clone(),
            present: Arc::clone(&target.present),
        };
        std::thread::Builder::new()
            .name("agent".into())
            .spawn(move || ears.listen(reads))?;
        Ok(target)
    }

    /// Lets the agent do something; its answer.
    ///
    /// # Errors
    /// The agent's words.
    pub fn ask(&self, command: Command) -> Result<String, TargetError> {
        // One question at a time, and answers come in order.
        let mut wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        wire.0 += 1;
        let request = Request {
            id: wire.0,
            command,
        };
        let mut line = serde_json::to_vec(&request).map_err(io::Error::from)?;
        line.push(b'\n');
        wire.1.write_all(&line)?;
        let mine = |report: &Report| match report {
            Report::Done { id, .. } | Report::Failed { id, .. } => *id == request.id,
            _ => false,
        };
        match self
            .answers
            .wait(PATIENCE, mine)
            .map_err(TargetError::Silent)?
        {
            Report::Failed { error, .. } => Err(TargetError::Failed {
                command: request.command,
                error,
            }),
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

    /// Waits until a key is released, or its keyboard is gone, which is the same to the target.
    #[track_caller]
    pub fn wait_let_go(&self, key: u16) {
        let released = Sight::Input(Input {
            kind: codes::EV_KEY,
            code: key,
            value: 0,
        });
        let fits = |sight: &Sight| *sight == released || *sight == Sight::Lost;
        if let Err(missed) = self.sights.wait(PATIENCE, fits) {
            panic!("key {key} is still held; {missed:?}");
        }
    }

    /// Waits until the target listens to all devices of the gadget. A key that is pressed earlier is lost, as it is
    /// on any computer that still looks at a new keyboard.
    #[track_caller]
    pub fn wait_listening(&self) {
        self.wait_devices(DEVICES);
    }

    /// Waits until the target has so many input devices of the gadget.
    #[track_caller]
    pub fn wait_devices(&self, wanted: usize) {
        let deadline = Instant::now() + PATIENCE;
        let mut present = self
            .present
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while present.len() != wanted {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the target shall have {wanted} input devices, and has {present:?}"
            );
            present = self
                .present
                .1
                .wait_timeout(present, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Which keys and buttons the target's kernel takes for held now, each as its device and its code.
    ///
    /// # Errors
    /// The agent's words.
    pub fn held(&self) -> Result<Vec<String>, TargetError> {
        let held = self.ask(Command::Held)?;
        Ok(held.lines().map(str::to_owned).collect())
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
        self.ask(Command::Write {
            path: path.into(),
            text: text.into(),
        })
        .map(|_| ())
    }

    /// The names in a folder of the guest.
    ///
    /// # Errors
    /// The agent's words.
    pub fn list(&self, path: &str) -> Result<Vec<String>, TargetError> {
        Ok(self
            .ask(Command::List { path: path.into() })?
            .lines()
            .map(str::to_owned)
            .collect())
    }

    /// Sets a light of the keyboard, as the target's operating system does.
    ///
    /// # Errors
    /// There is no keyboard with lights.
    pub fn set_led(&self, led: u16, on: bool) -> Result<(), TargetError> {
        self.ask(Command::Led { led, on }).map(|_| ())
    }
}

impl Ears {
    fn listen(self, reads: impl BufRead) {
        for line in reads.lines().map_while(Result::ok) {
            match serde_json::from_str::<Report>(&line) {
                Ok(report) => self.hear(report),
                Err(error) => eprintln!("lab: the agent says {line:?}: {error}"),
            }
        }
        self.answers.close();
        self.sights.close();
        self.raw.close();
    }

    fn hear(&self, report: Report) {
        self.raw.push(report.clone());
        let present = || {
            self.present
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        match report {
            Report::Found { node, .. } => {
                present().push(node);
                self.present.1.notify_all();
                self.sights.push(Sight::Found);
            }
            Report::Lost { node, .. } => {
                present().retain(|other| *other != node);
                self.sights.push(Sight::Lost);
            }
            Report::Input {
                kind, code, value, ..
            } => self.sights.push(Sight::Input(Input { kind, code, value })),
            other => self.answers.push(other),
        }
    }
}
