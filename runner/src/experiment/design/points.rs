//! The points of a design, and the seeds of replicates.
//!
//! A point has one value for each factor. Replicates of a point differ only in their seed, and a
//! replicate has the same seed at every point, so points are compared on common random numbers.

use patchday_core::Random;

use crate::{
    experiment::{
        design::{
            direction_numbers::MOST_DIMENSIONS,
            factors::{Factor, Levels},
            samplers,
        },
        error::ExperimentError,
    },
    host::error::Failure,
};

/// The most runs of one experiment.
const MOST_RUNS: usize = 1_000_000;
/// The default number of levels of a range in a grid.
const GRID_STEPS: usize = 5;
const SEED_DRAWS: u32 = 0x5345_4544;

/// How points are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// All combinations of values; ranges in even steps.
    Grid,
    /// Drawn uniformly.
    Random,
    /// One point in each of as many even steps as there are points.
    LatinHypercube,
    /// The low-discrepancy sequence of Sobol.
    Sobol,
}

impl Method {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Random => "random",
            Self::LatinHypercube => "latin-hypercube",
            Self::Sobol => "sobol",
        }
    }
}

/// A point: the values of all factors, in the order of the factors.
pub(crate) type DesignPoint = Vec<String>;

/// The points of a design. `runs` is the number of points or, in a grid, of levels of each range.
///
/// # Errors
/// Returns an error if there are too many points, or too many factors for the method.
pub(crate) fn points(
    factors: &[Factor],
    method: Method,
    runs: Option<usize>,
    seed: u64,
) -> Result<Vec<DesignPoint>, Failure> {
    if factors.is_empty() {
        return Ok(vec![Vec::new()]);
    }
    if method == Method::Grid {
        return grid(factors, runs);
    }
    let count = runs.unwrap_or(64);
    let dimensions = factors.len();
    if method == Method::Sobol && dimensions > MOST_DIMENSIONS {
        return Err(ExperimentError::TooManyFactors {
            factors: dimensions,
            most: MOST_DIMENSIONS,
        }
        .into());
    }
    check_count(count)?;
    let cube = match method {
        Method::Random => samplers::random(count, dimensions, seed),
        Method::LatinHypercube => samplers::latin_hypercube(count, dimensions, seed),
        Method::Sobol | Method::Grid => samplers::sobol(count, dimensions),
    };
    let value = |(factor, place): (&Factor, &f64)| match &factor.levels {
        Levels::Range(range) => range.text(range.sampled(*place)),
        Levels::Values(values) => {
            let last = values.len() - 1;
            values[((place * values.len() as f64) as usize).min(last)].clone()
        }
    };
    let point = |place: &Vec<f64>| factors.iter().zip(place).map(value).collect();
    Ok(cube.iter().map(point).collect())
}

/// All combinations of values; the last factor varies fastest.
fn grid(factors: &[Factor], steps: Option<usize>) -> Result<Vec<DesignPoint>, Failure> {
    let mut points: Vec<DesignPoint> = vec![Vec::new()];
    for factor in factors {
        let values = match &factor.levels {
            Levels::Values(values) => values.clone(),
            Levels::Range(range) => {
                let steps = steps.unwrap_or(GRID_STEPS).max(2);
                let place = |step| step as f64 / (steps - 1) as f64;
                let mut values: Vec<String> = (0..steps)
                    .map(|step| range.text(range.at(place(step))))
                    .collect();
                // Several steps can round to one whole number.
                values.dedup();
                values
            }
        };
        check_count(points.len().saturating_mul(values.len()))?;
        points = points
            .iter()
            .flat_map(|point| {
                values.iter().map(|value| {
                    let mut longer = point.clone();
                    longer.push(value.clone());
                    longer
                })
            })
            .collect();
    }
    Ok(points)
}

/// Returns an error if there are no runs, or more than an experiment may have.
pub(crate) fn check_count(count: usize) -> Result<(), Failure> {
    let most = MOST_RUNS;
    if (1..=most).contains(&count) {
        Ok(())
    } else {
        Err(ExperimentError::RunCount { count, most }.into())
    }
}

/// The seed of a replicate. Replicate 0 has `seed` itself.
pub(crate) fn replicate_seed(seed: u64, replicate: u32) -> u64 {
    if replicate == 0 {
        return seed;
    }
    let draw = Random::new(seed).draw(replicate, 0, SEED_DRAWS, 0);
    // Seeds have 63 bits, as TOML integers do.
    u64::from(draw.word(0)) << 31 | u64::from(draw.word(1)) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(texts: &[&str]) -> Vec<Factor> {
        texts
            .iter()
            .map(|text| Factor::parse(text).unwrap())
            .collect()
    }

    #[test]
    fn a_grid_has_all_combinations_of_values() {
        let points = points(&factors(&["a=1,2", "b=0.0..1.0"]), Method::Grid, Some(3), 1).unwrap();
        let expected = [
            ["1", "0.0"],
            ["1", "0.5"],
            ["1", "1.0"],
            ["2", "0.0"],
            ["2", "0.5"],
            ["2", "1.0"],
        ];
        assert_eq!(points, expected);
        assert_eq!(super::points(&[], Method::Grid, None, 1).unwrap().len(), 1);
        let many = factors(&["a=0.0..1.0", "b=0.0..1.0", "c=0.0..1.0"]);
        assert!(super::points(&many, Method::Grid, Some(200), 1).is_err());
    }

    #[test]
    fn values_have_equal_shares_of_a_sample() {
        let factors = factors(&["a=x,y,z,w", "b=1h..2h"]);
        let points = points(&factors, Method::LatinHypercube, Some(40), 5).unwrap();
        for value in ["x", "y", "z", "w"] {
            let count = points.iter().filter(|point| point[0] == value).count();
            assert_eq!(count, 10, "{value}");
        }
    }

    #[test]
    fn replicates_have_different_seeds() {
        let seeds: std::collections::BTreeSet<u64> =
            (0..1_000).map(|r| replicate_seed(7, r)).collect();
        assert_eq!(seeds.len(), 1_000);
        assert!(seeds.iter().all(|seed| *seed <= i64::MAX as u64));
        assert_eq!(replicate_seed(7, 0), 7);
        assert_ne!(replicate_seed(7, 1), replicate_seed(8, 1));
    }
}
