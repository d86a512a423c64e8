//! One open V4L2 node: questions and settings, as thin as `v4l2r`'s ioctl layer allows.
//!
//! Opened through the C library (`std::fs`), not by raw system calls, so that a stand-in device
//! can be preloaded. Non-blocking.

use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use v4l2r::bindings::{
    V4L2_IN_CAP_DV_TIMINGS, v4l2_captureparm, v4l2_dv_timings, v4l2_event, v4l2_format, v4l2_fract,
    v4l2_frmivalenum, v4l2_frmsize_stepwise, v4l2_frmsizeenum, v4l2_input, v4l2_streamparm,
    v4l2_streamparm__bindgen_ty_1,
};
use v4l2r::ioctl::{
    self, Capabilities, Capability, FormatIterator, FrmIvalTypes, FrmSizeTypes, IntoErrno,
};
use v4l2r::nix::errno::Errno;
use v4l2r::{Format, QueueType};

use super::colours::colours;
use super::negotiate::{Choice, Interval, Offer};
use crate::sys::{self, v4l2::Timings};
use crate::video::colours::Colours;
use crate::video::{Mode, NoPicture, PixelFormat};

pub(super) const QUEUE: QueueType = QueueType::VideoCapture;

/// No driver has more; a broken one may list for ever.
const MOST_INPUTS: usize = 16;
const MOST_LISTED: u32 = 64;

/// An errno with what was being done.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {errno}")]
pub(in crate::device) struct NodeError {
    pub(in crate::device) doing: &'static str,
    pub(in crate::device) errno: Errno,
}

impl NodeError {
    pub(in crate::device) fn new(doing: &'static str, errno: impl Into<Errno>) -> NodeError {
        NodeError {
            doing,
            errno: errno.into(),
        }
    }

    /// Of a call whose errors are no plain errno.
    pub(in crate::device) fn of_call(doing: &'static str, error: impl IntoErrno) -> NodeError {
        NodeError::new(doing, Errno::from_raw(error.into_errno()))
    }

    /// What the viewers are told.
    pub(super) fn why(&self) -> NoPicture {
        match self.errno {
            Errno::ENOLINK => NoPicture::NoCable,
            Errno::ENOLCK => NoPicture::NoSync,
            Errno::ERANGE => NoPicture::OutOfRange,
            _ => NoPicture::NoDevice,
        }
    }
}

/// What the driver says about a node.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) driver: String,
    pub(super) card: String,
    /// Whether frames can be streamed from it; a dongle's metadata node says no.
    pub(super) captures: bool,
}

#[derive(Debug)]
pub(in crate::device) struct Node {
    pub(in crate::device) path: PathBuf,
    pub(in crate::device) file: File,
}

