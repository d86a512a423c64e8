//! Where in `settings.toml` a key or a mistake stands. Pure.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// The line of a byte offset, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    1 + text.as_bytes()[..end]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
}

/// The line on which a dotted key stands, from 1; the first line when it stands nowhere.
pub(super) fn line_of_key(text: &str, dotted: &str) -> usize {
    let mut line = 1;
    walk(text, &mut |key, key_span, _| {
        if key == dotted {
            line = line_of(text, key_span.start);
        }
    });
    line
}

/// The dotted key whose name or value covers a byte offset; the innermost when several do.
pub(super) fn key_at(text: &str, offset: usize) -> Option<String> {
    let mut found = None;
    walk(text, &mut |key, key_span, value_span| {
        if key_span.contains(&offset) || value_span.contains(&offset) {
            found = Some(key.to_owned());
        }
    });
    found
}

type Visit<'a> = dyn FnMut(&str, Range<usize>, Range<usize>) + 'a;

/// Calls `visit` for every key, outer before inner. Text that is not TOML has no keys.
fn walk(text: &str, visit: &mut Visit<'_>) {
    if let Ok(table) = DeTable::parse(text) {
        walk_table(table.get_ref(), "", visit);
    }
}

fn walk_table(table: &DeTable<'_>, above: &str, visit: &mut Visit<'_>) {
    for (name, value) in table {
        let name_text = name.get_ref();
        let dotted = if above.is_empty() {
            name_text.to_string()
        } else {
            format!("{above}.{name_text}")
        };
        visit(&dotted, name.span(), value.span());
        if let DeValue::Table(inner) = value.get_ref() {
            walk_table(inner, &dotted, visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# comment\n[video]\nquality = 80\n\n[usb]\nproduct = \"x\"\n";

    #[test]
    fn a_key_has_a_line() {
        assert_eq!(line_of_key(TEXT, "video.quality"), 3);
        assert_eq!(line_of_key(TEXT, "usb.product"), 6);
        assert_eq!(line_of_key("video = { quality = 0 }", "video.quality"), 1);
        assert_eq!(line_of_key("\nvideo.quality = 0", "video.quality"), 2);
    }

    #[test]
    fn a_mistake_has_its_innermost_key() {
        let at = |what: &str| key_at(TEXT, TEXT.find(what).expect("in the text"));
        assert_eq!(at("80").as_deref(), Some("video.quality"));
        assert_eq!(at("product").as_deref(), Some("usb.product"));
        assert_eq!(at("# comment"), None);
    }

    #[test]
    fn text_that_is_not_toml_has_no_keys() {
        assert_eq!(key_at("]][", 0), None);
        assert_eq!(line_of_key("]][", "a.b"), 1);
        assert_eq!(line_of("abc", 99), 1);
    }
}
