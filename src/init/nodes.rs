//! Who owns the device nodes: the kernel makes them for root, this gives those that `serve` uses to it.
//!
//! The table decides, [`give_all`] and [`give`] act: once for what is there at boot, then for each that comes.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{Gid, Mode, Uid, chmod, chown};

use super::SERVE;
use crate::sys::uevents::Uevent;

const DEV: &str = "/dev";
const ROOT: u32 = 0;

/// Names below `/dev` (`*` at the end: whatever follows), owner, mode.
const TABLE: [(&str, u32, u32); 12] = [
    ("video*", SERVE, 0o600),
    ("v4l-subdev*", SERVE, 0o600),
    ("media*", SERVE, 0o600),
    ("hidg*", SERVE, 0o600),
    ("gpiochip*", SERVE, 0o600),
    // The text screen that the console's words go to.
    ("tty1", SERVE, 0o600),
    // The serial lines, which they go to as well: nothing is read from them.
    ("ttyAMA*", SERVE, 0o200),
    ("ttyS*", SERVE, 0o200),
    // What the card holds is init's alone.
    ("mmcblk*", ROOT, 0o600),
    ("vd*", ROOT, 0o600),
    ("vcio", ROOT, 0o600),
    ("watchdog*", ROOT, 0o600),
];

/// Owner and mode of a node; `None`: as the kernel made it.
fn entry(node: &str) -> Option<(u32, u32)> {
    let matches = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => node.starts_with(start),
        None => node == pattern,
    };
    TABLE
        .iter()
        .find(|(pattern, ..)| matches(pattern))
        .map(|&(_, owner, mode)| (owner, mode))
}

/// Every node that is there.
pub(super) fn give_all() -> Vec<String> {
    let Ok(nodes) = fs::read_dir(DEV) else {
        return vec![format!("no {DEV}")];
    };
    nodes
        .flatten()
        .filter_map(|node| give_named(&node.file_name().to_string_lossy()).err())
        .collect()
}

/// The node of a device that came.
pub(super) fn give(event: &Uevent) -> Result<(), String> {
    match &event.node {
        Some(node) if event.action == "add" => give_named(node),
        _ => Ok(()),
    }
}

fn give_named(node: &str) -> Result<(), String> {
    let Some((owner, mode)) = entry(node) else {
        return Ok(());
    };
    let path = Path::new(DEV).join(node);
    let given = chown(
        &path,
        Some(Uid::from_raw(owner)),
        Some(Gid::from_raw(owner)),
    )
    .and_then(|()| chmod(&path, Mode::from_raw_mode(mode)));
    match given {
        // It went again, as nodes do.
        Err(error) if io::Error::from(error).kind() == io::ErrorKind::NotFound => Ok(()),
        given => given.map_err(|error| format!("give {}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serve_uses_is_its_own() {
        for node in [
            "video0",
            "video10",
            "hidg2",
            "media0",
            "v4l-subdev1",
            "tty1",
        ] {
            assert_eq!(entry(node), Some((SERVE, 0o600)), "{node}");
        }
    }

    #[test]
    fn the_card_and_the_watchdog_are_not() {
        for node in ["mmcblk0", "mmcblk0p4", "vda", "watchdog0", "vcio"] {
            assert_eq!(entry(node), Some((ROOT, 0o600)), "{node}");
        }
    }

    #[test]
    fn other_nodes_stay_as_the_kernel_made_them() {
        for node in ["null", "tty10", "console", "input/event0", ""] {
            assert_eq!(entry(node), None, "{node}");
        }
    }

    #[test]
    fn a_device_that_goes_or_has_no_node_is_no_business() {
        let event = |action: &str, node: Option<&str>| Uevent {
            action: action.to_owned(),
            subsystem: "video4linux".to_owned(),
            node: node.map(str::to_owned),
        };
        assert_eq!(give(&event("remove", Some("video0"))), Ok(()));
        assert_eq!(give(&event("add", None)), Ok(()));
        assert_eq!(
            give(&event("add", Some("video99999"))),
            Ok(()),
            "gone before we looked"
        );
    }
}
