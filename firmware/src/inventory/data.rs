//! Data of others that are in the program: the keyboard layouts.

use std::path::Path;

use super::{Component, Error, named, read};

const TABLE: &str = "src/keymap/layouts.txt";
/// The table's first line has this, and the version.
const ORIGIN: &str = "# xkeyboard-config ";
/// Several texts as of the MIT licence.
const LICENCE: &str = "MIT";

pub(super) const TITLE: &str = "xkeyboard-config (keyboard layouts)";
/// Beside the table.
pub(super) const TEXT: &str = "src/keymap/COPYING";

/// What the table of layouts was made from.
pub(super) fn layouts(root: &Path) -> Result<Component, Error> {
    let path = root.join(TABLE);
    let text = String::from_utf8_lossy(&read(&path)?).into_owned();
    let version = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix(ORIGIN));
    let version = version.ok_or(Error::Origin(path))?;
    named(&format!("xkeyboard-config,{version},{LICENCE}"))
}
