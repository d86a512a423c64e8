//! A connection's bytes through the HTTP server that the appliance has, up to where a request's head decides who may do what.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;

use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::uri::Authority;
use http::{Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

#[path = "../../../src/web/credentials.rs"]
#[allow(dead_code, reason = "nobody is given a cookie here")]
mod credentials;
#[path = "../../../src/web/device.rs"]
mod device;
#[path = "../../../src/web/protocol.rs"]
mod protocol;

/// Times that the server may go on before it hears of the end.
const TURNS: usize = 8;

/// What becomes of a connection.
pub struct Ended {
    /// Requests that came to where a route would be looked up.
    pub asked: usize,
    pub answer: Vec<u8>,
}

/// Serves a connection on which these pieces arrive, then the end. Panics when a head is taken for more than it says.
pub async fn serve(pieces: impl Iterator<Item = &[u8]>, http2: bool) -> Ended {
    let (mut browser, server) = duplex(4 * usize::from(protocol::BUFFER));
    let asked = Cell::new(0);
    let service = service_fn(|request| {
        asked.set(asked.get() + 1);
        route(request)
    });
    let builder = protocol::builder(http2);
    let serving = builder.serve_connection(TokioIo::new(server), service);
    let talk = async {
        for piece in pieces {
            // It may have hung up before the end.
            let _ = browser.write_all(piece).await;
            tokio::task::yield_now().await;
        }
        // An end that comes at once ends the work on what came before it.
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        let _ = browser.shutdown().await;
        let mut answer = Vec::new();
        let _ = browser.read_to_end(&mut answer).await;
        answer
    };
    let (_, answer) = tokio::join!(serving, talk);
    let asked = asked.get();
    Ended { asked, answer }
}

async fn route(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let mut response = Response::new(String::new());
    *response.status_mut() = look(&request);
    let mut body = pin!(request.into_body());
    let mut length = 0;
    while let Some(Ok(frame)) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        length += frame.data_ref().map_or(0, |data| data.len());
        if length > usize::from(protocol::BUFFER) {
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            break;
        }
    }
    Ok(response)
}

/// What the chain asks of a head before anything else of the request is looked at.
fn look(request: &Request<Incoming>) -> StatusCode {
    let headers = request.headers();
    let length = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    assert!(length.sum::<usize>() <= protocol::BUFFER.into(), "a long head");
    if !protocol::has_path(request) {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    let device = device::device(headers);
    assert!(device.len() <= 64 && device.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    let said = |name| headers.get(name).and_then(|said| said.to_str().ok());
    let host = said(HOST).and_then(|host| host.parse::<Authority>().ok());
    let Some(host) = request.uri().authority().cloned().or(host) else {
        return StatusCode::MISDIRECTED_REQUEST;
    };
    if !crate::site::is_ours(&host, |name| name == "rack") {
        return StatusCode::MISDIRECTED_REQUEST;
    }
    if said(ORIGIN).is_some_and(|origin| !crate::site::is_same_site(origin, &host, true)) {
        return StatusCode::FORBIDDEN;
    }
    let bearer = headers.get(AUTHORIZATION).and_then(credentials::bearer);
    assert!(bearer.is_none_or(|token| said(AUTHORIZATION).is_some_and(|said| said.trim_end().ends_with(token))));
    let Some(token) = credentials::token(headers) else {
        return StatusCode::UNAUTHORIZED;
    };
    assert!(!token.contains(';') && !token.ends_with(' '));
    let pair = format!("__Host-session={token}");
    let mut lines = headers.get_all(COOKIE).iter();
    assert!(lines.any(|line| line.to_str().is_ok_and(|line| line.contains(&pair))));
    StatusCode::OK
}
