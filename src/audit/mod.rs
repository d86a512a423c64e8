//! The audit log: who did what to the appliance, and when.
//!
//! `web` records; nobody waits for the card. One thread owns the files, which only grow, and each
//! entry carries the hash of the one before it. Never keystrokes, pasted text, passwords, codes or
//! tokens.
//!
//! ```text
//! record ─▶ queue (bounded) ─▶ thread: number, chain, append ─▶ audit.jsonl ─full─▶ audit.older.jsonl ─▶ gone
//! ```
//!
//! An entry is in the kernel's hands at once and on the card within a second. Who can write the
//! data partition can write a whole other chain: an export that is kept elsewhere tells.

mod budget;
mod chain;
mod file;

use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use budget::Budget;
use file::Log;

pub use chain::{Chain, Entry, What};

use crate::lan::WallClock;

/// Entries that wait for the card: far more than people do at once. What does not fit is counted.
const QUEUE: usize = 256;
/// How long an entry may be only in memory.
const SYNC: Duration = Duration::from_secs(1);
/// The longest detail.
const DETAIL: usize = 200;

/// Why the log cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be read; the appliance's log says why")]
pub struct NoAudit;

/// What is recorded of something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub what: What,
    /// The user; nobody when the appliance did it, or when no such user exists.
    pub who: Option<String>,
    pub address: Option<IpAddr>,
    /// For people.
    pub detail: String,
}

/// Cheap handle to the log. When the last one is gone, the thread writes what is left and ends.
#[derive(Clone)]
pub struct Audit {
    orders: SyncSender<Order>,
    clock: WallClock,
    /// Refusals cost a stranger nothing, so they get no more than their share of the log.
    budget: Arc<Mutex<Budget>>,
    /// Notes that found the queue full.
    lost: Arc<AtomicU64>,
}

enum Order {
    Record(Option<u64>, Note),
    Read(oneshot::Sender<Result<String, NoAudit>>),
}

impl Audit {
    /// Opens the log of `folder`. One that cannot be opened is told and stops nobody: then nothing
    /// is recorded.
    #[must_use]
    pub fn open(folder: &Path, clock: WallClock) -> Audit {
        let (orders, received) = sync_channel(QUEUE);
        let folder = folder.to_owned();
        let thread = std::thread::Builder::new().name("audit".to_owned());
        let started = thread.spawn(move || keep(Log::open(&folder), &received));
        if let Err(error) = started {
            log::error!("start the audit log's thread: {error}");
        }
        Audit {
            orders,
            clock,
            budget: Arc::new(Mutex::new(Budget::new(Instant::now()))),
            lost: Arc::default(),
        }
    }

    /// Records something. Never waits.
    pub fn record(&self, mut note: Note) {
        if note.what == What::LoginRefused {
            let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(passed_over) = budget.take(Instant::now()) else {
                return;
            };
            if passed_over > 0 {
                note.detail = format!("{}; {passed_over} more before it", note.detail);
            }
        }
        note.detail = note.detail.chars().take(DETAIL).collect();
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            note.detail = format!("{}; {lost} entries before it were lost", note.detail);
        }
        if self
            .orders
            .try_send(Order::Record(self.clock.now(), note))
            .is_err()
        {
            self.lost.fetch_add(lost + 1, Ordering::Relaxed);
        }
    }

    /// Everything that is kept, as it is in the files: one entry a line, the oldest first.
    ///
    /// # Errors
    /// The files cannot be read.
    pub async fn export(&self) -> Result<String, NoAudit> {
        let (answer, answered) = oneshot::channel();
        let orders = self.orders.clone();
        let sent = tokio::task::spawn_blocking(move || orders.send(Order::Read(answer)));
        sent.await.map_err(|_| NoAudit)?.map_err(|_| NoAudit)?;
        answered.await.unwrap_or(Err(NoAudit))
    }

    /// The same, read and checked.
    ///
    /// # Errors
    /// The files cannot be read.
    pub async fn chain(&self) -> Result<Chain, NoAudit> {
        let text = self.export().await?;
        let checked = tokio::task::spawn_blocking(move || Chain::of(&text));
        checked.await.map_err(|_| NoAudit)
    }
}

/// The thread: appends what comes, and sees to it that it reaches the card.
fn keep(log: std::io::Result<Log>, orders: &Receiver<Order>) {
    let mut log = match log {
        Ok(log) => log,
        Err(error) => {
            log::error!("open the audit log: {error}; nothing is recorded");
            return;
        }
    };
    let mut unsynced: Option<Instant> = None;
    loop {
        let order = match unsynced {
            Some(since) => orders.recv_timeout(SYNC.saturating_sub(since.elapsed())),
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match order {
            Ok(Order::Record(time, note)) => {
                told(log.append(time, note), "write to the audit log");
                unsynced.get_or_insert_with(Instant::now);
            }
            Ok(Order::Read(answer)) => {
                let text = told(log.text(), "read the audit log");
                let _ = answer.send(text.ok_or(NoAudit));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                told(log.sync(), "write the audit log out");
                return;
            }
        }
        if unsynced.is_some_and(|since| since.elapsed() >= SYNC) {
            told(log.sync(), "write the audit log out");
            unsynced = None;
        }
    }
}

fn told<T>(result: std::io::Result<T>, doing: &str) -> Option<T> {
    result
        .inspect_err(|error| log::error!("{doing}: {error}"))
        .ok()
}

#[cfg(test)]
mod tests;
