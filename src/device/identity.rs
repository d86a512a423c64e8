//! What the gadget should look like in configfs, attribute by attribute, and its serial number.
//!
//! [`gadget`](super::gadget) asks whether the one that stands there already is as it should be.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::hid::Port;
use crate::hid::functions::Functions;
use crate::target::UsbProfile;

/// Its folder's name in configfs.
pub(super) const NAME: &str = "farseat";
/// As an ordinary keyboard with lights; the Pi has its own supply.
pub(super) const MAX_POWER_MA: u16 = 250;
/// Within it.
pub(super) const FUNCTIONS: &str = "functions";
pub(super) const CONFIGURATION: &str = "configs/c.1";
/// bcdDevice.
pub(super) const RELEASE: u16 = 0x0100;

/// bInterfaceSubClass and bInterfaceProtocol (HID 1.11, 4.2 and 4.3).
pub(super) fn boot_class(port: Port) -> (u8, u8) {
    match port {
        Port::Keyboard => (1, 1),
        Port::Relative => (1, 2),
        Port::Absolute | Port::Controls => (0, 0),
    }
}

/// The crate names functions after their driver, the gadget and their place in it.
pub(super) fn function_name(port: Port) -> String {
    let index = Port::ALL
        .iter()
        .position(|known| *known == port)
        .unwrap_or_default();
    format!("hid.{NAME}-{index}")
}

/// Whether the gadget in this folder is the one that the profile describes, and offers what that offers.
/// Any difference, and anything unreadable, means no.
pub(super) fn is_current(gadget: &Path, profile: &UsbProfile) -> bool {
    is_described(gadget, profile) && offered(gadget) == Some(profile.functions)
}

/// The same but for which functions are offered.
pub(super) fn is_described(gadget: &Path, identity: &UsbProfile) -> bool {
    let as_wanted = |(name, wanted): &(PathBuf, Vec<u8>)| {
        fs::read(gadget.join(name)).is_ok_and(|found| same(&found, wanted))
    };
    attributes(identity).iter().all(as_wanted)
        && folder(&gadget.join(FUNCTIONS)) == Port::ALL.map(function_name)
        && folder(&gadget.join("configs")) == ["c.1"]
}

/// The functions that a gadget offers, if these are some of ours.
pub(super) fn offered(gadget: &Path) -> Option<Functions> {
    let linked = linked(&gadget.join(CONFIGURATION));
    let ours = Port::ALL
        .into_iter()
        .filter(|port| linked.contains(&function_name(*port)));
    let ours: Vec<_> = ours.collect();
    let functions = Functions::try_from(ours).ok()?;
    (functions.ports().count() == linked.len()).then_some(functions)
}

/// Values are equal when their bytes are (report descriptors), or as text but for the line end,
/// or as numbers however they are written.
fn same(found: &[u8], wanted: &[u8]) -> bool {
    if found == wanted {
        return true;
    }
    let text =
        |bytes| std::str::from_utf8(bytes).map(|text: &str| text.trim_end_matches('\n').to_owned());
    match (text(found), text(wanted)) {
        (Ok(found), Ok(wanted)) => {
            found == wanted || number(&found).is_some_and(|n| number(&wanted) == Some(n))
        }
        _ => false,
    }
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Attributes that the identity decides, and those that could differ in an older version.
fn attributes(identity: &UsbProfile) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = vec![
        ("idVendor".into(), identity.vendor_id.to_string().into()),
        ("idProduct".into(), identity.product_id.to_string().into()),
        ("bcdDevice".into(), RELEASE.to_string().into()),
        (
            "strings/0x0409/manufacturer".into(),
            identity.manufacturer.clone().into(),
        ),
        (
            "strings/0x0409/product".into(),
            identity.product.clone().into(),
        ),
        (
            "strings/0x0409/serialnumber".into(),
            identity.serial.clone().into(),
        ),
        ("configs/c.1/bmAttributes".into(), "0xa0".into()),
        (
            "configs/c.1/MaxPower".into(),
            MAX_POWER_MA.to_string().into(),
        ),
    ];
    for port in Port::ALL {
        let folder = PathBuf::from(FUNCTIONS).join(function_name(port));
        let (sub_class, protocol) = boot_class(port);
        all.push((folder.join("subclass"), sub_class.to_string().into()));
        all.push((folder.join("protocol"), protocol.to_string().into()));
        all.push((
            folder.join("report_length"),
            port.report_length().to_string().into(),
        ));
        all.push((folder.join("report_desc"), port.descriptor().into()));
    }
    all
}

