//! An encoder's node: found by what it can do, set up for one size, fed picture by picture.

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use v4l2r::bindings::{
    V4L2_CID_MPEG_VIDEO_BITRATE, V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME,
    V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, V4L2_CID_MPEG_VIDEO_H264_LEVEL,
    V4L2_CID_MPEG_VIDEO_H264_PROFILE, V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER,
    v4l2_mpeg_video_h264_level_V4L2_MPEG_VIDEO_H264_LEVEL_4_0 as LEVEL_4_0,
    v4l2_mpeg_video_h264_profile_V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE as CONSTRAINED_BASELINE,
    v4l2_rect,
};
use v4l2r::ioctl::{
    self, Capabilities, Capability, FormatIterator, SelectionFlags, SelectionTarget, SelectionType,
};
use v4l2r::nix::errno::Errno;
use v4l2r::{Format, PixelFormat, PlaneLayout, QueueType};

use super::given::Given;
use super::layout::Layout;
use super::queue::{Came, Queue};
use crate::device::v4l2::{Node, NodeError, listed};
use crate::target::{Fate, Made, NoH264, Unit};
use crate::video::Frame;
use crate::video::h264::{self, Headers};
use crate::video::planes::Planes;

const PLANES: &[u8; 4] = b"YU12";
/// What an encoder is taken for.
const CODED: &[Coded] = &[
    Coded {
        format: H264,
        can_begin: h264::can_begin,
    },
    // Made by the kernel's virtual one (vicodec), which stands for a board's in the lab: no page decodes it, and nothing that
    // ships asks for it. Its head (`struct fwht_cframe_hdr`) has V4L2_FWHT_FL_I_FRAME among its flags.
    #[cfg(feature = "development")]
    Coded {
        format: b"FWHT",
        can_begin: |data| data.get(22).is_some_and(|flags| flags & 4 != 0),
    },
];
const H264: &[u8; 4] = b"H264";
/// No driver has more; a broken one may list for ever.
const MOST_FORMATS: usize = 64;
/// An encoder that has not answered in this time gets the next picture first.
const ANSWER: Duration = Duration::from_millis(200);
/// Bytes. Some drivers break a picture up that is larger than the buffer that they would choose.
const LARGEST_UNIT: u32 = 2 << 20;
/// Pictures from one key to the next, when nobody asks: a viewer that joins asks.
const KEYS_APART: i32 = 600;

pub(super) struct EncoderNode {
    node: Node,
    coded: &'static Coded,
    size: (usize, usize),
    layout: Layout,
    pictures: Queue,
    units: Queue,
    given: Given,
    headers: Headers,
    kbps: Option<u16>,
}

/// Which sides a node has: one plane of memory, or several; and what comes out.
#[derive(Clone, Copy)]
struct Sides {
    pictures: QueueType,
    units: QueueType,
    coded: &'static Coded,
}

struct Coded {
    format: &'static [u8; 4],
    /// Whether a decoder that knows nothing can begin with this.
    can_begin: fn(&[u8]) -> bool,
}

impl EncoderNode {
    /// Finds an encoder and sets it up.
    pub(super) fn start(size: (usize, usize)) -> Result<EncoderNode, NoH264> {
        let found = listed().into_iter().find_map(|path| look_at(&path));
        let (node, sides) = found.ok_or(NoH264::NoEncoder)?;
        let path = node.path.clone();
        Self::set_up(node, sides, size)
            .inspect(|_| log::info!("H.264 of {}x{} by {}", size.0, size.1, path.display()))
            .map_err(|error| {
                log::warn!("H.264 by {}: {error}", path.display());
                NoH264::Refused
            })
    }

    pub(super) fn size(&self) -> (usize, usize) {
        self.size
    }

    fn set_up(mut node: Node, sides: Sides, size: (usize, usize)) -> Result<Self, NodeError> {
        // The coded side first: it decides what the other one takes.
        set_format(
            &mut node,
            sides.units,
            sides.coded.format,
            size,
            LARGEST_UNIT,
        )?;
        let layout = set_format(&mut node, sides.pictures, PLANES, size, 0)?;
        if !layout.holds(size.0, size.1) {
            return Err(NodeError::new(
                "fit a picture into an encoder's format",
                Errno::EINVAL,
            ));
        }
        show_only(&node, size);
        for (control, value) in [
            (
                V4L2_CID_MPEG_VIDEO_H264_PROFILE,
                CONSTRAINED_BASELINE as i32,
            ),
            (V4L2_CID_MPEG_VIDEO_H264_LEVEL, LEVEL_4_0 as i32),
            (V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, KEYS_APART),
            (V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, 1),
        ] {
            wish(&node, control, value);
        }
        let pictures = Queue::of(&node.file, sides.pictures)?;
        let mut units = Queue::of(&node.file, sides.units)?;
        units.give_all(&node.file)?;
        pictures.start(&node.file)?;
        units.start(&node.file)?;
        Ok(EncoderNode {
            node,
            coded: sides.coded,
            size,
            layout,
            pictures,
            units,
            given: Given::default(),
            headers: Headers::default(),
            kbps: None,
        })
    }

