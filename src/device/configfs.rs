//! Writes the gadget into configfs: built once with every function, of which those that are offered are linked.
//!
//! A function that is not linked is not there for the target, and has no device node. So a change of what is offered takes
//! the gadget off its controller and changes links only; whoever has a node open finds it gone, and later there again.

use std::path::Path;
use std::{fs, io};

use usb_gadget::function::Handle;
use usb_gadget::function::hid::Hid;
use usb_gadget::function::other::Other;
use usb_gadget::{Class, Config, Gadget, Id, RegGadget, Strings};

use super::identity::{
    CONFIGURATION, FUNCTIONS, MAX_POWER_MA, NAME, RELEASE, boot_class, function_name,
};
use crate::hid::Port;
use crate::hid::functions::Functions;
use crate::target::UsbProfile;

/// Builds the gadget with every function, with LEDs over the control pipe if the kernel can do that.
pub(super) fn build(profile: &UsbProfile) -> io::Result<RegGadget> {
    let built = match describe(profile, without_out_endpoint).register() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            log::info!(
                "this kernel has no no_out_endpoint: HID functions get an OUT endpoint each"
            );
            describe(profile, with_out_endpoint).register()
        }
        result => result,
    };
    let mut gadget = built?;
    // It stays when this handle goes.
    gadget.detach();
    Ok(gadget)
}

/// Offers these functions and no others. The gadget must not be bound. Links are made in the order of [`Port::ALL`], which
/// is that of the interfaces: all that were there go first.
pub(super) fn link(gadget: &Path, functions: Functions) -> io::Result<()> {
    let links = gadget.join(CONFIGURATION);
    for port in Port::ALL {
        match fs::remove_file(links.join(function_name(port))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    for port in functions.ports() {
        let name = function_name(port);
        std::os::unix::fs::symlink(gadget.join(FUNCTIONS).join(&name), links.join(&name))?;
    }
    Ok(())
}

fn describe(profile: &UsbProfile, function: fn(Port) -> Handle) -> Gadget {
    let id = Id::new(profile.vendor_id, profile.product_id);
    let strings = Strings::new(&profile.manufacturer, &profile.product, &profile.serial);
    let mut config = Config::new(&profile.product);
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
    use crate::hid::functions::{CONTROL_ENDPOINTS, PI4_ENDPOINTS};

    /// Minor numbers that f_hid has.
    const HIDG_MINORS: usize = 4;

    fn profile() -> UsbProfile {
        UsbProfile {
            serial: "1".to_owned(),
            ..UsbProfile::default()
        }
    }

    #[test]
    fn even_with_out_endpoints_the_gadget_fits_the_pi_4() {
        let gadget = describe(&profile(), with_out_endpoint);
        let functions = gadget
            .configs
            .iter()
            .map(|config| config.functions.len())
            .sum::<usize>();
        let used = usize::from(CONTROL_ENDPOINTS) + 2 * functions;
        assert!(used <= usize::from(PI4_ENDPOINTS));
        assert!(functions <= HIDG_MINORS);
    }

    #[test]
    fn the_boot_keyboard_is_the_first_function() {
        assert_eq!(function_name(Port::Keyboard), "hid.farseat-0");
        assert_eq!(boot_class(Port::Keyboard), (1, 1));
    }

    #[test]
    fn the_target_may_be_woken_and_ids_are_those_asked_for() {
        let gadget = describe(&profile(), without_out_endpoint);
        assert_eq!(gadget.id, Id::new(0x1d6b, 0x0104));
        assert!(gadget.configs[0].remote_wakeup && !gadget.configs[0].self_powered);
    }
}
