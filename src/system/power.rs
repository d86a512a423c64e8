//! The end of the appliance by order: restart, or power off. `app` says how, `web` orders it for an admin.
//!
//! The first order counts: who comes later is told that it is given. Who looks after a socket asks what comes after its end.

use std::io;
use std::sync::{Arc, OnceLock};

use crate::slot::line::Power;

/// Cheap handle.
#[derive(Clone)]
pub struct PowerSwitch(Option<Arc<Shared>>);

struct Shared {
    press: Box<Press>,
    pressed: OnceLock<Power>,
}

type Press = dyn Fn(Power) -> io::Result<()> + Send + Sync;

/// Why the appliance goes on.
#[derive(Debug, thiserror::Error)]
pub enum PowerError {
    #[error(
        "the machine belongs to the system that Farseat runs on: restart it or switch it off there"
    )]
    Elsewhere,
    #[error("the appliance is restarting or shutting down already")]
    Pressed,
    #[error("order the end of the appliance")]
    Order(#[from] io::Error),
}

impl PowerSwitch {
    /// By this, which returns at once.
    pub fn by(press: impl Fn(Power) -> io::Result<()> + Send + Sync + 'static) -> PowerSwitch {
        PowerSwitch(Some(Arc::new(Shared {
            press: Box::new(press),
            pressed: OnceLock::new(),
        })))
    }

    /// Nobody here can.
    #[must_use]
    pub fn unavailable() -> PowerSwitch {
        PowerSwitch(None)
    }

    #[must_use]
    pub fn is_available(&self) -> bool {
        self.0.is_some()
    }

    /// What was ordered.
    #[must_use]
    pub fn pressed(&self) -> Option<Power> {
        self.0.as_ref()?.pressed.get().copied()
    }

    /// Calls `before` when it is possible, then orders it. Cannot be taken back.
    ///
    /// # Errors
    /// It is not possible here, was ordered before, or could not be ordered.
    pub fn press(&self, power: Power, before: impl FnOnce()) -> Result<(), PowerError> {
        let shared = self.0.as_ref().ok_or(PowerError::Elsewhere)?;
        shared.pressed.set(power).map_err(|_| PowerError::Pressed)?;
        before();
        Ok((shared.press)(power)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn the_first_order_counts_and_the_next_is_refused() {
        let given = Arc::<Mutex<Vec<Power>>>::default();
        let kept = given.clone();
        let switch = PowerSwitch::by(move |power| {
            kept.lock().expect("kept").push(power);
            Ok(())
        });
        assert_eq!(switch.pressed(), None);
        switch.press(Power::Off, || ()).expect("ordered");
        let again = switch.press(Power::Restart, || panic!("recorded"));
        assert!(matches!(again, Err(PowerError::Pressed)));
        assert_eq!(*given.lock().expect("given"), [Power::Off]);
        assert_eq!(switch.pressed(), Some(Power::Off));
    }

    #[test]
    fn another_systems_machine_is_left_alone() {
        let switch = PowerSwitch::unavailable();
        let refused = switch.press(Power::Off, || panic!("recorded"));
        assert!(matches!(refused, Err(PowerError::Elsewhere)));
        assert!(!switch.is_available() && switch.pressed().is_none());
    }
}
