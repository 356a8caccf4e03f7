//! Sobol's indices from runs: the runs of a Saltelli design, and the indices in their records.
//!
//! A figure at a point is the mean over its replicates. With common seeds the points of a row share
//! their seeds, except B, and one more point of each row is A with the seeds of B: chance is a factor like
//! a key. With a seed for each run, chance is a part of the rest that no factor explains.

use serde::{Deserialize, Serialize};

use crate::{
    experiment::{
        design::{points::replicate_seed, saltelli::SaltelliRow},
        sensitivity::{
            measure::{EffectMeasure, done},
            screening::Seeds,
            space::FactorSpace,
        },
        stats::sobol_indices::{RowFigures, SobolIndices, indices, moments},
    },
    results::run_record::RunRecord,
};

/// The settings of a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VarianceSettings {
    /// The number of rows.
    pub(crate) points: usize,
    /// Runs of each point.
    pub(crate) replicates: u32,
    pub(crate) seeds: Seeds,
    pub(crate) seed: u64,
}

/// A point of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowPoint {
    A,
    B,
    /// Point A with one factor of B.
    Mixed(usize),
    /// Point A with the seeds of B.
    Chance,
    /// A point of its own, for an emulator.
    Single,
}

/// A run of a design.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct VarianceRun {
    pub(crate) row: usize,
    pub(crate) point: RowPoint,
    pub(crate) replicate: u32,
    pub(crate) values: Vec<String>,
    pub(crate) seed: u64,
}

/// The points of a row, in the order of their runs.
fn points_of(factors: usize, seeds: Seeds) -> Vec<RowPoint> {
    let mixed = (0..factors).map(RowPoint::Mixed);
    let chance = (seeds == Seeds::Common).then_some(RowPoint::Chance);
    [RowPoint::A, RowPoint::B]
        .into_iter()
        .chain(mixed)
        .chain(chance)
        .collect()
}

/// The number of runs of a design.
pub(crate) fn count(space: &FactorSpace, settings: VarianceSettings) -> usize {
    let points = points_of(space.groups.len(), settings.seeds).len();
    (settings.points * points).saturating_mul(settings.replicates as usize)
}

/// The runs of a design, row by row.
pub(crate) fn design(space: &FactorSpace, settings: VarianceSettings) -> Vec<VarianceRun> {
    let VarianceSettings {
        points,
        replicates,
        seeds,
        seed,
    } = settings;
    let kinds = points_of(space.groups.len(), seeds);
    let mut runs = Vec::new();
    for (row, places) in SaltelliRow::all(points, space.keys.len(), seed)
        .iter()
        .enumerate()
    {
        for (place, point) in kinds.iter().enumerate() {
            let values = space.at(&match point {
                RowPoint::B => places.b.clone(),
                RowPoint::Mixed(factor) => places.mixed(&space.groups[*factor].members),
                RowPoint::A | RowPoint::Chance | RowPoint::Single => places.a.clone(),
            });
            for replicate in 0..replicates {
                let number = row as u32 * replicates + replicate;
                let of_b = matches!(point, RowPoint::B | RowPoint::Chance);
                runs.push(VarianceRun {
                    row,
                    point: *point,
                    replicate,
                    values: values.clone(),
                    seed: match seeds {
                        Seeds::Common => replicate_seed(seed, 2 * number + u32::from(of_b)),
                        Seeds::Own => replicate_seed(replicate_seed(seed, number), place as u32),
                    },
                });
            }
        }
    }
    runs
}

/// What the design says of a factor and a measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VarianceFactor {
    /// The key or group; `chance` for another seed.
    pub(crate) factor: String,
    /// Null if the figure does not vary, or if no row has the figure.
    pub(crate) indices: Option<SobolIndices>,
    /// The pairs of runs that differ in this factor alone.
    pub(crate) pairs: u32,
    /// The pairs with one digest. If they are all, it is proved that there is no effect.
    pub(crate) same_digest: u32,
}

