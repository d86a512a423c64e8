//! A model of the boot firmware: which partition of a card boots, and why. The lab boots cards by it, and judges by it
//! what a power cut left behind.
//!
//! ```text
//! `reboot N` ──────────────────────────────▶ N ┐
//! autoboot.txt says boot_partition=N ──────▶ N ┼─▶ bootable? ─yes─▶ boots ·  no ─▶ walk from there, each of 8 once
//! nothing says so, or N is 0 ─▶ first bootable ┘                                    none ─▶ dark
//! ```
//!
//! Sources: raspberrypi/documentation (`autoboot.adoc`, `bootflow-eeprom.adoc`), the release notes of rpi-eeprom, and
//! what others measured on a Pi 4B: a missing, empty or random `autoboot.txt` boots partition 2 when partition 1 has no
//! `start*.elf`; with any `start*.elf` but no `start4.elf` there the board stays dark. That the walk begins again at 1
//! behind the last partition is our reading; nobody measured it.

use super::autoboot::{Autoboot, Choice};

/// Boot firmware that was built before this (2025-10-08, seconds since 1970) cannot be trusted with a trial: the release
/// notes of rpi-eeprom put the end of the "boot partition 32" mistake there.
pub const OLDEST_BOOTLOADER: u64 = 1_759_881_600;

/// The walk looks at no more partitions than this.
pub const WALK: u8 = 8;

/// What the model needs to know of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Not there, or no FAT file system that the firmware can read.
    Unreadable,
    /// FAT without any `start*.elf`.
    NoFirmware,
    /// FAT with some `start*.elf`, but not the one of this board: found by a search, and then nothing starts.
    OtherFirmware,
    /// FAT with `start4.elf`.
    Bootable,
}

/// The bootloaders that differ in what matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bootloader {
    /// From 2025-08-13 on: filters, trials, the walk.
    Current,
    /// As boards of 2021 left the factory: no filters (the last `boot_partition` wins), no trial, no walk.
    April2021,
}

/// How the machine was reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reset {
    /// The number after `reboot`; 0 is none.
    pub partition: u8,
    /// Whether the trial flag was set. It is gone after this boot.
    pub trial: bool,
}

/// What boots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boot {
    /// From 1; what `/chosen/bootloader/partition` says.
    pub partition: u8,
    /// What `/chosen/bootloader/tryboot` says.
    pub trial: bool,
    /// The firmware's configuration that is read there.
    pub config: &'static str,
    /// The way here, for people.
    pub why: String,
}

/// Nothing boots; the sentence says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the board stays dark: {0}")]
pub struct Dark(pub String);

/// Decides, given what is on the card: `autoboot` is the file on the first partition, `partitions[0]` is partition 1.
pub fn decide(
    bootloader: Bootloader,
    reset: Reset,
    autoboot: Option<&[u8]>,
    partitions: &[Content],
) -> Result<Boot, Dark> {
    let card = Card { partitions };
    let trial = reset.trial && bootloader == Bootloader::Current;
    let choice = card
        .autoboot(autoboot)
        .map_or_else(Choice::default, |file| match bootloader {
            Bootloader::Current => file.choice(trial),
            Bootloader::April2021 => file.choice_without_filters(),
        });
    let (wanted, why) = match (reset.partition, choice.partition) {
        (0, Some(number)) if number > 0 => (number, format!("autoboot.txt says {number}")),
        (0, _) => (0, "nothing names a partition".to_owned()),
        (number, _) => (number.into(), format!("reboot asked for {number}")),
    };
    let (partition, why) = card.find(bootloader, wanted, why)?;
    let own_config = !trial || choice.tryboot_a_b;
    Ok(Boot {
        partition,
        trial,
        config: if own_config {
            "config.txt"
        } else {
            "tryboot.txt"
        },
        why,
    })
}

struct Card<'a> {
    partitions: &'a [Content],
}

impl Card<'_> {
    fn content(&self, number: u32) -> Content {
        let index = number
            .checked_sub(1)
            .and_then(|index| usize::try_from(index).ok());
        let content = index.and_then(|index| self.partitions.get(index));
        *content.unwrap_or(&Content::Unreadable)
    }

    /// The file counts only where the firmware can read the partition that it is on.
    fn autoboot(&self, file: Option<&[u8]>) -> Option<Autoboot> {
        file.filter(|_| self.content(1) != Content::Unreadable)
            .map(Autoboot::parse)
    }

    fn find(&self, bootloader: Bootloader, wanted: u32, why: String) -> Result<(u8, String), Dark> {
        if wanted == 0 {
            return self.search(1, why);
        }
        let walks = bootloader == Bootloader::Current && wanted <= u32::from(WALK);
        match (u8::try_from(wanted), self.content(wanted)) {
            (Ok(number), Content::Bootable) => Ok((number, why)),
            (Ok(number), _) if walks => {
                self.search(number, format!("{why}, but that one does not boot"))
            }
            _ => Err(Dark(format!("{why}, and that one does not boot"))),
        }
    }

    /// The first partition from `start` on that has some `start*.elf`.
    fn search(&self, start: u8, why: String) -> Result<(u8, String), Dark> {
        let order = (start..=WALK).chain(1..start);
        for number in order {
            match self.content(number.into()) {
                Content::Bootable => {
                    return Ok((number, format!("{why}: {number} is the first that boots")));
                }
                Content::OtherFirmware => {
                    return Err(Dark(format!(
                        "{why}: {number} has a start*.elf, but no start4.elf"
                    )));
                }
                Content::NoFirmware | Content::Unreadable => {}
            }
        }
        Err(Dark(format!("{why}: no partition boots")))
    }
}

