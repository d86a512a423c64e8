//! How planes lie in the memory that a codec reads. Pure.

use crate::video::planes::Planes;

/// What the driver said of the format that it was asked for (`v4l2_pix_format`): "YU12", all planes in one piece, chroma with
/// half of luma's stride behind as many rows as the format has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Bytes from one row of luma to the next.
    pub(super) stride: usize,
    /// Rows of luma; more than the picture has when the driver wants whole blocks.
    pub(super) rows: usize,
    /// Bytes of a picture.
    pub(super) size: usize,
}

impl Layout {
    /// Whether a picture fits in.
    pub(super) fn holds(&self, width: usize, height: usize) -> bool {
        let even = self.stride.is_multiple_of(2) && self.rows.is_multiple_of(2);
        even && self.stride >= width
            && self.rows >= height
            && (self.stride.saturating_mul(self.rows) / 2).saturating_mul(3) <= self.size
    }

    /// Writes the picture; says how many bytes it takes. None: it does not fit in.
    pub(super) fn write(&self, planes: &Planes, memory: &mut [u8]) -> Option<usize> {
        let fits = self.holds(planes.width, planes.height) && memory.len() >= self.size;
        if !fits {
            return None;
        }
        let (luma, chroma) = memory.split_at_mut(self.stride * self.rows);
        rows(&planes.luma, planes.width, luma, self.stride);
        let (blue, red) = chroma.split_at_mut(self.stride / 2 * (self.rows / 2));
        for (plane, into) in planes.chroma.iter().zip([blue, red]) {
            rows(plane, planes.width / 2, into, self.stride / 2);
        }
        Some(self.size)
    }
}

fn rows(plane: &[u8], width: usize, into: &mut [u8], stride: usize) {
    for (row, place) in plane.chunks_exact(width).zip(into.chunks_mut(stride)) {
        place[..width].copy_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes() -> Planes {
        let pixels: Vec<u8> = (0..8).flat_map(|at| [at, 100 + at, 200]).collect();
        Planes::of(&pixels, 4, 2).unwrap()
    }

    #[test]
    fn rows_lie_a_stride_apart_and_chroma_behind_all_rows() {
        let layout = Layout {
            stride: 6,
            rows: 4,
            size: 36,
        };
        let mut memory = [0xEE; 40];
        assert_eq!(layout.write(&planes(), &mut memory), Some(36));
        assert_eq!(memory[..4], [0, 1, 2, 3]);
        assert_eq!(memory[6..10], [4, 5, 6, 7]);
        assert_eq!(memory[24..26], planes().chroma[0][..]);
        assert_eq!(memory[30..32], [200, 200]);
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let layout = |stride, rows, size| Layout { stride, rows, size };
        for small in [
            layout(2, 4, 99),
            layout(4, 0, 99),
            layout(5, 2, 99),
            layout(4, 2, 11),
        ] {
            assert_eq!(small.write(&planes(), &mut [0; 99]), None, "{small:?}");
        }
        assert_eq!(layout(4, 2, 12).write(&planes(), &mut [0; 11]), None);
        assert_eq!(
            layout(usize::MAX - 1, 2, 12).write(&planes(), &mut [0; 12]),
            None
        );
    }
}
