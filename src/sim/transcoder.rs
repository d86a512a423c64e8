//! The virtual board's H.264 encoder: hands the planes of a picture to [`Encoder`].

use super::h264::Encoder;
use crate::target::{Made, NoH264, Transcoder, Unit};
use crate::video::planes::Planes;
use crate::video::{Frame, h264};

/// One that makes H.264 without a loss, whatever its wish for kbit/s.
#[must_use]
pub fn transcoder() -> Box<dyn Transcoder> {
    Box::new(SimTranscoder::default())
}

#[derive(Default)]
struct SimTranscoder {
    encoder: Encoder,
}

impl Transcoder for SimTranscoder {
    fn transcode(&mut self, picture: &Frame, _kbps: u16, key: bool) -> Result<Made, NoH264> {
        let Some(planes) = Planes::of_jpeg(&picture.data) else {
            return Ok(Made::unreadable());
        };
        let data = self.encoder.encode(planes, key);
        let alone = h264::can_begin(&data);
        let data = data.into();
        Ok(Unit { data, alone }.into())
    }

    fn stop(&mut self) {
        self.encoder = Encoder::default();
    }
}
