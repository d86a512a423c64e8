//! The video socket: frames and signal states in, acknowledgements out.

use std::io;

use serde_json::Value;
use tokio::runtime::Handle;

use super::http::Route;
use super::socket::{Said, Socket};
use crate::PATIENCE;
use crate::inbox::Inbox;
use crate::picture::{Picture, Pixels};

const HEADER: usize = 32;

/// One frame with its header.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// Grows from frame to frame.
    pub id: u32,
    /// Microseconds of the appliance's clock.
    pub captured_us: u64,
    /// Microseconds of the appliance's clock.
    pub sent_us: u64,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// What `data` is: 1 JPEG, 2 H.264.
    pub codec: u8,
    /// A decoder can begin with it.
    pub alone: bool,
    /// The picture, coded.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "frame {} of {}x{}, {} bytes",
            self.id,
            self.width,
            self.height,
            self.data.len()
        )
    }
}

/// What the appliance says on the video socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// A picture.
    Frame(Frame),
    /// A state.
    State(Value),
    /// The socket has ended, with this code.
    Closed(Option<u16>),
}

/// The open video socket. Acknowledges every frame at once.
pub struct Video {
    _socket: Socket,
    news: Inbox<Seen>,
}

impl Video {
    /// `path`: with the wishes of a viewer.
    pub(super) fn open(
        runtime: &Handle,
        route: &Route,
        cookie: &str,
        path: &str,
    ) -> io::Result<Self> {
        let news = Inbox::default();
        let heard = news.clone();
        let hear = move |said| match said {
            Said::Text(state) => {
                heard.push(Seen::State(state));
                None
            }
            Said::Binary(bytes) => {
                let frame = parse(&bytes)?;
                let mut acknowledgement = vec![1];
                acknowledgement.extend(frame.id.to_le_bytes());
                heard.push(Seen::Frame(frame));
                Some(acknowledgement)
            }
            Said::Closed(code) => {
                heard.push(Seen::Closed(code));
                heard.close();
                None
            }
        };
        let socket = Socket::open(runtime, route, path, cookie, hear)?;
        Ok(Self {
            _socket: socket,
            news,
        })
    }

    /// Everything that the appliance says here.
    #[must_use]
    pub fn news(&self) -> &Inbox<Seen> {
        &self.news
    }

    /// Waits for a frame that fits.
    #[track_caller]
    pub fn wait_frame(&self, fits: impl Fn(&Frame) -> bool) -> Frame {
        match self.news.wait(
            PATIENCE,
            |seen| matches!(seen, Seen::Frame(frame) if fits(frame)),
        ) {
            Ok(Seen::Frame(frame)) => frame,
            other => panic!("no such frame, but {other:?}"),
        }
    }

    /// Waits until the picture is seen.
    #[track_caller]
    pub fn wait_picture(&self, picture: Picture) -> Frame {
        self.wait_frame(|frame| {
            Pixels::from_jpeg(&frame.data).is_ok_and(|pixels| pixels.shows(picture))
        })
    }

    /// Waits until the appliance has said which codec comes, to who asked for one.
    #[track_caller]
    pub fn wait_codec(&self) -> Value {
        let fits = |seen: &Seen| matches!(seen, Seen::State(state) if state["type"] == "codec");
        match self.news.wait(PATIENCE, fits) {
            Ok(Seen::State(codec)) => codec,
            other => panic!("no codec, but {other:?}"),
        }
    }

    /// Waits until the signal is in this state.
    #[track_caller]
    pub fn wait_signal(&self, state: &str) -> Value {
        let fits = |seen: &Seen| matches!(seen, Seen::State(signal) if signal["type"] == "signal" && signal["state"] == state);
        match self.news.wait(PATIENCE, fits) {
            Ok(Seen::State(signal)) => signal,
            other => panic!("the signal is not {state}, but {other:?}"),
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Frame> {
    let header: [u8; HEADER] = bytes.get(..HEADER)?.try_into().ok()?;
    if header[0] != 1 {
        return None;
    }
    let u16_at = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let u32_at = |at: usize| u32::from(u16_at(at)) | u32::from(u16_at(at + 2)) << 16;
    let u64_at = |at: usize| u64::from(u32_at(at)) | u64::from(u32_at(at + 4)) << 32;
    Some(Frame {
        id: u32_at(4),
        captured_us: u64_at(8),
        sent_us: u64_at(16),
        width: u16_at(24),
        height: u16_at(26),
        codec: header[1],
        alone: header[2] & 1 == 1,
        data: bytes[HEADER..].to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_the_document_says() {
        let mut bytes = vec![1, 1, 1, 0, 5, 0, 0, 0];
        bytes.extend(1000u64.to_le_bytes());
        bytes.extend(2000u64.to_le_bytes());
        bytes.extend([0x00, 0x05, 0xD0, 0x02, 0, 0, 0, 0, 0xFF, 0xD8]);
        let frame = parse(&bytes).unwrap();
        assert_eq!(
            (frame.id, frame.captured_us, frame.sent_us, frame.codec),
            (5, 1000, 2000, 1)
        );
        assert_eq!(
            (frame.width, frame.height, frame.data),
            (1280, 720, vec![0xFF, 0xD8])
        );
    }

    #[test]
    fn a_clock_answer_is_no_frame() {
        assert_eq!(parse(&[2; 16]), None);
    }
}
