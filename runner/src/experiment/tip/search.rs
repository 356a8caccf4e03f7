//! The levels of the next round of a search, chosen by the fitted curve and its uncertainty.
//!
//! A coarse round covers the range. It shows whether there is a tipping point at all, and whether the
//! response has a single direction. Each further round fits a curve to all runs so far and spreads
//! a few levels over the interval of its tipping point, or over the slope if that is wider. The
//! first of these rounds make two runs per level, to find the tipping point; the later ones make half the
//! replicates per level, to measure it. A level whose runs were misleading by chance does not bound
//! the search; its neighbours outweigh it in the fit.
//!
//! Every run has its own seed, also at different levels. With common seeds, runs at neighbouring
//! levels would mostly have the same outcome, and an interval that treats them as independent would
//! be far too narrow. All levels lie in the range.

use crate::experiment::stats::logistic::{self, Trials};

/// Levels of the coarse round, and runs of each.
const COARSE_LEVELS: u32 = 9;
const FEW: u32 = 2;
/// Number of rounds that find the tipping point, and of rounds that measure it.
const FINDING: u32 = 2;
const MEASURING: u32 = 4;
/// Positions of levels between the tipping point (0) and the ends of the uncertain range (-1 and 1).
const FOUND_BY: [f64; 3] = [-0.5, 0.0, 0.5];
const MEASURED_BY: [f64; 4] = [-1.0, -1.0 / 3.0, 1.0 / 3.0, 1.0];

/// Rounds of a search after the coarse one.
pub(crate) const ROUNDS: u32 = FINDING + MEASURING;

/// Levels, and the number of additional runs at each.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Round {
    pub(crate) levels: Vec<f64>,
    pub(crate) runs: u32,
}

/// The most runs of a search.
pub(crate) fn most_runs(replicates: u32) -> u32 {
    let finding = FINDING * FOUND_BY.len() as u32 * FEW.min(replicates);
    let measuring = MEASURING * MEASURED_BY.len() as u32 * replicates.div_ceil(2);
    COARSE_LEVELS * FEW + finding + measuring
}

/// The coarse round.
pub(crate) fn coarse((low, high): (f64, f64)) -> Round {
    let place = |step: u32| f64::from(step) / f64::from(COARSE_LEVELS - 1);
    Round {
        levels: (0..COARSE_LEVELS)
            .map(|step| (low + (high - low) * place(step)).clamp(low, high))
            .collect(),
        runs: FEW,
    }
}

/// A further round; `None` if no run, or every run, survived so far.
pub(crate) fn next(
    trials: &[Trials],
    (low, high): (f64, f64),
    round: u32,
    replicates: u32,
) -> Option<Round> {
    let curve = logistic::fit(trials, success_below(trials))?;
    let (positions, runs, slope): (&[f64], u32, f64) = if round < FINDING {
        (&FOUND_BY, FEW.min(replicates), 0.0)
    } else {
        // Over the width of the slope, outcomes stay mixed for any number of runs.
        let width = 1.0 / curve.slope.abs();
        (&MEASURED_BY, replicates.div_ceil(2), width)
    };
    let tip = curve.tip.clamp(low, high);
    let least = curve.interval.0.min(tip - slope).clamp(low, high);
    let most = curve.interval.1.max(tip + slope).clamp(low, high);
    let level = |position: &f64| {
        let side = if *position < 0.0 {
            tip - least
        } else {
            most - tip
        };
        let exact = tip + position * side;
        plain(exact, most - least).clamp(low, high)
    };
    Some(Round {
        levels: positions.iter().map(level).collect(),
        runs,
    })
}

/// A level rounded to as few digits as its distance to its neighbours allows: it changes by at most
/// a twentieth of `spread`.
fn plain(level: f64, spread: f64) -> f64 {
    let step = 10_f64.powf((spread / 10.0).log10().floor());
    if step.is_normal() {
        (level / step).round() * step
    } else {
        level
    }
}

/// Whether runs survive at the low end of the range rather than at the high end.
pub(crate) fn success_below(trials: &[Trials]) -> bool {
    let share = |half: &[Trials]| {
        let (yes, all) = half.iter().fold((0, 0), |(yes, all), one| {
            (yes + one.successes, all + one.runs)
        });
        f64::from(yes) / f64::from(all.max(1))
    };
    let (lower, upper) = trials.split_at(trials.len() / 2);
    share(lower) >= share(upper)
}

