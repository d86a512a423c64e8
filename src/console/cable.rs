//! The USB cable as a whole: unplugged and plugged in again, and a target that sleeps woken by it.
//!
//! Nobody needs the keyboard for that: who may is decided by whoever asks.

use std::time::Duration;

use super::{Console, Steer};
use crate::target::{CannotWake, UsbLink};

/// How long a target may take to wake: USB gives it less than that to resume, its system may need it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a target may take to hear that nothing is held any more.
const LETTING_GO: Duration = Duration::from_millis(300);

/// Why nothing became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CableError {
    #[error("the USB cable is not in this program's hands")]
    Elsewhere,
    #[error("the target does not sleep")]
    Awake,
    #[error(transparent)]
    CannotWake(#[from] CannotWake),
    #[error("something else is being tried out on the USB cable just now")]
    Trying,
    #[error(
        "the target did not find the new device within 15 seconds, so it is shown the old one again"
    )]
    NotFound,
    #[error(
        "the target was told to wake up and sleeps on: it may not allow USB devices to wake it, or be off"
    )]
    StillAsleep,
}

impl Console {
    /// Lets go of everything, then takes the cable out for a moment.
    ///
    /// # Errors
    /// Nobody here can.
    pub fn reset_usb(&self) -> Result<(), CableError> {
        let lever = self.inner.lever.as_deref().ok_or(CableError::Elsewhere)?;
        let steps = self.inner.desk().release_all();
        self.inner.tell(steps);
        lever.reset();
        Ok(())
    }

    /// Stops a text that is being typed and lets go of everything; returns when the target has heard it, or does not
    /// listen.
    pub async fn let_go(&self) {
        // Mostly no text is being typed.
        let _ = self.steer_paste(Steer::Stop);
        let steps = self.inner.desk().release_all();
        self.inner.tell(steps);
        let heard = async {
            for (port, _) in &self.inner.writers {
                self.inner.settled(*port).await;
            }
        };
        let _ = tokio::time::timeout(LETTING_GO, heard).await;
    }

    /// Signals remote wake-up, and System Wake Up for a target whose link has not told that it is awake; returns when
    /// the target is awake.
    ///
    /// # Errors
    /// It was not asleep, cannot be woken, or sleeps on.
    pub async fn wake(&self) -> Result<(), CableError> {
        let mut state = self.state();
        if state.borrow_and_update().usb != UsbLink::Suspended {
            return Err(CableError::Awake);
        }
        let lever = self.inner.lever.as_deref().ok_or(CableError::Elsewhere)?;
        let steps = self.inner.desk().press_wake_up();
        self.inner.tell(steps);
        lever.wake()?;
        let awake = state.wait_for(|state| state.usb != UsbLink::Suspended);
        match tokio::time::timeout(PATIENCE, awake).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(CableError::StillAsleep),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::super::tests::{Pull, Pulled, plugged_in_with};
    use super::*;
    use crate::hid::Port;
    use crate::hid::event::{Event, Usage};

    #[tokio::test]
    async fn a_reset_lets_go_of_what_is_held_first() {
        let pulled = Pulled::default();
        let (console, mut target) = plugged_in_with(Some(pulled.clone()));
        let mut seat = console.join("ann");
        seat.handle(Event::Key {
            usage: Usage::Key(4),
            down: true,
        });
        while target.report(Port::Keyboard).await[2] != 4 {}
        console.reset_usb().expect("begun");
        assert_eq!(target.report(Port::Keyboard).await, [0; 8]);
        assert_eq!(*pulled.0.lock().expect("pulled"), [Pull::Reset]);
    }

    #[tokio::test]
    async fn letting_go_returns_when_the_target_has_heard_it() {
        let (console, mut target) = plugged_in_with(None);
        let mut seat = console.join("ann");
        seat.handle(Event::Key {
            usage: Usage::Key(4),
            down: true,
        });
        while target.report(Port::Keyboard).await[2] != 4 {}
        console.let_go().await;
        let heard = target.report(Port::Keyboard).now_or_never();
        assert_eq!(heard, Some([0; 8].to_vec()));
    }

    #[tokio::test]
    async fn only_a_target_that_sleeps_is_woken() {
        let pulled = Pulled::default();
        let (console, target) = plugged_in_with(Some(pulled.clone()));
        assert_eq!(console.wake().await, Err(CableError::Awake));
        target.link.send_replace(UsbLink::Suspended);
        let mut state = console.state();
        let asleep = state.wait_for(|state| state.usb == UsbLink::Suspended);
        assert!(asleep.await.is_ok());
        let waking = tokio::spawn(async move { console.wake().await });
        while pulled.0.lock().expect("pulled").is_empty() {
            tokio::task::yield_now().await;
        }
        target.link.send_replace(UsbLink::Configured);
        assert_eq!(waking.await.expect("no panic"), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_that_sleeps_on_is_told() {
        let (console, target) = plugged_in_with(Some(Pulled::default()));
        target.link.send_replace(UsbLink::Suspended);
        let mut state = console.state();
        let asleep = state.wait_for(|state| state.usb == UsbLink::Suspended);
        assert!(asleep.await.is_ok());
        assert_eq!(console.wake().await, Err(CableError::StillAsleep));
    }

    #[tokio::test]
    async fn without_a_hand_on_the_cable_that_is_said() {
        let (console, _target) = plugged_in_with(None);
        assert_eq!(console.reset_usb(), Err(CableError::Elsewhere));
    }
}
