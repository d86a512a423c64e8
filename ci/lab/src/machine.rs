//! The virtual machine: QEMU's command line, its process and its serial console.
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

use crate::PATIENCE;
use crate::inbox::Inbox;

/// Ends the machine when standard input closes. Ctrl-C reaches the whole group: ignore it here and let the end of the
/// test process close the pipe. Then remove the machine's folder.
const KEEPER: &str = r#"
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
    fn kernel_arguments(self) -> &'static str {
        match self {
            Self::Dongle => "vivid.node_types=0x10",
            Self::Bridge => {
                "vivid.node_types=0x1 vivid.num_inputs=1 vivid.input_types=0x3 vivid.ccs_cap_mode=0x0"
            }
        }
    }
}

/// What a machine is put together from.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The kernel image.
    pub kernel: &'a Path,
    /// The archive with every program.
    pub initramfs: &'a [u8],
    /// Where pixels come from.
    pub source: Source,
}

/// A running machine. Dropping it ends it.
pub struct Machine {
    keeper: Child,
    folder: PathBuf,
    serial: Inbox<String>,
    log: PathBuf,
}

/// The wires of a machine that has just been started.
pub struct Wires {
    /// QEMU's own control port.
    pub(crate) qmp: UnixStream,
    /// The port of the agent.
    pub(crate) agent: UnixStream,
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
        let [qmp, agent, serial] =
            ["qmp", "agent", "serial"].map(|name| UnixListener::bind(at(name)));
        let (qmp, agent, serial) = (qmp?, agent?, serial?);
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "lab"])
            .arg(&folder)
            .arg("qemu-system-aarch64")
            .args(arguments(parts, &folder))
            .stdin(Stdio::piped())
            .stdout(File::create(logs.join("qemu.log"))?)
            .stderr(File::options().append(true).open(logs.join("qemu.log"))?)
            .spawn()?;
        let log = logs.join("serial.log");
        let machine = Self {
            keeper,
            serial: Inbox::default(),
            log,
            folder,
        };
        machine.follow_serial(accept(&serial, runtime)?)?;
        let wires = Wires {
            agent: accept(&agent, runtime)?,
            qmp: accept(&qmp, runtime)?,
        };
        Ok((machine, wires))
    }

    fn follow_serial(&self, stream: UnixStream) -> io::Result<()> {
        let mut log = File::create(&self.log)?;
        let lines = self.serial.clone();
        let follow = move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                // A full disk must not end the machine.
                let _ = writeln!(log, "{line}");
                lines.push(line);
            }
            lines.close();
        };
        std::thread::Builder::new()
            .name("serial".into())
            .spawn(follow)?;
        Ok(())
    }

    /// The lines of the serial console.
    #[must_use]
    pub fn serial(&self) -> &Inbox<String> {
        &self.serial
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

/// QEMU connects when it starts; if it does not, `qemu.log` says why.
fn accept(listener: &UnixListener, runtime: &Handle) -> io::Result<UnixStream> {
    let (stream, _) = runtime.block_on(async { timeout(PATIENCE, listener.accept()).await })??;
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    Ok(stream)
}

fn arguments(parts: &Parts<'_>, folder: &Path) -> Vec<String> {
    let at = |name: &str| folder.join(name).display().to_string();
    let kernel_arguments = format!(
        "console=ttyAMA0 panic=-1 loglevel=6 printk.time=1 mitigations=off {}",
        parts.source.kernel_arguments()
    );
    let mut arguments: Vec<String> = Vec::new();
    let mut option = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
    option("-machine", "virt".into());
    option("-cpu", "cortex-a72".into());
    option("-accel", "tcg,thread=multi".into());
    option("-smp", "2".into());
    option("-m", "512".into());
    option("-display", "none".into());
    option("-monitor", "none".into());
    option("-kernel", parts.kernel.display().to_string());
    option("-initrd", at("initramfs"));
    option("-append", kernel_arguments);
    option(
        "-chardev",
        format!("socket,id=serial,path={}", at("serial")),
    );
    option("-serial", "chardev:serial".into());
    option("-chardev", format!("socket,id=agent,path={}", at("agent")));
    option("-device", "virtio-serial-pci".into());
    option("-device", "virtserialport,chardev=agent".into());
    option("-chardev", format!("socket,id=qmp,path={}", at("qmp")));
    option("-mon", "chardev=qmp,mode=control".into());
    option(
        "-netdev",
        "user,id=net,hostfwd=tcp:127.0.0.1:0-:443,hostfwd=tcp:127.0.0.1:0-:80".into(),
    );
    option("-device", "virtio-net-pci,netdev=net,romfile=".into());
    option("-device", "qemu-xhci,id=xhci".into());
    option(
        "-chardev",
        format!("socket,id=dongle,path={},server=on,wait=off", at("dongle")),
    );
    option("-device", "usb-redir,chardev=dongle,bus=xhci.0".into());
    arguments.push("-no-reboot".into());
    arguments
}
