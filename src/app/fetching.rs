//! Calls by a process of its own, as `serve` sees it: it cannot call anybody itself. Init starts the process, each
//! request goes to it on a socket of its own, what it tells is read as if an enemy had written it
//! ([`Told`], [`question`]).
//!
//! ```text
//! update ──Request──▶ desk ──the first one: asks init for a process──▶ init
//! clock ──Question──▶  │ a pair of sockets, one end to the process        │ News and its line
//!   ▲                  │                                                  │
//!   └──Event, time── work ◀──Told── process ◀──────────────────────────────┘
//! ```

use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::line::InitLine;
use crate::device::envoy::Envoy;
use crate::device::lan::AskTime;
use crate::device::lan::question::{self, Question};
use crate::device::packets::{hear, say, stream};
use crate::lan::{NoTime, Sample};
use crate::slot::line::Wish;
use crate::sys::pass;
use crate::update::{Event, Fetch, PACKET_LIMIT, Request, Told};

/// One for the update, one for the channel, and what they have just given up. Questions for the time wait for room.
const REQUESTS: usize = 8;
/// Between the requests of one update there is no pause as long as this.
const IDLE: Duration = Duration::from_secs(60);
/// More than names and two addresses of a time server take.
const SILENCE: Duration = Duration::from_secs(30);

/// What is done with a way to the process, or without one.
type Work = Box<dyn FnOnce(io::Result<UnixStream>) -> Doing + Send>;
type Doing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Cheap handle to who calls for `serve`.
#[derive(Clone)]
pub(super) struct Desk(mpsc::Sender<Work>);

impl Desk {
    /// Must be called inside a tokio runtime. `lines` are those of the processes that init has started.
    pub(super) fn open(init: InitLine, lines: mpsc::Receiver<OwnedFd>) -> Desk {
        Desk::over(Envoy {
            start: Box::new(move || init.say_now(Wish::Fetcher)),
            lines,
        })
    }

    fn over(envoy: Envoy) -> Desk {
        let (ask, asked) = mpsc::channel(REQUESTS);
        tokio::spawn(keep_desk(asked, Process { envoy, line: None }));
        Desk(ask)
    }

    /// For updates. Names are looked up at these DNS servers: those of the network, now.
    pub(super) fn fetch(self, dns: impl Fn() -> Vec<IpAddr> + Send + Sync + 'static) -> Fetch {
        Fetch::by(move |request, tell| {
            let dns = dns();
            let refused = tell.clone();
            let work: Work = Box::new(move |call| match call {
                Ok(call) => Box::pin(relay(call, request, dns, tell)),
                Err(error) => Box::pin(async move {
                    log::error!("update: nobody fetches: {error}");
                    let _ = tell.try_send(dropped("the appliance cannot call anybody now"));
                }),
            });
            if self.0.try_send(work).is_err() {
                let _ = refused.try_send(dropped("too much is fetched at once"));
            }
        })
    }

    /// For the clock.
    pub(super) fn time(self) -> AskTime {
        Arc::new(move |question| {
            let desk = self.0.clone();
            Box::pin(async move {
                let (tell, told) = oneshot::channel();
                let work: Work = Box::new(move |call| {
                    Box::pin(async move {
                        let _ = tell.send(time(call, &question).await);
                    })
                });
                desk.send(work).await.map_err(|_| NoTime::Silent)?;
                told.await.unwrap_or(Err(NoTime::Silent))
            })
        })
    }
}

/// Until nobody can ask any more.
async fn keep_desk(mut asked: mpsc::Receiver<Work>, mut process: Process) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            next = asked.recv() => {
                let Some(work) = next else { return };
                under_way.spawn(work(process.call().await));
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
    envoy: Envoy,
    line: Option<OwnedFd>,
}

impl Process {
    /// A way to it for one request. One that has ended is started anew.
    async fn call(&mut self) -> io::Result<UnixStream> {
        let (ours, its) = pass::pair()?;
        let sent = self.line.as_ref().map(|line| pass::send(line, b"!", &its));
        if !matches!(sent, Some(Ok(()))) {
            let line = self.envoy.started().await?;
            pass::send(&line, b"!", &its)?;
            self.line = Some(line);
        }
        stream(ours)
    }
}

