//! Where a search for an edge looks next: at levels that a fitted curve and its uncertainty ask
//! for.
//!
//! A coarse look over the range first; it tells whether there is an edge at all, and whether the
//! response has one direction. Then rounds: a curve is fitted to all runs so far, and a few
//! levels are spread over the interval of its tipping point, or over the slope where that is
//! wider. First they get two runs each, to find the edge, then half the replicates, to measure it.
//! A level that was misleading by chance is outvoted by its neighbours and never a fence.
//!
//! Each run has a seed of its own, also at different levels. With the same seeds everywhere,
//! runs at neighbouring levels mostly repeat each other (a seed that falls falls at all of
//! them), and an interval that counts each as news is far too narrow. Levels lie in the range.

use crate::experiment::stats::logistic::{self, Trials};

/// Levels of the coarse look, and runs of each.
const COARSE_LEVELS: u32 = 9;
const FEW: u32 = 2;
/// Rounds that find the edge, and rounds that measure it.
const FINDING: u32 = 2;
const MEASURING: u32 = 4;
/// Where levels lie between the tipping point (0) and either end of what is not known (1).
const FOUND_BY: [f64; 3] = [-0.5, 0.0, 0.5];
const MEASURED_BY: [f64; 4] = [-1.0, -1.0 / 3.0, 1.0 / 3.0, 1.0];

/// Rounds of a search, the coarse look not counted.
pub(crate) const ROUNDS: u32 = FINDING + MEASURING;

/// Levels, and how many more runs each of them gets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Look {
    pub(crate) levels: Vec<f64>,
    pub(crate) runs: u32,
}

/// The coarse look.
pub(crate) fn coarse((low, high): (f64, f64)) -> Look {
    let place = |step: u32| f64::from(step) / f64::from(COARSE_LEVELS - 1);
    Look {
        levels: (0..COARSE_LEVELS)
            .map(|step| (low + (high - low) * place(step)).clamp(low, high))
            .collect(),
        runs: FEW,
    }
}

/// What is to be run in a round; none where no run, or every run, survived so far.
pub(crate) fn next(
    trials: &[Trials],
    (low, high): (f64, f64),
    round: u32,
    replicates: u32,
) -> Option<Look> {
    let curve = logistic::fit(trials, success_below(trials))?;
    let (places, runs): (&[f64], u32) = match round < FINDING {
        true => (&FOUND_BY, FEW.min(replicates)),
        false => (&MEASURED_BY, replicates.div_ceil(2)),
    };
    // As far as the slope reaches, the outcome is open at any number of runs.
    let slope = match round < FINDING {
        true => 0.0,
        false => 1.0 / curve.slope.abs(),
    };
    let tip = curve.tip.clamp(low, high);
    let least = curve.interval.0.min(tip - slope).clamp(low, high);
    let most = curve.interval.1.max(tip + slope).clamp(low, high);
    let level = |place: &f64| {
        let exact = match *place < 0.0 {
            true => tip + place * (tip - least),
            false => tip + place * (most - tip),
        };
        plain(exact, most - least).clamp(low, high)
    };
    Some(Look {
        levels: places.iter().map(level).collect(),
        runs,
    })
}

/// A level with as few figures as its distance to its neighbours allows: within a twentieth of
/// the spread.
fn plain(level: f64, spread: f64) -> f64 {
    let step = 10_f64.powf((spread / 10.0).log10().floor());
    match step.is_normal() {
        true => (level / step).round() * step,
        false => level,
    }
}

/// Whether runs survive at the low end of the range rather than at the high one.
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

    /// What a search knows in the end, of a fleet whose runs survive below thresholds that
    /// are drawn anew each time.
    fn searched(seed: u32, tip: f64, slope: f64, replicates: u32) -> Vec<Trials> {
        let random = Random::new(41);
        let mut run = 0;
        let mut trials: Vec<Trials> = Vec::new();
        let mut look = coarse((0.0, 1.0));
        for round in 0..=ROUNDS {
            for level in look.levels {
                assert!((0.0..=1.0).contains(&level), "{level}");
                let mut survives = || {
                    run += 1;
                    let word = random.draw(seed, run, 3, 0).word(0);
                    let unit = (f64::from(word) + 0.5) / 4_294_967_296.0;
                    level < tip + (unit / (1.0 - unit)).ln() / slope
                };
                let successes = (0..look.runs).filter(|_| survives()).count() as u32;
                match trials.iter_mut().find(|one| one.level == level) {
                    Some(known) => {
                        known.runs += look.runs;
                        known.successes += successes;
                    }
                    None => trials.push(Trials {
                        level,
                        runs: look.runs,
                        successes,
                    }),
                }
            }
            trials.sort_by(|one, other| one.level.total_cmp(&other.level));
            match next(&trials, (0.0, 1.0), round, replicates) {
                Some(further) if round < ROUNDS => look = further,
                Some(_) | None => break,
            }
        }
        trials
    }

    #[test]
    fn a_known_edge_is_found_and_the_interval_is_honest() {
        // With as many runs, halving an interval between levels of two runs each has root mean
        // square errors of 0.064 (slope 8) and 0.0020 (slope 300); with the same seeds at every
        // level 0.18 and 0.0024, and intervals that cover the edge in 40 and 87 of 100.
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
    fn without_an_edge_there_is_no_further_look() {
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
        // One odd run: it looks, and stays in the range.
        let mut odd = trials(2);
        odd[8].successes = 1;
        for round in 0..ROUNDS {
            let look = next(&odd, (3.0, 9.0), round, 8).unwrap();
            let inside = look.levels.iter().all(|level| (3.0..=9.0).contains(level));
            assert!(inside, "{look:?}");
        }
    }
}
