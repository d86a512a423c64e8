//! `WS /api/v1/video`: frames to one viewer, as fast as it acknowledges them.
//!
//! One task for each viewer: a slow one skips frames and delays nobody. The format is the one of
//! `docs/protocol.md`; [`Flow`] decides what is sent of JPEG, [`Units`] of H.264. Who asked for H.264 and cannot have it is
//! told why, and gets JPEG.

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
use super::units::Units;
use crate::auth::Session;
use crate::stream::{self, H264Viewer, Heard, Status, Viewer};
use crate::target::NoH264;
use crate::video::{Frame, Signal};

const FRAME: u8 = 1;
const CLOCK: u8 = 2;
const ACKNOWLEDGE: u8 = 1;
const ASK_CLOCK: u8 = 2;
/// A frame's flags: it can be decoded alone.
const ALONE: u16 = 1;

/// Answers the upgrade. `?codec=h264` asks for that.
pub(crate) async fn open(call: Call, viewer: gate::Viewer) -> Answer {
    let session = viewer.clone();
    let face = call.face.clone();
    let h264 = call.query.split('&').any(|pair| pair == "codec=h264");
    let talk = Watching::new(face, session.clone(), h264);
    socket::upgrade(call, session, talk)
}

struct Watching {
    face: Arc<Face>,
    session: Session,
    status: watch::Receiver<Status>,
    pictures: Pictures,
    told: Option<SignalState>,
    /// It was told that H.264 comes.
    begun: bool,
    counted: Option<Stats>,
    bytes: u64,
}

/// What is sent, and when.
enum Pictures {
    Jpeg(Flow),
    H264(H264Viewer, Units),
}

impl Pictures {
    /// The next of H.264; never of JPEG, which comes with the signal.
    async fn next(&mut self) -> Heard {
        match self {
            Pictures::Jpeg(_) => std::future::pending().await,
            Pictures::H264(viewer, _) => viewer.next().await,
        }
    }

    fn acknowledge(&mut self, id: u32) {
        match self {
            Pictures::Jpeg(flow) => flow.acknowledge(id),
            Pictures::H264(_, units) => units.acknowledge(id),
        }
        self.ask();
    }

    fn ask(&self) {
        if let Pictures::H264(viewer, units) = self
            && units.wants_key()
        {
            viewer.ask_for_key();
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Pictures::Jpeg(flow) => flow.deadline(),
            Pictures::H264(_, units) => units.deadline(),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Text<'a> {
    Signal(&'a SignalState),
    Stats(&'a Stats),
    /// What comes from now on to who asked for H.264, and why it is not that.
    Codec {
        codec: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<NoH264>,
    },
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
    fn new(face: Arc<Face>, session: Session, h264: bool) -> Self {
        let pictures = if h264 {
            Pictures::H264(face.services.h264.watch(), Units::default())
        } else {
            Pictures::Jpeg(Flow::default())
        };
        Watching {
            status: face.services.stream.status(),
            face,
            session,
            pictures,
            told: None,
            begun: false,
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
        self.pictures.ask();
        loop {
            if let Pictures::Jpeg(flow) = &mut self.pictures
                && let Some(frame) = flow.take(Instant::now())
            {
                self.send(&frame, socket).await?;
            }
            let deadline = self.pictures.deadline();
            tokio::select! {
                signal = viewer.next() => self.news(signal, socket).await?,
                heard = self.pictures.next() => self.unit(heard, viewer, socket).await?,
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
        if let Pictures::Jpeg(flow) = &mut self.pictures {
            match signal {
                Signal::Live(frame) => flow.offer(frame),
                Signal::Starting | Signal::None(_) => flow.clear(),
            }
        }
        Ok(())
    }

    /// What there is of H.264.
    async fn unit(
        &mut self,
        heard: Heard,
        viewer: &Viewer,
        socket: &mut Socket,
    ) -> Result<(), End> {
        let Pictures::H264(_, units) = &mut self.pictures else {
            return Ok(());
        };
        match heard {
            Heard::Unit(unit) => {
                let begins = !self.begun && unit.alone;
                let sent = units.take(&unit, Instant::now());
                if sent && begins {
                    self.begun = true;
                    self.tell_codec(None, socket).await?;
                }
                if sent {
                    self.send(&unit, socket).await?;
                }
            }
            Heard::Missed => units.missed(),
            Heard::Fault(why) => {
                self.tell_codec(Some(why), socket).await?;
                let mut flow = Flow::default();
                if let Signal::Live(frame) = viewer.latest() {
                    flow.offer(frame);
                }
                self.pictures = Pictures::Jpeg(flow);
            }
        }
        self.pictures.ask();
        Ok(())
    }

    async fn tell_codec(&self, why: Option<NoH264>, socket: &mut Socket) -> Result<(), End> {
        let codec = if why.is_some() { "jpeg" } else { "h264" };
        socket.send_text(&Text::Codec { codec, why }).await
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
            ACKNOWLEDGE => self.pictures.acknowledge(number),
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
    bytes.put_u16_le(if frame.alone { ALONE } else { 0 });
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
            alone: true,
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