impl VarianceFactor {
    /// Whether every pair gave the same run, which proves that there is no effect.
    pub(crate) fn is_none(&self) -> bool {
        self.pairs > 0 && self.same_digest == self.pairs
    }

    /// The total index; 0 if it is not known.
    pub(crate) fn size(&self) -> f64 {
        self.indices.map_or(0.0, |indices| indices.total.value)
    }
}

/// The indices of all factors for one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Variance {
    /// Mean and standard deviation of the figure over all points; null if there are too few.
    pub(crate) mean: Option<f64>,
    pub(crate) deviation: Option<f64>,
    /// The rows that are used, and those that are not, because a run failed or has no such figure.
    pub(crate) rows: u32,
    pub(crate) left_out: u32,
    pub(crate) factors: Vec<VarianceFactor>,
    /// The leave-one-out Q2 of the emulator; null if the indices are from runs.
    pub(crate) q2: Option<f64>,
}

/// The mean of a measure over the replicates of a point; `None` if one of them does not have it.
pub(crate) fn mean_of(records: &[RunRecord], measure: &EffectMeasure) -> Option<f64> {
    let values = records.iter().map(|one| Some(measure.read(one)?.value));
    let values: Vec<f64> = values.collect::<Option<_>>()?;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The indices for a measure. `records` are the records of the first runs of the design; a row without
/// all runs of A and B is left out.
pub(crate) fn variance(
    (space, settings): (&FactorSpace, VarianceSettings),
    (runs, records): (&[VarianceRun], &[RunRecord]),
    measure: &EffectMeasure,
) -> Variance {
    let kinds = points_of(space.groups.len(), settings.seeds);
    let replicates = settings.replicates as usize;
    let has_chance = settings.seeds == Seeds::Common;
    let names = space.groups.iter().map(|group| group.name.clone());
    let mut factors: Vec<VarianceFactor> = names
        .chain(has_chance.then(|| "chance".to_owned()))
        .map(|factor| VarianceFactor {
            factor,
            indices: None,
            pairs: 0,
            same_digest: 0,
        })
        .collect();
    let mut rows = Vec::new();
    let mut left_out = 0;
    for (index, records) in records.chunks(kinds.len() * replicates).enumerate() {
        let runs = &runs[index * kinds.len() * replicates..];
        let at = |place: usize| {
            let (from, to) = (place * replicates, (place + 1) * replicates);
            records.get(from..to)
        };
        for (factor, found) in factors.iter_mut().enumerate() {
            let place = (factor + 2) * replicates;
            for replicate in 0..replicates {
                let (one, other) = (records.get(replicate), records.get(place + replicate));
                let digests = one
                    .zip(other)
                    .and_then(|(one, other)| Some((done(one)?.0, done(other)?.0)));
                let is_change = factor == space.groups.len()
                    || runs[0].values
                        != runs.get(place).map_or(Vec::new(), |run| run.values.clone());
                if let Some((one, other)) = digests.filter(|_| is_change) {
                    found.pairs += 1;
                    found.same_digest += u32::from(one == other);
                }
            }
        }
        let figure = |place: usize| mean_of(at(place)?, measure);
        match figure(0).zip(figure(1)) {
            Some((a, b)) => rows.push(RowFigures {
                a,
                b,
                mixed: (2..kinds.len()).map(figure).collect(),
            }),
            None => left_out += 1,
        }
    }
    for (found, indices) in factors
        .iter_mut()
        .zip(indices(&rows, kinds.len() - 2, settings.seed))
    {
        found.indices = indices;
    }
    let moments = moments(&rows);
    Variance {
        mean: moments.map(|(mean, _)| mean),
        deviation: moments.map(|(_, variance)| variance.sqrt()),
        rows: rows.len() as u32,
        left_out,
        factors,
        q2: None,
    }
}
