//! `farseat serve`: the real cables.

use std::path::Path;

use super::appliance::{self, AppError, Cables, make_data_folder, runtime};
use super::command::Serve;
use crate::auth::ClaimWindow;
use crate::device::{gadget, lan, v4l2::V4l2Capture};
use crate::settings::Store;

pub(super) fn run(options: &Serve) -> Result<(), AppError> {
    let data = options
        .config
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    make_data_folder(data)?;
    let settings = Store::load(&options.config)?;
    runtime()?.block_on(async {
        let wanted = settings.current();
        let cables = Cables {
            capture: Box::new(V4l2Capture::new(wanted.capture.device)),
            usb: gadget::start(&wanted.usb).map_err(AppError::Gadget)?,
            network: options
                .network
                .then(|| lan::open(None))
                .transpose()
                .map_err(AppError::Network)?,
        };
        appliance::run(cables, settings, data, ClaimWindow::DEVICE, |address| {
            log::info!("serving on {}", address);
        })
        .await
    })
}
