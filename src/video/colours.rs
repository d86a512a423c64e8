//! What YUV numbers mean, and how they become what a JPEG means by them.
//!
//! JFIF knows one meaning: BT.601 with the full range of 0 to 255. Video from HDMI usually has
//! black at 16 and white at 235, and above 576 lines often BT.709; shown as it is, it looks pale
//! and its greens are off. Pure arithmetic, shaped for vector code.

/// The range of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Range {
    /// 0 to 255.
    #[default]
    Full,
    /// Black 16, white 235, colour 16 to 240.
    Limited,
}

/// How Y, Cb and Cr are made of red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Matrix {
    #[default]
    Bt601,
    Bt709,
}

/// The meaning of a source's YUV. The default is what JPEG means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Colours {
    pub range: Range,
    pub matrix: Matrix,
}

/// Weights of Y, Cb and Cr in each of them, for 709 → 601, both in full range: the product of
/// the one's matrix to RGB and the other's from it.
const BT709_TO_BT601: [[f32; 3]; 3] = [
    [1.0, 0.101_579, 0.196_076],
    [0.0, 0.989_854, -0.110_653],
    [0.0, -0.072_453, 0.983_398],
];

/// Fixed point: a sample is shifted up, multiplied, and the high half of the product taken, which
/// is one instruction for eight samples; three bits of fraction remain.
const SAMPLE_BITS: u32 = 7;
const WEIGHT_BITS: u32 = 12;
const FRACTION_BITS: u32 = SAMPLE_BITS + WEIGHT_BITS - 16;

/// The conversion of one source's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conversion {
    black: i16,
    /// Rows: Y, Cb, Cr of the result. Columns: what each takes of the source's.
    weights: [[i16; 3]; 3],
}

impl Colours {
    /// `None` when the numbers are right as they are.
    pub(super) fn conversion(self) -> Option<Conversion> {
        if self == Colours::default() {
            return None;
        }
        let (black, luma, chroma) = match self.range {
            Range::Full => (0, 1.0, 1.0),
            Range::Limited => (16, 255.0 / 219.0, 255.0 / 224.0),
        };
        let mut weights = [[0; 3]; 3];
        for (row, weights) in weights.iter_mut().enumerate() {
            for (column, weight) in weights.iter_mut().enumerate() {
                let same = if row == column { 1.0 } else { 0.0 };
                let mixed = match self.matrix {
                    Matrix::Bt601 => same,
                    Matrix::Bt709 => BT709_TO_BT601[row][column],
                };
                let scale = if column == 0 { luma } else { chroma };
                *weight = (mixed * scale * (1 << WEIGHT_BITS) as f32).round() as i16;
            }
        }
        Some(Conversion { black, weights })
    }
}

impl Conversion {
    /// Converts lines of the same length in place.
    pub(super) fn apply(&self, y: &mut [u8], cb: &mut [u8], cr: &mut [u8]) {
        let [for_y, for_cb, for_cr] = self.weights;
        if self.is_separate() {
            y.iter_mut()
                .for_each(|y| *y = scale(i16::from(*y) - self.black, for_y[0], 0));
            cb.iter_mut()
                .for_each(|cb| *cb = scale(i16::from(*cb) - 128, for_cb[1], 128));
            cr.iter_mut()
                .for_each(|cr| *cr = scale(i16::from(*cr) - 128, for_cr[2], 128));
            return;
        }
        for ((y, cb), cr) in y.iter_mut().zip(cb).zip(cr) {
            let samples = [
                i16::from(*y) - self.black,
                i16::from(*cb) - 128,
                i16::from(*cr) - 128,
            ];
            *y = weigh(samples, for_y, 0);
            *cb = weigh(samples, for_cb, 128);
            *cr = weigh(samples, for_cr, 128);
        }
    }

    /// Whether only the range changes, so that no plane needs another.
    fn is_separate(&self) -> bool {
        let [y, cb, cr] = self.weights;
        [y[1], y[2], cb[0], cb[2], cr[0], cr[1]] == [0; 6]
    }
}

