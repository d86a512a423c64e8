//! A served appliance: every listener on a free port, fake cables, and what a test needs of it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc as blocking;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::audit::Audit;
use crate::auth::{Auth, Caller, ClaimWindow};
use crate::console::{Console, ConsoleState};
use crate::hid::functions::Functions;
use crate::hid::{Leds, Port};
use crate::journal::Journal;
use crate::lan::{
    Addressing, Announcement, Asking, Clock, Correction, Interface, NetworkCable, News, Packet,
    WallClock,
};
use crate::net::wifi::Wifi;
use crate::net::{Network, Place};
use crate::preseed::Told;
use crate::settings::{Settings, Store};
use crate::slot::line::Power;
use crate::stream::{H264, Stream};
use crate::system::{FactoryReset, PowerSwitch, System};
use crate::target::{
    CannotWake, Capture, Delivery, HidPort, Made, NoH264, PortError, Transcoder, Unit, UsbCable,
    UsbLever, UsbLink, UsbProfile,
};
use crate::update::Update;
use crate::video::edid::{EdidState, EdidWish};
use crate::video::{CaptureWish, Frame, Mode, NoPicture, PixelFormat, RawFrame};
use crate::web::{Identity, Listeners, ServeError, Services, serve};

pub(super) const PASSWORD: &str = "correct horse";

/// Whoever logs in without a browser.
pub(super) fn caller() -> Caller {
    Caller {
        address: std::net::IpAddr::from([127, 0, 0, 1]),
        device: "a test".to_owned(),
    }
}

/// This machine's.
fn clock() -> WallClock {
    WallClock::new(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.ok().map(|now| now.as_secs())
    })
}

pub(super) struct Rig {
    pub(super) https: SocketAddr,
    pub(super) http: SocketAddr,
    pub(super) plain: SocketAddr,
    pub(super) ca: String,
    pub(super) auth: Auth,
    pub(super) settings: Store,
    pub(super) journal: Journal,
    pub(super) stream: Stream,
    /// Pictures for the source, or the end of the signal.
    pub(super) source: blocking::Sender<Result<Vec<u8>, NoPicture>>,
    /// Reports that reached the target.
    pub(super) reports: mpsc::UnboundedReceiver<(Port, Vec<u8>)>,
    pub(super) leds: watch::Sender<Leds>,
    pub(super) _link: watch::Sender<UsbLink>,
    pub(super) _network: mpsc::Sender<News>,
    /// How often all data was forgotten.
    pub(super) resets: Arc<AtomicUsize>,
    /// How the machine was ended.
    pub(super) ended: mpsc::UnboundedReceiver<Power>,
    /// How often the USB cable was taken out.
    pub(super) pulls: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Result<(), ServeError>>,
    _folder: tempfile::TempDir,
}

impl Rig {
    /// An appliance that nobody owns yet.
    pub(super) fn unclaimed(window: ClaimWindow) -> Rig {
        Rig::preseeded(window, None)
    }

    /// One that `ann` owns and that is updated like this, and the cookie of her session.
    pub(super) async fn updated(update: Update) -> (Rig, String) {
        Rig::built(ClaimWindow::Always, None, update, false)
            .by_ann()
            .await
    }

    /// One that `ann` owns, and whose capture device can be told another EDID; its own is none.
    pub(super) async fn with_bridge() -> (Rig, String) {
        let none = Update::unavailable();
        Rig::built(ClaimWindow::Always, None, none, true)
            .by_ann()
            .await
    }

    async fn by_ann(self) -> (Rig, String) {
        let claimed = self.auth.claim(&caller(), "ann", PASSWORD).await;
        let token = claimed.expect("claim");
        (self, format!("__Host-session={}", token.as_str()))
    }

    /// The same, on which a preseed file left its trace.
    pub(super) fn preseeded(window: ClaimWindow, preseed: Option<Told>) -> Rig {
        Rig::built(window, preseed, Update::unavailable(), false)
    }

