//! A node that streams: its buffers, and the newest frame in them.
//!
//! Dropping it stops streaming and frees the buffers.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::time::{ClockId, Timespec, clock_gettime};
use v4l2r::bindings::{
    V4L2_BUF_FLAG_ERROR, V4L2_BUF_FLAG_TIMESTAMP_MASK, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
    v4l2_buffer,
};
use v4l2r::ioctl::{self, MemoryConsistency, PlaneMapping, QueryBuffer, UncheckedV4l2Buffer};
use v4l2r::memory::MemoryType;
use v4l2r::nix::errno::Errno;

use super::node::{Node, NodeError, QUEUE};
use crate::target::Delivery;
use crate::video::{Mode, NoPicture, RawFrame};

/// One being filled, one waiting, one being read, and one to spare.
const BUFFERS: u32 = 4;

/// A frame older than this when it arrives has a clock that is not ours.
const OLDEST_FRAME: Duration = Duration::from_secs(1);

pub(super) struct Running {
    node: Node,
    mode: Mode,
    /// By the index that the driver uses. Mapped once: mapping per frame costs more than the frame.
    buffers: Vec<PlaneMapping>,
    /// Frames still to be thrown away after the start.
    garbage: u32,
    skipped: u32,
    damaged: u32,
}

impl Running {
    /// Gets buffers and starts streaming in the mode that was set.
    pub(super) fn start(node: Node, mode: Mode, garbage: u32) -> Result<Running, NodeError> {
        let count: usize = ioctl::reqbufs(
            &node.file,
            QUEUE,
            MemoryType::Mmap,
            BUFFERS,
            MemoryConsistency::empty(),
        )
        .map_err(|error| NodeError::new("get buffers", error))?;
        let mut running = Running {
            node,
            mode,
            buffers: Vec::new(),
            garbage,
            skipped: 0,
            damaged: 0,
        };
        for index in 0..count {
            let buffer = running.map(index)?;
            running.buffers.push(buffer);
            running.queue(index as u32)?;
        }
        ioctl::streamon(&running.node.file, QUEUE)
            .map_err(|error| NodeError::new("start streaming", error))?;
        Ok(running)
    }

