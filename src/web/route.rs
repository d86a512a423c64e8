//! A route, declared once: where it is, who may use it, what it does and what the API's
//! description says of it.
//!
//! Who may use a route is the type of its handler: one that needs an [`Operator`] is given one, and
//! only the [gate](super::gate) makes one. [`table`](super::table) lists the routes;
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
use super::device::device;
use super::error::ApiError;
use super::gate::{Admin, Confirmed, Inviter, Operator, Person, Proven, Standing, Updater, Viewer};
use super::limits::Connection;
use crate::audit::{Note, What};
use crate::auth::{Caller, Session};

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

    /// Records what the session's user did. Never what they typed, and no secret.
    pub(crate) fn note(&self, session: &Session, what: What, detail: impl Into<String>) {
        self.note_of(Some(session.user()), what, detail);
    }

    /// The same for whoever has no session.
    pub(crate) fn note_of(&self, who: Option<&str>, what: What, detail: impl Into<String>) {
        self.face.services.audit.record(Note {
            what,
            who: who.map(str::to_owned),
            address: Some(self.connection.peer.ip()),
            detail: detail.into(),
        });
    }

    /// Who asks, as far as the connection tells.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            address: self.connection.peer.ip(),
            device: device(&self.headers),
        }
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
    Viewer,
    Operator,
    Admin,
    Person,
    Proven,
    Confirmed,
    Updater,
    Inviter,
}

impl Access {
    /// Whether it needs a session.
    pub(crate) fn is_gated(self) -> bool {
        !matches!(self, Access::Public | Access::ClaimWindow | Access::Claimed)
    }

    /// For people who read the API's description.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Access::Public => "everybody",
            Access::ClaimWindow => "everybody, while the claim window is open",
            Access::Claimed => "everybody, once the appliance has an owner",
            Access::Viewer => "whoever is logged in",
            Access::Operator => "operators and admins",
            Access::Admin => "admins",
            Access::Person => "whoever is logged in with a password",
            Access::Proven => {
                "whoever is logged in with a password and gave it within the last ten minutes"
            }
            Access::Confirmed => "admins who gave their password within the last ten minutes",
            Access::Updater => {
                "admins who gave their password within the last ten minutes, and API tokens of admins"
            }
            Access::Inviter => "operators and admins, but not guests",
        }
    }
}

/// What is left of a handler when the gate has let somebody through.
pub(crate) type Admitted = Box<dyn FnOnce(Call, Body) -> Work + Send>;

/// What a route does, and by its kind who may ask for it.
pub(crate) enum Handler {
    /// Without a session.
    Open {
        access: Access,
        work: Box<dyn Fn(Call) -> Work + Send + Sync>,
    },
    /// With one that is good enough.
    Gated {
        access: Access,
        admit: Box<dyn Fn(Session) -> Result<Admitted, ApiError> + Send + Sync>,
        /// The body may have any length, and the handler bounds it.
        streams: bool,
    },
}

/// Constructors for handlers behind the gate: name, and what the handler is given.
macro_rules! gated {
    ($($name:ident: $standing:ident),* $(,)?) => {
        $(pub(crate) fn $name<W>(
            work: impl Fn(Call, $standing) -> W + Clone + Send + Sync + 'static,
        ) -> Self
        where
            W: Future<Output = Answer> + Send + 'static,
        {
            Handler::gated(work)
        })*
    };
}

impl Handler {
    gated! {
        viewer: Viewer,
        operator: Operator,
        admin: Admin,
        person: Person,
        proven: Proven,
        confirmed: Confirmed,
        updater: Updater,
        inviter: Inviter,
    }

    pub(crate) fn public<W>(work: impl Fn(Call) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::open(Access::Public, work)
    }

    pub(crate) fn claim_window<W>(work: impl Fn(Call) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::open(Access::ClaimWindow, work)
    }

    pub(crate) fn claimed<W>(work: impl Fn(Call) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::open(Access::Claimed, work)
    }

    /// Takes a body piece by piece; ends with the session.
    pub(crate) fn updater_stream<W>(
        work: impl Fn(Call, Updater, Body) -> W + Clone + Send + Sync + 'static,
    ) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::behind_gate(true, work)
    }

    fn open<W>(access: Access, work: impl Fn(Call) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::Open {
            access,
            work: Box::new(move |call| Box::pin(work(call))),
        }
    }

    fn gated<S: Standing, W>(work: impl Fn(Call, S) -> W + Clone + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::behind_gate(false, move |call, standing, _body| work(call, standing))
    }

    fn behind_gate<S: Standing, W>(
        streams: bool,
        work: impl Fn(Call, S, Body) -> W + Clone + Send + Sync + 'static,
    ) -> Self
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        Handler::Gated {
            access: S::ACCESS,
            streams,
            admit: Box::new(move |session| {
                let (standing, work) = (S::of(session)?, work.clone());
                Ok(Box::new(move |call, body| {
                    Box::pin(work(call, standing, body))
                }))
            }),
        }
    }

    pub(crate) fn access(&self) -> Access {
        match self {
            Handler::Open { access, .. } | Handler::Gated { access, .. } => *access,
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

/// The largest body of a route that says nothing else.
const BODY_LIMIT: usize = 16 * 1024;

pub(crate) struct Route {
    pub(crate) method: Method,
    /// Compared byte for byte with the request's path.
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    /// Empty = a file of the page, not part of the described interface.
    pub(crate) about: &'static str,
    pub(crate) takes: Option<SchemaOf>,
    /// Bytes of a body that is not streamed.
    pub(crate) body_limit: usize,
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
            body_limit: BODY_LIMIT,
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

    pub(crate) fn at_most(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
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
