//! Why something about slots is not done. One list for init, the wire, the log and the page.

use std::io;

use super::bundle::Untrusted;
use super::state::NotArmed;

/// What is not done, and nothing has changed by it that would boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this appliance has no card with two slots, so it cannot be updated in place")]
    NoCard,
    #[error("another installation is under way")]
    Busy,
    #[error("no installation is under way")]
    NotBusy,
    #[error("the system that runs is itself on trial: wait until it is confirmed")]
    OnTrial,
    #[error("the file is no bundle, or is damaged")]
    Malformed,
    #[error("the bundle is signed with a key that this release does not trust")]
    UnknownKey,
    #[error("the bundle was changed after it was signed")]
    WrongSignature,
    #[error("the bundle is for another product")]
    Product,
    #[error("the bundle is for other hardware than this")]
    Hardware,
    #[error(
        "the board's boot firmware is too old to start a system on trial: bring it up to date first"
    )]
    Bootloader,
    #[error("the bundle is older than the oldest release that may still be installed here")]
    Downgrade,
    #[error("the bundle's system lacks files without which nothing boots")]
    NotBootable,
    #[error("block {0} is not what the signed header says: the file is damaged")]
    Block(u32),
    #[error("not all of the system has been written yet")]
    Incomplete,
    #[error("what is on the card is not what was written to it: the card is failing")]
    Image,
    #[error("the card cannot be read: {}", io::Error::from_raw_os_error(*.0 as i32))]
    Read(u32),
    #[error("the card cannot be written: {}", io::Error::from_raw_os_error(*.0 as i32))]
    Write(u32),
    #[error("the other slot has no whole system")]
    NotWhole,
    #[error("the board's boot firmware did not take the order to start the other slot")]
    Flag,
    #[error("the system that runs is not the one that boots: restart first")]
    NotPrimary,
}

impl Refusal {
    /// For the wire: a number, and another one that says more.
    #[must_use]
    pub fn code(self) -> (u8, u32) {
        let index = Refusal::ALL
            .iter()
            .position(|each| std::mem::discriminant(each) == std::mem::discriminant(&self));
        let detail = match self {
            Refusal::Block(detail) | Refusal::Read(detail) | Refusal::Write(detail) => detail,
            _ => 0,
        };
        (
            index
                .and_then(|index| u8::try_from(index).ok())
                .unwrap_or(u8::MAX),
            detail,
        )
    }

    /// The other way round; `None` for a number that is none.
    #[must_use]
    pub fn from_code((code, detail): (u8, u32)) -> Option<Refusal> {
        Refusal::ALL
            .get(usize::from(code))
            .map(|refusal| match refusal {
                Refusal::Block(_) => Refusal::Block(detail),
                Refusal::Read(_) => Refusal::Read(detail),
                Refusal::Write(_) => Refusal::Write(detail),
                other => *other,
            })
    }

    /// In the order of their numbers: new ones go to the end.
    pub const ALL: [Refusal; 20] = [
        Refusal::NoCard,
        Refusal::Busy,
        Refusal::NotBusy,
        Refusal::OnTrial,
        Refusal::Malformed,
        Refusal::UnknownKey,
        Refusal::WrongSignature,
        Refusal::Product,
        Refusal::Hardware,
        Refusal::Bootloader,
        Refusal::Downgrade,
        Refusal::NotBootable,
        Refusal::Block(0),
        Refusal::Incomplete,
        Refusal::Image,
        Refusal::Read(0),
        Refusal::Write(0),
        Refusal::NotWhole,
        Refusal::Flag,
        Refusal::NotPrimary,
    ];

    pub(super) fn reading(error: &io::Error) -> Refusal {
        Refusal::Read(errno(error))
    }

    pub(super) fn writing(error: &io::Error) -> Refusal {
        Refusal::Write(errno(error))
    }
}

impl From<Untrusted> for Refusal {
    fn from(untrusted: Untrusted) -> Refusal {
        match untrusted {
            Untrusted::UnknownKey => Refusal::UnknownKey,
            Untrusted::Wrong => Refusal::WrongSignature,
        }
    }
}

impl From<NotArmed> for Refusal {
    fn from(not_armed: NotArmed) -> Refusal {
        match not_armed {
            NotArmed::NotWhole => Refusal::NotWhole,
            NotArmed::BelowFloor => Refusal::Downgrade,
        }
    }
}

/// Input/output error where the system has no number for it.
fn errno(error: &io::Error) -> u32 {
    const EIO: u32 = 5;
    error
        .raw_os_error()
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(EIO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_number_and_a_sentence_of_its_own() {
        let mut sentences = Vec::new();
        for (number, refusal) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(refusal.code().0), number);
            assert_eq!(Refusal::from_code(refusal.code()), Some(refusal));
            sentences.push(refusal.to_string());
        }
        sentences.dedup();
        assert_eq!(sentences.len(), Refusal::ALL.len());
        assert_eq!(Refusal::from_code((200, 0)), None);
    }

    #[test]
    fn the_card_s_own_reason_is_told() {
        let full = Refusal::writing(&io::Error::from_raw_os_error(28));
        assert!(full.to_string().contains("No space left"), "{full}");
        assert_eq!(Refusal::from_code(full.code()), Some(full));
    }
}
