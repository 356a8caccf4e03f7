//! Predictive bands: quantiles of the confirmed runs over time, for all of them or for each branch.
//!
//! All runs of one scale have shares at the same times. Runs of a branch are those on its side of the
//! threshold that the emulator found.

use crate::{
    experiment::fit::answer::{BandAnswer, Quantiles, quantiles},
    results::run_record::RunRecord,
};

/// A branch with fewer runs has no band of its own: its quantiles would be single runs.
const LEAST_RUNS: usize = 4;
/// The decimals of shares in the answer.
const DECIMALS: i32 = 4;

/// The bands of runs. `upper` says of each run whether it is in the branch above the threshold; empty if
/// there is one branch.
pub(crate) fn bands(runs: &[&RunRecord], upper: &[bool]) -> Vec<BandAnswer> {
    let sides = [(false, "falls further"), (true, "falls less")];
    let of_side = |side: bool| -> Vec<&RunRecord> {
        let pairs = runs.iter().zip(upper);
        let kept = pairs.filter(|(_, is_upper)| **is_upper == side);
        kept.map(|(run, _)| *run).collect()
    };
    let branches: Vec<(&str, Vec<&RunRecord>)> = sides
        .into_iter()
        .map(|(side, name)| (name, of_side(side)))
        .filter(|(_, runs)| runs.len() >= LEAST_RUNS)
        .collect();
    let bands = if branches.len() == sides.len() {
        branches
            .iter()
            .map(|(name, runs)| band(name, runs))
            .collect()
    } else {
        vec![band("runs of the posterior", runs)]
    };
    let all: Vec<Option<BandAnswer>> = bands;
    all.into_iter().flatten().collect()
}

/// The band of runs; `None` if they have no shares.
fn band(name: &str, runs: &[&RunRecord]) -> Option<BandAnswer> {
    let first = runs.iter().find(|run| !run.shares.values.is_empty())?;
    let same = |run: &&&RunRecord| {
        let (one, other) = (&run.shares, &first.shares);
        one.start == other.start
            && one.step_s == other.step_s
            && one.values.len() == other.values.len()
    };
    let same: Vec<Vec<f64>> = runs
        .iter()
        .filter(same)
        .map(|run| run.shares.shares().collect())
        .collect();
    let times: Vec<i64> = first.shares.times().collect();
    let at = |place: usize| {
        let values: Vec<(f64, f64)> = same.iter().map(|shares| (shares[place], 1.0)).collect();
        quantiles(&values).unwrap_or_default()
    };
    Some(BandAnswer {
        name: name.to_owned(),
        runs: same.len(),
        quantiles: (0..times.len()).map(at).map(rounded_all).collect(),
        times,
    })
}

/// Quantiles as the answer has them.
pub(crate) fn rounded_all(quantiles: Quantiles) -> Quantiles {
    quantiles.map(|value| crate::host::format::rounded(value, DECIMALS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{
        figures::{Figures, Outcome},
        run_record::OnlineShares,
        samples::KeptSeries,
    };

    fn run(share: u16) -> RunRecord {
        RunRecord {
            outcome: Outcome::Done {
                digest: String::new(),
                figures: Figures::new(),
            },
            observed: Vec::new(),
            shares: OnlineShares {
                start: 0,
                step_s: 600,
                values: vec![10_000, share],
            },
            incident: None,
            wall_s: 0.0,
            kept: KeptSeries::default(),
        }
    }

    #[test]
    fn branches_have_bands_of_their_own_if_both_have_runs() {
        let runs: Vec<RunRecord> = [1_000, 2_000, 3_000, 4_000, 9_000, 9_100, 9_200, 9_300]
            .map(run)
            .into();
        let runs: Vec<&RunRecord> = runs.iter().collect();
        let upper: Vec<bool> = (0..8).map(|place| place >= 4).collect();
        let two = bands(&runs, &upper);
        assert_eq!(two.len(), 2);
        assert_eq!(
            (two[0].runs, two[0].times.as_slice()),
            (4, &[600, 1_200][..])
        );
        assert_eq!(two[0].quantiles[1], [0.1, 0.1, 0.2, 0.3, 0.4]);
        assert_eq!(two[1].quantiles[1][0], 0.9);
        // One run alone is no branch, and without a split there is one band.
        let lone: Vec<bool> = (0..8).map(|place| place == 7).collect();
        for upper in [&lone[..], &[]] {
            let one = bands(&runs, upper);
            assert_eq!((one.len(), one[0].runs), (1, 8));
            assert_eq!(one[0].quantiles[0], [1.0; 5]);
        }
        assert!(bands(&[], &[]).is_empty());
    }
}
