//! What a device's colour codes say about its YUV numbers. Pure.
//!
//! Follows the kernel's own defaults (`V4L2_MAP_YCBCR_ENC_DEFAULT` and
//! `V4L2_MAP_QUANTIZATION_DEFAULT` in `videodev2.h`).

use v4l2r::bindings as v4l2;

use crate::sys::v4l2::ColourCodes;
use crate::video::colours::{Colours, Matrix, Range};

/// The meaning of YUV with these codes.
pub(super) fn colours(codes: ColourCodes) -> Colours {
    Colours {
        range: range(codes),
        matrix: matrix(codes),
    }
}

fn range(codes: ColourCodes) -> Range {
    match codes.quantization {
        v4l2::v4l2_quantization_V4L2_QUANTIZATION_FULL_RANGE => Range::Full,
        v4l2::v4l2_quantization_V4L2_QUANTIZATION_LIM_RANGE => Range::Limited,
        _ if codes.colorspace == v4l2::v4l2_colorspace_V4L2_COLORSPACE_JPEG => Range::Full,
        _ => Range::Limited,
    }
}

fn matrix(codes: ColourCodes) -> Matrix {
    match codes.encoding {
        v4l2::v4l2_ycbcr_encoding_V4L2_YCBCR_ENC_709
        | v4l2::v4l2_ycbcr_encoding_V4L2_YCBCR_ENC_XV709
        // Nearer to BT.2020 than BT.601 is, and no dongle has BT.2020.
        | v4l2::v4l2_ycbcr_encoding_V4L2_YCBCR_ENC_BT2020 => Matrix::Bt709,
        v4l2::v4l2_ycbcr_encoding_V4L2_YCBCR_ENC_DEFAULT => match codes.colorspace {
            v4l2::v4l2_colorspace_V4L2_COLORSPACE_REC709
            | v4l2::v4l2_colorspace_V4L2_COLORSPACE_DCI_P3
            | v4l2::v4l2_colorspace_V4L2_COLORSPACE_BT2020 => Matrix::Bt709,
            _ => Matrix::Bt601,
        },
        _ => Matrix::Bt601,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(colorspace: u32, encoding: u32, quantization: u32) -> (Range, Matrix) {
        let colours = colours(ColourCodes {
            colorspace,
            encoding,
            quantization,
        });
        (colours.range, colours.matrix)
    }

    #[test]
    fn a_dongle_that_says_nothing_sends_limited_bt601() {
        let srgb = v4l2::v4l2_colorspace_V4L2_COLORSPACE_SRGB;
        assert_eq!(of(0, 0, 0), (Range::Limited, Matrix::Bt601));
        assert_eq!(of(srgb, 0, 0), (Range::Limited, Matrix::Bt601));
    }

    #[test]
    fn hdtv_is_bt709_by_its_colour_space_or_by_its_encoding() {
        let rec709 = v4l2::v4l2_colorspace_V4L2_COLORSPACE_REC709;
        let enc709 = v4l2::v4l2_ycbcr_encoding_V4L2_YCBCR_ENC_709;
        let enc601 = v4l2::v4l2_ycbcr_encoding_V4L2_YCBCR_ENC_601;
        assert_eq!(of(rec709, 0, 0), (Range::Limited, Matrix::Bt709));
        assert_eq!(of(0, enc709, 0), (Range::Limited, Matrix::Bt709));
        assert_eq!(of(rec709, enc601, 0), (Range::Limited, Matrix::Bt601));
    }

    #[test]
    fn what_the_device_says_of_its_range_is_believed() {
        let jpeg = v4l2::v4l2_colorspace_V4L2_COLORSPACE_JPEG;
        assert_eq!(of(jpeg, 0, 0), (Range::Full, Matrix::Bt601));
        assert_eq!(of(0, 0, 1), (Range::Full, Matrix::Bt601));
        assert_eq!(of(jpeg, 0, 2), (Range::Limited, Matrix::Bt601));
    }
}
