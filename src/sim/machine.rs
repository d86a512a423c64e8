//! The running computer: one lock around the state machine, a clock, and news for those who wait.
//!
//! The mutex protects the [`Computer`] alone and is held for one step or one look, never while
//! drawing or waiting. Ports and capture share a [`Power`]; when the last one goes, the clock's
//! thread ends.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use super::computer::Computer;
use super::input::Input;
use crate::hid::Leds;
use crate::target::{PortError, UsbLink};

pub(super) struct Machine {
    state: Mutex<State>,
    /// Told after every step.
    stepped: Condvar,
    started: Instant,
    leds: watch::Sender<Leds>,
    link: watch::Sender<UsbLink>,
    /// Grows with every step, for those who wait without a thread.
    steps: watch::Sender<u64>,
}

struct State {
    computer: Computer,
    /// Nobody is plugged in any more.
    off: bool,
}

/// Keeps the machine's clock running.
pub(super) struct Power(Arc<Machine>);

impl Power {
    /// Starts the clock's thread.
    pub(super) fn on(computer: Computer) -> std::io::Result<Power> {
        let machine = Arc::new(Machine {
            leds: watch::Sender::new(computer.leds()),
            link: watch::Sender::new(computer.link()),
            steps: watch::Sender::new(0),
            state: Mutex::new(State {
                computer,
                off: false,
            }),
            stepped: Condvar::new(),
            started: Instant::now(),
        });
        let clock = Arc::clone(&machine);
        std::thread::Builder::new()
            .name("target-clock".into())
            .spawn(move || clock.run())?;
        Ok(Power(machine))
    }

    pub(super) fn machine(&self) -> &Arc<Machine> {
        &self.0
    }
}

impl Drop for Power {
    fn drop(&mut self) {
        self.0.lock().off = true;
        self.0.stepped.notify_all();
    }
}

impl Machine {
    /// Takes one step at the present time and tells everybody.
    pub(super) fn step(&self, input: Input<'_>) -> Result<(), PortError> {
        let mut state = self.lock();
        let outcome = state.computer.step(self.started.elapsed(), input);
        self.tell(&state.computer);
        outcome
    }

    /// Looks at the computer as it is now.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Computer) -> T) -> T {
        let mut state = self.lock();
        // Only time goes by; whoever waits for its effects is told by the clock.
        let _ = state.computer.step(self.started.elapsed(), Input::Time);
        look(&state.computer)
    }

    /// Looks now and after every step until `look` finds something, at most until `deadline`.
    /// `look` may say when it wants to look again.
    pub(super) fn wait_for<T>(
        &self,
        deadline: Instant,
        mut look: impl FnMut(&Computer) -> Looked<T>,
    ) -> Option<T> {
        let mut state = self.lock();
        loop {
            let _ = state.computer.step(self.started.elapsed(), Input::Time);
            let again = match look(&state.computer) {
                Looked::Found(found) => return Some(found),
                Looked::Again(at) => at,
            };
            let until = again.map_or(deadline, |again| again.min(deadline));
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() && until == deadline {
                return None;
            }
            let waited = self.stepped.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(super) fn leds(&self) -> watch::Receiver<Leds> {
        self.leds.subscribe()
    }

    pub(super) fn link(&self) -> watch::Receiver<UsbLink> {
        self.link.subscribe()
    }

    /// Changes after every step.
    pub(super) fn steps(&self) -> watch::Receiver<u64> {
        self.steps.subscribe()
    }

    fn run(&self) {
        let mut state = self.lock();
        while !state.off {
            let now = self.started.elapsed();
            if state.computer.next_event().is_some_and(|at| at <= now) {
                let _ = state.computer.step(now, Input::Time);
                self.tell(&state.computer);
            }
            state = match state.computer.next_event() {
                Some(at) => {
                    let left = at.saturating_sub(self.started.elapsed());
                    let waited = self.stepped.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self
                    .stepped
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn tell(&self, computer: &Computer) {
        publish(&self.leds, computer.leds());
        publish(&self.link, computer.link());
        self.steps.send_modify(|steps| *steps += 1);
        self.stepped.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A step that panicked leaves a whole, if odd, computer.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a look brought.
pub(super) enum Looked<T> {
    Found(T),
    /// Look after the next step, or at this time.
    Again(Option<Instant>),
}

fn publish<T: PartialEq>(channel: &watch::Sender<T>, value: T) {
    channel.send_if_modified(|known| {
        let changed = *known != value;
        *known = value;
        changed
    });
}
