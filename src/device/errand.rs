//! Errands: what needs privileges, asked of init by `serve`, and carried out by `farseat errand`.
//!
//! [`Ask`] is the way to init; where there is none (another Linux) [`lan`](super::lan) and [`gadget`](super::gadget)
//! do the same themselves. The packet says what is wanted, [`carry_out`] does it, with init's privileges, and ends.

use std::sync::Arc;

use super::roots::Roots;
use super::{gadget, lan};
use crate::hid::functions::Functions;
use crate::lan::Addressing;
use crate::slot::errand::{Errand, Usb};
use crate::target::UsbProfile;

/// Asks init for something. Returns at once.
pub type Ask = Arc<dyn Fn(&Errand<'_>) + Send + Sync>;

/// Why an errand came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ErrandError {
    #[error("look at the wired link")]
    Link(#[from] lan::LinkError),
    #[error("give the appliance its USB side")]
    Gadget(#[from] gadget::GadgetError),
    #[error("init does this itself")]
    Init,
}

/// Must be called inside a tokio runtime, by a process with all privileges.
///
/// # Errors
/// The kernel refuses.
pub async fn carry_out(errand: Errand<'_>) -> Result<(), ErrandError> {
    match errand {
        Errand::Address {
            link,
            address,
            router,
        } => Ok(lan::configure(link, &Addressing { address, router }).await?),
        Errand::AllowIpv6 { link, allowed } => Ok(lan::allow_ipv6(link, allowed).await?),
        Errand::Gadget(usb) => {
            gadget::stand_up(&profile(usb), &Roots::of_the_kernel())?;
            Ok(())
        }
        Errand::ResetUsb => Ok(gadget::reset(&Roots::of_the_kernel())?),
        Errand::WakeTarget => Ok(gadget::wake(&Roots::of_the_kernel())?),
        Errand::StepClock(_) | Errand::SlewClock(_) | Errand::HostName(_) => Err(ErrandError::Init),
    }
}

fn profile(usb: Usb<'_>) -> UsbProfile {
    UsbProfile {
        vendor_id: usb.vendor,
        product_id: usb.product,
        manufacturer: usb.manufacturer.to_owned(),
        product: usb.name.to_owned(),
        serial: usb.serial.to_owned(),
        // The packet was checked as it was read.
        functions: Functions::from_bits(usb.functions).unwrap_or(Functions::KEYBOARD),
        keyboard_first: false,
    }
}

/// The same as an errand.
pub(super) fn gadget_of(profile: &UsbProfile) -> Errand<'_> {
    Errand::Gadget(Usb {
        vendor: profile.vendor_id,
        product: profile.product_id,
        functions: profile.functions.bits(),
        manufacturer: &profile.manufacturer,
        name: &profile.product,
        serial: &profile.serial,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_survives_the_way_to_init() {
        let wanted = UsbProfile {
            serial: "7".to_owned(),
            functions: Functions::KEYBOARD,
            ..UsbProfile::default()
        };
        let packet = gadget_of(&wanted).print();
        let Some(Errand::Gadget(usb)) = Errand::parse(&packet) else {
            panic!("not the gadget")
        };
        assert_eq!(profile(usb), wanted);
    }
}
