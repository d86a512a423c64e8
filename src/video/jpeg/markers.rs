//! Markers: their codes, the segments of a header, and a fast search in entropy-coded bytes.
//!
//! Never panics on any bytes; every index is checked or comes from a search.

pub(in crate::video) const SOF0: u8 = 0xC0;
pub(super) const SOF1: u8 = 0xC1;
pub(super) const SOF2: u8 = 0xC2;
pub(super) const DHT: u8 = 0xC4;
pub(in crate::video) const RST0: u8 = 0xD0;
pub(super) const SOI: u8 = 0xD8;
pub(super) const EOI: u8 = 0xD9;
pub(in crate::video) const SOS: u8 = 0xDA;
pub(super) const DQT: u8 = 0xDB;
pub(super) const DNL: u8 = 0xDC;
pub(super) const DRI: u8 = 0xDD;
pub(super) const APP0: u8 = 0xE0;
pub(super) const COM: u8 = 0xFE;

/// How many stray bytes between two header segments are skipped, as libjpeg does with a warning;
/// some dongles leave a few there.
const MAX_STRAY: usize = 64;

/// One marker segment of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::video) struct Segment<'a> {
    pub(in crate::video) code: u8,
    /// Where its 0xFF is.
    pub(in crate::video) start: usize,
    /// Its payload, without marker and length.
    pub(in crate::video) payload: &'a [u8],
    /// The byte after it.
    pub(in crate::video) end: usize,
}

/// The segments after SOI, up to and including the first SOS. Stops early at bytes that are no
/// segment, so a header without SOS in the result is a broken one.
pub(in crate::video) fn segments(data: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut at = Some(2);
    std::iter::from_fn(move || {
        let segment = segment_at(data, at?)?;
        at = (segment.code != SOS).then_some(segment.end);
        Some(segment)
    })
}

/// The segment that starts at `from`, or a few stray bytes later.
pub(super) fn segment_at(data: &[u8], from: usize) -> Option<Segment<'_>> {
    let rest = data.get(from..)?;
    let stray = rest
        .iter()
        .take(MAX_STRAY + 1)
        .position(|&byte| byte == 0xFF)?;
    // Any number of 0xFF may fill up before a marker (T.81, B.1.1.2).
    let fill = rest[stray..]
        .iter()
        .take(MAX_STRAY)
        .position(|&byte| byte != 0xFF)?;
    let start = from + stray + fill - 1;
    let code = *data.get(start + 1)?;
    let length = usize::from(u16::from_be_bytes([
        *data.get(start + 2)?,
        *data.get(start + 3)?,
    ]));
    let end = start + 2 + length;
    let payload = data.get(start + 4..end)?;
    Some(Segment {
        code,
        start,
        payload,
        end,
    })
}

/// The next place at or after `from` with a marker other than RSTn; inside a scan this is where
/// the scan ends.
pub(super) fn find_marker(data: &[u8], from: usize) -> Option<usize> {
    find(data, from, |next| {
        (next != 0) & (next & 0xF8 != RST0) & (next != 0xFF)
    })
}

/// The next RSTn at or after `from`.
pub(in crate::video) fn find_restart(data: &[u8], from: usize) -> Option<usize> {
    find(data, from, |next| next & 0xF8 == RST0)
}

/// The next 0xFF whose successor is a `hit`. Written so that the compiler makes vector code of
/// it: a frame of 150 kB takes some microseconds, and no entropy-coded byte is looked at twice.
fn find(data: &[u8], from: usize, hit: impl Fn(u8) -> bool + Copy) -> Option<usize> {
    const BLOCK: usize = 64;
    let is_hit = |pair: (&u8, &u8)| (*pair.0 == 0xFF) & hit(*pair.1);
    let mut at = from;
    while let (Some(block), Some(next)) =
        (data.get(at..at + BLOCK), data.get(at + 1..at + 1 + BLOCK))
    {
        let any = block
            .iter()
            .zip(next)
            .fold(0u8, |any, pair| any | u8::from(is_hit(pair)));
        if any != 0 {
            break;
        }
        at += BLOCK;
    }
    let rest = data.get(at..)?;
    rest.iter()
        .zip(rest.get(1..)?)
        .position(is_hit)
        .map(|offset| at + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_bytes_and_restarts_are_not_the_end_of_a_scan() {
        let mut scan = vec![0x11; 100];
        scan.extend([0xFF, 0x00, 0xFF, 0xD3, 0xFF, 0xFF, 0xD9]);
        assert_eq!(find_marker(&scan, 0), Some(105));
        assert_eq!(find_restart(&scan, 0), Some(102));
        assert_eq!(find_restart(&scan, 103), None);
    }

    #[test]
    fn a_marker_is_found_wherever_it_lies_to_the_block_edges() {
        for place in 0..200 {
            let mut scan = vec![0u8; 210];
            scan[place] = 0xFF;
            scan[place + 1] = EOI;
            assert_eq!(find_marker(&scan, 0), Some(place));
            assert_eq!(find_marker(&scan, place), Some(place));
            assert_eq!(find_marker(&scan, place + 1), None);
        }
    }

    #[test]
    fn a_lone_ff_at_the_end_is_no_marker() {
        assert_eq!(find_marker(&[0, 0, 0xFF], 0), None);
        assert_eq!(find_marker(&[], 0), None);
        assert_eq!(find_marker(&[1], 7), None);
    }

    #[test]
    fn a_segment_longer_than_the_data_is_none() {
        assert_eq!(segment_at(&[0xFF, 0xDB, 0, 9, 1], 0), None);
        assert_eq!(
            segment_at(&[0xFF, 0xDB, 0, 1, 1], 0),
            None,
            "the length counts itself"
        );
    }
}
