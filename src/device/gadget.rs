//! The USB gadget: which there is, on which controller, and what that says.
//!
//! One thread, "usb-gadget", owns it: builds the gadget or has init build it, tries again every few
//! seconds when that fails, watches the link and reads the keyboard's lights. `app` gets a [`UsbCable`] at once.
//!
//! ```text
//!             built, found or bound                    unbound, removed
//!   NoGadget ───────────────────────► watch the link ───────────────────► NoGadget
//!      └─ fails: log, wait, again         └─ configured │ suspended │ disconnected
//! ```
//!
//! The gadget outlives the program: an identical one is taken over as it is, so that the target
//! sees no unplugging when only `serve` crashed or was updated. One that differs, or is half
//! built, is removed first. Nothing removes it at the end: the kernel does at power-off.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use usb_gadget::{RegGadget, Udc};

use super::configfs;
use super::errand::{self, Ask};
use super::hidg::HidgPort;
use super::identity::{self, NAME, function_name};
use super::lever::GadgetLever;
use super::link::LinkWatch;
use super::roots::{Roots, is_bound};
use crate::hid::devices::at_rest;
use crate::hid::functions::Functions;
use crate::hid::{Leds, Port};
use crate::target::{HidPort, UsbCable, UsbLink, UsbProfile};

/// How soon a gadget that could not be built is tried again.
const RETRY: Duration = Duration::from_secs(3);
/// ... and how seldom, when that goes on.
const LONGEST_RETRY: Duration = Duration::from_secs(30);
/// How long init may take, and how often we look meanwhile: configfs tells nobody of a change.
const INIT: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(50);
/// How long a reset leaves the cable out: long enough for the target, and for our own watch, to notice.
const UNPLUGGED: Duration = Duration::from_secs(1);

