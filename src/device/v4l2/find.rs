//! Finds the capture node by what it can do, not by its number.

use std::path::{Path, PathBuf};

use super::node::{Identity, Node};
use super::quirks::{Quirks, is_cable, quirks};

/// Tried when the listing of `/dev` shows no capture node: it may be there all the same, through
/// a preloaded library or in a sandbox that hides the directory.
const USUAL_NODE: &str = "/dev/video0";

/// A node that can be captured from, open.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) node: Node,
    pub(super) card: String,
    pub(super) quirks: Quirks,
}

/// Opens the best capture node, or just `wanted` if that is given.
pub(super) fn find(wanted: Option<&Path>) -> Option<Found> {
    if let Some(path) = wanted {
        return look_at(path).ok();
    }
    let listed = listed().into_iter().filter_map(|path| look_at(&path).ok());
    // The first of the best: nodes of one dongle come in the order of their numbers.
    let best = listed.min_by_key(|found| rank(&found.quirks));
    best.or_else(|| look_at(Path::new(USUAL_NODE)).ok())
}

/// Why a node is not the one. Every other node of a Pi is not; that is no news.
struct NotThis;

fn look_at(path: &Path) -> Result<Found, NotThis> {
    let node = Node::open(path).map_err(|error| {
        log::debug!("open {}: {error}", path.display());
        NotThis
    })?;
    let Identity {
        driver,
        card,
        captures,
    } = node.identity().map_err(|error| {
        log::debug!("{}: {error}", path.display());
        NotThis
    })?;
    if captures && is_cable(&driver) {
        Ok(Found {
            node,
            card,
            quirks: quirks(usb_id(path)),
        })
    } else {
        Err(NotThis)
    }
}

/// Lower is better.
fn rank(quirks: &Quirks) -> u8 {
    match quirks {
        Quirks {
            is_dongle: true, ..
        } => 0,
        // A bridge is there for nothing else; a device on USB may be a webcam.
        Quirks {
            prefer_mjpeg: false,
            ..
        } => 1,
        _ => 2,
    }
}

/// `/dev/video*` by number.
pub(in crate::device) fn listed() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("/dev").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut numbers: Vec<u16> = names.filter_map(|name| number(&name)).collect();
    numbers.sort_unstable();
    numbers
        .into_iter()
        .map(|number| PathBuf::from(format!("/dev/video{number}")))
        .collect()
}

fn number(name: &str) -> Option<u16> {
    let digits = name.strip_prefix("video")?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

/// Vendor and product of the USB device behind a node.
fn usb_id(path: &Path) -> Option<(u16, u16)> {
    let name = path.file_name()?;
    // `device` links to the USB interface; the ids are those of the device above it.
    let device = Path::new("/sys/class/video4linux")
        .join(name)
        .join("device/..");
    let id = |file: &str| {
        std::fs::read_to_string(device.join(file))
            .ok()
            .and_then(|text| hex(&text))
    };
    Some((id("idVendor")?, id("idProduct")?))
}

fn hex(text: &str) -> Option<u16> {
    u16::from_str_radix(text.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_video_nodes_are_looked_at() {
        assert_eq!(number("video0"), Some(0));
        assert_eq!(number("video12"), Some(12));
        assert_eq!(
            ["video", "video+1", "video1x", "vbi0", "videos"].map(number),
            [None; 5]
        );
    }

    #[test]
    fn sysfs_ids_are_hexadecimal() {
        assert_eq!(hex("534d\n"), Some(0x534d));
        assert_eq!(hex("zz"), None);
    }

    #[test]
    fn a_known_dongle_beats_a_bridge_beats_a_webcam() {
        let ranks = [Some((0x534d, 0x2109)), None, Some((1, 1))].map(|usb| rank(&quirks(usb)));
        assert!(ranks.is_sorted() && ranks[0] < ranks[1] && ranks[1] < ranks[2]);
    }

    #[test]
    fn a_wanted_node_that_is_missing_is_not_replaced_by_another() {
        let folder = tempfile::tempdir().unwrap();
        assert!(find(Some(&folder.path().join("video0"))).is_none());
    }
}