impl Node {
    pub(in crate::device) fn open(path: &Path) -> std::io::Result<Node> {
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits() as i32)
            .open(path)?;
        Ok(Node {
            path: path.to_owned(),
            file,
        })
    }

    pub(in crate::device) fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    pub(super) fn identity(&self) -> Result<Identity, NodeError> {
        let capability: Capability = ioctl::querycap(&self.file)
            .map_err(|error| NodeError::new("ask what the device is", error))?;
        let needed = Capabilities::VIDEO_CAPTURE | Capabilities::STREAMING;
        let captures = capability.device_caps().contains(needed);
        Ok(Identity {
            driver: capability.driver,
            card: capability.card,
            captures,
        })
    }

    /// Selects an input with digital timings, if there is one and the current has none, and
    /// returns its index.
    pub(super) fn select_hdmi_input(&self) -> Option<u32> {
        let current = ioctl::g_input(&self.file).ok();
        let inputs = (0..MOST_INPUTS)
            .map_while(|index| ioctl::enuminput::<v4l2_input>(&self.file, index).ok());
        let digital = |input: &v4l2_input| input.capabilities & V4L2_IN_CAP_DV_TIMINGS != 0;
        let digital: Vec<usize> = inputs
            .filter(digital)
            .map(|input| input.index as usize)
            .collect();
        let chosen = current
            .filter(|index| digital.contains(index))
            .or(digital.first().copied())?;
        if current != Some(chosen) {
            ioctl::s_input(&self.file, chosen).ok()?;
        }
        u32::try_from(chosen).ok()
    }

    /// Locks to the timings of the signal; returns the picture that they describe.
    pub(super) fn lock_to_signal(&self) -> Result<Option<Timings>, NodeError> {
        let timings: v4l2_dv_timings = ioctl::query_dv_timings(&self.file)
            .map_err(|error| NodeError::new("detect the signal's timings", error))?;
        let picture = sys::v4l2::picture_of(&timings);
        let _: v4l2_dv_timings = ioctl::s_dv_timings(&self.file, timings)
            .map_err(|error| NodeError::new("set the signal's timings", error))?;
        Ok(picture)
    }

    /// Asks for events when the signal on this input changes. Devices that do not know the event
    /// have no changes to tell of.
    pub(super) fn subscribe_to_changes(&self, input: u32) {
        let event = ioctl::EventType::SourceChange(input);
        if let Err(error) =
            ioctl::subscribe_event(&self.file, event, ioctl::SubscribeEventFlags::empty())
        {
            log::debug!(
                "no source change events from {}: {error}",
                self.path.display()
            );
        }
    }

    /// Takes all events; true if one was a change of the signal. Reads the raw event because
    /// `v4l2r`'s own type knows few of them.
    pub(super) fn signal_changed(&self) -> bool {
        let events = (0..MOST_LISTED).map_while(|_| ioctl::dqevent::<v4l2_event>(&self.file).ok());
        events
            .filter(|event| event.type_ == v4l2r::bindings::V4L2_EVENT_SOURCE_CHANGE)
            .count()
            > 0
    }

    /// Everything that the device lists in formats that we know.
    pub(super) fn offers(&self) -> Vec<Offer> {
        let mut offers = Vec::new();
        for listed in FormatIterator::new(&self.file, QUEUE).take(MOST_LISTED as usize) {
            let fourcc = listed.pixelformat;
            let Some(format) = format_of(fourcc) else {
                continue;
            };
            for (width, height) in self.sizes(fourcc) {
                let intervals = self.intervals(fourcc, width, height);
                offers.push(Offer {
                    format,
                    width,
                    height,
                    intervals,
                });
            }
        }
        offers
    }

    /// Sizes of a format: the listed ones; of a range (a scaler) the usual ones and the current
    /// one; the current one alone where the signal decides and nothing is listed.
    fn sizes(&self, fourcc: v4l2r::PixelFormat) -> Vec<(u32, u32)> {
        let list = |index| ioctl::enum_frame_sizes::<v4l2_frmsizeenum>(&self.file, index, fourcc);
        let mut sizes = Vec::new();
        for listed in (0..MOST_LISTED).map_while(|index| list(index).ok()) {
            match listed.size() {
                Some(FrmSizeTypes::Discrete(size)) => sizes.push((size.width, size.height)),
                Some(FrmSizeTypes::StepWise(range)) => {
                    sizes.extend(usual_sizes(range));
                    sizes.extend(self.current_size());
                    return sizes;
                }
                None => break,
            }
        }
        if sizes.is_empty() {
            sizes.extend(self.current_size());
        }
        sizes
    }

    fn current_size(&self) -> Option<(u32, u32)> {
        let current: Format = ioctl::g_fmt(&self.file, QUEUE).ok()?;
        Some((current.width, current.height))
    }

    fn intervals(&self, fourcc: v4l2r::PixelFormat, width: u32, height: u32) -> Vec<Interval> {
        let interval = |fraction: &v4l2_fract| Interval {
            numerator: fraction.numerator,
            denominator: fraction.denominator,
        };
        let mut intervals = Vec::new();
        for index in 0..MOST_LISTED {
            let listed: Result<v4l2_frmivalenum, _> =
                ioctl::enum_frame_intervals(&self.file, index, fourcc, width, height);
            let Ok(listed) = listed else { break };
            match listed.intervals() {
                Some(FrmIvalTypes::Discrete(fraction)) => intervals.push(interval(fraction)),
                Some(FrmIvalTypes::StepWise(range)) => {
                    intervals.extend([interval(&range.min), interval(&range.max)]);
                    break;
                }
                None => break,
            }
        }
        intervals
    }

    /// Sets format and size; the driver answers with what it really does.
    pub(super) fn set_mode(&mut self, choice: &Choice) -> Result<(Mode, Colours), NodeError> {
        let size = (choice.width as usize, choice.height as usize);
        let wanted = Format::from((fourcc_of(choice.format), size));
        let raw: v4l2_format = ioctl::s_fmt(&mut self.file, (QUEUE, &wanted))
            .map_err(|error| NodeError::new("set the format", error))?;
        let colours = sys::v4l2::colour_codes(&raw)
            .map(colours)
            .unwrap_or_default();
        let mut mode = mode_of(raw).ok_or(NodeError {
            doing: "set a format that we know",
            errno: Errno::EINVAL,
        })?;
        mode.fps = choice
            .interval
            .map_or(0.0, |interval| self.set_interval(interval));
        Ok((mode, colours))
    }

    /// Asks for a frame interval; returns the rate that the driver chose, or the asked one if it
    /// does not say.
    fn set_interval(&self, interval: Interval) -> f32 {
        let timeperframe = v4l2_fract {
            numerator: interval.numerator,
            denominator: interval.denominator,
        };
        let capture = v4l2_captureparm {
            timeperframe,
            ..Default::default()
        };
        let parm = v4l2_streamparm {
            type_: QUEUE as u32,
            parm: v4l2_streamparm__bindgen_ty_1 { capture },
        };
        let got = ioctl::s_parm::<_, v4l2_streamparm>(&self.file, parm).ok();
        let got = got.and_then(|parm| sys::v4l2::capture_interval(&parm));
        got.map_or(interval, |(numerator, denominator)| Interval {
            numerator,
            denominator,
        })
        .fps()
    }
}

