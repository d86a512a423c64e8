//! A bundle that somebody sends: read front to back, and over more than one connection when one of them drops.
//!
//! ```text
//! flows ──the connection drops──▶ waits, says at which byte ──another one, from there or before──▶ flows
//!                                     └── PATIENCE is over ──▶ interrupted
//! ```

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::error::UpdateError;
use super::source::{Piece, Source};
use super::status::Report;

/// How long an interrupted upload waits to be continued.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// One connection's part of a file.
#[derive(Debug)]
pub struct Sending {
    /// Where in the file it begins.
    pub at: u64,
    /// Bytes of the whole file.
    pub total: Option<u64>,
    pub pieces: mpsc::Receiver<Sent>,
}

/// What a connection brings. One that ends without [`Sent::End`] was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    Bytes(Bytes),
    End,
}

/// An upload as a source.
pub(super) struct Upload {
    connections: mpsc::Receiver<Sending>,
    now: Option<Sending>,
    /// Where the next piece of `now` begins.
    at: u64,
    /// Nothing before this is wanted any more.
    wanted: u64,
    total: Option<u64>,
    report: Report,
}

impl Upload {
    /// `first` begins at 0; the others come when it drops.
    pub(super) fn new(
        first: Sending,
        connections: mpsc::Receiver<Sending>,
        report: Report,
    ) -> Upload {
        Upload {
            total: first.total,
            now: Some(first),
            connections,
            at: 0,
            wanted: 0,
            report,
        }
    }

    /// A newer connection takes the older one's place, which may only seem to live.
    fn take(&mut self, sending: Sending) {
        if sending.at <= self.resume_at() {
            self.at = sending.at;
            self.now = Some(sending);
            self.report.edit(|job| job.resume_at = None);
        }
    }

    fn resume_at(&self) -> u64 {
        self.wanted
    }

    async fn wait(&mut self) -> Result<(), UpdateError> {
        let at = self.resume_at();
        self.report.edit(|job| job.resume_at = Some(at));
        let next = timeout(PATIENCE, self.connections.recv()).await;
        self.take(next.ok().flatten().ok_or(UpdateError::Interrupted)?);
        Ok(())
    }
}

impl Source for Upload {
    fn size(&self) -> Option<u64> {
        self.total
    }

    fn seek(&mut self, run: Range<u64>) {
        self.wanted = self.wanted.max(run.start);
    }

    async fn next(&mut self) -> Result<Option<Piece>, UpdateError> {
        loop {
            let Some(now) = &mut self.now else {
                self.wait().await?;
                continue;
            };
            tokio::select! {
                biased;
                Some(newer) = self.connections.recv() => self.take(newer),
                sent = now.pieces.recv() => match sent {
                    Some(Sent::Bytes(bytes)) => {
                        let at = self.at;
                        self.at += bytes.len() as u64;
                        self.wanted = self.wanted.max(self.at);
                        return Ok(Some(Piece { at, bytes }));
                    }
                    Some(Sent::End) => return Ok(None),
                    None => self.now = None,
                },
            }
        }
    }
}
