//! The self-check: from what is known to what is wrong. Pure.
//!
//! Each finding is a word that does not change; the page has a sentence for what is wrong and one for what to do about it.
//! What is not known is not wrong.

use schemars::JsonSchema;
use serde::Serialize;

use super::{DataState, Health};
use crate::target::UsbLink;
use crate::video::NoPicture;

/// What the check looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub health: Health,
    /// None: there is a picture, or nobody has looked.
    pub no_picture: Option<NoPicture>,
    /// Frames since the start.
    pub captured: u64,
    pub damaged: u64,
    pub usb: UsbLink,
    /// The target reads the absolute mouse, as far as is known.
    pub absolute: bool,
    pub network: NetworkFacts,
    pub data: DataState,
    /// Bytes.
    pub data_size: u64,
    pub data_free: u64,
    pub rescue: bool,
    /// What became of the last update.
    pub update_failed: bool,
    /// The other slot was tried and is bad.
    pub slot_bad: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NetworkFacts {
    /// Ours to look after.
    pub managed: bool,
    pub synchronized: bool,
    /// An address was made up, because no DHCP server gave one.
    pub link_local: bool,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something does not work.
    Bad,
    /// Something will not, or not well.
    Warning,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    Undervoltage,
    CardErrors,
    DataInMemory,
    DataRemade,
    DataFull,
    Rescue,
    NoCaptureDevice,
    NoSignal,
    UnstableSignal,
    UnsupportedMode,
    DamagedFrames,
    NoGadget,
    UsbDisconnected,
    MouseNotRead,
    ClockNotSet,
    NoDhcp,
    Hot,
    Throttled,
    LowMemory,
    UpdateFailed,
    SlotBad,
}

/// Above this the Pi's own limit is near (80 °C soft on the 3B+, 85 °C on every model).
const HOT_C: f32 = 80.0;
/// Of a hundred frames more damaged ones than this are seen.
const DAMAGED_PERCENT: u64 = 2;
/// Fewer frames tell nothing.
const FRAMES: u64 = 300;
/// Settings, accounts and the audit log fit in a part of this.
const DATA_LEAST: u64 = 16 << 20;

/// Everything that is wrong, the gravest first.
#[must_use]
pub fn check(facts: &Facts) -> Vec<(Finding, Severity)> {
    let all = [
        of_board(facts),
        of_data(facts),
        of_target(facts),
        of_rest(facts),
    ];
    let mut found: Vec<_> = all.into_iter().flatten().collect();
    found.sort_by_key(|(_, severity)| *severity == Severity::Warning);
    found
}

type Found = Vec<(Finding, Severity)>;

/// Those of the list that are so.
fn only(list: &[(bool, Finding, Severity)]) -> Found {
    let so = list.iter().filter(|(so, ..)| *so);
    so.map(|(_, finding, severity)| (*finding, *severity))
        .collect()
}

fn of_board(Facts { health, .. }: &Facts) -> Found {
    let low = match (health.memory, health.memory_available) {
        (Some(memory), Some(available)) => available < memory / 20,
        _ => false,
    };
    let undervoltage = health.undervoltage == Some(true);
    let hot = health.temperature_c.is_some_and(|degrees| degrees >= HOT_C);
    let slowed = health.throttled == Some(true) && !hot && !undervoltage;
    only(&[
        (undervoltage, Finding::Undervoltage, Severity::Bad),
        (hot, Finding::Hot, Severity::Warning),
        // With a reason of its own there is nothing more to say.
        (slowed, Finding::Throttled, Severity::Warning),
        (low, Finding::LowMemory, Severity::Warning),
    ])
}

fn of_data(facts: &Facts) -> Found {
    let errors = facts.health.card_errors.is_some_and(|errors| errors > 0);
    let memory = facts.data == DataState::Memory && !facts.rescue;
    let full = facts.data_size > 0 && facts.data_free < DATA_LEAST.min(facts.data_size / 10);
    only(&[
        (errors, Finding::CardErrors, Severity::Bad),
        (facts.rescue, Finding::Rescue, Severity::Warning),
        (memory, Finding::DataInMemory, Severity::Bad),
        (
            facts.data == DataState::Remade,
            Finding::DataRemade,
            Severity::Warning,
        ),
        (full, Finding::DataFull, Severity::Bad),
    ])
}

fn of_target(facts: &Facts) -> Found {
    let picture = facts.no_picture;
    let is = |why| picture == Some(why);
    let damaged = facts.captured >= FRAMES
        && facts.damaged.saturating_mul(100) > facts.captured.saturating_mul(DAMAGED_PERCENT);
    let deaf = facts.usb == UsbLink::Configured && !facts.absolute;
    only(&[
        (
            is(NoPicture::NoDevice),
            Finding::NoCaptureDevice,
            Severity::Bad,
        ),
        (is(NoPicture::NoCable), Finding::NoSignal, Severity::Bad),
        (
            is(NoPicture::NoSync),
            Finding::UnstableSignal,
            Severity::Bad,
        ),
        (
            is(NoPicture::OutOfRange),
            Finding::UnsupportedMode,
            Severity::Bad,
        ),
        (damaged, Finding::DamagedFrames, Severity::Warning),
        (
            facts.usb == UsbLink::NoGadget,
            Finding::NoGadget,
            Severity::Bad,
        ),
        (
            facts.usb == UsbLink::Disconnected,
            Finding::UsbDisconnected,
            Severity::Bad,
        ),
        (deaf, Finding::MouseNotRead, Severity::Warning),
    ])
}

