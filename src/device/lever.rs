//! What moves the USB cable itself: the gadget is unbound and bound again, remote wake-up is signalled.
//!
//! Both need privileges, so init does them where there is one. The kernel's `srp` file is named for OTG's session request,
//! but what it calls is `usb_gadget_wakeup`, which is remote wake-up on every controller whose driver has that; f_hid itself
//! never asks for it.

use std::fs;
use std::path::Path;

use tokio::sync::watch;

use super::errand::Ask;
use super::gadget;
use super::identity;
use super::roots::Roots;
use crate::slot::errand::Errand;
use crate::target::{CannotWake, UsbLever, UsbProfile};

/// Drivers without remote wake-up in a mainline kernel; dwc2 is the Raspberry Pi 4's.
const CANNOT_WAKE: [&str; 1] = ["dwc2"];

pub(super) struct GadgetLever {
    pub(super) roots: Roots,
    pub(super) ask: Option<Ask>,
    /// What the gadget's thread makes.
    pub(super) show: watch::Sender<UsbProfile>,
}

impl UsbLever for GadgetLever {
    fn reset(&self) {
        if let Some(ask) = &self.ask {
            return ask(&Errand::ResetUsb);
        }
        let roots = self.roots.clone();
        let thread = std::thread::Builder::new().name("usb-reset".to_owned());
        let begun = thread.spawn(move || {
            if let Err(error) = gadget::reset(&roots) {
                log::error!("reset USB: {error}");
            }
        });
        if let Err(error) = begun {
            log::error!("begin to reset USB: {error}");
        }
    }

    fn show(&self, profile: UsbProfile) {
        self.show.send_replace(identity::with_serial(profile));
    }

    fn wake(&self) -> Result<(), CannotWake> {
        if !can_wake(&self.roots) {
            return Err(CannotWake);
        }
        if let Some(ask) = &self.ask {
            ask(&Errand::WakeTarget);
        } else if let Err(error) = gadget::wake(&self.roots) {
            log::error!("wake the target: {error}");
        }
        Ok(())
    }
}

/// A controller that is not known is tried.
fn can_wake(roots: &Roots) -> bool {
    let Some(controller) = gadget::controller(roots) else {
        return false;
    };
    let driver = fs::read_link(roots.controllers.join(controller).join("device/driver"));
    let name = driver.as_deref().ok().and_then(Path::file_name);
    !name.is_some_and(|name| CANNOT_WAKE.iter().any(|known| name == *known))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A gadget that is bound to a controller of this driver.
    fn bound(driver: &str) -> (tempfile::TempDir, Roots) {
        let root = tempfile::tempdir().expect("temporary folder");
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("g/farseat")).expect("gadget");
        fs::create_dir_all(at("udc/u.0/device")).expect("controller");
        fs::write(at("g/farseat/UDC"), "u.0\n").expect("bound");
        let driver = Path::new("/sys/bus/platform/drivers").join(driver);
        std::os::unix::fs::symlink(driver, at("udc/u.0/device/driver")).expect("driver");
        let roots = Roots {
            gadgets: at("g"),
            controllers: at("udc"),
            dev: at("dev"),
        };
        (root, roots)
    }

    /// The packets that init gets.
    fn asked(roots: Roots) -> (GadgetLever, Arc<Mutex<Vec<Vec<u8>>>>) {
        let packets = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let kept = packets.clone();
        let ask: Ask = Arc::new(move |errand| kept.lock().expect("kept").push(errand.print()));
        let lever = GadgetLever {
            roots,
            ask: Some(ask),
            show: watch::Sender::new(UsbProfile::default()),
        };
        (lever, packets)
    }

    #[test]
    fn the_pi_4s_controller_cannot_wake_a_target_and_init_is_not_asked() {
        let (_root, roots) = bound("dwc2");
        let (lever, packets) = asked(roots);
        assert_eq!(lever.wake(), Err(CannotWake));
        assert!(packets.lock().expect("kept").is_empty());
    }

    #[test]
    fn another_controller_is_tried() {
        let (_root, roots) = bound("dummy_udc");
        let (lever, packets) = asked(roots);
        assert_eq!(lever.wake(), Ok(()));
        lever.reset();
        let wanted = [Errand::WakeTarget.print(), Errand::ResetUsb.print()];
        assert_eq!(*packets.lock().expect("kept"), wanted);
    }

    #[test]
    fn without_a_bound_gadget_nobody_is_woken() {
        let (root, roots) = bound("dummy_udc");
        fs::write(root.path().join("g/farseat/UDC"), "\n").expect("unbound");
        let (lever, _packets) = asked(roots);
        assert_eq!(lever.wake(), Err(CannotWake));
    }

    #[test]
    fn remote_wake_up_is_signalled_where_the_kernel_takes_it() {
        let (root, roots) = bound("dummy_udc");
        let srp = root.path().join("udc/u.0/srp");
        fs::write(&srp, "").expect("file");
        gadget::wake(&roots).expect("signalled");
        assert_eq!(fs::read_to_string(srp).expect("read"), "1");
    }
}
