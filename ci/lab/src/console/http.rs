//! A small HTTPS client: one request a connection, HTTP/1.1, whole answers.
//!
//! Small enough to see every byte that a test sends; a browser's cleverness is tested with a browser.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::PATIENCE;

/// The largest answer that a test may get.
const ANSWER_LIMIT: u64 = 16 << 20;

/// How long a whole bundle may take.
const SENDING: Duration = PATIENCE.saturating_mul(15);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, put together.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is something else.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Where the appliance is, and whom to trust.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) address: SocketAddr,
    tls: Arc<ClientConfig>,
    name: ServerName<'static>,
}

/// One request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) cookie: Option<String>,
    pub(crate) body: Option<serde_json::Value>,
}

impl Route {
    /// Trusts anybody: only to fetch the certificate of the device's own authority.
    pub(crate) fn trusting(address: SocketAddr) -> Self {
        let tls = ClientConfig::builder()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody));
        Self {
            address,
            tls: Arc::new(tls.with_no_client_auth()),
            name: ServerName::from(address.ip()),
        }
    }

    /// Trusts certificates of this authority for this name.
    pub(crate) fn verified(
        &self,
        authority: CertificateDer<'static>,
        name: ServerName<'static>,
    ) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(authority).map_err(io::Error::other)?;
        let tls = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            address: self.address,
            tls: Arc::new(tls),
            name,
        })
    }

    /// `https://` and the host as a browser would say it.
    pub(crate) fn origin(&self) -> String {
        format!("https://{}", self.address)
    }

    pub(crate) async fn connect(&self) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(Arc::clone(&self.tls))
            .connect(self.name.clone(), stream)
            .await
    }

    pub(crate) async fn ask(&self, question: &Question) -> io::Result<Answer> {
        let head = question.render(&self.address.to_string(), &self.origin());
        timeout(PATIENCE, self.exchange(head.as_bytes(), &[])).await?
    }

    /// Sends a file: `bytes` of it, which has `total` bytes and of which those before `from` were sent earlier.
    pub(crate) async fn put(
        &self,
        path: &str,
        cookie: &str,
        (from, total): (usize, usize),
        bytes: &[u8],
    ) -> io::Result<Answer> {
        let head = self.put_head(path, cookie, (from, total));
        timeout(SENDING, self.exchange(head.as_bytes(), bytes)).await?
    }

    /// The same, but hangs up behind `bytes`, whether that is all or not.
    pub(crate) async fn put_part(
        &self,
        path: &str,
        cookie: &str,
        part: (usize, usize),
        bytes: &[u8],
    ) -> io::Result<()> {
        let head = self.put_head(path, cookie, part);
        let send = async {
            let mut stream = self.connect().await?;
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        timeout(SENDING, send).await?
    }

    fn put_head(&self, path: &str, cookie: &str, (from, total): (usize, usize)) -> String {
        let mut head = format!(
            "PUT {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nOrigin: {}\r\nCookie: {cookie}\r\nContent-Length: {}\r\n",
            self.address,
            self.origin(),
            total - from
        );
        if from > 0 {
            head += &format!("Content-Range: bytes {from}-{}/{total}\r\n", total - 1);
        }
        head + "\r\n"
    }

    async fn exchange(&self, head: &[u8], body: &[u8]) -> io::Result<Answer> {
        let (reads, mut writes) = tokio::io::split(self.connect().await?);
        writes.write_all(head).await?;
        // Who refuses answers before everything is sent, and need not listen to the rest.
        let send = async {
            writes.write_all(body).await?;
            // The last 64 KiB of it may be where TLS keeps what the socket does not take at once.
            writes.flush().await
        };
        let mut bytes = Vec::new();
        let hear = async { reads.take(ANSWER_LIMIT).read_to_end(&mut bytes).await };
        let (sent, heard) = tokio::join!(send, hear);
        match heard {
            // A peer that ends without saying goodbye in TLS has still answered.
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof && bytes.is_empty() => {
                return Err(error);
            }
            _ => {}
        }
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer");
        parse(&bytes).ok_or_else(|| sent.err().unwrap_or_else(invalid))
    }
}

impl Question {
    fn render(&self, host: &str, origin: &str) -> String {
        let body = self.body.as_ref().map(serde_json::Value::to_string);
        let mut text = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n",
            self.method, self.path
        );
        if let Some(cookie) = &self.cookie {
            text += &format!("Cookie: {cookie}\r\n");
        }
        if self.method != "GET" {
            text += &format!("Origin: {origin}\r\n");
        }
        if let Some(body) = &body {
            text += &format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            );
        }
        text + "\r\n" + &body.unwrap_or_default()
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let rest = &bytes[end + 4..];
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked {
        join_chunks(rest)?
    } else {
        rest.to_vec()
    };
    Some(Answer {
        status,
        headers,
        body,
    })
}

fn join_chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(
            std::str::from_utf8(&rest[..line])
                .ok()?
                .split(';')
                .next()?
                .trim(),
            16,
        )
        .ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend(rest.get(line + 2..line + 2 + size)?);
        rest = rest.get(line + 2 + size + 2..)?;
    }
}

/// Accepts every certificate.
#[derive(Debug)]
struct Anybody;

impl rustls::client::danger::ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunked_body_is_put_together() {
        let answer = parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").unwrap();
        assert_eq!(answer.body, b"abcde");
    }

    #[test]
    fn unsafe_methods_name_their_origin() {
        let question = Question {
            method: "POST",
            path: "/x".into(),
            body: Some(serde_json::json!({})),
            ..Question::default()
        };
        let text = question.render("127.0.0.1:1", "https://127.0.0.1:1");
        assert!(text.contains("\r\nOrigin: https://127.0.0.1:1\r\n"));
        assert!(text.ends_with("Content-Length: 2\r\n\r\n{}"));
    }
}
