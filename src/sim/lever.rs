//! The virtual USB cable, moved as a whole.

use std::sync::Weak;
use std::time::Duration;

use super::input::{Input, Lever};
use super::machine::Machine;
use crate::target::{CannotWake, UsbLever, UsbLink};

/// How long a reset leaves it out.
const UNPLUGGED: Duration = Duration::from_millis(500);

/// Does not keep the machine running.
pub(super) struct SimLever(pub(super) Weak<Machine>);

impl SimLever {
    fn pull(machine: &Weak<Machine>, lever: Lever) {
        if let Some(machine) = machine.upgrade() {
            // A lever always moves.
            let _ = machine.step(Input::Lever(lever));
        }
    }
}

impl UsbLever for SimLever {
    fn reset(&self) {
        let machine = Weak::clone(&self.0);
        let thread = std::thread::Builder::new().name("usb-reset".to_owned());
        let begun = thread.spawn(move || {
            SimLever::pull(&machine, Lever::Usb(Some(UsbLink::Disconnected)));
            std::thread::sleep(UNPLUGGED);
            SimLever::pull(&machine, Lever::Usb(None));
        });
        if let Err(error) = begun {
            log::error!("reset USB: {error}");
        }
    }

    fn wake(&self) -> Result<(), CannotWake> {
        SimLever::pull(&self.0, Lever::Wake);
        Ok(())
    }
}
