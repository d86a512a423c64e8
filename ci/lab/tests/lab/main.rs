//! The appliance on virtual hardware, sentence by sentence.
//!
//! Two machines are booted, each when the first test asks for it: one with a dongle, one with an HDMI bridge. Tests
//! take turns with them and leave them as they found them: gadget configured, nothing held, nobody watching.
#![allow(clippy::unwrap_used)]

mod boot;
mod bridge;
mod dongle;
mod h264;
mod hardening;
mod keyboard;
mod network;
mod paste;
mod pointer;
mod soak;
mod supervision;
mod usb;
mod wake;
mod wifi;

use std::sync::{Mutex, MutexGuard, PoisonError};

use farseat_lab::console::Control;
use farseat_lab::lab::Lab;
use farseat_lab::machine::Source;

static DONGLE: Mutex<Option<Lab>> = Mutex::new(None);
static BRIDGE: Mutex<Option<Lab>> = Mutex::new(None);

/// A turn with a machine.
struct Turn(MutexGuard<'static, Option<Lab>>);

impl std::ops::Deref for Turn {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        self.0.as_ref().expect("booted when the turn began")
    }
}

impl std::ops::DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut Lab {
        self.0.as_mut().expect("booted when the turn began")
    }
}

/// Until its next turn the machine stands still: its virtual USB alone would take half a processor from the others.
impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(lab) = self.0.as_mut() {
            // One that has ended cannot be paused.
            let _ = lab.qmp().pause();
        }
    }
}

fn turn(machine: &'static Mutex<Option<Lab>>, name: &str, source: Source) -> Turn {
    // A test that failed has let go of everything but the lock.
    let mut lab = machine.lock().unwrap_or_else(PoisonError::into_inner);
    match lab.as_mut() {
        None => *lab = Some(Lab::boot(name, source).unwrap()),
        Some(lab) => lab.qmp().go().unwrap(),
    }
    let mut turn = Turn(lab);
    turn.console();
    turn.target().sights().forget();
    turn.dongle().happenings().forget();
    turn
}

/// The machine with the dongle.
fn lab() -> Turn {
    turn(&DONGLE, "dongle", Source::Dongle)
}

/// The machine with the HDMI bridge.
fn bridge_lab() -> Turn {
    turn(&BRIDGE, "bridge", Source::Bridge)
}

/// A control socket that is in control of a target that listens.
fn in_control(lab: &mut Lab) -> Control {
    let control = lab.console().control();
    control.wait_lease();
    control.wait_usb("configured");
    lab.target().wait_listening();
    control
}
