//! One WebSocket to the appliance: what it says goes into an inbox, what a test says goes out.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header};
use tokio_tungstenite::tungstenite::{self, Message};

use super::http::Route;

/// What the appliance said on a socket.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    Text(serde_json::Value),
    Binary(Vec<u8>),
    Closed(Option<u16>),
}

/// How often the page says that it is still there while keys are held (docs/protocol.md).
pub(crate) const HEARTBEAT: Duration = Duration::from_millis(250);

/// The sending end. Dropping it closes the socket.
pub(crate) struct Socket {
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
    task: JoinHandle<()>,
}

impl Socket {
    /// Opens `path`. `hear` gets everything that arrives, in order, and answers with what to send back at once.
    pub(crate) fn open(
        runtime: &Handle,
        route: &Route,
        path: &str,
        cookie: &str,
        mut hear: impl FnMut(Said) -> Option<Vec<u8>> + Send + 'static,
    ) -> io::Result<Self> {
        let mut request = format!("wss://{}{path}", route.address)
            .into_client_request()
            .map_err(io::Error::other)?;
        let value = |text: &str| HeaderValue::from_str(text).map_err(io::Error::other);
        request.headers_mut().insert(header::COOKIE, value(cookie)?);
        request
            .headers_mut()
            .insert(header::ORIGIN, value(&route.origin())?);
        let connect = async {
            let stream = route.connect().await?;
            client_async(request, stream)
                .await
                .map_err(io::Error::other)
        };
        let (mut socket, _) =
            runtime.block_on(async { tokio::time::timeout(crate::PATIENCE, connect).await })??;
        let (outgoing, mut orders) = mpsc::unbounded_channel::<Vec<u8>>();
        let task = runtime.spawn(async move {
            loop {
                tokio::select! {
                    order = orders.recv() => {
                        let Some(bytes) = order else { break };
                        if socket.send(Message::Binary(bytes.into())).await.is_err() { break }
                    }
                    message = socket.next() => {
                        let said = match message {
                            Some(Ok(message)) => said(message),
                            Some(Err(_)) | None => Some(Said::Closed(None)),
                        };
                        let Some(said) = said else { continue };
                        let ended = matches!(said, Said::Closed(_));
                        if let Some(answer) = hear(said)
                            && socket.send(Message::Binary(answer.into())).await.is_err() { break }
                        if ended { return }
                    }
                }
            }
            // Say goodbye as a browser does; the appliance may already be gone.
            let _ = socket.close(None).await;
        });
        Ok(Self { outgoing, task })
    }

    pub(crate) fn send(&self, bytes: Vec<u8>) {
        // Fails only after the appliance has closed the socket; the inbox says so.
        let _ = self.outgoing.send(bytes);
    }

    /// Cuts the wire without a goodbye, as a crashed browser or a pulled cable does.
    pub(crate) fn cut(self) {
        self.task.abort();
    }
}

fn said(message: tungstenite::Message) -> Option<Said> {
    match message {
        Message::Text(text) => Some(Said::Text(serde_json::from_str(&text).unwrap_or_default())),
        Message::Binary(bytes) => Some(Said::Binary(bytes.to_vec())),
        Message::Close(frame) => Some(Said::Closed(frame.map(|frame| frame.code.into()))),
        _ => None,
    }
}
