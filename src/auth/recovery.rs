//! Recovery codes: what somebody without their phone gets in with, each once. Pure.
//!
//! Each has 80 random bits, so a plain hash of it is enough to keep, and nobody guesses one.

use data_encoding::BASE32_NOPAD;

use super::secret::{hex, key, random};

/// How many a user gets.
pub(super) const CODES: usize = 10;
const CHARACTERS: usize = 16;

/// As it is kept: the SHA-256 in hexadecimal.
pub(super) type Hash = String;

/// New ones, as shown (`abcd-efgh-ijkl-mnop`) and as kept; nothing without randomness.
pub(super) fn make() -> Option<(Vec<String>, Vec<Hash>)> {
    let mut shown = Vec::new();
    for _ in 0..CODES {
        let text = BASE32_NOPAD.encode(&random::<10>()?).to_ascii_lowercase();
        let groups = [&text[..4], &text[4..8], &text[8..12], &text[12..]];
        shown.push(groups.join("-"));
    }
    let kept = shown.iter().filter_map(|code| parse(code)).collect();
    Some((shown, kept))
}

/// The hash of what somebody typed, if it has the form of a recovery code at all. Case, spaces and
/// dashes do not matter.
pub(super) fn parse(typed: &str) -> Option<Hash> {
    if typed.len() > 64 {
        return None;
    }
    let plain: String = typed
        .chars()
        .filter(|character| !matches!(character, ' ' | '-'))
        .map(|character| character.to_ascii_uppercase())
        .collect();
    let letters = |byte: u8| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte);
    let fits = plain.len() == CHARACTERS && plain.bytes().all(letters);
    fits.then(|| hex(&key(&plain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_different_codes_are_made_and_only_their_hashes_kept() {
        let (shown, kept) = make().expect("randomness");
        assert_eq!((shown.len(), kept.len()), (CODES, CODES));
        for (code, hash) in shown.iter().zip(&kept) {
            assert_eq!(code.len(), CHARACTERS + 3);
            assert_eq!(parse(code).as_ref(), Some(hash));
            assert!(!kept.contains(code));
        }
    }

    #[test]
    fn a_code_may_be_typed_as_people_type() {
        let expected = parse("abcd-efgh-2345-ijkl");
        assert!(expected.is_some());
        for typed in [
            "ABCD EFGH 2345 IJKL",
            "abcdefgh2345ijkl",
            " abcd-EFGH-2345-ijkl ",
        ] {
            assert_eq!(parse(typed), expected, "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in [
            "",
            "123456",
            "abcd-efgh-1890-ijkl",
            "abcd-efgh-2345-ijk",
            "äbcdefgh2345ijkl",
            &"-".repeat(1000),
        ] {
            assert_eq!(parse(typed), None, "{typed}");
        }
    }
}
