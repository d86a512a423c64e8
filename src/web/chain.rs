//! From the table of routes to one warp filter: every route behind its gate.
//!
//! The order for every request: is it meant for us (Host), does it come from our page (Origin),
//! may this caller (claim, session), and only then is a body read and the handler called. What no
//! route takes is refused here too, so nothing is open that the table does not list.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::StreamExt as _;
use http::uri::Authority;
use http::{HeaderMap, Method, header};
use hyper::upgrade::OnUpgrade;
use warp::filters::BoxedFilter;
use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::credentials;
use super::error::ApiError;
use super::identity::Identity;
use super::limits::Connection;
use super::route::{Access, Answer, Body, Call, Handler, Route};
use super::{Face, headers, origin};
use crate::auth::{ClaimError, ClaimState, Session};
use crate::net::Network;

/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// The whole face as one filter that never rejects.
pub(crate) fn filter(face: &Arc<Face>, table: Vec<Route>) -> BoxedFilter<(Response,)> {
    let table: Arc<[Route]> = table.into();
    let rest = nothing_else(face, &table);
    (0..table.len()).rev().fold(rest, |rest, index| {
        one(face, &table, index).or(rest).unify().boxed()
    })
}

/// Takes the request when it is for this route, and then always answers it.
fn one(face: &Arc<Face>, table: &Arc<[Route]>, index: usize) -> BoxedFilter<(Response,)> {
    let (here, routes) = (table.clone(), table.clone());
    warp::path::full()
        .and(warp::method())
        .and_then(move |path: FullPath, method: Method| {
            let route = &here[index];
            let taken = path.as_str() == route.path && route.takes_method(&method);
            std::future::ready(if taken { Ok(()) } else { Err(warp::reject()) })
        })
        .untuple_one()
        .and(call(face))
        .and(body())
        .then(move |call: Call, body| {
            let routes = routes.clone();
            let head = call.method == Method::HEAD;
            async move {
                let response = finish(answer(&routes[index], call, body).await);
                if head {
                    headers::without_body(response)
                } else {
                    response
                }
            }
        })
        .boxed()
}

/// Everything that no route takes.
fn nothing_else(face: &Arc<Face>, table: &Arc<[Route]>) -> BoxedFilter<(Response,)> {
    let table = table.clone();
    warp::path::full()
        .and(call(face))
        .then(move |path: FullPath, call: Call| {
            let known = table.iter().any(|route| route.path == path.as_str());
            let admitted = meant_for_us(&call).and_then(|()| claimed(&call));
            let missing = if known {
                ApiError::Method
            } else {
                ApiError::NotFound
            };
            std::future::ready(finish(admitted.and(Err(missing))))
        })
        .boxed()
}

fn finish(answer: Answer) -> Response {
    headers::secure(answer.unwrap_or_else(ApiError::into_response))
}

fn call(face: &Arc<Face>) -> impl Filter<Extract = (Call,), Error = Rejection> + Clone + use<> {
    let face = face.clone();
    // A Host that cannot be parsed is nobody's.
    let nobody = warp::any().map(|| None);
    let no_query = warp::any().map(String::new);
    warp::ext::get::<Connection>()
        .and(warp::method())
        .and(warp::host::optional().or(nobody).unify())
        .and(warp::header::headers_cloned())
        .and(warp::ext::optional::<OnUpgrade>())
        .and(warp::query::raw().or(no_query).unify())
        .map(
            move |connection, method, host, headers: HeaderMap, upgrade, query| Call {
                face: face.clone(),
                connection,
                method,
                host,
                headers,
                upgrade,
                query,
                body: Bytes::new(),
            },
        )
}

fn body() -> impl Filter<Extract = (Body,), Error = Rejection> + Copy {
    warp::body::stream().map(|body| {
        let body: Body = futures_util::StreamExt::boxed(body_bytes(body));
        body
    })
}

fn body_bytes<B: bytes::Buf>(
    body: impl futures_util::Stream<Item = Result<B, warp::Error>>,
) -> impl futures_util::Stream<Item = Result<Bytes, warp::Error>> {
    body.map(|piece| piece.map(|mut piece| piece.copy_to_bytes(piece.remaining())))
}

