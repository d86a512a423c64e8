//! The door for MJPEG frames: what passes can be decoded as far as its structure tells.

use super::markers::{
    APP0, COM, DHT, DNL, DQT, DRI, EOI, SOF0, SOF1, SOF2, SOI, SOS, Segment, find_marker,
    segment_at, segments,
};

/// What an acceptable frame says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspection {
    pub width: u16,
    pub height: u16,
    /// Bytes up to and including EOI; what a dongle pads behind it is not part of the picture.
    pub length: usize,
    /// Where the standard Huffman tables must be put in, when the frame has none.
    pub tables_go_at: Option<usize>,
}

/// Why a frame is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("does not begin with SOI")]
    NoStart,
    #[error("the header breaks off or is not made of segments")]
    Header,
    #[error("frame type {0:#04x} is not one that browsers decode")]
    FrameType(u8),
    #[error("the frame header is broken or states no size")]
    FrameHeader,
    #[error("the scan header is broken")]
    ScanHeader,
    #[error("a table that the scan uses is missing")]
    MissingTable,
    #[error("marker {0:#04x} inside the picture")]
    StrayMarker(u8),
    #[error("breaks off before EOI")]
    Truncated,
}

/// Looks at one frame as the dongle delivered it.
///
/// # Errors
/// The first damage found. Damage that leaves the structure whole (a flipped bit in a
/// coefficient) is not found; no decoder stumbles over it either.
pub fn inspect(data: &[u8]) -> Result<Inspection, Damage> {
    if data.get(..2) != Some(&[0xFF, SOI]) {
        return Err(Damage::NoStart);
    }
    let mut header = Header::default();
    let mut scan = None;
    for segment in segments(data) {
        match segment.code {
            SOS => scan = Some(segment),
            code => header.take(code, segment.payload)?,
        }
    }
    let scan = scan.ok_or(Damage::Header)?;
    let complete = header.check_scan(scan.payload)?;
    let frame = header.frame.ok_or(Damage::FrameHeader)?;
    Ok(Inspection {
        width: frame.width,
        height: frame.height,
        length: end_of_image(data, scan.end)?,
        tables_go_at: (!complete).then_some(scan.start),
    })
}

/// What the header has said so far. The sets are bits by table number.
#[derive(Default)]
struct Header {
    frame: Option<FrameHeader>,
    quantisation: u8,
    dc: u8,
    ac: u8,
}

#[derive(Clone, Copy)]
struct FrameHeader {
    width: u16,
    height: u16,
    components: usize,
    /// Quantisation tables that the components use.
    quantisation: u8,
}

impl Header {
    fn take(&mut self, code: u8, payload: &[u8]) -> Result<(), Damage> {
        match code {
            SOF0 | SOF1 | SOF2 => {
                self.frame = Some(frame_header(payload).ok_or(Damage::FrameHeader)?)
            }
            DHT => self.huffman(payload).ok_or(Damage::Header)?,
            DQT => self.quantisation |= quantisation_tables(payload).ok_or(Damage::Header)?,
            // The other SOFs are lossless, hierarchical or arithmetic; 0xC8 is reserved.
            0xC3..=0xCF => return Err(Damage::FrameType(code)),
            0xD0..=0xD9 => return Err(Damage::StrayMarker(code)),
            _ => {}
        }
        Ok(())
    }

    fn huffman(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((&id, rest)) = payload.split_first() {
            let lengths = rest.get(..16)?;
            let values: usize = lengths.iter().map(|&count| usize::from(count)).sum();
            payload = rest.get(16 + values..)?;
            let table = 1u8.checked_shl(u32::from(id & 0x0F))?;
            if id >> 4 == 0 {
                self.dc |= table
            } else {
                self.ac |= table
            }
        }
        Some(())
    }