/// One sample times its weight, rounded.
#[inline(always)]
fn scale(sample: i16, weight: i16, centre: i16) -> u8 {
    let sum = product(sample, weight) + (1 << (FRACTION_BITS - 1));
    ((sum >> FRACTION_BITS) + centre).clamp(0, 255) as u8
}

#[inline(always)]
fn weigh(samples: [i16; 3], weights: [i16; 3], centre: i16) -> u8 {
    // Each product is rounded down, by half a unit on average; the last half rounds the result.
    const HALVES: i16 = (1 << (FRACTION_BITS - 1)) + 1;
    let [y, cb, cr] = [0, 1, 2].map(|plane| product(samples[plane], weights[plane]));
    (((y + cb + cr + HALVES) >> FRACTION_BITS) + centre).clamp(0, 255) as u8
}

/// The high half of the product.
#[inline(always)]
fn product(sample: i16, weight: i16) -> i16 {
    let whole = i32::from(sample << SAMPLE_BITS) * i32::from(weight);
    (whole >> 16) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITED: Colours = Colours {
        range: Range::Limited,
        matrix: Matrix::Bt601,
    };
    const HDTV: Colours = Colours {
        range: Range::Limited,
        matrix: Matrix::Bt709,
    };

    fn convert(colours: Colours, (y, cb, cr): (u8, u8, u8)) -> (u8, u8, u8) {
        let Some(conversion) = colours.conversion() else {
            return (y, cb, cr);
        };
        let (mut y, mut cb, mut cr) = ([y], [cb], [cr]);
        conversion.apply(&mut y, &mut cb, &mut cr);
        (y[0], cb[0], cr[0])
    }

    /// By way of red, green and blue, as the standards say.
    fn exact(colours: Colours, (y, cb, cr): (u8, u8, u8)) -> [f64; 3] {
        let (black, luma, chroma) = match colours.range {
            Range::Full => (0.0, 1.0, 1.0),
            Range::Limited => (16.0, 255.0 / 219.0, 255.0 / 224.0),
        };
        let (y, cb, cr) = (
            (f64::from(y) - black) * luma,
            (f64::from(cb) - 128.0) * chroma,
            (f64::from(cr) - 128.0) * chroma,
        );
        let (red, blue) = match colours.matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
        };
        let r = y + 2.0 * (1.0 - red) * cr;
        let b = y + 2.0 * (1.0 - blue) * cb;
        let g = (y - red * r - blue * b) / (1.0 - red - blue);
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        [y, (b - y) / 1.772 + 128.0, (r - y) / 1.402 + 128.0]
    }

    #[test]
    fn what_jpeg_means_is_left_alone() {
        assert_eq!(Colours::default().conversion(), None);
    }

    #[test]
    fn black_white_and_grey_of_video_become_those_of_a_picture() {
        for colours in [LIMITED, HDTV] {
            assert_eq!(convert(colours, (16, 128, 128)), (0, 128, 128));
            assert_eq!(convert(colours, (235, 128, 128)), (255, 128, 128));
            assert_eq!(convert(colours, (126, 128, 128)), (128, 128, 128));
        }
    }

    #[test]
    fn blacker_than_black_and_whiter_than_white_stay_in_range() {
        assert_eq!(convert(LIMITED, (0, 0, 255)), (0, 0, 255));
        assert_eq!(convert(LIMITED, (255, 255, 0)).0, 255);
    }

    #[test]
    fn every_colour_is_within_one_of_the_standards() {
        let full_709 = Colours {
            range: Range::Full,
            matrix: Matrix::Bt709,
        };
        let steps = || (0..=255u8).step_by(5);
        for colours in [LIMITED, HDTV, full_709] {
            for (y, cb, cr) in steps().flat_map(|y| steps().map(move |cb| (y, cb, 255 - cb / 2))) {
                let (got, want) = (convert(colours, (y, cb, cr)), exact(colours, (y, cb, cr)));
                for (got, want) in [got.0, got.1, got.2].into_iter().zip(want) {
                    let off = (f64::from(got) - want.clamp(0.0, 255.0)).abs();
                    assert!(
                        off <= 1.1,
                        "{colours:?} {y} {cb} {cr}: {got}, should be {want}"
                    );
                }
            }
        }
    }
}
