//! What each setting may be: the one place that knows. Pure.

use std::net::SocketAddr;
use std::path::Path;

use super::mouse::{check_jiggler, check_mouse};
use super::network::{check_network, check_time};
use super::update::check_update;
use super::wake::check_wake;
use super::{CaptureSettings, DeviceSettings, Settings, VideoSettings, WebSettings};
use crate::target::UsbProfile;

/// One value that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} = {given} is not allowed: {allowed}")]
pub struct NotAllowed {
    /// Dotted, as in the file: `video.quality`.
    pub key: &'static str,
    pub given: String,
    /// A sentence part that says what would be right.
    pub allowed: &'static str,
}

impl NotAllowed {
    /// What was given may be long and hostile: the message shows only its beginning.
    #[must_use]
    pub fn new(key: &'static str, given: &str, allowed: &'static str) -> NotAllowed {
        let beginning = given.chars().take(80);
        NotAllowed {
            key,
            given: beginning.flat_map(char::escape_debug).collect(),
            allowed,
        }
    }
}

/// A picture smaller than this is a mistake; larger than this no capture device delivers.
const SIZES: std::ops::RangeInclusive<u16> = 160..=4096;

/// A USB string descriptor has one length byte: two bytes of header and 126 UTF-16 units
/// (USB 2.0, 9.6.7).
const USB_STRING_UNITS: usize = 126;

impl Settings {
    /// Checks every value.
    ///
    /// # Errors
    /// The first value that is not allowed.
    pub fn check(&self) -> Result<(), NotAllowed> {
        check_device(&self.device)?;
        check_network(&self.network)?;
        check_time(&self.time)?;
        check_web(&self.web)?;
        check_video(&self.video)?;
        check_capture(&self.capture)?;
        check_usb(&self.usb)?;
        check_mouse(&self.mouse)?;
        check_jiggler(&self.jiggler)?;
        check_wake(&self.wake)?;
        check_update(&self.update)
    }
}

fn check_device(device: &DeviceSettings) -> Result<(), NotAllowed> {
    let name = &device.name;
    let fits = (1..=63).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    // RFC 1123, 2.1: the name is one label of `name.local`.
    require(
        fits,
        "device.name",
        name,
        "1 to 63 letters, digits and inner hyphens",
    )
}

fn check_web(web: &WebSettings) -> Result<(), NotAllowed> {
    let loopback = web
        .loopback
        .is_none_or(|address| address.ip().is_loopback());
    require(
        loopback,
        "web.loopback",
        &shown(web.loopback),
        "an address of this machine only, such as 127.0.0.1:8080, or \"off\"",
    )?;
    let taken = |other: Option<SocketAddr>| {
        other.is_some_and(|other| other == web.https && other.port() != 0)
    };
    require(
        !taken(web.http),
        "web.http",
        &shown(web.http),
        "an address that web.https does not have, or \"off\"",
    )?;
    require(
        !taken(web.loopback),
        "web.loopback",
        &shown(web.loopback),
        "an address that web.https does not have, or \"off\"",
    )
}

fn check_video(video: &VideoSettings) -> Result<(), NotAllowed> {
    let size = |size: u16| size == 0 || SIZES.contains(&size);
    require(
        (1..=100).contains(&video.quality),
        "video.quality",
        &video.quality,
        "1 to 100",
    )?;
    require(
        (25..=20_000).contains(&video.h264_kbps),
        "video.h264_kbps",
        &video.h264_kbps,
        "25 to 20000 (kbit/s)",
    )?;
    require(
        video.max_fps <= 120,
        "video.max_fps",
        &video.max_fps,
        "0 (as fast as the source) to 120",
    )?;
    require(
        size(video.width),
        "video.width",
        &video.width,
        "0 (the source's own) or 160 to 4096",
    )?;
    require(
        size(video.height),
        "video.height",
        &video.height,
        "0 (the source's own) or 160 to 4096",
    )
}

fn check_capture(capture: &CaptureSettings) -> Result<(), NotAllowed> {
    let device = capture.device.as_deref();
    let is_node = device.is_none_or(|node| {
        node.starts_with("/dev") && !node.ends_with("..") && node != Path::new("/dev")
    });
    let given = device.unwrap_or(Path::new("")).display();
    require(
        is_node,
        "capture.device",
        &given,
        "the path of a device node, such as /dev/video0; without it, the best is found",
    )
}

