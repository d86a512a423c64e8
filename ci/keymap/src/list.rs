//! Which layouts the appliance has, and what they are called: all that xkeyboard-config lists, with the variants that people use.

use std::fs;

use crate::Error;

const RULES: &str = "/usr/share/X11/xkb/rules/base.lst";

/// What xkeyboard-config says of itself.
const ABOUT: &str = "/usr/share/pkgconfig/xkeyboard-config.pc";

/// A layout and a variant of it, `""` for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub layout: String,
    pub variant: String,
    /// In English.
    pub title: String,
}

impl Entry {
    /// `de`, or `de-nodeadkeys`.
    #[must_use]
    pub fn id(&self) -> String {
        if self.variant.is_empty() {
            self.layout.clone()
        } else {
            format!("{}-{}", self.layout, self.variant)
        }
    }
}

/// A layout that only passes on what its user has defined.
const NOT: [&str; 1] = ["custom"];

/// Each layout has its plain form too. Without the German T3: its AltGr holds on until the next key, which is another way to type.
const VARIANTS: &[(&str, &str)] = &[
    ("al", "plisi"),
    ("ara", "azerty digits mac"),
    ("at", "mac nodeadkeys"),
    ("be", "nodeadkeys oss"),
    ("bg", "bas_phonetic phonetic"),
    ("br", "dvorak nodeadkeys thinkpad"),
    ("by", "latin legacy"),
    ("ca", "eng fr-dvorak fr-legacy multix"),
    ("ch", "de_mac de_nodeadkeys fr fr_mac fr_nodeadkeys"),
    ("cz", "bksl dvorak-ucw qwerty qwerty_bksl"),
    (
        "de",
        "deadacute dvorak mac mac_nodeadkeys neo nodeadkeys qwerty us",
    ),
    ("dk", "dvorak mac nodeadkeys winkeys"),
    ("ee", "nodeadkeys us"),
    ("es", "cat dvorak mac nodeadkeys winkeys"),
    ("fi", "classic mac nodeadkeys winkeys"),
    (
        "fr",
        "afnor azerty bepo bepo_latin9 dvorak latin9 mac nodeadkeys oss us",
    ),
    ("gb", "colemak dvorak extd intl mac"),
    ("ge", "mess"),
    ("gr", "extended nodeadkeys polytonic simple"),
    ("hr", "unicode us"),
    ("hu", "nodeadkeys qwerty standard"),
    ("ie", "CloGaelach"),
    ("il", "lyx phonetic"),
    ("in", "ben bolnagri eng guj hin-wx kan mal tam tel"),
    ("is", "dvorak mac"),
    ("it", "mac nodeadkeys us winkeys"),
    ("jp", "dvorak kana mac"),
    ("kz", "latin"),
    ("latam", "dvorak nodeadkeys"),
    ("lt", "ibm std us"),
    ("lv", "adapted apostrophe"),
    ("mk", "nodeadkeys"),
    ("nl", "mac std us"),
    ("no", "colemak dvorak mac nodeadkeys winkeys"),
    ("pl", "dvorak legacy qwertz"),
    ("pt", "mac nativo nodeadkeys"),
    ("ro", "std winkeys"),
    ("rs", "latin latinunicode"),
    ("ru", "legacy mac phonetic typewriter"),
    ("se", "dvorak mac nodeadkeys us"),
    ("si", "us"),
    ("sk", "bksl qwerty qwerty_bksl"),
    ("th", "pat tis"),
    ("tr", "alt f intl"),
    ("ua", "legacy phonetic winkeys"),
    (
        "us",
        "alt-intl altgr-intl colemak colemak_dh dvorak dvorak-alt-intl dvorak-classic dvorak-intl dvorak-l dvorak-r dvp euro intl mac norman workman workman-intl",
    ),
    ("vn", "fr us"),
];

/// All of them, in the order of their ids.
///
/// # Errors
/// xkeyboard-config is not installed, or does not know one any more.
pub fn entries() -> Result<Vec<Entry>, Error> {
    let text = fs::read_to_string(RULES).map_err(|source| Error::List {
        path: RULES,
        source,
    })?;
    let layouts = section(&text, "layout");
    let variants = section(&text, "variant");
    let mut entries = Vec::new();
    for (layout, title) in &layouts {
        if !NOT.contains(layout) {
            entries.push(entry(layout, "", title));
        }
    }
    for (layout, wanted) in VARIANTS {
        for variant in wanted.split(' ') {
            let title = variants.iter().find_map(|(name, rest)| {
                let (of, title) = rest.split_once(": ")?;
                (name == &variant && of == *layout).then_some(title)
            });
            let title = title.ok_or_else(|| Error::Unknown(format!("{layout}-{variant}")))?;
            entries.push(entry(layout, variant, title));
        }
    }
    entries.sort_by_key(Entry::id);
    Ok(entries)
}

/// The version of xkeyboard-config.
///
/// # Errors
/// It is not installed.
pub fn version() -> Result<String, Error> {
    let text = fs::read_to_string(ABOUT).map_err(|source| Error::List {
        path: ABOUT,
        source,
    })?;
    let version = text.lines().find_map(|line| line.strip_prefix("Version: "));
    Ok(version.unwrap_or("of an unknown version").to_owned())
}

fn entry(layout: &str, variant: &str, title: &str) -> Entry {
    Entry {
        layout: layout.to_owned(),
        variant: variant.to_owned(),
        title: title.to_owned(),
    }
}

/// The lines of `! NAME`: a word and the rest.
fn section<'a>(text: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    text.lines()
        .skip_while(|line| line.strip_prefix("! ") != Some(name))
        .skip(1)
        .take_while(|line| !line.starts_with('!'))
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(word, rest)| (word, rest.trim()))
        .collect()
}
