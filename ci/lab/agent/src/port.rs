//! The wire to the harness: a virtio serial port, lines of JSON.
//!
//! The harness holds its end before the machine starts, so the port is never without a reader.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc;

use farseat_lab_agent::{Report, Request};

const NODE: &str = "/lab/dev/vport0p1";
/// No request is longer; a longer line means that the two ends have lost step.
const LINE_LIMIT: usize = 64 * 1024;

pub(crate) struct Port {
    reads: File,
    /// To a thread of its own: input devices are read on while the harness takes its time.
    lines: mpsc::Sender<Vec<u8>>,
    partial: Vec<u8>,
}

impl Port {
    pub(crate) fn open() -> io::Result<Self> {
        // One open file only: the driver refuses a second. Writes wait, as a report must not get lost.
        let writes = OpenOptions::new().read(true).write(true).open(NODE)?;
        let reads = writes.try_clone()?;
        let (lines, written) = mpsc::channel();
        std::thread::Builder::new()
            .name("port".into())
            .spawn(move || write_all(writes, &written))?;
        Ok(Self {
            reads,
            lines,
            partial: Vec::new(),
        })
    }

    pub(crate) fn report(&mut self, report: &Report) -> io::Result<()> {
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.lines.send(line).map_err(gone)
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

/// Everything that waits goes in one piece: each is an interrupt of the machine.
fn write_all(mut port: File, lines: &mpsc::Receiver<Vec<u8>>) {
    while let Ok(mut piece) = lines.recv() {
        lines.try_iter().for_each(|line| piece.extend(line));
        if port.write_all(&piece).is_err() {
            return;
        }
    }
}

impl AsFd for Port {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reads.as_fd()
    }
}
