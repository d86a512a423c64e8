//! Many viewers of one stream in one thread: what arrives, and when its last byte did.
//!
//! Runs in a process of its own (`farseat-bench viewers`) so that it can have its own priority:
//! the job comes as JSON on standard input, what was seen goes out as JSON.

use std::path::PathBuf;
use std::time::Duration;

use rustix::event::epoll;
use serde::{Deserialize, Serialize};

use crate::clock::{self, Stamps, StampsError};
use crate::frames::{id_in_comment, id_in_pixels};
use crate::link::{Door, Link, LinkError};
use crate::statistics::percentile;

/// Enough of a JPEG for the comment with the id.
const COMMENT_HEAD: usize = 64;
/// Enough of a JPEG for its tables and the first rows of blocks, which have the id in their pixels.
const PIXELS_HEAD: usize = 24 * 1024;
/// Received at once; several pieces of it before the next viewer has its turn.
const PIECE: usize = 1 << 18;
const PIECES_A_TURN: usize = 8;
/// A slow link is read in pieces of this size.
const SLOW_PIECE: usize = 16 * 1024;
/// A slow reader looks at the clock this often even when nothing comes.
const SLOW_WAIT: Duration = Duration::from_secs(1);

/// What the viewers do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) door: Door,
    pub(crate) path: String,
    pub(crate) viewers: usize,
    /// Not counted, from the first connection on.
    pub(crate) warm: Duration,
    /// Counted after that.
    pub(crate) measure: Duration,
    /// One viewer whose link carries only so many bytes a second.
    pub(crate) bytes_per_second: Option<u32>,
    /// The id is in the pixels, not in a comment.
    pub(crate) raw: bool,
    /// The shim's file.
    pub(crate) ready: PathBuf,
    /// Stop at the first frame that carries an id.
    pub(crate) first_only: bool,
}

