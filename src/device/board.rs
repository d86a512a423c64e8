//! What the board is, as its device tree says it.

use std::fs;

const COMPATIBLE: &str = "/proc/device-tree/compatible";

/// The names that it goes by, the most exact one first; none on a machine without a device tree.
#[must_use]
pub fn compatible() -> Vec<String> {
    names(&fs::read(COMPATIBLE).unwrap_or_default())
}

/// Each ends with a zero byte.
fn names(bytes: &[u8]) -> Vec<String> {
    bytes
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_told() {
        let board = b"raspberrypi,4-model-b\0brcm,bcm2711\0";
        assert_eq!(names(board), ["raspberrypi,4-model-b", "brcm,bcm2711"]);
        assert_eq!(names(b""), Vec::<String>::new());
    }
}
