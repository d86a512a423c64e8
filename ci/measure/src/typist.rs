//! An operator who types very fast, and how long each stroke takes to the HID port.
//!
//! Runs as `farseat-bench typist` against [`seat`](crate::seat), which records each report in a
//! file. Only key edges are sent: they may never be coalesced, so each must come out as one report.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::link::Door;
use crate::statistics::percentile;
use crate::websocket::{Socket, SocketError};

/// A record: u64 nanoseconds, then the report, filled up with zeros.
pub(crate) const RECORD: usize = 8 + REPORT;
pub(crate) const REPORT: usize = 16;
/// Reports that are still under way after this are lost.
const PATIENCE: Duration = Duration::from_secs(2);
const KEY_EVENT: u8 = 1;
const KEYBOARD_PAGE: u8 = 0;
const FIRST_LETTER: u8 = 0x04;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) door: Door,
    pub(crate) events: u32,
    pub(crate) per_second: u32,
    /// The file that the seat writes.
    pub(crate) records: PathBuf,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Typed {
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    /// Events without a report of their own, in order.
    pub(crate) lost: u32,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TypistError {
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error("read the reports from {}", path.display())]
    Records {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// A report and when it was written.
struct Record {
    at: u64,
    report: [u8; REPORT],
}

/// Types, waits for the reports, and compares.
pub(crate) fn type_fast(job: &Job) -> Result<Typed, TypistError> {
    let mut socket = Socket::open(&job.door, "/api/v1/control")?;
    socket.wait_at_most(Duration::from_millis(100))?;
    // The lease is told before anything is typed; a key that comes earlier would be refused.
    while !matches!(socket.receive()?, Some(message) if message.to_text().is_ok_and(|t| t.contains(r#""you":true"#)))
    {
    }
    socket.wait_at_most(Duration::ZERO)?;
    let began = clock::now();
    let mut sent = Vec::with_capacity(job.events as usize);
    for event in 0..job.events {
        let due = began + u64::from(event) * 1_000_000_000 / u64::from(job.per_second);
        std::thread::sleep(Duration::from_nanos(due.saturating_sub(clock::now())));
        sent.push(clock::now());
        socket.send(key_event(event))?;
        while socket.receive()?.is_some() {}
    }
    settled(&job.records, &sent, &mut socket)
}

/// The message of the nth event: each letter down, then up.
fn key_event(event: u32) -> Vec<u8> {
    let mut message = vec![KEY_EVENT];
    message.extend((event + 1).to_le_bytes());
    message.push(KEYBOARD_PAGE);
    message.extend(u16::from(letter(event)).to_le_bytes());
    message.push(u8::from(event.is_multiple_of(2)));
    message
}

fn letter(event: u32) -> u8 {
    FIRST_LETTER + (event / 2 % 26) as u8
}

/// Compares until nothing is lost any more or the patience is over: the last reports may still be
/// under way, and the appliance may write some that no event asked for.
fn settled(path: &Path, sent: &[u64], socket: &mut Socket) -> Result<Typed, TypistError> {
    let started = Instant::now();
    loop {
        while socket.receive()?.is_some() {}
        let bytes = std::fs::read(path).map_err(|source| TypistError::Records {
            path: path.to_owned(),
            source,
        })?;
        let typed = compare(sent, &records(&bytes));
        if typed.lost == 0 || started.elapsed() > PATIENCE {
            return Ok(typed);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn records(bytes: &[u8]) -> Vec<Record> {
    let (records, _) = bytes.as_chunks::<RECORD>();
    let split = |record: &[u8; RECORD]| {
        let (mut at, mut report) = ([0; 8], [0; REPORT]);
        at.copy_from_slice(&record[..8]);
        report.copy_from_slice(&record[8..]);
        Record {
            at: u64::from_ne_bytes(at),
            report,
        }
    };
    records.iter().map(split).collect()
}

/// Finds each event's report behind the one before it.
fn compare(sent: &[u64], records: &[Record]) -> Typed {
    let (mut rest, mut ages, mut lost) = (records.iter(), Vec::new(), 0);
    for (event, &sent) in (0..).zip(sent) {
        let mut ahead = rest.clone();
        match ahead.find(|record| record.at >= sent && says(record, event)) {
            Some(record) => {
                ages.push((record.at - sent) as f64 / 1e6);
                rest = ahead;
            }
            None => lost += 1,
        }
    }
    Typed {
        p50_ms: percentile(&ages, 0.5),
        p99_ms: percentile(&ages, 0.99),
        lost,
    }
}

/// Whether the report shows what the event did: the letter held, or nothing.
fn says(record: &Record, event: u32) -> bool {
    if event.is_multiple_of(2) {
        record.report.contains(&letter(event))
    } else {
        record.report == [0; REPORT]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(at: u64, key: u8) -> Record {
        let mut report = [0; REPORT];
        report[2] = key;
        Record { at, report }
    }

    #[test]
    fn each_letter_goes_down_and_up_with_growing_numbers() {
        assert_eq!(key_event(0), [1, 1, 0, 0, 0, 0, 4, 0, 1]);
        assert_eq!(key_event(1), [1, 2, 0, 0, 0, 0, 4, 0, 0]);
        assert_eq!(key_event(2), [1, 3, 0, 0, 0, 0, 5, 0, 1]);
    }

    #[test]
    fn every_event_has_its_own_report_in_order() {
        let ms = 1_000_000;
        let records = [
            record(0, 0),
            record(2 * ms, 4),
            record(5 * ms, 0),
            record(6 * ms, 5),
        ];
        let typed = compare(&[ms, 3 * ms, 5 * ms], &records);
        assert_eq!(
            typed,
            Typed {
                p50_ms: Some(1.0),
                p99_ms: Some(2.0),
                lost: 0
            }
        );
    }

    #[test]
    fn a_missing_report_is_one_lost_event() {
        let records = [record(2, 4), record(6, 5)];
        assert_eq!(compare(&[1, 3, 5], &records).lost, 1);
        assert_eq!(compare(&[1, 3, 5], &[]).lost, 3);
    }

    #[test]
    fn records_come_back_as_they_were_written() {
        let bytes = [&7u64.to_ne_bytes()[..], &[9; REPORT]].concat();
        let records = records(&bytes);
        assert_eq!(
            (records.len(), records[0].at, records[0].report),
            (1, 7, [9; REPORT])
        );
    }
}
