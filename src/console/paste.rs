//! A text on its way to the target: one at a time, for whoever has the keyboard.
//!
//! ```text
//! paste ─▶ Typing ◀──▶ Paused        steered by whoever may paste
//!            │ every character         Done
//!            │ somebody stops it       Stopped: by request, or with the session of who began it
//!            └ the keyboard is lost, the target does not read      Stopped
//! ```
//!
//! Paced by the target: the next character begins when the reports of the last one have been taken. What is typed is in
//! no log. Whatever ends it, no key stays down, and Caps Lock and Num Lock are as they were.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::watch;

use super::{Console, Inner, Outcome, Seat, SeatId, lane};
use crate::hid::Port;
use crate::hid::event::{Event, Usage};
use crate::keymap::{Plan, Typed};

/// A text waits longer for a target that is busy than a hand does: a key that is given up would be missing.
const PATIENCE: Duration = Duration::from_secs(10);
const CAPS_LOCK: u8 = 0x39;
const NUM_LOCK: u8 = 0x53;

/// What is to be typed, and how.
#[derive(Debug, Clone)]
pub struct Text {
    typed: Vec<Typed>,
    num_lock: bool,
    /// After each character, beside what the target takes by itself.
    delay: Duration,
    /// For a target that does not read.
    patience: Duration,
}

impl Text {
    #[must_use]
    pub fn new(plan: Plan, delay: Duration) -> Text {
        Text {
            num_lock: plan.needs_num_lock(),
            typed: plan.typed,
            delay,
            patience: PATIENCE,
        }
    }

    /// The same for a target that is given up sooner.
    #[cfg(test)]
    pub(super) fn within(self, patience: Duration) -> Text {
        Text { patience, ..self }
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Characters.
    pub total: usize,
    pub typed: usize,
    pub phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Typing,
    Paused,
    Done,
    Stopped(Why),
}

/// Why it ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Asked,
    /// Who began it has logged out, or was.
    LoggedOut,
    /// Somebody else has the keyboard now.
    LostControl,
    Asleep,
    NotConnected,
}

impl Phase {
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Phase::Done | Phase::Stopped(_))
    }
}

/// What is asked of one that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PasteSteerTo")]
pub enum Steer {
    Pause,
    Resume,
    Stop,
}

/// Why nothing is typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    #[error("another text is being typed: wait for its end, or stop it")]
    Busy,
    #[error("{0} has the keyboard: ask for control first")]
    InControl(String),
    #[error("no text is being typed")]
    None,
}

/// Of the console: what is under way, and what is asked of it.
#[derive(Debug)]
pub(super) struct Pasting {
    progress: watch::Sender<Option<Progress>>,
    steer: watch::Sender<Steer>,
}

impl Default for Pasting {
    fn default() -> Pasting {
        Pasting {
            progress: watch::Sender::new(None),
            steer: watch::Sender::new(Steer::Resume),
        }
    }
}

/// Whose keyboard it is typed on.
enum Place {
    /// Of somebody who sits here already.
    Theirs(SeatId),
    /// One of its own, which leaves with it.
    Own(Seat),
}

impl Console {
    /// Begins to type for `who`: on the seat given, if that is theirs and has the keyboard, else on one of its own, if
    /// nobody has the keyboard. `ended` is over when who began it may not go on. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// Nothing is typed.
    pub fn paste(
        &self,
        who: &str,
        seat: Option<SeatId>,
        text: Text,
        ended: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), PasteError> {
        let place = self.place(who, seat)?;
        let begun = Progress {
            total: text.typed.len(),
            typed: 0,
            phase: Phase::Typing,
        };
        let free = self.inner.pasting.progress.send_if_modified(|progress| {
            let free = progress.is_none_or(|progress| progress.phase.is_over());
            if free {
                *progress = Some(begun);
            }
            free
        });
        if !free {
            return Err(PasteError::Busy);
        }
        self.inner.pasting.steer.send_replace(Steer::Resume);
        let typist = Typist {
            inner: Arc::clone(&self.inner),
            place,
            text,
        };
        tokio::spawn(async move {
            let inner = Arc::clone(&typist.inner);
            let phase = typist.run(ended).await;
            inner.pasting.update(|progress| progress.phase = phase);
        });
        Ok(())
    }

    /// The text that is being typed, or was typed last.
    #[must_use]
    pub fn pasting(&self) -> watch::Receiver<Option<Progress>> {
        self.inner.pasting.progress.subscribe()
    }

