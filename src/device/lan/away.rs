//! The wired link as a `serve` without sockets sees it: another process speaks there ([`speech`](super::speech)), init does
//! what needs privileges.
//!
//! ```text
//! no process ──asked for──▶ a line: what is announced is said again ──hung up──▶ no process
//! ```
//!
//! What it tells is passed on when it is new: a process that was started anew tells everything again.

use std::io;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::task::Order;
use super::wire::{self, Wanted};
use crate::device::envoy::Envoy;
use crate::device::errand::Ask;
use crate::device::packets::{hear, say, stream};
use crate::lan::{Announcement, Cidr, Link, News};
use crate::slot::errand::Errand;

/// After one that could not be had.
const AGAIN: Duration = Duration::from_secs(1);

pub(super) struct Away {
    ask: Ask,
    speaker: Envoy,
    announced: watch::Receiver<Option<Announcement>>,
    up: mpsc::Sender<News>,
    link: Option<Link>,
    addresses: Vec<Cidr>,
}

impl Away {
    pub(super) fn new(
        ask: Ask,
        speaker: Envoy,
        announced: watch::Receiver<Option<Announcement>>,
        up: mpsc::Sender<News>,
    ) -> Away {
        Away {
            ask,
            speaker,
            announced,
            up,
            link: None,
            addresses: Vec::new(),
        }
    }

    /// Runs until the service ends.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        loop {
            match self.speaker.started().await.and_then(stream) {
                Ok(line) => match self.follow(&line, &mut orders).await {
                    Ok(()) => return,
                    Err(error) => log::error!("the process that speaks on the link: {error}"),
                },
                Err(error) => {
                    log::error!("nobody speaks on the link: {error}");
                    sleep(AGAIN).await;
                }
            }
        }
    }

    /// Until the service ends.
    ///
    /// # Errors
    /// The process has ended, does not listen, or talks nonsense.
    async fn follow(
        &mut self,
        line: &UnixStream,
        orders: &mut mpsc::Receiver<Order>,
    ) -> io::Result<()> {
        let mut packet = vec![0; wire::LIMIT + 1];
        self.announced.mark_changed();
        loop {
            tokio::select! {
                length = hear(line, &mut packet) => match length? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    length => self.pass_on(wire::parse_news(&packet[..length])).await?,
                },
                order = orders.recv() => match order {
                    Some(order) => self.obey(order, line),
                    None => return Ok(()),
                },
                changed = self.announced.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    let announcement = self.announced.borrow_and_update().clone();
                    say(line, &Wanted::Announce(announcement).print())?;
                }
            }
        }
    }

    /// Waits for room: the state of the link is never dropped. A service that has ended hears nothing.
    async fn pass_on(&mut self, news: Option<News>) -> io::Result<()> {
        let news = news.ok_or(io::ErrorKind::InvalidData)?;
        match &news {
            News::Received(_) => {
                let _ = self.up.try_send(news);
                return Ok(());
            }
            News::Link(link) if *link == self.link => return Ok(()),
            News::Link(link) => self.link.clone_from(link),
            News::Addresses(addresses) if *addresses == self.addresses => return Ok(()),
            News::Addresses(addresses) => self.addresses.clone_from(addresses),
            News::Announced(_) => {}
        }
        let _ = self.up.send(news).await;
        Ok(())
    }

    /// The kernel's news of what init did come as those of any change.
    fn obey(&self, order: Order, line: &UnixStream) {
        let Some(Link { index: link, .. }) = self.link else {
            return;
        };
        match order {
            Order::Configure(wanted) => (self.ask)(&Errand::Address {
                link,
                address: wanted.address,
                router: wanted.router,
            }),
            Order::AllowIpv6(allowed) => (self.ask)(&Errand::AllowIpv6 { link, allowed }),
            // Sent now or never.
            Order::Send(packet) => {
                if let Err(error) = say(line, &Wanted::Send(packet).print()) {
                    log::debug!("send on the link: {error}");
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "away_tests.rs"]
mod tests;