    /// One picture in; what comes out within [`ANSWER`], of this one and of earlier ones.
    pub(super) fn encode(
        &mut self,
        picture: &Frame,
        planes: &Planes,
        kbps: u16,
        key: bool,
    ) -> Result<Made, NodeError> {
        if self.kbps.replace(kbps) != Some(kbps) {
            let wanted = i32::from(kbps) * 1000;
            wish(&self.node, V4L2_CID_MPEG_VIDEO_BITRATE, wanted);
        }
        if key {
            wish(&self.node, V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME, 1);
        }
        while self.pictures.take(&self.node.file)?.is_some() {}
        if let Some((index, memory)) = self.pictures.room()
            && let Some(length) = self.layout.write(planes, memory)
        {
            let stamp = self.given.stamp(picture.captured, picture.content);
            self.pictures.give(&self.node.file, index, length, stamp)?;
        }
        self.collect(picture.content, Instant::now() + ANSWER)
    }

    /// Until this content came out.
    fn collect(&mut self, content: u64, until: Instant) -> Result<Made, NodeError> {
        let mut made = Made::default();
        loop {
            while let Some(came) = self.units.take(&self.node.file)? {
                let shown = self.given.came(came.stamp);
                made.units.extend(self.unit(&came)?);
                if shown == Some(content) {
                    made.picture = Fate::Coded;
                    return Ok(made);
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(made);
            }
            wait(&self.node, left)?;
        }
    }

    /// None: what came holds no picture.
    fn unit(&mut self, came: &Came) -> Result<Option<Unit>, NodeError> {
        let data = Bytes::copy_from_slice(self.units.bytes(came));
        self.units.give(&self.node.file, came.index, 0, 0)?;
        if came.damaged {
            // What follows refers to it.
            return Err(NodeError::new("encode a picture", Errno::EIO));
        }
        let data = if self.coded.format == H264 {
            self.headers.join(data)
        } else {
            Some(data)
        };
        Ok(data.map(|data| Unit {
            alone: (self.coded.can_begin)(&data),
            data,
        }))
    }
}

/// Until something comes out, at most so long. An interrupted wait is a short one.
fn wait(node: &Node, most: Duration) -> Result<(), NodeError> {
    let fd = node.fd();
    let most = Timespec::try_from(most).unwrap_or_default();
    let mut fds = [PollFd::new(&fd, PollFlags::IN)];
    let _ = poll(&mut fds, Some(&most));
    // A queue that does not run answers at once, every time.
    if fds[0].revents().contains(PollFlags::ERR) {
        return Err(NodeError::new("wait for an encoder", Errno::EPIPE));
    }
    Ok(())
}

/// A control that the driver may not have.
fn wish(node: &Node, control: u32, value: i32) {
    if let Err(error) = ioctl::s_ctrl(&node.file, control, value) {
        log::debug!("{}: control {control:#x}: {error}", node.path.display());
    }
}

fn set_format(
    node: &mut Node,
    side: QueueType,
    format: &[u8; 4],
    (width, height): (usize, usize),
    least: u32,
) -> Result<Layout, NodeError> {
    let mut wanted = Format::from((PixelFormat::from(format), (width, height)));
    wanted.plane_fmt = vec![PlaneLayout {
        sizeimage: least,
        bytesperline: 0,
    }];
    let got: Format = ioctl::s_fmt(&mut node.file, (side, &wanted))
        .map_err(|error| NodeError::new("set an encoder's format", error))?;
    let plane = got.plane_fmt.first();
    let refused = || NodeError::new("set an encoder's format", Errno::EINVAL);
    if got.pixelformat != PixelFormat::from(format) {
        return Err(refused());
    }
    let plane = plane.ok_or_else(refused)?;
    Ok(Layout {
        stride: plane.bytesperline as usize,
        rows: got.height as usize,
        size: plane.sizeimage as usize,
    })
}

/// Drivers round sizes up, to whole blocks. Only this much is the picture.
fn show_only(node: &Node, (width, height): (usize, usize)) {
    let picture = v4l2_rect {
        width: width as u32,
        height: height as u32,
        ..v4l2_rect::default()
    };
    let (side, what) = (SelectionType::Output, SelectionTarget::Crop);
    let none = SelectionFlags::empty();
    let shown: Result<v4l2_rect, _> = ioctl::s_selection(&node.file, side, what, picture, none);
    if let Err(error) = shown {
        log::debug!("{}: the visible part: {error}", node.path.display());
    }
}

/// An encoder, open.
fn look_at(path: &Path) -> Option<(Node, Sides)> {
    let node = Node::open(path).ok()?;
    let capability: Capability = ioctl::querycap(&node.file).ok()?;
    let can = |what| capability.device_caps().contains(what);
    let (pictures, units) = if can(Capabilities::VIDEO_M2M_MPLANE) {
        (QueueType::VideoOutputMplane, QueueType::VideoCaptureMplane)
    } else if can(Capabilities::VIDEO_M2M) {
        (QueueType::VideoOutput, QueueType::VideoCapture)
    } else {
        return None;
    };
    let has = |side, format: &[u8; 4]| {
        let mut formats = FormatIterator::new(&node.file, side).take(MOST_FORMATS);
        formats.any(|listed| listed.pixelformat == PixelFormat::from(format))
    };
    let coded = CODED.iter().find(|coded| has(units, coded.format))?;
    let sides = Sides {
        pictures,
        units,
        coded,
    };
    has(pictures, PLANES).then_some((node, sides))
}
