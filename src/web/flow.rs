//! Which frame a viewer is sent next: the newest, one at a time, and none that looks the same. Pure.
//!
//! ```text
//! offer ─▶ waiting (newest wins) ─take─▶ unacknowledged ─acknowledge─▶ free for the next
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::video::Frame;

/// A viewer that acknowledges nothing for so long is gone.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct Flow {
    waiting: Option<Arc<Frame>>,
    unacknowledged: Option<(u32, Instant)>,
    /// What the viewer shows.
    shown: Option<u64>,
}

impl Flow {
    /// A new frame: it replaces one that still waits.
    pub(crate) fn offer(&mut self, frame: Arc<Frame>) {
        self.waiting = (self.shown != Some(frame.content)).then_some(frame);
    }

    /// The picture is gone: the next one is news whatever it shows.
    pub(crate) fn clear(&mut self) {
        self.waiting = None;
        self.shown = None;
    }

    /// The frame to send now, when one waits and the viewer is free.
    pub(crate) fn take(&mut self, now: Instant) -> Option<Arc<Frame>> {
        if self.unacknowledged.is_some() {
            return None;
        }
        let frame = self.waiting.take()?;
        self.shown = Some(frame.content);
        self.unacknowledged = Some((frame.id, now));
        Some(frame)
    }

    /// The viewer painted or dropped this frame. Any other number is of no interest.
    pub(crate) fn acknowledge(&mut self, id: u32) {
        if self.unacknowledged.is_some_and(|(sent, _)| sent == id) {
            self.unacknowledged = None;
        }
    }

    /// When the viewer is given up.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.unacknowledged.map(|(_, sent)| sent + PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(id: u32, content: u64) -> Arc<Frame> {
        Arc::new(Frame::drawn(id, content))
    }

    fn take(flow: &mut Flow) -> Option<u32> {
        flow.take(Instant::now()).map(|frame| frame.id)
    }

    #[test]
    fn the_next_frame_waits_for_the_acknowledgement_and_is_the_newest() {
        let mut flow = Flow::default();
        flow.offer(frame(1, 1));
        assert_eq!(take(&mut flow), Some(1));
        flow.offer(frame(2, 2));
        flow.offer(frame(3, 3));
        assert_eq!(take(&mut flow), None);
        flow.acknowledge(1);
        assert_eq!(take(&mut flow), Some(3));
        assert_eq!(take(&mut flow), None);
    }

    #[test]
    fn only_the_sent_frame_can_be_acknowledged() {
        let mut flow = Flow::default();
        flow.offer(frame(7, 1));
        take(&mut flow);
        flow.offer(frame(8, 2));
        flow.acknowledge(6);
        flow.acknowledge(8);
        assert_eq!(take(&mut flow), None);
        flow.acknowledge(7);
        assert_eq!(take(&mut flow), Some(8));
    }

    #[test]
    fn a_frame_that_looks_the_same_is_not_sent_again() {
        let mut flow = Flow::default();
        flow.offer(frame(1, 5));
        take(&mut flow);
        flow.acknowledge(1);
        flow.offer(frame(2, 5));
        assert_eq!(take(&mut flow), None);
        flow.offer(frame(3, 6));
        assert_eq!(take(&mut flow), Some(3));
    }

    #[test]
    fn a_change_that_went_back_before_it_was_sent_is_not_sent() {
        let mut flow = Flow::default();
        flow.offer(frame(1, 5));
        take(&mut flow);
        flow.offer(frame(2, 6));
        flow.offer(frame(3, 5));
        flow.acknowledge(1);
        assert_eq!(take(&mut flow), None);
    }

    #[test]
    fn after_the_signal_was_lost_the_same_picture_is_sent_again() {
        let mut flow = Flow::default();
        flow.offer(frame(1, 5));
        take(&mut flow);
        flow.acknowledge(1);
        flow.clear();
        flow.offer(frame(2, 5));
        assert_eq!(take(&mut flow), Some(2));
    }

    #[test]
    fn only_an_unacknowledged_frame_has_a_deadline() {
        let mut flow = Flow::default();
        let now = Instant::now();
        assert_eq!(flow.deadline(), None);
        flow.offer(frame(1, 1));
        flow.take(now);
        assert_eq!(flow.deadline(), Some(now + PATIENCE));
        flow.acknowledge(1);
        assert_eq!(flow.deadline(), None);
    }
}
