//! The board that a bundle has to fit. Pure.

use super::bundle::{Header, PRODUCT};
use super::refusal::Refusal;

/// What a bundle has to fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Board {
    /// The device tree's `compatible`.
    pub hardware: Vec<String>,
    /// When the boot firmware was built, seconds since 1970; `None` where it does not say.
    pub bootloader: Option<u64>,
}

/// The names in a device tree's `compatible`, the most exact one first: each ends with a zero byte.
#[must_use]
pub fn names(compatible: &[u8]) -> Vec<String> {
    compatible
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

/// Whether a bundle is for this appliance; the signature says only who made it.
///
/// # Errors
/// Why it is not.
pub fn fits(header: &Header, board: &Board, floor: u32) -> Result<(), Refusal> {
    let made = &header.made;
    if made.product != PRODUCT {
        return Err(Refusal::Product);
    }
    if !made
        .hardware
        .iter()
        .any(|name| board.hardware.contains(name))
    {
        return Err(Refusal::Hardware);
    }
    if board
        .bootloader
        .is_some_and(|built| built < made.oldest_bootloader)
    {
        return Err(Refusal::Bootloader);
    }
    if made.rollback_index < floor {
        return Err(Refusal::Downgrade);
    }
    Ok(())
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
