//! Multicast DNS (RFC 6762) and the page's advertisement (RFC 6763), by `mdns-sd`, which probes for the
//! name, defends it, and finds another one when it is taken.
//!
//! A new announcement is a new responder: the old one says goodbye and is waited for, because its own
//! answers to the new one's probes would look like a conflict.

use std::net::IpAddr;
use std::time::Duration;

use mdns_sd::{DaemonEvent, Receiver, ServiceDaemon, ServiceInfo};
use tokio::sync::{mpsc, watch};

use crate::lan::{Announcement, News};

const SERVICE: &str = "_https._tcp.local.";
const DOMAIN: &str = ".local.";
/// A responder that says goodbye to a link that is down may take its time.
const FAREWELL: Duration = Duration::from_secs(2);

/// Announces what is wanted, as it changes, until the service ends.
pub(super) async fn run(mut wanted: watch::Receiver<Option<Announcement>>, up: mpsc::Sender<News>) {
    let mut responder: Option<Responder> = None;
    loop {
        let announcement = wanted.borrow_and_update().clone();
        if let Some(old) = responder.take() {
            old.end().await;
        }
        responder = announcement.and_then(|announcement| {
            Responder::start(&announcement)
                .inspect_err(|error| log::warn!("announce {}: {error}", announcement.name))
                .ok()
        });
        let label = async {
            match &mut responder {
                Some(responder) => responder.follow(&up).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { break },
            () = label => {}
        }
    }
    if let Some(old) = responder {
        old.end().await;
    }
}

struct Responder {
    daemon: ServiceDaemon,
    events: Receiver<DaemonEvent>,
    label: String,
}

impl Responder {
    fn start(announcement: &Announcement) -> Result<Responder, mdns_sd::Error> {
        let label = announcement.name.to_ascii_lowercase();
        let host = format!("{label}{DOMAIN}");
        let addresses: &[IpAddr] = &announcement.addresses;
        let properties = [("path", "/")];
        let service = ServiceInfo::new(
            SERVICE,
            &announcement.name,
            &host,
            addresses,
            announcement.port,
            &properties[..],
        )?;
        let daemon = ServiceDaemon::new()?;
        let events = daemon.monitor()?;
        // Addresses come as a new announcement; looking for them every few seconds would be polling.
        daemon.set_ip_check_interval(0)?;
        daemon.register(service)?;
        Ok(Responder {
            daemon,
            events,
            label,
        })
    }

    /// Tells under which label we are known, as that changes. Does not return.
    async fn follow(&mut self, up: &mpsc::Sender<News>) {
        while let Ok(event) = self.events.recv_async().await {
            match event {
                DaemonEvent::NameChange(change) => {
                    if let Some(label) = label_of(&change.new_name) {
                        log::warn!("somebody else is called {}: now {label}", self.label);
                        label.clone_into(&mut self.label);
                    }
                }
                DaemonEvent::Announce(..) => {
                    let _ = up.send(News::Announced(self.label.clone())).await;
                }
                DaemonEvent::Error(error) => log::warn!("multicast DNS: {error}"),
                _ => {}
            }
        }
        std::future::pending::<()>().await;
    }

    async fn end(self) {
        // Ending it takes its services back.
        let Ok(ended) = self.daemon.shutdown() else {
            return;
        };
        if tokio::time::timeout(FAREWELL, ended.recv_async())
            .await
            .is_err()
        {
            log::warn!("multicast DNS does not end");
        }
    }
}

/// The label of a host's name, not of a service's instance.
fn label_of(name: &str) -> Option<&str> {
    name.strip_suffix(DOMAIN)
        .filter(|label| !label.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hosts_new_name_is_ours() {
        assert_eq!(label_of("farseat-2.local."), Some("farseat-2"));
        assert_eq!(label_of("farseat (2)._https._tcp.local."), None);
        assert_eq!(label_of("farseat.example."), None);
    }
}