/// The gate, and behind it the handler.
async fn answer(route: &Route, mut call: Call, mut body: Body) -> Answer {
    meant_for_us(&call)?;
    match &route.handler {
        Handler::Open { access, work } => {
            if route.needs_origin() {
                from_our_page(&call)?;
            }
            open_to_all(*access, &call)?;
            call.body = whole(route, &mut body).await?;
            work(call).await
        }
        Handler::Gated { admit, streams, .. } => {
            let session = let_in(route, &call)?;
            call.connection.keep();
            let work = admit(session.clone())?;
            if *streams {
                let answer = work(call, body);
                return while_it_lasts(&session, answer).await;
            }
            call.body = whole(route, &mut body).await?;
            work(call, body).await
        }
    }
}

/// A long answer ends with its session.
async fn while_it_lasts(session: &Session, answer: impl Future<Output = Answer>) -> Answer {
    tokio::select! {
        biased;
        answer = answer => answer,
        () = session.ended() => Err(ApiError::NoSession),
    }
}

/// Whether a route that needs no session is open now.
fn open_to_all(access: Access, call: &Call) -> Result<(), ApiError> {
    match (access, call.face.services.auth.claim_state()) {
        (Access::ClaimWindow, ClaimState::Done) => Err(ClaimError::Done.into()),
        (Access::ClaimWindow, ClaimState::Closed) => Err(ClaimError::Closed.into()),
        (Access::Claimed, _) => claimed(call),
        _ => Ok(()),
    }
}

/// Whose request this is. One with an API token says so itself, in a header that no other site's
/// page can make a browser send; so only a cookie asks for our own origin.
fn let_in(route: &Route, call: &Call) -> Result<Session, ApiError> {
    let Some(said) = call.headers.get(header::AUTHORIZATION) else {
        if route.needs_origin() {
            from_our_page(call)?;
        }
        claimed(call)?;
        return session(call).ok_or(ApiError::NoSession);
    };
    claimed(call)?;
    let token = credentials::bearer(said).ok_or(ApiError::NoSession)?;
    Ok(call.face.services.auth.bearer(&call.caller(), token)?)
}

/// Who is logged in, by the request's cookie.
pub(crate) fn session(call: &Call) -> Option<Session> {
    call.face
        .services
        .auth
        .session(credentials::token(&call.headers)?)
}

fn claimed(call: &Call) -> Result<(), ApiError> {
    match call.face.services.auth.claim_state() {
        ClaimState::Done => Ok(()),
        ClaimState::Open | ClaimState::Closed => Err(ApiError::Unclaimed),
    }
}

fn meant_for_us(call: &Call) -> Result<(), ApiError> {
    let host = call.host.as_ref().ok_or(ApiError::Misdirected)?;
    is_ours(host, &call.face.services.network, &call.face.identity)
        .then_some(())
        .ok_or(ApiError::Misdirected)
}

/// Whether this is a name or an address of the appliance: its own, or one of the certificate that its owner brought.
pub(crate) fn is_ours(host: &Authority, network: &Network, identity: &Identity) -> bool {
    let is_called = |label: &str| network.is_called(label);
    origin::is_ours(host, is_called) || identity.is_named(host.host(), is_called)
}

fn from_our_page(call: &Call) -> Result<(), ApiError> {
    let origin = call
        .headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let same = origin
        .zip(call.host.as_ref())
        .is_some_and(|(origin, host)| origin::is_same_site(origin, host, call.connection.tls));
    same.then_some(()).ok_or(ApiError::Origin)
}

/// The body of a route that takes one.
async fn whole(route: &Route, body: &mut Body) -> Result<Bytes, ApiError> {
    if route.takes.is_none() {
        return Ok(Bytes::new());
    }
    let whole = tokio::time::timeout(BODY_PATIENCE, read(body, route.body_limit));
    whole.await.map_err(|_| ApiError::Incomplete)?
}

async fn read(body: &mut Body, limit: usize) -> Result<Bytes, ApiError> {
    let mut whole = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| ApiError::Incomplete)?;
        if whole.len() + piece.len() > limit {
            return Err(ApiError::TooLarge(limit));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}
