//! The appliance's real web face and console in front of a HID port that records instead of a USB
//! gadget. Runs as `farseat-bench seat`; [`typist`](crate::typist) is its operator.
//!
//! Also the way to an account: a real appliance can be claimed only right after power-on, this one
//! always, and the accounts file is the same.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::Args;
use farseat::audit::Audit;
use farseat::auth::{Auth, ClaimWindow};
use farseat::console::Console;
use farseat::hid::functions::Functions;
use farseat::hid::{Leds, Port};
use farseat::lan::WallClock;
use farseat::net::Network;
use farseat::net::wifi::Wifi;
use farseat::settings::{DataDir, Store};
use farseat::stream::{H264, Stream};
use farseat::system::{BOOT_REPORT, System};
use farseat::target::{Capture, Delivery, HidPort, PortError, UsbCable, UsbLink, UsbProfile};
use farseat::video::{CaptureWish, Mode, NoPicture, RawFrame};
use farseat::web::{self, Identity, Listeners, Services};
use tokio::sync::watch;

use crate::clock;
use crate::typist::{RECORD, REPORT};

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where plain HTTP is answered.
    #[arg(long)]
    plain: SocketAddr,
    /// Where HTTPS is answered.
    #[arg(long)]
    tls: SocketAddr,
    /// Where the keyboard's reports go.
    #[arg(long)]
    records: PathBuf,
    /// Accounts and keys.
    #[arg(long)]
    data: PathBuf,
}

/// Serves until killed.
pub(crate) fn serve(place: &Place) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(&place.data)?;
    let settings = DataDir(place.data.clone()).settings_file();
    let [plain, tls] = [place.plain, place.tls];
    fs::write(
        &settings,
        format!("[web]\nloopback = \"{plain}\"\nhttps = \"{tls}\"\nhttp = \"off\"\n"),
    )?;
    let settings = Store::load(&settings)?;
    let listeners = Listeners::bind(&settings.current().web)?;
    let identity = Identity::open(
        &place.data,
        "farseat",
        vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
    )?;
    let recorder = Recorder(File::create(&place.records)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Both senders live as long as the runtime: a cable that is never unplugged.
        let (_leds, leds) = watch::channel(Leds::default());
        let (_link, link) = watch::channel(UsbLink::Configured);
        let services = Services {
            stream: Stream::start(Box::new(NoCamera), settings.video()),
            h264: H264::unavailable(),
            console: Console::start(UsbCable {
                ports: ports(recorder),
                leds,
                link,
                profile: UsbProfile::default(),
                shown: Functions::ALL,
                lever: None,
            }),
            auth: Auth::open(&place.data, ClaimWindow::Always, clock_of_the_machine())?,
            audit: Audit::open(&place.data, clock_of_the_machine()),
            network: Network::unmanaged(settings.clone()),
            wifi: Wifi::unavailable(),
            settings,
            preseed: None,
            system: System::open(Path::new(BOOT_REPORT), &place.data),
            update: farseat::update::Update::unavailable(),
            reset: farseat::system::FactoryReset::unavailable(),
            power: farseat::system::PowerSwitch::unavailable(),
            journal: farseat::journal::Journal::default(),
        };
        Ok(web::serve(services, identity, listeners, std::future::pending()).await?)
    })
}

/// Whoever measures has a machine whose clock is right.
fn clock_of_the_machine() -> WallClock {
    WallClock::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.ok().map(|since| since.as_secs())
    })
}

/// The keyboard records; nobody looks at the other ports.
fn ports(recorder: Recorder) -> Vec<(Port, Box<dyn HidPort>)> {
    let mut recorder = Some(recorder);
    let port = |port| match recorder.take_if(|_| port == Port::Keyboard) {
        Some(recorder) => (port, Box::new(recorder) as Box<dyn HidPort>),
        None => (port, Box::new(Nowhere) as Box<dyn HidPort>),
    };
    Port::ALL.into_iter().map(port).collect()
}

/// Writes when each report was offered, and the report: one system call, as a HID gadget's write is.
struct Recorder(File);

impl HidPort for Recorder {
    fn write(&mut self, report: &[u8]) -> Result<(), PortError> {
        let mut record = [0; RECORD];
        record[..8].copy_from_slice(&clock::now().to_ne_bytes());
        let length = report.len().min(REPORT);
        record[8..8 + length].copy_from_slice(&report[..length]);
        self.0.write_all(&record).map_err(|_| PortError::Gone)
    }

    fn wait_for_room(&mut self, _timeout: Duration) {}
}

struct Nowhere;

impl HidPort for Nowhere {
    fn write(&mut self, _report: &[u8]) -> Result<(), PortError> {
        Ok(())
    }

    fn wait_for_room(&mut self, _timeout: Duration) {}
}

/// No picture is measured here.
struct NoCamera;

impl Capture for NoCamera {
    fn start(&mut self, _wish: &CaptureWish) -> Result<Mode, NoPicture> {
        Err(NoPicture::NoDevice)
    }

    fn next(
        &mut self,
        _timeout: Duration,
        _take: &mut dyn FnMut(RawFrame<'_>),
    ) -> Result<Delivery, NoPicture> {
        Err(NoPicture::NoDevice)
    }

    fn stop(&mut self) {}
}