/// Passes on what the process tells of one request, until its end or until nobody listens.
async fn relay(call: UnixStream, request: Request, dns: Vec<IpAddr>, tell: mpsc::Sender<Event>) {
    if let Err(error) = say(&call, &request.print(&dns)) {
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

/// One question for the time. What it fails with is told to the log here; a time server that is silent is no news.
async fn time(call: io::Result<UnixStream>, question: &Question) -> Result<Sample, NoTime> {
    let answer = async {
        let call = call?;
        say(&call, &question.print())?;
        let mut packet = [0; question::LIMIT];
        match hear(&call, &mut packet).await? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            length => Ok(question::parse(&packet[..length])),
        }
    };
    match timeout(SILENCE, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            log::error!("time: nobody asks {}: {error}", question.server());
            Err(NoTime::Silent)
        }
        Err(_) => Err(NoTime::Silent),
    }
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
    fn rig(task: bool) -> (Desk, Arc<Mutex<usize>>) {
        let (tell, lines) = mpsc::channel(1);
        let starts = Arc::new(Mutex::new(0));
        let count = Arc::clone(&starts);
        let start = move || {
            *count.lock().expect("no panic") += 1;
            let (ours, its) = pass::pair()?;
            tell.try_send(ours).map_err(io::Error::other)?;
            if task {
                tokio::spawn(fetcher::answer(its));
            }
            Ok(())
        };
        let start = Box::new(start);
        (Desk::over(Envoy { start, lines }), starts)
    }

    /// A web server that says this to each call, and hangs up. It reads the whole head first: what hangs up with something
    /// unread is a reset to the other side, and may overtake what was said.
    async fn server(says: &'static [u8]) -> Address {
        use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("listen");
        let port = listener.local_addr().expect("bound").port();
        tokio::spawn(async move {
            while let Ok((mut call, _)) = listener.accept().await {
                let mut lines = BufReader::new(&mut call).lines();
                while matches!(lines.next_line().await, Ok(Some(line)) if !line.is_empty()) {}
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
        let (desk, starts) = rig(true);
        let fetch = desk.fetch(Vec::new);
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
        let (desk, _) = rig(true);
        let fetch = desk.fetch(Vec::new);
        let told = all(fetch.begin(server(HEAD).await, None)).await;
        assert!(
            matches!(told[..], [Event::Begins { .. }, Event::Dropped(_)]),
            "{told:?}"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_process_that_has_ended_is_told_and_another_is_started() {
        let (desk, starts) = rig(false);
        let fetch = desk.fetch(Vec::new);
        let address = server(HEAD).await;
        for turn in 1..3 {
            let told = all(fetch.begin(address.clone(), None)).await;
            assert!(matches!(told[..], [Event::Dropped(_)]), "{told:?}");
            assert_eq!(*starts.lock().expect("no panic"), turn);
        }
    }
    #[tokio::test(flavor = "multi_thread")]
    async fn the_time_is_asked_by_the_same_process_and_a_silent_server_is_told_as_one() {
        let (desk, starts) = rig(true);
        let ask = desk.time();
        // Nobody answers on this machine's port for time, or refuses at once.
        let silent = ask(Question::new("127.0.0.1", &[])).await;
        assert!(matches!(silent, Err(NoTime::Silent)), "{silent:?}");
        let nowhere = ask(Question::new("time.example", &[])).await;
        assert!(matches!(nowhere, Err(NoTime::NoAddress)), "{nowhere:?}");
        assert_eq!(*starts.lock().expect("no panic"), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_a_process_there_is_no_time() {
        let (desk, _) = rig(false);
        let told = desk.time()(Question::new("192.0.2.1", &[])).await;
        assert!(matches!(told, Err(NoTime::Silent)), "{told:?}");
    }
}