/// Sizes that screens have, as far as a scaler can make them.
fn usual_sizes(range: &v4l2_frmsize_stepwise) -> [(u32, u32); 5] {
    let fit = |wanted: u32, min: u32, max: u32| wanted.clamp(min, max.max(min));
    [
        (1920, 1080),
        (1280, 720),
        (1024, 768),
        (800, 600),
        (640, 480),
    ]
    .map(|(width, height)| {
        let width = fit(width, range.min_width, range.max_width);
        (width, fit(height, range.min_height, range.max_height))
    })
}

/// The mode that a driver's answer describes, without its rate.
fn mode_of(raw: v4l2_format) -> Option<Mode> {
    let got = Format::try_from(raw).ok()?;
    let format = format_of(got.pixelformat)?;
    let stride = match format {
        PixelFormat::Mjpeg => 0,
        _ => got.plane_fmt.first()?.bytesperline as usize,
    };
    Some(Mode {
        width: u16::try_from(got.width).ok()?,
        height: u16::try_from(got.height).ok()?,
        fps: 0.0,
        format,
        stride,
    })
}

fn format_of(fourcc: v4l2r::PixelFormat) -> Option<PixelFormat> {
    match &<[u8; 4]>::from(fourcc) {
        // Drivers use both names for the same thing.
        b"MJPG" | b"JPEG" => Some(PixelFormat::Mjpeg),
        b"YUYV" => Some(PixelFormat::Yuyv),
        b"UYVY" => Some(PixelFormat::Uyvy),
        b"NV12" => Some(PixelFormat::Nv12),
        b"RGB3" => Some(PixelFormat::Rgb24),
        _ => None,
    }
}

fn fourcc_of(format: PixelFormat) -> v4l2r::PixelFormat {
    v4l2r::PixelFormat::from(match format {
        PixelFormat::Mjpeg => b"MJPG",
        PixelFormat::Yuyv => b"YUYV",
        PixelFormat::Uyvy => b"UYVY",
        PixelFormat::Nv12 => b"NV12",
        PixelFormat::Rgb24 => b"RGB3",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_signal_become_their_states() {
        let why = |errno: Errno| NodeError::new("test", errno).why();
        assert_eq!(why(Errno::ENOLINK), NoPicture::NoCable);
        assert_eq!(why(Errno::ENOLCK), NoPicture::NoSync);
        assert_eq!(why(Errno::ERANGE), NoPicture::OutOfRange);
        assert_eq!(why(Errno::ENODEV), NoPicture::NoDevice);
    }

    #[test]
    fn every_format_has_its_fourcc() {
        use PixelFormat::{Mjpeg, Nv12, Rgb24, Uyvy, Yuyv};
        for format in [Mjpeg, Yuyv, Uyvy, Nv12, Rgb24] {
            assert_eq!(format_of(fourcc_of(format)), Some(format));
        }
        assert_eq!(format_of(v4l2r::PixelFormat::from(b"JPEG")), Some(Mjpeg));
        assert_eq!(format_of(v4l2r::PixelFormat::from(b"H264")), None);
    }

    #[test]
    fn a_scaler_offers_usual_sizes_within_its_limits() {
        let range = v4l2_frmsize_stepwise {
            min_width: 700,
            max_width: 1280,
            min_height: 10,
            max_height: 720,
            ..Default::default()
        };
        let sizes = usual_sizes(&range);
        assert_eq!((sizes[0], sizes[4]), ((1280, 720), (700, 480)));
        let broken = v4l2_frmsize_stepwise {
            min_width: 9,
            max_width: 3,
            ..range
        };
        assert_eq!(
            usual_sizes(&broken)[0].0,
            9,
            "a range that is none does no harm"
        );
    }

    #[test]
    fn a_file_that_is_no_video_node_is_no_device() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let node = Node::open(file.path()).unwrap();
        assert_eq!(node.identity().unwrap_err().why(), NoPicture::NoDevice);
        assert!(node.offers().is_empty());
        assert_eq!(node.select_hdmi_input(), None);
        assert!(!node.signal_changed());
    }
}
