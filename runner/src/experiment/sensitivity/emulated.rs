//! Sobol's indices from an emulator: a Gaussian process through the runs of a Latin hypercube.
//!
//! The process is evaluated at the points of a Saltelli design. The noise that it finds is the part of
//! chance. The indices are as good as the process: its leave-one-out Q2 says how much of the variance it
//! predicts. Their errors are those of the process, so they have no interval.

use crate::{
    experiment::{
        design::{points::replicate_seed, saltelli::SaltelliRow, samplers::latin_hypercube},
        sensitivity::{
            measure::EffectMeasure,
            space::FactorSpace,
            variance::{
                RowPoint, Variance, VarianceFactor, VarianceRun, VarianceSettings, mean_of,
            },
        },
        stats::{
            gaussian_process::{GaussianProcess, Rows},
            sobol_indices::{IndexEstimate, RowFigures, SobolIndices, indices, moments},
        },
    },
    results::run_record::RunRecord,
};

/// Rows of the design at which a process is evaluated.
const ROWS: usize = 2_048;

/// The runs: each point of a Latin hypercube, with its replicates, all with seeds of their own.
pub(crate) fn design(space: &FactorSpace, settings: VarianceSettings) -> Vec<VarianceRun> {
    let cube = latin_hypercube(settings.points, space.keys.len(), settings.seed);
    let mut runs = Vec::new();
    for (row, place) in cube.iter().enumerate() {
        let values = space.at(place);
        for replicate in 0..settings.replicates {
            runs.push(VarianceRun {
                row,
                point: RowPoint::Single,
                replicate,
                values: values.clone(),
                seed: replicate_seed(settings.seed, row as u32 * settings.replicates + replicate),
            });
        }
    }
    runs
}

/// The indices for a measure from the records of the first runs of the design.
pub(crate) fn variance(
    (space, settings): (&FactorSpace, VarianceSettings),
    (runs, records): (&[VarianceRun], &[RunRecord]),
    measure: &EffectMeasure,
) -> Variance {
    let replicates = settings.replicates as usize;
    let (mut points, mut values, mut left_out) = (Vec::new(), Vec::new(), 0);
    for (runs, records) in runs.chunks(replicates).zip(records.chunks(replicates)) {
        match mean_of(records, measure) {
            Some(value) => {
                points.push(space.positions(&runs[0].values));
                values.push(value);
            }
            None => left_out += 1,
        }
    }
    let rows = Rows {
        points: &points,
        values: &values,
        noise: None,
    };
    let place = |place: &[f64]| space.positions(&space.at(place));
    let estimate = EmulatedIndices::new(rows, &space.members(), place, settings.seed);
    let names = space.groups.iter().map(|group| group.name.clone());
    let names = names.chain(std::iter::once("chance".to_owned()));
    let factors = names.enumerate().map(|(place, factor)| VarianceFactor {
        factor,
        indices: estimate
            .as_ref()
            .and_then(|estimate| estimate.indices.get(place).copied().flatten()),
        pairs: 0,
        same_digest: 0,
    });
    Variance {
        mean: estimate.as_ref().map(|one| one.mean),
        deviation: estimate.as_ref().map(|one| one.variance.sqrt()),
        rows: values.len() as u32,
        left_out,
        factors: factors.collect(),
        q2: estimate.as_ref().map(|one| one.q2),
    }
}

/// Indices by emulator.
#[derive(Clone, Debug)]
struct EmulatedIndices {
    mean: f64,
    /// The variance of a run: that of the process and its noise.
    variance: f64,
    q2: f64,
    /// Of each factor, then of chance.
    indices: Vec<Option<SobolIndices>>,
}

impl EmulatedIndices {
    /// Fits a process and evaluates it; `place` maps a point of the unit cube to the positions of the
    /// values that a run would have there. `None` if there are too few rows.
    fn new(
        rows: Rows<'_>,
        members: &[Vec<usize>],
        place: impl Fn(&[f64]) -> Vec<f64>,
        seed: u64,
    ) -> Option<Self> {
        let coordinates = rows.points.first()?.len();
        let process = GaussianProcess::fit(rows)?;
        let figure = |point: &[f64]| process.mean(&place(point));
        let design = SaltelliRow::all(ROWS, coordinates, seed);
        let evaluate = |row: &SaltelliRow| RowFigures {
            a: figure(&row.a),
            b: figure(&row.b),
            mixed: members
                .iter()
                .map(|members| Some(figure(&row.mixed(members))))
                .collect(),
        };
        let figures: Vec<RowFigures> = design.iter().map(evaluate).collect();
        let (mean, explained) = moments(&figures)?;
        let noise = process.noise();
        let all = explained + noise;
        let part = |value: f64, of: f64| IndexEstimate {
            value: if all > 0.0 { value * of / all } else { 0.0 },
            interval: None,
        };
        let of_factor = |found: Option<SobolIndices>| {
            found.map(|found| SobolIndices {
                first: part(found.first.value, explained),
                total: part(found.total.value, explained),
                rows: rows.values.len() as u32,
            })
        };
        let mut indices: Vec<Option<SobolIndices>> = indices(&figures, members.len(), seed)
            .into_iter()
            .map(of_factor)
            .collect();
        indices.push((all > 0.0).then(|| SobolIndices {
            first: part(1.0, noise),
            total: part(1.0, noise),
            rows: rows.values.len() as u32,
        }));
        Some(Self {
            mean,
            variance: all,
            q2: process.leave_one_out().q2,
            indices,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::design::test_functions::{ISHIGAMI, ishigami};

    fn estimate(points: usize, seed: u64) -> EmulatedIndices {
        let cube = latin_hypercube(points, 3, seed);
        let values: Vec<f64> = cube.iter().map(|place| ishigami(place)).collect();
        let rows = Rows {
            points: &cube,
            values: &values,
            noise: None,
        };
        let members = [vec![0], vec![1], vec![2]];
        EmulatedIndices::new(rows, &members, <[f64]>::to_vec, seed).unwrap()
    }

    #[test]
    fn indices_of_the_function_of_ishigami_by_emulator() {
        let found = estimate(256, 1);
        for (found, exact) in found.indices.iter().flatten().zip(ISHIGAMI) {
            assert!((found.first.value - exact.0).abs() < 0.05, "{found:?}");
            assert!((found.total.value - exact.1).abs() < 0.06, "{found:?}");
        }
        assert!(found.q2 > 0.95, "{}", found.q2);
        // With too few runs the process says so.
        assert!(estimate(48, 1).q2 < found.q2 - 0.05);
    }
}