    /// Checks that the tables which the scan uses are there. False when there are no Huffman
    /// tables at all, which means the standard ones.
    fn check_scan(&self, payload: &[u8]) -> Result<bool, Damage> {
        let frame = self.frame.ok_or(Damage::FrameHeader)?;
        let (&count, selectors) = payload.split_first().ok_or(Damage::ScanHeader)?;
        let count = usize::from(count);
        if count == 0 || count > frame.components || selectors.len() != 2 * count + 3 {
            return Err(Damage::ScanHeader);
        }
        if frame.quantisation & !self.quantisation != 0 {
            return Err(Damage::MissingTable);
        }
        if self.dc == 0 && self.ac == 0 {
            return Ok(false);
        }
        let has = |set: u8, id: u8| id < 8 && set & (1 << id) != 0;
        // A scan of DC only (progressive) needs no AC table.
        let needs_ac = selectors[2 * count + 1] != 0;
        let complete = selectors[..2 * count]
            .chunks_exact(2)
            .all(|c| has(self.dc, c[1] >> 4) && (!needs_ac || has(self.ac, c[1] & 0x0F)));
        if complete {
            Ok(true)
        } else {
            Err(Damage::MissingTable)
        }
    }
}

fn frame_header(payload: &[u8]) -> Option<FrameHeader> {
    let &[8, h1, h0, w1, w0, count, ref components @ ..] = payload else {
        return None;
    };
    let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
    let components_fit = matches!(count, 1 | 3) && components.len() == 3 * usize::from(count);
    if width == 0 || height == 0 || !components_fit {
        return None;
    }
    let used = components
        .chunks_exact(3)
        .map(|c| 1u8.checked_shl(u32::from(c[2])));
    let quantisation = used
        .collect::<Option<Vec<u8>>>()?
        .into_iter()
        .fold(0, |set, table| set | table);
    Some(FrameHeader {
        width,
        height,
        components: usize::from(count),
        quantisation,
    })
}

fn quantisation_tables(mut payload: &[u8]) -> Option<u8> {
    let mut tables = 0;
    while let Some((&id, rest)) = payload.split_first() {
        let size = if id >> 4 == 0 { 64 } else { 128 };
        payload = rest.get(size..)?;
        tables |= 1u8.checked_shl(u32::from(id & 0x0F))?;
    }
    Some(tables)
}

