//! `farseat speak`: has the sockets of the wired link that `serve` may not have (DHCP, ARP, multicast DNS), and does nothing
//! else. Init starts it; standard input is the line to `serve`.
//!
//! Like `serve` it gives everything away first: another user's numbers, no capability, no file but random numbers and what the
//! kernel tells of the links. It knows no key and no account ([`lan::speak`]).

use std::io;
use std::os::fd::AsFd as _;

use super::appliance::AppError;
use super::with_causes;
use crate::device::lan::{self, UnboundArp};
use crate::sys::signal_mask::SignalSet;
use crate::{confine, init};

pub(super) fn run() -> Result<(), AppError> {
    let line = io::stdin().as_fd().try_clone_to_owned();
    let line = line.map_err(AppError::Line)?;
    SignalSet::block_none().map_err(AppError::Signals)?;
    let arp = UnboundArp::open().inspect_err(|error| log::warn!("open the ARP socket: {error}"));
    confine::enter_seeing_links(init::SPEAK)?;
    if let Err(error) = confine::keep_links() {
        log::error!("speak: not confined to no files: {}", with_causes(&error));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.map_err(AppError::Runtime)?.block_on(async {
        if let Err(error) = confine::keep_calls_and_sockets() {
            log::error!("speak: not confined to its calls: {}", with_causes(&error));
        }
        lan::speak(line, arp.ok()).await.map_err(AppError::Network)
    })
}
