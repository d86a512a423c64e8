//! Whether a system that was just started works: what is looked at, and when it is believed. Pure.
//!
//! ```text
//!          all that is expected is well            for SETTLE without a break
//! WAITING ──────────────────────────────▶ SETTLING ─────────────────────────▶ pass
//!    ▲  │        something is not              │
//!    │  └──────────────────────────────────────┘
//!    └── WINDOW is over ──▶ fail: the first thing that is not well
//! ```
//!
//! A picture and a plugged-in target are never asked for: a good release would be rolled back for a cable. The network
//! and the USB gadget are asked for when they worked in the system that ordered the trial.

use std::time::Duration;

/// The longest that a system may take to be well, from the start of init on the monotonic clock.
pub const WINDOW: Duration = Duration::from_secs(90);
/// How long it has to stay well: a server that ends again and again does not.
pub const SETTLE: Duration = Duration::from_secs(10);

/// One thing that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The page answers this machine itself.
    Answers,
    /// The data folder is on the card.
    Data,
    /// A cable is in, and the link has an address.
    Network,
    /// The kernel has taken the USB gadget.
    Gadget,
    /// The updater of the new system speaks with init.
    Updater,
}

impl Check {
    pub const ALL: [Check; 5] = [
        Check::Answers,
        Check::Data,
        Check::Network,
        Check::Gadget,
        Check::Updater,
    ];

    /// As it is written on the card and told over the line.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Check::Answers => 0,
            Check::Data => 1,
            Check::Network => 2,
            Check::Gadget => 3,
            Check::Updater => 4,
        }
    }
}

/// Some of the checks: those that are well, or that are expected to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checks(u8);

impl Checks {
    pub const NONE: Checks = Checks(0);
    pub const ALL: Checks = Checks(0b1_1111);
    /// Of every start, also one without a cable.
    pub const ALWAYS: Checks = Checks(0b1_0001);

    #[must_use]
    pub fn from_bits(bits: u8) -> Checks {
        Checks(bits & Checks::ALL.0)
    }

    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    #[must_use]
    pub fn with(self, check: Check) -> Checks {
        Checks(self.0 | 1 << check.number())
    }

    #[must_use]
    pub fn without(self, check: Check) -> Checks {
        Checks(self.0 & !(1 << check.number()))
    }

    #[must_use]
    pub fn with_if(self, check: Check, well: bool) -> Checks {
        if well { self.with(check) } else { self }
    }

    #[must_use]
    pub fn and(self, others: Checks) -> Checks {
        Checks(self.0 | others.0)
    }

    #[must_use]
    pub fn has(self, check: Check) -> bool {
        self.0 & 1 << check.number() != 0
    }

    /// The first of `expected` that is not among these.
    #[must_use]
    pub fn first_missing(self, expected: Checks) -> Option<Check> {
        Check::ALL
            .into_iter()
            .find(|check| expected.has(*check) && !self.has(*check))
    }
}

/// Watches one start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    expected: Checks,
    well_since: Option<Duration>,
}

/// What is known by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Look again at this time, or when there is news.
    Wait(Duration),
    Pass,
    Fail(Check),
}

impl Gate {
    #[must_use]
    pub fn new(expected: Checks) -> Gate {
        Gate {
            expected: expected.and(Checks::ALWAYS),
            well_since: None,
        }
    }

    /// `now` is the time since init's start, `well` what is well now.
    pub fn judge(&mut self, now: Duration, well: Checks) -> Judgement {
        let missing = well.first_missing(self.expected);
        match (missing, self.well_since) {
            (None, Some(since)) if now.saturating_sub(since) >= SETTLE => Judgement::Pass,
            (None, since) => {
                let since = *self.well_since.insert(since.unwrap_or(now));
                Judgement::Wait(since + SETTLE)
            }
            (Some(check), _) => {
                self.well_since = None;
                if now >= WINDOW {
                    Judgement::Fail(check)
                } else {
                    Judgement::Wait(WINDOW)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_system_that_is_well_for_ten_seconds_passes() {
        let mut gate = Gate::new(Checks::ALL);
        assert_eq!(gate.judge(s(1), Checks::NONE), Judgement::Wait(WINDOW));
        assert_eq!(gate.judge(s(5), Checks::ALL), Judgement::Wait(s(15)));
        assert_eq!(gate.judge(s(14), Checks::ALL), Judgement::Wait(s(15)));
        assert_eq!(gate.judge(s(15), Checks::ALL), Judgement::Pass);
    }

    #[test]
    fn a_server_that_ends_again_and_again_fails_by_name() {
        let mut gate = Gate::new(Checks::ALL);
        let crashing = Checks::from_bits(Checks::ALL.bits() & !1);
        for second in 0..90 {
            let well = if second % 8 == 7 {
                crashing
            } else {
                Checks::ALL
            };
            assert!(
                matches!(gate.judge(s(second), well), Judgement::Wait(_)),
                "{second}"
            );
        }
        assert_eq!(gate.judge(s(90), crashing), Judgement::Fail(Check::Answers));
    }

    #[test]
    fn one_that_is_well_just_before_the_end_is_given_its_ten_seconds() {
        let mut gate = Gate::new(Checks::NONE);
        assert_eq!(gate.judge(s(89), Checks::ALWAYS), Judgement::Wait(s(99)));
        assert_eq!(gate.judge(s(99), Checks::ALWAYS), Judgement::Pass);
    }

    #[test]
    fn only_what_worked_before_is_asked_for() {
        let expected = Checks::NONE.with(Check::Gadget);
        let well = Checks::ALWAYS.with(Check::Gadget);
        let passes = |well| {
            let mut gate = Gate::new(expected);
            gate.judge(s(80), well);
            gate.judge(s(95), well)
        };
        assert_eq!(passes(well), Judgement::Pass, "no cable, and none before");
        assert_eq!(passes(Checks::ALWAYS), Judgement::Fail(Check::Gadget));
    }

    #[test]
    fn checks_have_numbers_of_their_own() {
        let all = Check::ALL.into_iter().fold(Checks::NONE, Checks::with);
        assert_eq!(all, Checks::ALL);
    }
}
