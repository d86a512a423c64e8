//! One named thread for each port: takes reports from its lane and writes them.
//!
//! The lane's lock is held for decisions only, never during a write or a wait, so a port that
//! blocks holds up nobody but itself.

use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

use super::Outcome;
use super::lane::{Lane, Turn};
use crate::hid::Port;
use crate::hid::report::Step;
use crate::target::{HidPort, PortError, UsbLink};

/// A port's lane and the thread that serves it. Dropping it sends what is left, waits for the
/// thread (at most some 150 ms) and ends it.
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    /// What the port is to be told, and its state.
    lane: Mutex<Lane>,
    changed: Condvar,
    /// For who waits until the lane has settled.
    written: Notify,
    /// The target has a use for this port, as far as is known.
    read: watch::Sender<bool>,
}

impl Writer {
    pub(super) fn start(port: Port, device: Box<dyn HidPort>, link: UsbLink) -> Writer {
        let mut lane = Lane::new(port, device.left_pressed());
        lane.link_changed(link, Instant::now());
        let shared = Arc::new(Shared {
            lane: Mutex::new(lane),
            changed: Condvar::new(),
            written: Notify::new(),
            read: watch::Sender::new(true),
        });
        let serving = Arc::clone(&shared);
        let thread = Builder::new()
            .name(name(port).to_owned())
            .spawn(move || serving.serve(port, device))
            .expect("four threads at the start of the program can be had");
        Writer {
            shared,
            thread: Some(thread),
        }
    }

    pub(super) fn push(&self, step: Step) -> Outcome {
        let outcome = self.shared.lock().push(step);
        self.shared.changed.notify_one();
        outcome
    }

    /// How long a report is offered to a target that does not read.
    pub(super) fn be_patient(&self, patience: Duration) {
        self.shared.lock().be_patient(patience);
    }

    /// Waits until the port has taken all that it was to be told: true; or until its lane has given the target up.
    pub(super) async fn settled(&self) -> bool {
        loop {
            let mut written = pin!(self.shared.written.notified());
            // From here on no news is missed.
            written.as_mut().enable();
            if let Some(taken) = self.shared.lock().settled() {
                return taken;
            }
            written.await;
        }
    }

    /// Whether the target reads what this port says.
    pub(super) fn read(&self) -> watch::Receiver<bool> {
        self.shared.read.subscribe()
    }

    pub(super) fn link_changed(&self, link: UsbLink) {
        self.shared.lock().link_changed(link, Instant::now());
        self.shared.written.notify_waiters();
        self.shared.changed.notify_one();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().close();
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Lane> {
        // No code under this lock can leave a lane half changed.
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, port: Port, mut device: Box<dyn HidPort>) {
        let mut lane = self.lock();
        let mut condition = lane.condition();
        let mut waited: Option<Duration> = None;
        loop {
            if condition != lane.condition() {
                condition = lane.condition();
                log::info!("{}: the target {condition}", name(port));
            }
            let read = !lane.is_unread(Instant::now());
            self.read
                .send_if_modified(|known| std::mem::replace(known, read) != read);
            match lane.next(Instant::now()) {
                Turn::Write(report) => {
                    drop(lane);
                    let result = device.write(report.as_ref());
                    lane = self.lock();
                    lane.wrote(result, Instant::now());
                    if lane.settled().is_some() {
                        self.written.notify_waiters();
                    }
                    // Said to have room, and had none: do not spin.
                    let breath = lane.breath();
                    let in_vain = waited.take().is_some_and(|waited| waited < breath);
                    if in_vain && result == Err(PortError::Busy) {
                        lane = self.wait(lane, Some(breath));
                    }
                }
                Turn::Room(limit) => {
                    drop(lane);
                    let start = Instant::now();
                    device.wait_for_room(limit);
                    waited = Some(start.elapsed());
                    lane = self.lock();
                }
                Turn::Rest => lane = self.wait(lane, None),
                Turn::RestFor(limit) => lane = self.wait(lane, Some(limit)),
                Turn::Stop => return,
            }
        }
    }

    fn wait<'a>(
        &self,
        lane: MutexGuard<'a, Lane>,
        limit: Option<Duration>,
    ) -> MutexGuard<'a, Lane> {
        match limit {
            None => self
                .changed
                .wait(lane)
                .unwrap_or_else(PoisonError::into_inner),
            Some(limit) => {
                self.changed
                    .wait_timeout(lane, limit)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        }
    }
}

fn name(port: Port) -> &'static str {
    match port {
        Port::Keyboard => "hid-keyboard",
        Port::Absolute => "hid-absolute",
        Port::Relative => "hid-relative",
        Port::Controls => "hid-controls",
    }
}
