//! A bundle on a web server. Only what is missing is asked for, where the server can give parts; a dropped connection is
//! taken up again at the very byte.
//!
//! ```text
//! nothing ──request──▶ flows ──end of the run──▶ nothing
//!    ▲                   │ drops
//!    └──waits, longer────┘   TRIES in a row without a byte ──▶ lost
//! ```

use std::ops::Range;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::address::Address;
use super::error::UpdateError;
use super::fetch::{Event, Fetch, SILENCE};
use super::source::{Piece, Source};

/// Drops in a row, without a byte that was wanted between them, after which the server is given up.
const TRIES: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

pub(super) struct Web {
    fetch: Fetch,
    address: Address,
    /// What is asked for, less what has come.
    run: Range<u64>,
    size: Option<u64>,
    /// The server gives what is asked for, and not all.
    parts: bool,
    flow: Option<Flow>,
    /// Since the last byte that was wanted.
    drops: u32,
    /// Something has come already: the address is right.
    known: bool,
    first_wait: Duration,
}

/// An answer under way.
struct Flow {
    events: mpsc::Receiver<Event>,
    /// Where the next bytes belong; unknown before the answer begins.
    at: Option<u64>,
    /// Behind what was asked for.
    end: u64,
    /// The server gives only that.
    part: bool,
}

impl Web {
    pub(super) fn new(fetch: Fetch, address: Address) -> Web {
        Web {
            fetch,
            address,
            run: 0..0,
            size: None,
            parts: false,
            flow: None,
            drops: 0,
            known: false,
            first_wait: FIRST_WAIT,
        }
    }

    /// For tests, which wait for nothing.
    #[cfg(test)]
    pub(super) fn without_waits(mut self) -> Web {
        self.first_wait = Duration::ZERO;
        self
    }

    fn flow(&mut self) -> &mut Flow {
        let (fetch, address, run) = (&self.fetch, &self.address, &self.run);
        self.flow.get_or_insert_with(|| Flow {
            events: fetch.begin(address.clone(), Some(run.clone())),
            at: None,
            end: run.end,
            part: false,
        })
    }

    /// An answer that cannot lead to what is wanted next is let go.
    fn keep_flow(&self) -> bool {
        self.flow.as_ref().is_some_and(|flow| match flow.at {
            Some(at) if flow.part => at == self.run.start,
            Some(at) => at <= self.run.start,
            None => false,
        })
    }

    async fn dropped(&mut self, why: &str) -> Result<(), UpdateError> {
        self.flow = None;
        self.drops += 1;
        log::info!("{}: {why}", self.address);
        if !self.known {
            return Err(UpdateError::Unreachable(why.to_owned()));
        }
        if self.drops > TRIES {
            return Err(UpdateError::Dropped);
        }
        let wait = self.first_wait * 2_u32.saturating_pow(self.drops - 1);
        sleep(wait.min(LONGEST_WAIT)).await;
        Ok(())
    }

    fn take(&mut self, bytes: bytes::Bytes) -> Result<Piece, UpdateError> {
        let flow = self.flow.as_mut().ok_or(UpdateError::Lost)?;
        let at = flow.at.ok_or(UpdateError::Lost)?;
        let end = at + bytes.len() as u64;
        flow.at = Some(end);
        self.known = true;
        if end > self.run.start {
            // What was skipped again is no progress.
            self.drops = 0;
        }
        self.run.start = self.run.start.max(end);
        Ok(Piece { at, bytes })
    }

    /// The answer is over: whether the file is.
    async fn ended(&mut self) -> Result<bool, UpdateError> {
        let Some(flow) = self.flow.take() else {
            return Ok(false);
        };
        let at = flow.at.unwrap_or(0);
        let due = match (flow.part, self.size) {
            (true, size) => flow.end.min(size.unwrap_or(flow.end)),
            (false, Some(size)) => size,
            // It ends where it ends.
            (false, None) => return Ok(true),
        };
        if at < due {
            self.dropped("it ends too early").await?;
            return Ok(false);
        }
        Ok(self.size == Some(at))
    }
}

impl Source for Web {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn gives_parts(&self) -> bool {
        self.parts
    }

    fn seek(&mut self, run: Range<u64>) {
        self.run = run;
        if !self.keep_flow() {
            self.flow = None;
        }
    }

    async fn next(&mut self) -> Result<Option<Piece>, UpdateError> {
        while self.run.start < self.run.end {
            let event = timeout(SILENCE, self.flow().events.recv()).await;
            match event {
                Err(_) => self.dropped("it is silent").await?,
                Ok(None) if self.ended().await? => return Ok(None),
                Ok(None) => {}
                Ok(Some(Event::Begins { at, size, part })) => {
                    self.size = size.or(self.size);
                    self.parts = part;
                    let flow = self.flow();
                    (flow.at, flow.part) = (Some(at), part);
                }
                Ok(Some(Event::Bytes(bytes))) => return self.take(bytes).map(Some),
                Ok(Some(Event::Failed(error))) => return Err(error),
                Ok(Some(Event::Dropped(why))) => self.dropped(&why).await?,
            }
        }
        Ok(None)
    }
}
