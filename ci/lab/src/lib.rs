//! The lab: the real appliance on virtual hardware.
//!
//! A test boots the unchanged program as process 1 on an arm64 kernel in QEMU and holds all its cables: the
//! [dongle](dongle) outside the machine, the [target](target) at the other end of the USB cable inside it, the
//! [console](console) on the network. Used by `ci/lab/tests` and, through `farseat-lab run`, by the browser tests.
//! Nothing here is ever part of the appliance.

pub mod artifacts;
pub mod boot_time;
pub mod bridge;
pub mod card;
pub mod console;
pub mod depot;
pub mod dongle;
pub mod fwht;
pub mod inbox;
pub mod initramfs;
pub mod lab;
pub mod machine;
pub mod names;
pub mod picture;
pub mod processes;
mod qemu;
pub mod qmp;
pub mod soak;
pub mod target;
mod usb_port;
mod usbredir;
pub mod uvc;

use std::io::Write as _;
use std::time::Duration;

/// How long anything may take: two seconds on real hardware, five times as long under emulation, and six times that for
/// a build machine that is busy with something else.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Says what a test has measured, past the harness, which shows what a test prints only when it fails.
pub fn say(figures: &str) {
    let _ = writeln!(std::io::stdout(), "{figures}");
}
