//! The services, joined: cables in, a face out, until somebody says stop.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tokio::signal::unix::{SignalKind, signal};

use super::addresses;
use crate::audit::Audit;
use crate::auth::{Auth, ClaimWindow};
use crate::console::Console;
use crate::journal::Journal;
use crate::lan::{NetworkCable, WallClock};
use crate::net::wifi::Wifi;
use crate::net::{Network, Place};
use crate::preseed::Record;
use crate::radio::RadioCable;
use crate::settings::{SettingsError, Store};
use crate::slot::keys;
use crate::stream::{H264, Stream};
use crate::system::{BOOT_REPORT, FactoryReset, PowerSwitch, System};
use crate::target::{Capture, Transcoder, UsbCable};
use crate::update::{self, Fetch, Line, Update};
use crate::web::{self, Identity, Listeners, Services};

/// What leads to the target.
pub(super) struct Cables {
    pub(super) capture: Box<dyn Capture>,
    /// None: this board has no encoder.
    pub(super) transcoder: Option<Box<dyn Transcoder>>,
    pub(super) usb: UsbCable,
    /// None: the network is somebody else's.
    pub(super) network: Option<NetworkCable>,
    /// None: so is the radio.
    pub(super) radio: Option<RadioCable>,
    /// To whoever keeps the slots. None: the system is updated by somebody else.
    pub(super) slots: Option<SlotCable>,
    /// To whoever can forget all data.
    pub(super) reset: FactoryReset,
    /// To whoever can end this machine.
    pub(super) power: PowerSwitch,
    /// Into which the log goes.
    pub(super) journal: Journal,
}

/// The line to whoever keeps the slots, and what it leads to.
pub(super) struct SlotCable {
    pub(super) line: Line,
    pub(super) board: Board,
    pub(super) fetch: MakeFetch,
}

/// Who fetches updates, on this network.
pub(super) type MakeFetch = Box<dyn FnOnce(&Network) -> Fetch>;

/// What bundles have to fit, and where some may lie.
pub(super) struct Board {
    /// As the device tree says it.
    pub(super) hardware: Vec<String>,
    /// Where the card's first partition is, when there is something on it.
    pub(super) card: Option<PathBuf>,
}

/// What has just begun to listen.
#[cfg_attr(
    not(feature = "device"),
    expect(dead_code, reason = "only a device has a screen of its own")
)]
pub(super) struct Running<'a> {
    pub(super) https: SocketAddr,
    pub(super) services: &'a Services,
    pub(super) identity: &'a Identity,
}

