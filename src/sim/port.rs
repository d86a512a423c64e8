//! The target's end of one HID function. The console's writer thread owns it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::input::Input;
use super::machine::{Looked, Power};
use crate::hid::Port;
use crate::target::{HidPort, PortError};

pub(super) struct SimPort {
    pub(super) port: Port,
    pub(super) power: Arc<Power>,
}

impl HidPort for SimPort {
    fn write(&mut self, report: &[u8]) -> Result<(), PortError> {
        self.power.machine().step(Input::Report(self.port, report))
    }

    fn wait_for_room(&mut self, timeout: Duration) {
        self.power
            .machine()
            .wait_for(Instant::now() + timeout, |computer| {
                if computer.is_busy(self.port) {
                    Looked::Again(None)
                } else {
                    Looked::Found(())
                }
            });
    }
}
