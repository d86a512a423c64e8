//! The process that speaks on the link for `serve`: what `serve` wants goes down, if it is within its
//! [`bounds`](super::bounds), news go up. It has the sockets, and neither a key nor an account.

use std::io;
use std::os::fd::OwnedFd;

use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};

use super::arp::UnboundArp;
use super::bounds::Bounds;
use super::task::{Order, Task};
use super::wire::{self, Wanted};
use super::{NEWS, ORDERS, mdns};
use crate::device::packets::{hear, say, say_in_turn, stream};
use crate::lan::News;

/// Until `serve` hangs up. Must be called inside a tokio runtime.
///
/// # Errors
/// The kernel gives no routing socket, or the line is none.
pub async fn speak(line: OwnedFd, arp: Option<UnboundArp>) -> io::Result<()> {
    let line = stream(line)?;
    let (orders, ordered) = mpsc::channel(ORDERS);
    let (up, mut news) = mpsc::channel(NEWS);
    let announcement = watch::Sender::new(None);
    let task = Task::open(None, false, arp, up.clone())?;
    tokio::spawn(task.run(ordered));
    let announcing = tokio::spawn(mdns::run(announcement.subscribe(), up));
    let mut bounds = Bounds::default();
    let mut packet = vec![0; wire::LIMIT + 1];
    loop {
        tokio::select! {
            length = hear(&line, &mut packet) => match length? {
                0 => break,
                length => match Wanted::parse(&packet[..length]) {
                    Some(Wanted::Announce(wanted)) => drop(announcement.send_replace(wanted)),
                    Some(Wanted::Send(packet)) if bounds.allow(&packet) => {
                        // Sent now or never.
                        let _ = orders.try_send(Order::Send(packet));
                    }
                    Some(Wanted::Send(_)) | None => log::warn!("not to be said on the link"),
                }
            },
            Some(news) = news.recv() => {
                bounds.hear(&news);
                tell(&line, news).await?;
            }
        }
    }
    // The neighbours hear a goodbye, unless init is quicker.
    drop(announcement);
    let _ = announcing.await;
    Ok(())
}

/// What came over the wire is dropped where `serve` does not keep up, the state of the link never is.
async fn tell(line: &UnixStream, news: News) -> io::Result<()> {
    let dropped = matches!(news, News::Received(_));
    let packet = wire::print_news(news);
    if !dropped {
        return say_in_turn(line, &packet).await;
    }
    match say(line, &packet) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        said => said,
    }
}
