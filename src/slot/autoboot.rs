//! `autoboot.txt`: the file on the first partition by which the boot firmware chooses where to go on.
//!
//! Source: raspberrypi/documentation, `config_txt/autoboot.adoc`: at most 512 bytes; filters `[all]`, `[none]` and
//! `[tryboot]`; keys `boot_partition` and `tryboot_a_b`; a later line wins. What is not understood has no effect,
//! so reading never fails.

use std::fmt::Write as _;

use super::Slot;

/// The firmware reads no further, and our file is exactly so long: one sector, which an update overwrites in place.
pub const LENGTH: usize = 512;

/// For which boots a line counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    All,
    /// Never, and so is every filter that this file may not have.
    None,
    /// Only when the trial flag is set.
    Tryboot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// 0 stands for the first bootable partition.
    BootPartition(u32),
    /// A trial loads the other partition's `config.txt` instead of this one's `tryboot.txt`.
    TrybootAb(bool),
}

/// The lines of the file that say something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Autoboot {
    lines: Vec<(Filter, Setting)>,
}

/// What a bootloader takes from the file for one boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// `None` and 0 both leave it to the search for the first bootable partition.
    pub partition: Option<u32>,
    pub tryboot_a_b: bool,
}

impl Autoboot {
    /// The file of a card that boots `slot`, and the other one on trial.
    #[must_use]
    pub fn primary(slot: Slot) -> Autoboot {
        let partition = |slot: Slot| Setting::BootPartition(slot.partition().into());
        Autoboot {
            lines: vec![
                (Filter::All, Setting::TrybootAb(true)),
                (Filter::All, partition(slot)),
                (Filter::Tryboot, partition(!slot)),
            ],
        }
    }

    /// Reads any bytes, as the firmware does: the first 512 of them, and what it does not know says nothing.
    #[must_use]
    pub fn parse(file: &[u8]) -> Autoboot {
        let read = &file[..file.len().min(LENGTH)];
        let mut filter = Filter::All;
        let mut lines = Vec::new();
        for line in read.split(|byte| *byte == b'\n' || *byte == b'\r' || *byte == 0) {
            let line = line.trim_ascii();
            if let Some(name) = line
                .strip_prefix(b"[")
                .and_then(|rest| rest.strip_suffix(b"]"))
            {
                filter = Filter::named(name);
            } else if let Some(setting) = Setting::parse(line) {
                lines.push((filter, setting));
            }
        }
        Autoboot { lines }
    }

    /// What counts for a boot on a bootloader that knows filters.
    #[must_use]
    pub fn choice(&self, trial: bool) -> Choice {
        self.choose(|filter| match filter {
            Filter::All => true,
            Filter::None => false,
            Filter::Tryboot => trial,
        })
    }

    /// What counts on one that does not: every line, so the last `boot_partition` of the file.
    #[must_use]
    pub fn choice_without_filters(&self) -> Choice {
        self.choose(|_| true)
    }

    fn choose(&self, counts: impl Fn(Filter) -> bool) -> Choice {
        let mut choice = Choice::default();
        for (_, setting) in self.lines.iter().filter(|(filter, _)| counts(*filter)) {
            match setting {
                Setting::BootPartition(number) => choice.partition = Some(*number),
                Setting::TrybootAb(on) => choice.tryboot_a_b = *on,
            }
        }
        choice
    }

    /// The file, padded with empty lines; `None` when there are more lines than fit.
    #[must_use]
    pub fn print(&self) -> Option<[u8; LENGTH]> {
        let mut text = String::new();
        let mut current = None;
        for (filter, setting) in &self.lines {
            if current != Some(*filter) {
                let _ = writeln!(text, "[{}]", filter.name());
                current = Some(*filter);
            }
            let _ = match setting {
                Setting::BootPartition(number) => writeln!(text, "boot_partition={number}"),
                Setting::TrybootAb(on) => writeln!(text, "tryboot_a_b={}", u8::from(*on)),
            };
        }
        let mut file = [b'\n'; LENGTH];
        file.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(file)
    }
}

impl Filter {
    fn named(name: &[u8]) -> Filter {
        match name.to_ascii_lowercase().as_slice() {
            b"all" => Filter::All,
            b"tryboot" => Filter::Tryboot,
            _ => Filter::None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Filter::All => "all",
            Filter::None => "none",
            Filter::Tryboot => "tryboot",
        }
    }
}

impl Setting {
    fn parse(line: &[u8]) -> Option<Setting> {
        let equals = line.iter().position(|byte| *byte == b'=')?;
        let number = std::str::from_utf8(line[equals + 1..].trim_ascii()).ok()?;
        let number: u32 = number.parse().ok()?;
        match line[..equals].trim_ascii() {
            b"boot_partition" => Some(Setting::BootPartition(number)),
            b"tryboot_a_b" => Some(Setting::TrybootAb(number != 0)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_file_of_a_card_is_one_sector_that_says_both_slots() {
        let file = Autoboot::primary(Slot::A).print().unwrap();
        let text = std::str::from_utf8(&file).unwrap();
        assert_eq!(
            text.trim_end(),
            "[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3"
        );
        assert_eq!(Autoboot::parse(&file), Autoboot::primary(Slot::A));
    }

    #[test]
    fn a_trial_goes_to_the_other_slot() {
        for slot in Slot::ALL {
            let file = Autoboot::primary(slot);
            let to = |trial| file.choice(trial).partition;
            assert_eq!(to(false), Some(slot.partition().into()));
            assert_eq!(to(true), Some((!slot).partition().into()));
            assert!(file.choice(true).tryboot_a_b);
        }
    }

    #[test]
    fn a_later_line_wins_and_a_filter_that_is_not_known_never_counts() {
        let file = Autoboot::parse(b"boot_partition=4\n[pi4]\nboot_partition=5\n[ALL]\r\n boot_partition = 2 \n[none]\nboot_partition=6");
        assert_eq!(file.choice(true).partition, Some(2));
        assert_eq!(file.choice_without_filters().partition, Some(6));
    }

    #[test]
    fn what_is_no_number_and_what_lies_behind_the_sector_says_nothing() {
        let mut file = b"boot_partition=two\nboot_partition=-1\nboot_partition\n".to_vec();
        file.resize(LENGTH, b'#');
        file.extend(b"\nboot_partition=3\n");
        assert_eq!(Autoboot::parse(&file), Autoboot::default());
    }

    #[test]
    fn more_lines_than_a_sector_holds_are_not_printed() {
        let lines = vec![(Filter::All, Setting::BootPartition(1_000_000)); 30];
        assert_eq!(Autoboot { lines }.print(), None);
    }

    fn any_setting() -> impl Strategy<Value = (Filter, Setting)> {
        let filter = prop_oneof![Just(Filter::All), Just(Filter::None), Just(Filter::Tryboot)];
        let setting = prop_oneof![
            any::<u32>().prop_map(Setting::BootPartition),
            any::<bool>().prop_map(Setting::TrybootAb)
        ];
        (filter, setting)
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = Autoboot::parse(&bytes);
        }

        #[test]
        fn what_is_printed_is_read_back(lines in proptest::collection::vec(any_setting(), 0..12)) {
            let file = Autoboot { lines };
            prop_assert_eq!(Autoboot::parse(&file.print().unwrap()), file);
        }
    }
}
