//! What is known about dongles by their USB id, and which nodes are no video cable at all.

/// Idiosyncrasies of one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quirks {
    pub(super) name: &'static str,
    /// A capture dongle for certain: taken before anything that may as well be a webcam.
    pub(super) is_dongle: bool,
    /// Frames after each start that are whole JPEGs of rubbish.
    pub(super) garbage_frames: u32,
    /// Whether JPEGs are to be taken rather than raw pixels, when there are both.
    pub(super) prefer_mjpeg: bool,
}

/// Any other device on USB: raw 1080p does not fit through USB 2 at a useful rate.
const GENERIC_USB: Quirks = Quirks {
    name: "USB capture device",
    is_dongle: false,
    garbage_frames: 0,
    prefer_mjpeg: true,
};

/// Whatever is not on USB: an HDMI bridge on CSI, or a virtual device.
const BRIDGE: Quirks = Quirks {
    name: "capture device",
    is_dongle: false,
    garbage_frames: 0,
    prefer_mjpeg: false,
};

/// MacroSilicon's chips: the first frame after a start mixes old and new picture data and has a
/// whole structure nevertheless, so only counting gets rid of it. Their raw modes are slow
/// (MS2109: 1080p YUYV at 5 fps).
const fn macrosilicon(name: &'static str) -> Quirks {
    Quirks {
        name,
        is_dongle: true,
        garbage_frames: 1,
        prefer_mjpeg: true,
    }
}

/// By vendor and product.
const TABLE: [((u16, u16), Quirks); 4] = [
    ((0x534d, 0x2109), macrosilicon("MacroSilicon MS2109")),
    ((0x345f, 0x2109), macrosilicon("MacroSilicon MS2109S")),
    ((0x345f, 0x2130), macrosilicon("MacroSilicon MS2130")),
    ((0x345f, 0x2131), macrosilicon("MacroSilicon MS2131")),
];

/// Drivers whose capture nodes are stages of a camera pipeline or a codec.
const NOT_CABLES: [&str; 6] = [
    "bcm2835-isp",
    "bcm2835-codec",
    "bm2835 mmal",
    "pispbe",
    "rpivid",
    "rpi-hevc-dec",
];

/// What is known about a device; `usb` is its vendor and product.
pub(super) fn quirks(usb: Option<(u16, u16)>) -> Quirks {
    let known = TABLE
        .into_iter()
        .find(|(id, _)| Some(*id) == usb)
        .map(|(_, quirks)| quirks);
    known.unwrap_or(if usb.is_some() { GENERIC_USB } else { BRIDGE })
}

/// Whether a driver's capture nodes can be the end of a video cable.
pub(super) fn is_cable(driver: &str) -> bool {
    !NOT_CABLES.contains(&driver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dongles_are_found_by_their_id() {
        assert_eq!(quirks(Some((0x534d, 0x2109))).name, "MacroSilicon MS2109");
        assert!(quirks(Some((0x345f, 0x2130))).is_dongle);
    }

    #[test]
    fn unknown_usb_devices_prefer_jpeg_and_bridges_raw_pixels() {
        assert!(quirks(Some((1, 2))).prefer_mjpeg && !quirks(Some((1, 2))).is_dongle);
        assert!(!quirks(None).prefer_mjpeg);
    }

    #[test]
    fn a_stage_of_the_camera_pipeline_is_no_cable() {
        assert!(!is_cable("bcm2835-isp"));
        assert!(is_cable("uvcvideo") && is_cable("unicam") && is_cable("vivid"));
    }
}
