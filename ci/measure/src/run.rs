//! Runs the scenarios: starts a side, lets viewers loose on it, reads what it cost, alternates.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, io};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::link::Door;
use crate::process::{self, ProcessError};
use crate::report::{Line, Row};
use crate::scenario::{Figure, Measured, Scenario, Viewers};
use crate::server::{Kit, Priority, Server, ServerError, Side};
use crate::typist;
use crate::viewers::{Job, Seen};

/// Before anything is counted, so that buffers, windows and caches have settled.
const WARM: Duration = Duration::from_millis(1500);
/// A first frame that takes longer never comes.
const FIRST_FRAME_PATIENCE: Duration = Duration::from_secs(8);

const EVENTS_PER_SECOND: u32 = 1000;

#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("run `farseat-bench {role}`")]
    Role {
        role: &'static str,
        source: io::Error,
    },
    #[error("`farseat-bench {0}` failed")]
    Failed(&'static str),
    #[error("`farseat-bench {role}` said something else than expected")]
    Answer {
        role: &'static str,
        source: serde_json::Error,
    },
    #[error("no frame arrived")]
    NoFrame,
}

pub(crate) struct Run {
    pub(crate) kit: Kit,
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
    pub(crate) has_peer: bool,
}

/// The figures of all rounds of one scenario, by side.
#[derive(Default)]
struct Rounds {
    ours: Vec<Measured>,
    ours_tls: Vec<Measured>,
    peer: Vec<Measured>,
}

/// Both tables: plain, and with TLS on our side.
pub(crate) struct Tables {
    pub(crate) plain: Vec<Row>,
    pub(crate) tls: Vec<Row>,
}

impl Run {
    /// Measures the scenarios round by round, the sides in turn.
    pub(crate) fn all(&self, scenarios: &[Scenario]) -> Tables {
        let mut results: Vec<Rounds> = scenarios.iter().map(|_| Rounds::default()).collect();
        for round in 0..self.rounds {
            for (scenario, rounds) in scenarios.iter().zip(&mut results) {
                let mut sides = scenario.sides().to_vec();
                if round % 2 == 1 {
                    sides.reverse();
                }
                for side in sides
                    .into_iter()
                    .filter(|side| self.has_peer || *side != Side::Peer)
                {
                    rounds.take(side, self.measure_and_tell(round, scenario, side));
                }
            }
        }
        let rows = |side: fn(&Rounds) -> &Vec<Measured>| {
            let with_rounds = scenarios.iter().zip(&results);
            with_rounds
                .flat_map(|(scenario, rounds)| rows_of(scenario, side(rounds), &rounds.peer))
                .collect()
        };
        Tables {
            plain: rows(|rounds| &rounds.ours),
            tls: rows(|rounds| &rounds.ours_tls),
        }
    }

    /// A measurement that fails is told and counts as not measured: the others still have a value.
    fn measure_and_tell(&self, round: usize, scenario: &Scenario, side: Side) -> Measured {
        let what = format!(
            "round {} {:?} {:?} {side:?}",
            round + 1,
            scenario.show,
            scenario.viewers
        );
        match self.measure(scenario, side) {
            Ok(measured) => {
                eprintln!("{what}: {}", told(scenario, &measured));
                measured
            }
            Err(error) => {
                eprintln!("{what}: {}", chain(&error));
                Measured::default()
            }
        }
    }

    fn measure(&self, scenario: &Scenario, side: Side) -> Result<Measured, RunError> {
        match scenario.viewers {
            Viewers::First => self.start_up(scenario, side),
            Viewers::Typist => self.typing(scenario, side),
            _ => self.watching(scenario, side),
        }
    }

    /// Viewers on a server that runs steadily.
    fn watching(&self, scenario: &Scenario, side: Side) -> Result<Measured, RunError> {
        let mut server = self.kit.spawn(side, scenario.show)?;
        server.wait_until_it_listens()?;
        let job = self.job(scenario, side, &server)?;
        let is_page = matches!(scenario.viewers, Viewers::Pages(_)) && side != Side::Peer;
        let role = if is_page { "pages" } else { "viewers" };
        let viewers = self.start_role(role, &job)?;
        sleep(job.warm);
        let (began, before) = (Instant::now(), process::cpu_time(server.pid())?);
        sleep(job.measure);
        let (took, after) = (began.elapsed(), process::cpu_time(server.pid())?);
        let resident = process::resident_megabytes(server.pid())?;
        let seen: Seen = answer_of(role, viewers)?;
        Ok(Measured {
            p50_ms: seen.p50_ms,
            p99_ms: seen.p99_ms,
            cpu_percent: Some((after - before).as_secs_f64() / took.as_secs_f64() * 100.0),
            resident_megabytes: Some(resident),
            megabytes_per_second: Some(seen.megabytes_per_second),
            fps: (seen.fps > 0.0).then_some(seen.fps),
            ..Measured::default()
        })
    }