    fn built(window: ClaimWindow, preseed: Option<Told>, update: Update, is_bridge: bool) -> Rig {
        let folder = tempfile::tempdir().expect("temporary folder");
        let settings = settings(&folder);
        let auth = Auth::open(folder.path(), window, clock()).expect("auth");
        let (source, frames) = blocking::channel();
        let (reported, reports) = mpsc::unbounded_channel();
        let (leds, lit) = watch::channel(Leds::default());
        let (link, linked) = watch::channel(UsbLink::Configured);
        let pulls = Arc::<AtomicUsize>::default();
        let seen = Arc::<OnceLock<_>>::default();
        let port = |port| {
            (
                port,
                Box::new(Recorder(port, reported.clone())) as Box<dyn HidPort>,
            )
        };
        let cable = UsbCable {
            ports: Port::ALL.map(port).into(),
            leds: lit,
            link: linked,
            profile: UsbProfile::default(),
            shown: Functions::ALL,
            lever: Some(Box::new(Pulled {
                count: pulls.clone(),
                link: link.clone(),
                seen: seen.clone(),
            })),
        };
        let place = Place {
            port: 443,
            seed: 1,
            data: None,
        };
        let (up, news) = mpsc::channel(1);
        let lan = NetworkCable {
            interface: Box::new(Silent),
            news,
            clock: Box::new(Silent),
        };
        let network = Network::start(lan, settings.clone(), &place);
        let resets = Arc::<AtomicUsize>::default();
        let (power, ended) = switch();
        let journal = Journal::default();
        let console = Console::start(cable);
        let _ = seen.set(console.state());
        console.obey(settings.watch(), clock());
        let stream = Stream::start(Box::new(Frames(frames, is_bridge)), settings.video());
        let services = Services {
            stream: stream.clone(),
            h264: H264::start(&stream, Box::new(Marking), settings.video()),
            console,
            auth: auth.clone(),
            audit: Audit::open(folder.path(), clock()),
            settings: settings.clone(),
            preseed,
            network,
            wifi: Wifi::unavailable(),
            system: System::open(&folder.path().join("boot.toml"), folder.path()),
            reset: counted(resets.clone()),
            power,
            journal: journal.clone(),
            update,
        };
        let listeners = Listeners::bind(&settings.current().web).expect("listen");
        let (https, http) = (
            listeners.https_address().expect("bound"),
            listeners.http_address().expect("bound"),
        );
        let plain = listeners
            .loopback_address()
            .expect("bound")
            .expect("wanted");
        let identity = Identity::open(folder.path(), "rack", Vec::new()).expect("identity");
        let ca = identity.ca_pem();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(services, identity, listeners, async {
            stopped.await.ok();
        }));
        Rig {
            https,
            http: http.expect("wanted"),
            plain,
            ca,
            auth,
            settings,
            journal,
            stream,
            source,
            reports,
            leds,
            _link: link,
            _network: up,
            resets,
            ended,
            pulls,
            stop: Some(stop),
            served,
            _folder: folder,
        }
    }

    /// One that `ann` owns, and the cookie of her session.
    pub(super) async fn claimed() -> (Rig, String) {
        Rig::updated(Update::unavailable()).await
    }

    pub(super) fn show(&self, picture: &[u8]) {
        self.source
            .send(Ok(picture.to_vec()))
            .expect("the capture thread lives");
    }

    /// Stops serving and waits until that is done.
    pub(super) async fn stop(&mut self) {
        self.stop
            .take()
            .expect("not stopped yet")
            .send(())
            .expect("serving");
        (&mut self.served).await.expect("no panic").expect("served");
    }
}

struct Pulled {
    count: Arc<AtomicUsize>,
    link: watch::Sender<UsbLink>,
    /// What the console has heard.
    seen: Arc<OnceLock<watch::Receiver<ConsoleState>>>,
}

impl UsbLever for Pulled {
    fn reset(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// A target that finds whatever it is shown.
    fn show(&self, _: UsbProfile) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.link.send_replace(UsbLink::Disconnected);
        let (link, mut seen) = (self.link.clone(), self.seen.get().expect("started").clone());
        tokio::spawn(async move {
            let gone = seen.wait_for(|state| state.usb == UsbLink::Disconnected);
            if gone.await.is_ok() {
                link.send_replace(UsbLink::Configured);
            }
        });
    }

    fn wake(&self) -> Result<(), CannotWake> {
        Err(CannotWake)
    }
}

