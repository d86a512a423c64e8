//! The virtual encoder: H.264 as simple as the standard has it (ITU-T H.264, constrained baseline). A block of 16 × 16 pixels
//! that changed is carried as it is (I_PCM), one that did not is skipped.
//!
//! That makes large streams that lose nothing, and every decoder knows both: the page decodes what a board's encoder would
//! send by the same code.

mod bits;

use self::bits::Bits;

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

/// A picture in planes, full range, chroma of half the size each way; as large as whole blocks.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Planes {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    chroma: [Vec<u8>; 2],
}

impl Planes {
    /// From pixels of three bytes, luma, blue, red; the last column and row go on to the end of their block.
    pub(super) fn of(ycbcr: &[u8], width: usize, height: usize) -> Planes {
        let (wide, high) = (whole(width), whole(height));
        let at = |x: usize, y: usize, channel: usize| {
            let (x, y) = (x.min(width - 1), y.min(height - 1));
            ycbcr
                .get((y * width + x) * 3 + channel)
                .copied()
                .unwrap_or(128)
        };
        let mut luma = Vec::with_capacity(wide * high);
        for y in 0..high {
            luma.extend((0..wide).map(|x| at(x, y, 0)));
        }
        let plane = |channel| {
            let mean = |x: usize, y: usize| {
                let four = [(0, 0), (1, 0), (0, 1), (1, 1)];
                let sum = four.map(|(dx, dy)| u16::from(at(2 * x + dx, 2 * y + dy, channel)));
                (sum.iter().sum::<u16>().div_ceil(4)).min(255) as u8
            };
            let mut plane = Vec::with_capacity(wide * high / 4);
            for y in 0..high / 2 {
                plane.extend((0..wide / 2).map(|x| mean(x, y)));
            }
            plane
        };
        Planes {
            width,
            height,
            luma,
            chroma: [plane(1), plane(2)],
        }
    }

    fn blocks(&self) -> (usize, usize) {
        (whole(self.width) / BLOCK, whole(self.height) / BLOCK)
    }

    /// The bytes of a block in the order of the stream.
    fn block(&self, column: usize, row: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(BLOCK * BLOCK * 3 / 2);
        let wide = whole(self.width);
        cut(
            &self.luma,
            wide,
            (column * BLOCK, row * BLOCK),
            BLOCK,
            &mut bytes,
        );
        for plane in &self.chroma {
            let half = BLOCK / 2;
            cut(
                plane,
                wide / 2,
                (column * half, row * half),
                half,
                &mut bytes,
            );
        }
        bytes
    }
}

fn whole(pixels: usize) -> usize {
    pixels.next_multiple_of(BLOCK)
}

fn cut(plane: &[u8], wide: usize, (x, y): (usize, usize), size: usize, into: &mut Vec<u8>) {
    for row in plane.chunks_exact(wide).skip(y).take(size) {
        into.extend_from_slice(&row[x..x + size]);
    }
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
        let same_size = |last: &Planes| last.blocks() == picture.blocks();
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
        let (columns, rows) = picture.blocks();
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)))
        {
            bits.number(AS_IT_IS);
            bits.align();
            bits.bytes(&picture.block(column, row));
        }
        bits
    }

    fn change(&self, base: &Planes, picture: &Planes) -> Bits {
        let mut bits = self.head(5, None);
        let (columns, rows) = picture.blocks();
        let mut skipped = 0;
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)))
        {
            let block = picture.block(column, row);
            if block == base.block(column, row) {
                skipped += 1;
                continue;
            }
            bits.number(std::mem::take(&mut skipped));
            bits.number(AS_IT_IS_AMONG_CHANGES);
            bits.align();
            bits.bytes(&block);
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
    let (columns, rows) = picture.blocks();
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

    #[test]
    fn dump() {
        let (width, height) = (100, 50);
        let mut encoder = Encoder::default();
        let mut all = Vec::new();
        for step in 0..20_usize {
            let mut pixels = Vec::new();
            for y in 0..height {
                for x in 0..width {
                    let inside = x / 10 == step % 10 && y > 20;
                    pixels.extend_from_slice(if inside {
                        &[200, 90, 240]
                    } else {
                        &[0, 128, 128]
                    });
                }
            }
            all.extend(encoder.encode(Planes::of(&pixels, width, height), step == 12));
        }
        std::fs::write("/tmp/out.h264", all).unwrap();
    }
}
