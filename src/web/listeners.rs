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

/// Sockets that were taken before the settings could be read, by a process that could take any: each with the address that
/// it was taken for.
pub struct Early(Vec<(SocketAddr, TcpListener)>);

impl Early {
    /// Where the page is when the settings say nothing. One that cannot be had is left out: whoever wants it says why.
    #[must_use]
    pub fn take() -> Early {
        let usual = WebSettings::default();
        let usual = [Some(usual.https), usual.http].into_iter().flatten();
        let taken = usual.filter_map(|address| Some((address, bind(address).ok()?)));
        Early(taken.collect())
    }

    fn at(&mut self, wanted: SocketAddr) -> Option<TcpListener> {
        let place = self.0.iter().position(|(address, _)| *address == wanted)?;
        Some(self.0.swap_remove(place).1)
    }
}

impl Listeners {
    /// Binds what the settings say; port 0 is any free port.
    ///
    /// # Errors
    /// An address is taken, or not ours.
    pub fn bind(settings: &WebSettings) -> Result<Listeners, ListenError> {
        Listeners::among(Early(Vec::new()), settings)
    }

    /// The same, with those that were taken early where they are what the settings say.
    ///
    /// # Errors
    /// An address is taken, or not ours.
    pub fn among(mut early: Early, settings: &WebSettings) -> Result<Listeners, ListenError> {
        let (https, http) = (
            early.at(settings.https),
            settings.http.and_then(|wanted| early.at(wanted)),
        );
        // The others are let go first: one may be in the way of an address of the same port.
        drop(early);
        let bound = |wanted, taken: Option<TcpListener>| taken.map_or_else(|| bind(wanted), Ok);
        Ok(Listeners {
            https: bound(settings.https, https)?,
            http: settings
                .http
                .map(|wanted| bound(wanted, http))
                .transpose()?,
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

/// Connections that wait to be accepted. Of the standard library's 128 there is none left when a crowd comes at once, and
/// whoever finds none is tried again by their own kernel, a second later.
const WAITING: i32 = 2048;

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
    // Of a socket that listens already this changes how many may wait.
    let waiting = bound.and_then(|bound| {
        rustix::net::listen(&bound, WAITING)?;
        Ok(bound)
    });
    waiting.map_err(|source| ListenError { address, source })
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    fn at(address: SocketAddr) -> WebSettings {
        WebSettings {
            https: address,
            http: None,
            ..WebSettings::default()
        }
    }

    fn taken(address: &str) -> (SocketAddr, TcpListener) {
        let taken = TcpListener::bind(address).expect("listen");
        (taken.local_addr().expect("bound"), taken)
    }

    #[test]
    fn a_crowd_that_comes_before_anybody_is_let_in_finds_room() {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listeners = Listeners::bind(&at(any)).expect("listen");
        let address = listeners.https_address().expect("bound");
        let patience = std::time::Duration::from_secs(10);
        let come = |_| TcpStream::connect_timeout(&address, patience);
        let crowd: Result<Vec<_>, _> = (0..400).map(come).collect();
        crowd.expect("the kernel takes all of them");
    }

    #[test]
    fn a_socket_that_was_taken_early_is_used_where_the_settings_name_it() {
        let (address, socket) = taken("127.0.0.1:0");
        let nobody = Listeners::bind(&at(address));
        assert!(nobody.is_err(), "nobody else can have it");
        let early = Early(vec![(address, socket)]);
        let listeners = Listeners::among(early, &at(address)).expect("taken over");
        assert_eq!(listeners.https_address().expect("bound"), address);
    }

    #[test]
    fn one_that_they_do_not_name_is_let_go_and_in_nobodys_way() {
        let (everywhere, socket) = taken("0.0.0.0:0");
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, everywhere.port()));
        let early = Early(vec![(everywhere, socket)]);
        let listeners = Listeners::among(early, &at(wanted)).expect("free for it");
        assert_eq!(listeners.https_address().expect("bound"), wanted);
    }
}
