//! Request heads that no client sends: cut off, doubled, with any byte in any place. Each is answered or hung up on; none
//! makes a panic, none keeps its connection, and the next one is served.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{parse, raw};
use super::rig::Rig;
use crate::auth::ClaimWindow;

const HEADS: usize = 2000;
/// Fewer than one address may have.
const AT_ONCE: usize = 16;
/// A head that does not end has five seconds.
const PATIENCE: Duration = Duration::from_secs(60);
const THREAD: &str = "heads";

/// What is spoiled: each kind of door that a head can come to.
const SEEDS: [&str; 7] = [
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-session=0; other=1\r\nAccept: */*\r\n\r\n",
    "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "GET /api/v1/control HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "PUT /api/v1/settings HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer fst_0\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n",
    "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n",
    "OPTIONS * HTTP/1.0\r\nHost: [::1]:443\r\nRange: bytes=0-\r\nIf-None-Match: \"0\"\r\n\r\n",
];

/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 12] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b":",
    b"%00",
    b"%2e%2e/",
    b"//",
    b"\xff",
    b"\xe2\x80\xae",
    b"Content-Length: 18446744073709551616\r\n",
];

/// Xorshift: the same in every run.
struct Noise(u64);

impl Noise {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end.max(1)
    }

    fn head(&mut self) -> Vec<u8> {
        if self.below(16) == 0 {
            let length = self.below(300);
            return (0..length).map(|_| self.below(256) as u8).collect();
        }
        let mut head = SEEDS[self.below(SEEDS.len())].as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            self.spoil(&mut head);
        }
        head
    }

    fn spoil(&mut self, head: &mut Vec<u8>) {
        let at = self.below(head.len());
        let end = (at + self.below(40)).min(head.len());
        match self.below(6) {
            0 => head.truncate(at),
            1 => drop(head.drain(at..end)),
            2 => {
                let copy = head[at..end].repeat(1 + self.below(400));
                head.splice(at..at, copy);
            }
            3 => {
                let piece = PIECES[self.below(PIECES.len())];
                head.splice(at..at, piece.iter().copied());
            }
            _ => {
                let byte = self.below(256) as u8;
                head.iter_mut().skip(at).take(1).for_each(|old| *old = byte);
            }
        }
    }
}

/// What came back, to the end.
async fn say(to: SocketAddr, head: &[u8]) -> Vec<u8> {
    let talk = async {
        let mut stream = TcpStream::connect(to).await.expect("connect");
        // It may have hung up before the end.
        let _ = stream.write_all(head).await;
        let _ = stream.shutdown().await;
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said).await;
        said
    };
    let said = tokio::time::timeout(PATIENCE, talk).await;
    said.unwrap_or_else(|_| panic!("no end: {}", head.escape_ascii()))
}

fn is_answer(said: &[u8]) -> bool {
    let known = matches!(parse(said).status, 100..=499 | 503 | 505);
    said.is_empty() || (said.starts_with(b"HTTP/1.") && known)
}

async fn all() {
    let rig = Rig::unclaimed(ClaimWindow::Always);
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    let mut answered = 0;
    for _ in 0..HEADS / AT_ONCE {
        let heads: Vec<_> = (0..AT_ONCE).map(|_| noise.head()).collect();
        let said = heads.iter().map(|head| say(rig.plain, head));
        let said = futures_util::future::join_all(said).await;
        for (head, said) in heads.iter().zip(said) {
            assert!(
                is_answer(&said),
                "{}: {}",
                head.escape_ascii(),
                said.escape_ascii()
            );
            answered += usize::from(!said.is_empty());
        }
    }
    println!("{answered} of {HEADS} heads were answered");
    assert!(answered > HEADS / 4, "{answered}");
    let next = raw(
        rig.plain,
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(next.status, 200, "{}", next.head);
}

#[test]
fn no_head_makes_a_panic_or_keeps_a_connection() {
    let panics = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&panics);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // Other tests may panic as they like.
        if std::thread::current().name() == Some(THREAD) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        before(panic);
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name(THREAD)
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let done = runtime.block_on(runtime.spawn(all()));
    assert!(done.is_ok(), "a head was not answered");
    assert_eq!(panics.load(Ordering::Relaxed), 0);
}
