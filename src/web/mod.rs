//! The web face: TLS, routes and their gate, sockets, the embedded page, the API's description.
//!
//! Translates between HTTP and the services; decides nothing about pictures or keys.

use crate::auth::Auth;
use crate::console::Console;
use crate::settings::Store;
use crate::stream::Stream;

/// What the face serves.
#[derive(Clone)]
pub struct Services {
    pub stream: Stream,
    pub console: Console,
    pub auth: Auth,
    pub settings: Store,
}