/// Names in a folder, sorted.
fn folder(path: &Path) -> Vec<String> {
    names(path, |_| true)
}

/// Names of the symbolic links in a folder, sorted.
fn linked(path: &Path) -> Vec<String> {
    names(path, |entry| {
        entry.file_type().is_ok_and(|kind| kind.is_symlink())
    })
}

fn names(path: &Path, wanted: impl Fn(&fs::DirEntry) -> bool) -> Vec<String> {
    let entries = fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .filter(wanted);
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The same with a serial number, whatever was set.
pub(super) fn with_serial(profile: UsbProfile) -> UsbProfile {
    UsbProfile {
        serial: serial(&profile),
        ..profile
    }
}

/// The serial number that the target sees: from the settings, else the board's own, else one
/// made from the machine id, which itself is not for strangers' eyes (machine-id(5)).
fn serial(identity: &UsbProfile) -> String {
    if !identity.serial.is_empty() {
        return identity.serial.clone();
    }
    let read = |path| fs::read_to_string(path).ok();
    serial_from(
        read("/sys/firmware/devicetree/base/serial-number"),
        read("/etc/machine-id"),
    )
}

fn serial_from(board: Option<String>, machine_id: Option<String>) -> String {
    let clean = |text: String| {
        let kept: String = text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(64)
            .collect();
        Some(kept).filter(|kept| !kept.is_empty())
    };
    if let Some(board) = board.and_then(clean) {
        return board;
    }
    match machine_id.and_then(clean) {
        Some(id) => {
            let digest = Sha256::new()
                .chain_update("farseat usb serial ")
                .chain_update(id)
                .finalize();
            digest
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect()
        }
        None => "0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::configfs;

    fn identity() -> UsbProfile {
        UsbProfile {
            serial: "1".to_owned(),
            ..UsbProfile::default()
        }
    }

    /// The gadget as the kernel would show it.
    fn standing(identity: &UsbProfile) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, value) in attributes(identity) {
            let path = root.path().join(&name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let line = if name.ends_with("report_desc") {
                value
            } else {
                [value, b"\n".to_vec()].concat()
            };
            fs::write(path, line).unwrap();
        }
        fs::write(
            root.path().join("idVendor"),
            format!("0x{:04x}\n", identity.vendor_id),
        )
        .unwrap();
        configfs::link(root.path(), identity.functions).unwrap();
        root
    }

    #[test]
    fn an_identical_gadget_is_recognised() {
        let identity = identity();
        assert!(is_current(standing(&identity).path(), &identity));
    }

    #[test]
    fn any_difference_makes_it_another_gadget() {
        let identity = identity();
        for (name, _) in attributes(&identity) {
            let root = standing(&identity);
            fs::write(root.path().join(&name), "77\n").unwrap();
            assert!(!is_current(root.path(), &identity), "{}", name.display());
        }
        let half_built = standing(&identity);
        fs::remove_file(half_built.path().join("configs/c.1/hid.farseat-3")).unwrap();
        assert!(!is_current(half_built.path(), &identity));
        let less = standing(&identity);
        configfs::link(less.path(), Functions::KEYBOARD).unwrap();
        assert!(is_described(less.path(), &identity) && !is_current(less.path(), &identity));
        assert_eq!(offered(less.path()), Some(Functions::KEYBOARD));
        let another = standing(&identity);
        fs::create_dir(another.path().join("functions/mass_storage.0")).unwrap();
        assert!(!is_current(another.path(), &identity));
    }

    #[test]
    fn a_serial_comes_from_the_board_or_hides_the_machine_id() {
        let machine_id = Some("0123456789abcdef0123456789abcdef\n".to_owned());
        assert_eq!(
            serial_from(Some("10000000abcd\0".to_owned()), machine_id.clone()),
            "10000000abcd"
        );
        let hidden = serial_from(None, machine_id);
        assert!(hidden.len() == 16 && !hidden.contains("0123"), "{hidden}");
        assert_eq!(serial_from(Some("\0".to_owned()), None), "0");
    }
}
