//! From RGB pixels to the 4:2:2 bytes that a capture dongle delivers.
//!
//! The numbers are those of JFIF (BT.601 matrix, full range): the stream's JPEG encoder takes the
//! planes as they are, so a colour on the canvas is that colour in the browser.

/// Writes pixel pairs as Y0 Cb Y1 Cr; `yuyv` has two bytes for each pixel.
pub(super) fn convert(pixels: &[u32], yuyv: &mut [u8]) {
    let (pairs, _) = pixels.as_chunks::<2>();
    let (quads, _) = yuyv.as_chunks_mut::<4>();
    for (pair, quad) in pairs.iter().zip(quads) {
        let (left, right) = (channels(pair[0]), channels(pair[1]));
        let sum = [left[0] + right[0], left[1] + right[1], left[2] + right[2]];
        *quad = [luma(left), blue(sum), luma(right), red(sum)];
    }
}

fn channels(pixel: u32) -> [i32; 3] {
    let channel = |shift: u32| (pixel >> shift & 0xFF).cast_signed();
    [channel(16), channel(8), channel(0)]
}

// Coefficients in 1/65536; chroma takes the sum of two pixels, hence one bit more to shift.
fn luma([r, g, b]: [i32; 3]) -> u8 {
    ((19595 * r + 38470 * g + 7471 * b + (1 << 15)) >> 16) as u8
}

fn blue([r, g, b]: [i32; 3]) -> u8 {
    ((-11059 * r - 21709 * g + 32768 * b + (128 << 17) + (1 << 16)) >> 17).min(255) as u8
}

fn red([r, g, b]: [i32; 3]) -> u8 {
    ((32768 * r - 27439 * g - 5329 * b + (128 << 17) + (1 << 16)) >> 17).min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(pixel: u32) -> [u8; 4] {
        let mut out = [0; 4];
        convert(&[pixel, pixel], &mut out);
        out
    }

    #[test]
    fn greys_have_no_colour_and_use_the_full_range() {
        assert_eq!(one(0x00_0000), [0, 128, 0, 128]);
        assert_eq!(one(0xFF_FFFF), [255, 128, 255, 128]);
        assert_eq!(one(0x80_8080), [128, 128, 128, 128]);
    }

    #[test]
    fn primaries_are_those_of_jfif() {
        assert_eq!(one(0xFF_0000), [76, 85, 76, 255]);
        assert_eq!(one(0x00_FF00), [150, 44, 150, 21]);
        assert_eq!(one(0x00_00FF), [29, 255, 29, 107]);
    }

    #[test]
    fn a_pair_shares_the_mean_of_its_colours() {
        let mut out = [0; 4];
        convert(&[0xFF_0000, 0x00_00FF], &mut out);
        assert_eq!(out, [76, 170, 29, 181]);
    }
}
