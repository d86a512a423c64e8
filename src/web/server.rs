//! Listeners and connections: TLS, HTTP/1.1 and HTTP/2 around the filter, limits, and the end.
//!
//! ```text
//! accept ─▶ place? ─▶ socket options ─▶ TLS (5 s) ─▶ HTTP by ALPN ─▶ filter ─▶ (upgrade ─▶ socket)
//! ```

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{Either, ready};
use http::Request;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::error::ApiError;
use super::headers;
use super::limits::{Connection, Limits};
use super::protocol::{self, PATIENCE};

/// A connection that has made no request after this is closed.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// How long connections may take to end when the appliance stops.
const FAREWELL: Duration = Duration::from_secs(3);
/// Unsent bytes in the kernel above which a socket takes no more: a slow link queues less than
/// one picture, so that what is sent next is the newest.
const UNSENT: u32 = 128 * 1024;
/// A peer that takes nothing for this long is gone, or as good as gone.
const STALLED: Duration = Duration::from_secs(30);

/// What is done with the connections of a listener.
#[derive(Clone)]
pub(super) enum Door {
    Tls(TlsAcceptor),
    Plain,
}

/// One listener and what it serves.
pub(super) struct Entrance {
    pub(super) listener: TcpListener,
    pub(super) door: Door,
    pub(super) filter: BoxedFilter<(Response,)>,
}

/// Serves until `stop` is done, then ends every connection within [`FAREWELL`].
pub(super) async fn run(entrances: Vec<Entrance>, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let limits = Arc::new(Limits::default());
    let mut connections = JoinSet::new();
    {
        let mut stop = pin!(stop);
        let mut doors: JoinSet<()> = JoinSet::new();
        let (arrived, mut arrivals) = tokio::sync::mpsc::channel(ARRIVALS);
        for entrance in entrances {
            doors.spawn(accept(entrance, limits.clone(), arrived.clone()));
        }
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(arrival) = arrivals.recv() => {
                    connections.spawn(attend(arrival, graceful.watcher()));
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
    let ended = async {
        graceful.shutdown().await;
        while connections.join_next().await.is_some() {}
        limits.empty().await;
    };
    if tokio::time::timeout(FAREWELL, ended).await.is_err() {
        log::info!("some connections did not end in time");
    }
}

/// Accepted connections that wait to be greeted; the kernel holds more.
const ARRIVALS: usize = 16;

struct Arrival {
    stream: TcpStream,
    connection: Connection,
    door: Door,
    filter: BoxedFilter<(Response,)>,
}

async fn accept(
    entrance: Entrance,
    limits: Arc<Limits>,
    arrived: tokio::sync::mpsc::Sender<Arrival>,
) {
    let Entrance {
        listener,
        door,
        filter,
    } = entrance;
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, most likely: some will be free soon.
                log::warn!("accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let tls = matches!(door, Door::Tls(_));
        let Some(connection) = limits.admit(peer, tls) else {
            log::debug!("too many connections: {peer} refused");
            continue;
        };
        let arrival = Arrival {
            stream,
            connection,
            door: door.clone(),
            filter: filter.clone(),
        };
        if arrived.send(arrival).await.is_err() {
            return;
        }
    }
}

/// Until the connection ends, or a newcomer needs its place more.
async fn attend(arrival: Arrival, watcher: Watcher) {
    let connection = arrival.connection.clone();
    tokio::select! {
        () = greet(arrival, watcher) => {}
        () = connection.shown_out() => log::debug!("{} makes room", connection.peer),
    }
}

async fn greet(arrival: Arrival, watcher: Watcher) {
    let Arrival {
        stream,
        connection,
        door,
        filter,
    } = arrival;
    let peer = connection.peer;
    if let Err(error) = prepare(&stream) {
        log::debug!("socket options of {peer}: {error}");
    }
    match door {
        Door::Plain => http(TokioIo::new(stream), false, connection, filter, watcher).await,
        Door::Tls(acceptor) => {
            let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await
            else {
                log::debug!("no TLS from {peer}");
                return;
            };
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            http(TokioIo::new(stream), http2, connection, filter, watcher).await;
        }
    }
}

fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(stream);
    socket.set_tcp_user_timeout(Some(STALLED))?;
    socket.set_tcp_notsent_lowat(UNSENT)
}

/// Serves one connection.
async fn http<I>(
    io: I,
    http2: bool,
    connection: Connection,
    filter: BoxedFilter<(Response,)>,
    watcher: Watcher,
) where
    I: Read + Write + Unpin + Send + 'static,
{
    let peer: SocketAddr = connection.peer;
    let asked = Arc::new(AtomicBool::new(false));
    let (inner, first) = (
        TowerToHyperService::new(warp::service(filter)),
        asked.clone(),
    );
    let service = service_fn(move |mut request: Request<Incoming>| {
        first.store(true, Ordering::Relaxed);
        if !protocol::has_path(&request) {
            return Either::Left(ready(Ok(headers::secure(ApiError::Method.into_response()))));
        }
        request.extensions_mut().insert(connection.clone());
        Either::Right(inner.call(request))
    });
    let builder = protocol::builder(http2);
    let serving = watcher.watch(
        builder
            .serve_connection_with_upgrades(io, service)
            .into_owned(),
    );
    let silence = async {
        tokio::time::sleep(FIRST_REQUEST).await;
        if asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        served = serving => if let Err(error) = served {
            log::debug!("connection of {peer}: {error}");
        },
        () = silence => log::debug!("no request from {peer}"),
    }
}