    /// From the start of the process until it listens, and from a viewer's connection to its first
    /// frame. What lies between, logging in and starting the viewer, is left out on both sides.
    fn start_up(&self, scenario: &Scenario, side: Side) -> Result<Measured, RunError> {
        let mut server = self.kit.spawn(side, scenario.show)?;
        let listens = server.wait_until_it_listens()?;
        let job = self.job(scenario, side, &server)?;
        let seen: Seen = answer_of("viewers", self.start_role("viewers", &job)?)?;
        let first = seen.first_ns.ok_or(RunError::NoFrame)?;
        let took = (listens - server.spawned_ns) + (first - seen.began_ns);
        Ok(Measured {
            first_frame_ms: Some(took as f64 / 1e6),
            ..Measured::default()
        })
    }

    /// An operator on the real web face and console, with a HID port that records.
    fn typing(&self, scenario: &Scenario, side: Side) -> Result<Measured, RunError> {
        let mut server = self.kit.spawn_seat()?;
        server.wait_until_it_listens()?;
        let door = self.kit.door(&server, side)?;
        let events = EVENTS_PER_SECOND * scenario.measured_time(self.quick).as_secs() as u32;
        let job = typist::Job {
            door,
            events,
            per_second: EVENTS_PER_SECOND,
            records: server.ready.clone(),
        };
        let typed: typist::Typed = answer_of("typist", self.start_role("typist", &job)?)?;
        Ok(Measured {
            p50_ms: typed.p50_ms,
            p99_ms: typed.p99_ms,
            lost: Some(f64::from(typed.lost)),
            ..Measured::default()
        })
    }

    fn job(&self, scenario: &Scenario, side: Side, server: &Server) -> Result<Job, RunError> {
        let door: Door = self.kit.door(server, side)?;
        let first_only = scenario.viewers == Viewers::First;
        let path = if side == Side::Peer {
            "/stream"
        } else {
            "/api/v1/stream.mjpeg"
        };
        let (viewers, bytes_per_second) = match scenario.viewers {
            Viewers::Many(count) | Viewers::Pages(count) => (count, None),
            Viewers::Slow(rate) => (1, Some(rate)),
            Viewers::First | Viewers::Typist => (1, None),
        };
        let warm = if first_only { Duration::ZERO } else { WARM };
        let measure = if first_only {
            FIRST_FRAME_PATIENCE
        } else {
            scenario.measured_time(self.quick)
        };
        let (raw, ready) = (scenario.show.is_raw(), server.ready.clone());
        Ok(Job {
            door,
            path: path.to_owned(),
            viewers,
            warm,
            measure,
            bytes_per_second,
            raw,
            ready,
            first_only,
        })
    }

    /// Starts this program in another role, as another process with its own priority.
    fn start_role(&self, role: &'static str, job: &impl Serialize) -> Result<Child, RunError> {
        let start = || -> io::Result<Child> {
            let me: PathBuf = env::current_exe()?;
            let mut command = self.kit.command(Priority::Viewers, &me);
            let mut child = command
                .arg(role)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                stdin.write_all(&serde_json::to_vec(job)?)?;
            }
            Ok(child)
        };
        start().map_err(|source| RunError::Role { role, source })
    }
}

/// Waits for a role to end and reads its answer.
fn answer_of<T: DeserializeOwned>(role: &'static str, child: Child) -> Result<T, RunError> {
    let output = child
        .wait_with_output()
        .map_err(|source| RunError::Role { role, source })?;
    if !output.status.success() {
        return Err(RunError::Failed(role));
    }
    serde_json::from_slice(&output.stdout).map_err(|source| RunError::Answer { role, source })
}

impl Rounds {
    fn take(&mut self, side: Side, measured: Measured) {
        match side {
            Side::Ours => self.ours.push(measured),
            Side::OursTls => self.ours_tls.push(measured),
            Side::Peer => self.peer.push(measured),
        }
    }
}

/// The round's figures in a line.
fn told(scenario: &Scenario, measured: &Measured) -> String {
    let figure = |(line, figure): &(Line, Figure)| match figure.of(measured) {
        Some(value) => format!("{value:.3} {}", line.unit),
        None => "–".to_owned(),
    };
    let fps = measured.fps.map(|fps| format!("{fps:.1} frames/s each"));
    scenario
        .lines
        .iter()
        .map(figure)
        .chain(fps)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The scenario's rows. A round that one side failed in drops out of the ratio.
fn rows_of(scenario: &Scenario, ours: &[Measured], peer: &[Measured]) -> Vec<Row> {
    let row = |(line, figure): &(Line, Figure)| {
        let values = |side: &[Measured]| {
            side.iter()
                .map(|measured| figure.of(measured))
                .collect::<Vec<_>>()
        };
        line.row(&values(ours), &values(peer))
    };
    scenario.lines.iter().map(row).collect()
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
