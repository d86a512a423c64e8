//! The virtual encoder: H.264 as simple as the standard has it (ITU-T H.264, constrained baseline). A block of 16 × 16 pixels
//! that changed is carried as it is (I_PCM), one that did not is skipped.
//!
//! That makes large streams that lose nothing, and every decoder knows both: the page decodes what a board's encoder would
//! send by the same code.

mod bits;

use self::bits::Bits;
use crate::video::planes::Planes;

/// Pixels of a block, each way.
const BLOCK: usize = 16;

/// Headers of units: what it is, and that others need it.
const SEQUENCE: u8 = 0x67;
const PICTURE: u8 = 0x68;
const KEY: u8 = 0x65;
const CHANGE: u8 = 0x41;

/// `mb_type` of a block that is carried as it is, among key pictures and among changes (tables 7-11 and 7-13).
const AS_IT_IS: u32 = 25;
const AS_IT_IS_AMONG_CHANGES: u32 = 5 + AS_IT_IS;

/// A block's bytes in the order of the stream; the last column and row of the picture go on to its end.
fn block(planes: &Planes, column: usize, row: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BLOCK * BLOCK * 3 / 2);
    let (width, height) = (planes.width, planes.height);
    cut(
        &planes.luma,
        (width, height),
        (column, row),
        BLOCK,
        &mut bytes,
    );
    for plane in &planes.chroma {
        let size = (width / 2, height / 2);
        cut(plane, size, (column, row), BLOCK / 2, &mut bytes);
    }
    bytes
}

fn cut(
    plane: &[u8],
    (width, height): (usize, usize),
    (column, row): (usize, usize),
    size: usize,
    into: &mut Vec<u8>,
) {
    let (left, top) = (column * size, row * size);
    for y in top..top + size {
        let line = &plane[y.min(height - 1) * width..][..width];
        let inside = (left + size).min(width);
        into.extend_from_slice(&line[left..inside]);
        into.extend((inside..left + size).map(|_| line[width - 1]));
    }
}

/// Columns and rows.
fn blocks(planes: &Planes) -> (usize, usize) {
    (whole(planes.width) / BLOCK, whole(planes.height) / BLOCK)
}

fn whole(pixels: usize) -> usize {
    pixels.next_multiple_of(BLOCK)
}

/// Pictures in, units out; a change refers to the picture before it.
#[derive(Default)]
pub(super) struct Encoder {
    last: Option<Planes>,
    /// Pictures since the last key.
    number: u32,
    keys: u32,
}

impl Encoder {
    /// The next picture; a key when it has to be one.
    pub(super) fn encode(&mut self, picture: Planes, key: bool) -> Vec<u8> {
        let same_size = |last: &Planes| blocks(last) == blocks(&picture);
        let base = self.last.take().filter(|last| !key && same_size(last));
        let mut stream = Vec::new();
        match &base {
            None => {
                sequence(&picture).into_unit(SEQUENCE, &mut stream);
                parameters().into_unit(PICTURE, &mut stream);
                self.number = 0;
                self.keys += 1;
                self.key(&picture).into_unit(KEY, &mut stream);
            }
            Some(base) => {
                self.number += 1;
                self.change(base, &picture).into_unit(CHANGE, &mut stream);
            }
        }
        self.last = Some(picture);
        stream
    }

    fn key(&self, picture: &Planes) -> Bits {
        // Kind: intra, as all others of the picture. Which key it is: two in a row differ.
        let mut bits = self.head(7, Some(self.keys % 2));
        let (columns, rows) = blocks(picture);
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)))
        {
            bits.number(AS_IT_IS);
            bits.align();
            bits.bytes(&block(picture, column, row));
        }
        bits
    }

    fn change(&self, base: &Planes, picture: &Planes) -> Bits {
        let mut bits = self.head(5, None);
        let (columns, rows) = blocks(picture);
        let mut skipped = 0;
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)))
        {
            let now = block(picture, column, row);
            if now == block(base, column, row) {
                skipped += 1;
                continue;
            }
            bits.number(std::mem::take(&mut skipped));
            bits.number(AS_IT_IS_AMONG_CHANGES);
            bits.align();
            bits.bytes(&now);
        }
        if skipped > 0 {
            bits.number(skipped);
        }
        bits
    }

    /// The head of the one slice of a picture (7.3.3).
    fn head(&self, kind: u32, key: Option<u32>) -> Bits {
        let mut bits = Bits::default();
        bits.number(0); // first_mb_in_slice
        bits.number(kind);
        bits.number(0); // pic_parameter_set_id
        bits.fixed(4, self.number % 16); // frame_num
        match key {
            Some(key) => {
                bits.number(key); // idr_pic_id
                bits.fixed(2, 0); // no_output_of_prior_pics, long_term_reference
            }
            // num_ref_idx_active_override, ref_pic_list_modification, adaptive_ref_pic_marking
            None => bits.fixed(3, 0),
        }
        bits.number(0); // slice_qp_delta
        bits.number(1); // disable_deblocking_filter_idc: nothing is smoothed
        bits
    }
}

