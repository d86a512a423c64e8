//! The end: write everything out, then reboot or power off.

use std::process::ExitCode;

use rustix::mount::{UnmountFlags, unmount};
use rustix::system::{RebootCommand, reboot};

use super::firmware;
use super::klog::Log;
use crate::slot::line::Power;

/// How the machine is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Reboot,
    /// Into the other slot, this once.
    RebootOnTrial,
    PowerOff,
}

impl Order {
    /// BusyBox's convention, Ctrl-Alt-Del (SIGINT), and SIGHUP for the other slot.
    pub(super) fn from_signal(signal: i32) -> Option<Order> {
        match signal {
            libc::SIGTERM | libc::SIGINT => Some(Order::Reboot),
            libc::SIGHUP => Some(Order::RebootOnTrial),
            libc::SIGUSR1 | libc::SIGUSR2 => Some(Order::PowerOff),
            _ => None,
        }
    }

    /// What `serve` may order.
    pub(super) fn from_wish(power: Power) -> Order {
        match power {
            Power::Restart => Order::Reboot,
            Power::Off => Order::PowerOff,
        }
    }

    pub(super) fn sentence(self) -> &'static str {
        match self {
            Order::Reboot => "stopping for a reboot",
            Order::RebootOnTrial => "stopping for a reboot into the other slot, on trial",
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

/// What has to be done while there is still a way back: an order that cannot be carried out is
/// refused, and everything goes on.
pub(super) fn accept(order: Order) -> Result<Order, String> {
    if order == Order::RebootOnTrial {
        let flag = firmware::trial_flag()
            .ok_or("this machine has no way to start the other slot on trial")?;
        flag.set()
            .map_err(|error| format!("tell the boot firmware of the trial: {error}"))?;
    }
    Ok(order)
}

/// Does not return while the kernel obeys; otherwise the kernel's own panic handling is the
/// last resort.
pub(super) fn carry_out(order: Order, log: &Log) -> ExitCode {
    // Data in RAM or on nothing mounted: there is nothing to let go of.
    let _ = unmount("/data", UnmountFlags::empty());
    rustix::fs::sync();
    let refused = match (order, firmware::trial_flag()) {
        (Order::RebootOnTrial, Some(flag)) => Err(firmware::restart(flag.as_ref())),
        (Order::Reboot | Order::RebootOnTrial, _) => {
            reboot(RebootCommand::Restart).map_err(Into::into)
        }
        (Order::PowerOff, _) => reboot(RebootCommand::PowerOff).map_err(Into::into),
    };
    if let Err(error) = refused {
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
        assert_eq!(Order::from_signal(libc::SIGHUP), Some(Order::RebootOnTrial));
    }
}
