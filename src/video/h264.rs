//! H.264 as an encoder delivers it: units behind start codes (ITU-T H.264, annex B).

use bytes::Bytes;

/// Kinds of units (table 7-1).
const CHANGE: u8 = 1;
const KEY: u8 = 5;
const SEQUENCE: u8 = 7;
const PICTURE: u8 = 8;

/// Whether a decoder that knows nothing can begin here: with a key picture, and before it all that says how to read it.
#[must_use]
pub fn can_begin(stream: &[u8]) -> bool {
    let (mut sequence, mut picture) = (false, false);
    for kind in kinds(stream) {
        match kind {
            SEQUENCE => sequence = true,
            PICTURE => picture = true,
            KEY => return sequence && picture,
            CHANGE => return false,
            _ => {}
        }
    }
    false
}

/// Parameter sets that an encoder gave by themselves, for the key that they belong to.
#[derive(Debug, Default)]
pub struct Headers {
    apart: Bytes,
}

impl Headers {
    /// What came, as a decoder takes it. None: there is no picture in it.
    #[must_use]
    pub fn join(&mut self, came: Bytes) -> Option<Bytes> {
        let (mut picture, mut key, mut sequence) = (false, false, false);
        for kind in kinds(&came) {
            picture |= (CHANGE..=KEY).contains(&kind);
            key |= kind == KEY;
            sequence |= kind == SEQUENCE;
        }
        if !picture {
            if sequence {
                self.apart = came;
            }
            return None;
        }
        let lacks = key && !sequence && !self.apart.is_empty();
        Some(if lacks {
            [&self.apart[..], &came].concat().into()
        } else {
            came
        })
    }
}

/// What each unit is.
fn kinds(stream: &[u8]) -> impl Iterator<Item = u8> {
    let starts = stream.windows(4);
    starts.filter_map(|bytes| match *bytes {
        [0, 0, 1, header] => Some(header & 0x1F),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(kinds: &[u8]) -> Vec<u8> {
        let unit = |kind: &u8| [0, 0, 0, 1, 0x60 | kind, 0x80, 0xFF];
        kinds.iter().flat_map(unit).collect()
    }

    #[test]
    fn a_decoder_begins_with_a_key_and_its_parameters() {
        assert!(can_begin(&stream(&[SEQUENCE, PICTURE, KEY])));
        assert!(can_begin(&stream(&[9, SEQUENCE, PICTURE, 6, KEY, KEY])));
        for other in [
            &[KEY][..],
            &[SEQUENCE, KEY],
            &[CHANGE],
            &[SEQUENCE, PICTURE],
        ] {
            assert!(!can_begin(&stream(other)), "{other:?}");
        }
        assert!(!can_begin(&stream(&[SEQUENCE, PICTURE, CHANGE, KEY])));
    }

    #[test]
    fn parameters_that_came_apart_are_put_before_each_key_that_lacks_them() {
        let mut headers = Headers::default();
        let of = |kinds: &[u8]| Bytes::from(stream(kinds));
        assert_eq!(headers.join(of(&[KEY])), Some(of(&[KEY])), "none came yet");
        assert_eq!(headers.join(of(&[SEQUENCE, PICTURE])), None);
        assert_eq!(headers.join(of(&[6])), None);
        for _ in 0..2 {
            let whole = headers.join(of(&[KEY])).expect("a picture");
            assert_eq!(whole, of(&[SEQUENCE, PICTURE, KEY]));
        }
        for other in [&[CHANGE][..], &[SEQUENCE, PICTURE, KEY]] {
            assert_eq!(headers.join(of(other)), Some(of(other)));
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        use proptest::prelude::*;
        proptest!(|(bytes in prop::collection::vec(0_u8..9, 0..60))| {
            let _ = can_begin(&bytes);
        });
    }
}
