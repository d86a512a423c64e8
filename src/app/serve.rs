//! `farseat serve`: the real cables.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::appliance::{
    self, AppError, Board, Cables, Running, SlotCable, make_data_folder, runtime,
};
use super::command::Serve;
use super::fetching::Desk;
use super::line::{InitLine, Line};
use super::screen::{self, Sources};
use super::{pulse, with_causes};
use crate::auth::ClaimWindow;
use crate::device::envoy::Envoy;
use crate::device::errand::Ask;
use crate::device::lan::Confined;
use crate::device::{board, codec, gadget, lan, v4l2::V4l2Capture};
use crate::journal::Journal;
use crate::lan::NetworkCable;
use crate::radio::RadioCable;
use crate::settings::Store;
use crate::slot::errand::Errand;
use crate::slot::line::{News, Wish};
use crate::sys::signal_mask::SignalSet;
use crate::system::{FactoryReset, PowerSwitch};
use crate::web::{Early, Listeners};
use crate::{confine, init, net, update, web};

/// Where init mounts the card's first partition.
const BOOT: &str = "/boot";

/// What a process that init has started has left after it gave everything else away.
struct Inside {
    line: Line,
    early: Early,
}

pub(super) fn run(options: &Serve, journal: Journal) -> Result<(), AppError> {
    let inside = options.supervised.then(go_inside).transpose()?;
    let data = options
        .config
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if let Some(inside) = &inside {
        wait_for_data(&inside.line, data)?;
    }
    make_data_folder(data)?;
    let settings = Store::load(&options.config)?;
    // Afterwards there is no port left to take.
    let web = settings.current().web;
    let (init, listeners) = match inside {
        Some(Inside { line, early }) => {
            let listeners = Listeners::among(early, &web)?;
            // Before there is another thread that stays.
            told(
                confine::keep_files(data, &[init::REFUSAL, init::HELD].map(Path::new)),
                "files",
            );
            (Some(line), listeners)
        }
        None => (None, Listeners::bind(&web)?),
    };
    runtime()?.block_on(serve(options, init, (listeners, settings, journal), data))
}

async fn serve(
    options: &Serve,
    init: Option<Line>,
    (listeners, settings, journal): (Listeners, Store, Journal),
    data: &Path,
) -> Result<(), AppError> {
    let init = init.map(InitLine::over).transpose();
    let init = init.map_err(AppError::Line)?;
    let others = init.as_ref().map(Others::of);
    let ask = others.as_ref().map(|others| others.ask.clone());
    let (network, radio, slots) = match others {
        Some(others) => others.cables(options.network),
        None => (options.network.then(|| lan::open(None)), None, None),
    };
    let network = network.transpose().map_err(AppError::Network)?;
    let wanted = settings.current();
    let cables = Cables {
        capture: Box::new(V4l2Capture::new(wanted.capture.device)),
        transcoder: Some(codec::transcoder()),
        usb: gadget::start(&wanted.usb, ask, Path::new(init::HELD)).map_err(AppError::Gadget)?,
        network,
        radio,
        slots,
        reset: init
            .as_ref()
            .map_or_else(FactoryReset::unavailable, InitLine::for_reset),
        power: init
            .as_ref()
            .map_or_else(PowerSwitch::unavailable, InitLine::for_power),
        journal,
    };
    let window = ClaimWindow::DEVICE;
    appliance::run(cables, listeners, settings, data, window, |running| {
        log::info!("serving on {}", running.https);
        if let Some(init) = init {
            #[cfg(feature = "development")]
            super::attempts::start(init.clone());
            pulse::start(init, running.https, running.services);
            screen::start(sources(running));
            told(confine::keep_calls(), "system calls");
        }
    })
    .await
}

/// Keeps the line to init and the page's usual ports, and lets everything else go.
fn go_inside() -> Result<Inside, AppError> {
    let line = Line::open().map_err(AppError::Line)?;
    SignalSet::block_none().map_err(AppError::Signals)?;
    // What the last one held when it ended.
    gadget::let_go(Path::new(init::HELD));
    let early = Early::take();
    confine::enter(init::SERVE)?;
    Ok(Inside { line, early })
}

/// Until init has made the data folder ready. A clock that cannot be right is put to where it can be: certificates
/// have dates.
fn wait_for_data(line: &Line, data: &Path) -> Result<(), AppError> {
    let rehearsal = std::thread::Builder::new().name("rehearsal".to_owned());
    let _ = rehearsal.spawn(rehearse);
    line.wait_for(&News::Data).map_err(AppError::Line)?;
    if let Some(microseconds) = net::floor(data, SystemTime::now()) {
        let step = Wish::Errand(Errand::StepClock(microseconds));
        line.say(step).map_err(AppError::Line)?;
        line.wait_for(&News::Clock).map_err(AppError::Line)?;
    }
    Ok(())
}

/// Without it everything works, behind one wall less.
fn told<E: std::error::Error>(done: Result<(), E>, what: &str) {
    match done {
        Ok(()) => log::info!("confined to its {what}"),
        Err(error) => log::error!("not confined to its {what}: {}", with_causes(&error)),
    }
}

type OtherCables = (
    Option<io::Result<NetworkCable>>,
    Option<RadioCable>,
    Option<SlotCable>,
);

/// Who does for a confined process what it cannot.
struct Others {
    ask: Ask,
    updates: update::Line,
    desk: Desk,
    speaker: Envoy,
    radio: RadioCable,
}

impl Others {
    fn of(init: &InitLine) -> Others {
        let heard = init.for_news();
        let say = init.clone();
        let runs = init.clone();
        let told = lan::Told {
            hardware: heard.has_radio,
            sockets: heard.radios,
        };
        Others {
            radio: lan::open_radio(move |wanted| runs.say_now(Wish::Radio(wanted)), told),
            ask: init.for_errands(),
            updates: heard.updates,
            desk: Desk::open(init.clone(), heard.fetchers),
            speaker: Envoy {
                start: Box::new(move || say.say_now(Wish::Speaker)),
                lines: heard.speakers,
            },
        }
    }

    fn cables(self, network: bool) -> OtherCables {
        let confined = Confined {
            ask: self.ask,
            time: self.desk.clone().time(),
            speaker: self.speaker,
        };
        let network = network.then(|| Ok(lan::open_confined(confined)));
        let slots = slots(self.updates, self.desk);
        (network, Some(self.radio), Some(slots))
    }
}

/// Init keeps the slots, and leaves the card's first partition mounted when there is something for us.
fn slots(line: update::Line, desk: Desk) -> SlotCable {
    let board = Board {
        hardware: board::compatible(),
        card: Some(PathBuf::from(BOOT)),
    };
    SlotCable {
        line,
        board,
        fetch: Box::new(move |network| {
            let status = network.status();
            desk.fetch(move || status.borrow().dns.clone())
        }),
    }
}

fn rehearse() {
    if let Err(error) = web::rehearse() {
        log::error!("TLS does not work on this machine: {}", with_causes(&error));
    }
}

/// What the appliance's own screen shows.
fn sources(running: &Running<'_>) -> Sources {
    let services = running.services;
    Sources {
        settings: services.settings.clone(),
        auth: services.auth.clone(),
        system: services.system.clone(),
        network: services.network.clone(),
        identity: running.identity.clone(),
        port: running.https.port(),
    }
}
