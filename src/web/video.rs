//! `WS /api/v1/video`: frames to one viewer, as fast as it acknowledges them.
//!
//! One task for each viewer: a slow one skips frames and delays nobody. The format is the one of
//! `docs/protocol.md`; [`Flow`] decides what is sent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::Face;
use super::flow::Flow;
use super::gate;
use super::route::{Answer, Call};
use super::signal::SignalState;
use super::socket::{self, End, Socket, Talk};
use crate::auth::Session;
use crate::stream::{self, Status, Viewer};
use crate::video::{Frame, Signal};

const FRAME: u8 = 1;
const CLOCK: u8 = 2;
const ACKNOWLEDGE: u8 = 1;
const ASK_CLOCK: u8 = 2;
/// A frame's flags: it can be decoded alone.
const ALONE: u16 = 1;

/// Answers the upgrade.
pub(crate) async fn open(call: Call, viewer: gate::Viewer) -> Answer {
    let session = viewer.clone();
    let face = call.face.clone();
    let talk = Watching::new(face, session.clone());
    socket::upgrade(call, session, talk)
}

struct Watching {
    face: Arc<Face>,
    session: Session,
    status: watch::Receiver<Status>,
    flow: Flow,
    told: Option<SignalState>,
    counted: Option<Stats>,
    bytes: u64,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Text<'a> {
    Signal(&'a SignalState),
    Stats(&'a Stats),
}

#[derive(Serialize, PartialEq, Eq)]
struct Stats {
    captured: u64,
    dropped: u64,
    damaged: u64,
    viewers: usize,
    /// Of pictures, sent to this viewer.
    bytes: u64,
}

impl Talk for Watching {
    async fn run(mut self, socket: &mut Socket) -> End {
        let mut viewer = self.face.services.stream.watch();
        match self.watch(&mut viewer, socket).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }
}

impl Watching {
    fn new(face: Arc<Face>, session: Session) -> Self {
        Watching {
            status: face.services.stream.status(),
            face,
            session,
            flow: Flow::default(),
            told: None,
            counted: None,
            bytes: 0,
        }
    }

    async fn watch(
        &mut self,
        viewer: &mut Viewer,
        socket: &mut Socket,
    ) -> Result<std::convert::Infallible, End> {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if let Some(frame) = self.flow.take(Instant::now()) {
                self.send(&frame, socket).await?;
            }
            let deadline = self.flow.deadline();
            tokio::select! {
                signal = viewer.next() => self.news(signal, socket).await?,
                message = socket.receive() => self.message(&message?, socket).await?,
                _ = second.tick() => self.tick(socket).await?,
                () = until(deadline) => return Err(End::NoAnswer),
            }
        }
    }

    async fn news(&mut self, signal: Signal, socket: &mut Socket) -> Result<(), End> {
        let state = SignalState::of(&signal);
        if self.told.as_ref() != Some(&state) {
            socket.send_text(&Text::Signal(&state)).await?;
            self.told = Some(state);
        }
        match signal {
            Signal::Live(frame) => self.flow.offer(frame),
            Signal::Starting | Signal::None(_) => self.flow.clear(),
        }
        Ok(())
    }

    async fn send(&mut self, frame: &Frame, socket: &mut Socket) -> Result<(), End> {
        self.bytes += frame.data.len() as u64;
        socket
            .send_pair(header(frame, stream::now()), frame.data.clone())
            .await
    }

    async fn message(&mut self, message: &[u8], socket: &mut Socket) -> Result<(), End> {
        let (kind, number) = match *message {
            [kind, a, b, c, d] => (kind, u32::from_le_bytes([a, b, c, d])),
            _ => return Err(End::Malformed("a message of this socket has 5 bytes")),
        };
        match kind {
            ACKNOWLEDGE => self.flow.acknowledge(number),
            ASK_CLOCK => {
                socket
                    .send(Message::binary(clock(number, stream::now())))
                    .await?
            }
            _ => return Err(End::Malformed("unknown message kind")),
        }
        Ok(())
    }

    async fn tick(&mut self, socket: &mut Socket) -> Result<(), End> {
        socket.tick(&self.face.services.auth, &self.session).await?;
        let stats = {
            let status = self.status.borrow_and_update();
            Stats {
                captured: status.captured,
                dropped: status.dropped,
                damaged: status.damaged,
                viewers: status.viewers,
                bytes: self.bytes,
            }
        };
        if self.counted.as_ref() != Some(&stats) {
            socket.send_text(&Text::Stats(&stats)).await?;
            self.counted = Some(stats);
        }
        Ok(())
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

fn micros(time: Duration) -> u64 {
    time.as_micros().try_into().unwrap_or(u64::MAX)
}

/// The 32 bytes before the picture.
fn header(frame: &Frame, sent: Duration) -> Bytes {
    let mut bytes = BytesMut::with_capacity(32);
    bytes.put_u8(FRAME);
    bytes.put_u8(frame.codec as u8);
    bytes.put_u16_le(ALONE);
    bytes.put_u32_le(frame.id);
    bytes.put_u64_le(micros(frame.captured));
    bytes.put_u64_le(micros(sent));
    bytes.put_u16_le(frame.mode.width);
    bytes.put_u16_le(frame.mode.height);
    bytes.put_u32_le(0);
    bytes.freeze()
}

fn clock(token: u32, now: Duration) -> Bytes {
    let mut bytes = BytesMut::with_capacity(16);
    bytes.put_slice(&[CLOCK, 0, 0, 0]);
    bytes.put_u32_le(token);
    bytes.put_u64_le(micros(now));
    bytes.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::{Codec, Mode, PixelFormat};

    #[test]
    fn the_header_is_laid_out_as_the_protocol_says() {
        let frame = Frame {
            id: 0x0102_0304,
            captured: Duration::from_micros(0x1122_3344_5566),
            mode: Mode {
                width: 1920,
                height: 1080,
                fps: 30.0,
                format: PixelFormat::Mjpeg,
                stride: 0,
            },
            codec: Codec::Jpeg,
            data: Bytes::from_static(b"jpeg"),
            content: 9,
        };
        let bytes = header(&frame, Duration::from_micros(0x0a0b));
        let expected = [
            &[1, 1, 1, 0][..],
            &[4, 3, 2, 1],
            &[0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0, 0],
            &[0x0b, 0x0a, 0, 0, 0, 0, 0, 0],
            &[0x80, 0x07, 0x38, 0x04],
            &[0; 4],
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn the_clock_answer_repeats_the_token() {
        let bytes = clock(0x0a0b_0c0d, Duration::from_micros(0x0203));
        assert_eq!(
            &bytes[..],
            [2, 0, 0, 0, 0x0d, 0x0c, 0x0b, 0x0a, 3, 2, 0, 0, 0, 0, 0, 0]
        );
    }
}
