//! Reads an endless `multipart/x-mixed-replace` answer, chunked or not, without keeping it.
//!
//! Pure. The viewers feed it what they receive; it says when a picture's last byte has arrived and
//! hands out that picture's first bytes. It also says how many of the next bytes are of no
//! interest, so that a plain socket can have the kernel throw them away.

use crate::http::field;

/// Longest HTTP head, part head or chunk line that is accepted.
const LONGEST_HEAD: usize = 8192;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum StreamError {
    #[error("the server answered {0:?}")]
    Refused(String),
    #[error("a head is longer than {LONGEST_HEAD} bytes")]
    LongHead,
    #[error("a part has no Content-Length: {0:?}")]
    NoLength(String),
    #[error("bad chunk size {0:?}")]
    ChunkSize(String),
    #[error("the stream ended")]
    Ended,
}

/// How the bytes of the body are wrapped.
enum Wrapping {
    Plain,
    /// Collecting the line with a chunk's size.
    ChunkLine(Vec<u8>),
    /// Inside a chunk with this many bytes left; its closing CRLF is an empty [`Wrapping::ChunkLine`].
    Chunk(usize),
}

enum Place {
    /// In the head of the HTTP answer.
    Answer(Vec<u8>),
    /// Between pictures, in the boundary and headers of a part.
    PartHead(Vec<u8>),
    /// In a picture: its first bytes, and how many bytes are still to come.
    Picture { head: Vec<u8>, left: usize },
}

pub(crate) struct Parser {
    keep: usize,
    wrapping: Wrapping,
    place: Place,
}

impl Parser {
    /// Keeps the first `keep` bytes of each picture.
    pub(crate) fn new(keep: usize) -> Self {
        Parser {
            keep,
            wrapping: Wrapping::Plain,
            place: Place::Answer(Vec::new()),
        }
    }

    /// Takes the next bytes and calls `done` with the first bytes of each picture that they complete.
    pub(crate) fn feed(
        &mut self,
        mut bytes: &[u8],
        done: &mut dyn FnMut(&[u8]),
    ) -> Result<(), StreamError> {
        while let Some(&next) = bytes.first() {
            if let Wrapping::ChunkLine(line) = &mut self.wrapping {
                line.push(next);
                bytes = &bytes[1..];
                if next == b'\n' {
                    self.wrapping = chunk_after(line)?;
                } else if line.len() > LONGEST_HEAD {
                    return Err(StreamError::LongHead);
                }
                continue;
            }
            let here = if let Wrapping::Chunk(left) = self.wrapping {
                left.min(bytes.len())
            } else {
                bytes.len()
            };
            let used = self.take(&bytes[..here], done)?;
            bytes = &bytes[used..];
        }
        Ok(())
    }

    /// How many of the next bytes may be dropped unseen and reported with [`Parser::skip`].
    pub(crate) fn skippable(&self) -> usize {
        match (&self.place, &self.wrapping) {
            (Place::Picture { head, .. }, _) if head.len() < self.keep => 0,
            (_, Wrapping::ChunkLine(_)) => 0,
            (Place::Picture { left, .. }, Wrapping::Chunk(chunk)) => *left.min(chunk),
            (Place::Picture { left, .. }, Wrapping::Plain) => *left,
            _ => 0,
        }
    }

    /// `count` bytes were dropped unseen, at most [`Parser::skippable`].
    pub(crate) fn skip(&mut self, count: usize, done: &mut dyn FnMut(&[u8])) {
        self.leave_chunk(count);
        self.leave_picture(count, done);
    }

    /// Takes bytes that are free of wrapping, up to the end of what they belong to.
    fn take(&mut self, bytes: &[u8], done: &mut dyn FnMut(&[u8])) -> Result<usize, StreamError> {
        match &mut self.place {
            Place::Picture { head, left } => {
                let used = bytes.len().min(*left);
                let wanted = used.min(self.keep.saturating_sub(head.len()));
                head.extend_from_slice(&bytes[..wanted]);
                self.leave_chunk(used);
                self.leave_picture(used, done);
                Ok(used)
            }
            Place::PartHead(head) => {
                head.push(bytes[0]);
                if let Some(length) = part_length(head)? {
                    self.place = Place::Picture {
                        head: Vec::with_capacity(self.keep),
                        left: length,
                    };
                }
                self.leave_chunk(1);
                Ok(1)
            }
            Place::Answer(head) => {
                head.push(bytes[0]);
                if let Some(wrapping) = body_wrapping(head)? {
                    self.wrapping = wrapping;
                    self.place = Place::PartHead(Vec::new());
                }
                Ok(1)
            }
        }
    }

    fn leave_picture(&mut self, count: usize, done: &mut dyn FnMut(&[u8])) {
        if let Place::Picture { head, left } = &mut self.place {
            *left -= count;
            if *left == 0 {
                done(head);
                self.place = Place::PartHead(Vec::new());
            }
        }
    }

    fn leave_chunk(&mut self, count: usize) {
        if let Wrapping::Chunk(left) = &mut self.wrapping {
            *left -= count;
            if *left == 0 {
                self.wrapping = Wrapping::ChunkLine(Vec::new());
            }
        }
    }
}

