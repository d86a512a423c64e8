//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// KVM-over-IP: another computer's keyboard, mouse and screen in a browser.
#[derive(Debug, Parser)]
#[command(name = "farseat", version, arg_required_else_help = true)]
pub(super) struct CommandLine {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the computer on this device's capture device and USB gadget port.
    #[cfg(feature = "device")]
    Serve(Serve),
    /// Serve a computer that is only drawn: needs no hardware and no root.
    #[cfg(feature = "sim")]
    Simulate(Simulate),
    /// Print the description of the HTTP interface (OpenAPI 3.1).
    #[command(hide = true)]
    Openapi,
    /// Do what the files on the card's boot partition ask for. For init, before it starts `serve`.
    #[command(hide = true)]
    Preseed(Preseed),
    /// Do one thing for `serve` that needs privileges. For init.
    #[cfg(feature = "device")]
    #[command(hide = true)]
    Errand(Errand),
    /// Ask web servers and time servers, which `serve` may not call. For init.
    #[cfg(feature = "device")]
    #[command(hide = true)]
    Fetch,
    /// Speak on the wired link, which `serve` may not. For init.
    #[cfg(feature = "device")]
    #[command(hide = true)]
    Speak,
    /// Become what joins wireless networks. For init.
    #[cfg(feature = "device")]
    #[command(hide = true)]
    Radio(Radio),
    /// The role of PID 1; refuses to be anything else.
    #[command(hide = true)]
    Init,
}

impl Command {
    /// Whether process 1 is init and has started this.
    pub(super) fn is_supervised(&self) -> bool {
        match self {
            #[cfg(feature = "device")]
            Command::Serve(serve) => serve.supervised,
            _ => false,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The settings file; accounts and keys are kept beside it.
    #[arg(long, value_name = "FILE", default_value = "/data/settings.toml")]
    pub(super) config: PathBuf,
    /// Get this device's own network address by DHCP. For init, where nothing else does.
    #[arg(long, hide = true)]
    pub(super) network: bool,
    /// Standard input is the line to init, which does what needs privileges: this gives all of its own away.
    #[arg(long, hide = true)]
    pub(super) supervised: bool,
}

#[cfg(feature = "device")]
#[derive(Debug, Args)]
pub(super) struct Errand {
    /// What `serve` has sent, in hexadecimal.
    pub(super) packet: String,
}

#[cfg(feature = "device")]
#[derive(Debug, Args)]
pub(super) struct Radio {
    /// The radio, by its link's name.
    pub(super) link: String,
}

#[derive(Debug, Args)]
pub(super) struct Preseed {
    /// Where the boot partition is mounted.
    #[arg(long, value_name = "DIR")]
    pub(super) boot: PathBuf,
    /// Where accounts, keys and settings are kept.
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,
    /// The data folder is in memory: the file is needed again, so its secrets stay in it.
    #[arg(long)]
    pub(super) volatile: bool,
}

#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// Where to listen.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    pub(super) listen: SocketAddr,
    /// Where accounts, keys and settings are kept.
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// For tests: answer questions about the drawn computer on this address of this machine.
    #[arg(long, value_name = "ADDR", value_parser = loopback)]
    pub(super) questions: Option<SocketAddr>,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "not an address such as 127.0.0.1:9000".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("only an address of this machine is allowed, such as 127.0.0.1:9000".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Command, String> {
        CommandLine::try_parse_from(words.split(' '))
            .map(|line| line.command)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        CommandLine::command().debug_assert();
    }

    #[cfg(feature = "sim")]
    #[test]
    fn simulate_listens_on_this_machine_by_default() {
        let Ok(Command::Simulate(simulate)) = parse("farseat simulate") else {
            panic!("not simulate")
        };
        assert!(simulate.listen.ip().is_loopback());
    }

    #[cfg(feature = "sim")]
    #[test]
    fn questions_are_never_answered_to_other_machines() {
        let refusal = parse("farseat simulate --questions 0.0.0.0:9000").expect_err("refused");
        assert!(
            refusal.contains("only an address of this machine"),
            "{refusal}"
        );
        assert!(parse("farseat simulate --questions 127.0.0.1:0").is_ok());
    }

    #[test]
    fn an_unknown_word_is_refused() {
        assert!(parse("farseat serv").is_err());
    }
}