fn counted(resets: Arc<AtomicUsize>) -> FactoryReset {
    FactoryReset::by(move || {
        resets.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })
}

/// Tells what it is pressed for.
fn switch() -> (PowerSwitch, mpsc::UnboundedReceiver<Power>) {
    let (press, pressed) = mpsc::unbounded_channel();
    let switch = PowerSwitch::by(move |power| {
        let told = press.send(power);
        told.map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    });
    (switch, pressed)
}

fn settings(folder: &tempfile::TempDir) -> Store {
    let free = |host: &str| format!("{host}:0").parse().expect("address");
    let mut base = Settings::default();
    base.device.name = "rack".to_owned();
    base.web.https = free("127.0.0.1");
    base.web.http = Some(free("127.0.0.1"));
    base.web.loopback = Some(free("127.0.0.1"));
    Store::load_over(&base, &folder.path().join("settings.toml")).expect("settings")
}

/// A small picture in this shade of grey.
pub(super) fn picture(shade: u8) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 80);
    encoder
        .encode(&[shade; 64 * 48], 64, 48, jpeg_encoder::ColorType::Luma)
        .expect("encode");
    jpeg
}

/// A picture that is hard to compress: about as large as a real one.
pub(super) fn large_picture(seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    })
    .take(640 * 480)
    .collect();
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 60);
    encoder
        .encode(&noise, 640, 480, jpeg_encoder::ColorType::Luma)
        .expect("encode");
    jpeg
}

/// An encoder that says what it was told to make; it does not take what is wider than [`picture`].
struct Marking;

impl Transcoder for Marking {
    fn transcode(&mut self, picture: &Frame, _kbps: u16, alone: bool) -> Result<Made, NoH264> {
        let data = Bytes::from_static(if alone { b"key" } else { b"change" });
        let fits = picture.mode.width == 64;
        fits.then(|| Unit { data, alone }.into())
            .ok_or(NoH264::Refused)
    }

    fn stop(&mut self) {}
}

/// A network without a cable.
struct Silent;

impl Interface for Silent {
    fn configure(&mut self, _wanted: &Addressing) {}
    fn allow_ipv6(&mut self, _allowed: bool) {}
    fn send(&mut self, _packet: &Packet) {}
    fn set_host_name(&mut self, _name: &str) {}
    fn announce(&mut self, _announcement: Option<&Announcement>) {}
}

impl Clock for Silent {
    fn now(&self) -> std::time::SystemTime {
        std::time::SystemTime::now()
    }
    fn correct(&mut self, _correction: Correction) -> std::io::Result<()> {
        Ok(())
    }
    fn ask(&self, _server: &str, _dns: &[std::net::IpAddr]) -> Asking {
        Box::pin(std::future::pending())
    }
}

struct Frames(blocking::Receiver<Result<Vec<u8>, NoPicture>>, bool);

const MODE: Mode = Mode {
    width: 64,
    height: 48,
    fps: 30.0,
    format: PixelFormat::Mjpeg,
    stride: 0,
};

impl Capture for Frames {
    fn start(&mut self, _wish: &CaptureWish) -> Result<Mode, NoPicture> {
        Ok(MODE)
    }

    fn next(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(RawFrame<'_>),
    ) -> Result<Delivery, NoPicture> {
        let Ok(frame) = self.0.recv_timeout(timeout) else {
            return Ok(Delivery::Nothing);
        };
        let data = frame?;
        take(RawFrame {
            data: &data,
            captured: crate::stream::now(),
            mode: MODE,
        });
        Ok(Delivery::Frame {
            skipped: 0,
            damaged: 0,
        })
    }

    fn set_edid(&mut self, wish: &EdidWish) -> EdidState {
        if self.1 {
            EdidState::Told(wish.wanted(Some(&[7; 128])))
        } else {
            EdidState::Fixed
        }
    }

    fn stop(&mut self) {}
}

struct Recorder(Port, mpsc::UnboundedSender<(Port, Vec<u8>)>);

impl HidPort for Recorder {
    fn write(&mut self, report: &[u8]) -> Result<(), PortError> {
        self.1
            .send((self.0, report.to_vec()))
            .map_err(|_| PortError::Gone)
    }

    fn wait_for_room(&mut self, _timeout: Duration) {}
}
