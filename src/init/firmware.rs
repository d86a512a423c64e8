//! The boot firmware: what it says it has started, and the order to start the other slot once.
//!
//! Two kinds of machine take that order. [`TrialFlag`] is the seam: the mailbox of a Raspberry Pi, and a channel
//! to QEMU's harness, which plays the firmware there.

use std::ffi::CStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::slot::Slot;
use crate::slot::board::{self, Board};
use crate::sys::{mailbox, restart};

const BOOTLOADER: &str = "/proc/device-tree/chosen/bootloader";
const COMPATIBLE: &str = "/proc/device-tree/compatible";
const MAILBOX: &str = "/dev/vcio";
const PORTS: &str = "/sys/class/virtio-ports";
const PORT_NAME: &str = "farseat.firmware";

/// What the firmware started.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Booted {
    pub(super) slot: Option<Slot>,
    /// This once only: the next reboot is into the other slot again.
    pub(super) trial: bool,
}

pub(super) fn booted() -> Booted {
    Booted {
        slot: number("partition").and_then(Slot::from_partition),
        trial: number("tryboot").is_some_and(|tryboot| tryboot != 0),
    }
}

/// What a bundle has to fit.
pub(super) fn board() -> Board {
    let compatible = fs::read(COMPATIBLE).unwrap_or_default();
    let built = number("build-timestamp").map(u64::from);
    Board {
        // A Raspberry Pi that does not say when its firmware was built has an old one.
        bootloader: built.or(is_raspberry_pi(&compatible).then_some(0)),
        hardware: board::names(&compatible),
    }
}

/// A number that the boot firmware has left.
fn number(name: &str) -> Option<u32> {
    be_number(&fs::read(Path::new(BOOTLOADER).join(name)).ok()?)
}

/// Whether a card must be there, even if it takes a moment to be found.
pub(super) fn has_card() -> bool {
    let board = fs::read(COMPATIBLE).unwrap_or_default();
    Path::new(BOOTLOADER).exists() || is_raspberry_pi(&board)
}

fn is_raspberry_pi(compatible: &[u8]) -> bool {
    compatible
        .split(|byte| *byte == 0)
        .any(|name| name.starts_with(b"raspberrypi,"))
}

/// A property of the device tree: 32 bits, big-endian.
fn be_number(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}

/// How a machine is told to start the other slot once.
pub(super) trait TrialFlag {
    /// Sets the flag and makes sure that it is set.
    fn set(&self) -> io::Result<()>;
    /// What the restart itself has to say, if anything.
    fn restart_argument(&self) -> Option<&'static CStr>;
}

/// This machine's, if it has one.
pub(super) fn trial_flag() -> Option<Box<dyn TrialFlag>> {
    if Path::new(MAILBOX).exists() {
        return Some(Box::new(Mailbox));
    }
    let ports = fs::read_dir(PORTS).ok()?;
    ports.flatten().find_map(|port| {
        let name = fs::read_to_string(port.path().join("name")).ok()?;
        let node = Path::new("/dev").join(port.file_name());
        (name.trim() == PORT_NAME).then(|| Box::new(Port(node)) as Box<dyn TrialFlag>)
    })
}

/// Restarts with what `flag` wants to be said; returns only when the kernel refuses.
pub(super) fn restart(flag: &dyn TrialFlag) -> io::Error {
    match flag.restart_argument() {
        Some(argument) => restart::with_argument(argument),
        None => rustix::system::reboot(rustix::system::RebootCommand::Restart)
            .err()
            .map_or_else(
                || io::Error::other("the kernel did not restart"),
                Into::into,
            ),
    }
}

/// A Raspberry Pi: the flag is set through the mailbox and read back; the kernel of the Raspberry
/// Pi sets it once more when the restart says so.
struct Mailbox;

impl Mailbox {
    const GET_REBOOT_FLAGS: u32 = 0x0003_0064;
    const SET_REBOOT_FLAGS: u32 = 0x0003_8064;
    const TRYBOOT: u32 = 1;
}

impl TrialFlag for Mailbox {
    fn set(&self) -> io::Result<()> {
        let node = File::open(MAILBOX)?;
        mailbox::ask(&node, Self::SET_REBOOT_FLAGS, Self::TRYBOOT)?;
        let flags = mailbox::ask(&node, Self::GET_REBOOT_FLAGS, 0)?;
        if flags & Self::TRYBOOT == 0 {
            return Err(io::Error::other("the boot firmware has not kept the flag"));
        }
        Ok(())
    }

    fn restart_argument(&self) -> Option<&'static CStr> {
        Some(c"0 tryboot")
    }
}

/// QEMU: whoever plays the firmware listens at a serial port.
struct Port(PathBuf);

impl TrialFlag for Port {
    fn set(&self) -> io::Result<()> {
        File::options()
            .write(true)
            .open(&self.0)?
            .write_all(b"tryboot\n")
    }

    fn restart_argument(&self) -> Option<&'static CStr> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_device_tree_are_big_endian() {
        assert_eq!(be_number(&[0, 0, 0, 3]), Some(3));
        assert_eq!(be_number(&[0, 3]), None);
        assert_eq!(be_number(&[]), None);
    }

    #[test]
    fn a_raspberry_pi_is_known_by_its_device_tree() {
        assert!(is_raspberry_pi(b"raspberrypi,4-model-b\0brcm,bcm2711\0"));
        assert!(!is_raspberry_pi(b"linux,dummy-virt\0"));
        assert_eq!(
            board::names(b"raspberrypi,4-model-b\0brcm,bcm2711\0"),
            ["raspberrypi,4-model-b", "brcm,bcm2711"]
        );
        assert!(!is_raspberry_pi(b""));
    }

    #[test]
    fn the_port_is_told_in_one_line() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let node = folder.path().join("vport1p1");
        fs::write(&node, "").expect("file");
        let port = Port(node.clone());
        port.set().expect("written");
        assert_eq!(fs::read_to_string(node).expect("read"), "tryboot\n");
        assert_eq!(port.restart_argument(), None);
    }
}
