//! A log of things that happened, and waiting for the next one that fits.
//!
//! Every source of news in the lab (agent, dongle, sockets) has one. A wait reads on from where the last one ended, so
//! a test tells a story in order; what it does not name is passed over.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many entries are kept for a reader that does not look.
const CAPACITY: usize = 4096;

#[derive(Debug)]
struct Log<T> {
    entries: VecDeque<T>,
    closed: bool,
}

/// See the module. Clones share the log.
#[derive(Debug)]
pub struct Inbox<T> {
    shared: Arc<(Mutex<Log<T>>, Condvar)>,
}

impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        let log = Log {
            entries: VecDeque::new(),
            closed: false,
        };
        Self {
            shared: Arc::new((Mutex::new(log), Condvar::new())),
        }
    }
}

/// The wait was in vain; what was passed over meanwhile, for the message of the failed test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed<T> {
    /// Everything that came instead.
    pub instead: Vec<T>,
    /// Nothing more will come: the source has ended.
    pub closed: bool,
}

impl<T: Debug> Inbox<T> {
    fn lock(&self) -> MutexGuard<'_, Log<T>> {
        // A panic in a test thread leaves the log whole: entries are only pushed and popped.
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry; the oldest goes when nobody reads.
    pub fn push(&self, entry: T) {
        let mut log = self.lock();
        if log.entries.len() == CAPACITY {
            log.entries.pop_front();
        }
        log.entries.push_back(entry);
        self.shared.1.notify_all();
    }

    /// Says that nothing more will come.
    pub fn close(&self) {
        self.lock().closed = true;
        self.shared.1.notify_all();
    }

    /// Whether the source has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Passes over everything that is there now.
    pub fn forget(&self) {
        self.lock().entries.clear();
    }

    /// Everything that is there now.
    #[must_use]
    pub fn take_all(&self) -> Vec<T> {
        self.lock().entries.drain(..).collect()
    }

    /// The next entry that `fits`, after at most `patience`; entries before it are passed over.
    ///
    /// # Errors
    /// What came instead.
    pub fn wait(&self, patience: Duration, fits: impl Fn(&T) -> bool) -> Result<T, Missed<T>> {
        self.wait_with_others(patience, fits)
            .map(|(entry, _)| entry)
    }

    /// Like [`Inbox::wait`], with what came before the entry: for "and nothing else happened".
    ///
    /// # Errors
    /// What came instead.
    pub fn wait_with_others(
        &self,
        patience: Duration,
        fits: impl Fn(&T) -> bool,
    ) -> Result<(T, Vec<T>), Missed<T>> {
        let deadline = Instant::now() + patience;
        let mut others = Vec::new();
        let mut log = self.lock();
        loop {
            while let Some(entry) = log.entries.pop_front() {
                if fits(&entry) {
                    return Ok((entry, others));
                }
                others.push(entry);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if log.closed || left.is_zero() {
                return Err(Missed {
                    instead: others,
                    closed: log.closed,
                });
            }
            log = self
                .shared
                .1
                .wait_timeout(log, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_wait_passes_over_what_does_not_fit() {
        let inbox = Inbox::default();
        (1..=3).for_each(|n| inbox.push(n));
        assert_eq!(
            inbox.wait_with_others(LONG, |n| *n == 3),
            Ok((3, vec![1, 2]))
        );
    }

    #[test]
    fn a_wait_ends_when_another_thread_brings_the_entry() {
        let inbox = Inbox::default();
        let giver = inbox.clone();
        let thread = std::thread::spawn(move || giver.push(7));
        assert_eq!(inbox.wait(LONG, |n| *n == 7), Ok(7));
        thread.join().unwrap();
    }

    #[test]
    fn a_wait_on_an_ended_source_fails_at_once() {
        let inbox = Inbox::default();
        inbox.push(1);
        inbox.close();
        assert_eq!(
            inbox.wait(LONG, |n| *n == 2),
            Err(Missed {
                instead: vec![1],
                closed: true
            })
        );
    }

    #[test]
    fn an_unread_log_keeps_the_newest() {
        let inbox = Inbox::default();
        (0..=CAPACITY).for_each(|n| inbox.push(n));
        assert_eq!(inbox.wait(LONG, |_| true), Ok(1));
    }
}
