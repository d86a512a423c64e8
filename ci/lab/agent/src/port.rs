//! The wire to the harness: a virtio serial port, lines of JSON.
//!
//! The harness holds its end before the machine starts, so the port is never without a reader.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};

use farseat_lab_agent::{Report, Request};

const NODE: &str = "/lab/dev/vport0p1";
/// No request is longer; a longer line means that the two ends have lost step.
const LINE_LIMIT: usize = 64 * 1024;

pub(crate) struct Port {
    reads: File,
    writes: File,
    partial: Vec<u8>,
}

impl Port {
    pub(crate) fn open() -> io::Result<Self> {
        // One open file only: the driver refuses a second. Writes wait, as a report must not get lost.
        let writes = OpenOptions::new().read(true).write(true).open(NODE)?;
        let reads = writes.try_clone()?;
        Ok(Self {
            reads,
            writes,
            partial: Vec::new(),
        })
    }

    pub(crate) fn report(&mut self, report: &Report) -> io::Result<()> {
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        self.writes.write_all(&line)
    }

    /// What has arrived, or why it is no request. Call it when the port is readable; then it does not wait.
    pub(crate) fn requests(&mut self) -> io::Result<Vec<Result<Request, serde_json::Error>>> {
        let mut chunk = [0; 4096];
        let length = self.reads.read(&mut chunk)?;
        self.partial.extend_from_slice(&chunk[..length]);
        let mut requests = Vec::new();
        while let Some(end) = self.partial.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.partial.drain(..=end).collect();
            requests.push(serde_json::from_slice(&line));
        }
        if self.partial.len() > LINE_LIMIT {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a request without an end",
            ));
        }
        Ok(requests)
    }
}

impl AsFd for Port {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reads.as_fd()
    }
}
