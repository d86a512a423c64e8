//! The listening sockets. Bound before anything is served, so that `app` can say where.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::settings::WebSettings;

/// Why an address could not be had.
#[derive(Debug, thiserror::Error)]
#[error("listen on {address}")]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

/// HTTPS, and perhaps the redirect to it and the plain console for this machine. Each may also
/// come from elsewhere, already bound.
pub struct Listeners {
    pub https: TcpListener,
    pub http: Option<TcpListener>,
    pub loopback: Option<TcpListener>,
}

impl Listeners {
    /// Binds what the settings say; port 0 is any free port.
    ///
    /// # Errors
    /// An address is taken, or not ours.
    pub fn bind(settings: &WebSettings) -> Result<Listeners, ListenError> {
        Ok(Listeners {
            https: bind(settings.https)?,
            http: settings.http.map(bind).transpose()?,
            loopback: settings.loopback.map(bind).transpose()?,
        })
    }

    /// # Errors
    /// The descriptor is not a bound socket.
    pub fn https_address(&self) -> io::Result<SocketAddr> {
        self.https.local_addr()
    }

    /// # Errors
    /// The descriptor is not a bound socket.
    pub fn http_address(&self) -> io::Result<Option<SocketAddr>> {
        self.http.as_ref().map(TcpListener::local_addr).transpose()
    }

    /// # Errors
    /// The descriptor is not a bound socket.
    pub fn loopback_address(&self) -> io::Result<Option<SocketAddr>> {
        self.loopback
            .as_ref()
            .map(TcpListener::local_addr)
            .transpose()
    }

    pub(super) fn into_tokio(self) -> io::Result<(Tokio, Option<Tokio>, Option<Tokio>)> {
        let http = self.http.map(hand_over).transpose()?;
        let loopback = self.loopback.map(hand_over).transpose()?;
        Ok((hand_over(self.https)?, http, loopback))
    }
}

type Tokio = tokio::net::TcpListener;

fn hand_over(listener: TcpListener) -> io::Result<Tokio> {
    listener.set_nonblocking(true)?;
    Tokio::from_std(listener)
}

fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let bound = TcpListener::bind(address).or_else(|error| {
        // A kernel without IPv6 has no `[::]`, which stands for every address.
        let everywhere = address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        let unsupported =
            rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::AFNOSUPPORT);
        if everywhere && unsupported {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port()))
        } else {
            Err(error)
        }
    });
    bound.map_err(|source| ListenError { address, source })
}
