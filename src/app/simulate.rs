//! `farseat simulate`: a target that is only drawn.

use std::env;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use rustix::process::{Signal, getpid, kill_process};

use super::appliance::{self, AppError, Board, Cables, SlotCable, make_data_folder, runtime};
use super::command::Simulate;
use crate::auth::ClaimWindow;
use crate::journal::Journal;
use crate::settings::{DataDir, Settings, Store};
use crate::sim;
use crate::slot::line::Power;
use crate::system::{FactoryReset, PowerSwitch};
use crate::update::{Fetch, Line};
use crate::web::Listeners;

/// What a data folder is made of.
const FORGOTTEN: [&str; 8] = [
    "accounts.json",
    "audit.jsonl",
    "audit.older.jsonl",
    "certificate.json",
    "clock",
    "identity.json",
    "settings.toml",
    "wifi.toml",
];

pub(super) fn run(options: &Simulate, journal: Journal) -> Result<(), AppError> {
    let data = DataDir(
        options
            .data
            .clone()
            .or_else(default_data)
            .ok_or(AppError::NoDataFolder)?,
    );
    make_data_folder(&data.0)?;
    let settings = Store::load_over(&defaults(options.listen), &data.settings_file())?;
    runtime()?.block_on(async {
        let usb = settings.current().usb;
        let target = sim::start(&sim::Options { questions: options.questions, usb, ..sim::Options::default() })?;
        let card = sim::card(&data.0)?;
        let slots = SlotCable {
            line: Line { say: card.say, hear: card.hear },
            board: Board { hardware: card.hardware, card: None },
            fetch: Box::new(|_| Fetch::here(None)),
        };
        let cables = Cables { capture: target.capture, transcoder: Some(sim::transcoder()), usb: target.usb, network: Some(sim::network()), radio: Some(sim::radio()), slots: Some(slots), reset: reset(data.0.clone()), power: power(), journal };
        let listeners = Listeners::bind(&settings.current().web)?;
        let window = ClaimWindow::Always;
        appliance::run(cables, listeners, settings, &data.0, window, |running| {
            if let Some(questions) = target.questions {
                println!("questions about the target: {questions}");
            }
            println!("Your browser does not know this simulator's certificate: choose \"Advanced\" and go on, or trust its CA, which the page offers.");
            println!("{}", url(running.https));
        })
        .await
    })
}

/// There is no card to start anew from: the files go, and the simulator ends. The virtual card stays, as its slots would.
fn reset(data: PathBuf) -> FactoryReset {
    FactoryReset::by(move || {
        for name in FORGOTTEN {
            match std::fs::remove_file(data.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        println!("Factory reset: everything is forgotten. Start the simulator again.");
        Ok(kill_process(getpid(), Signal::TERM)?)
    })
}

/// There is no machine to end: the simulator does.
fn power() -> PowerSwitch {
    PowerSwitch::by(|power| {
        println!(
            "{}",
            match power {
                Power::Restart => "Restart: start the simulator again.",
                Power::Off => "Power off: start the simulator again to give it power.",
            }
        );
        Ok(kill_process(getpid(), Signal::TERM)?)
    })
}

/// The page on this machine only, and no second port that redirects to it.
fn defaults(listen: SocketAddr) -> Settings {
    let mut settings = Settings::default();
    settings.web.https = listen;
    settings.web.http = None;
    settings
}

/// `localhost` where that leads here: browsers give it more rights than an address.
fn url(address: SocketAddr) -> String {
    let port = address.port();
    if address.ip().is_loopback() || address.ip().is_unspecified() {
        format!("https://localhost:{port}/")
    } else {
        format!("https://{address}/")
    }
}

/// By the XDG base directory specification: state that survives, but is no configuration.
fn default_data() -> Option<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("farseat"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_says_localhost_where_that_leads_here() {
        let shown = |address: &str| url(address.parse().expect("an address"));
        assert_eq!(shown("127.0.0.1:8443"), "https://localhost:8443/");
        assert_eq!(shown("[::]:8443"), "https://localhost:8443/");
        assert_eq!(shown("192.0.2.7:8443"), "https://192.0.2.7:8443/");
    }

    #[test]
    fn the_defaults_are_allowed() {
        defaults("127.0.0.1:0".parse().expect("an address"))
            .check()
            .expect("allowed");
    }
}
