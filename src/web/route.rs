//! A route, declared once: where it is, who may use it, what it does and what the API's
//! description says of it.
//!
//! Who may use a route is the type of its handler: one that needs a [`Session`] is given one,
//! and only a valid cookie makes one. [`table`](super::table) lists the routes;
//! [`chain`](super::chain) makes warp filters of them and [`openapi`](super::openapi) the text.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::uri::Authority;
use http::{HeaderMap, Method};
use hyper::upgrade::OnUpgrade;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use warp::reply::Response;

use super::Face;
use super::error::ApiError;
use super::limits::Connection;
use crate::auth::Session;

/// What a handler knows of its request.
pub(crate) struct Call {
    pub(crate) face: Arc<Face>,
    pub(crate) connection: Connection,
    pub(crate) method: Method,
    /// The request's Host or `:authority`.
    pub(crate) host: Option<Authority>,
    pub(crate) headers: HeaderMap,
    pub(crate) upgrade: Option<OnUpgrade>,
    /// What follows the path's question mark; empty when nothing does.
    pub(crate) query: String,
    /// Empty unless the route takes a body.
    pub(crate) body: Bytes,
}

/// A body piece by piece.
pub(crate) type Body = BoxStream<'static, Result<Bytes, warp::Error>>;

impl Call {
    /// The body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(&self.body).map_err(|error| ApiError::Body(error.to_string()))
    }
}

pub(crate) type Answer = Result<Response, ApiError>;
type Work = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody, always.
    Public,
    /// Everybody, once, while the claim window is open.
    ClaimWindow,
    /// Everybody once the appliance is claimed.
    Claimed,
    /// Whoever is logged in.
    Session,
}

/// What a route does, and by its kind who may ask for it.
pub(crate) enum Handler {
    Public(Box<dyn Fn(Call) -> Work + Send + Sync>),
    ClaimWindow(Box<dyn Fn(Call) -> Work + Send + Sync>),
    Claimed(Box<dyn Fn(Call) -> Work + Send + Sync>),
    Session(Box<dyn Fn(Call, Session) -> Work + Send + Sync>),
    /// For whoever is logged in, too; the body may have any length, and the handler bounds it.
    Stream(Box<dyn Fn(Call, Session, Body) -> Work + Send + Sync>),
}

impl Handler {
    pub(crate) fn public<W>(work: impl Fn(Call) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::Public(Box::new(move |call| Box::pin(work(call))))
    }

    pub(crate) fn claim_window<W>(work: impl Fn(Call) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::ClaimWindow(Box::new(move |call| Box::pin(work(call))))
    }

    pub(crate) fn claimed<W>(work: impl Fn(Call) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::Claimed(Box::new(move |call| Box::pin(work(call))))
    }

    pub(crate) fn session<W>(work: impl Fn(Call, Session) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::Session(Box::new(move |call, session| Box::pin(work(call, session))))
    }

    pub(crate) fn stream<W>(work: impl Fn(Call, Session, Body) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::Stream(Box::new(move |call, session, body| {
            Box::pin(work(call, session, body))
        }))
    }

    pub(crate) fn access(&self) -> Access {
        match self {
            Handler::Public(_) => Access::Public,
            Handler::ClaimWindow(_) => Access::ClaimWindow,
            Handler::Claimed(_) => Access::Claimed,
            Handler::Session(_) | Handler::Stream(_) => Access::Session,
        }
    }
}

/// Makes the schema of a type, and lists the types inside it.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a route answers when all is well.
pub(crate) enum Gives {
    /// 204.
    Nothing,
    Json(SchemaOf),
    /// The same with 202: done, but not for good.
    Accepted(SchemaOf),
    /// Something else, by media type.
    Media(&'static str),
    /// 101, then what this text says.
    Socket,
}

/// Something that a request may say beside its body.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    /// `query` or `header`.
    pub(crate) place: &'static str,
    pub(crate) about: &'static str,
}

pub(crate) struct Route {
    pub(crate) method: Method,
    /// Compared byte for byte with the request's path.
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    /// Empty = a file of the page, not part of the described interface.
    pub(crate) about: &'static str,
    pub(crate) takes: Option<SchemaOf>,
    /// What a streamed body is, by media type.
    pub(crate) takes_media: Option<&'static str>,
    /// Parameters of the query and headers, and what they mean.
    pub(crate) parameters: &'static [Parameter],
    pub(crate) gives: Gives,
    /// Statuses beyond those that follow from who may use it.
    pub(crate) refusals: &'static [(u16, &'static str)],
}

impl Route {
    pub(crate) fn new(method: Method, path: &'static str, handler: Handler) -> Self {
        Route {
            method,
            path,
            handler,
            about: "",
            takes: None,
            takes_media: None,
            parameters: &[],
            gives: Gives::Nothing,
            refusals: &[],
        }
    }

    pub(crate) fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    pub(crate) fn takes<T: JsonSchema>(mut self) -> Self {
        self.takes = Some(|schemas| schemas.subschema_for::<T>());
        self
    }

    pub(crate) fn takes_media(mut self, media: &'static str) -> Self {
        self.takes_media = Some(media);
        self
    }

    pub(crate) fn parameters(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    pub(crate) fn gives<T: JsonSchema>(mut self) -> Self {
        self.gives = Gives::Json(|schemas| schemas.subschema_for::<T>());
        self
    }

    pub(crate) fn accepts<T: JsonSchema>(mut self) -> Self {
        self.gives = Gives::Accepted(|schemas| schemas.subschema_for::<T>());
        self
    }

    pub(crate) fn gives_media(mut self, media: &'static str) -> Self {
        self.gives = Gives::Media(media);
        self
    }

    pub(crate) fn socket(mut self) -> Self {
        self.gives = Gives::Socket;
        self
    }

    pub(crate) fn refusals(mut self, refusals: &'static [(u16, &'static str)]) -> Self {
        self.refusals = refusals;
        self
    }

    pub(crate) fn is_socket(&self) -> bool {
        matches!(self.gives, Gives::Socket)
    }

    /// HEAD is answered where GET has nothing to start.
    pub(crate) fn takes_method(&self, method: &Method) -> bool {
        let head = method == Method::HEAD && self.method == Method::GET;
        self.method == *method || (head && self.handler.access() == Access::Public)
    }

    /// Whether the browser must tell where the request comes from.
    pub(crate) fn needs_origin(&self) -> bool {
        self.is_socket() || !self.method.is_safe()
    }
}
