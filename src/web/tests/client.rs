//! A client that says exactly what a test tells it to say.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

/// One answer, read to its end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// Null when it is none.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(super) fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// Sends a request, head and all, and reads until the other side closes.
pub(super) async fn raw(to: SocketAddr, request: &str) -> Reply {
    let mut stream = TcpStream::connect(to).await.expect("connect");
    stream.write_all(request.as_bytes()).await.expect("send");
    let mut bytes = Vec::new();
    // A reset after the answer is no matter: the test looks at the answer.
    let _ = stream.read_to_end(&mut bytes).await;
    parse(&bytes)
}

pub(super) fn parse(bytes: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    Reply {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

/// A request as our own page makes it, on the plain listener.
pub(super) async fn ask(
    to: SocketAddr,
    method: &str,
    path: &str,
    cookie: &str,
    body: &str,
) -> Reply {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\nCookie: {cookie}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    raw(to, &request).await
}

/// The head of an answer whose body may never end.
pub(super) async fn glance(to: SocketAddr, request: &str) -> Reply {
    let mut stream = TcpStream::connect(to).await.expect("connect");
    stream.write_all(request.as_bytes()).await.expect("send");
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            break;
        }
    }
    parse(&bytes)
}

pub(super) type Client = WebSocketStream<TcpStream>;

/// Opens a WebSocket as our own page does.
pub(super) async fn socket(to: SocketAddr, path: &str, cookie: &str) -> Client {
    open(
        to,
        path,
        &[("Cookie", cookie), ("Origin", &format!("http://{to}"))],
    )
    .await
    .expect("open the socket")
}

pub(super) async fn open(
    to: SocketAddr,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Result<Client, Error> {
    let mut request = format!("ws://{to}{path}")
        .into_client_request()
        .expect("request");
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(*name, value.parse().expect("header"));
    }
    let stream = TcpStream::connect(to).await.expect("connect");
    tokio_tungstenite::client_async(request, stream)
        .await
        .map(|(client, _)| client)
}

pub(super) async fn send(client: &mut Client, bytes: impl Into<Vec<u8>>) {
    client
        .send(Message::binary(bytes.into()))
        .await
        .expect("send");
}

/// The next message that is not a ping.
pub(super) async fn receive(client: &mut Client) -> Message {
    loop {
        match client.next().await.expect("open").expect("whole") {
            Message::Ping(_) | Message::Pong(_) => {}
            message => return message,
        }
    }
}

/// The next text of this type; others are passed over.
pub(super) async fn text(client: &mut Client, kind: &str) -> serde_json::Value {
    loop {
        if let Message::Text(text) = receive(client).await {
            let value: serde_json::Value = serde_json::from_str(&text).expect("json");
            if value["type"] == kind {
                return value;
            }
        }
    }
}

/// The next binary message; texts are passed over.
pub(super) async fn binary(client: &mut Client) -> Vec<u8> {
    loop {
        if let Message::Binary(bytes) = receive(client).await {
            return bytes.into();
        }
    }
}

/// The code that the socket is closed with.
pub(super) async fn close_code(client: &mut Client) -> u16 {
    loop {
        if let Message::Close(frame) = receive(client).await {
            return frame.expect("a code").code.into();
        }
    }
}
