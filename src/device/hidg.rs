//! One HID function of the gadget as a cable: `/dev/hidgN`, kept open, never blocking.
//!
//! The console's writer thread owns one. The node's number comes from the function's `dev`
//! attribute in configfs, because it depends on what else the kernel has numbered before.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::held::Held;
use crate::hid::Port;
use crate::hid::devices::at_rest;
use crate::hid::pointer::AbsoluteStep;
use crate::hid::report::{Report, Step};
use crate::sys::hid_get_report;
use crate::target::{HidPort, PortError};

/// A HID function of the gadget, whether it exists yet or not.
#[derive(Debug, Clone)]
pub(super) struct Function {
    /// Its folder in configfs.
    pub(super) folder: PathBuf,
    /// Where device nodes are.
    pub(super) dev: PathBuf,
}

impl Function {
    /// Opens the node for reports in both directions.
    pub(super) fn open(&self) -> io::Result<File> {
        let node = node(&self.dev, &fs::read_to_string(self.folder.join("dev"))?)?;
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(node)
    }
}

/// The kernel calls the node of minor number N `hidgN`.
fn node(dev: &Path, numbers: &str) -> io::Result<PathBuf> {
    let minor = numbers
        .trim()
        .split_once(':')
        .and_then(|(_, minor)| minor.parse::<u32>().ok());
    let minor =
        minor.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not major:minor"))?;
    Ok(dev.join(format!("hidg{minor}")))
}

/// The port; opens its node at the first write and again after it vanished.
pub(super) struct HidgPort {
    function: Function,
    node: Option<File>,
    port: Port,
    /// The kernel lets us say what it answers to GET_REPORT.
    answers: bool,
    held: Option<Held>,
}

impl HidgPort {
    pub(super) fn new(function: Function, port: Port) -> HidgPort {
        HidgPort {
            function,
            node: None,
            port,
            answers: true,
            held: None,
        }
    }

    /// The same; if it is the absolute pointer's, it knows of a button that an earlier run has left pressed.
    pub(super) fn noting(function: Function, port: Port, note: &Path) -> HidgPort {
        let held = (port == Port::Absolute).then(|| Held::at(note));
        HidgPort {
            held,
            ..HidgPort::new(function, port)
        }
    }

    /// Lets the function answer a target that asks before anything was written.
    pub(super) fn answer_at_rest(&mut self) -> io::Result<()> {
        self.node().map(drop)
    }

    fn node(&mut self) -> io::Result<&mut File> {
        if self.node.is_none() {
            self.node = Some(self.function.open()?);
            for report in reports_at_rest(self.port) {
                self.answer_with(report.as_ref());
            }
        }
        self.node
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// A target that asks, instead of waiting for news, gets the newest state.
    fn answer_with(&mut self, report: &[u8]) {
        let (Some(node), true) = (&self.node, self.answers) else {
            return;
        };
        // The controls' reports start with their id, the others have none.
        let id = report
            .first()
            .filter(|_| self.port == Port::Controls)
            .copied()
            .unwrap_or(0);
        let mut state = report.to_vec();
        state
            .iter_mut()
            .skip(self.port.state_length())
            .for_each(|byte| *byte = 0);
        self.answers = hid_get_report::answer_with(node, id, &state).is_ok();
    }
}

impl HidPort for HidgPort {
    fn write(&mut self, report: &[u8]) -> Result<(), PortError> {
        if let Some(held) = &mut self.held {
            held.before(report);
        }
        let result = self.node().and_then(|node| node.write(report));
        // A short write cannot happen with reports of at most the function's report length.
        let Err(error) = result else {
            if let Some(held) = &mut self.held {
                held.after(report);
            }
            self.answer_with(report);
            return Ok(());
        };
        let reason = reason(&error);
        if reason != PortError::Busy {
            // A node of a gadget that was rebuilt meanwhile says ESHUTDOWN for ever, so the next
            // write opens it anew.
            self.node = None;
        }
        Err(reason)
    }

    fn wait_for_room(&mut self, timeout: Duration) {
        let Some(node) = &self.node else { return };
        let timeout = Timespec {
            tv_sec: timeout.as_secs().cast_signed(),
            tv_nsec: timeout.subsec_nanos().into(),
        };
        // An interrupted wait is an early return, which the console expects.
        let _ = poll(&mut [PollFd::new(node, PollFlags::OUT)], Some(&timeout));
    }

    fn left_pressed(&self) -> Option<Step> {
        self.held.as_ref()?.release().map(Step::Absolute)
    }
}

/// One report for each id that says that nothing is held.
fn reports_at_rest(port: Port) -> Vec<Report> {
    match port {
        Port::Absolute => vec![Step::Absolute(AbsoluteStep::default()).report()],
        other => at_rest(other).iter().map(|step| step.report()).collect(),
    }
}

/// What an error of `open` or `write` means (`drivers/usb/gadget/function/f_hid.c`).
fn reason(error: &io::Error) -> PortError {
    match Errno::from_io_error(error) {
        Some(Errno::AGAIN | Errno::INTR) => PortError::Busy,
        Some(Errno::NODEV | Errno::NXIO | Errno::NOENT) | None => PortError::Gone,
        // ESHUTDOWN, and what a controller says while it is being reset (ECONNRESET, EINVAL).
        Some(_) => PortError::Shutdown,
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    /// A function whose node is a FIFO: it fills up as an unread endpoint does.
    fn function(numbers: &str) -> (tempfile::TempDir, Function) {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("dev"), numbers).unwrap();
        let function = Function {
            folder: root.path().to_owned(),
            dev: root.path().to_owned(),
        };
        (root, function)
    }

    fn make_node(root: &Path) {
        mknodat(
            CWD,
            root.join("hidg3"),
            FileType::Fifo,
            Mode::RUSR | Mode::WUSR,
            0,
        )
        .unwrap();
    }

    #[test]
    fn a_port_without_a_node_is_gone_and_finds_it_when_it_appears() {
        let (root, function) = function("236:3\n");
        let mut port = HidgPort::new(function, Port::Keyboard);
        assert_eq!(port.write(&[0; 8]), Err(PortError::Gone));
        make_node(root.path());
        assert_eq!(port.write(&[0; 8]), Ok(()));
    }

    #[test]
    fn a_port_whose_target_does_not_read_is_busy_and_does_not_block() {
        let (root, function) = function("236:3\n");
        make_node(root.path());
        let mut port = HidgPort::new(function, Port::Keyboard);
        while port.write(&[0; 4096]) == Ok(()) {}
        assert_eq!(port.write(&[0; 4096]), Err(PortError::Busy));
        port.wait_for_room(Duration::from_millis(1));
    }

    #[test]
    fn nonsense_in_the_dev_attribute_is_no_node() {
        for numbers in ["", "7", "236:", "236:-1", "236:1/../../x"] {
            let (_root, function) = function(numbers);
            assert_eq!(
                HidgPort::new(function, Port::Keyboard).write(&[0]),
                Err(PortError::Gone),
                "{numbers}"
            );
        }
    }

    #[test]
    fn errors_of_the_kernel_are_states() {
        let reasons = [
            (Errno::AGAIN, PortError::Busy),
            (Errno::SHUTDOWN, PortError::Shutdown),
            (Errno::CONNRESET, PortError::Shutdown),
            (Errno::NODEV, PortError::Gone),
            (Errno::NXIO, PortError::Gone),
            (Errno::NOENT, PortError::Gone),
        ];
        for (errno, port_error) in reasons {
            assert_eq!(reason(&errno.into()), port_error, "{errno}");
        }
    }
}