/// Why the appliance has no USB side. Each may pass: a module is loaded, a controller appears.
#[derive(Debug, thiserror::Error)]
pub enum GadgetError {
    #[error("init has not built it")]
    Init,
    #[error("find a USB device controller")]
    Controller(#[source] io::Error),
    #[error("look for gadgets of an earlier run in configfs")]
    Look(#[source] io::Error),
    #[error("remove the gadget of an earlier run")]
    Remove(#[source] io::Error),
    #[error("there is no gadget that is bound to a controller")]
    Unbound,
    #[error("unbind the gadget")]
    Unbind(#[source] io::Error),
    #[error("signal remote wake-up to the target")]
    Wake(#[source] io::Error),
    #[error("build the gadget in configfs")]
    Build(#[source] io::Error),
    #[error("bind the gadget to controller {controller}")]
    Bind {
        controller: String,
        source: io::Error,
    },
}

/// Starts the gadget's thread. The cable can be used at once; until the gadget stands, its link
/// says [`UsbLink::NoGadget`] and its ports [`PortError::Gone`](crate::target::PortError::Gone). `held`: see [`let_go`].
///
/// # Errors
/// The thread cannot be started.
pub fn start(profile: &UsbProfile, ask: Option<Ask>, held: &Path) -> io::Result<UsbCable> {
    let roots = Roots::of_the_kernel();
    let shown = shown_first(profile, &roots);
    let (show, wanted) = watch::channel(UsbProfile {
        functions: shown,
        ..identity::with_serial(profile.clone())
    });
    let leds = watch::Sender::new(Leds::default());
    let link = watch::Sender::new(UsbLink::NoGadget);
    let port = |port| {
        (
            port,
            Box::new(HidgPort::noting(roots.function(port), port, held)) as Box<dyn HidPort>,
        )
    };
    let cable = UsbCable {
        ports: Port::ALL.map(port).into(),
        leds: leds.subscribe(),
        link: link.subscribe(),
        profile: profile.clone(),
        shown,
        lever: Some(Box::new(GadgetLever {
            roots: roots.clone(),
            ask: ask.clone(),
            show,
        })),
    };
    std::thread::Builder::new()
        .name("usb-gadget".to_owned())
        .spawn(move || run(wanted, &roots, ask.as_ref(), (&leds, &link)))?;
    Ok(cable)
}

/// A gadget that stands from an earlier run keeps the rest, if somebody has plugged that in.
fn shown_first(profile: &UsbProfile, roots: &Roots) -> Functions {
    let whole = identity::offered(&roots.gadget()) == Some(profile.functions);
    if whole && controller(roots).is_some() {
        profile.functions
    } else {
        profile.first()
    }
}

/// Releases whatever an earlier run holds, before anything else is done. The pointer stays where it is; `held` is the file
/// in which the place of a held button is noted.
pub fn let_go(held: &Path) {
    let roots = Roots::of_the_kernel();
    for port in Port::ALL {
        let mut node = HidgPort::noting(roots.function(port), port, held);
        for step in at_rest(port).iter().copied().chain(node.left_pressed()) {
            // No gadget, no target: nothing is held.
            let _ = node.write(step.report().as_ref());
        }
    }
}

/// The thread: ends when nobody has the cable any more.
fn run(
    mut wanted: watch::Receiver<UsbProfile>,
    roots: &Roots,
    ask: Option<&Ask>,
    (leds, link): (&watch::Sender<Leds>, &watch::Sender<UsbLink>),
) {
    let mut last_complaint = String::new();
    let mut retry = RETRY;
    while !link.is_closed() {
        let profile = wanted.borrow_and_update().clone();
        let stands = match ask {
            Some(ask) => wait_for_init(&profile, roots, ask),
            None => stand_up(&profile, roots),
        };
        match stands {
            Ok(controller) => {
                last_complaint.clear();
                retry = RETRY;
                LinkWatch::new(roots, &controller).run(&wanted, leds, link);
                if link.is_closed() {
                    return;
                }
                if !is_news(&wanted) {
                    log::warn!("the USB gadget was unbound or removed; building it again");
                }
            }
            Err(error) => {
                let complaint = chain(&error);
                if complaint != last_complaint {
                    log::error!("no USB: {complaint}; trying again");
                    last_complaint = complaint;
                }
            }
        }
        leds.send_replace(Leds::default());
        link.send_replace(UsbLink::NoGadget);
        let again = Instant::now() + retry;
        while !is_news(&wanted) && Instant::now() < again {
            std::thread::sleep(LOOK);
        }
        retry = (retry * 2).min(LONGEST_RETRY);
    }
}

/// Whether the target shall be shown something else than was looked at last.
pub(super) fn is_news(wanted: &watch::Receiver<UsbProfile>) -> bool {
    wanted.has_changed().unwrap_or(false)
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |chain, cause| {
        format!("{chain}: {cause}")
    })
}

/// Makes sure that the gadget stands and is bound; returns its controller's name.
pub(super) fn stand_up(profile: &UsbProfile, roots: &Roots) -> Result<String, GadgetError> {
    let controller = usb_gadget::default_udc().map_err(GadgetError::Controller)?;
    let name = controller.name().to_string_lossy().into_owned();
    let gadget = take_over_or_build(profile, roots)?;
    bind(&gadget, &controller).map_err(|source| GadgetError::Bind {
        controller: name.clone(),
        source,
    })?;
    log::info!("USB gadget {NAME} is bound to {name}");
    for port in profile.functions.ports() {
        // Some firmware asks before it listens. Without an answer it only waits a little longer.
        if let Err(error) = HidgPort::new(roots.function(port), port).answer_at_rest() {
            log::warn!("open the node of {}: {error}", function_name(port));
        }
    }
    Ok(name)
}

/// The controller that the gadget is bound to.
pub(super) fn controller(roots: &Roots) -> Option<String> {
    let bound = std::fs::read_to_string(roots.gadget().join("UDC")).ok()?;
    let name = bound.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Takes the gadget off its controller and puts it back: for the target, the cable was out. Takes a second.
pub(super) fn reset(roots: &Roots) -> Result<(), GadgetError> {
    let controller = controller(roots).ok_or(GadgetError::Unbound)?;
    let gadget = roots.gadget();
    unplug(&gadget)?;
    std::fs::write(gadget.join("UDC"), &controller)
        .map_err(|source| GadgetError::Bind { controller, source })
}

/// Signals remote wake-up. The kernel does not say whether the controller did.
pub(super) fn wake(roots: &Roots) -> Result<(), GadgetError> {
    let controller = controller(roots).ok_or(GadgetError::Unbound)?;
    let srp = roots.controllers.join(controller).join("srp");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(srp)
        .map_err(GadgetError::Wake)?;
    io::Write::write_all(&mut file, b"1").map_err(GadgetError::Wake)
}

/// The gadget of an earlier run, or one that init builds now.
fn wait_for_init(profile: &UsbProfile, roots: &Roots, ask: &Ask) -> Result<String, GadgetError> {
    let asked = Instant::now();
    let mut waiting = false;
    loop {
        if let Some(controller) = standing(profile, roots) {
            log::info!("USB gadget {NAME} is bound to {controller}");
            return Ok(controller);
        }
        if asked.elapsed() > INIT {
            return Err(GadgetError::Init);
        }
        if !std::mem::replace(&mut waiting, true) {
            ask(&errand::gadget_of(profile));
        }
        std::thread::sleep(LOOK);
    }
}

/// The controller of a gadget that is as it should be, bound, and whose nodes are ours.
fn standing(profile: &UsbProfile, roots: &Roots) -> Option<String> {
    let controller = controller(roots)?;
    let stands = identity::is_current(&roots.gadget(), profile)
        && profile.functions.ports().all(|port| {
            HidgPort::new(roots.function(port), port)
                .answer_at_rest()
                .is_ok()
        });
    stands.then_some(controller)
}

fn take_over_or_build(profile: &UsbProfile, roots: &Roots) -> Result<RegGadget, GadgetError> {
    let folder = roots.gadget();
    let registered = usb_gadget::registered().map_err(GadgetError::Look)?;
    match registered.into_iter().find(|gadget| gadget.name() == NAME) {
        Some(old) if identity::is_current(&folder, profile) => {
            log::info!("taking over the USB gadget of an earlier run");
            Ok(old)
        }
        Some(old) if identity::is_described(&folder, profile) => {
            unplug(&folder)?;
            configfs::link(&folder, profile.functions).map_err(GadgetError::Build)?;
            log::info!("the USB gadget offers {:?} now", profile.functions);
            Ok(old)
        }
        Some(old) => {
            log::info!("replacing the USB gadget of an earlier run");
            unplug(&folder)?;
            old.remove().map_err(GadgetError::Remove)?;
            build(profile, &folder)
        }
        None => build(profile, &folder),
    }
}

/// Takes the gadget off its controller, if it is on one: for the target, the cable is out for a moment.
fn unplug(gadget: &Path) -> Result<(), GadgetError> {
    if is_bound(gadget) {
        std::fs::write(gadget.join("UDC"), "\n").map_err(GadgetError::Unbind)?;
        std::thread::sleep(UNPLUGGED);
    }
    Ok(())
}

fn build(profile: &UsbProfile, folder: &Path) -> Result<RegGadget, GadgetError> {
    let gadget = configfs::build(profile).map_err(GadgetError::Build)?;
    configfs::link(folder, profile.functions).map_err(GadgetError::Build)?;
    Ok(gadget)
}

/// Binds the gadget unless it is bound to this controller already.
fn bind(gadget: &RegGadget, controller: &Udc) -> io::Result<()> {
    match gadget.udc()? {
        Some(bound) if bound == controller.name() => return Ok(()),
        Some(_) => gadget.bind(None)?,
        None => {}
    }
    gadget.bind(Some(controller))
}
