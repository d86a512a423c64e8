//! QEMU's own Raspberry Pi 4B with the board's card in it, as far as QEMU's model goes: the processor, the serial line and
//! the card. It has no boot firmware, network, USB device side or PCI bus.
//!
//! What it shows is that the kernel as it is configured for the board starts on the board's chip, finds the card and
//! gets as far as a program can without a network. Used by `ci/lab/tests/image/raspi4b.rs`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use farseat_firmware::slot::firmware::Reset;
use tempfile::NamedTempFile;

use super::device_tree::finished;
use super::{Card, CardError};
use crate::artifacts::repository;
use crate::inbox::{Inbox, Missed};
use crate::{PATIENCE, machine, qemu};

/// The board's device tree in a slot.
const DEVICE_TREE: &str = "bcm2711-rpi-4-b.dtb";
/// QEMU takes cards whose size is a power of two.
const CARD_SIZE: u64 = 512 << 20;
/// Four emulated cores on two real ones, and a kernel that checks itself: everything takes longer than on QEMU's own board.
const PATIENCE_FOR_IT: Duration = PATIENCE.saturating_mul(2);

/// A board that is switched on. Dropping it pulls the plug.
pub struct Raspi4b {
    keeper: Child,
    serial: Inbox<String>,
    /// QEMU reads them while it runs.
    _files: [NamedTempFile; 3],
    _card: Card,
}

impl Raspi4b {
    /// Switches it on. What the serial line says is also in `target/lab/NAME/serial.log`.
    ///
    /// # Errors
    /// The card does not boot, or QEMU does not start.
    pub fn power_on(name: &str, card: &Card) -> Result<Self, CardError> {
        let system = card.load(Reset::default())?;
        let tree = card.fat(system.boot.partition)?.read(DEVICE_TREE)?;
        let tree = without_what_is_missing(&tree)?;
        seed(tree.path())?;
        let initramfs = NamedTempFile::new()?;
        std::fs::write(initramfs.path(), &system.initramfs)?;
        let disk = card.disk().path();
        File::options()
            .write(true)
            .open(&disk)?
            .set_len(CARD_SIZE)?;

        let logs = repository().join("target/lab").join(name);
        std::fs::create_dir_all(&logs)?;
        let mut line = Command::new("sh");
        line.args(["-c", machine::KEEPER, "lab", ""])
            .args([qemu::PROGRAM, "-machine", "raspi4b"])
            .args(["-accel", "tcg,thread=multi", "-display", "none"])
            .args(["-monitor", "none", "-serial", "stdio", "-no-reboot"])
            .arg("-kernel")
            .arg(system.kernel.path())
            .arg("-initrd")
            .arg(initramfs.path())
            .arg("-dtb")
            .arg(tree.path())
            .args(["-append", &system.command_line])
            .arg("-drive")
            .arg(format!("if=sd,format=raw,file={}", disk.display()));
        let mut keeper = line
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(logs.join("qemu.log"))?)
            .spawn()?;
        let serial = Inbox::default();
        let words = keeper
            .stdout
            .take()
            .ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        machine::follow_serial(words, &logs.join("serial.log"), serial.clone())?;
        Ok(Self {
            keeper,
            serial,
            _files: [tree, initramfs, system.kernel],
            _card: card.clone(),
        })
    }

    /// Waits until the serial line has said all of `words` in one line.
    ///
    /// # Errors
    /// What it said instead.
    pub fn wait_said(&self, words: &[&str]) -> Result<String, Missed<String>> {
        self.serial.wait(PATIENCE_FOR_IT, |line| {
            words.iter().all(|word| line.contains(word))
        })
    }
}

impl Drop for Raspi4b {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // The keeper ends with QEMU; there is nothing to do about an error here.
        let _ = self.keeper.wait();
    }
}

/// The board's device tree without what QEMU 10 does not have: a driver that touches it would wait or die.
fn without_what_is_missing(tree: &[u8]) -> io::Result<NamedTempFile> {
    /// Blocks of the HDMI ports: an access is an external abort.
    const SCREENS: [&str; 6] = [
        "/soc/interrupt-controller@7ef00100",
        "/soc/clock@7ef00000",
        "/soc/i2c@7ef04500",
        "/soc/i2c@7ef09500",
        "/soc/hdmi@7ef00700",
        "/soc/hdmi@7ef05700",
    ];
    /// The card is at the controller that the board has its Wi-Fi on, and nothing switches its supply.
    const CARD: &str = "/soc/mmc@7e300000";
    /// QEMU resets the board at once when it is armed, and init arms it.
    const WATCHDOG: &str = "/soc/watchdog@7e100000";
    let file = NamedTempFile::new()?;
    std::fs::write(file.path(), tree)?;
    let fdtput = |options: &[&str], words: &[&str]| {
        let mut command = Command::new("fdtput");
        finished(command.args(options).arg(file.path()).args(words))
    };
    let supplies = ["/emmc2bus/mmc@7e340000", "vqmmc-supply", "vmmc-supply"];
    fdtput(&["-d"], &supplies)?;
    fdtput(&["-d"], &[CARD, "mmc-pwrseq", "non-removable"])?;
    fdtput(&["-r"], &[&format!("{CARD}/wifi@1")])?;
    for node in SCREENS.into_iter().chain([WATCHDOG]) {
        fdtput(&["-t", "s"], &[node, "status", "disabled"])?;
    }
    Ok(file)
}

/// What the boot firmware hands over: seeds of the kernel's random numbers and of its place in memory. QEMU has no random
/// number generator on this board; without a seed a program that needs keys would wait for minutes.
fn seed(tree: &Path) -> io::Result<()> {
    for (property, length) in [("rng-seed", 32), ("kaslr-seed", 8)] {
        let mut bytes = vec![0; length];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        let bytes = bytes.iter().map(|byte| format!("{byte:02x}"));
        let mut command = Command::new("fdtput");
        command
            .args(["-t", "bx"])
            .arg(tree)
            .args(["/chosen", property]);
        finished(command.args(bytes))?;
    }
    Ok(())
}