/// Why the appliance did not start.
#[derive(Debug, thiserror::Error)]
pub(super) enum AppError {
    #[error("make the data folder {}", path.display())]
    DataFolder { path: PathBuf, source: io::Error },
    #[cfg(feature = "sim")]
    #[error(
        "no place for the data: neither XDG_STATE_HOME nor HOME is set; give one with --data DIR"
    )]
    NoDataFolder,
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("open the accounts")]
    Accounts(#[from] crate::auth::AccountsError),
    #[cfg(feature = "device")]
    #[error("start the USB gadget")]
    Gadget(#[source] io::Error),
    #[cfg(feature = "device")]
    #[error("use standard input as the line to init")]
    Line(#[source] io::Error),
    #[cfg(feature = "device")]
    #[error("go without privileges")]
    Confine(#[from] crate::confine::ConfineError),
    #[cfg(feature = "device")]
    #[error(transparent)]
    Errand(#[from] super::errand::ErrandRoleError),
    #[cfg(feature = "device")]
    #[error(transparent)]
    Radio(#[from] super::radio::RadioRoleError),
    #[cfg(feature = "device")]
    #[error("follow the wired link")]
    Network(#[source] io::Error),
    #[cfg(feature = "sim")]
    #[error("power the virtual target on")]
    Target(#[from] crate::sim::SimError),
    #[cfg(feature = "sim")]
    #[error(transparent)]
    Card(#[from] crate::sim::CardError),
    #[error(transparent)]
    Listen(#[from] web::ListenError),
    #[error(transparent)]
    Identity(#[from] web::IdentityError),
    #[error(transparent)]
    Face(#[from] web::ServeError),
    #[error("use a listening socket")]
    Socket(#[source] io::Error),
    #[error("no random numbers: {0}")]
    Random(String),
    #[error("start the runtime")]
    Runtime(#[source] io::Error),
    #[error("listen for signals")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Preseed(#[from] super::preseed::PreseedError),
}

impl AppError {
    /// Whether what is in the data folder is the reason: starting again would not help.
    pub(super) fn is_of_the_data(&self) -> bool {
        matches!(
            self,
            AppError::Settings(_) | AppError::Accounts(_) | AppError::Identity(_)
        )
    }
}

/// Runs the appliance on these cables and listeners until it is told to stop; `ready` hears when it listens.
pub(super) async fn run(
    cables: Cables,
    listeners: Listeners,
    settings: Store,
    data: &Path,
    window: ClaimWindow,
    ready: impl FnOnce(&Running<'_>),
) -> Result<(), AppError> {
    let stop = stop_signal()?;
    let wanted = settings.current();
    let https = listeners.https_address().map_err(AppError::Socket)?;
    // First: it puts the clock right as far as it can, and certificates have dates.
    let network = network(cables.network, &settings, data, https.port())?;
    let identity = Identity::open(data, &wanted.device.name, addresses::own())?;
    let update = match cables.slots {
        Some(slots) => update(slots, &network, &settings, data)?,
        None => Update::unavailable(),
    };
    let console = Console::start(cables.usb);
    console.obey(settings.watch(), wall_clock(&network));
    let stream = Stream::start(cables.capture, settings.video());
    let wifi = match cables.radio {
        Some(cable) => Wifi::start(cable, data),
        None => Wifi::unavailable(),
    };
    network.follow(wifi.status());
    let services = Services {
        h264: match cables.transcoder {
            Some(transcoder) => H264::start(&stream, transcoder, settings.video()),
            None => H264::unavailable(),
        },
        stream,
        console,
        auth: Auth::open(data, window, wall_clock(&network))?,
        audit: Audit::open(data, wall_clock(&network)),
        network,
        wifi,
        settings,
        preseed: Record::load(data).told(),
        system: System::open(Path::new(BOOT_REPORT), data),
        reset: cables.reset,
        power: cables.power,
        journal: cables.journal,
        update,
    };
    ready(&Running {
        https,
        services: &services,
        identity: &identity,
    });
    let stopped = async {
        stop.await;
        log::info!("stopping");
    };
    Ok(web::serve(services, identity, listeners, stopped).await?)
}

fn network(
    cable: Option<NetworkCable>,
    settings: &Store,
    data: &Path,
    port: u16,
) -> Result<Network, AppError> {
    let Some(cable) = cable else {
        return Ok(Network::unmanaged(settings.clone()));
    };
    let place = Place {
        port,
        seed: seed()?,
        data: Some(data),
    };
    Ok(Network::start(cable, settings.clone(), &place))
}

/// Set when a time server has answered since power-on; where the network is somebody else's business,
/// so is the clock.
fn wall_clock(network: &Network) -> WallClock {
    let (managed, status) = (network.is_managed(), network.status());
    WallClock::new(move || {
        if managed && status.borrow().time.server.is_none() {
            return None;
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.ok().map(|now| now.as_secs())
    })
}

fn update(
    slots: SlotCable,
    network: &Network,
    settings: &Store,
    data: &Path,
) -> Result<Update, AppError> {
    let time = network.status();
    let place = update::Place {
        keys: keys::trusted(),
        fetch: (slots.fetch)(network),
        hardware: slots.board.hardware,
        settings: settings.clone(),
        data: data.to_owned(),
        card: slots.board.card,
        seed: seed()?,
        clock: Box::new(move || time.borrow().time.synchronized.then(SystemTime::now)),
    };
    Ok(Update::start(slots.line, place))
}

fn seed() -> Result<u64, AppError> {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(|error| AppError::Random(error.to_string()))?;
    Ok(u64::from_le_bytes(seed))
}

/// The asynchronous part runs on as many threads as there are cores; capture and USB have their own.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, AppError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("web")
        .build()
        .map_err(AppError::Runtime)
}

/// Sees to it that the data folder exists; its content is nobody else's business.
pub(super) fn make_data_folder(path: &Path) -> Result<(), AppError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(|source| AppError::DataFolder {
        path: path.to_owned(),
        source,
    })
}

/// Listens from now on, so that a signal during the start is not lost.
fn stop_signal() -> Result<impl Future<Output = ()>, AppError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(AppError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(AppError::Signals)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
