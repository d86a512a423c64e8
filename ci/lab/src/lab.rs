//! One appliance with all its cables in a test's hands.

use std::io;
use std::os::unix::net::UnixStream;

use tokio::runtime::{Handle, Runtime};

use crate::PATIENCE;
use crate::artifacts::{ArtifactError, Artifacts, repository};
use crate::console::{Console, Owner};
use crate::dongle::Dongle;
use crate::machine::{Machine, Parts, Source};
use crate::qmp::{Qmp, QmpError};
use crate::target::Target;

const HTTPS: u16 = 443;
/// Without a card there is no firmware that would have one.
const COMMAND_LINE: &str = "console=ttyAMA0 panic=-1 loglevel=6 printk.time=1 mitigations=off mac80211_hwsim.radios=3 rdinit=/lab-init";

/// The lab could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// Something to boot is missing.
    #[error("put the machine together")]
    Artifacts(#[from] ArtifactError),
    /// QEMU does not start.
    #[error("start the machine")]
    Machine(#[from] io::Error),
    /// QEMU starts but does not listen.
    #[error("control the machine")]
    Qmp(#[from] QmpError),
}

/// A running appliance. Dropping it ends the machine.
pub struct Lab {
    // Dropped in this order: everything needs the runtime.
    console: Option<Console>,
    cables: Cables,
    runtime: Runtime,
}

/// One machine and what is plugged into it.
struct Cables {
    // Dropped in this order: the dongle and the target need the machine.
    dongle: Dongle,
    target: Target,
    qmp: Qmp,
    machine: Machine,
}

impl Cables {
    fn attach(
        parts: &Parts<'_>,
        name: &str,
        runtime: &Handle,
    ) -> Result<(Self, Option<UnixStream>), LabError> {
        let logs = repository().join("target/lab").join(name);
        let (machine, wires) = Machine::start(parts, &logs, runtime)?;
        let cables = Self {
            qmp: Qmp::greet(wires.qmp)?,
            target: Target::new(wires.agent)?,
            dongle: Dongle::new(machine.dongle_socket(), runtime.clone()),
            machine,
        };
        Ok((cables, wires.firmware))
    }
}

impl Lab {
    /// Builds what is needed and boots it. `name` is the folder of the logs, below `target/lab`.
    ///
    /// # Errors
    /// What could not be built or started.
    pub fn boot(name: &str, source: Source) -> Result<Self, LabError> {
        Self::boot_at(name, source, None)
    }

    /// The same with a clock that shows this at power-on.
    ///
    /// # Errors
    /// What could not be built or started.
    pub fn boot_at(name: &str, source: Source, clock: Option<&str>) -> Result<Self, LabError> {
        let artifacts = Artifacts::build()?;
        let parts = Parts {
            kernel: &artifacts.kernel,
            initramfs: &[artifacts.root()?, artifacts.agent()?].concat(),
            command_line: &format!("{COMMAND_LINE} {}", source.kernel_arguments()),
            clock,
            card: None,
            paused: false,
        };
        Ok(Self::start(&parts, name)?.0)
    }

    /// Starts a machine from these parts; with it what the guest tells its firmware.
    pub(crate) fn start(
        parts: &Parts<'_>,
        name: &str,
    ) -> Result<(Self, Option<UnixStream>), LabError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let cables = Cables::attach(parts, name, runtime.handle())?;
        let lab = Self {
            console: None,
            cables: cables.0,
            runtime,
        };
        Ok((lab, cables.1))
    }

    /// Starts the next machine in the place of one that has ended. Every cable is a new one; the operator stays.
    pub(crate) fn start_again(
        &mut self,
        parts: &Parts<'_>,
        name: &str,
    ) -> Result<Option<UnixStream>, LabError> {
        self.shut_down();
        let (cables, firmware) = Cables::attach(parts, name, self.runtime.handle())?;
        self.cables = cables;
        if let Some(console) = &mut self.console {
            console.follow(self.cables.qmp.forwarded(HTTPS)?);
        }
        Ok(firmware)
    }

    /// The operator, who claims the appliance when first asked for.
    ///
    /// # Panics
    /// The appliance does not answer or refuses.
    #[track_caller]
    pub fn console(&mut self) -> &mut Console {
        if self.console.is_none() {
            let address = self.cables.qmp.forwarded(HTTPS);
            let claimed = address
                .map_err(io::Error::other)
                .and_then(|address| Console::claim(address, self.runtime.handle().clone()));
            match claimed {
                Ok(console) => self.console = Some(console),
                Err(error) => panic!(
                    "claim the appliance: {error}; its words are in {}",
                    self.cables.machine.log().display()
                ),
            }
        }
        self.console.as_mut().expect("it was made above")
    }

    /// From now on the operator is this one, who does not have to claim the appliance.
    ///
    /// # Errors
    /// The appliance refuses.
    pub fn log_in_as(&mut self, owner: Owner) -> io::Result<()> {
        let address = self.cables.qmp.forwarded(HTTPS).map_err(io::Error::other)?;
        let runtime = self.runtime.handle().clone();
        self.console = Some(Console::of_owner(address, runtime, owner)?);
        Ok(())
    }

    /// Forgets the operator: the next one trusts, claims and logs in anew.
    pub fn forget_console(&mut self) {
        self.console = None;
    }

    /// The other end of the USB cable.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.cables.target
    }

    /// The operator, and what is at the other ends while the operator is busy.
    ///
    /// # Panics
    /// The appliance does not answer or refuses.
    #[track_caller]
    pub fn all(&mut self) -> (&Console, &Target, &Dongle) {
        self.console();
        let console = self.console.as_ref().expect("it was made above");
        (console, &self.cables.target, &self.cables.dongle)
    }

    /// The dongle.
    pub fn dongle(&mut self) -> &mut Dongle {
        &mut self.cables.dongle
    }

    /// QEMU.
    pub fn qmp(&mut self) -> &mut Qmp {
        &mut self.cables.qmp
    }

    /// Ends the machine now, where a drop would come too late or never.
    pub fn shut_down(&mut self) {
        self.cables.dongle.unplug();
        self.cables.machine.end();
    }

    /// The machine: its console and its log.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.cables.machine
    }

    /// Waits for a line of the serial console with these words in it; the line.
    ///
    /// # Panics
    /// It does not come.
    #[track_caller]
    pub fn wait_serial(&self, words: &str) -> String {
        match self
            .machine()
            .serial()
            .wait(PATIENCE, |line| line.contains(words))
        {
            Ok(line) => line,
            Err(missed) => panic!("the serial console does not say {words:?}, but {missed:?}"),
        }
    }

    /// The runtime on which all sockets live.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}
