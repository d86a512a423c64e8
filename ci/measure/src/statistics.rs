//! Percentiles, medians and ratios. Pure; `run` and the viewers use it.

/// The value below which the fraction `at` (0.0..=1.0) of the values lies; nothing when there are none.
///
/// Nearest rank: the result is always one of the values, so a p99 is a thing that happened.
#[must_use]
pub(crate) fn percentile(values: &[f64], at: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (at * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied()
}

/// The middle value; of an even number of values, the mean of the two in the middle.
#[must_use]
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

/// The median over the rounds of ours divided by the peer's of the same round.
///
/// Dividing within a round cancels what the machine was doing at the time. A round in which one
/// of the two was not measured does not count.
#[must_use]
pub(crate) fn median_ratio(ours: &[Option<f64>], peer: &[Option<f64>]) -> Option<f64> {
    let rounds = ours
        .iter()
        .zip(peer)
        .filter_map(|(ours, peer)| Some((ours.as_ref()?, peer.as_ref()?)));
    let ratios: Vec<f64> = rounds
        .filter(|(_, peer)| **peer > 0.0)
        .map(|(ours, peer)| ours / peer)
        .collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 0.5), Some(50.0));
        assert_eq!(percentile(&values, 0.99), Some(99.0));
        assert_eq!(percentile(&values, 1.0), Some(100.0));
        assert_eq!(percentile(&values, 0.0), Some(1.0));
    }

    #[test]
    fn nothing_measured_has_no_percentile_and_no_median() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(median(&[]), None);
        assert_eq!(median_ratio(&[Some(1.0)], &[]), None);
    }

    #[test]
    fn median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[9.0, 1.0, 3.0]), Some(3.0));
    }

    #[test]
    fn ratio_is_taken_within_each_round() {
        // A busy second round slows both: the ratio does not notice, the ratio of medians would.
        let (ours, peer) = ([1.0, 10.0, 2.0].map(Some), [10.0, 100.0, 10.0].map(Some));
        assert_eq!(median_ratio(&ours, &peer), Some(0.1));
    }

    #[test]
    fn a_peer_that_measured_zero_gives_no_ratio() {
        assert_eq!(median_ratio(&[Some(1.0)], &[Some(0.0)]), None);
    }

    #[test]
    fn a_round_that_one_side_failed_in_does_not_shift_the_others() {
        let (ours, peer) = (
            [None, Some(1.0), Some(2.0)],
            [Some(50.0), Some(10.0), Some(20.0)],
        );
        assert_eq!(median_ratio(&ours, &peer), Some(0.1));
    }
}
