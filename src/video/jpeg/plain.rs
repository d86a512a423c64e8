//! The one kind of JPEG that is read into planes, which is the one that capture devices make: baseline, one frame, all of it in
//! one scan (T.81, annex B).
//!
//! The library that reads it knows many more, and a mixture of them ends it: what is not plain never comes to it.

use super::markers::{DHT, EOI, SOF0, SOS, find_marker, segments};

/// `Y`, then blue and red, which are as large or half as large (A.1.1).
const LUMA: [u8; 4] = [0x11, 0x21, 0x12, 0x22];
const CHROMA: u8 = 0x11;

/// Whether this file is plain, from its first byte to its last.
#[must_use]
pub fn is_plain(data: &[u8]) -> bool {
    let mut frame = None;
    for segment in segments(data) {
        match segment.code {
            SOF0 if frame.is_none() => frame = Some(segment.payload),
            DHT => {}
            // Frames of another kind, or a second one.
            0xC0..=0xCF => return false,
            SOS => {
                let whole = frame.is_some_and(|frame| is_whole(frame, segment.payload));
                return whole && ends(data, segment.end);
            }
            _ => {}
        }
    }
    false
}

/// The scan has each component of the frame, in the frame's order, in one go.
fn is_whole(frame: &[u8], scan: &[u8]) -> bool {
    let Some((&[8, _, _, _, _, count], components)) = frame.split_first_chunk() else {
        return false;
    };
    let components = components.as_chunks::<3>().0;
    let sampling = match components {
        [[_, grey, _]] => *grey == CHROMA,
        [[_, luma, _], [_, blue, _], [_, red, _]] => {
            LUMA.contains(luma) && [blue, red] == [&CHROMA; 2]
        }
        _ => false,
    };
    let Some((&selected, selectors)) = scan.split_first() else {
        return false;
    };
    let (selectors, rest) = selectors.as_chunks::<2>();
    let same = components.iter().map(|[id, ..]| id);
    let [.., [first, last]] = selectors else {
        return false;
    };
    sampling
        && [usize::from(count), usize::from(selected)] == [components.len(); 2]
        && frame.len() == 6 + 3 * components.len()
        && same.eq(selectors.iter().take(components.len()).map(|[id, _]| id))
        && selectors.len() == components.len() + 1
        && ([*first, *last], rest) == ([0, 63], &[0])
}

/// The scan goes on to the end of the file.
fn ends(data: &[u8], scan: usize) -> bool {
    let end = find_marker(data, scan);
    end.is_some_and(|end| data.get(end + 1..) == Some(&[EOI]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::jpeg::markers::SOI;

    /// A frame of this kind with such components, and the scan.
    fn file(kind: u8, sampling: &[u8], scan: &[u8], tail: &[u8]) -> Vec<u8> {
        let count = sampling.len() as u8;
        let mut frame = vec![8, 0, 16, 0, 16, count];
        for (id, sampling) in (1..).zip(sampling) {
            frame.extend([id, *sampling, 0]);
        }
        let mut data = vec![0xFF, SOI];
        for (code, payload) in [(DHT, &[][..]), (kind, &frame), (SOS, scan)] {
            data.extend([0xFF, code, 0, payload.len() as u8 + 2]);
            data.extend(payload);
        }
        data.extend([7, 0xFF, 0, 7]);
        data.extend(tail);
        data
    }

    const SCAN: [u8; 10] = [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0];
    const END: [u8; 2] = [0xFF, EOI];

    #[test]
    fn what_capture_devices_make_is_plain() {
        for luma in LUMA {
            assert!(is_plain(&file(SOF0, &[luma, 0x11, 0x11], &SCAN, &END)));
        }
        assert!(is_plain(&file(SOF0, &[0x11], &[1, 1, 0, 0, 63, 0], &END)));
    }

    #[test]
    fn other_kinds_parts_and_leftovers_are_not() {
        let colours = [0x22, 0x11, 0x11];
        for other in [
            file(0xC2, &colours, &SCAN, &END),
            file(0xC1, &colours, &SCAN, &END),
            file(SOF0, &[0x41, 0x11, 0x11], &SCAN, &END),
            file(SOF0, &[0x22, 0x21, 0x11], &SCAN, &END),
            file(SOF0, &[0x11, 0x11], &SCAN, &END),
            file(SOF0, &colours, &[1, 1, 0, 0, 63, 0], &END),
            file(SOF0, &colours, &[3, 1, 0, 3, 0, 2, 0, 0, 63, 0], &END),
            file(SOF0, &colours, &[3, 1, 0, 2, 0, 3, 0, 0, 5, 0], &END),
            file(SOF0, &colours, &SCAN, &[0xFF, SOS, 0, 2, 0xFF, EOI]),
            file(SOF0, &colours, &SCAN, &[0xFF, EOI, 0]),
            file(SOF0, &colours, &SCAN, &[]),
        ] {
            assert!(!is_plain(&other), "{other:02x?}");
        }
        let mut twice = file(SOF0, &colours, &SCAN, &END);
        let frame = twice[6..25].to_vec();
        assert_eq!(frame[1], SOF0);
        twice.splice(6..6, frame);
        assert!(!is_plain(&twice), "two frames");
    }

    #[test]
    fn no_bytes_make_it_panic() {
        use proptest::prelude::*;
        let byte = prop_oneof![
            Just(0xFF),
            Just(SOF0),
            Just(SOS),
            Just(3),
            Just(0),
            any::<u8>()
        ];
        proptest!(|(bytes in prop::collection::vec(byte, 0..80))| {
            let _ = is_plain(&[&[0xFF, SOI][..], &bytes].concat());
        });
    }
}
