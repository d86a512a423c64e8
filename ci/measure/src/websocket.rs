//! WebSocket clients of the appliance over plain TCP or TLS.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use rustls::StreamOwned;
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::{HandshakeError, Message, WebSocket};

use crate::link::{Door, LinkError};

/// The bytes below a WebSocket.
pub(crate) trait Bytes: Read + Write {}
impl<T: Read + Write> Bytes for T {}

#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("set up the socket")]
    Setup(#[from] io::Error),
    #[error("WebSocket {path}: {reason}")]
    Upgrade { path: &'static str, reason: String },
    #[error("WebSocket")]
    Talk(#[from] Box<tungstenite::Error>),
}

pub(crate) struct Socket {
    frames: WebSocket<Box<dyn Bytes>>,
    tcp: TcpStream,
}

impl Socket {
    /// Connects with the door's session, from the appliance's own origin.
    pub(crate) fn open(door: &Door, path: &'static str) -> Result<Self, SocketError> {
        let mut tcp = door.connect(false)?;
        let tls = door.secure(&mut tcp)?;
        let (ws, http) = if tls.is_some() {
            ("wss", "https")
        } else {
            ("ws", "http")
        };
        let refused = |reason: String| SocketError::Upgrade { path, reason };
        let mut request = format!("{ws}://{}{path}", door.at)
            .into_client_request()
            .map_err(|error| refused(error.to_string()))?;
        let fields = [
            ("origin", Some(format!("{http}://{}", door.at))),
            ("cookie", door.cookie.clone()),
        ];
        for (name, value) in fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
        {
            let value =
                HeaderValue::from_str(&value).map_err(|error| refused(error.to_string()))?;
            request.headers_mut().insert(name, value);
        }
        let bytes: Box<dyn Bytes> = match tls {
            Some(tls) => Box::new(StreamOwned::new(*tls, tcp.try_clone()?)),
            None => Box::new(tcp.try_clone()?),
        };
        match tungstenite::client(request, bytes) {
            Ok((frames, _)) => Ok(Socket { frames, tcp }),
            Err(HandshakeError::Failure(error)) => Err(refused(error.to_string())),
            Err(HandshakeError::Interrupted(_)) => Err(refused("interrupted".to_owned())),
        }
    }

    /// From now on reads do not wait longer than this; zero = not at all.
    pub(crate) fn wait_at_most(&self, time: std::time::Duration) -> Result<(), SocketError> {
        self.tcp.set_nonblocking(time.is_zero())?;
        self.tcp
            .set_read_timeout((!time.is_zero()).then_some(time))?;
        Ok(())
    }

    pub(crate) fn send(&mut self, message: Vec<u8>) -> Result<(), SocketError> {
        self.frames
            .send(Message::Binary(message.into()))
            .map_err(Box::new)?;
        Ok(())
    }

    /// The next message, or nothing when none came in time.
    pub(crate) fn receive(&mut self) -> Result<Option<Message>, SocketError> {
        match self.frames.read() {
            Ok(message) => Ok(Some(message)),
            Err(tungstenite::Error::Io(error)) if is_timeout(&error) => Ok(None),
            Err(error) => Err(Box::new(error).into()),
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
