//! Lines of raw pixels as the Y, Cb and Cr lines that the encoder asks for.
//!
//! The encoder takes chroma at full width and keeps every second sample, so each chroma sample is
//! written twice. The loops are shaped for vector code: no branch, fixed steps.

use jpeg_encoder::rgb_to_ycbcr;

/// Y, Cb, Cr, and a fourth that stays empty.
pub(super) type Planes = [Vec<u8>; 4];

/// Y0 Cb Y1 Cr.
pub(super) fn push_yuyv(line: &[u8], width: usize, planes: &mut Planes) {
    let [y, cb, cr, _] = planes;
    y.extend(line.chunks_exact(2).map(|pair| pair[0]).take(width));
    push_doubled(cb, line.chunks_exact(4).map(|four| four[1]), width);
    push_doubled(cr, line.chunks_exact(4).map(|four| four[3]), width);
}

/// Cb Y0 Cr Y1.
pub(super) fn push_uyvy(line: &[u8], width: usize, planes: &mut Planes) {
    let [y, cb, cr, _] = planes;
    y.extend(line.chunks_exact(2).map(|pair| pair[1]).take(width));
    push_doubled(cb, line.chunks_exact(4).map(|four| four[0]), width);
    push_doubled(cr, line.chunks_exact(4).map(|four| four[2]), width);
}

/// A line of Y and its line of Cb Cr Cb Cr….
pub(super) fn push_nv12(luma: &[u8], chroma: &[u8], width: usize, planes: &mut Planes) {
    let [y, cb, cr, _] = planes;
    y.extend_from_slice(&luma[..width]);
    push_doubled(cb, chroma.chunks_exact(2).map(|pair| pair[0]), width);
    push_doubled(cr, chroma.chunks_exact(2).map(|pair| pair[1]), width);
}

/// R G B. The colour of a pair of pixels is their mean, as 4:2:2 means it.
pub(super) fn push_rgb(line: &[u8], width: usize, planes: &mut Planes) {
    let [y, cb, cr, _] = planes;
    let pairs = line.chunks(6).map(|pair| {
        let first = rgb_to_ycbcr(pair[0], pair[1], pair[2]);
        let second = if let [_, _, _, r, g, b] = *pair {
            rgb_to_ycbcr(r, g, b)
        } else {
            first
        };
        (first, second)
    });
    let mean = |a: u8, b: u8| u8::midpoint(a, b);
    for (first, second) in pairs {
        y.extend([first.0, second.0]);
        cb.extend([mean(first.1, second.1); 2]);
        cr.extend([mean(first.2, second.2); 2]);
    }
    if width % 2 == 1 {
        for plane in [y, cb, cr] {
            plane.pop();
        }
    }
}

fn push_doubled(plane: &mut Vec<u8>, samples: impl Iterator<Item = u8>, width: usize) {
    let start = plane.len();
    plane.resize(start + width.next_multiple_of(2), 0);
    for (pair, sample) in plane[start..].chunks_exact_mut(2).zip(samples) {
        pair.fill(sample);
    }
    plane.truncate(start + width);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_formats_differ_in_byte_order_only() {
        let (mut yuyv, mut uyvy) = (Planes::default(), Planes::default());
        push_yuyv(&[1, 2, 3, 4, 5, 6, 7, 8], 4, &mut yuyv);
        push_uyvy(&[2, 1, 4, 3, 6, 5, 8, 7], 4, &mut uyvy);
        assert_eq!(
            yuyv,
            [vec![1, 3, 5, 7], vec![2, 2, 6, 6], vec![4, 4, 8, 8], vec![]]
        );
        assert_eq!(yuyv, uyvy);
    }

    #[test]
    fn nv12_takes_its_colour_from_the_second_plane() {
        let mut planes = Planes::default();
        push_nv12(&[1, 2, 3, 4], &[10, 20, 11, 21], 4, &mut planes);
        assert_eq!(
            planes,
            [
                vec![1, 2, 3, 4],
                vec![10, 10, 11, 11],
                vec![20, 20, 21, 21],
                vec![]
            ]
        );
    }

    #[test]
    fn an_odd_width_ends_in_the_middle_of_a_pair() {
        let mut planes = Planes::default();
        push_yuyv(&[1, 2, 3, 4, 5, 6, 7, 8], 3, &mut planes);
        assert_eq!(
            planes,
            [vec![1, 3, 5], vec![2, 2, 6], vec![4, 4, 8], vec![]]
        );
        let mut planes = Planes::default();
        push_rgb(&[255, 255, 255, 0, 0, 0, 255, 255, 255], 3, &mut planes);
        assert_eq!(planes[0], [255, 0, 255]);
        assert_eq!((planes[1].len(), planes[2].len()), (3, 3));
    }

    #[test]
    fn two_pixels_share_the_mean_of_their_colours() {
        let mut planes = Planes::default();
        push_rgb(&[255, 0, 0, 0, 0, 255], 2, &mut planes);
        let (red, blue) = (rgb_to_ycbcr(255, 0, 0), rgb_to_ycbcr(0, 0, 255));
        assert_eq!(planes[0], [red.0, blue.0]);
        assert_eq!(planes[1], [u8::midpoint(red.1, blue.1); 2]);
    }
}
