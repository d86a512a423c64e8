//! Pictures over plain HTTP: the MJPEG stream and the snapshot.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{ask, parse};
use super::rig::{Rig, large_picture, picture};
use crate::video::NoPicture;

struct Multipart {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Multipart {
    async fn open(rig: &Rig, cookie: &str, more: &str) -> Self {
        let mut stream = TcpStream::connect(rig.plain).await.expect("connect");
        let request = format!(
            "GET /api/v1/stream.mjpeg HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n{more}\r\n",
            rig.plain
        );
        stream.write_all(request.as_bytes()).await.expect("send");
        let mut multipart = Multipart {
            stream,
            bytes: Vec::new(),
        };
        let head = multipart.until(b"\r\n\r\n").await;
        let reply = parse(&head);
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(
            reply.header("content-type"),
            Some("multipart/x-mixed-replace; boundary=farseat")
        );
        multipart
    }

    async fn until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            if let Some(at) = self
                .bytes
                .windows(end.len())
                .position(|window| window == end)
            {
                return self.bytes.drain(..at + end.len()).collect();
            }
            assert!(
                self.stream.read_buf(&mut self.bytes).await.expect("read") > 0,
                "the stream ended"
            );
        }
    }

    /// The next picture and the boundary that follows it at once.
    async fn part(&mut self) -> Vec<u8> {
        let head = String::from_utf8(self.until(b"\r\n\r\n").await).expect("text");
        assert!(head.contains("X-Timestamp: "), "{head}");
        let length = head
            .split("Content-Length: ")
            .nth(1)
            .and_then(|rest| rest.lines().next())
            .expect("a length");
        let length: usize = length.parse().expect("a number");
        while self.bytes.len() < length {
            assert!(
                self.stream.read_buf(&mut self.bytes).await.expect("read") > 0,
                "the stream ended"
            );
        }
        let picture = self.bytes.drain(..length).collect();
        assert_eq!(
            self.until(b"Content-Type: image/jpeg\r\n").await,
            b"\r\n--farseat\r\nContent-Type: image/jpeg\r\n"
        );
        picture
    }
}

#[tokio::test]
async fn each_new_picture_is_a_part() {
    let (rig, cookie) = Rig::claimed().await;
    let mut multipart = Multipart::open(&rig, &cookie, "").await;
    for shown in [picture(1), large_picture(3), picture(200)] {
        rig.show(&shown);
        assert!(multipart.part().await == shown);
    }
}

#[tokio::test]
async fn an_unchanged_picture_is_sent_once_a_second_and_not_more_often() {
    let (rig, cookie) = Rig::claimed().await;
    let mut multipart = Multipart::open(&rig, &cookie, "").await;
    rig.show(&picture(1));
    multipart.part().await;
    let start = std::time::Instant::now();
    for _ in 0..20 {
        rig.show(&picture(1));
    }
    assert!(multipart.part().await == picture(1));
    assert!(start.elapsed().as_millis() >= 900, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_browser_gets_a_picture_followed_by_whole_headers() {
    let (rig, cookie) = Rig::claimed().await;
    let mut multipart = Multipart::open(&rig, &cookie, "Sec-Fetch-Dest: image\r\n").await;
    let between = b"--farseat\r\nContent-Type: image/jpeg\r\n\r\n";
    assert_eq!(multipart.until(between).await, between);
    rig.show(&picture(1));
    let part = multipart.until(between).await;
    assert!(part == [&picture(1)[..], b"\r\n", between].concat());
}

#[tokio::test]
async fn the_stream_ends_with_its_session() {
    let (rig, cookie) = Rig::claimed().await;
    let mut multipart = Multipart::open(&rig, &cookie, "").await;
    let token = cookie.split_once('=').expect("a pair").1;
    rig.auth.log_out(&rig.auth.session(token).expect("session"));
    let mut rest = Vec::new();
    multipart
        .stream
        .read_to_end(&mut rest)
        .await
        .expect("a clean end");
}

#[tokio::test]
async fn stopping_ends_the_stream() {
    let (mut rig, cookie) = Rig::claimed().await;
    let mut multipart = Multipart::open(&rig, &cookie, "").await;
    let start = std::time::Instant::now();
    rig.stop().await;
    assert!(
        start.elapsed().as_secs() < 2,
        "ended by itself, not by the time limit"
    );
    let mut rest = Vec::new();
    multipart
        .stream
        .read_to_end(&mut rest)
        .await
        .expect("a clean end");
}

#[tokio::test]
async fn a_snapshot_is_a_fresh_picture() {
    let (rig, cookie) = Rig::claimed().await;
    rig.show(&picture(77));
    let reply = ask(rig.plain, "GET", "/api/v1/snapshot.jpg", &cookie, "").await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some("image/jpeg")),
        "{reply:?}"
    );
    assert_eq!(
        reply.header("content-length"),
        Some(picture(77).len().to_string().as_str())
    );
}

#[tokio::test]
async fn without_a_picture_the_snapshot_says_why() {
    let (rig, cookie) = Rig::claimed().await;
    rig.source
        .send(Err(NoPicture::NoSync))
        .expect("the capture thread lives");
    let reply = ask(rig.plain, "GET", "/api/v1/snapshot.jpg", &cookie, "").await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "no_picture"));
    assert!(reply.body.contains("no_sync"), "{reply:?}");
}
