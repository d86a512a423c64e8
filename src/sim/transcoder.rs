//! The virtual board's H.264 encoder: reads the JPEG and hands its planes to [`Encoder`].

use bytes::Bytes;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::h264::{Encoder, Planes};
use crate::target::{NoH264, Transcoder};
use crate::video::{Codec, Frame};

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
        if picture.codec != Codec::Jpeg {
            return Err(NoH264::Refused);
        }
        let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::YCbCr);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&picture.data[..]), options);
        let pixels = decoder.decode().map_err(|error| {
            log::warn!("read a picture for the virtual encoder: {error:?}");
            NoH264::Refused
        })?;
        let (width, height) = decoder.dimensions().ok_or(NoH264::Refused)?;
        let planes = Planes::of(&pixels, width, height);
        Ok(Some(self.encoder.encode(planes, key).into()))
    }

    fn stop(&mut self) {
        self.encoder = Encoder::default();
    }
}
