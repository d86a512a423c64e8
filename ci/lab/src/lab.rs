//! One appliance with all its cables in a test's hands.

use std::io;

use tokio::runtime::Runtime;

use crate::PATIENCE;
use crate::artifacts::{ArtifactError, Artifacts, repository};
use crate::console::Console;
use crate::dongle::Dongle;
use crate::machine::{Machine, Parts, Source};
use crate::qmp::{Qmp, QmpError};
use crate::target::Target;

const HTTPS: u16 = 443;

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
    // Dropped in this order: the dongle and the target need the machine, everything needs the runtime.
    console: Option<Console>,
    dongle: Dongle,
    target: Target,
    qmp: Qmp,
    machine: Machine,
    runtime: Runtime,
}

impl Lab {
    /// Builds what is needed and boots it. `name` is the folder of the logs, below `target/lab`.
    ///
    /// # Errors
    /// What could not be built or started.
    pub fn boot(name: &str, source: Source) -> Result<Self, LabError> {
        let artifacts = Artifacts::build()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let parts = Parts {
            kernel: &artifacts.kernel,
            initramfs: &artifacts.initramfs()?,
            source,
        };
        let logs = repository().join("target/lab").join(name);
        let (machine, wires) = Machine::start(&parts, &logs, runtime.handle())?;
        let qmp = Qmp::greet(wires.qmp)?;
        let target = Target::new(wires.agent)?;
        let dongle = Dongle::new(machine.dongle_socket(), runtime.handle().clone());
        Ok(Self {
            console: None,
            dongle,
            target,
            qmp,
            machine,
            runtime,
        })
    }

    /// The operator, who claims the appliance when first asked for.
    ///
    /// # Panics
    /// The appliance does not answer or refuses.
    #[track_caller]
    pub fn console(&mut self) -> &mut Console {
        if self.console.is_none() {
            let address = self.qmp.forwarded(HTTPS);
            let claimed = address
                .map_err(io::Error::other)
                .and_then(|address| Console::claim(address, self.runtime.handle().clone()));
            match claimed {
                Ok(console) => self.console = Some(console),
                Err(error) => panic!(
                    "claim the appliance: {error}; its words are in {}",
                    self.machine.log().display()
                ),
            }
        }
        self.console.as_mut().expect("it was made above")
    }

    /// The other end of the USB cable.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The dongle.
    pub fn dongle(&mut self) -> &mut Dongle {
        &mut self.dongle
    }

    /// QEMU.
    pub fn qmp(&mut self) -> &mut Qmp {
        &mut self.qmp
    }

    /// Ends the machine now, where a drop would come too late or never.
    pub fn shut_down(&mut self) {
        self.dongle.unplug();
        self.machine.end();
    }

    /// The machine: its console and its log.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Waits for a line of the serial console with these words in it; the line.
    ///
    /// # Panics
    /// It does not come.
    #[track_caller]
    pub fn wait_serial(&self, words: &str) -> String {
        match self
            .machine
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
