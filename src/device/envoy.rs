//! A process that goes out for a `serve` that cannot, as `serve` has it of init.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

/// Init starts a process at once, or within a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// How there comes to be one.
pub struct Envoy {
    /// Asks init for one.
    pub start: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
    /// The lines to those that init has started.
    pub lines: mpsc::Receiver<OwnedFd>,
}

impl Envoy {
    /// A new one: the line to it.
    ///
    /// # Errors
    /// Init starts none.
    pub async fn started(&mut self) -> io::Result<OwnedFd> {
        // Of one that nobody waited for any more.
        while self.lines.try_recv().is_ok() {}
        (self.start)()?;
        let line = timeout(PATIENCE, self.lines.recv()).await?;
        line.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