/// The sequence parameter set (7.3.2.1.1).
fn sequence(picture: &Planes) -> Bits {
    let (columns, rows) = blocks(picture);
    let mut bits = Bits::default();
    bits.fixed(8, 66); // profile_idc: baseline
    bits.fixed(8, 0xC0); // ... the constrained one
    bits.fixed(8, if columns * rows <= 8192 { 40 } else { 51 }); // level_idc
    bits.number(0); // seq_parameter_set_id
    bits.number(0); // log2_max_frame_num_minus4
    bits.number(2); // pic_order_cnt_type: as they come
    bits.number(1); // max_num_ref_frames
    bits.bit(false); // gaps_in_frame_num_value_allowed
    bits.number(columns as u32 - 1);
    bits.number(rows as u32 - 1);
    bits.fixed(2, 0b11); // frame_mbs_only, direct_8x8_inference
    let over = |pixels: usize| (whole(pixels) - pixels) as u32 / 2;
    bits.bit(true); // frame_cropping: left, right, top, bottom, in pairs of pixels
    for edge in [0, over(picture.width), 0, over(picture.height)] {
        bits.number(edge);
    }
    colours(&mut bits);
    bits
}

/// What JPEG means by its numbers (annex E): all of the range, BT.601's matrix; and that no picture waits for another.
fn colours(bits: &mut Bits) {
    bits.bit(true); // vui_parameters_present
    bits.fixed(2, 0); // aspect_ratio, overscan
    bits.bit(true); // video_signal_type_present
    bits.fixed(3, 5); // video_format: unspecified
    bits.bit(true); // video_full_range
    bits.bit(true); // colour_description_present
    bits.fixed(8, 1); // primaries: BT.709, which are sRGB's
    bits.fixed(8, 13); // transfer: sRGB
    bits.fixed(8, 6); // matrix: BT.601
    bits.fixed(5, 0); // chroma_loc, timing, both HRDs, pic_struct
    bits.bit(true); // bitstream_restriction
    bits.bit(true); // motion_vectors_over_pic_boundaries
    for limit in [0, 0, 0, 0, 0, 1] {
        // ... max_num_reorder_frames, max_dec_frame_buffering
        bits.number(limit);
    }
}

/// The picture parameter set (7.3.2.2).
fn parameters() -> Bits {
    let mut bits = Bits::default();
    bits.number(0); // pic_parameter_set_id
    bits.number(0); // seq_parameter_set_id
    bits.fixed(2, 0); // entropy_coding_mode: CAVLC; bottom_field_pic_order
    bits.number(0); // num_slice_groups_minus1
    bits.number(0); // num_ref_idx_l0_default_active_minus1
    bits.number(0); // ... l1
    bits.fixed(3, 0); // weighted_pred, weighted_bipred
    for offset in [0, 0, 0] {
        bits.number(offset); // pic_init_qp, pic_init_qs, chroma_qp_index_offset
    }
    bits.bit(true); // deblocking_filter_control_present
    bits.fixed(2, 0); // constrained_intra_pred, redundant_pic_cnt_present
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::h264::can_begin;

    fn picture(colour: u8) -> Planes {
        let mut pixels = vec![128; 40 * 20 * 3];
        for x in 0..8 {
            pixels[x * 3] = colour;
        }
        Planes::of(&pixels, 40, 20).unwrap()
    }

    #[test]
    fn the_first_picture_a_wished_one_and_another_size_are_keys() {
        let mut encoder = Encoder::default();
        assert!(can_begin(&encoder.encode(picture(1), false)));
        assert!(!can_begin(&encoder.encode(picture(2), false)));
        assert!(can_begin(&encoder.encode(picture(2), true)));
        let other = Planes::of(&[0; 16 * 16 * 3], 16, 16).unwrap();
        assert!(can_begin(&encoder.encode(other, false)));
    }

    #[test]
    fn what_did_not_change_takes_next_to_nothing() {
        let mut encoder = Encoder::default();
        // Three columns and two rows of blocks.
        assert!(encoder.encode(picture(9), false).len() > 6 * 384);
        assert!(encoder.encode(picture(9), false).len() < 20);
        let one = encoder.encode(picture(10), false).len();
        assert!((384..500).contains(&one), "{one}");
    }

    #[test]
    fn the_last_block_goes_on_with_the_edge_of_the_picture() {
        let mut pixels = vec![128; 18 * 2 * 3];
        for pixel in pixels.chunks_exact_mut(3).skip(17).step_by(18) {
            pixel[0] = 77;
        }
        let bytes = block(&Planes::of(&pixels, 18, 2).unwrap(), 1, 0);
        assert_eq!(bytes.len(), 384);
        assert_eq!(bytes[..4], [128, 77, 77, 77]);
        assert_eq!(bytes[15 * 16..15 * 16 + 2], [128, 77]);
    }
}
