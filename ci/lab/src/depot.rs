//! A server on this machine that the appliance fetches bundles from: HTTP/1.1 with ranges, and a connection that breaks
//! where a test wants it to.
//!
//! QEMU's user network shows this machine's loopback to the guest as 10.0.2.2.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::names::ROUTER;

/// What was asked for and sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Which bytes were asked for, in order.
    pub asked: Vec<Range<usize>>,
    /// So many were sent.
    pub sent: usize,
}

#[derive(Default)]
struct State {
    content: Arc<Vec<u8>>,
    /// At these bytes the connection breaks, once each.
    breaks: Vec<usize>,
    traffic: Traffic,
}

/// See the module. It serves until the process ends.
pub struct Depot {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Depot {
    /// Offers one file.
    ///
    /// # Errors
    /// No port is free.
    pub fn open(content: Vec<u8>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let depot = Self {
            port: listener.local_addr()?.port(),
            state: Arc::default(),
        };
        lock(&depot.state).content = Arc::new(content);
        let state = Arc::clone(&depot.state);
        std::thread::Builder::new()
            .name("depot".into())
            .spawn(move || {
                for stream in listener.incoming().flatten() {
                    let state = Arc::clone(&state);
                    // A client that hangs up has what it wanted, or comes again.
                    std::thread::spawn(move || drop(serve(&stream, &state)));
                }
            })?;
        Ok(depot)
    }

    /// What the guest calls the file.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_at(ROUTER)
    }

    /// The same by another name of this machine.
    #[must_use]
    pub fn url_at(&self, host: &str) -> String {
        format!("http://{host}:{}/bundle.farseat", self.port)
    }

    /// From now on the connection breaks once at each of these bytes, in ascending order.
    pub fn break_at(&self, breaks: &[usize]) {
        lock(&self.state).breaks = breaks.to_vec();
    }

    /// What has been asked for and sent since this was last asked.
    #[must_use]
    pub fn take_traffic(&self) -> Traffic {
        std::mem::take(&mut lock(&self.state).traffic)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Whoever panics has changed nothing halfway.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let mut reads = BufReader::new(stream.take(64 << 20));
    while let Some(wanted) = read_request(&mut reads)? {
        answer(stream, wanted, state)?;
    }
    Ok(())
}

/// The first byte that is wanted, and the last where it is named.
type Part = (usize, Option<usize>);

/// What is wanted, all or a part; `None` when the client has gone.
fn read_request(reads: &mut impl BufRead) -> io::Result<Option<Option<Part>>> {
    let mut range = None;
    let mut first = true;
    loop {
        let mut line = String::new();
        if reads.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() && !first {
            return Ok(Some(range));
        }
        first = false;
        if let Some((from, to)) = line
            .strip_prefix("range: bytes=")
            .and_then(|range| range.split_once('-'))
        {
            let from = from.parse().map_err(io::Error::other)?;
            range = Some((from, to.parse().ok()));
        }
    }
}

fn answer(mut stream: &TcpStream, wanted: Option<Part>, state: &Mutex<State>) -> io::Result<()> {
    let content = Arc::clone(&lock(state).content);
    let (from, to) = wanted.unwrap_or((0, None));
    let end = to.map_or(content.len(), |last| (last + 1).min(content.len()));
    let range = from.min(end)..end;
    let length = range.len();
    let status = if wanted.is_some() {
        format!(
            "206 Partial Content\r\nContent-Range: bytes {}-{}/{}",
            range.start,
            range.end.saturating_sub(1),
            content.len()
        )
    } else {
        "200 OK\r\nAccept-Ranges: bytes".into()
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nETag: \"lab\"\r\nContent-Length: {length}\r\n\r\n"
    )?;
    let broken = {
        let mut state = lock(state);
        state.traffic.asked.push(range.clone());
        let at = state.breaks.iter().position(|at| range.contains(at));
        at.map(|at| state.breaks.remove(at))
    };
    let end = broken.unwrap_or(range.end);
    for chunk in content[range.start..end].chunks(16 << 10) {
        stream.write_all(chunk)?;
        lock(state).traffic.sent += chunk.len();
    }
    if broken.is_some() {
        stream.shutdown(Shutdown::Both)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(depot: &Depot, range: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", depot.port)).unwrap();
        write!(stream, "GET / HTTP/1.1\r\n{range}\r\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
        answer.split_off(head.unwrap() + 4)
    }

    #[test]
    fn a_range_is_what_is_sent() {
        let depot = Depot::open((0..=255).collect()).unwrap();
        assert_eq!(ask(&depot, "Range: bytes=3-5\r\n"), [3, 4, 5]);
        assert_eq!(ask(&depot, "Range: bytes=254-\r\n"), [254, 255]);
        assert_eq!(ask(&depot, "").len(), 256);
        let traffic = depot.take_traffic();
        assert_eq!(traffic.asked, [3..6, 254..256, 0..256]);
        assert_eq!(traffic.sent, 3 + 2 + 256);
    }

    #[test]
    fn the_connection_breaks_once_at_each_byte_that_was_named() {
        let depot = Depot::open(vec![7; 100]).unwrap();
        depot.break_at(&[10, 20]);
        assert_eq!(ask(&depot, "Range: bytes=0-\r\n").len(), 10);
        assert_eq!(ask(&depot, "Range: bytes=10-\r\n").len(), 10);
        assert_eq!(ask(&depot, "Range: bytes=20-\r\n").len(), 80);
    }
}