fn check_usb(usb: &UsbProfile) -> Result<(), NotAllowed> {
    require(
        usb.vendor_id != 0,
        "usb.vendor_id",
        &usb.vendor_id,
        "1 to 0xffff",
    )?;
    let text = |text: &str| {
        text.encode_utf16().count() <= USB_STRING_UNITS && !text.chars().any(char::is_control)
    };
    let allowed = "at most 126 characters, none of them a control character";
    require(
        text(&usb.manufacturer),
        "usb.manufacturer",
        &usb.manufacturer,
        allowed,
    )?;
    require(text(&usb.product), "usb.product", &usb.product, allowed)?;
    require(text(&usb.serial), "usb.serial", &usb.serial, allowed)
}

fn shown(address: Option<SocketAddr>) -> String {
    address.map_or_else(|| "off".to_owned(), |address| address.to_string())
}

pub(super) fn require(
    fits: bool,
    key: &'static str,
    given: &dyn ToString,
    allowed: &'static str,
) -> Result<(), NotAllowed> {
    if fits {
        return Ok(());
    }
    Err(NotAllowed::new(key, &given.to_string(), allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(edit: impl FnOnce(&mut Settings)) -> &'static str {
        let mut settings = Settings::default();
        edit(&mut settings);
        settings
            .check()
            .map_or_else(|problem| problem.key, |()| "nothing")
    }

    #[test]
    fn the_defaults_are_allowed() {
        assert_eq!(refused(|_| ()), "nothing");
    }

    #[test]
    fn each_video_value_has_its_limits() {
        assert_eq!(refused(|s| s.video.quality = 0), "video.quality");
        assert_eq!(refused(|s| s.video.quality = 101), "video.quality");
        assert_eq!(refused(|s| s.video.quality = 100), "nothing");
        assert_eq!(refused(|s| s.video.max_fps = 121), "video.max_fps");
        assert_eq!(refused(|s| s.video.width = 159), "video.width");
        assert_eq!(refused(|s| s.video.height = 4097), "video.height");
        assert_eq!(
            refused(|s| (s.video.width, s.video.height) = (160, 4096)),
            "nothing"
        );
    }

    #[test]
    fn the_name_is_one_host_label() {
        for bad in ["", "-a", "a-", "a.b", "a b", "ü", "a\n", &"x".repeat(64)] {
            assert_eq!(
                refused(|s| s.device.name = bad.to_owned()),
                "device.name",
                "{bad:?}"
            );
        }
        assert_eq!(refused(|s| s.device.name = "Rack-2".to_owned()), "nothing");
    }

    #[test]
    fn the_plain_console_stays_on_this_machine() {
        assert_eq!(
            refused(|s| s.web.loopback = "0.0.0.0:8080".parse().ok()),
            "web.loopback"
        );
        assert_eq!(
            refused(|s| s.web.loopback = "127.0.0.1:8080".parse().ok()),
            "nothing"
        );
        assert_eq!(
            refused(|s| s.web.loopback = "[::1]:8080".parse().ok()),
            "nothing"
        );
    }

    #[test]
    fn two_faces_cannot_share_one_address() {
        assert_eq!(refused(|s| s.web.http = Some(s.web.https)), "web.http");
    }

    #[test]
    fn the_capture_device_is_a_device_node() {
        assert_eq!(
            refused(|s| s.capture.device = Some("video0".into())),
            "capture.device"
        );
        assert_eq!(
            refused(|s| s.capture.device = Some("/etc/passwd".into())),
            "capture.device"
        );
        assert_eq!(
            refused(|s| s.capture.device = Some("/dev/v4l/by-id/dongle".into())),
            "nothing"
        );
    }

    #[test]
    fn usb_strings_fit_their_descriptor() {
        assert_eq!(refused(|s| s.usb.product = "x".repeat(127)), "usb.product");
        // Each of these takes two UTF-16 units.
        assert_eq!(refused(|s| s.usb.product = "😀".repeat(64)), "usb.product");
        assert_eq!(refused(|s| s.usb.serial = "a\0b".to_owned()), "usb.serial");
        assert_eq!(refused(|s| s.usb.vendor_id = 0), "usb.vendor_id");
    }

    #[test]
    fn a_long_value_is_cut_in_the_message() {
        let mut settings = Settings::default();
        settings.device.name = "x".repeat(10_000);
        let message = settings.check().expect_err("too long").to_string();
        assert!(message.len() < 300, "{message}");
    }
}
