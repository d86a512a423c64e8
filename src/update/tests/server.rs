//! A web server on this machine that does what a test wants: parts or not, drops, other statuses.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it has and how it behaves.
#[derive(Default)]
pub(super) struct Manners {
    pub(super) files: HashMap<&'static str, Vec<u8>>,
    /// Always gives all.
    pub(super) no_parts: bool,
    /// Says no length, and ends where it ends.
    pub(super) no_length: bool,
    /// Ends each answer's body after so many bytes.
    pub(super) drop_after: Option<usize>,
    /// Answers with this instead.
    pub(super) status: Option<&'static str>,
    /// What was asked for: the Range header of each request.
    pub(super) asked: Vec<Option<String>>,
    /// Bytes of bodies.
    pub(super) sent: usize,
    /// Bodies that were ended too early.
    pub(super) dropped: usize,
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) at: SocketAddr,
    manners: Arc<Mutex<Manners>>,
}

impl Server {
    pub(super) async fn start(manners: Manners) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let server = Server {
            at: listener.local_addr().expect("bound"),
            manners: Arc::new(Mutex::new(manners)),
        };
        let own = server.clone();
        tokio::spawn(async move {
            while let Ok((call, _)) = listener.accept().await {
                tokio::spawn(answer(own.clone(), call));
            }
        });
        server
    }

    pub(super) async fn with(path: &'static str, file: Vec<u8>) -> Server {
        let files = HashMap::from([(path, file)]);
        Server::start(Manners {
            files,
            ..Manners::default()
        })
        .await
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&mut Manners) -> T) -> T {
        look(&mut self.manners.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(server: Server, mut call: TcpStream) {
    let mut lines = BufReader::new(&mut call).lines();
    let mut path = String::new();
    let mut range = None;
    while let Ok(Some(line)) = lines.next_line().await {
        if line.is_empty() {
            break;
        }
        if let Some(rest) = line.strip_prefix("GET ") {
            path = rest.split(' ').next().unwrap_or_default().to_owned();
        } else if line.to_ascii_lowercase().starts_with("range: bytes=") {
            range = line.split_once('=').map(|(_, range)| range.to_owned());
        }
    }
    let (head, body) = server.look(|manners| respond(manners, &path, range));
    // Who has hung up needs no answer.
    let _ = call.write_all(head.as_bytes()).await;
    let _ = call.write_all(&body).await;
    let _ = call.shutdown().await;
}

fn respond(manners: &mut Manners, path: &str, range: Option<String>) -> (String, Vec<u8>) {
    manners.asked.push(range.clone());
    let close = "Connection: close\r\n\r\n";
    if let Some(status) = manners.status {
        return (
            format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n{close}"),
            Vec::new(),
        );
    }
    let Some(file) = manners.files.get(path) else {
        return (
            format!("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n{close}"),
            Vec::new(),
        );
    };
    let asked = range.filter(|_| !manners.no_parts).and_then(|range| {
        let (first, last) = range.split_once('-')?;
        Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?))
    });
    let (status, part, mut body) = match asked {
        Some((first, _)) if first >= file.len() => {
            return (
                format!("HTTP/1.1 416 No\r\nContent-Length: 0\r\n{close}"),
                Vec::new(),
            );
        }
        Some((first, last)) => {
            let end = (last + 1).min(file.len());
            let part = format!(
                "Content-Range: bytes {first}-{}/{}\r\n",
                end - 1,
                file.len()
            );
            ("206 Partial Content", part, file[first..end].to_vec())
        }
        None => ("200 OK", String::new(), file.clone()),
    };
    let length = if manners.no_length {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    if let Some(most) = manners.drop_after
        && body.len() > most
    {
        body.truncate(most);
        manners.dropped += 1;
    }
    manners.sent += body.len();
    (format!("HTTP/1.1 {status}\r\n{length}{part}{close}"), body)
}
