//! What a round of answers means for the clock. Pure.

use std::time::Duration;

use super::BUILT;
use crate::lan::{Correction, Sample};

/// Nearer than this the clock is right enough.
const RIGHT: f64 = 0.001;
/// Further than this it would take too long to make up for gently.
const STEP: f64 = 0.5;
/// Two servers that are this far apart, beyond what their answers' way explains, do not agree.
const AGREE: f64 = 0.5;

/// What to do about the clock.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// This answer of the round is the one to believe.
    Believe {
        index: usize,
        correction: Option<Correction>,
    },
    /// They contradict each other, or tell a time before this program was written.
    Nobody,
}

/// Judges the answers of a round; `clock` is what our clock says, since 1970.
///
/// More than half have to agree with the one that is believed; of those that most agree with, it is the
/// quickest.
pub(super) fn judge(samples: &[Sample], clock: Duration) -> Verdict {
    let believable = |sample: &Sample| {
        sample.offset.is_finite() && clock.as_secs_f64() + sample.offset >= BUILT.as_secs_f64()
    };
    let honest: Vec<(usize, &Sample)> = samples
        .iter()
        .enumerate()
        .filter(|(_, sample)| believable(sample))
        .collect();
    let agreeing = |sample: &Sample| {
        let others = honest.iter().filter(|(_, other)| agree(sample, other));
        others.count()
    };
    let best = honest.iter().max_by(|(_, a), (_, b)| {
        let quicker = b.round_trip.cmp(&a.round_trip);
        agreeing(a).cmp(&agreeing(b)).then(quicker)
    });
    match best {
        Some((index, sample)) if agreeing(sample) * 2 > honest.len() => Verdict::Believe {
            index: *index,
            correction: correction(sample.offset),
        },
        _ => Verdict::Nobody,
    }
}

fn agree(a: &Sample, b: &Sample) -> bool {
    let way = (a.round_trip + b.round_trip).as_secs_f64() / 2.0;
    (a.offset - b.offset).abs() <= AGREE + way
}

fn correction(offset: f64) -> Option<Correction> {
    match offset.abs() {
        small if small < RIGHT => None,
        large if large > STEP => Some(Correction::Step(offset)),
        _ => Some(Correction::Slew(offset)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: f64 = 365.25 * 86_400.0;

    fn sample(offset: f64, milliseconds: u64) -> Sample {
        Sample {
            offset,
            round_trip: Duration::from_millis(milliseconds),
        }
    }

    fn now() -> Duration {
        BUILT + Duration::from_secs(86_400)
    }

    fn believed(samples: &[Sample], clock: Duration) -> Option<(usize, Option<Correction>)> {
        match judge(samples, clock) {
            Verdict::Believe { index, correction } => Some((index, correction)),
            Verdict::Nobody => None,
        }
    }

    #[test]
    fn a_small_error_is_made_up_for_gently_and_a_large_one_at_once() {
        let one = |offset| believed(&[sample(offset, 20)], now()).expect("believed").1;
        assert_eq!(one(0.0004), None);
        assert_eq!(one(0.2), Some(Correction::Slew(0.2)));
        assert_eq!(one(-0.2), Some(Correction::Slew(-0.2)));
        assert_eq!(one(7.0), Some(Correction::Step(7.0)));
    }

    #[test]
    fn a_clock_of_1970_or_ten_years_off_is_put_right_at_once() {
        let right = now().as_secs_f64();
        for wrong in [0.0, right - 10.0 * YEAR, right + 10.0 * YEAR] {
            let offset = right - wrong;
            let clock = Duration::from_secs_f64(wrong);
            assert_eq!(
                believed(&[sample(offset, 20)], clock),
                Some((0, Some(Correction::Step(offset)))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn one_that_is_wrong_is_outvoted_by_two() {
        let samples = [sample(3600.0, 1), sample(0.010, 30), sample(0.011, 20)];
        assert_eq!(
            believed(&samples, now()),
            Some((2, Some(Correction::Slew(0.011))))
        );
    }

    #[test]
    fn two_that_contradict_each_other_are_not_believed() {
        assert_eq!(believed(&[sample(3600.0, 1), sample(0.0, 1)], now()), None);
        assert_eq!(believed(&[], now()), None);
    }

    #[test]
    fn a_time_before_this_program_was_written_is_a_lie() {
        assert_eq!(believed(&[sample(-10.0 * YEAR, 1)], now()), None);
        let with_liar = [sample(-10.0 * YEAR, 1), sample(0.1, 1)];
        assert_eq!(believed(&with_liar, now()).map(|(index, _)| index), Some(1));
    }

    #[test]
    fn a_slow_answer_may_be_further_off() {
        let samples = [sample(0.0, 10), sample(1.0, 1500), sample(0.01, 20)];
        assert_eq!(believed(&samples, now()).map(|(index, _)| index), Some(0));
    }

    #[test]
    fn no_answers_make_it_panic() {
        use proptest::prelude::*;
        proptest!(|(offsets in proptest::collection::vec((any::<f64>(), any::<u32>()), 0..6), clock in any::<u32>())| {
            let samples: Vec<_> = offsets.iter().map(|(offset, way)| sample(*offset, u64::from(*way))).collect();
            judge(&samples, Duration::from_secs(clock.into()));
        });
    }
}
