//! The virtual USB cable, moved as a whole.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::input::{Input, Lever};
use super::machine::Machine;
use crate::hid::functions::Functions;
use crate::target::{CannotWake, UsbLever, UsbProfile};

/// How long the cable is out.
const UNPLUGGED: Duration = Duration::from_millis(500);

pub(super) struct SimLever {
    /// Does not keep the machine running.
    machine: Weak<Machine>,
    /// What is plugged in; held while the cable is moved.
    plug: Arc<Mutex<Functions>>,
}

impl SimLever {
    pub(super) fn of(machine: &Arc<Machine>, shown: Functions) -> SimLever {
        pull(&Arc::downgrade(machine), Lever::Plug(Some(shown)));
        SimLever {
            machine: Arc::downgrade(machine),
            plug: Arc::new(Mutex::new(shown)),
        }
    }

    /// Plugs in again what was plugged in, or something else.
    fn unplug(&self, then: Option<Functions>) {
        let (machine, plug) = (Weak::clone(&self.machine), Arc::clone(&self.plug));
        let thread = std::thread::Builder::new().name("usb-plug".to_owned());
        let begun = thread.spawn(move || {
            let mut plug = plug.lock().unwrap_or_else(PoisonError::into_inner);
            *plug = then.unwrap_or(*plug);
            pull(&machine, Lever::Plug(None));
            std::thread::sleep(UNPLUGGED);
            pull(&machine, Lever::Plug(Some(*plug)));
        });
        if let Err(error) = begun {
            log::error!("unplug USB: {error}");
        }
    }
}

fn pull(machine: &Weak<Machine>, lever: Lever) {
    if let Some(machine) = machine.upgrade() {
        // A lever always moves.
        let _ = machine.step(Input::Lever(lever));
    }
}

impl UsbLever for SimLever {
    fn reset(&self) {
        self.unplug(None);
    }

    fn show(&self, profile: UsbProfile) {
        self.unplug(Some(profile.functions));
    }

    fn wake(&self) -> Result<(), CannotWake> {
        pull(&self.machine, Lever::Wake);
        Ok(())
    }
}
