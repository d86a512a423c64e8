//! Requests to web servers, made in this process: a thread each. Bounded in redirects and time.

use std::fmt;
use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use ureq::config::Config;
use ureq::http::{HeaderMap, StatusCode, Uri, header};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

use super::error::UpdateError;
use super::fetch::{Event, PIECE, Request};

const REDIRECTS: u32 = 3;
const CONNECT: Duration = Duration::from_secs(10);
/// For the answer's head, and for each piece of its body.
const ANSWER: Duration = Duration::from_secs(30);
/// The whole of a request, however slowly it goes: a bundle over a line of 256 kbit/s takes an hour.
const WHOLE: Duration = Duration::from_secs(2 * 3600);

/// Of one name, that are tried; ureq has room for sixteen.
const ADDRESSES: usize = 8;

const NOBODY_THERE: &str = "it takes no connection";

/// Where a host's name leads; nowhere when nobody knows it. Blocks, for seconds at most.
pub type LookUp = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

/// Keeps no connection for the next request: a server may end one in the moment in which it is used again, and what is asked
/// for then would fail without a reason. There are few requests.
#[derive(Debug, Clone)]
pub(super) struct Client(Agent);

impl Client {
    /// Without a `look_up` the C library finds names.
    pub(super) fn new(look_up: Option<LookUp>) -> Client {
        let config = Agent::config_builder()
            // Nothing below `app` reads the environment.
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(REDIRECTS)
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .user_agent(concat!("farseat/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(WHOLE))
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_per_read(Some(ANSWER))
            .build();
        Client(match look_up {
            Some(names) => Agent::with_parts(config, DefaultConnector::default(), Names(names)),
            None => config.new_agent(),
        })
    }

    /// Tells what comes of it, until its end or until nobody listens.
    pub(super) fn begin(&self, request: Request, tell: mpsc::Sender<Event>) {
        let (agent, failed) = (self.0.clone(), tell.clone());
        let thread = std::thread::Builder::new().name("fetch".to_owned());
        let started = thread.spawn(move || {
            if let Err(event) = fetch(&agent, &request, &tell) {
                // Who does not listen any more has given up.
                let _ = tell.blocking_send(event);
            }
        });
        if let Err(error) = started {
            let _ = failed.try_send(Event::Dropped(error.to_string()));
        }
    }
}

/// The appliance has no file that says which servers know names.
struct Names(LookUp);

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default();
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let found = match host.trim_matches(['[', ']']).parse() {
            Ok(address) => vec![address],
            Err(_) => (self.0)(host),
        };
        let mut addresses = self.empty();
        for address in found.into_iter().take(ADDRESSES) {
            addresses.push(SocketAddr::new(address, port));
        }
        if addresses.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        Ok(addresses)
    }
}

fn fetch(agent: &Agent, wanted: &Request, tell: &mpsc::Sender<Event>) -> Result<(), Event> {
    let mut request = agent.get(wanted.address.as_str());
    if let Some(range) = &wanted.range {
        let last = range.end.saturating_sub(1);
        request = request.header("Range", format!("bytes={}-{last}", range.start));
    }
    let response = request.call().map_err(|error| failure(&error))?;
    let (head, body) = response.into_parts();
    let (at, size) = place(head.status, &head.headers, wanted.range.as_ref())?;
    let part = head.status == StatusCode::PARTIAL_CONTENT;
    let length = length(&head.headers);
    tell.blocking_send(Event::Begins { at, size, part })
        .map_err(|_| Event::Dropped(String::new()))?;
    pass_on(body, length, tell)
}

/// Until the body's end. One that is shorter than it said was cut off.
fn pass_on(body: Body, length: Option<u64>, tell: &mpsc::Sender<Event>) -> Result<(), Event> {
    let mut body = body.into_reader();
    let mut read: u64 = 0;
    loop {
        let mut piece = vec![0; PIECE];
        let number = body
            .read(&mut piece)
            .map_err(|error| Event::Dropped(error.to_string()))?;
        if number == 0 {
            let whole = length.is_none_or(|length| read >= length);
            return whole
                .then_some(())
                .ok_or_else(|| Event::Dropped("it ends too early".to_owned()));
        }
        read += number as u64;
        piece.truncate(number);
        let taken = tell.blocking_send(Event::Bytes(piece.into()));
        if taken.is_err() {
            return Ok(());
        }
    }
}

/// Where the body begins in the file, and how long the file is.
fn place(
    status: StatusCode,
    headers: &HeaderMap,
    range: Option<&Range<u64>>,
) -> Result<(u64, Option<u64>), Event> {
    match status {
        StatusCode::OK => Ok((0, length(headers))),
        StatusCode::PARTIAL_CONTENT => {
            let text = headers.get(header::CONTENT_RANGE);
            let text = text.and_then(|text| text.to_str().ok());
            let place = text.and_then(content_range);
            let asked = range.map(|range| range.start);
            place.filter(|(at, _)| Some(*at) == asked).ok_or_else(|| {
                Event::Failed(UpdateError::Unreachable(
                    "it gives another part than was asked for".to_owned(),
                ))
            })
        }
        // Asked for what lies behind its end.
        StatusCode::RANGE_NOT_SATISFIABLE => {
            let got = range.map_or(0, |range| range.start);
            Err(Event::Failed(UpdateError::Truncated { got }))
        }
        StatusCode::TOO_MANY_REQUESTS => Err(Event::Dropped(status.to_string())),
        status if status.is_server_error() => Err(Event::Dropped(status.to_string())),
        status => Err(Event::Failed(UpdateError::Status(status.as_u16()))),
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?;
    text.parse().ok()
}

/// `bytes 5-9/10` or `bytes 5-9/*`: the first, and the whole length.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let first = range.split_once('-')?.0.parse().ok()?;
    Some((first, total.parse().ok()))
}

/// Never with the address, in which tokens may be.
fn failure(error: &ureq::Error) -> Event {
    use ureq::Error;
    match error {
        Error::Tls(_) | Error::Rustls(_) => Event::Failed(UpdateError::Tls(error.to_string())),
        Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => {
            Event::Failed(UpdateError::Tls(io.to_string()))
        }
        Error::TooManyRedirects | Error::RedirectFailed => Event::Failed(UpdateError::Unreachable(
            "it leads from one place to the next".to_owned(),
        )),
        Error::BadUri(_) | Error::Http(_) => {
            Event::Failed(UpdateError::Url("it is not a whole http address"))
        }
        Error::HostNotFound => Event::Dropped("nobody knows its name".to_owned()),
        Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
            Event::Dropped(NOBODY_THERE.to_owned())
        }
        Error::ConnectionFailed => Event::Dropped(NOBODY_THERE.to_owned()),
        Error::Timeout(_) => Event::Dropped("it does not answer in time".to_owned()),
        other => Event::Dropped(other.to_string()),
    }
}
