//! `GET /api/v1/stream.mjpeg`: pictures as `multipart/x-mixed-replace`, for `<img>`, ffmpeg, curl.
//!
//! A part is polled for only when the connection has taken the one before, so a slow client gets
//! the newest and nothing queues. The bytes of a part are the same for every client and are made
//! once.
//!
//! The boundary follows each picture at once, so that a client knows where the picture ends. A
//! browser's `<img>` shows a picture only when the next part's headers are complete, so there
//! they follow too, without a length (it is not known yet); every other client gets
//! `Content-Length` and `X-Timestamp`, which complete the headers when the next picture is there.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::{BoxStream, StreamExt as _};
use http::header::{self, HeaderValue};
use http::{HeaderMap, Version};
use tokio::sync::watch;
use tokio::time::Instant;
use warp::reply::{Reply as _, Response};

use super::gate;
use super::route::{Answer, Call};
use crate::auth::Session;
use crate::stream::Viewer;
use crate::video::{Frame, Signal};

const MEDIA_TYPE: &str = "multipart/x-mixed-replace; boundary=farseat";
/// A picture that does not change is sent again after this: proof of life.
const REPEAT: Duration = Duration::from_secs(1);

/// Who the parts are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    /// A browser's `<img>`.
    Image,
    Other,
}

impl Client {
    fn of(headers: &HeaderMap) -> Self {
        // Fetch Metadata: every current browser says what it wants the answer for.
        let image = headers
            .get("sec-fetch-dest")
            .is_some_and(|dest| dest == "image");
        if image { Client::Image } else { Client::Other }
    }

    /// What follows each picture, and precedes the first.
    fn between(self) -> &'static str {
        match self {
            Client::Image => "--farseat\r\nContent-Type: image/jpeg\r\n\r\n",
            Client::Other => "--farseat\r\nContent-Type: image/jpeg\r\n",
        }
    }

    fn part(self, frame: &Frame) -> Bytes {
        let mut part = BytesMut::with_capacity(frame.data.len() + 160);
        if self == Client::Other {
            let (length, time) = (frame.data.len(), frame.captured.as_secs_f64());
            let rest = format!("Content-Length: {length}\r\nX-Timestamp: {time:.6}\r\n\r\n");
            part.extend_from_slice(rest.as_bytes());
        }
        part.extend_from_slice(&frame.data);
        part.extend_from_slice(b"\r\n");
        part.extend_from_slice(self.between().as_bytes());
        part.freeze()
    }
}

/// The newest frame's part, for each kind of client. Shared by all.
#[derive(Default)]
pub(crate) struct Parts {
    image: Mutex<Option<(u32, Bytes)>>,
    other: Mutex<Option<(u32, Bytes)>>,
}

impl Parts {
    fn of(&self, client: Client, frame: &Frame) -> Bytes {
        let kept = match client {
            Client::Image => &self.image,
            Client::Other => &self.other,
        };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((id, part)) if *id == frame.id => part.clone(),
            _ => {
                let part = client.part(frame);
                *kept = Some((frame.id, part.clone()));
                part
            }
        }
    }

    /// Frees what nobody needs when nobody watches.
    fn forget(&self) {
        for kept in [&self.image, &self.other] {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

/// Starts the answer, which ends with the session.
pub(crate) async fn open(call: Call, viewer: gate::Viewer) -> Answer {
    let client = Client::of(&call.headers);
    let watching = Watching {
        client,
        viewer: call.face.services.stream.watch(),
        stop: call.face.stop.clone(),
        call,
        session: viewer.clone(),
        shown: None,
        repeat_at: None,
    };
    let first =
        futures_util::stream::once(async move { Bytes::from_static(client.between().as_bytes()) });
    let rest = futures_util::stream::unfold(watching, Watching::next);
    let body = Exclusive::of(first.chain(rest).map(Ok).boxed());
    let mut response: Response = warp::reply::stream(body).into_response();
    // Ends with the connection: no chunk headers between the pieces. HTTP/2 frames it anyway.
    *response.version_mut() = Version::HTTP_10;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    Ok(response)
}

struct Watching {
    client: Client,
    viewer: Viewer,
    stop: watch::Receiver<bool>,
    call: Call,
    session: Session,
    /// The content that the client shows.
    shown: Option<u64>,
    repeat_at: Option<Instant>,
}

impl Watching {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let frame = tokio::select! {
            frame = next_frame(&mut self.viewer, self.shown, self.repeat_at) => frame,
            () = self.session.ended() => None,
            _ = self.stop.wait_for(|stop| *stop) => None,
        };
        let frame = frame?;
        self.shown = Some(frame.content);
        self.repeat_at = Some(Instant::now() + REPEAT);
        self.call.face.services.auth.touch(&self.session);
        Some((self.call.face.parts.of(self.client, &frame), self))
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.call.face.parts.forget();
    }
}

/// The next picture that looks different, or the same one when it is time for that.
async fn next_frame(
    viewer: &mut Viewer,
    shown: Option<u64>,
    repeat_at: Option<Instant>,
) -> Option<std::sync::Arc<Frame>> {
    loop {
        let repeat = async {
            match repeat_at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            signal = viewer.next() => match signal {
                Signal::Live(frame) if shown != Some(frame.content) => return Some(frame),
                _ => {}
            },
            () = repeat => match viewer.latest() {
                Signal::Live(frame) => return Some(frame),
                // No picture: the next one is sent as soon as there is one.
                _ => return next_live(viewer).await,
            },
        }
    }
}

async fn next_live(viewer: &mut Viewer) -> Option<std::sync::Arc<Frame>> {
    loop {
        if let Signal::Live(frame) = viewer.next().await {
            return Some(frame);
        }
    }
}

/// Makes a stream `Sync`, which warp asks for, though only one owner ever polls it.
pub(super) struct Exclusive(Mutex<BoxStream<'static, Result<Bytes, std::convert::Infallible>>>);

impl Exclusive {
    pub(super) fn of(stream: BoxStream<'static, Result<Bytes, std::convert::Infallible>>) -> Self {
        Exclusive(Mutex::new(stream))
    }
}

impl Stream for Exclusive {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let stream = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        stream.as_mut().poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(id: u32) -> Frame {
        Frame {
            captured: Duration::from_micros(1_500_000),
            data: Bytes::from_static(b"JPEG"),
            ..Frame::drawn(id, id.into())
        }
    }

    #[test]
    fn a_part_tells_its_length_and_time_and_is_followed_by_the_boundary() {
        assert_eq!(
            Client::Other.part(&frame(1)),
            "Content-Length: 4\r\nX-Timestamp: 1.500000\r\n\r\nJPEG\r\n--farseat\r\nContent-Type: image/jpeg\r\n"
        );
    }

    #[test]
    fn a_browser_gets_the_next_parts_whole_headers_at_once() {
        let headers = HeaderMap::from_iter([(
            "sec-fetch-dest".parse().expect("name"),
            HeaderValue::from_static("image"),
        )]);
        let client = Client::of(&headers);
        assert_eq!(
            client.part(&frame(1)),
            "JPEG\r\n--farseat\r\nContent-Type: image/jpeg\r\n\r\n"
        );
    }

    #[test]
    fn clients_share_one_part() {
        let parts = Parts::default();
        let one = parts.of(Client::Other, &frame(1));
        assert_eq!(one.as_ptr(), parts.of(Client::Other, &frame(1)).as_ptr());
        assert_ne!(one.as_ptr(), parts.of(Client::Other, &frame(2)).as_ptr());
    }
}
