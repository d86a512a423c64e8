//! What the board is, as its device tree says it.

use std::fs;

use crate::slot::board;

const COMPATIBLE: &str = "/sys/firmware/devicetree/base/compatible";

/// The names that it goes by, the most exact one first; none on a machine without a device tree.
#[must_use]
pub fn compatible() -> Vec<String> {
    board::names(&fs::read(COMPATIBLE).unwrap_or_default())
}
