//! What the target sees of the appliance on the USB cable: settings hold one, the gadget shows it.

use crate::hid::functions::Functions;

/// Who the appliance is on USB, and what it offers there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsbProfile {
    pub vendor_id: u16,
    pub product_id: u16,
    pub manufacturer: String,
    pub product: String,
    /// Empty = one that is made for this device.
    pub serial: String,
    pub functions: Functions,
    /// The boot keyboard first and alone; the rest when somebody plugs it in.
    pub keyboard_first: bool,
}

impl UsbProfile {
    /// What is offered while nobody has plugged in the rest.
    #[must_use]
    pub fn first(&self) -> Functions {
        if self.keyboard_first {
            Functions::KEYBOARD
        } else {
            self.functions
        }
    }
}

impl Default for UsbProfile {
    fn default() -> Self {
        UsbProfile {
            // The Linux Foundation's composite gadget (usb.ids).
            vendor_id: 0x1d6b,
            product_id: 0x0104,
            manufacturer: "Farseat".to_owned(),
            product: "Farseat KVM".to_owned(),
            serial: String::new(),
            functions: Functions::ALL,
            keyboard_first: false,
        }
    }
}
