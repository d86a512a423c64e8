//! A bundle that comes as the body of a request, and goes on as it comes.

use std::time::Duration;

use futures_util::StreamExt as _;
use http::{HeaderMap, header};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::super::error::ApiError;
use super::super::gate::Updater;
use super::super::route::{Answer, Body, Call};
use super::{order, view_of};
use crate::audit::What;
use crate::auth::Session;
use crate::update::{BUNDLE_LIMIT, Sending, Sent, UpdateError};

/// A sender that sends nothing for so long is gone; the upload can be continued.
const CHUNK_PATIENCE: Duration = Duration::from_secs(30);
/// Pieces that wait for the job, of 16 KiB or less: no more than the socket has anyway.
const PIECES: usize = 2;
/// How long the rest of a body is taken that nobody needs.
const DRAIN: Duration = Duration::from_secs(10);

/// Passes the body on as it comes, never more of it than a few pieces. What of it nobody needs any more, because the
/// job is over or never was, is taken and thrown away: most programs read an answer when they have sent everything.
pub(crate) async fn upload(call: Call, session: Updater, mut body: Body) -> Answer {
    let installed = install(&call, &session, &mut body).await;
    let rest = async { while let Some(Ok(_)) = body.next().await {} };
    // Over or not: the answer is next.
    let _ = timeout(DRAIN, rest).await;
    installed.map(|()| view_of(&call))
}

async fn install(call: &Call, session: &Session, body: &mut Body) -> Result<(), ApiError> {
    let restart = restart(&call.query)?;
    let part = Part::of(&call.headers)?;
    if part.total.is_some_and(|total| total > BUNDLE_LIMIT) {
        return Err(UpdateError::Oversize.into());
    }
    let (pump, pieces) = mpsc::channel(PIECES);
    let sending = Sending {
        at: part.at,
        total: part.total,
        pieces,
    };
    let update = &call.face.services.update;
    let job = if part.continues {
        update.resume(sending).await?
    } else {
        let job = update.upload(sending, order(session, restart)).await?;
        call.note(session, What::UpdateStarted, "from a browser");
        job
    };
    let ended = update.ended(job);
    tokio::pin!(ended);
    tokio::select! {
        biased;
        ended = &mut ended => return ended.map_err(Into::into),
        pumped = pass_on(body, &pump) => pumped?,
    }
    drop(pump);
    // Another connection has taken over when the job lives on without wanting this one's pieces.
    ended.await.map_err(Into::into)
}

/// Until the body's end.
async fn pass_on(body: &mut Body, pump: &mpsc::Sender<Sent>) -> Result<(), ApiError> {
    let mut passed: u64 = 0;
    loop {
        let piece = tokio::select! {
            () = pump.closed() => return superseded().await,
            piece = timeout(CHUNK_PATIENCE, body.next()) => piece.map_err(|_| ApiError::Incomplete)?,
        };
        let sent = match piece {
            Some(piece) => Sent::Bytes(piece.map_err(|_| ApiError::Incomplete)?),
            None => Sent::End,
        };
        let over = sent == Sent::End;
        if let Sent::Bytes(bytes) = &sent {
            passed += bytes.len() as u64;
        }
        if passed > BUNDLE_LIMIT {
            return Err(UpdateError::Oversize.into());
        }
        if pump.send(sent).await.is_err() {
            return superseded().await;
        }
        if over {
            return Ok(());
        }
    }
}

/// The job wants nothing more from here: it is over, which is told in a moment, or another connection feeds it.
async fn superseded() -> Result<(), ApiError> {
    tokio::time::sleep(Duration::from_secs(5)).await;
    Err(UpdateError::Superseded.into())
}

/// Which part of the file the body is.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    at: u64,
    total: Option<u64>,
    continues: bool,
}

impl Part {
    fn of(headers: &HeaderMap) -> Result<Part, ApiError> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        if let Some(range) = text(header::CONTENT_RANGE) {
            let (at, total) = content_range(range).ok_or_else(|| {
                ApiError::Body("Content-Range: not as `bytes FIRST-LAST/TOTAL`".to_owned())
            })?;
            return Ok(Part {
                at,
                total: Some(total),
                continues: true,
            });
        }
        let total = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        Ok(Part {
            at: 0,
            total,
            continues: false,
        })
    }
}

/// `bytes 5-9/10`, RFC 9110, 14.4; the first and the total.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let total = total.parse().ok()?;
    (first <= last && last < total).then_some((first, total))
}

/// Nothing but `restart=yes` or `restart=no` may be asked.
fn restart(query: &str) -> Result<bool, ApiError> {
    match query {
        "" | "restart=no" => Ok(false),
        "restart=yes" => Ok(true),
        _ => Err(ApiError::Body(
            "the query: allowed is restart=yes or restart=no".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_file_says_where_it_begins() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, 10)));
        for wrong in [
            "",
            "bytes",
            "bytes 5-9",
            "bytes */10",
            "bytes 9-5/10",
            "bytes 5-10/10",
            "bytes 5-9/*",
            "items 5-9/10",
            "bytes -5/10",
            "bytes 99999999999999999999-9/10",
        ] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_else_is_asked_than_whether_it_restarts() {
        assert!(!restart("").expect("allowed") && !restart("restart=no").expect("allowed"));
        assert!(restart("restart=yes").expect("allowed"));
        for wrong in ["restart", "restart=1", "restart=yes&x=1", "x"] {
            restart(wrong).expect_err(wrong);
        }
    }
}
