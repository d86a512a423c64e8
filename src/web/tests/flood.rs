//! A crowd that says nothing and one that says it slowly, while an owner logs in and types.
//!
//! Times are held against those before the crowd came, because the machine that this runs on may be busy with other
//! things; `ci/bench flood` prints them for an optimised build.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::client::{Client, ask, binary, send, socket};
use super::rig::{PASSWORD, Rig};
use crate::hid::event::{Event, Message, Usage};

const IDLE: usize = 1000;
const SLOW: usize = 500;
const LOGINS: usize = 5;
const KEYS: u32 = 300;
/// How much slower things may be under the crowd ...
const FACTOR: u32 = 5;
/// ... and what a busy machine may add.
const MARGIN: Duration = Duration::from_millis(3000);
const KEY_MARGIN: Duration = Duration::from_millis(500);

/// What a client of the crowd may cost, both its ends and its task in this process counted ...
const CLIENT_KIB: u64 = 64;
/// ... and what other tests may need meanwhile: a password takes 19 MiB.
const OTHERS_KIB: u64 = 128 << 10;

/// What a slow one says.
const SLOWLY: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";

/// Both ends of the crowd are in this process.
fn allow_many_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("as many as there may be");
}

/// The crowd comes from so many addresses of this machine; the owner has another.
const ADDRESSES: usize = 24;
/// Whoever was shown out calls again after this.
const AGAIN: Duration = Duration::from_secs(2);

/// Connects from the crowd's address of this number.
async fn call(number: usize, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let host = u8::try_from(1 + number % ADDRESSES).unwrap_or(1);
    socket.bind(SocketAddr::from(([127, 0, 1, host], 0)))?;
    socket.connect(to).await
}

/// Calls again whenever it is shown out, for ever; says `line` byte by byte, or nothing when it is empty.
async fn stand_about(number: usize, to: SocketAddr, line: &'static [u8], arrived: Arc<Semaphore>) {
    loop {
        if let Ok(mut stream) = call(number, to).await {
            arrived.add_permits(1);
            for byte in line.chunks(1) {
                let said = stream.write_all(byte).await;
                let pause = tokio::time::timeout(Duration::from_millis(500), stream.read_u8());
                if said.is_err() || pause.await.is_ok() {
                    break;
                }
            }
            // Until the other side has had enough.
            while stream.read_u8().await.is_ok() {}
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn login(rig: &Rig) -> Duration {
    let start = Instant::now();
    let body = format!(r#"{{"username":"ann","password":"{PASSWORD}"}}"#);
    let reply = ask(rig.plain, "POST", "/api/v1/session", "", &body).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    start.elapsed()
}

async fn slowest_login(rig: &Rig) -> Duration {
    let mut slowest = Duration::ZERO;
    for _ in 0..LOGINS {
        slowest = slowest.max(login(rig).await);
    }
    slowest
}

/// From the key to its acknowledgement, which is sent when the report is with the port: 99 of 100 are faster.
async fn slow_key(client: &mut Client, first: u32) -> Duration {
    let mut times = Vec::new();
    for sequence in first..first + KEYS {
        let start = Instant::now();
        let event = Event::Key {
            usage: Usage::Key(4),
            down: sequence % 2 == 1,
        };
        send(client, Message { sequence, event }.encode()).await;
        while binary(client).await.get(1..5) != Some(&sequence.to_le_bytes()) {}
        times.push(start.elapsed());
    }
    times.sort();
    times[times.len() * 99 / 100]
}

fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a size");
    let number = line.split_whitespace().next().expect("a number");
    number.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_at_the_door_keeps_nobody_from_logging_in_or_typing() {
    allow_many_descriptors();
    let (rig, cookie) = Rig::claimed().await;
    let mut keys = socket(rig.plain, "/api/v1/control", &cookie).await;
    let (login, key, memory) = (
        slowest_login(&rig).await,
        slow_key(&mut keys, 1).await,
        memory_kb(),
    );

    let (arrived, mut crowd) = (Arc::new(Semaphore::new(0)), JoinSet::new());
    for number in 0..IDLE {
        crowd.spawn(stand_about(number, rig.https, b"", arrived.clone()));
    }
    for number in 0..SLOW {
        crowd.spawn(stand_about(number, rig.plain, SLOWLY, arrived.clone()));
    }
    let all = u32::try_from(IDLE + SLOW).expect("a number");
    drop(arrived.acquire_many(all).await.expect("open"));
    let under = slowest_login(&rig).await;
    let under_key = slow_key(&mut keys, KEYS + 1).await;
    let grown = memory_kb().saturating_sub(memory);
    let clients = (IDLE + SLOW) as u64;
    eprintln!(
        "flood: {IDLE} idle and {SLOW} slow clients: slowest of {LOGINS} logins {login:.1?} before, {under:.1?} under it; \
         key to acknowledgement, p99 of {KEYS}: {key:.2?} before, {under_key:.2?} under it; memory grew by {grown} KiB, {} a client, both ends and whatever else is tested just now counted",
        grown / clients
    );
    assert!(grown <= clients * CLIENT_KIB + OTHERS_KIB, "{grown} KiB");
    assert!(under <= login * FACTOR + MARGIN, "a login takes {under:?}");
    assert!(
        under_key <= key * FACTOR + KEY_MARGIN,
        "a key takes {under_key:?}"
    );
}
