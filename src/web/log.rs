//! `GET /api/v1/log`: the appliance's own log lines as they come, for `EventSource` and curl.
//!
//! Those that are kept come first. A reader that is slow misses lines, which the numbers show; nothing waits for it.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::stream::StreamExt as _;
use http::header::{self, HeaderValue};
use serde::Serialize;
use tokio::sync::watch;
use warp::reply::{Reply as _, Response};

use super::Services;
use super::gate::Admin;
use super::mjpeg::Exclusive;
use super::route::{Answer, Call};
use crate::auth::Session;
use crate::journal::{Line, uptime};

/// A comment keeps whatever is between us from giving the connection up.
const QUIET: Duration = Duration::from_secs(15);
/// Lines of one piece.
const PIECE: usize = 100;

/// One line, for people.
#[derive(Serialize)]
pub(super) struct LineView {
    number: u64,
    /// Seconds since 1970; null while the clock was never set.
    time: Option<u64>,
    /// Milliseconds since power-on.
    uptime_ms: u64,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    level: String,
    /// The part of the program that says it.
    part: String,
    text: String,
}

impl LineView {
    /// `started`: when the power came, as far as the clock knows.
    pub(super) fn of(line: Line, started: Option<Duration>) -> LineView {
        LineView {
            number: line.number,
            time: started.map(|started| (started + line.uptime).as_secs()),
            uptime_ms: line.uptime.as_millis().try_into().unwrap_or(u64::MAX),
            level: line.level.as_str().to_ascii_lowercase(),
            part: line.part,
            text: line.text,
        }
    }
}

/// When the power came, since 1970: none while the clock was never set. Lines of before it was set get the right time, too.
pub(super) fn started(services: &Services) -> Option<Duration> {
    let set = services.network.status().borrow().time.server.is_some();
    if services.network.is_managed() && !set {
        return None;
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.ok()?.checked_sub(uptime())
}

pub(crate) async fn open(call: Call, admin: Admin) -> Answer {
    let last = call.headers.get("last-event-id");
    let newest = call.face.services.journal.newest();
    // Numbers begin anew with the program: one that is not there yet is of an earlier run.
    let last = last.and_then(|id| id.to_str().ok()?.parse().ok());
    let last = last.filter(|last| *last <= *newest.borrow());
    let reading = Reading {
        newest,
        stop: call.face.stop.clone(),
        last: last.unwrap_or(0),
        session: admin.clone(),
        call,
    };
    let pieces = futures_util::stream::unfold(reading, Reading::next);
    let body = Exclusive::of(pieces.map(Ok::<_, Infallible>).boxed());
    let mut response: Response = warp::reply::stream(body).into_response();
    let media = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    Ok(response)
}

struct Reading {
    newest: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    /// The number of the last line that was sent.
    last: u64,
    session: Session,
    call: Call,
}

impl Reading {
    /// The lines that have come meanwhile, or a sign of life.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let last = self.last;
        let services = &self.call.face.services;
        let waits = async |newest: &mut watch::Receiver<u64>| {
            // The journal lives as long as we do.
            let _ = tokio::time::timeout(QUIET, newest.wait_for(|newest| *newest > last)).await;
        };
        tokio::select! {
            biased;
            () = self.session.ended() => return None,
            _ = self.stop.wait_for(|stop| *stop) => return None,
            () = waits(&mut self.newest) => {}
        }
        services.auth.touch(&self.session);
        let lines = services.journal.after(last, PIECE);
        self.last = lines.last().map_or(self.last, |line| line.number);
        let piece = events(lines, started(services));
        Some((piece, self))
    }
}

fn events(lines: Vec<Line>, started: Option<Duration>) -> Bytes {
    if lines.is_empty() {
        return Bytes::from_static(b":\n\n");
    }
    let event = |line: Line| {
        let number = line.number;
        // None of its fields is a map.
        let json = serde_json::to_string(&LineView::of(line, started)).unwrap_or_default();
        format!("id: {number}\ndata: {json}\n\n")
    };
    lines.into_iter().map(event).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line {
            number: 7,
            uptime: Duration::from_millis(1500),
            level: log::Level::Warn,
            part: "net".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let sent = events(vec![line("a \"b\"")], Some(Duration::from_secs(1000)));
        let wanted = "id: 7\ndata: {\"number\":7,\"time\":1001,\"uptime_ms\":1500,\"level\":\"warn\",\"part\":\"net\",\"text\":\"a \\\"b\\\"\"}\n\n";
        assert_eq!(sent, wanted);
        assert_eq!(
            events(vec![line("a\n\nid: 9")], None)
                .iter()
                .filter(|byte| **byte == b'\n')
                .count(),
            3
        );
    }

    #[test]
    fn silence_is_a_comment() {
        assert_eq!(events(Vec::new(), None), ":\n\n");
    }
}