    /// # Errors
    /// There is nothing to steer.
    pub fn steer_paste(&self, steer: Steer) -> Result<(), PasteError> {
        let under_way = *self.inner.pasting.progress.borrow();
        if under_way.is_none_or(|progress| progress.phase.is_over()) {
            return Err(PasteError::None);
        }
        self.inner.pasting.steer.send_replace(steer);
        Ok(())
    }

    fn place(&self, who: &str, seat: Option<SeatId>) -> Result<Place, PasteError> {
        let controller = self.state().borrow().controller.clone();
        match (controller, seat) {
            (Some(controller), Some(seat)) if controller.seat == seat && controller.name == who => {
                Ok(Place::Theirs(seat))
            }
            (Some(controller), _) => Err(PasteError::InControl(controller.name)),
            (None, _) => Ok(Place::Own(self.join(who))),
        }
    }
}

impl Pasting {
    fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(|progress| {
            if let Some(progress) = progress {
                change(progress);
            }
        });
    }
}

struct Typist {
    inner: Arc<Inner>,
    place: Place,
    text: Text,
}

impl Typist {
    async fn run(self, ended: impl Future<Output = ()>) -> Phase {
        self.be_patient(self.text.patience);
        let phase = self.type_and_tidy(ended).await;
        self.be_patient(lane::PATIENCE);
        phase
    }

    async fn type_and_tidy(&self, ended: impl Future<Output = ()>) -> Phase {
        let locks = self.wrong_locks();
        let over = tokio::select! {
            biased;
            () = ended => Err(Why::LoggedOut),
            () = self.stopped() => Err(Why::Asked),
            over = self.type_all(&locks) => over,
        };
        // In the middle of a stroke something may be down.
        let _ = self.tell(Event::ReleaseAll);
        if over != Err(Why::LostControl) {
            let _ = self.turn(&locks);
        }
        match over {
            Ok(()) => Phase::Done,
            Err(why) => Phase::Stopped(why),
        }
    }

    /// Those that have to be turned for this text, and back after it. By the target's lights; Windows, for which the
    /// keypad's digits are, always says how they are.
    fn wrong_locks(&self) -> Vec<u8> {
        let leds = self.inner.state.borrow().leds;
        let caps = leds.caps.then_some(CAPS_LOCK);
        let num = (self.text.num_lock && !leds.num).then_some(NUM_LOCK);
        caps.into_iter().chain(num).collect()
    }

    fn turn(&self, locks: &[u8]) -> Result<(), Why> {
        locks.iter().try_for_each(|lock| self.tap(*lock))
    }

    async fn type_all(&self, locks: &[u8]) -> Result<(), Why> {
        self.turn(locks)?;
        for (at, typed) in self.text.typed.iter().enumerate() {
            self.resumed().await;
            for (usage, down) in typed.edges() {
                self.tell(key(usage, down))?;
            }
            if !self.inner.settled(Port::Keyboard).await {
                return Err(Why::Asleep);
            }
            self.inner
                .pasting
                .update(|progress| progress.typed = at + 1);
            if !self.text.delay.is_zero() {
                tokio::time::sleep(self.text.delay).await;
            }
        }
        Ok(())
    }

    /// Returns when it need not wait any more.
    async fn resumed(&self) {
        let mut steer = self.inner.pasting.steer.subscribe();
        if *steer.borrow_and_update() != Steer::Pause {
            return;
        }
        self.inner
            .pasting
            .update(|progress| progress.phase = Phase::Paused);
        // The sender is in `inner`: it lives.
        let _ = steer.wait_for(|steer| *steer != Steer::Pause).await;
        self.inner
            .pasting
            .update(|progress| progress.phase = Phase::Typing);
    }

    async fn stopped(&self) {
        let mut steer = self.inner.pasting.steer.subscribe();
        let _ = steer.wait_for(|steer| *steer == Steer::Stop).await;
    }

    fn be_patient(&self, patience: Duration) {
        if let Some(writer) = self.inner.writer(Port::Keyboard) {
            writer.be_patient(patience);
        }
    }

    fn tap(&self, usage: u8) -> Result<(), Why> {
        self.tell(key(usage, true))?;
        self.tell(key(usage, false))
    }

    fn tell(&self, event: Event) -> Result<(), Why> {
        let seat = match &self.place {
            Place::Theirs(seat) => *seat,
            Place::Own(seat) => seat.id(),
        };
        match self.inner.handle(seat, event) {
            Outcome::Accepted => Ok(()),
            Outcome::NotInControl => Err(Why::LostControl),
            Outcome::Asleep => Err(Why::Asleep),
            Outcome::NotConnected => Err(Why::NotConnected),
        }
    }
}

fn key(usage: u8, down: bool) -> Event {
    Event::Key {
        usage: Usage::Key(usage),
        down,
    }
}
