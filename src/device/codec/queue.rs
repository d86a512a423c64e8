//! One side of a codec's node, and its buffers: pictures go in at one side, coded ones come out at the other ("Memory-to-Memory
//! Stateful Video Encoder Interface" of the kernel's media documents).

use std::fs::File;

use v4l2r::QueueType;
use v4l2r::bindings::timeval;
use v4l2r::ioctl::{
    self, BufferFlags, MemoryConsistency, PlaneMapping, QBufPlane, QBuffer, QueryBuffer, V4l2Buffer,
};
use v4l2r::memory::{MemoryType, MmapHandle};
use v4l2r::nix::errno::Errno;

use crate::device::v4l2::NodeError;

/// In microseconds.
const SECOND: u64 = 1_000_000;
/// One that the driver has, and one that is being filled or read.
const BUFFERS: u32 = 3;

pub(super) struct Queue {
    side: QueueType,
    /// By the index that the driver uses.
    buffers: Vec<PlaneMapping>,
    /// Those that the driver does not have.
    free: Vec<usize>,
}

/// A buffer that came back.
pub(super) struct Came {
    pub(super) index: usize,
    pub(super) length: usize,
    pub(super) damaged: bool,
    /// Microseconds: that of the picture that went in.
    pub(super) stamp: u64,
}

impl Queue {
    /// Gets buffers for the format that was set.
    pub(super) fn of(file: &File, side: QueueType) -> Result<Queue, NodeError> {
        let memory = MemoryType::Mmap;
        let count: usize = ioctl::reqbufs(file, side, memory, BUFFERS, MemoryConsistency::empty())
            .map_err(|error| NodeError::new("get a codec's buffers", error))?;
        let buffers: Result<Vec<_>, _> = (0..count).map(|index| map(file, side, index)).collect();
        Ok(Queue {
            side,
            buffers: buffers?,
            free: (0..count).collect(),
        })
    }

    pub(super) fn start(&self, file: &File) -> Result<(), NodeError> {
        ioctl::streamon(file, self.side)
            .map_err(|error| NodeError::new("start a codec's queue", error))
    }

    /// Memory to write the next picture to; none while the driver has all of it.
    pub(super) fn room(&mut self) -> Option<(usize, &mut [u8])> {
        let index = *self.free.last()?;
        Some((index, self.buffers.get_mut(index)?))
    }

    pub(super) fn bytes(&self, came: &Came) -> &[u8] {
        let buffer = self
            .buffers
            .get(came.index)
            .map_or(&[][..], |buffer| buffer);
        &buffer[..came.length.min(buffer.len())]
    }

    /// Gives this one to the driver, with a stamp in microseconds.
    pub(super) fn give(
        &mut self,
        file: &File,
        index: usize,
        length: usize,
        stamp: u64,
    ) -> Result<(), NodeError> {
        let (seconds, rest) = (stamp / SECOND, stamp % SECOND);
        let mut buffer = QBuffer::<MmapHandle>::new(self.side, index as u32)
            .set_timestamp(seconds.cast_signed(), rest.cast_signed());
        buffer.planes.push(QBufPlane::new(length));
        ioctl::qbuf::<_, ()>(file, buffer)
            .map_err(|error| NodeError::of_call("give a codec a buffer", error))?;
        self.free.retain(|free| *free != index);
        Ok(())
    }

    /// Gives it all that it does not have, to be filled.
    pub(super) fn give_all(&mut self, file: &File) -> Result<(), NodeError> {
        for index in self.free.clone() {
            self.give(file, index, 0, 0)?;
        }
        Ok(())
    }

    /// One that the driver is done with.
    pub(super) fn take(&mut self, file: &File) -> Result<Option<Came>, NodeError> {
        let buffer: V4l2Buffer = match ioctl::dqbuf(file, self.side) {
            Ok(buffer) => buffer,
            Err(error) => {
                let error = NodeError::of_call("take a codec's buffer", error);
                return if error.errno == Errno::EAGAIN {
                    Ok(None)
                } else {
                    Err(error)
                };
            }
        };
        let index = buffer.index() as usize;
        if index < self.buffers.len() && !self.free.contains(&index) {
            self.free.push(index);
        }
        Ok(Some(Came {
            index,
            length: *buffer.get_first_plane().bytesused as usize,
            damaged: buffer.flags().contains(BufferFlags::ERROR),
            stamp: micros(buffer.timestamp()),
        }))
    }
}

fn micros(time: timeval) -> u64 {
    let (seconds, rest) = (time.tv_sec.unsigned_abs(), time.tv_usec.unsigned_abs());
    seconds.saturating_mul(SECOND).saturating_add(rest)
}

fn map(file: &File, side: QueueType, index: usize) -> Result<PlaneMapping, NodeError> {
    let layout: QueryBuffer = ioctl::querybuf(file, side, index)
        .map_err(|error| NodeError::of_call("ask for a codec's buffer", error))?;
    // All formats that are used here have one plane of memory.
    let [plane] = &layout.planes[..] else {
        return Err(NodeError::new(
            "find a codec's buffer in one piece",
            Errno::EINVAL,
        ));
    };
    ioctl::mmap(file, plane.mem_offset, plane.length)
        .map_err(|error| NodeError::new("map a codec's buffer", error))
}
