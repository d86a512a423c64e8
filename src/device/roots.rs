//! Where the kernel shows the gadget: configfs, the controllers' class, device nodes.
//!
//! The gadget's thread and its ports look there; tests bring folders of their own.

use std::path::{Path, PathBuf};

use super::hidg::Function;
use super::identity::{NAME, function_name};
use crate::hid::Port;

/// Where the kernel shows its things; tests have their own.
#[derive(Debug, Clone)]
pub(super) struct Roots {
    pub(super) gadgets: PathBuf,
    pub(super) controllers: PathBuf,
    pub(super) dev: PathBuf,
}

impl Roots {
    pub(super) fn of_the_kernel() -> Roots {
        Roots {
            gadgets: "/sys/kernel/config/usb_gadget".into(),
            controllers: "/sys/class/udc".into(),
            dev: "/dev".into(),
        }
    }

    pub(super) fn gadget(&self) -> PathBuf {
        self.gadgets.join(NAME)
    }

    pub(super) fn function(&self, port: Port) -> Function {
        Function {
            folder: self.gadget().join("functions").join(function_name(port)),
            dev: self.dev.clone(),
        }
    }
}

/// True as long as the gadget is in configfs and bound.
pub(super) fn is_bound(gadget: &Path) -> bool {
    std::fs::read_to_string(gadget.join("UDC"))
        .is_ok_and(|controller| !controller.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gadget_without_a_controller_in_its_udc_file_is_not_bound() {
        let gadget = tempfile::tempdir().unwrap();
        assert!(!is_bound(gadget.path()));
        std::fs::write(gadget.path().join("UDC"), "\n").unwrap();
        assert!(!is_bound(gadget.path()));
        std::fs::write(gadget.path().join("UDC"), "dummy_udc.0\n").unwrap();
        assert!(is_bound(gadget.path()));
    }
}
