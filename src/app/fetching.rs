//! Fetching by a process of its own, as `serve` sees it: it cannot call anybody itself. Init starts the process, each
//! request goes to it on a socket of its own, what it tells is read as if an enemy had written it
//! ([`Told`]).
//!
//! ```text
//! update ──Request──▶ desk ──the first one: asks init for a process──▶ init
//!   ▲                  │ a pair of sockets, one end to the process        │ News and its line
//!   └────Event──── relay ◀──Told── process ◀───────────────────────────────┘
//! ```

use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair,
};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::line::InitLine;
use crate::slot::line::Wish;
use crate::sys::pass;
use crate::update::{Event, Fetch, PACKET_LIMIT, Request, Told};

/// One for the update, one for the channel, and what they have just given up.
const REQUESTS: usize = 8;
/// Init starts a process at once, or within a second.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between the requests of one update there is no pause as long as this.
const IDLE: Duration = Duration::from_secs(60);

type Asked = (Request, mpsc::Sender<Event>);
/// The DNS servers of the network, now.
type Servers = Arc<dyn Fn() -> Vec<IpAddr> + Send + Sync>;

/// Must be called inside a tokio runtime. `lines` are those of the processes that init has started.
pub(super) fn start(
    init: InitLine,
    lines: mpsc::Receiver<OwnedFd>,
    dns: impl Fn() -> Vec<IpAddr> + Send + Sync + 'static,
) -> Fetch {
    let (ask, asked) = mpsc::channel(REQUESTS);
    let start = move || init.say_now(Wish::Fetcher);
    let process = Process {
        start: Box::new(start),
        lines,
        line: None,
    };
    tokio::spawn(keep_desk(asked, process, Arc::new(dns)));
    Fetch::by(move |request, tell| {
        if let Err(refused) = ask.try_send((request, tell)) {
            let (_, tell) = refused.into_inner();
            let _ = tell.try_send(dropped("too much is fetched at once"));
        }
    })
}

/// Until nobody can ask any more.
async fn keep_desk(mut asked: mpsc::Receiver<Asked>, mut process: Process, dns: Servers) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            next = asked.recv() => {
                let Some((request, tell)) = next else { return };
                match process.call().await {
                    Ok(call) => drop(under_way.spawn(relay(call, request, dns(), tell))),
                    Err(error) => {
                        log::error!("update: nobody fetches: {error}");
                        let _ = tell.try_send(dropped("the appliance cannot call anybody now"));
                    }
                }
            }
            Some(_) = under_way.join_next() => {}
            () = sleep(IDLE), if under_way.is_empty() && process.line.is_some() => {
                // It ends when it is hung up on.
                process.line = None;
            }
        }
    }
}

/// The process that fetches, if there is one.
struct Process {
    start: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
    lines: mpsc::Receiver<OwnedFd>,
    line: Option<OwnedFd>,
}

