//! A board with a card in it: boots, resets and boots again as the firmware decides.

use std::fmt::Debug;
use std::io::{BufRead, BufReader};
use std::ops::{Deref, DerefMut};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use farseat_firmware::slot::Slot;
use farseat_firmware::slot::firmware::{Boot, Reset};
use farseat_firmware::slot::state::State;

use super::{Card, CardError, System};
use crate::PATIENCE;
use crate::artifacts::{ArtifactError, Artifacts};
use crate::lab::{Lab, LabError};
use crate::machine::{Parts, Source};
use crate::qmp::QmpError;

/// The line by which the guest asks for a trial of the other slot.
const TRYBOOT: &str = "tryboot";

/// A boot, and the ten seconds that a system has to be well for.
const SETTLED: Duration = PATIENCE.saturating_mul(4);

/// The board does not boot.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// There is nothing to boot on the card.
    #[error("boot from the card")]
    Card(#[from] CardError),
    /// The machine does not start.
    #[error("start the board")]
    Lab(#[from] LabError),
    /// The agent is missing.
    #[error("build the agent")]
    Agent(#[from] ArtifactError),
    /// It does not end.
    #[error("wait for a reset")]
    Qmp(#[from] QmpError),
    /// It ended otherwise than by a reset.
    #[error("the board has not reset itself: {0}")]
    NoReset(String),
    /// Its firmware port is gone.
    #[error("listen to the firmware port")]
    Firmware(#[from] std::io::Error),
}

/// What boots beside the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// The lab's agent: the test sees the target's side of the USB cable and into the machine.
    Agent,
    /// Nothing: byte for byte what was flashed, with its own command line.
    Nothing,
}

/// See the module. Dropping it pulls the plug.
pub struct Board {
    lab: Lab,
    card: Card,
    name: String,
    beside: Beside,
    boot: Boot,
    boots: u32,
    paused: bool,
    firmware: Option<UnixStream>,
}

impl Deref for Board {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.lab
    }
}

impl DerefMut for Board {
    fn deref_mut(&mut self) -> &mut Lab {
        &mut self.lab
    }
}

impl Board {
    /// Switches a board on. Logs are in `target/lab/NAME/boot-N`.
    ///
    /// # Errors
    /// What does not boot or start.
    pub fn power_on(name: &str, card: &Card, beside: Beside) -> Result<Self, BoardError> {
        Self::start(name, card, beside, false)
    }

    /// The same, but at each boot it waits for [`crate::qmp::Qmp::go`].
    ///
    /// # Errors
    /// What does not boot or start.
    pub fn prepare(name: &str, card: &Card, beside: Beside) -> Result<Self, BoardError> {
        Self::start(name, card, beside, true)
    }

    fn start(name: &str, card: &Card, beside: Beside, paused: bool) -> Result<Self, BoardError> {
        let loaded = Loaded::new(card.load(Reset::default())?, beside)?;
        let (lab, firmware) = Lab::start(&loaded.parts(card, paused), &format!("{name}/boot-1"))?;
        Ok(Self {
            lab,
            firmware,
            card: card.clone(),
            name: name.into(),
            beside,
            boot: loaded.system.boot,
            boots: 1,
            paused,
        })
    }

    /// What the firmware has booted, and why.
    #[must_use]
    pub fn boot(&self) -> &Boot {
        &self.boot
    }

    /// The card.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Waits until the machine resets itself, then boots what the firmware chooses.
    ///
    /// # Errors
    /// It goes on running, or ends otherwise, or nothing boots.
    pub fn wait_reset(&mut self) -> Result<(), BoardError> {
        self.wait_reset_within(Duration::ZERO)
    }

    /// The same, for a machine that may run for so long without a word.
    ///
    /// # Errors
    /// It goes on running, or ends otherwise, or nothing boots.
    pub fn wait_reset_within(&mut self, limit: Duration) -> Result<(), BoardError> {
        let reason = self.lab.qmp().wait_end_within(limit)?;
        if reason != "guest-reset" {
            return Err(BoardError::NoReset(reason));
        }
        let trial = self.take_trial()?;
        self.boot_again(Reset {
            partition: 0,
            trial,
        })
    }

    /// Pulls the plug and puts it back; `between` may look at the card and change it.
    ///
    /// # Errors
    /// Nothing boots.
    pub fn power_cycle(&mut self, between: impl FnOnce(&Card)) -> Result<(), BoardError> {
        self.pull_the_plug();
        between(&self.card);
        self.boot_again(Reset::default())
    }

    /// Waits until init has said this in its log.
    ///
    /// # Panics
    /// It does not.
    #[track_caller]
    pub fn wait_init(&self, words: &str) {
        let serial = self.lab.machine().serial();
        if let Err(missed) = serial.wait(SETTLED, |line| line.contains(words)) {
            panic!("init does not say {words:?}, but {missed:?}");
        }
    }

    /// Waits until the state of the slots on the card is like this.
    ///
    /// # Panics
    /// It never is.
    #[track_caller]
    pub fn wait_state(&self, wanted: impl Fn(&State) -> bool) -> State {
        let fits = |state: &Option<State>| state.as_ref().is_some_and(&wanted);
        self.wait_card(Card::state, fits).expect("one that fits")
    }

    /// Waits until `autoboot.txt` names this slot: it is written after the state, and follows it.
    ///
    /// # Panics
    /// It never does.
    #[track_caller]
    pub fn wait_named(&self, slot: Slot) {
        self.wait_card(Card::named, |named| *named == Some(slot));
    }

    #[track_caller]
    fn wait_card<T: Debug>(&self, look: impl Fn(&Card) -> T, fits: impl Fn(&T) -> bool) -> T {
        let deadline = Instant::now() + SETTLED;
        loop {
            let found = look(&self.card);
            if fits(&found) {
                return found;
            }
            assert!(Instant::now() <= deadline, "on the card is {found:?}");
            // The card is a file of ours: there is no event to wait for.
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until a plain start was counted, and is one of those that went well: init writes nothing to the slots then.
    ///
    /// # Panics
    /// It does not go well.
    #[track_caller]
    pub fn wait_well(&self) -> State {
        let starts = |state: &State| state.slot(state.primary).unhealthy_boots;
        self.wait_state(|state| starts(state) == 1);
        self.wait_state(|state| starts(state) == 0)
    }

    fn pull_the_plug(&mut self) {
        // QEMU does not end before its disk has answered everything.
        self.card.disk().stop_hanging();
        self.lab.shut_down();
    }

    /// Call it when the machine has ended: then everything that it said is here.
    fn take_trial(&mut self) -> Result<bool, BoardError> {
        let Some(port) = self.firmware.take() else {
            return Ok(false);
        };
        let mut trial = false;
        for line in BufReader::new(port).lines() {
            trial |= line? == TRYBOOT;
        }
        Ok(trial)
    }

    fn boot_again(&mut self, reset: Reset) -> Result<(), BoardError> {
        // First of all, as the firmware reads what the machine has written.
        self.pull_the_plug();
        self.boots += 1;
        let loaded = Loaded::new(self.card.load(reset)?, self.beside)?;
        let logs = format!("{}/boot-{}", self.name, self.boots);
        self.firmware = self
            .lab
            .start_again(&loaded.parts(&self.card, self.paused), &logs)?;
        self.boot = loaded.system.boot;
        Ok(())
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.pull_the_plug();
    }
}

/// What the firmware has loaded, and what the lab lays over it.
struct Loaded {
    system: System,
}

impl Loaded {
    fn new(mut system: System, beside: Beside) -> Result<Self, ArtifactError> {
        if beside == Beside::Agent {
            let archive = &mut system.initramfs;
            // The kernel looks for the next archive at a multiple of four.
            archive.resize(archive.len().next_multiple_of(4), 0);
            archive.extend(Artifacts::build()?.agent()?);
            system.command_line += " rdinit=/lab-init ";
            system.command_line += Source::Dongle.kernel_arguments();
        }
        Ok(Self { system })
    }

    fn parts<'a>(&'a self, card: &'a Card, paused: bool) -> Parts<'a> {
        Parts {
            kernel: self.system.kernel.path(),
            initramfs: &self.system.initramfs,
            command_line: &self.system.command_line,
            clock: None,
            card: Some(self.system.inserted(card)),
            paused,
        }
    }
}
