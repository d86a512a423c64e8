//! Composition root.
mod command;
mod network;
pub fn run() -> std::process::ExitCode { let _ = <command::CommandLine as clap::Parser>::parse(); std::process::ExitCode::SUCCESS }