impl Process {
    /// A way to it for one request. One that has ended is started anew.
    async fn call(&mut self) -> io::Result<UnixStream> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (ours, its) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        let sent = self.line.as_ref().map(|line| pass::send(line, b"!", &its));
        if !matches!(sent, Some(Ok(()))) {
            let line = self.started().await?;
            pass::send(&line, b"!", &its)?;
            self.line = Some(line);
        }
        UnixStream::from_std(std::os::unix::net::UnixStream::from(ours))
    }

    async fn started(&mut self) -> io::Result<OwnedFd> {
        // Of one that nobody waited for any more.
        while self.lines.try_recv().is_ok() {}
        (self.start)()?;
        let line = timeout(PATIENCE, self.lines.recv()).await?;
        line.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// Passes on what the process tells of one request, until its end or until nobody listens.
async fn relay(call: UnixStream, request: Request, dns: Vec<IpAddr>, tell: mpsc::Sender<Event>) {
    let words = request.print(&dns);
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    if let Err(error) = send(&call, &words, flags) {
        log::error!("update: ask the process that fetches: {error}");
    }
    let mut packet = vec![0; PACKET_LIMIT + 1];
    loop {
        let told = tokio::select! {
            told = hear(&call, &mut packet) => told,
            () = tell.closed() => return,
        };
        let event = match told.map(|length| Told::parse(&packet[..length], &request)) {
            Ok(Some(Told::Event(event))) => event,
            Ok(Some(Told::End)) => return,
            Ok(None) => {
                let _ = tell
                    .send(dropped("the process that fetches has ended"))
                    .await;
                return;
            }
            Err(error) => dropped(&error.to_string()),
        };
        let over = matches!(event, Event::Failed(_) | Event::Dropped(_));
        if tell.send(event).await.is_err() || over {
            return;
        }
    }
}

/// The length of the next packet; none = it has hung up.
async fn hear(call: &UnixStream, packet: &mut [u8]) -> io::Result<usize> {
    let read = || Ok(recv(call, &mut *packet, RecvFlags::DONTWAIT)?.0);
    call.async_io(Interest::READABLE, read).await
}

fn dropped(why: &str) -> Event {
    Event::Dropped(why.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::fetcher;
    use super::*;
    use crate::update::Address;

    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

    /// A fetch by a "process" that is a task of this one; how many have been started.
    fn rig(task: bool) -> (Fetch, Arc<Mutex<usize>>) {
        let (tell, lines) = mpsc::channel(1);
        let starts = Arc::new(Mutex::new(0));
        let count = Arc::clone(&starts);
        let start = move || {
            *count.lock().expect("no panic") += 1;
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            let (ours, its) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
            tell.try_send(ours).map_err(io::Error::other)?;
            if task {
                tokio::spawn(fetcher::answer(its));
            }
            Ok(())
        };
        let (ask, asked) = mpsc::channel(REQUESTS);
        let process = Process {
            start: Box::new(start),
            lines,
            line: None,
        };
        tokio::spawn(keep_desk(asked, process, Arc::new(Vec::new)));
        let fetch = Fetch::by(move |request, tell| {
            ask.try_send((request, tell)).expect("room");
        });
        (fetch, starts)
    }

    /// A web server for one call: says this, and hangs up.
    async fn server(says: &'static [u8]) -> Address {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("listen");
        let port = listener.local_addr().expect("bound").port();
        tokio::spawn(async move {
            while let Ok((mut call, _)) = listener.accept().await {
                let _ = call.read(&mut [0; 1024]).await;
                let _ = call.write_all(says).await;
            }
        });
        Address::parse(&format!("http://127.0.0.1:{port}/x")).expect("an address")
    }

    async fn all(mut events: mpsc::Receiver<Event>) -> Vec<Event> {
        let mut all = Vec::new();
        while let Some(event) = events.recv().await {
            all.push(event);
        }
        all
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_process_fetches_arrives_and_it_is_started_once() {
        let address = server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
        let (fetch, starts) = rig(true);
        for _ in 0..3 {
            let told = all(fetch.begin(address.clone(), None)).await;
            let begins = Event::Begins {
                at: 0,
                size: Some(5),
                part: false,
            };
            assert_eq!(told, [begins, Event::Bytes(b"hello"[..].into())]);
        }
        assert_eq!(*starts.lock().expect("no panic"), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_body_that_is_cut_off_is_no_whole_one() {
        let (fetch, _) = rig(true);
        let told = all(fetch.begin(server(HEAD).await, None)).await;
        assert!(
            matches!(told[..], [Event::Begins { .. }, Event::Dropped(_)]),
            "{told:?}"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_process_that_has_ended_is_told_and_another_is_started() {
        let (fetch, starts) = rig(false);
        let address = server(HEAD).await;
        for turn in 1..3 {
            let told = all(fetch.begin(address.clone(), None)).await;
            assert!(matches!(told[..], [Event::Dropped(_)]), "{told:?}");
            assert_eq!(*starts.lock().expect("no panic"), turn);
        }
    }
}