#[cfg(test)]
mod tests {
    use patchday_core::Random;

    use super::*;

    /// The trials of a whole search, for a fleet whose runs survive below random thresholds, one
    /// threshold per run.
    fn searched(seed: u32, tip: f64, slope: f64, replicates: u32) -> Vec<Trials> {
        let random = Random::new(41);
        let mut run = 0;
        let mut trials: Vec<Trials> = Vec::new();
        let mut current = coarse((0.0, 1.0));
        for round in 0..=ROUNDS {
            for level in current.levels {
                assert!((0.0..=1.0).contains(&level), "{level}");
                let mut survives = || {
                    run += 1;
                    let word = random.draw(seed, run, 3, 0).word(0);
                    let unit = (f64::from(word) + 0.5) / 4_294_967_296.0;
                    level < tip + (unit / (1.0 - unit)).ln() / slope
                };
                let successes = (0..current.runs).filter(|_| survives()).count() as u32;
                match trials.iter_mut().find(|one| one.level == level) {
                    Some(known) => {
                        known.runs += current.runs;
                        known.successes += successes;
                    }
                    None => trials.push(Trials {
                        level,
                        runs: current.runs,
                        successes,
                    }),
                }
            }
            trials.sort_by(|one, other| one.level.total_cmp(&other.level));
            match next(&trials, (0.0, 1.0), round, replicates) {
                Some(further) if round < ROUNDS => current = further,
                Some(_) | None => break,
            }
        }
        trials
    }

    #[test]
    fn a_known_edge_is_found_and_the_interval_is_honest() {
        // With as many runs, halving an interval between levels of two runs each has root mean
        // square errors of 0.064 (slope 8) and 0.0020 (slope 300); with the same seeds at every
        // level 0.18 and 0.0024, and intervals that cover the tipping point in 40 and 87 of 100.
        let fleets = 20;
        for (slope, most) in [(8.0, 0.045), (300.0, 0.0016)] {
            let (mut squares, mut covered, mut runs) = (0.0, 0, 0);
            for fleet in 0..fleets {
                let tip = 0.15 + 0.7 * f64::from(fleet) / f64::from(fleets);
                let trials = searched(fleet, tip, slope, 8);
                runs += trials.iter().map(|one| one.runs).sum::<u32>();
                let curve = logistic::fit(&trials, true).unwrap();
                squares += (curve.tip - tip).powi(2);
                let (low, high) = curve.interval;
                covered += u32::from((low..=high).contains(&tip));
            }
            let error = (squares / f64::from(fleets)).sqrt();
            assert!(error < most, "slope {slope}: {error}");
            // 95 %, with three standard errors of 20.
            assert!(covered >= 16, "slope {slope}: {covered} of {fleets}");
            assert!(runs <= 95 * fleets, "slope {slope}: {runs}");
        }
    }

    #[test]
    fn levels_are_numbers_that_people_would_type() {
        assert_eq!(format!("{:.6}", plain(0.543_558, 0.3)), "0.540000");
        assert_eq!(format!("{:.6}", plain(0.543_558, 0.09)), "0.544000");
        assert_eq!(plain(2_756.3, 4_000.0), 2_800.0);
        assert_eq!(plain(0.543, 0.0), 0.543);
    }

    #[test]
    fn without_a_tipping_point_there_is_no_further_round() {
        let trials = |survive: u32| {
            let one = |level: &f64| Trials {
                level: *level,
                runs: 2,
                successes: survive,
            };
            coarse((3.0, 9.0))
                .levels
                .iter()
                .map(one)
                .collect::<Vec<_>>()
        };
        assert_eq!(next(&trials(2), (3.0, 9.0), 0, 8), None);
        assert_eq!(next(&trials(0), (3.0, 9.0), 0, 8), None);
        // After one odd run the search continues, within the range.
        let mut odd = trials(2);
        odd[8].successes = 1;
        for round in 0..ROUNDS {
            let further = next(&odd, (3.0, 9.0), round, 8).unwrap();
            let inside = further
                .levels
                .iter()
                .all(|level| (3.0..=9.0).contains(level));
            assert!(inside, "{further:?}");
        }
    }
}
