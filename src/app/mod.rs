//! Composition root.
mod command;
pub fn run() -> std::process::ExitCode { let _ = <command::CommandLine as clap::Parser>::parse(); std::process::ExitCode::SUCCESS }
