//! The web face: TLS, routes and their gate, sockets, the embedded page, the API's description.
//!
//! Translates between HTTP and the services; decides nothing about pictures or keys. `app` calls
//! [`Listeners::bind`] and [`serve`].
//!
//! ```text
//! server (TLS, limits) ─▶ chain (Host, Origin, claim, session) ─▶ a route of the table ─▶ service
//! ```

mod about;
mod account;
mod audit;
mod ca;
mod certificate;
mod chain;
mod control;
mod credentials;
mod device;
mod diagnostics;
mod edid;
mod error;
mod facts;
mod flow;
mod gate;
mod headers;
mod identity;
mod limits;
mod listeners;
mod log;
mod mjpeg;
mod network;
mod openapi;
mod origin;
mod own_ca;
mod page;
mod paste;
mod power;
mod protocol;
mod rate;
mod redirect;
mod rehearsal;
mod reset;
mod route;
mod second_factor;
mod server;
mod sessions;
mod settings;
mod signal;
mod size;
mod snapshot;
mod socket;
mod status;
mod support;
mod table;
mod tls;
mod tokens;
mod trust;
mod units;
mod update;
mod uploaded;
mod usb;
mod users;
mod video;
mod wake;
mod wifi;
mod witness;

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::audit::Audit;
use crate::auth::Auth;
use crate::console::Console;
use crate::journal::Journal;
use crate::net::Network;
use crate::net::wifi::Wifi;
use crate::preseed::Told;
use crate::settings::{Settings, Store};
use crate::stream::{H264, Stream};
use crate::system::{FactoryReset, PowerSwitch, System};
use crate::update::Update;
use error::ApiError;
use mjpeg::Parts;
use server::{Door, Entrance};

pub use identity::{Identity, IdentityError};
pub use listeners::{Early, ListenError, Listeners};
pub use openapi::openapi;
pub use own_ca::{OwnCa, OwnCaRefused};
pub use rehearsal::rehearse;

/// What the face serves.
#[derive(Clone)]
pub struct Services {
    pub stream: Stream,
    pub h264: H264,
    pub console: Console,
    pub auth: Auth,
    pub audit: Audit,
    pub settings: Store,
    /// What became of a preseed file; nothing when there was none.
    pub preseed: Option<Told>,
    pub network: Network,
    pub wifi: Wifi,
    pub system: System,
    pub reset: FactoryReset,
    pub power: PowerSwitch,
    /// The newest log lines.
    pub journal: Journal,
    pub update: Update,
}

impl Services {
    /// Changes the settings, and writes them.
    async fn change(
        &self,
        edit: impl FnOnce(&mut Settings) + Send + 'static,
    ) -> Result<(), ApiError> {
        let store = self.settings.clone();
        Ok(tokio::task::spawn_blocking(move || store.change(edit)).await??)
    }
}

/// Why the face cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("use a listening socket")]
    Listener(#[from] std::io::Error),
    #[error("set up TLS")]
    Identity(#[from] IdentityError),
}

/// What every handler may use.
pub(crate) struct Face {
    services: Services,
    identity: Identity,
    /// Where the page is.
    port: u16,
    parts: Parts,
    /// True when the appliance stops: sockets and endless answers end.
    stop: watch::Receiver<bool>,
}

/// Serves until `shutdown` is done, then ends every connection within three seconds.
///
/// # Errors
/// A listener or the certificate cannot be used; nothing is served then.
pub async fn serve(
    services: Services,
    identity: Identity,
    listeners: Listeners,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let (stopping, stop) = watch::channel(false);
    let port = listeners.https_address()?.port();
    let oldest = services.settings.current().web.tls;
    let acceptor = TlsAcceptor::from(Arc::new(identity.tls_config(oldest)?));
    let redirect = redirect::filter(services.network.clone(), identity.clone(), port);
    let checking = tokio::spawn(certificate::keep(
        identity.clone(),
        services.network.clone(),
    ));
    let watching = witness::start(&services);
    let face = Arc::new(Face {
        services,
        identity,
        port,
        parts: Parts::default(),
        stop,
    });
    let filter = chain::filter(&face, table::table());
    let (https, http, loopback) = listeners.into_tokio()?;
    let mut entrances = vec![Entrance {
        listener: https,
        door: Door::Tls(acceptor),
        filter: filter.clone(),
    }];
    entrances.extend(http.map(|listener| Entrance {
        listener,
        door: Door::Plain,
        filter: redirect,
    }));
    entrances.extend(loopback.map(|listener| Entrance {
        listener,
        door: Door::Plain,
        filter,
    }));
    server::run(entrances, async {
        shutdown.await;
        stopping.send_replace(true);
    })
    .await;
    checking.abort();
    watching.abort();
    Ok(())
}

#[cfg(test)]
mod tests;