/// The byte after EOI. Progressive pictures have several scans with tables between them.
fn end_of_image(data: &[u8], first_scan: usize) -> Result<usize, Damage> {
    let mut from = first_scan;
    loop {
        let marker = find_marker(data, from).ok_or(Damage::Truncated)?;
        from = match data.get(marker + 1).copied().unwrap_or_default() {
            EOI => return Ok(marker + 2),
            DHT | SOS | DQT | DNL | DRI | COM | APP0..=0xEF => {
                let Segment { end, .. } = segment_at(data, marker).ok_or(Damage::Truncated)?;
                end
            }
            // A second SOI above all: the end of this frame got lost and the next one was glued on.
            code => return Err(Damage::StrayMarker(code)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::jpeg::standard_huffman_tables;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
    use proptest::prelude::*;

    fn sample(restart: u16, progressive: bool) -> Vec<u8> {
        let (width, height) = (70u16, 50u16);
        let pixels: Vec<u8> = (0..usize::from(width) * usize::from(height) * 3)
            .map(|i| (i * i / 7 % 251) as u8)
            .collect();
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 85);
        encoder.set_sampling_factor(SamplingFactor::F_2_1);
        encoder.set_restart_interval(restart);
        encoder.set_progressive(progressive);
        encoder
            .encode(&pixels, width, height, ColorType::Rgb)
            .unwrap();
        jpeg
    }

    fn without_tables(jpeg: &[u8]) -> Vec<u8> {
        let mut bare = jpeg.to_vec();
        let tables: Vec<_> = segments(jpeg)
            .filter(|s| s.code == DHT)
            .map(|s| s.start..s.end)
            .collect();
        for range in tables.into_iter().rev() {
            bare.drain(range);
        }
        bare
    }

    fn decode(jpeg: &[u8]) -> Vec<u8> {
        jpeg_decoder::Decoder::new(jpeg).decode().unwrap()
    }

    #[test]
    fn whole_frames_pass_with_their_size() {
        for jpeg in [sample(0, false), sample(3, false), sample(0, true)] {
            let seen = inspect(&jpeg).unwrap();
            assert_eq!((seen.width, seen.height), (70, 50));
            assert_eq!(seen.length, jpeg.len());
            assert_eq!(seen.tables_go_at, None);
        }
    }

    #[test]
    fn padding_behind_the_picture_is_left_off() {
        for padding in [vec![0u8; 3000], vec![0xAB; 17], vec![0xFF, SOI, 0, 0]] {
            let jpeg = sample(0, false);
            let padded = [jpeg.clone(), padding].concat();
            assert_eq!(inspect(&padded).unwrap().length, jpeg.len());
        }
    }

    #[test]
    fn a_frame_without_huffman_tables_gets_the_standard_ones() {
        let jpeg = sample(0, false);
        let bare = without_tables(&jpeg);
        let at = inspect(&bare).unwrap().tables_go_at.unwrap();
        let mended = [&bare[..at], standard_huffman_tables(), &bare[at..]].concat();
        assert_eq!(inspect(&mended).unwrap().tables_go_at, None);
        assert_eq!(decode(&mended), decode(&jpeg));
    }

    #[test]
    fn half_of_the_tables_is_damage() {
        let jpeg = sample(0, false);
        let first = segments(&jpeg)
            .find(|s| s.code == DHT)
            .map(|s| s.start..s.end)
            .unwrap();
        let mut broken = jpeg.clone();
        broken.drain(first);
        assert_eq!(inspect(&broken), Err(Damage::MissingTable));
        let first = segments(&jpeg)
            .find(|s| s.code == DQT)
            .map(|s| s.start..s.end)
            .unwrap();
        let mut broken = jpeg.clone();
        broken.drain(first);
        assert_eq!(inspect(&broken), Err(Damage::MissingTable));
    }

    #[test]
    fn every_truncation_is_noticed() {
        let jpeg = sample(3, false);
        for length in 0..jpeg.len() {
            assert!(
                inspect(&jpeg[..length]).is_err(),
                "{length} of {} bytes",
                jpeg.len()
            );
            let padded = [&jpeg[..length], &[0; 100]].concat();
            assert!(
                inspect(&padded).is_err(),
                "{length} of {} bytes, padded",
                jpeg.len()
            );
        }
    }

    #[test]
    fn two_frames_glued_together_are_noticed() {
        let jpeg = sample(0, false);
        let glued = [&jpeg[..jpeg.len() * 3 / 4], &jpeg[..]].concat();
        assert_eq!(inspect(&glued), Err(Damage::StrayMarker(SOI)));
    }

    #[test]
    fn garbage_before_the_first_frame_is_not_a_picture() {
        assert_eq!(inspect(&[]), Err(Damage::NoStart));
        assert_eq!(inspect(&[0; 1000]), Err(Damage::NoStart));
        assert_eq!(inspect(&[0xFF, SOI]), Err(Damage::Header));
    }

    #[test]
    fn a_picture_of_no_size_is_refused() {
        let mut jpeg = sample(0, false);
        let frame = segments(&jpeg).find(|s| s.code == SOF0).unwrap().start;
        jpeg[frame + 5..frame + 7].fill(0);
        assert_eq!(inspect(&jpeg), Err(Damage::FrameHeader));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_panic(data in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = inspect(&data);
            let _ = inspect(&[&[0xFF, SOI][..], &data].concat());
        }

        #[test]
        fn mutated_frames_are_judged_without_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut jpeg = sample(3, false);
            for (place, value) in changes {
                let place = place.index(jpeg.len());
                jpeg[place] = value;
            }
            for data in [&jpeg[..], &jpeg[..cut.index(jpeg.len())]] {
                if let Ok(seen) = inspect(data) {
                    prop_assert!(seen.length <= data.len());
                    prop_assert_eq!(&data[seen.length - 2..seen.length], &[0xFF, EOI]);
                    prop_assert!(seen.tables_go_at.is_none_or(|at| at < seen.length));
                }
            }
        }
    }
}
