//! What both WebSockets share: the upgrade, sending with a time limit, pings, and every way to end.
//!
//! The handshake is done here and not by `warp::ws`, because a frame is sent as two fragments
//! (header, payload), so that the picture is not copied into a message first, and warp's message
//! type cannot say that.

use std::future::Future;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use http::{HeaderMap, StatusCode, header};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as SocketError, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};
use warp::reply::Reply as _;

use super::error::ApiError;
use super::rate::Rate;
use super::route::{Answer, Call};
use crate::auth::{Auth, Session};
use crate::slot::line::Power;

/// The largest message that a client may send.
const MESSAGE_LIMIT: usize = 64;
/// Frames are written as a whole; the buffer must hold the largest.
const WRITE_BUFFER: usize = 8 * 1024 * 1024;
/// A message that the peer does not take in this time ends the socket.
const SEND_PATIENCE: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(10);
/// A peer that answers no ping for this long is gone.
const SILENCE_LIMIT: Duration = Duration::from_secs(30);
/// How long the peer may take to answer our close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);
/// Messages a second and at once: four times what the page sends at most.
const RATE: (u32, u32) = (4000, 2000);

/// Why a socket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The peer closed, or the connection broke.
    Gone,
    SessionEnded,
    Stopping,
    /// The same, and it does not come back by itself.
    SwitchedOff,
    NoAnswer,
    Malformed(&'static str),
    TooLarge,
    TooFast,
}

impl End {
    /// The close code, and for a broken rule the code and message of the error text.
    fn words(self) -> Option<(u16, &'static str, Option<&'static str>)> {
        Some(match self {
            End::Gone => return None,
            End::SessionEnded => (4401, "the session has ended", None),
            End::Stopping => (1001, "the appliance stops", None),
            End::SwitchedOff => (4410, "the appliance is switched off", None),
            End::NoAnswer => (4408, "no acknowledgement in time", None),
            End::Malformed(why) => (1002, why, Some("malformed")),
            End::TooLarge => (1009, "a message has at most 64 bytes", Some("too_large")),
            End::TooFast => (1013, "too many messages a second", Some("too_fast")),
        })
    }
}

/// One open WebSocket.
pub(crate) struct Socket {
    inner: WebSocketStream<TokioIo<Upgraded>>,
    rate: Rate,
    heard: Instant,
    pinged: Instant,
}

/// One side of a conversation over a socket.
pub(crate) trait Talk: Send + 'static {
    /// Talks until there is a reason to end. Dropped in the middle when the session ends.
    fn run(self, socket: &mut Socket) -> impl Future<Output = End> + Send;
}

/// Answers an upgrade request and lets `talk` have the socket until it, the session or the
/// appliance ends.
pub(crate) fn upgrade(call: Call, session: Session, talk: impl Talk) -> Answer {
    let key = handshake_key(&call.headers).ok_or(ApiError::NotSocket)?;
    let accept =
        header::HeaderValue::try_from(derive_accept_key(key)).map_err(|_| ApiError::NotSocket)?;
    let upgrade = call.upgrade.ok_or(ApiError::NotSocket)?;
    let (connection, mut stop) = (call.connection, call.face.stop.clone());
    let power = call.face.services.power.clone();
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let mut socket = Socket::new(upgraded).await;
        let end = tokio::select! {
            end = talk.run(&mut socket) => end,
            () = session.ended() => End::SessionEnded,
            _ = stop.wait_for(|stop| *stop) => match power.pressed() {
                Some(Power::Off) => End::SwitchedOff,
                Some(Power::Restart) | None => End::Stopping,
            },
        };
        log::debug!("socket of {}: {end:?}", connection.peer);
        // A peer that takes nothing any more must not keep its place.
        let _ = tokio::time::timeout(CLOSE_PATIENCE, socket.finish(end)).await;
        drop(connection);
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONNECTION,
        header::HeaderValue::from_static("upgrade"),
    );
    headers.insert(
        header::UPGRADE,
        header::HeaderValue::from_static("websocket"),
    );
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// The client's key, when this is a WebSocket handshake (RFC 6455, 4.2.1).
fn handshake_key(headers: &HeaderMap) -> Option<&[u8]> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &header::HeaderValue| value.to_str().ok())
    };
    let connection = text(header::CONNECTION)?;
    let upgrades = connection
        .split(',')
        .any(|item| item.trim().eq_ignore_ascii_case("upgrade"));
    let websocket = text(header::UPGRADE)?.eq_ignore_ascii_case("websocket");
    let version = text(header::SEC_WEBSOCKET_VERSION)? == "13";
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?.as_bytes();
    (upgrades && websocket && version && key.len() == 24).then_some(key)
}

