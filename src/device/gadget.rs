//! The USB gadget: four HID functions, built in configfs, and what its controller says.
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
use std::time::{Duration, Instant};

use tokio::sync::watch;
use usb_gadget::function::Handle;
use usb_gadget::function::hid::Hid;
use usb_gadget::function::other::Other;
use usb_gadget::{Class, Config, Gadget, Id, RegGadget, Strings, Udc};

use super::errand::{self, Ask};
use super::hidg::HidgPort;
use super::identity::{self, MAX_POWER_MA, NAME, RELEASE, boot_class, function_name};
use super::lever::GadgetLever;
use super::link::LinkWatch;
use super::roots::Roots;
use crate::hid::devices::at_rest;
use crate::hid::{Leds, Port};
use crate::target::{HidPort, UsbCable, UsbIdentity, UsbLink};

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
/// says [`UsbLink::NoGadget`] and its ports [`PortError::Gone`](crate::target::PortError::Gone).
///
/// # Errors
/// The thread cannot be started.
pub fn start(identity: &UsbIdentity, ask: Option<Ask>) -> io::Result<UsbCable> {
    let roots = Roots::of_the_kernel();
    let leds = watch::Sender::new(Leds::default());
    let link = watch::Sender::new(UsbLink::NoGadget);
    let port = |port| {
        (
            port,
            Box::new(HidgPort::new(roots.function(port), port)) as Box<dyn HidPort>,
        )
    };
    let cable = UsbCable {
        ports: Port::ALL.map(port).into(),
        leds: leds.subscribe(),
        link: link.subscribe(),
        lever: Some(Box::new(GadgetLever {
            roots: roots.clone(),
            ask: ask.clone(),
        })),
    };
    let identity = UsbIdentity {
        serial: identity::serial(identity),
        ..identity.clone()
    };
    std::thread::Builder::new()
        .name("usb-gadget".to_owned())
        .spawn(move || run(&identity, &roots, ask.as_ref(), (&leds, &link)))?;
    Ok(cable)
}

/// Releases whatever an earlier run holds, before anything else is done. The pointer stays where it is.
pub fn let_go() {
    let roots = Roots::of_the_kernel();
    for port in Port::ALL {
        let mut node = HidgPort::new(roots.function(port), port);
        for step in at_rest(port) {
            // No gadget, no target: nothing is held.
            let _ = node.write(step.report().as_ref());
        }
    }
}

