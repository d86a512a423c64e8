//! The virtual board's H.264 encoder: hands the planes of a picture to [`Encoder`].

use bytes::Bytes;

use super::h264::Encoder;
use crate::target::{NoH264, Transcoder};
use crate::video::Frame;
use crate::video::planes::Planes;

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
    fn transcode(
        &mut self,
        picture: &Frame,
        _kbps: u16,
        key: bool,
    ) -> Result<Option<Bytes>, NoH264> {
        let planes = Planes::of_jpeg(&picture.data).ok_or(NoH264::Refused)?;
        Ok(Some(self.encoder.encode(planes, key).into()))
    }

    fn stop(&mut self) {
        self.encoder = Encoder::default();
    }
}
