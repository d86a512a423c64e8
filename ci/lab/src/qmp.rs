//! QEMU's control port: one command at a time, answers in order; the names of events are kept until somebody asks.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::PATIENCE;

/// QEMU did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum QmpError {
    /// The port is gone.
    #[error("talk to QEMU")]
    Wire(#[from] io::Error),
    /// QEMU speaks something else.
    #[error("understand QEMU")]
    Json(#[from] serde_json::Error),
    /// QEMU refused a command.
    #[error("QEMU refuses {command}: {reason}")]
    Refused {
        command: &'static str,
        reason: String,
    },
    /// The forwarded port is not in QEMU's list.
    #[error("QEMU forwards no port to {0}")]
    NotForwarded(u16),
}

/// QEMU's control port.
pub struct Qmp {
    reads: BufReader<UnixStream>,
    writes: UnixStream,
    ended: Option<String>,
    /// Events that nobody has waited for yet.
    events: Vec<String>,
}

impl Qmp {
    pub(crate) fn greet(stream: UnixStream) -> Result<Self, QmpError> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut qmp = Self {
            reads: BufReader::new(stream.try_clone()?),
            writes: stream,
            ended: None,
            events: Vec::new(),
        };
        qmp.line()?;
        qmp.execute("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    fn line(&mut self) -> Result<Value, QmpError> {
        let mut line = String::new();
        if self.reads.read_line(&mut line)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let said: Value = serde_json::from_str(&line)?;
        if said["event"] == "SHUTDOWN" {
            self.ended = said["data"]["reason"].as_str().map(str::to_owned);
        }
        if let Some(event) = said["event"].as_str() {
            self.events.push(event.to_owned());
        }
        Ok(said)
    }

    /// Waits for an event, such as `WATCHDOG`; each is waited for once.
    ///
    /// # Errors
    /// It does not come.
    pub fn wait_event(&mut self, name: &str) -> Result<(), QmpError> {
        loop {
            if let Some(at) = self.events.iter().position(|event| event == name) {
                self.events.remove(at);
                return Ok(());
            }
            self.line()?;
        }
    }

    /// The events so far that nobody has waited for.
    ///
    /// # Errors
    /// The machine has ended.
    pub fn events(&mut self) -> Result<&[String], QmpError> {
        // QEMU sends in order: what happened before this answer comes before it.
        self.execute("query-status", json!({}))?;
        Ok(&self.events)
    }

    /// Waits until the machine has ended; why, in QEMU's words: `guest-reset`, `guest-shutdown`, …
    ///
    /// # Errors
    /// It goes on.
    pub fn wait_end(&mut self) -> Result<String, QmpError> {
        self.wait_end_within(Duration::ZERO)
    }

    /// The same, for a machine that may have nothing to say for so long.
    ///
    /// # Errors
    /// It goes on.
    pub fn wait_end_within(&mut self, limit: Duration) -> Result<String, QmpError> {
        let deadline = Instant::now() + limit;
        loop {
            match self.line() {
                Ok(_) => {}
                Err(QmpError::Wire(error)) if is_silence(&error) && Instant::now() < deadline => {}
                Err(QmpError::Wire(error)) if is_end(&error) => {
                    return Ok(self.ended.take().unwrap_or_default());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Stops the machine's processors and its time, until [`Qmp::go`].
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn pause(&mut self) -> Result<(), QmpError> {
        self.execute("stop", json!({})).map(|_| ())
    }

    /// Lets a machine go that was started as paused, or was paused.
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn go(&mut self) -> Result<(), QmpError> {
        self.execute("cont", json!({})).map(|_| ())
    }

    fn execute(&mut self, command: &'static str, arguments: Value) -> Result<Value, QmpError> {
        let mut line = json!({"execute": command, "arguments": arguments}).to_string();
        line.push('\n');
        self.writes.write_all(line.as_bytes())?;
        loop {
            let mut answer = self.line()?;
            if answer.get("error").is_some() {
                return Err(QmpError::Refused {
                    command,
                    reason: answer["error"]["desc"].to_string(),
                });
            }
            if answer.get("return").is_some() {
                return Ok(answer["return"].take());
            }
        }
    }

    /// The address on this machine behind which the guest's `port` is.
    ///
    /// # Errors
    /// It is not forwarded.
    pub fn forwarded(&mut self, port: u16) -> Result<SocketAddr, QmpError> {
        let table = self.execute(
            "human-monitor-command",
            json!({"command-line": "info usernet"}),
        )?;
        find_forward(table.as_str().unwrap_or_default(), port).ok_or(QmpError::NotForwarded(port))
    }

    /// Pulls or plugs the network cable.
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn set_network_cable(&mut self, plugged: bool) -> Result<(), QmpError> {
        self.execute("set_link", json!({"name": "net", "up": plugged}))
            .map(|_| ())
    }

    /// From now on every frame of the network cable goes to this file too, as libpcap keeps them.
    ///
    /// # Errors
    /// QEMU refuses.
    pub fn record_network(&mut self, file: &Path) -> Result<(), QmpError> {
        let filter =
            json!({"qom-type": "filter-dump", "id": "record", "netdev": "net", "file": file});
        self.execute("object-add", filter).map(|_| ())
    }
}

fn is_silence(error: &io::Error) -> bool {
    use io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock)
}

fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset)
}

/// Lines look like `TCP[HOST_FORWARD]  17  127.0.0.1 40123  10.0.2.15  443  0  0`.
fn find_forward(table: &str, port: u16) -> Option<SocketAddr> {
    table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find_map(|words| match words[..] {
            ["TCP[HOST_FORWARD]", _, address, host, _, guest, ..] if guest.parse() == Ok(port) => {
                Some(SocketAddr::new(address.parse().ok()?, host.parse().ok()?))
            }
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forwarded_port_is_read_from_qemus_table() {
        let table = "Hub -1 (net):\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\n  \
                     TCP[HOST_FORWARD]  14       127.0.0.1 40080       10.0.2.15    80     0     0\n  \
                     TCP[HOST_FORWARD]  13       127.0.0.1 40443       10.0.2.15   443     0     0\n";
        assert_eq!(
            find_forward(table, 443),
            Some(([127, 0, 0, 1], 40443).into())
        );
        assert_eq!(find_forward(table, 22), None);
    }
}
