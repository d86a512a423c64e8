//! The board's H.264 encoder: a node of V4L2 into which pictures go and out of which coded ones come. On a Raspberry Pi 4 it is
//! the VideoCore's (`bcm2835-codec`).
//!
//! A picture of the stream is a JPEG; it is read here by the processor, as the node wants planes.

mod given;
mod layout;
mod node;
mod queue;

use self::node::EncoderNode;
use crate::target::{Made, NoH264, Transcoder};
use crate::video::Frame;
use crate::video::planes::Planes;

/// The encoder of this board; it is looked for when it is needed.
#[must_use]
pub fn transcoder() -> Box<dyn Transcoder> {
    Box::new(Hardware::default())
}

#[derive(Default)]
struct Hardware {
    running: Option<EncoderNode>,
}

impl Transcoder for Hardware {
    fn transcode(&mut self, picture: &Frame, kbps: u16, key: bool) -> Result<Made, NoH264> {
        let Some(planes) = Planes::of_jpeg(&picture.data) else {
            return Ok(Made::unreadable());
        };
        let size = (planes.width, planes.height);
        let fits = |node: &EncoderNode| node.size() == size;
        let running = match self.running.take().filter(fits) {
            Some(running) => running,
            None => EncoderNode::start(size)?,
        };
        let running = self.running.insert(running);
        let made = running
            .encode(picture, &planes, kbps, key)
            .map_err(|error| {
                log::warn!("H.264: {error}");
                NoH264::Failed
            });
        if made.is_err() {
            self.running = None;
        }
        made
    }

    fn stop(&mut self) {
        self.running = None;
    }
}
