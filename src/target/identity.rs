//! Who the appliance is on the USB cable: settings hold one, the gadget says it.

/// What the appliance says it is on the USB cable.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsbIdentity {
    pub vendor_id: u16,
    pub product_id: u16,
    pub manufacturer: String,
    pub product: String,
    /// Empty = one that is made for this device.
    pub serial: String,
}

impl Default for UsbIdentity {
    fn default() -> Self {
        UsbIdentity {
            // The Linux Foundation's composite gadget (usb.ids).
            vendor_id: 0x1d6b,
            product_id: 0x0104,
            manufacturer: "Farseat".to_owned(),
            product: "Farseat KVM".to_owned(),
            serial: String::new(),
        }
    }
}
