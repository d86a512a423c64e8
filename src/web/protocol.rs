//! How HTTP is spoken here, and what bounds a request's head. The rest of it is read by hyper.

use std::time::Duration;

use http::Request;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;

/// For each request's headers, and for the TLS handshake before them.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a request's head. Of what is sent, too: pictures are handed over whole, and hyper must not collect a second one
/// behind the first.
pub(crate) const BUFFER: u16 = 16 * 1024;

/// Whether there is a path that a route could be at. CONNECT has none at all, nor has `OPTIONS *`, and warp panics on that.
pub(crate) fn has_path<B>(request: &Request<B>) -> bool {
    request.uri().path().starts_with('/')
}

/// HTTP/2 or HTTP/1.1 alone: ALPN has said which, and hyper's own detection would wait for a silent client without end.
pub(crate) fn builder(http2: bool) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(BUFFER.into());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(32)
        .max_send_buf_size(BUFFER.into())
        .max_header_list_size(BUFFER.into())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    if http2 {
        builder.http2_only()
    } else {
        builder.http1_only()
    }
}
