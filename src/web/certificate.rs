//! Keeps the certificate true: its names and addresses follow the network, its dates the clock.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::identity::Identity;
use crate::net::{Network, Status};

/// How often the certificate's date is looked at.
const CHECK: Duration = Duration::from_secs(3600);

/// What a certificate depends on.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    jumps: u32,
}

impl Wanted {
    fn of(status: &Status) -> Wanted {
        let own = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let link = status.addresses.iter().map(|cidr| cidr.address);
        Wanted {
            names: status.names.clone(),
            addresses: own.into_iter().chain(link).collect(),
            jumps: status.time.jumps,
        }
    }
}

/// Renews the certificate in time, when the clock turns out to have been wrong, and when the appliance is
/// called or reached otherwise. On a system that somebody else manages only the date changes.
pub(super) async fn keep(identity: Identity, network: Network) {
    let mut hours = tokio::time::interval(CHECK);
    let mut status = network.status();
    let mut known = None;
    loop {
        let wanted = network
            .is_managed()
            .then(|| Wanted::of(&status.borrow_and_update()));
        let news = wanted.is_some() && wanted != known;
        let work = identity.clone();
        let names = wanted.as_ref().filter(|_| news);
        let names = names.map(|wanted| (wanted.names.clone(), wanted.addresses.clone()));
        let checked = tokio::task::spawn_blocking(move || match names {
            Some((names, addresses)) => work.serve_as(names, addresses),
            None => work.check(),
        });
        if let Ok(Err(error)) = checked.await {
            log::error!("renew the certificate: {error}");
        }
        known = wanted.or(known);
        tokio::select! {
            _ = hours.tick() => {}
            () = changed(&mut status, known.as_ref()) => {}
        }
    }
}

/// Returns when something else is wanted; a network that never changes is waited for without end.
async fn changed(status: &mut tokio::sync::watch::Receiver<Status>, known: Option<&Wanted>) {
    let Some(known) = known else {
        return std::future::pending().await;
    };
    let different = status.wait_for(|now| Wanted::of(now) != *known);
    if different.await.is_err() {
        std::future::pending::<()>().await;
    }
}
