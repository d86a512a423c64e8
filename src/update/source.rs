//! Where a bundle's bytes come from: an upload, a server, a file on the card. One small seam for all of them.

use std::future::Future;
use std::ops::Range;

use bytes::{Buf as _, Bytes};

use super::error::UpdateError;
use super::status::Report;

/// Some bytes of a bundle, and where they begin in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) at: u64,
    pub(super) bytes: Bytes,
}

/// The bytes of one bundle. Asked by one job, from the front to the back; who gives parts is asked for earlier ones, too.
pub(super) trait Source: Send + 'static {
    /// Bytes of the whole, as far as is known by now.
    fn size(&self) -> Option<u64>;

    /// Whether only what is asked for is sent, as far as is known by now.
    fn gives_parts(&self) -> bool {
        false
    }

    /// Only these bytes will be asked for until the next call. Does not wait for anything.
    fn seek(&mut self, run: Range<u64>);

    /// The next piece. One that begins before the run is allowed: who cannot seek gives what comes. `None`: there is
    /// no more.
    fn next(&mut self) -> impl Future<Output = Result<Option<Piece>, UpdateError>> + Send;
}

/// Reads exact numbers of bytes from a source.
pub(super) struct Reader<S> {
    source: S,
    report: Report,
    at: u64,
    rest: Bytes,
}

impl<S: Source> Reader<S> {
    pub(super) fn new(source: S, report: Report) -> Reader<S> {
        Reader {
            source,
            report,
            at: 0,
            rest: Bytes::new(),
        }
    }

    pub(super) fn size(&self) -> Option<u64> {
        self.source.size()
    }

    pub(super) fn gives_parts(&self) -> bool {
        self.source.gives_parts()
    }

    /// Goes to `run`; what of it is here already is not read again.
    pub(super) fn seek(&mut self, run: &Range<u64>) {
        let behind = self.at + self.rest.len() as u64;
        let here = run.start.checked_sub(self.at).map(usize::try_from);
        match here {
            Some(Ok(here)) if run.start <= behind => {
                self.rest.advance(here);
                self.source.seek(behind..run.end.max(behind));
            }
            _ => {
                self.rest = Bytes::new();
                self.source.seek(run.clone());
            }
        }
        self.at = run.start;
    }

    /// Appends the next `number` bytes.
    pub(super) async fn read(
        &mut self,
        mut number: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), UpdateError> {
        while number > 0 {
            if self.rest.is_empty() && !self.more().await? {
                return Err(UpdateError::Truncated { got: self.at });
            }
            let now = self.rest.split_to(number.min(self.rest.len()));
            into.extend_from_slice(&now);
            self.at += now.len() as u64;
            number -= now.len();
        }
        Ok(())
    }

    /// Whether the source has no byte from here on.
    pub(super) async fn is_at_its_end(&mut self) -> Result<bool, UpdateError> {
        Ok(self.rest.is_empty() && !self.more().await?)
    }

    async fn more(&mut self) -> Result<bool, UpdateError> {
        while let Some(piece) = self.source.next().await? {
            let length = piece.bytes.len() as u64;
            self.report.edit(|job| job.fetched += length);
            let before = self.at.checked_sub(piece.at).ok_or(UpdateError::Lost)?;
            if before < length {
                self.rest = piece.bytes.slice(usize::try_from(before).unwrap_or(0)..);
                return Ok(true);
            }
        }
        Ok(false)
    }
}