#[cfg(test)]
mod tests {
    use super::Bootloader::{April2021, Current};
    use super::Content::{Bootable, NoFirmware, OtherFirmware, Unreadable};
    use super::*;
    use crate::slot::Slot;
    use proptest::prelude::*;

    const CARD: [Content; 4] = [NoFirmware, Bootable, Bootable, Unreadable];
    const PLAIN: Reset = Reset {
        partition: 0,
        trial: false,
    };
    const TRIAL: Reset = Reset {
        partition: 0,
        trial: true,
    };

    fn file(primary: Slot) -> [u8; 512] {
        Autoboot::primary(primary).print().unwrap()
    }

    fn boots(bootloader: Bootloader, reset: Reset, file: &[u8], card: &[Content]) -> Option<u8> {
        let boot = decide(bootloader, reset, Some(file), card).ok()?;
        Some(boot.partition)
    }

    #[test]
    fn the_primary_slot_boots_and_a_trial_boots_the_other() {
        for slot in Slot::ALL {
            let plain = decide(Current, PLAIN, Some(&file(slot)), &CARD).unwrap();
            assert_eq!((plain.partition, plain.trial), (slot.partition(), false));
            let trial = decide(Current, TRIAL, Some(&file(slot)), &CARD).unwrap();
            assert_eq!((trial.partition, trial.trial), ((!slot).partition(), true));
            assert_eq!(trial.config, "config.txt");
        }
    }

    #[test]
    fn a_bootloader_of_2021_boots_slot_b_of_a_fresh_card_and_knows_no_trial() {
        for reset in [PLAIN, TRIAL] {
            let boot = decide(April2021, reset, Some(&file(Slot::A)), &CARD).unwrap();
            assert_eq!((boot.partition, boot.trial), (3, false));
        }
    }

    #[test]
    fn without_a_readable_file_the_first_bootable_partition_boots() {
        for autoboot in [None, Some(&b""[..]), Some(&[0xA5; 512]), Some(&[0; 512])] {
            let boot = decide(Current, PLAIN, autoboot, &CARD).unwrap();
            assert_eq!(boot.partition, 2, "{autoboot:?}");
        }
    }

    #[test]
    fn another_boards_firmware_on_the_selector_keeps_the_board_dark() {
        let card = [OtherFirmware, Bootable, Bootable, Unreadable];
        let dark = decide(Current, PLAIN, None, &card).unwrap_err();
        assert!(dark.to_string().contains("no start4.elf"), "{dark}");
        // With the file it is never looked at.
        assert_eq!(boots(Current, PLAIN, &file(Slot::A), &card), Some(2));
    }

    #[test]
    fn a_slot_that_does_not_boot_is_walked_past() {
        let broken_b = [NoFirmware, Bootable, Unreadable, Unreadable];
        assert_eq!(boots(Current, PLAIN, &file(Slot::B), &broken_b), Some(2));
        assert_eq!(boots(Current, TRIAL, &file(Slot::A), &broken_b), Some(2));
        assert_eq!(boots(April2021, PLAIN, &file(Slot::B), &CARD[..1]), None);
        let broken_a = [NoFirmware, NoFirmware, Bootable, Unreadable];
        assert_eq!(boots(Current, PLAIN, &file(Slot::A), &broken_a), Some(3));
    }

    #[test]
    fn a_number_behind_reboot_overrides_the_file() {
        let reset = Reset {
            partition: 3,
            trial: false,
        };
        assert_eq!(boots(Current, reset, &file(Slot::A), &CARD), Some(3));
    }

    #[test]
    fn a_trial_without_tryboot_a_b_reads_another_configuration() {
        let boot = decide(Current, TRIAL, Some(b"[all]\nboot_partition=2\n"), &CARD).unwrap();
        assert_eq!((boot.partition, boot.config), (2, "tryboot.txt"));
    }

    #[test]
    fn a_card_without_any_slot_stays_dark() {
        let dark = decide(Current, PLAIN, Some(&file(Slot::A)), &[NoFirmware]).unwrap_err();
        assert!(dark.to_string().contains("no partition boots"), "{dark}");
        let beyond = b"boot_partition=63\n";
        assert_eq!(boots(Current, PLAIN, beyond, &CARD), None);
    }

    /// The argument by which a commit is one sector: old, new, or both with a tear anywhere, a complete slot boots.
    #[test]
    fn a_sector_torn_between_old_and_new_still_boots_a_slot() {
        for slot in Slot::ALL {
            for cut in 0..=512 {
                let mut torn = file(slot);
                torn[cut..].copy_from_slice(&file(!slot)[cut..]);
                for reset in [PLAIN, TRIAL] {
                    let booted = boots(Current, reset, &torn, &CARD);
                    assert!(booted == Some(2) || booted == Some(3), "torn at {cut}");
                }
            }
        }
    }

    fn any_content() -> impl Strategy<Value = Content> {
        prop_oneof![
            Just(Unreadable),
            Just(NoFirmware),
            Just(OtherFirmware),
            Just(Bootable)
        ]
    }

    proptest! {
        #[test]
        fn whatever_the_card_says_only_a_bootable_partition_boots(
            file in proptest::collection::vec(any::<u8>(), 0..600),
            card in proptest::collection::vec(any_content(), 0..10),
            partition: u8,
            trial: bool,
        ) {
            for bootloader in [Current, April2021] {
                if let Ok(boot) = decide(bootloader, Reset { partition, trial }, Some(&file), &card) {
                    prop_assert_eq!(card[usize::from(boot.partition) - 1], Bootable);
                }
            }
        }
    }
}
