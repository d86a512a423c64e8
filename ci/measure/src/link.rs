//! A viewer's connection: plain or TLS underneath, a multipart stream on top.

use std::io::{self, BufRead, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::net::RecvFlags;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::multipart::{Parser, StreamError};

/// The name in our appliance's certificate, made of its default name.
const NAME: &str = "farseat.local";
/// How long a server may take to listen after its start.
const PATIENCE: Duration = Duration::from_secs(10);
/// A plain socket reads heads in pieces of this size, so that the kernel can drop most of what follows.
const HEAD_PIECE: usize = 512;

/// Where to connect and how to get in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Door {
    pub(crate) at: SocketAddr,
    pub(crate) cookie: Option<String>,
    /// The CA certificate to trust; absent = plain HTTP.
    pub(crate) ca: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("connect to {at}")]
    Connect { at: SocketAddr, source: io::Error },
    #[error("receive")]
    Receive(#[from] io::Error),
    #[error("TLS")]
    Tls(#[from] rustls::Error),
    #[error("read the CA certificate {}", path.display())]
    Ca {
        path: PathBuf,
        source: rustls::pki_types::pem::Error,
    },
    #[error(transparent)]
    Stream(#[from] StreamError),
}

pub(crate) struct Link {
    pub(crate) socket: TcpStream,
    tls: Option<Box<ClientConnection>>,
    parser: Parser,
    pub(crate) received: u64,
}

/// Takes the moment in which the system call that brought a picture's last byte returned (a client's
/// own decryption is no latency of the server's), and the picture's first bytes.
pub(crate) type Done<'a> = &'a mut dyn FnMut(u64, &[u8]);

impl Door {
    /// Connects as soon as somebody listens; nothing is received early when `small_window` is set.
    pub(crate) fn connect(&self, small_window: bool) -> Result<TcpStream, LinkError> {
        let started = Instant::now();
        loop {
            match self.connect_once(small_window) {
                Err(error)
                    if error.kind() == io::ErrorKind::ConnectionRefused
                        && started.elapsed() < PATIENCE =>
                {
                    std::thread::sleep(Duration::from_micros(200));
                }
                other => {
                    return other.map_err(|source| LinkError::Connect {
                        at: self.at,
                        source,
                    });
                }
            }
        }
    }

    fn connect_once(&self, small_window: bool) -> io::Result<TcpStream> {
        let socket = socket2::Socket::new(
            socket2::Domain::for_address(self.at),
            socket2::Type::STREAM,
            None,
        )?;
        if small_window {
            socket.set_recv_buffer_size(65_536)?; // must be set before the window is negotiated
        }
        socket.connect(&self.at.into())?;
        socket.set_tcp_nodelay(true)?;
        Ok(socket.into())
    }

    /// The client's side of TLS, its handshake done; nothing for a plain door.
    pub(crate) fn secure(
        &self,
        socket: &mut TcpStream,
    ) -> Result<Option<Box<ClientConnection>>, LinkError> {
        let Some(ca) = &self.ca else { return Ok(None) };
        let name = ServerName::try_from(NAME).expect("a valid DNS name");
        let mut tls = ClientConnection::new(Arc::new(trusting(ca)?), name)?;
        while tls.is_handshaking() {
            tls.complete_io(socket)?;
        }
        Ok(Some(Box::new(tls)))
    }
}

fn trusting(ca: &Path) -> Result<ClientConfig, LinkError> {
    let certificate = CertificateDer::from_pem_file(ca).map_err(|source| LinkError::Ca {
        path: ca.to_owned(),
        source,
    })?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    Ok(ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth())
}

impl Link {
    /// Connects and asks for the stream at `path`; keeps the first `keep` bytes of each picture.
    pub(crate) fn open(
        door: &Door,
        path: &str,
        keep: usize,
        small_window: bool,
    ) -> Result<Self, LinkError> {
        let mut socket = door.connect(small_window)?;
        let mut tls = door.secure(&mut socket)?;
        let cookie = door
            .cookie
            .as_ref()
            .map(|cookie| format!("Cookie: {cookie}\r\n"))
            .unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{cookie}\r\n", door.at);
        match &mut tls {
            Some(tls) => {
                rustls::Stream::new(tls.as_mut(), &mut socket).write_all(request.as_bytes())?
            }
            None => socket.write_all(request.as_bytes())?,
        }
        Ok(Link {
            socket,
            tls,
            parser: Parser::new(keep),
            received: 0,
        })
    }

    /// Receives once, at most `scratch`; false when nothing is there. Calls `done` for each picture
    /// completed.
    pub(crate) fn receive(
        &mut self,
        scratch: &mut [u8],
        done: Done<'_>,
    ) -> Result<bool, LinkError> {
        let received = if self.tls.is_some() {
            self.receive_tls(scratch, done)
        } else {
            self.receive_plain(scratch, done)
        };
        match received {
            Ok(0) => Err(StreamError::Ended.into()),
            Ok(count) => {
                self.received += count as u64;
                Ok(true)
            }
            Err(LinkError::Receive(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn receive_plain(&mut self, scratch: &mut [u8], done: Done<'_>) -> Result<usize, LinkError> {
        let (most, skippable) = (scratch.len(), self.parser.skippable());
        if skippable > 0 {
            // The kernel drops the bytes unread: the measuring side must not cost more than the measured.
            let (_, count) = rustix::net::recv(
                &self.socket,
                &mut scratch[..skippable.min(most)],
                RecvFlags::TRUNC,
            )
            .map_err(io::Error::from)?;
            let at = clock::now();
            self.parser.skip(count, &mut |head| done(at, head));
            return Ok(count);
        }
        let count = self.socket.read(&mut scratch[..HEAD_PIECE.min(most)])?;
        let at = clock::now();
        self.parser
            .feed(&scratch[..count], &mut |head| done(at, head))?;
        Ok(count)
    }

    fn receive_tls(&mut self, scratch: &mut [u8], done: Done<'_>) -> Result<usize, LinkError> {
        let Some(tls) = &mut self.tls else {
            return Ok(0);
        };
        let count = self.socket.read(scratch)?;
        let at = clock::now();
        let mut rest = &scratch[..count];
        while !rest.is_empty() {
            tls.read_tls(&mut rest)?;
            tls.process_new_packets()?;
            let mut reader = tls.reader();
            loop {
                let plain = match reader.fill_buf() {
                    Ok([]) => return Err(StreamError::Ended.into()),
                    Ok(plain) => plain,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error.into()),
                };
                self.parser.feed(plain, &mut |head| done(at, head))?;
                let used = plain.len();
                reader.consume(used);
            }
        }
        Ok(count)
    }
}
