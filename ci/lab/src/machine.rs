//! The virtual machine: QEMU's process and the serial console.
//!
//! QEMU runs below a tiny shell that ends it when this process goes away for whatever reason, so a test that crashes
//! or is interrupted leaves nothing behind.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::card::disk::Disk;
use crate::card::nbd;
use crate::inbox::Inbox;
use crate::{PATIENCE, qemu};

/// Ends the machine when standard input closes. Ctrl-C reaches the whole group: ignore it here and let the end of the
/// test process close the pipe. Then remove the machine's folder.
pub(crate) const KEEPER: &str = r#"
trap '' INT; folder=$1; shift
"$@" & machine=$!
read -r _; kill $machine; wait $machine
rm -rf "$folder"
"#;

/// Where the pixels come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A USB dongle that a test plugs in.
    Dongle,
    /// An HDMI bridge with DV timings that is always there.
    Bridge,
}

impl Source {
    /// vivid always makes one device: as a radio it is out of the way. As a bridge it neither crops nor scales, as real
    /// bridges don't.
    #[must_use]
    pub fn kernel_arguments(self) -> &'static str {
        match self {
            Self::Dongle => "vivid.node_types=0x10",
            Self::Bridge => {
                "vivid.node_types=0x1 vivid.num_inputs=1 vivid.input_types=0x3 vivid.ccs_cap_mode=0x0"
            }
        }
    }
}

/// What a machine is put together from.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// The kernel image.
    pub kernel: &'a Path,
    /// The archives of the root file system, one behind the other.
    pub initramfs: &'a [u8],
    /// The kernel's command line.
    pub command_line: &'a str,
    /// What its clock shows at power-on, such as `1970-01-01`; none = the right time.
    pub clock: Option<&'a str>,
    /// What only a board with a card has.
    pub card: Option<Inserted<'a>>,
    /// Whether it waits for [`crate::qmp::Qmp::go`].
    pub paused: bool,
}

/// A card in its slot, and what the firmware found out about it.
#[derive(Clone, Copy)]
pub struct Inserted<'a> {
    /// The card.
    pub disk: &'a Disk,
    /// The flattened device tree that the firmware hands over.
    pub device_tree: &'a [u8],
}

/// A running machine. Dropping it ends it.
pub struct Machine {
    keeper: Child,
    folder: PathBuf,
    serial: Inbox<String>,
    /// The other direction of the serial console.
    keys: Option<UnixStream>,
    log: PathBuf,
}

/// The wires of a machine that has just been started.
pub struct Wires {
    /// QEMU's own control port.
    pub(crate) qmp: UnixStream,
    /// The port of the agent.
    pub(crate) agent: UnixStream,
    /// What the guest tells the firmware before it resets; only a board with a card has it.
    pub(crate) firmware: Option<UnixStream>,
}

impl Machine {
    /// Starts a machine. `logs` receives `serial.log` and `qemu.log`, fresh ones.
    ///
    /// # Errors
    /// QEMU is not installed, or a file cannot be written.
    pub fn start(parts: &Parts<'_>, logs: &Path, runtime: &Handle) -> io::Result<(Self, Wires)> {
        std::fs::create_dir_all(logs)?;
        // The keeper removes it: a test process ends without dropping what is static.
        let folder = TempDir::with_prefix("farseat-lab-")?.keep();
        let at = |name: &str| folder.join(name);
        std::fs::write(at("initramfs"), parts.initramfs)?;
        // We listen and QEMU connects: nothing needs to wait for a socket to appear.
        let _context = runtime.enter();
        let [qmp, agent, serial, firmware] =
            ["qmp", "agent", "serial", "firmware"].map(|name| UnixListener::bind(at(name)));
        let (qmp, agent, serial, firmware) = (qmp?, agent?, serial?, firmware?);
        if let Some(Inserted { disk, device_tree }) = &parts.card {
            std::fs::write(at("device-tree"), device_tree)?;
            nbd::listen(&at("card"), disk)?;
        }
        let mut machine = Self {
            keeper: keep(parts, &folder, logs)?,
            serial: Inbox::default(),
            keys: None,
            log: logs.join("serial.log"),
            folder,
        };
        let line = accept(&serial, runtime)?;
        machine.keys = Some(line.try_clone()?);
        follow_serial(line, &machine.log, machine.serial.clone())?;
        let wires = Wires {
            agent: accept(&agent, runtime)?,
            firmware: match parts.card {
                Some(_) => Some(accept(&firmware, runtime)?),
                None => None,
            },
            qmp: accept(&qmp, runtime)?,
        };
        Ok((machine, wires))
    }

    /// The lines of the serial console.
    #[must_use]
    pub fn serial(&self) -> &Inbox<String> {
        &self.serial
    }

    /// Types at the serial console.
    ///
    /// # Errors
    /// The machine has ended.
    pub fn type_at_serial(&self, text: &str) -> io::Result<()> {
        let mut keys = self.keys.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        keys.write_all(text.as_bytes())
    }

    /// The file with everything that the serial console said.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The socket at which the dongle is plugged in.
    #[must_use]
    pub fn dongle_socket(&self) -> PathBuf {
        self.folder.join("dongle")
    }
}

impl Machine {
    /// Ends the machine; it may have ended already.
    pub(crate) fn end(&mut self) {
        drop(self.keeper.stdin.take());
        // The keeper ends with QEMU; there is nothing to do about an error here.
        let _ = self.keeper.wait();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.end();
    }
}

/// Keeps what a serial line says, line by line: in a fresh log, and for whoever waits.
pub(crate) fn follow_serial(
    words: impl io::Read + Send + 'static,
    log: &Path,
    lines: Inbox<String>,
) -> io::Result<()> {
    let mut log = File::create(log)?;
    let follow = move || {
        for line in BufReader::new(words).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            // A full disk must not end the machine.
            let _ = writeln!(log, "{line}");
            lines.push(line);
        }
        lines.close();
    };
    std::thread::Builder::new()
        .name("serial".into())
        .spawn(follow)
        .map(drop)
}

/// QEMU connects when it starts; if it does not, `qemu.log` says why.
fn accept(listener: &UnixListener, runtime: &Handle) -> io::Result<UnixStream> {
    let (stream, _) = runtime.block_on(async { timeout(PATIENCE, listener.accept()).await })??;
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    Ok(stream)
}

fn keep(parts: &Parts<'_>, folder: &Path, logs: &Path) -> io::Result<Child> {
    Command::new("sh")
        .args(["-c", KEEPER, "lab"])
        .arg(folder)
        .arg(qemu::PROGRAM)
        .args(qemu::run(parts, folder))
        .stdin(Stdio::piped())
        .stdout(File::create(logs.join("qemu.log"))?)
        .stderr(File::options().append(true).open(logs.join("qemu.log"))?)
        .spawn()
}
