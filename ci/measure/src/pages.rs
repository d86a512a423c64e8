//! Viewers as the page is one: on the video socket, acknowledging each frame (`docs/protocol.md`).
//! Counts what they are sent.

use std::thread;
use std::time::Duration;

use tungstenite::Message;

use crate::clock;
use crate::viewers::{Job, Seen};
use crate::websocket::{Socket, SocketError};

const FRAME: u8 = 1;
const ACKNOWLEDGE: u8 = 1;
const FRAME_HEADER: usize = 32;
const TICK: Duration = Duration::from_millis(50);

#[derive(Debug, thiserror::Error)]
pub(crate) enum PagesError {
    #[error("page {page}")]
    Socket { page: usize, source: SocketError },
    #[error("start or end page {0}")]
    Thread(usize),
    #[error("page {0} was never shown a picture")]
    Blind(usize),
}

/// Opens the pages and counts, over the job's time, the bytes that reach them.
pub(crate) fn watch(job: &Job) -> Result<Seen, PagesError> {
    let began = clock::now();
    let from = began + job.warm.as_nanos() as u64;
    let until = from + job.measure.as_nanos() as u64;
    let counted = thread::scope(|scope| {
        let pages: Vec<_> = (0..job.viewers)
            .map(|page| {
                scope.spawn(move || {
                    one_page(job, from, until).map_err(|source| PagesError::Socket { page, source })
                })
            })
            .collect();
        let results = pages
            .into_iter()
            .enumerate()
            .map(|(n, page)| page.join().map_err(|_| PagesError::Thread(n))?);
        results.collect::<Result<Vec<Counted>, PagesError>>()
    })?;
    if let Some(blind) = counted.iter().position(|page| page.frames == 0) {
        return Err(PagesError::Blind(blind));
    }
    let bytes: usize = counted.iter().map(|page| page.bytes).sum();
    let megabytes_per_second = bytes as f64 / 1e6 / job.measure.as_secs_f64();
    Ok(Seen {
        megabytes_per_second,
        began_ns: began,
        ..Seen::default()
    })
}

/// What one page got.
struct Counted {
    /// At any time: no picture at all would look like a perfect bandwidth.
    frames: usize,
    /// Within the counted time.
    bytes: usize,
}

fn one_page(job: &Job, from: u64, until: u64) -> Result<Counted, SocketError> {
    let mut socket = Socket::open(&job.door, "/api/v1/video")?;
    socket.wait_at_most(TICK)?;
    let mut counted = Counted {
        frames: 0,
        bytes: 0,
    };
    while clock::now() < until {
        let Some(message) = socket.receive()? else {
            continue;
        };
        if let Message::Binary(bytes) = &message
            && let Some(answer) = acknowledgement(bytes)
        {
            counted.frames += 1;
            socket.send(answer)?;
        }
        if (from..until).contains(&clock::now()) {
            counted.bytes += message.len();
        }
    }
    Ok(counted)
}

/// The answer to a frame; nothing for another message.
fn acknowledgement(message: &[u8]) -> Option<Vec<u8>> {
    let is_frame = message.len() >= FRAME_HEADER && message[0] == FRAME;
    is_frame.then(|| [&[ACKNOWLEDGE], &message[4..8]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_acknowledged_with_its_id() {
        let mut frame = vec![0; 40];
        frame[0] = 1;
        frame[4..8].copy_from_slice(&[0xef, 0xbe, 0xad, 0xde]);
        assert_eq!(
            acknowledgement(&frame),
            Some(vec![1, 0xef, 0xbe, 0xad, 0xde])
        );
    }

    #[test]
    fn the_answer_to_a_clock_question_is_not_acknowledged() {
        assert_eq!(acknowledgement(&[2; 16]), None);
        assert_eq!(acknowledgement(&[1; 31]), None);
    }
}
