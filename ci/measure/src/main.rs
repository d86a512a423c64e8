//! Measures Farseat beside Debian's `ustreamer` and prints what was asked against what was found.
//!
//! `ci/bench` builds and starts it. It plays the capture device (`shim.c`), starts each program in
//! turn, watches it as a viewer would, and reads what that cost. It is no test: it fails when it
//! could not measure, never because a figure is bad.
//!
//! ```text
//! main ─▶ run ─▶ server (ours │ peer, behind the shim)
//!          ├───▶ viewers │ pages │ typist   other processes, with a priority of their own
//!          └───▶ scenario, statistics, report (pure)
//! ```

mod clock;
mod frames;
mod http;
mod link;
mod multipart;
mod pages;
mod picture;
mod process;
mod report;
mod run;
mod scenario;
mod seat;
mod server;
mod statistics;
mod typist;
mod viewers;
mod websocket;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::report::Row;
use crate::run::{Run, Tables, chain};
use crate::scenario::{ALL, Part, Scenario};
use crate::server::Kit;

/// Measure Farseat beside Debian's ustreamer.
#[derive(Debug, Parser)]
#[command(name = "ci/bench")]
struct CommandLine {
    #[command(subcommand)]
    role: Option<Role>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct Options {
    /// What to measure; everything when nothing is named.
    parts: Vec<Part>,
    /// Write the rows there, as a list of {name, unit, ours, peer, ratio, goal, ok}.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Print the tables as Markdown.
    #[arg(long)]
    markdown: bool,
    /// One short round, to see that everything still works; the figures mean little.
    #[arg(long)]
    quick: bool,
    /// How often each side is measured.
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,
    #[arg(long, hide = true, default_value = "target/release/farseat")]
    farseat: PathBuf,
    #[arg(long, hide = true, default_value = "target/release/shim.so")]
    shim: PathBuf,
}

/// The roles that `ci/bench` gives to processes of its own.
#[derive(Debug, Subcommand)]
enum Role {
    #[command(hide = true)]
    Viewers,
    #[command(hide = true)]
    Pages,
    #[command(hide = true)]
    Typist,
    #[command(hide = true)]
    Seat(seat::Place),
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let done = match line.role {
        Some(Role::Viewers) => answer(viewers::watch),
        Some(Role::Pages) => answer(pages::watch),
        Some(Role::Typist) => answer(typist::type_fast),
        Some(Role::Seat(place)) => seat::serve(&place),
        None => measure(&line.options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Reads a job from standard input and writes what came of it.
fn answer<Job, Answer, Failure>(
    work: impl Fn(&Job) -> Result<Answer, Failure>,
) -> Result<(), Box<dyn Error>>
where
    Job: serde::de::DeserializeOwned,
    Answer: serde::Serialize,
    Failure: Error + 'static,
{
    let job = serde_json::from_reader(std::io::stdin())?;
    Ok(serde_json::to_writer(std::io::stdout(), &work(&job)?)?)
}

fn measure(options: &Options) -> Result<(), Box<dyn Error>> {
    let wanted =
        |scenario: &Scenario| options.parts.is_empty() || options.parts.contains(&scenario.part);
    let scenarios: Vec<Scenario> = ALL.into_iter().filter(wanted).collect();
    let peer = Kit::peer_version();
    let kit = Kit::prepare(&options.farseat, &options.shim)?;
    eprintln!(
        "peer: {}",
        peer.as_ref()
            .map_or("not installed (apt install ustreamer)".into(), |v| format!(
                "ustreamer {v}"
            ))
    );
    eprintln!(
        "priorities: {}",
        if kit.has_priorities() {
            "real-time"
        } else {
            "none, not allowed here"
        }
    );
    let rounds = if options.quick { 1 } else { options.rounds };
    let run = Run {
        kit,
        rounds,
        quick: options.quick,
        has_peer: peer.is_some(),
    };
    let tables = run.all(&scenarios);
    print(&tables, options.markdown);
    let rows = joined(tables);
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_vec_pretty(&rows)?)?;
    }
    match rows.iter().filter(|row| row.ours.is_none()).count() {
        0 => Ok(()),
        missing => Err(format!("{missing} figures of ours could not be measured").into()),
    }
}

fn print(tables: &Tables, markdown: bool) {
    let text = if markdown {
        report::markdown
    } else {
        report::table
    };
    println!(
        "\nPlain\n\n{}\nTLS on our side, the peer plain\n\n{}",
        text(&tables.plain),
        text(&tables.tls)
    );
}

/// Both tables in one list, the second one's names marked.
fn joined(tables: Tables) -> Vec<Row> {
    let marked = tables.tls.into_iter().map(|row| Row {
        name: row.name + ", TLS",
        ..row
    });
    tables.plain.into_iter().chain(marked).collect()
}