impl Socket {
    async fn new(upgraded: Upgraded) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(4096)
            .write_buffer_size(WRITE_BUFFER)
            .max_write_buffer_size(2 * WRITE_BUFFER)
            .max_message_size(Some(MESSAGE_LIMIT))
            .max_frame_size(Some(MESSAGE_LIMIT));
        let now = Instant::now();
        Socket {
            inner: WebSocketStream::from_raw_socket(
                TokioIo::new(upgraded),
                Role::Server,
                Some(config),
            )
            .await,
            rate: Rate::new(RATE.0, RATE.1, now),
            heard: now,
            pinged: now,
        }
    }

    /// The next binary message. Cancel-safe.
    pub(crate) async fn receive(&mut self) -> Result<Bytes, End> {
        loop {
            let message = self
                .inner
                .next()
                .await
                .ok_or(End::Gone)?
                .map_err(|error| refused(&error))?;
            self.heard = Instant::now();
            if !self.rate.allows(self.heard) {
                return Err(End::TooFast);
            }
            match message {
                Message::Binary(bytes) => return Ok(bytes),
                Message::Text(_) => {
                    return Err(End::Malformed("only binary messages are taken here"));
                }
                Message::Close(_) => return Err(End::Gone),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// A message that has arrived already.
    pub(crate) fn receive_now(&mut self) -> Option<Result<Bytes, End>> {
        self.receive().now_or_never()
    }

    pub(crate) async fn send(&mut self, message: Message) -> Result<(), End> {
        within(self.inner.send(message)).await
    }

    pub(crate) async fn send_text(&mut self, text: &impl Serialize) -> Result<(), End> {
        // None of ours has a map with keys that are not text.
        let text = serde_json::to_string(text).map_err(|_| End::Gone)?;
        self.send(Message::text(text)).await
    }

    /// One binary message out of two pieces.
    pub(crate) async fn send_pair(&mut self, head: Bytes, payload: Bytes) -> Result<(), End> {
        let head = Frame::message(head, OpCode::Data(Data::Binary), false);
        let payload = Frame::message(payload, OpCode::Data(Data::Continue), true);
        within(async {
            self.inner.feed(Message::Frame(head)).await?;
            self.inner.send(Message::Frame(payload)).await
        })
        .await
    }

    /// Once a second: pings a quiet peer and gives up a silent one.
    pub(crate) async fn tick(&mut self, auth: &Auth, session: &Session) -> Result<(), End> {
        let now = Instant::now();
        if now.duration_since(self.heard) >= SILENCE_LIMIT {
            return Err(End::NoAnswer);
        }
        if now.duration_since(self.pinged) >= PING_EVERY {
            self.pinged = now;
            auth.touch(session);
            self.send(Message::Ping(Bytes::new())).await?;
        }
        Ok(())
    }

    /// Says why, closes, and reads on until the peer has closed too: closing with unread bytes
    /// would reset the connection and could take our last words with it.
    async fn finish(mut self, end: End) {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        if let Some((code, reason, error)) = end.words() {
            if let Some(code) = error {
                let text = Refusal {
                    kind: "error",
                    code,
                    message: reason,
                };
                let _ = self.send_text(&text).await;
            }
            let close = CloseFrame {
                code: code.into(),
                reason: reason.into(),
            };
            let _ = self.inner.send(Message::Close(Some(close))).await;
        }
        let raw = self.inner.get_mut();
        let _ = raw.shutdown().await;
        let mut unread = [0; 1024];
        while raw.read(&mut unread).await.is_ok_and(|count| count > 0) {}
    }
}

/// The text before a protocol close.
#[derive(Serialize)]
struct Refusal {
    #[serde(rename = "type")]
    kind: &'static str,
    code: &'static str,
    message: &'static str,
}

async fn within(sending: impl Future<Output = Result<(), SocketError>>) -> Result<(), End> {
    match tokio::time::timeout(SEND_PATIENCE, sending).await {
        Ok(sent) => sent.map_err(|error| refused(&error)),
        Err(_) => Err(End::NoAnswer),
    }
}

fn refused(error: &SocketError) -> End {
    match error {
        SocketError::Capacity(CapacityError::MessageTooLong { .. }) => End::TooLarge,
        SocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        SocketError::Protocol(_) => End::Malformed("not a WebSocket frame that a client may send"),
        SocketError::Utf8(_) => End::Malformed("not UTF-8"),
        _ => End::Gone,
    }
}
