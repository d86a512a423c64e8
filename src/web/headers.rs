//! The headers that every response carries. Pure.
//!
//! No `Strict-Transport-Security`: the certificate is of the appliance's own CA, and HSTS would
//! take away the browser's "go on" for everybody who has not imported that CA yet, and on
//! `localhost` and a bare name it would bind other services of the same name. Port 80 has no
//! content, and the cookie is `Secure`, so there is nothing for a downgrade to win.

use http::header::{self, HeaderName, HeaderValue};
use hyper::body::Body as _;
use warp::reply::{Reply as _, Response};

/// Exactly the page's needs: its own scripts and styles, pictures also from memory.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
];

/// Adds them. What a handler says about caching stays; nothing else is kept anywhere.
pub(crate) fn secure(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What HEAD gets. HTTP/2 in hyper would send the body.
pub(crate) fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        parts.headers.insert(header::CONTENT_LENGTH, length.into());
    }
    let mut empty = http::Response::new("").into_response();
    std::mem::swap(empty.headers_mut(), &mut parts.headers);
    *empty.status_mut() = parts.status;
    empty
}