fn of_rest(facts: &Facts) -> Found {
    let NetworkFacts {
        managed,
        synchronized,
        link_local,
    } = facts.network;
    only(&[
        (
            managed && !synchronized,
            Finding::ClockNotSet,
            Severity::Warning,
        ),
        (managed && link_local, Finding::NoDhcp, Severity::Warning),
        (
            facts.update_failed,
            Finding::UpdateFailed,
            Severity::Warning,
        ),
        (facts.slot_bad, Finding::SlotBad, Severity::Warning),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Facts {
        Facts {
            health: Health {
                temperature_c: Some(55.0),
                undervoltage: Some(false),
                throttled: Some(false),
                memory: Some(4 << 30),
                memory_available: Some(3 << 30),
                card_errors: Some(0),
            },
            no_picture: None,
            captured: 1000,
            damaged: 0,
            usb: UsbLink::Configured,
            absolute: true,
            network: NetworkFacts {
                managed: true,
                synchronized: true,
                link_local: false,
            },
            data: DataState::Kept,
            data_size: 28 << 30,
            data_free: 27 << 30,
            rescue: false,
            update_failed: false,
            slot_bad: false,
        }
    }

    fn found(edit: impl FnOnce(&mut Facts)) -> Vec<Finding> {
        let mut facts = well();
        edit(&mut facts);
        check(&facts)
            .into_iter()
            .map(|(finding, _)| finding)
            .collect()
    }

    #[test]
    fn an_appliance_that_is_well_has_no_findings() {
        assert!(found(|_| ()).is_empty());
    }

    #[test]
    fn what_is_not_known_is_not_wrong() {
        let nothing = |facts: &mut Facts| {
            facts.health = Health::default();
            (facts.data_size, facts.data_free) = (0, 0);
            facts.network = NetworkFacts::default();
        };
        assert!(found(nothing).is_empty());
    }

    #[test]
    fn each_trouble_is_found_by_its_name() {
        type Edit = fn(&mut Facts);
        let cases: [(Finding, Edit); 21] = [
            (Finding::Undervoltage, |f| {
                f.health.undervoltage = Some(true)
            }),
            (Finding::Hot, |f| f.health.temperature_c = Some(80.0)),
            (Finding::Throttled, |f| f.health.throttled = Some(true)),
            (Finding::LowMemory, |f| {
                f.health.memory_available = Some(1 << 20)
            }),
            (Finding::CardErrors, |f| f.health.card_errors = Some(1)),
            (Finding::Rescue, |f| {
                (f.rescue, f.data) = (true, DataState::Memory)
            }),
            (Finding::DataInMemory, |f| f.data = DataState::Memory),
            (Finding::DataRemade, |f| f.data = DataState::Remade),
            (Finding::DataFull, |f| f.data_free = 1 << 20),
            (Finding::NoCaptureDevice, |f| {
                f.no_picture = Some(NoPicture::NoDevice)
            }),
            (Finding::NoSignal, |f| {
                f.no_picture = Some(NoPicture::NoCable)
            }),
            (Finding::UnstableSignal, |f| {
                f.no_picture = Some(NoPicture::NoSync)
            }),
            (Finding::UnsupportedMode, |f| {
                f.no_picture = Some(NoPicture::OutOfRange)
            }),
            (Finding::DamagedFrames, |f| f.damaged = 21),
            (Finding::NoGadget, |f| f.usb = UsbLink::NoGadget),
            (Finding::UsbDisconnected, |f| f.usb = UsbLink::Disconnected),
            (Finding::MouseNotRead, |f| f.absolute = false),
            (Finding::ClockNotSet, |f| f.network.synchronized = false),
            (Finding::NoDhcp, |f| f.network.link_local = true),
            (Finding::UpdateFailed, |f| f.update_failed = true),
            (Finding::SlotBad, |f| f.slot_bad = true),
        ];
        for (wanted, edit) in cases {
            assert_eq!(found(edit), [wanted]);
        }
    }

    #[test]
    fn a_target_that_sleeps_or_a_picture_that_begins_is_no_trouble() {
        assert!(found(|f| f.usb = UsbLink::Suspended).is_empty());
        assert!(found(|f| f.no_picture = Some(NoPicture::Changed)).is_empty());
        assert!(found(|f| (f.captured, f.damaged) = (10, 5)).is_empty());
    }

    #[test]
    fn the_gravest_comes_first_and_one_cause_is_told_once() {
        let many = found(|f| {
            f.network.synchronized = false;
            f.usb = UsbLink::Disconnected;
            (f.health.undervoltage, f.health.throttled) = (Some(true), Some(true));
        });
        let wanted = [
            Finding::Undervoltage,
            Finding::UsbDisconnected,
            Finding::ClockNotSet,
        ];
        assert_eq!(many, wanted);
    }
}