    /// See [`Capture::next`](crate::target::Capture::next).
    pub(super) fn next(
        &mut self,
        timeout: Duration,
        take: &mut dyn FnMut(RawFrame<'_>),
    ) -> Result<Delivery, NoPicture> {
        let deadline = now() + timeout;
        loop {
            let ready = self.wait(deadline.saturating_sub(now()))?;
            if ready.contains(PollFlags::PRI) && self.node.signal_changed() {
                return Err(NoPicture::Changed);
            }
            if ready.intersects(PollFlags::IN | PollFlags::ERR | PollFlags::HUP) {
                let newest = self.drain().map_err(|error| self.broken(&error))?;
                if let Some(buffer) = newest {
                    return self
                        .lend(&buffer, take)
                        .map_err(|error| self.broken(&error));
                }
                if ready.intersects(PollFlags::ERR | PollFlags::HUP) {
                    // The queue is dead though it does not say so: this is how a pulled plug
                    // looks with some drivers.
                    return Err(NoPicture::NoDevice);
                }
            }
            if now() >= deadline {
                return Ok(self.nothing());
            }
        }
    }

    fn wait(&self, timeout: Duration) -> Result<PollFlags, NoPicture> {
        let fd = self.node.fd();
        let mut polled = [PollFd::new(&fd, PollFlags::IN | PollFlags::PRI)];
        let timeout = Timespec::try_from(timeout).unwrap_or_default();
        match rustix::event::poll(&mut polled, Some(&timeout)) {
            Ok(_) => Ok(polled[0].revents()),
            Err(rustix::io::Errno::INTR) => Ok(PollFlags::empty()),
            Err(error) => {
                log::warn!("wait for {}: {error}", self.node.path.display());
                Err(NoPicture::NoDevice)
            }
        }
    }

    /// Takes all finished buffers and keeps the newest good one; the others go straight back.
    fn drain(&mut self) -> Result<Option<v4l2_buffer>, NodeError> {
        let mut newest: Option<v4l2_buffer> = None;
        // At most as many as there are, should a driver fill them faster than we look.
        for _ in 0..self.buffers.len() {
            let Some(buffer) = self.dequeue()? else { break };
            if buffer.flags & V4L2_BUF_FLAG_ERROR != 0 || buffer.bytesused == 0 {
                self.damaged += 1;
                self.queue(buffer.index)?;
            } else if self.garbage > 0 {
                self.garbage -= 1;
                self.skipped += 1;
                self.queue(buffer.index)?;
            } else if let Some(older) = newest.replace(buffer) {
                self.skipped += 1;
                self.queue(older.index)?;
            }
        }
        Ok(newest)
    }

    fn dequeue(&self) -> Result<Option<v4l2_buffer>, NodeError> {
        match ioctl::dqbuf::<UncheckedV4l2Buffer>(&self.node.file, QUEUE) {
            Ok(buffer) => Ok(Some(buffer.0)),
            Err(error) => {
                let error = NodeError::of_call("take a frame", error);
                if error.errno == Errno::EAGAIN {
                    Ok(None)
                } else {
                    Err(error)
                }
            }
        }
    }

    fn lend(
        &mut self,
        buffer: &v4l2_buffer,
        take: &mut dyn FnMut(RawFrame<'_>),
    ) -> Result<Delivery, NodeError> {
        let mapped = self.buffers.get(buffer.index as usize);
        let mapped = mapped.ok_or(NodeError {
            doing: "find the frame's buffer",
            errno: Errno::EINVAL,
        })?;
        let data = &mapped[..mapped.len().min(buffer.bytesused as usize)];
        take(RawFrame {
            data,
            captured: capture_time(buffer, now()),
            mode: self.mode,
        });
        self.queue(buffer.index)?;
        Ok(Delivery::Frame {
            skipped: std::mem::take(&mut self.skipped),
            damaged: std::mem::take(&mut self.damaged),
        })
    }

    /// Damaged frames are reported even when no good one came.
    fn nothing(&mut self) -> Delivery {
        if self.damaged == 0 {
            return Delivery::Nothing;
        }
        Delivery::Frame {
            skipped: std::mem::take(&mut self.skipped),
            damaged: std::mem::take(&mut self.damaged),
        }
    }

    fn queue(&self, index: u32) -> Result<(), NodeError> {
        let memory = MemoryType::Mmap as u32;
        let buffer = v4l2_buffer {
            index,
            type_: QUEUE as u32,
            memory,
            ..Default::default()
        };
        let queued: Result<(), _> = ioctl::qbuf(&self.node.file, UncheckedV4l2Buffer(buffer, None));
        queued.map_err(|error| NodeError::of_call("give a buffer back", error))
    }

    fn map(&self, index: usize) -> Result<PlaneMapping, NodeError> {
        let layout: QueryBuffer = ioctl::querybuf(&self.node.file, QUEUE, index)
            .map_err(|error| NodeError::of_call("ask for a buffer", error))?;
        let plane = layout
            .planes
            .first()
            .ok_or_else(|| NodeError::new("find a buffer's plane", Errno::EINVAL))?;
        ioctl::mmap(&self.node.file, plane.mem_offset, plane.length)
            .map_err(|error| NodeError::new("map a buffer", error))
    }

    /// An error while frames flow: the device went away. If it did not, the next start will tell
    /// what is the matter.
    fn broken(&self, error: &NodeError) -> NoPicture {
        log::info!("capture from {} ends: {error}", self.node.path.display());
        error.why()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // All of these fail when the device is gone, and then there is nothing left to free.
        let _ = ioctl::streamoff(&self.node.file, QUEUE);
        self.buffers.clear();
        let freed: Result<(), _> = ioctl::reqbufs(
            &self.node.file,
            QUEUE,
            MemoryType::Mmap,
            0,
            MemoryConsistency::empty(),
        );
        drop(freed);
    }
}

/// The driver's time stamp, if it is on our clock and makes sense there.
fn capture_time(buffer: &v4l2_buffer, now: Duration) -> Duration {
    let on_our_clock =
        buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    let seconds = u64::try_from(buffer.timestamp.tv_sec).unwrap_or_default();
    let micros = u64::try_from(buffer.timestamp.tv_usec).unwrap_or_default();
    let stamp = Duration::from_secs(seconds).saturating_add(Duration::from_micros(micros));
    let plausible = stamp <= now && now - stamp <= OLDEST_FRAME;
    if on_our_clock && plausible {
        stamp
    } else {
        now
    }
}

fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(flags: u32, seconds: i64) -> v4l2_buffer {
        let mut buffer = v4l2_buffer {
            flags,
            ..Default::default()
        };
        buffer.timestamp.tv_sec = seconds;
        buffer
    }

    #[test]
    fn the_drivers_time_stamp_is_used_if_it_is_plausible() {
        let now = Duration::from_millis(100_500);
        let at = |flags, seconds| capture_time(&stamped(flags, seconds), now);
        assert_eq!(
            at(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC, 100),
            Duration::from_secs(100)
        );
        assert_eq!(
            at(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC, 101),
            now,
            "from the future"
        );
        assert_eq!(at(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC, 99), now, "too old");
        assert_eq!(at(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC, i64::MIN), now);
        assert_eq!(at(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC, i64::MAX), now);
        assert_eq!(at(0, 100), now, "on an unknown clock");
    }
}
