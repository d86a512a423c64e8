//! The jiggler: moves the mouse there and back when nobody uses the target, so that it stays awake.
//!
//! ```text
//!         settings           its hours, and the target is there
//!  Off ◀──────────▶ Resting ◀──────────────────────────────────▶ On: nobody used it for the interval
//!                                                                     └─▶ one count there, one back
//! ```
//!
//! [`plan`] decides; the task of [`Console::obey`] waits and moves. What it moves adds up to nothing: the way back is told
//! whatever happens after the way there. It uses the relative mouse, which knows no place, and every other time it
//! begins with the other direction, because a pointer at the screen's edge only moves away from it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch;

use super::{Console, Inner, Outcome, now};
use crate::hid::Port;
use crate::lan::WallClock;
use crate::settings::{JigglerSettings, Settings};
use crate::target::UsbLink;

/// Hours begin and end this much late at most.
const LOOK: Duration = Duration::from_secs(15);

/// What everybody sees of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jiggler {
    #[default]
    Off,
    /// Not in its hours, or the target sleeps or is not there.
    Resting,
    On,
}

/// What the task does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// Until the settings change.
    Nothing,
    /// Look again after this time.
    Rest,
    Wait(Duration),
    Move,
}

/// `quiet`: since when nobody has used the target.
fn plan(wish: &JigglerSettings, wall: Option<u64>, link: UsbLink, quiet: Duration) -> Plan {
    let interval = Duration::from_secs(wish.interval_s.into());
    if !wish.on {
        Plan::Nothing
    } else if link != UsbLink::Configured || !wish.may(wall) {
        Plan::Rest
    } else if quiet < interval {
        Plan::Wait(interval - quiet)
    } else {
        Plan::Move
    }
}

impl Plan {
    fn shown(self) -> Jiggler {
        match self {
            Plan::Nothing => Jiggler::Off,
            Plan::Rest => Jiggler::Resting,
            Plan::Wait(_) | Plan::Move => Jiggler::On,
        }
    }

    /// Even while it waits its hours may end.
    fn pause(self) -> Option<Duration> {
        match self {
            Plan::Nothing => None,
            Plan::Rest | Plan::Move => Some(LOOK),
            Plan::Wait(time) => Some(time.min(LOOK)),
        }
    }
}

impl Console {
    /// From now on the mouse is as these settings say. Must be called inside a Tokio runtime.
    pub fn obey(&self, settings: watch::Receiver<Settings>, clock: WallClock) {
        let state = self.state();
        tokio::spawn(obey(Arc::downgrade(&self.inner), settings, state, clock));
    }
}

/// Ends with the console, or with the settings.
async fn obey(
    console: Weak<Inner>,
    mut settings: watch::Receiver<Settings>,
    mut state: watch::Receiver<super::ConsoleState>,
    clock: WallClock,
) {
    let mut forth = true;
    loop {
        let (mouse, wish) = {
            let settings = settings.borrow_and_update();
            (settings.mouse, settings.jiggler.clone())
        };
        let link = state.borrow_and_update().usb;
        let Some(inner) = console.upgrade() else {
            return;
        };
        inner.desk().align(mouse);
        let plan = plan(&wish, clock.now(), link, inner.desk().quiet(now()));
        inner.show_jiggler(plan.shown());
        if plan == Plan::Move {
            inner.jiggle(&wish, forth).await;
            forth = !forth;
        }
        drop(inner);
        let pause = async {
            match plan.pause() {
                // At once to the next wait.
                _ if plan == Plan::Move => {}
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        let open = tokio::select! {
            changed = settings.changed() => changed.is_ok(),
            changed = state.changed() => changed.is_ok(),
            () = pause => true,
        };
        if !open {
            return;
        }
    }
}

impl Inner {
    /// One count there and one back, unless somebody has begun to use the target.
    async fn jiggle(&self, wish: &JigglerSettings, forth: bool) {
        let way = if forth { 1 } else { -1 };
        {
            let mut desk = self.desk();
            if desk.quiet(now()) < Duration::from_secs(wish.interval_s.into()) {
                return;
            }
            let steps = desk.nudge(way, now());
            if self.tell(steps) != Outcome::Accepted {
                return;
            }
        }
        // In one report the two would be nothing, and the way back would be lost in the next way there.
        self.settled(Port::Relative).await;
        let steps = self.desk().nudge(-way, now());
        self.tell(steps);
        self.settled(Port::Relative).await;
    }

    fn show_jiggler(&self, jiggler: Jiggler) {
        self.state
            .send_if_modified(|state| std::mem::replace(&mut state.jiggler, jiggler) != jiggler);
    }
}

#[cfg(test)]
#[path = "jiggle_tests.rs"]
mod tests;
