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