/// What the viewers saw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p90_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    /// Frames a second of the average viewer.
    pub(crate) fps: f64,
    /// Of all viewers together.
    pub(crate) megabytes_per_second: f64,
    /// Frames that were ready but that a viewer never got, all viewers together.
    pub(crate) missed: u64,
    /// Clock readings: before connecting, and when the first frame with an id was complete.
    pub(crate) began_ns: u64,
    pub(crate) first_ns: Option<u64>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ViewersError {
    #[error("viewer {viewer}")]
    Link { viewer: usize, source: LinkError },
    #[error("wait for the sockets")]
    Wait(#[source] std::io::Error),
    #[error(transparent)]
    Stamps(#[from] StampsError),
}

/// A complete picture's first bytes.
struct Arrival {
    viewer: usize,
    at: u64,
    head: Vec<u8>,
}

/// Watches as the job says.
pub(crate) fn watch(job: &Job) -> Result<Seen, ViewersError> {
    let began = clock::now();
    let mut links = (0..job.viewers)
        .map(|viewer| job.open(viewer))
        .collect::<Result<Vec<_>, _>>()?;
    let mut arrivals = Vec::new();
    let from = clock::now() + job.warm.as_nanos() as u64;
    let window = from..from + job.measure.as_nanos() as u64;
    let before = match job.bytes_per_second {
        Some(rate) => job.follow_slowly(&mut links[0], rate, &window, &mut arrivals)?,
        None => job.follow(&mut links, &window, &mut arrivals)?,
    };
    let received = links.iter().map(|link| link.received).sum::<u64>() - before;
    let mut seen = job.judge(&arrivals, &window, &Stamps::read(&job.ready)?);
    seen.megabytes_per_second = received as f64 / 1e6 / job.measure.as_secs_f64();
    seen.began_ns = began;
    Ok(seen)
}

impl Job {
    fn open(&self, viewer: usize) -> Result<Link, ViewersError> {
        let keep = if self.raw { PIXELS_HEAD } else { COMMENT_HEAD };
        let slow = self.bytes_per_second.is_some();
        let open = || -> Result<Link, LinkError> {
            let link = Link::open(&self.door, &self.path, keep, slow)?;
            link.socket.set_nonblocking(!slow)?;
            link.socket.set_read_timeout(slow.then_some(SLOW_WAIT))?;
            Ok(link)
        };
        open().map_err(|source| ViewersError::Link { viewer, source })
    }

    fn id(&self, head: &[u8]) -> Option<u32> {
        if self.raw {
            id_in_pixels(head)
        } else {
            id_in_comment(head)
        }
    }

    /// Serves every socket as it becomes readable; returns the bytes received before the window.
    fn follow(
        &self,
        links: &mut [Link],
        window: &Window,
        arrivals: &mut Vec<Arrival>,
    ) -> Result<u64, ViewersError> {
        let wait_error = |error: rustix::io::Errno| ViewersError::Wait(error.into());
        let sockets = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(wait_error)?;
        for (viewer, link) in links.iter().enumerate() {
            let tag = epoll::EventData::new_u64(viewer as u64);
            epoll::add(&sockets, &link.socket, tag, epoll::EventFlags::IN).map_err(wait_error)?;
        }
        let tenth = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: 100_000_000,
        };
        let (mut events, mut scratch, mut before) = (Vec::with_capacity(256), vec![0; PIECE], None);
        loop {
            let now = clock::now();
            if now >= window.start && before.is_none() {
                before = Some(links.iter().map(|link| link.received).sum());
            }
            if now >= window.end
                || (self.first_only
                    && arrivals
                        .iter()
                        .any(|a: &Arrival| self.id(&a.head).is_some()))
            {
                return Ok(before.unwrap_or(0));
            }
            events.clear();
            let buffer = rustix::buffer::spare_capacity(&mut events);
            epoll::wait(&sockets, buffer, Some(&tenth)).map_err(wait_error)?;
            for event in &events {
                let viewer = event.data.u64() as usize;
                let taken = take_turn(&mut links[viewer], viewer, &mut scratch, arrivals);
                taken.map_err(|source| ViewersError::Link { viewer, source })?;
            }
        }
    }

    /// Reads no faster than the rate; returns the bytes received before the window.
    fn follow_slowly(
        &self,
        link: &mut Link,
        rate: u32,
        window: &Window,
        arrivals: &mut Vec<Arrival>,
    ) -> Result<u64, ViewersError> {
        let (began, mut scratch, mut before) = (clock::now(), vec![0; SLOW_PIECE], None);
        loop {
            let due = began + link.received * 1_000_000_000 / u64::from(rate);
            std::thread::sleep(Duration::from_nanos(due.saturating_sub(clock::now())));
            let now = clock::now();
            if now >= window.start && before.is_none() {
                before = Some(link.received);
            }
            if now >= window.end {
                return Ok(before.unwrap_or(0));
            }
            let mut done = |at, head: &[u8]| {
                arrivals.push(Arrival {
                    viewer: 0,
                    at,
                    head: head.to_vec(),
                })
            };
            link.receive(&mut scratch, &mut done)
                .map_err(|source| ViewersError::Link { viewer: 0, source })?;
        }
    }

    /// Turns arrivals into figures: each frame counts when a viewer first has it.
    fn judge(&self, arrivals: &[Arrival], window: &Window, stamps: &Stamps) -> Seen {
        let mut last = vec![None; self.viewers];
        let (mut seen, mut ages) = (Seen::default(), Vec::new());
        for arrival in arrivals {
            let Some(id) = self.id(&arrival.head) else {
                continue;
            };
            seen.first_ns = seen.first_ns.or(Some(arrival.at));
            let previous: Option<u32> = last[arrival.viewer].replace(id);
            if !window.contains(&arrival.at) || previous == Some(id) {
                continue;
            }
            seen.missed +=
                previous.map_or(0, |previous| u64::from(id.saturating_sub(previous + 1)));
            ages.extend(stamps.age_ms(id, arrival.at));
        }
        let seconds = (window.end - window.start) as f64 / 1e9;
        seen.fps = ages.len() as f64 / seconds / self.viewers as f64;
        [seen.p50_ms, seen.p90_ms, seen.p99_ms] = [0.5, 0.9, 0.99].map(|at| percentile(&ages, at));
        seen
    }
}

type Window = std::ops::Range<u64>;

/// Receives what is there for one viewer, but not for ever.
fn take_turn(
    link: &mut Link,
    viewer: usize,
    scratch: &mut [u8],
    arrivals: &mut Vec<Arrival>,
) -> Result<(), LinkError> {
    for _ in 0..PIECES_A_TURN {
        let mut done = |at, head: &[u8]| {
            arrivals.push(Arrival {
                viewer,
                at,
                head: head.to_vec(),
            })
        };
        if !link.receive(scratch, &mut done)? {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(viewers: usize) -> Job {
        let door = Door {
            at: ([127, 0, 0, 1], 1).into(),
            cookie: None,
            ca: None,
        };
        let second = Duration::from_secs(1);
        Job {
            door,
            path: "/".into(),
            viewers,
            warm: second,
            measure: second,
            bytes_per_second: None,
            raw: false,
            ready: PathBuf::new(),
            first_only: false,
        }
    }

    fn arrival(viewer: usize, at: u64, id: u32) -> Arrival {
        let head = [
            b"\xff\xd8\xff\xfe\x00\x12FARSEAT:".as_slice(),
            format!("{id:08x}").as_bytes(),
        ]
        .concat();
        Arrival { viewer, at, head }
    }

    fn stamps(times: &[u64]) -> Stamps {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("ready");
        let words: Vec<u8> = [&[9, 0, 0], times]
            .concat()
            .iter()
            .flat_map(|w| w.to_ne_bytes())
            .collect();
        std::fs::write(&file, words).expect("write to a temporary folder");
        Stamps::read(&file).expect("the file was just written")
    }

    #[test]
    fn a_frame_counts_once_for_each_viewer() {
        let ms = 1_000_000;
        let arrivals = [
            arrival(0, 11 * ms, 1),
            arrival(1, 13 * ms, 1),
            arrival(0, 14 * ms, 1),
        ];
        let seen = job(2).judge(&arrivals, &(10 * ms..1010 * ms), &stamps(&[10 * ms]));
        assert_eq!(
            (seen.p50_ms, seen.p99_ms, seen.fps),
            (Some(1.0), Some(3.0), 1.0)
        );
    }

    #[test]
    fn frames_that_a_viewer_never_got_are_counted() {
        let arrivals = [arrival(0, 20, 1), arrival(0, 60, 4)];
        let seen = job(1).judge(&arrivals, &(10..1_000_000_010), &stamps(&[10, 30, 40, 50]));
        assert_eq!((seen.missed, seen.fps), (2, 2.0));
    }

    #[test]
    fn what_arrives_before_the_window_is_seen_but_not_counted() {
        let seen = job(1).judge(&[arrival(0, 20, 1)], &(100..200), &stamps(&[10]));
        assert_eq!(
            (seen.first_ns, seen.p50_ms, seen.fps),
            (Some(20), None, 0.0)
        );
    }

    #[test]
    fn a_picture_without_an_id_is_nobodys_frame() {
        let blank = Arrival {
            viewer: 0,
            at: 20,
            head: b"\xff\xd8\xff\xe0".to_vec(),
        };
        assert_eq!(
            job(1).judge(&[blank], &(10..100), &stamps(&[10])),
            Seen::default()
        );
    }
}
