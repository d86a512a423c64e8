//! What the target's operating system, its power switch and its cable can do to the gadget.
//!
//! Each is a write to a file of the guest's kernel; the agent makes it. The virtual cable (`dummy_hcd`) joins the
//! gadget to a USB host controller of the same kernel.

use crate::target::{Target, TargetError};

const DEVICES: &str = "/sys/bus/usb/devices";
const GADGETS: &str = "/sys/kernel/config/usb_gadget";

impl Target {
    /// The gadget as the target's kernel names it, such as `3-1`.
    fn gadget_device(&self) -> Result<String, TargetError> {
        for name in self.list(DEVICES)? {
            let is_device = name.contains('-') && !name.contains(':');
            if is_device
                && self
                    .link(&format!("{DEVICES}/{name}"))?
                    .contains("dummy_hcd")
            {
                return Ok(format!("{DEVICES}/{name}"));
            }
        }
        Err(TargetError::NoGadget)
    }

    /// The target's operating system puts the gadget to sleep.
    ///
    /// # Errors
    /// The agent's words.
    pub fn sleep(&self) -> Result<(), TargetError> {
        let device = self.gadget_device()?;
        // Without a delay a kernel that is just busy with the device tries no second time (`rpm_suspend` of
        // drivers/base/power/runtime.c).
        self.write(&format!("{device}/power/autosuspend_delay_ms"), "50")?;
        self.write(&format!("{device}/power/control"), "auto")
    }

    /// The target's operating system wakes the gadget.
    ///
    /// # Errors
    /// The agent's words.
    pub fn wake(&self) -> Result<(), TargetError> {
        self.write(&format!("{}/power/control", self.gadget_device()?), "on")
    }

    /// The target's operating system no longer uses the gadget; it stays on the bus.
    ///
    /// # Errors
    /// The agent's words.
    pub fn deconfigure(&self) -> Result<(), TargetError> {
        self.write(
            &format!("{}/bConfigurationValue", self.gadget_device()?),
            "-1",
        )
    }

    /// The target's operating system uses the gadget again.
    ///
    /// # Errors
    /// The agent's words.
    pub fn configure(&self) -> Result<(), TargetError> {
        self.write(
            &format!("{}/bConfigurationValue", self.gadget_device()?),
            "1",
        )
    }

    /// The target's USB port goes dead, as when it is switched off or the cable is pulled.
    ///
    /// # Errors
    /// The agent's words.
    pub fn pull_cable(&self) -> Result<(), TargetError> {
        self.write(&self.port_switch()?, "1")
    }

    /// The target's USB port comes back.
    ///
    /// # Errors
    /// The agent's words.
    pub fn plug_cable(&self) -> Result<(), TargetError> {
        self.write(&self.port_switch()?, "0")
    }

    /// The port's switch on the host controller. Not `soft_connect` of the controller: in Linux 6.12 that never
    /// enumerates again.
    fn port_switch(&self) -> Result<String, TargetError> {
        let bus = self.bus()?;
        let number = bus.trim_start_matches("usb");
        Ok(format!(
            "{DEVICES}/{bus}/{number}-0:1.0/{bus}-port1/disable"
        ))
    }

    /// The host's side of the virtual cable.
    fn bus(&self) -> Result<String, TargetError> {
        for bus in self.list(DEVICES)? {
            if bus.starts_with("usb")
                && self
                    .link(&format!("{DEVICES}/{bus}"))?
                    .contains("dummy_hcd")
            {
                return Ok(bus);
            }
        }
        Err(TargetError::NoGadget)
    }

    /// Whether the target's operating system uses what is plugged in from now on.
    ///
    /// # Errors
    /// The agent's words.
    pub fn welcome(&self, welcome: bool) -> Result<(), TargetError> {
        let bus = self.bus()?;
        let text = if welcome { "1" } else { "0" };
        self.write(&format!("{DEVICES}/{bus}/authorized_default"), text)
    }

    /// Takes the gadget off its controller: its device nodes vanish from the appliance, which has to put it back.
    ///
    /// # Errors
    /// The agent's words.
    pub fn unbind(&self) -> Result<(), TargetError> {
        let gadget = self.list(GADGETS)?.into_iter().next();
        let gadget = gadget.ok_or(TargetError::NoGadget)?;
        self.write(&format!("{GADGETS}/{gadget}/UDC"), "\n")
    }
}
