//! Port 80: the way to HTTPS, and nothing else.

use http::uri::{Authority, PathAndQuery, Uri};
use http::{StatusCode, header};
use warp::Filter as _;
use warp::filters::BoxedFilter;
use warp::path::FullPath;
use warp::reply::{Reply as _, Response};

use super::chain::is_ours;
use super::error::ApiError;
use super::headers::secure;
use super::identity::Identity;
use crate::net::Network;

/// Sends everybody to the same host and path at `https_port`. A host that is not ours gets
/// nothing: an open redirect helps only others.
pub(super) fn filter(
    network: Network,
    identity: Identity,
    https_port: u16,
) -> BoxedFilter<(Response,)> {
    let nobody = warp::any().map(|| None);
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::host::optional()
        .or(nobody)
        .unify()
        .and(warp::path::full())
        .and(query)
        .map(
            move |host: Option<Authority>, path: FullPath, query: String| {
                let host = host.filter(|host| is_ours(host, &network, &identity));
                let there = host.and_then(|host| target(&host, path.as_str(), &query, https_port));
                secure(there.map_or_else(|| ApiError::Misdirected.into_response(), moved))
            },
        )
        .boxed()
}

fn target(host: &Authority, path: &str, query: &str, port: u16) -> Option<Uri> {
    let authority = match port {
        443 => host.host().to_owned(),
        port => format!("{}:{port}", host.host()),
    };
    let path = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    let path: PathAndQuery = path.parse().ok()?;
    Uri::builder()
        .scheme("https")
        .authority(authority)
        .path_and_query(path)
        .build()
        .ok()
}

fn moved(there: Uri) -> Response {
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    match header::HeaderValue::try_from(there.to_string()) {
        Ok(there) => response.headers_mut().insert(header::LOCATION, there),
        Err(_) => return ApiError::Misdirected.into_response(),
    };
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_path_and_query_stay() {
        let target = |host: &str, port| {
            target(&host.parse().expect("host"), "/a/b", "c=d", port)
                .expect("uri")
                .to_string()
        };
        assert_eq!(target("rack.local", 443), "https://rack.local/a/b?c=d");
        assert_eq!(target("rack.local:80", 443), "https://rack.local/a/b?c=d");
        assert_eq!(
            target("[fe80::1]:8080", 8443),
            "https://[fe80::1]:8443/a/b?c=d"
        );
    }
}
