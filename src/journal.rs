//! The appliance's own log lines, the newest of them, in memory: what an admin reads on the page when something is wrong.
//!
//! `app` writes every line that the log lets through, `web` reads. Never on the card, gone with the process; and never more
//! than what goes to standard error, so no secret and nothing that is typed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Lines that are kept.
const LINES: usize = 1000;
/// Characters of a line; most have a tenth of that.
const LONGEST: usize = 1000;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1, without a gap.
    pub number: u64,
    /// Since power-on: right also while the clock is not.
    pub uptime: Duration,
    pub level: log::Level,
    /// The part of the program that says it.
    pub part: String,
    pub text: String,
}

/// The time since power-on, sleep included.
#[must_use]
pub fn uptime() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

/// Cheap handle to the ring.
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

struct Shared {
    ring: Mutex<Ring>,
    /// The number of the newest line.
    newest: watch::Sender<u64>,
}

/// Pure.
#[derive(Default)]
struct Ring {
    lines: VecDeque<Line>,
    newest: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Journal(Arc::new(Shared {
            ring: Mutex::default(),
            newest: watch::Sender::new(0),
        }))
    }
}

impl Journal {
    /// Keeps a line; the oldest goes when there are too many. Never waits for a reader.
    pub fn add(&self, level: log::Level, part: &str, text: &str) {
        let newest = self.ring().add(uptime(), level, part, text);
        self.0.newest.send_replace(newest);
    }

    /// So many lines behind this number at most, the oldest first; those that are gone are left out.
    #[must_use]
    pub fn after(&self, number: u64, most: usize) -> Vec<Line> {
        self.ring().after(number, most)
    }

    /// Changes with each line.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.0.newest.subscribe()
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn add(&mut self, uptime: Duration, level: log::Level, part: &str, text: &str) -> u64 {
        self.newest += 1;
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(Line {
            number: self.newest,
            uptime,
            level,
            part: plain(part),
            text: plain(text),
        });
        self.newest
    }

    fn after(&self, number: u64, most: usize) -> Vec<Line> {
        let first = self.lines.front().map_or(0, |line| line.number);
        let known =
            usize::try_from(number.saturating_add(1).saturating_sub(first)).unwrap_or(usize::MAX);
        self.lines.iter().skip(known).take(most).cloned().collect()
    }
}

/// One line of readable characters: what it quotes may have come over the network.
fn plain(text: &str) -> String {
    let readable = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(LONGEST).map(readable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(lines: u64) -> Ring {
        let mut ring = Ring::default();
        for line in 1..=lines {
            ring.add(Duration::ZERO, log::Level::Info, "net", &line.to_string());
        }
        ring
    }

    #[test]
    fn the_oldest_line_goes_and_numbers_go_on() {
        let ring = ring(1003);
        let all = ring.after(0, LINES);
        assert_eq!((all.len(), all[0].number, all[999].number), (1000, 4, 1003));
        assert_eq!(all[0].text, "4");
    }

    #[test]
    fn whoever_has_read_some_gets_the_rest() {
        let ring = ring(5);
        let texts = |number| -> Vec<String> {
            let lines = ring.after(number, LINES);
            lines.into_iter().map(|line| line.text).collect()
        };
        assert_eq!(texts(3), ["4", "5"]);
        assert_eq!(ring.after(1, 2).len(), 2);
        assert!(texts(5).is_empty() && texts(u64::MAX - 1).is_empty());
        assert!(Ring::default().after(0, LINES).is_empty());
    }

    #[test]
    fn a_line_is_one_line_and_has_an_end() {
        let mut ring = Ring::default();
        ring.add(Duration::ZERO, log::Level::Warn, "a\nb", "c\r\n\u{1b}[2Jd");
        ring.add(Duration::ZERO, log::Level::Warn, "a", &"ü".repeat(5000));
        let lines = ring.after(0, LINES);
        assert_eq!(
            (lines[0].part.as_str(), lines[0].text.as_str()),
            ("a b", "c   [2Jd")
        );
        assert_eq!(lines[1].text.chars().count(), LONGEST);
    }

    #[tokio::test]
    async fn a_reader_that_waits_hears_of_a_new_line() {
        let journal = Journal::default();
        let mut newest = journal.newest();
        journal.add(log::Level::Error, "web", "no");
        newest.changed().await.expect("the journal lives");
        assert_eq!(*newest.borrow(), 1);
    }
}
