//! `farseat fetch`: asks web servers and time servers, which `serve` may not call, and does nothing else. Init starts it;
//! standard input is the line to `serve`, on which each packet brings a socket for one request.
//!
//! Like `serve` it gives everything away first: another user's numbers, no capability, no file but random numbers. It knows no key
//! and no account, and what it tells is believed by nobody ([`fetching`](super::fetching)).

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, mpsc};

use super::appliance::AppError;
use super::with_causes;
use crate::device::lan::{self, question};
use crate::device::names;
use crate::device::packets::{hear, say_in_turn, stream};
use crate::sys::pass;
use crate::sys::signal_mask::SignalSet;
use crate::update::{Event, Fetch, LookUp, PACKET_LIMIT, Request, Told};
use crate::{confine, init};

/// Requests at once; `serve` makes two, and asks eight time servers in a round.
const REQUESTS: usize = 16;

pub(super) fn run() -> Result<(), AppError> {
    let line = io::stdin().as_fd().try_clone_to_owned();
    let line = line.map_err(AppError::Line)?;
    SignalSet::block_none().map_err(AppError::Signals)?;
    confine::enter_nowhere(init::FETCH)?;
    if let Err(error) = confine::keep_nothing() {
        log::error!("fetch: not confined to no files: {}", with_causes(&error));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.map_err(AppError::Runtime)?.block_on(async {
        if let Err(error) = confine::keep_calls_and_sockets() {
            log::error!("fetch: not confined to its calls: {}", with_causes(&error));
        }
        answer(line).await.map_err(AppError::Line)
    })
}

/// The DNS servers that came with the latest request.
type Servers = Arc<Mutex<Vec<IpAddr>>>;

/// Until `serve` hangs up.
pub(super) async fn answer(line: OwnedFd) -> io::Result<()> {
    let line = stream(line)?;
    let dns = Servers::default();
    let fetch = Fetch::here(Some(look_up(&dns)));
    let room = Arc::new(Semaphore::new(REQUESTS));
    loop {
        let mut word = [0; 1];
        let next = || pass::receive(&line, &mut word);
        let (length, call) = line.async_io(Interest::READABLE, next).await?;
        if length == 0 {
            return Ok(());
        }
        // Who asks for more is hung up on.
        if let (Some(call), Ok(room)) = (call, Arc::clone(&room).try_acquire_owned()) {
            let (fetch, dns) = (fetch.clone(), Arc::clone(&dns));
            tokio::spawn(async move {
                // Who has hung up needs nothing any more.
                let _ = take(call, &fetch, &dns).await;
                drop(room);
            });
        }
    }
}

fn look_up(dns: &Servers) -> LookUp {
    let (dns, runtime) = (Arc::clone(dns), tokio::runtime::Handle::current());
    Arc::new(move |host| {
        let servers = dns.lock().unwrap_or_else(PoisonError::into_inner).clone();
        runtime.block_on(names::look_up(host, &servers))
    })
}

/// One request, to its end.
async fn take(call: OwnedFd, fetch: &Fetch, dns: &Servers) -> io::Result<()> {
    let call = stream(call)?;
    let mut packet = vec![0; PACKET_LIMIT];
    let length = hear(&call, &mut packet).await?;
    let packet = &packet[..length];
    if let Some((request, servers)) = Request::parse(packet) {
        *dns.lock().unwrap_or_else(PoisonError::into_inner) = servers;
        let events = fetch.begin(request.address, request.range);
        until_hung_up(&call, tell(&call, events)).await
    } else if let Some(question) = question::Question::parse(packet) {
        let asked = async {
            let answer = question::print(&lan::ask_time(&question).await);
            say_in_turn(&call, &answer).await
        };
        until_hung_up(&call, asked).await
    } else {
        Ok(())
    }
}

/// Who has hung up wants nothing any more.
async fn until_hung_up(
    call: &UnixStream,
    work: impl Future<Output = io::Result<()>>,
) -> io::Result<()> {
    tokio::select! {
        done = work => done,
        hung_up = hung_up(call) => hung_up,
    }
}

/// It says no more than its request: what can be read is its end.
async fn hung_up(call: &UnixStream) -> io::Result<()> {
    hear(call, &mut [0; 1]).await.map(drop)
}

async fn tell(call: &UnixStream, mut events: mpsc::Receiver<Event>) -> io::Result<()> {
    while let Some(event) = events.recv().await {
        say_in_turn(call, &Told::Event(event).print()).await?;
    }
    say_in_turn(call, &Told::End.print()).await
}
