//! `farseat serve`: the real cables.

use std::path::{Path, PathBuf};

use super::appliance::{
    self, AppError, Board, Cables, Running, SlotCable, make_data_folder, runtime,
};
use super::command::Serve;
use super::line::InitLine;
use super::screen::{self, Sources};
use super::{pulse, with_causes};
use crate::auth::ClaimWindow;
use crate::device::{board, gadget, lan, v4l2::V4l2Capture};
use crate::settings::Store;
use crate::web;

/// Where init mounts the card's first partition.
const BOOT: &str = "/boot";

pub(super) fn run(options: &Serve) -> Result<(), AppError> {
    let data = options
        .config
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    runtime()?.block_on(async {
        let network = options
            .network
            .then(|| lan::open(None))
            .transpose()
            .map_err(AppError::Network)?;
        let init = options.supervised.then(InitLine::open).transpose();
        let init = init.map_err(AppError::Line)?;
        if let Some(init) = &init {
            tokio::task::spawn_blocking(rehearse);
            init.data_is_there().await.map_err(AppError::Line)?;
        }
        make_data_folder(data)?;
        let settings = Store::load(&options.config)?;
        let wanted = settings.current();
        let cables = Cables {
            capture: Box::new(V4l2Capture::new(wanted.capture.device)),
            usb: gadget::start(&wanted.usb).map_err(AppError::Gadget)?,
            network,
            slots: init.as_ref().map(slots),
        };
        appliance::run(cables, settings, data, ClaimWindow::DEVICE, |running| {
            log::info!("serving on {}", running.https);
            if let Some(init) = init {
                pulse::start(init, running.https, running.services);
                screen::start(sources(running));
            }
        })
        .await
    })
}

/// Init keeps the slots, and leaves the card's first partition mounted when there is something for us.
fn slots(init: &InitLine) -> SlotCable {
    let board = Board {
        hardware: board::compatible(),
        card: Some(PathBuf::from(BOOT)),
    };
    SlotCable {
        line: init.for_updates(),
        board,
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
