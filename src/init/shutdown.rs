//! The end: write everything out, then reboot or power off.

use std::process::ExitCode;

use rustix::mount::{UnmountFlags, unmount};
use rustix::system::{RebootCommand, reboot};

use super::klog::Log;

/// How the machine is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Reboot,
    PowerOff,
}

impl Order {
    /// BusyBox's convention, and Ctrl-Alt-Del (SIGINT).
    pub(super) fn from_signal(signal: i32) -> Option<Order> {
        match signal {
            libc::SIGTERM | libc::SIGINT => Some(Order::Reboot),
            libc::SIGUSR1 | libc::SIGUSR2 => Some(Order::PowerOff),
            _ => None,
        }
    }

    pub(super) fn sentence(self) -> &'static str {
        match self {
            Order::Reboot => "stopping for a reboot",
            Order::PowerOff => "stopping for power-off",
        }
    }
}

/// Asks the kernel for SIGINT instead of a reboot on the spot.
pub(super) fn take_ctrl_alt_del(log: &Log) {
    if let Err(error) = reboot(RebootCommand::CadOff) {
        log.fail(&format!("take over Ctrl-Alt-Del: {error}"));
    }
}

/// Does not return while the kernel obeys; otherwise the kernel's own panic handling is the
/// last resort.
pub(super) fn carry_out(order: Order, log: &Log) -> ExitCode {
    // Data in RAM or on nothing mounted: there is nothing to let go of.
    let _ = unmount("/data", UnmountFlags::empty());
    rustix::fs::sync();
    let command = match order {
        Order::Reboot => RebootCommand::Restart,
        Order::PowerOff => RebootCommand::PowerOff,
    };
    if let Err(error) = reboot(command) {
        log.fail(&format!("{}: {error}", order.sentence()));
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_ended_is_no_order() {
        assert_eq!(Order::from_signal(libc::SIGCHLD), None);
        assert_eq!(Order::from_signal(libc::SIGTERM), Some(Order::Reboot));
        assert_eq!(Order::from_signal(libc::SIGUSR2), Some(Order::PowerOff));
    }
}