/// What follows a complete chunk line. An empty line is the end of the chunk before.
fn chunk_after(line: &[u8]) -> Result<Wrapping, StreamError> {
    let text = String::from_utf8_lossy(line);
    let size = text.trim().split(';').next().unwrap_or_default();
    if size.is_empty() {
        return Ok(Wrapping::ChunkLine(Vec::new()));
    }
    match usize::from_str_radix(size, 16) {
        Ok(0) => Err(StreamError::Ended),
        Ok(length) => Ok(Wrapping::Chunk(length)),
        Err(_) => Err(StreamError::ChunkSize(size.to_owned())),
    }
}

/// The wrapping that a complete answer head announces; nothing while it is incomplete.
fn body_wrapping(head: &[u8]) -> Result<Option<Wrapping>, StreamError> {
    let Some(text) = complete(head)? else {
        return Ok(None);
    };
    let status = text.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        return Err(StreamError::Refused(status.to_owned()));
    }
    let chunked =
        field(&text, "transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked"));
    Ok(Some(if chunked {
        Wrapping::ChunkLine(Vec::new())
    } else {
        Wrapping::Plain
    }))
}

/// The length of the picture that a complete part head announces; nothing while it is incomplete.
fn part_length(head: &mut Vec<u8>) -> Result<Option<usize>, StreamError> {
    if head.as_slice() == b"\r\n" {
        head.clear(); // the line end that closes the part before
        return Ok(None);
    }
    let Some(text) = complete(head)? else {
        return Ok(None);
    };
    match field(&text, "content-length").and_then(|v| v.parse().ok()) {
        Some(length) if length > 0 => Ok(Some(length)),
        _ => Err(StreamError::NoLength(text)),
    }
}

fn complete(head: &[u8]) -> Result<Option<String>, StreamError> {
    if head.ends_with(b"\r\n\r\n") {
        return Ok(Some(String::from_utf8_lossy(head).into_owned()));
    }
    if head.len() > LONGEST_HEAD {
        Err(StreamError::LongHead)
    } else {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] =
        b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n\
        --b\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nhello\r\n\
        --b\r\nContent-Type: image/jpeg\r\ncontent-length:7\r\n\r\ngoodbye\r\n--b\r\n";

    /// The same, in chunks whose ends fall into heads and pictures.
    fn chunked() -> Vec<u8> {
        let start = PLAIN
            .iter()
            .position(|b| *b == b'-')
            .expect("the fixture has a boundary");
        let start = PLAIN[start..]
            .windows(3)
            .position(|w| w == b"--b")
            .expect("boundary")
            + start;
        let mut out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for piece in PLAIN[start..].chunks(9) {
            out.extend(format!("{:x};note=1\r\n", piece.len()).bytes());
            out.extend(piece);
            out.extend(b"\r\n");
        }
        out
    }

    fn pictures(stream: &[u8], step: usize, keep: usize) -> Vec<String> {
        let mut parser = Parser::new(keep);
        let mut found = Vec::new();
        for piece in stream.chunks(step) {
            let mut done = |head: &[u8]| found.push(String::from_utf8_lossy(head).into_owned());
            parser
                .feed(piece, &mut done)
                .expect("the fixture is well-formed");
        }
        found
    }

    #[test]
    fn finds_each_picture_however_the_bytes_arrive() {
        for step in [1, 2, 3, 7, 64, 10_000] {
            assert_eq!(
                pictures(PLAIN, step, 100),
                ["hello", "goodbye"],
                "in steps of {step}"
            );
            assert_eq!(
                pictures(&chunked(), step, 100),
                ["hello", "goodbye"],
                "chunked, in steps of {step}"
            );
        }
    }

    #[test]
    fn keeps_only_the_first_bytes() {
        assert_eq!(pictures(PLAIN, 3, 2), ["he", "go"]);
    }

    #[test]
    fn skipped_bytes_count_as_received() {
        for stream in [PLAIN.to_vec(), chunked()] {
            let (mut parser, mut rest, mut found) = (Parser::new(2), stream.as_slice(), Vec::new());
            let mut skipped = 0;
            while !rest.is_empty() {
                let count = parser.skippable();
                let mut done = |head: &[u8]| found.push(head.to_vec());
                if count == 0 {
                    parser
                        .feed(&rest[..1], &mut done)
                        .expect("the fixture is well-formed");
                    rest = &rest[1..];
                } else {
                    parser.skip(count, &mut done);
                    rest = &rest[count..];
                    skipped += count;
                }
            }
            assert_eq!(found, [b"he", b"go"]);
            assert_eq!(
                skipped,
                3 + 5,
                "everything behind the first two bytes can be skipped"
            );
        }
    }

    #[test]
    fn a_refusal_is_told_with_its_status_line() {
        let refused = Parser::new(1).feed(b"HTTP/1.1 401 Unauthorized\r\n\r\n", &mut |_| {});
        assert_eq!(
            refused,
            Err(StreamError::Refused("HTTP/1.1 401 Unauthorized".to_owned()))
        );
    }

    #[test]
    fn a_part_without_length_is_an_error() {
        let stream = b"HTTP/1.1 200 OK\r\n\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n";
        assert!(matches!(
            Parser::new(1).feed(stream, &mut |_| {}),
            Err(StreamError::NoLength(_))
        ));
    }

    #[test]
    fn the_last_chunk_ends_the_stream() {
        let stream = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(
            Parser::new(1).feed(stream, &mut |_| {}),
            Err(StreamError::Ended)
        );
    }

    #[test]
    fn an_endless_head_is_refused() {
        assert_eq!(
            Parser::new(1).feed(&[b'x'; LONGEST_HEAD + 2], &mut |_| {}),
            Err(StreamError::LongHead)
        );
    }
}
