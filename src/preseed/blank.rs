//! Overwriting the secrets of a file in place: the same length, and still TOML. Pure.

use std::ops::Range;

/// What stands where a secret stood.
const BLANK: u8 = b'*';

/// The text with the inside of each string at `spans` overwritten. Line breaks stay, so that every
/// other line keeps its number.
pub(super) fn blanked(text: &str, spans: &[Range<usize>]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for span in spans {
        let Some(inside) = inside(text, span) else {
            continue;
        };
        for byte in &mut bytes[inside] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = BLANK;
            }
        }
    }
    bytes
}

/// Whether a secret has been overwritten before, as a whole or, when the power went meanwhile, in
/// some of its sectors.
pub(super) fn is_blank(text: &str) -> bool {
    let mut visible = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r'));
    let whole = visible.next() == Some(BLANK) && visible.all(|byte| byte == BLANK);
    whole || text.contains("****")
}

/// The same of a hash or a key in PEM, which has no asterisk of its own.
pub(super) fn is_blank_code(text: &str) -> bool {
    text.as_bytes().contains(&BLANK)
}

/// A string without its quotes: one or three, at each end.
fn inside(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let whole = text.get(span.clone())?;
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let quote = quotes.iter().find(|quote| {
        whole.len() >= 2 * quote.len() && whole.starts_with(**quote) && whole.ends_with(**quote)
    })?;
    Some(span.start + quote.len()..span.end - quote.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, secret: &str) -> String {
        let start = text.find(secret).expect("in the text");
        let span = start..start + secret.len();
        String::from_utf8(blanked(text, &[span])).expect("UTF-8")
    }

    #[test]
    fn the_inside_of_every_kind_of_string_is_overwritten() {
        assert_eq!(of("a = \"p\\\"w\" # x", "\"p\\\"w\""), "a = \"****\" # x");
        assert_eq!(of("a = 'pw'", "'pw'"), "a = '**'");
        assert_eq!(of("a = \"ü\"", "\"ü\""), "a = \"**\"");
        assert_eq!(of("a = \"\"", "\"\""), "a = \"\"");
        assert_eq!(
            of("a = \"\"\"\np\r\nw\"\"\"", "\"\"\"\np\r\nw\"\"\""),
            "a = \"\"\"\n*\r\n*\"\"\""
        );
        assert_eq!(of("a = '''p''w'''", "'''p''w'''"), "a = '''****'''");
    }

    #[test]
    fn what_was_overwritten_is_known_again() {
        for blank in ["*", "****", "**\n**\r\n", "half of i****"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for other in ["", "\n", "*a", "a*", "$6$x"] {
            assert!(!is_blank(other), "{other:?}");
        }
        assert!(is_blank_code("$6$*") && !is_blank_code("$6$x"));
    }
}