/// The thread: ends when nobody has the cable any more.
fn run(
    identity: &UsbIdentity,
    roots: &Roots,
    ask: Option<&Ask>,
    (leds, link): (&watch::Sender<Leds>, &watch::Sender<UsbLink>),
) {
    let mut last_complaint = String::new();
    let mut retry = RETRY;
    while !link.is_closed() {
        let stands = match ask {
            Some(ask) => wait_for_init(identity, roots, ask),
            None => stand_up(identity, roots),
        };
        match stands {
            Ok(controller) => {
                last_complaint.clear();
                retry = RETRY;
                LinkWatch::new(roots, &controller).run(leds, link);
                if link.is_closed() {
                    return;
                }
                log::warn!("the USB gadget was unbound or removed; building it again");
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
        std::thread::sleep(retry);
        retry = (retry * 2).min(LONGEST_RETRY);
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |chain, cause| {
        format!("{chain}: {cause}")
    })
}

/// Makes sure that the gadget stands and is bound; returns its controller's name.
pub(super) fn stand_up(identity: &UsbIdentity, roots: &Roots) -> Result<String, GadgetError> {
    let controller = usb_gadget::default_udc().map_err(GadgetError::Controller)?;
    let name = controller.name().to_string_lossy().into_owned();
    let gadget = take_over_or_build(identity, roots)?;
    bind(&gadget, &controller).map_err(|source| GadgetError::Bind {
        controller: name.clone(),
        source,
    })?;
    log::info!("USB gadget {NAME} is bound to {name}");
    for port in Port::ALL {
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
    let udc = roots.gadget().join("UDC");
    std::fs::write(&udc, "\n").map_err(GadgetError::Unbind)?;
    std::thread::sleep(UNPLUGGED);
    std::fs::write(&udc, &controller).map_err(|source| GadgetError::Bind { controller, source })
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
fn wait_for_init(identity: &UsbIdentity, roots: &Roots, ask: &Ask) -> Result<String, GadgetError> {
    let asked = Instant::now();
    let mut waiting = false;
    loop {
        if let Some(controller) = standing(identity, roots) {
            log::info!("USB gadget {NAME} is bound to {controller}");
            return Ok(controller);
        }
        if asked.elapsed() > INIT {
            return Err(GadgetError::Init);
        }
        if !std::mem::replace(&mut waiting, true) {
            ask(&errand::gadget_of(identity));
        }
        std::thread::sleep(LOOK);
    }
}

/// The controller of a gadget that is as it should be, bound, and whose nodes are ours.
fn standing(identity: &UsbIdentity, roots: &Roots) -> Option<String> {
    let controller = controller(roots)?;
    let stands = identity::is_current(&roots.gadget(), identity)
        && Port::ALL.iter().all(|port| {
            HidgPort::new(roots.function(*port), *port)
                .answer_at_rest()
                .is_ok()
        });
    stands.then_some(controller)
}

fn take_over_or_build(identity: &UsbIdentity, roots: &Roots) -> Result<RegGadget, GadgetError> {
    let registered = usb_gadget::registered().map_err(GadgetError::Look)?;
    match registered.into_iter().find(|gadget| gadget.name() == NAME) {
        Some(old) if identity::is_current(&roots.gadget(), identity) => {
            log::info!("taking over the USB gadget of an earlier run");
            Ok(old)
        }
        Some(old) => {
            log::info!("replacing the USB gadget of an earlier run");
            old.remove().map_err(GadgetError::Remove)?;
            build(identity)
        }
        None => build(identity),
    }
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

/// Builds the gadget, with LEDs over the control pipe if the kernel can do that.
fn build(identity: &UsbIdentity) -> Result<RegGadget, GadgetError> {
    let built = match describe(identity, without_out_endpoint).register() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            log::info!(
                "this kernel has no no_out_endpoint: HID functions get an OUT endpoint each"
            );
            describe(identity, with_out_endpoint).register()
        }
        result => result,
    };
    let mut gadget = built.map_err(GadgetError::Build)?;
    // It stays when this handle goes.
    gadget.detach();
    Ok(gadget)
}

fn describe(identity: &UsbIdentity, function: fn(Port) -> Handle) -> Gadget {
    let id = Id::new(identity.vendor_id, identity.product_id);
    let strings = Strings::new(&identity.manufacturer, &identity.product, &identity.serial);
    let mut config = Config::new(&identity.product);
    config.max_power = MAX_POWER_MA;
    // With the bit that is always set this makes bmAttributes 0xa0. `wakeup_on_write` stays off:
    // with it, any stray report would wake the target.
    config.remote_wakeup = true;
    config.functions = Port::ALL.map(function).into();
    let mut gadget = Gadget::new(Class::INTERFACE_SPECIFIC, id, strings).with_config(config);
    gadget.name = Some(NAME.to_owned());
    gadget.device_release = RELEASE;
    gadget
}

fn without_out_endpoint(port: Port) -> Handle {
    let mut hid = Hid::builder();
    (hid.sub_class, hid.protocol) = boot_class(port);
    hid.report_desc = port.descriptor().to_vec();
    hid.report_len = report_length(port);
    hid.no_out_endpoint = true;
    hid.build().1
}

/// The crate's HID function always writes `no_out_endpoint`, so an old kernel needs this way.
fn with_out_endpoint(port: Port) -> Handle {
    let (sub_class, protocol) = boot_class(port);
    let attributes: [(&str, Vec<u8>); 4] = [
        ("subclass", sub_class.to_string().into()),
        ("protocol", protocol.to_string().into()),
        ("report_length", report_length(port).to_string().into()),
        ("report_desc", port.descriptor().into()),
    ];
    let mut hid = Other::builder("hid").expect("the driver's name is a plain word");
    for (name, value) in attributes {
        hid.set(name, value)
            .expect("attribute names are relative paths");
    }
    hid.build().1
}

fn report_length(port: Port) -> u8 {
    u8::try_from(port.report_length()).expect("reports have at most eight bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Pi 4's controller has this many, and f_hid this many minor numbers.
    const PI4_ENDPOINTS: usize = 9;
    const HIDG_MINORS: usize = 4;

    fn identity() -> UsbIdentity {
        UsbIdentity {
            serial: "1".to_owned(),
            ..UsbIdentity::default()
        }
    }

    #[test]
    fn even_with_out_endpoints_the_gadget_fits_the_pi_4() {
        let gadget = describe(&identity(), with_out_endpoint);
        let functions = gadget
            .configs
            .iter()
            .map(|config| config.functions.len())
            .sum::<usize>();
        let control = 1;
        assert!(control + 2 * functions <= PI4_ENDPOINTS);
        assert!(functions <= HIDG_MINORS);
    }

    #[test]
    fn the_boot_keyboard_is_the_first_function() {
        assert_eq!(function_name(Port::Keyboard), "hid.farseat-0");
        assert_eq!(boot_class(Port::Keyboard), (1, 1));
    }

    #[test]
    fn the_target_may_be_woken_and_ids_are_those_asked_for() {
        let gadget = describe(&identity(), without_out_endpoint);
        assert_eq!(gadget.id, Id::new(0x1d6b, 0x0104));
        assert!(gadget.configs[0].remote_wakeup && !gadget.configs[0].self_powered);
    }
}
