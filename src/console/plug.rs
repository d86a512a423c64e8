//! What the target is shown on USB: tried out, and put back when the target does not find it.
//!
//! ```text
//!            show, plug_in_rest, keyboard_alone                  found within 15 s, or nobody was there to find it
//!  standing ──────────────────────────────────────▶ on trial ───────────────────────────────────▶ standing
//!     ▲                                                 │ not found
//!     └───────────────── shown as it was ◀──────────────┘
//! ```
//!
//! One trial at a time, and it goes on when whoever asked has gone. With a profile that has the keyboard first, a target
//! that goes away (off, restarted, unplugged) meets the keyboard alone when it comes back.

use std::sync::Weak;
use std::time::Duration;

use tokio::sync::watch;

use super::{CableError, Console, ConsoleState, Inner};
use crate::hid::functions::Functions;
use crate::target::{UsbLever, UsbLink, UsbProfile};

/// How long a target may take to find a device. Windows installs a driver in this time.
const ENUMERATION: Duration = Duration::from_secs(15);
/// A link that does not last so long is none: some controllers say of a new device what they said of the old one, until
/// the target has reset it.
const LASTING: Duration = Duration::from_secs(1);
/// A link that is gone for less only stumbled.
const STUMBLE: Duration = Duration::from_secs(2);

/// What everybody sees of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub functions: Functions,
    /// More is meant to be there, when somebody plugs it in.
    pub rest: bool,
}

/// What came of showing something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trial {
    /// By the target, now or before.
    Found,
    /// No target was there before, so none could be missed.
    Untried,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plug {
    profile: UsbProfile,
    shown: Functions,
}

impl Plug {
    pub(super) fn new(profile: UsbProfile, shown: Functions) -> Plug {
        Plug { profile, shown }
    }

    pub(super) fn shown(&self) -> Shown {
        Shown {
            functions: self.shown,
            rest: self.shown != self.profile.functions,
        }
    }
}

impl Console {
    /// From now on the target is shown this.
    ///
    /// # Errors
    /// It did not find it, and is shown what it was shown before; another trial is on; nobody here can.
    pub async fn show(&self, profile: UsbProfile) -> Result<Trial, CableError> {
        let shown = profile.first();
        self.try_out(move |_| Plug { profile, shown }).await
    }

    /// Plugs in what waits beside the keyboard.
    ///
    /// # Errors
    /// As for [`Console::show`].
    pub async fn plug_in_rest(&self) -> Result<Trial, CableError> {
        let rest = |plug: Plug| Plug {
            shown: plug.profile.functions,
            ..plug
        };
        self.try_out(rest).await
    }

    /// Unplugs all but the boot keyboard.
    ///
    /// # Errors
    /// As for [`Console::show`].
    pub async fn keyboard_alone(&self) -> Result<Trial, CableError> {
        let alone = |plug| Plug {
            shown: Functions::KEYBOARD,
            ..plug
        };
        self.try_out(alone).await
    }

    /// In a task of its own: what was begun is ended.
    async fn try_out(
        &self,
        change: impl FnOnce(Plug) -> Plug + Send + 'static,
    ) -> Result<Trial, CableError> {
        let console = self.clone();
        let trial = tokio::spawn(async move {
            let plug = console.inner.plug.try_lock();
            let mut plug = plug.map_err(|_| CableError::Trying)?;
            let wanted = change(plug.clone());
            if wanted == *plug {
                // The cable stays where it is.
                return Ok(Trial::Found);
            }
            console.let_go().await;
            console.inner.try_out(&mut plug, wanted).await
        });
        trial.await.unwrap_or(Err(CableError::Elsewhere))
    }
}

impl Inner {
    async fn try_out(&self, plug: &mut Plug, wanted: Plug) -> Result<Trial, CableError> {
        let lever = self.lever.as_deref().ok_or(CableError::Elsewhere)?;
        let mut state = self.state.subscribe();
        let was_there = state.borrow_and_update().usb == UsbLink::Configured;
        self.move_plug(lever, &wanted);
        if was_there && !is_found(&mut state).await {
            self.move_plug(lever, plug);
            return Err(CableError::NotFound);
        }
        *plug = wanted;
        Ok(if was_there {
            Trial::Found
        } else {
            Trial::Untried
        })
    }

    fn move_plug(&self, lever: &dyn UsbLever, plug: &Plug) {
        // Nothing is held on a device that comes anew.
        self.tell(self.desk().release_all());
        lever.show(UsbProfile {
            functions: plug.shown,
            ..plug.profile.clone()
        });
        let shown = plug.shown();
        self.state
            .send_if_modified(|state| std::mem::replace(&mut state.shown, shown) != shown);
    }

    /// A target that comes back meets the keyboard alone, if that is wanted.
    async fn withdraw(&self) {
        let mut plug = self.plug.lock().await;
        let Some(lever) = self.lever.as_deref() else {
            return;
        };
        let gone = self.state.borrow().usb == UsbLink::Disconnected;
        if gone && plug.profile.keyboard_first && plug.shown != Functions::KEYBOARD {
            plug.shown = Functions::KEYBOARD;
            self.move_plug(lever, &plug);
        }
    }
}

/// The link goes, comes back and lasts.
async fn is_found(state: &mut watch::Receiver<ConsoleState>) -> bool {
    let there = |state: &ConsoleState| state.usb == UsbLink::Configured;
    let found = async {
        state.wait_for(|state| !there(state)).await.ok()?;
        loop {
            state.wait_for(there).await.ok()?;
            let gone = state.wait_for(|state| !there(state));
            match tokio::time::timeout(LASTING, gone).await {
                Ok(gone) => drop(gone.ok()?),
                Err(_) => return Some(()),
            }
        }
    };
    let found = tokio::time::timeout(ENUMERATION + LASTING, found).await;
    matches!(found, Ok(Some(())))
}

/// Watches for a target that goes away. Ends with the console.
pub(super) async fn keep(console: Weak<Inner>, mut state: watch::Receiver<ConsoleState>) {
    while state
        .wait_for(|state| state.usb == UsbLink::Disconnected)
        .await
        .is_ok()
    {
        let back = state.wait_for(|state| state.usb != UsbLink::Disconnected);
        match tokio::time::timeout(STUMBLE, back).await {
            Ok(Ok(_)) => continue,
            Ok(Err(_)) => return,
            Err(_) => {}
        }
        let Some(inner) = console.upgrade() else {
            return;
        };
        inner.withdraw().await;
        drop(inner);
        let back = state.wait_for(|state| state.usb != UsbLink::Disconnected);
        if back.await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
#[path = "plug_tests.rs"]
mod tests;
