//! Reads the unions in answers of `VIDIOC_S_FMT`, `VIDIOC_S_PARM` and `VIDIOC_QUERY_DV_TIMINGS`,
//! which the `v4l2r` crate hands over as the kernel filled them. Makes no system call of its own.

#![allow(unsafe_code)]

use v4l2r::bindings::v4l2_buf_type_V4L2_BUF_TYPE_VIDEO_CAPTURE as VIDEO_CAPTURE;
use v4l2r::bindings::{V4L2_DV_BT_656_1120, v4l2_dv_timings, v4l2_format, v4l2_streamparm};

/// The time between frames, numerator and denominator in seconds, that a capture queue runs with.
#[must_use]
pub fn capture_interval(parm: &v4l2_streamparm) -> Option<(u32, u32)> {
    if parm.type_ != VIDEO_CAPTURE {
        return None;
    }
    // SAFETY: `capture` is the member that belongs to this type (checked above); it is made of
    // integers, for which every bit pattern is a value, and the union was initialised in full
    // (zeroed by the caller, then written by the kernel).
    let capture = unsafe { parm.parm.capture };
    let interval = capture.timeperframe;
    (interval.numerator > 0 && interval.denominator > 0)
        .then_some((interval.numerator, interval.denominator))
}

/// What a format says about its colours, in the kernel's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColourCodes {
    /// `V4L2_COLORSPACE_*`
    pub colorspace: u32,
    /// `V4L2_YCBCR_ENC_*`
    pub encoding: u32,
    /// `V4L2_QUANTIZATION_*`
    pub quantization: u32,
}

/// The colours of a single-planar capture format.
#[must_use]
pub fn colour_codes(format: &v4l2_format) -> Option<ColourCodes> {
    if format.type_ != VIDEO_CAPTURE {
        return None;
    }
    // SAFETY: `pix` is the member that belongs to this type (checked above); it is made of
    // integers, for which every bit pattern is a value, and the union was initialised in full
    // (zeroed by the caller, then written by the kernel).
    let pix = unsafe { format.fmt.pix };
    // SAFETY: both members of this union are the same integer.
    let encoding = unsafe { pix.__bindgen_anon_1.ycbcr_enc };
    Some(ColourCodes {
        colorspace: pix.colorspace,
        encoding,
        quantization: pix.quantization,
    })
}

/// What digital video timings come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timings {
    pub width: u32,
    pub height: u32,
    /// Frames per second; 0 when the timings do not add up.
    pub rate: f32,
}

/// The picture that digital video timings describe.
#[must_use]
pub fn picture_of(timings: &v4l2_dv_timings) -> Option<Timings> {
    // The struct is packed: copy the field before use.
    let kind = timings.type_;
    if kind != V4L2_DV_BT_656_1120 {
        return None;
    }
    // SAFETY: `bt` is the member that belongs to this type (checked above); it is made of
    // integers, for which every bit pattern is a value, and the union was initialised in full
    // (zeroed by the caller, then written by the kernel).
    let bt = unsafe { timings.__bindgen_anon_1.bt };
    let sum = |parts: [u32; 4]| parts.iter().map(|&part| u64::from(part)).sum::<u64>() as f64;
    let (width, height, clock) = (bt.width, bt.height, bt.pixelclock);
    let (hf, hs, hb) = (bt.hfrontporch, bt.hsync, bt.hbackporch);
    let (vf, vs, vb) = (bt.vfrontporch, bt.vsync, bt.vbackporch);
    let total = sum([width, hf, hs, hb]) * sum([height, vf, vs, vb]);
    let rate = if total > 0.0 {
        (clock as f64 / total) as f32
    } else {
        0.0
    };
    Some(Timings {
        width,
        height,
        rate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use v4l2r::bindings::{v4l2_bt_timings, v4l2_captureparm, v4l2_fract, v4l2_pix_format};

    #[test]
    fn an_interval_of_nothing_is_none() {
        let mut parm = v4l2_streamparm {
            type_: VIDEO_CAPTURE,
            ..Default::default()
        };
        assert_eq!(capture_interval(&parm), None);
        let timeperframe = v4l2_fract {
            numerator: 1001,
            denominator: 30000,
        };
        parm.parm.capture = v4l2_captureparm {
            timeperframe,
            ..Default::default()
        };
        assert_eq!(capture_interval(&parm), Some((1001, 30000)));
        parm.type_ = VIDEO_CAPTURE + 1;
        assert_eq!(
            capture_interval(&parm),
            None,
            "not a capture queue's answer"
        );
    }

    #[test]
    fn colours_are_read_from_a_capture_format_only() {
        let mut format = v4l2_format::default();
        assert_eq!(colour_codes(&format), None);
        format.type_ = VIDEO_CAPTURE;
        let mut pix = v4l2_pix_format {
            colorspace: 3,
            quantization: 2,
            ..Default::default()
        };
        pix.__bindgen_anon_1.ycbcr_enc = 1;
        format.fmt.pix = pix;
        let expected = ColourCodes {
            colorspace: 3,
            encoding: 1,
            quantization: 2,
        };
        assert_eq!(colour_codes(&format), Some(expected));
    }

    #[test]
    fn full_hd_timings_are_sixty_frames() {
        let mut timings = v4l2_dv_timings {
            type_: V4L2_DV_BT_656_1120,
            ..Default::default()
        };
        assert_eq!(picture_of(&timings).map(|seen| seen.rate), Some(0.0));
        // CEA-861 mode 16.
        timings.__bindgen_anon_1.bt = v4l2_bt_timings {
            width: 1920,
            height: 1080,
            pixelclock: 148_500_000,
            hfrontporch: 88,
            hsync: 44,
            hbackporch: 148,
            vfrontporch: 4,
            vsync: 5,
            vbackporch: 36,
            ..Default::default()
        };
        let expected = Timings {
            width: 1920,
            height: 1080,
            rate: 60.0,
        };
        assert_eq!(picture_of(&timings), Some(expected));
        timings.type_ = V4L2_DV_BT_656_1120 + 1;
        assert_eq!(picture_of(&timings), None, "timings of another kind");
    }
}
