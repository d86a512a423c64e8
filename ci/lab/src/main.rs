//! `farseat-lab run`: boots the appliance with the dongle plugged in and leaves its cables to another program, such as
//! the browser tests. The lines that it speaks are described in README.md. `farseat-lab boot-times [ROUNDS]`: measures
//! how long the card image takes to boot.

mod boot_report;
mod switchboard;

use std::error::Error;
use std::io;
use std::net::TcpListener;
use std::process::ExitCode;

use farseat_lab::console::wait_until_up;
use farseat_lab::dongle::mjpeg_dongle;
use farseat_lab::lab::{Lab, LabError};
use farseat_lab::machine::Source;
use farseat_lab::picture::{Colour, Picture};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

const HTTPS: u16 = 443;
/// The median of so many.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let done: Result<(), Box<dyn Error>> = match words[..] {
        ["run"] => run().map_err(Into::into),
        ["boot-times"] => boot_report::run(ROUNDS).map_err(Into::into),
        ["boot-times", rounds] => match rounds.parse() {
            Ok(rounds @ 1..=99) => boot_report::run(rounds).map_err(Into::into),
            _ => return usage(),
        },
        _ => return usage(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("farseat-lab: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: farseat-lab run | boot-times [ROUNDS, 1 to 99]");
    ExitCode::from(2)
}

fn run() -> Result<(), LabError> {
    let mut lab = Lab::boot("run", Source::Dongle)?;
    lab.dongle()
        .plug(mjpeg_dongle(), Picture::Halves(Colour::RED, Colour::BLUE))?;
    let address = lab.qmp().forwarded(HTTPS)?;
    lab.runtime().block_on(wait_until_up(address))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let agent = listener.local_addr()?;
    println!(
        "{}",
        serde_json::json!({"url": format!("https://{address}/"), "agent": agent.to_string()})
    );
    let ended = lab.runtime().spawn(wait_for_the_end());
    switchboard::serve(lab, listener, ended)?;
    Ok(())
}

/// Until standard input closes or somebody asks us to go.
async fn wait_for_the_end() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut input = tokio::io::stdin();
    let mut ignored = [0; 256];
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = tokio::signal::ctrl_c() => return Ok(()),
            length = input.read(&mut ignored) => if length? == 0 { return Ok(()) },
        }
    }
}

fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
