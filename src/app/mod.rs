//! Composition root: the only place that knows services and devices. Read it as a table of contents.
//!
//! `main` calls it with the command line. Below here nothing reads the environment, starts an
//! unnamed thread, or exits.

mod addresses;
mod appliance;
#[cfg(all(feature = "device", feature = "development"))]
mod attempts;
mod command;
#[cfg(feature = "device")]
mod errand;
#[cfg(feature = "device")]
mod fetcher;
#[cfg(feature = "device")]
mod fetching;
#[cfg(feature = "device")]
mod line;
mod log_line;
mod preseed;
#[cfg(feature = "device")]
mod pulse;
#[cfg(feature = "device")]
mod radio;
#[cfg(feature = "device")]
mod screen;
#[cfg(feature = "device")]
mod serve;
#[cfg(feature = "sim")]
mod simulate;
#[cfg(feature = "device")]
mod speaker;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser as _;

use command::{Command, CommandLine};

/// Does what the command line says, until it is done or told to stop.
pub fn run() -> ExitCode {
    let line = CommandLine::parse();
    let journal = log_line::start();
    let supervised = line.command.is_supervised();
    let done = match line.command {
        #[cfg(feature = "device")]
        Command::Serve(options) => serve::run(&options, journal),
        #[cfg(feature = "sim")]
        Command::Simulate(options) => simulate::run(&options, journal),
        Command::Openapi => {
            println!("{:#}", crate::web::openapi());
            Ok(())
        }
        #[cfg(feature = "device")]
        Command::Errand(options) => errand::run(&options),
        #[cfg(feature = "device")]
        Command::Fetch => fetcher::run(),
        #[cfg(feature = "device")]
        Command::Speak => speaker::run(),
        #[cfg(feature = "device")]
        Command::Radio(options) => radio::run(&options),
        Command::Preseed(options) => preseed::run(&options).map_err(Into::into),
        Command::Init => return crate::init::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let sentence = with_causes(&error);
            eprintln!("farseat: {sentence}");
            if supervised && error.is_of_the_data() {
                // Without the sentence init still knows enough.
                let _ = std::fs::write(crate::init::REFUSAL, sentence);
                return ExitCode::from(crate::init::DATA_UNUSABLE);
            }
            ExitCode::FAILURE
        }
    }
}

/// The error and what caused it, in one line.
fn with_causes(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        sentence.push_str(": ");
        sentence.push_str(&error.to_string());
        cause = error.source();
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("read settings from x")]
        struct Outer(#[source] std::io::Error);
        let error = Outer(std::io::Error::other("the disk is gone"));
        assert_eq!(
            with_causes(&error),
            "read settings from x: the disk is gone"
        );
    }
}
