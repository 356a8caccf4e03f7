//! How the runs of a calibration are spent on its stages.
//!
//! 60 % for wave 1 with its screen, 25 % for further waves, 15 % for the confirmation, at most 60 runs. Waves that
//! are not needed leave their runs unspent.

/// Parts of the runs for wave 1 with its screen, and for the confirmation; the rest is for further waves.
const FIRST_PART: f64 = 0.6;
const CONFIRM_PART: f64 = 0.15;
/// Keys up to which all vary without a screen.
const UNSCREENED: usize = 4;
/// Trajectories of the screen.
const TRAJECTORIES: usize = 4;
/// Seeds at a point of wave 1 that measures chance, and how many points have one such point.
pub(crate) const CHANCE_SEEDS: usize = 4;
pub(crate) const CHANCE_EVERY: usize = 10;
/// Further waves.
pub(crate) const FURTHER_WAVES: usize = 2;
/// The most draws and best points that are confirmed, and the seeds of a best point.
const DRAWS: usize = 40;
const BEST: usize = 5;
pub(crate) const BEST_SEEDS: usize = 4;
/// The fewest points of wave 1, and the fewest for each key.
const LEAST_POINTS: usize = 15;
const LEAST_POINTS_OF_KEY: usize = 3;

/// How the runs are spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spending {
    /// Trajectories of the screen.
    pub(crate) trajectories: usize,
    /// Points of wave 1.
    pub(crate) points: usize,
    /// Runs of further waves, all together.
    pub(crate) waves: usize,
    /// Draws of the posterior that are confirmed.
    pub(crate) draws: usize,
    /// Best points that are confirmed.
    pub(crate) best: usize,
}

/// How a number of runs is spent on so many keys: before any run, for a plan.
pub(crate) fn spending(runs: usize, keys: usize) -> Spending {
    let part = |part: f64| (runs as f64 * part).round() as usize;
    let confirmed = part(CONFIRM_PART).clamp(12.min(runs), DRAWS + BEST * BEST_SEEDS);
    let best = (confirmed / 3 / BEST_SEEDS).clamp(1, BEST);
    let draws = confirmed.saturating_sub(best * BEST_SEEDS).min(DRAWS);
    let first = part(FIRST_PART);
    let screened = TRAJECTORIES * (keys + 1);
    // A screen that takes more than a third of the first part costs more than it saves.
    let trajectories = if keys > UNSCREENED && 3 * screened <= first {
        TRAJECTORIES
    } else {
        0
    };
    let left = first - trajectories * (keys + 1);
    let points = left * CHANCE_EVERY / (CHANCE_EVERY + CHANCE_SEEDS - 1);
    let spent = trajectories * (keys + 1) + wave_one_runs(points);
    Spending {
        trajectories,
        points,
        waves: runs.saturating_sub(spent + draws + best * BEST_SEEDS),
        draws,
        best,
    }
}

impl Spending {
    /// Runs of wave 1.
    pub(crate) fn first_wave(&self) -> usize {
        wave_one_runs(self.points)
    }

    /// Runs that confirm the answer.
    pub(crate) fn confirmation(&self) -> usize {
        self.draws + self.best * BEST_SEEDS
    }
}

fn wave_one_runs(points: usize) -> usize {
    points + points / CHANCE_EVERY * (CHANCE_SEEDS - 1)
}

/// The fewest runs for so many keys.
pub(crate) fn least_runs(keys: usize) -> usize {
    let enough =
        |runs: &usize| spending(*runs, keys).points >= LEAST_POINTS.max(LEAST_POINTS_OF_KEY * keys);
    (10..).find(enough).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_runs_are_spent_than_there_are() {
        for keys in 1..=20 {
            for runs in least_runs(keys)..800 {
                let plan = spending(runs, keys);
                let sum = plan.trajectories * (keys + 1)
                    + wave_one_runs(plan.points)
                    + plan.waves
                    + plan.draws
                    + plan.best * BEST_SEEDS;
                assert_eq!(sum, runs, "{keys} {plan:?}");
                assert!(plan.draws > 0 && plan.best > 0);
            }
        }
    }

    #[test]
    fn many_runs_confirm_forty_draws_and_five_points() {
        let plan = spending(400, 7);
        assert_eq!((plan.draws, plan.best), (40, 5));
        assert_eq!(plan.trajectories, 4);
        // Few keys, and few runs for many keys, have no screen.
        assert_eq!(spending(400, 4).trajectories, 0);
        assert_eq!(spending(100, 15).trajectories, 0);
        assert!(least_runs(3) < 50 && least_runs(15) < 150);
    }
}
