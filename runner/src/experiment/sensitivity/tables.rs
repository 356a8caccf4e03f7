//! The tables of a sensitivity analysis: `design.csv`, `runs.csv`, `effects.csv`, `indices.csv`.
//!
//! `design.csv` has the values as they are typed; `runs.csv` is the table of a sweep, with the model at
//! each observed point. A number that is not known is an empty cell. The bytes depend on the runs alone.

use crate::{
    experiment::{
        error::ExperimentError,
        sensitivity::{
            answer::FigureSensitivity,
            measure::done,
            screening::{ScreenedFactor, ScreeningRun, StepEffect},
            space::FactorSpace,
            variance::{RowPoint, VarianceRun},
        },
        storage::{
            plain_factors::PlainFactors,
            table::{RunRow, RunTable},
        },
    },
    host::error::Failure,
    results::{figures::Figures, run_record::RunRecord},
    store::csv_table::{self, table_row},
};

/// The files.
pub(crate) const DESIGN: &str = "design.csv";
pub(crate) const EFFECTS: &str = "effects.csv";
pub(crate) const INDICES: &str = "indices.csv";

/// A run of a design.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DesignedRun {
    /// The trajectory, or the row or point of the design.
    pub(crate) point: usize,
    /// What it is: `start`, the factor that changes since the run before, `chance`; or `A`, `B`, the
    /// factor that is from B.
    pub(crate) part: String,
    pub(crate) replicate: u32,
    pub(crate) seed: u64,
    pub(crate) values: Vec<String>,
}

impl DesignedRun {
    /// A run of a screening.
    pub(crate) fn of_screening(run: &ScreeningRun, space: &FactorSpace) -> Self {
        Self {
            point: run.trajectory as usize,
            part: match run.changed {
                Some(factor) => space.groups[factor].name.clone(),
                None if run.is_chance => "chance".into(),
                None => "start".into(),
            },
            replicate: 0,
            seed: run.seed,
            values: run.values.clone(),
        }
    }

    /// A run for Sobol's indices.
    pub(crate) fn of_variance(run: &VarianceRun, space: &FactorSpace) -> Self {
        Self {
            point: run.row,
            part: match run.point {
                RowPoint::A => "A".into(),
                RowPoint::B => "B".into(),
                RowPoint::Mixed(factor) => space.groups[factor].name.clone(),
                RowPoint::Chance => "chance".into(),
                RowPoint::Single => "point".into(),
            },
            replicate: run.replicate,
            seed: run.seed,
            values: run.values.clone(),
        }
    }
}

/// The design as CSV.
///
/// # Errors
/// Returns an error if a row cannot be written.
pub(crate) fn design_csv(space: &FactorSpace, runs: &[DesignedRun]) -> Result<Vec<u8>, Failure> {
    let broken = |error: csv::Error| ExperimentError::Table(error.to_string());
    let mut out = csv::Writer::from_writer(Vec::new());
    let keys = space.keys.iter().map(|key| key.key.as_str());
    let first = ["run", "point", "part", "replicate", "seed"];
    out.write_record(first.into_iter().chain(keys))
        .map_err(broken)?;
    for (number, run) in runs.iter().enumerate() {
        let first = [
            number.to_string(),
            run.point.to_string(),
            run.part.clone(),
            run.replicate.to_string(),
            run.seed.to_string(),
        ];
        let cells = first.iter().chain(&run.values);
        out.write_record(cells).map_err(broken)?;
    }
    let bytes = out.into_inner();
    Ok(bytes.map_err(|error| ExperimentError::Table(error.to_string()))?)
}

/// The table of runs, those that failed included. The model at an observed point is a figure.
pub(crate) fn run_table(
    space: &FactorSpace,
    runs: &[DesignedRun],
    records: &[RunRecord],
) -> RunTable {
    let keys: Vec<String> = space.keys.iter().map(|key| key.key.clone()).collect();
    let values: Vec<Vec<String>> = runs.iter().map(|run| run.values.clone()).collect();
    let PlainFactors { names, points } = PlainFactors::new(&keys, &values);
    let observed = records.iter().map(|record| record.observed.len()).max();
    let row = |(number, record): (usize, &RunRecord)| {
        let run = &runs[number];
        let mut figures = Figures::new();
        if let Some((_, known)) = done(record) {
            figures.extend(known.clone());
            for place in 0..observed.unwrap_or(0) {
                let share = record.observed.get(place).copied().flatten();
                figures.insert(format!("observed.{}", place + 1), share);
            }
        }
        RunRow {
            run: number,
            point: run.point,
            replicate: run.replicate,
            seed: run.seed,
            factors: points[number].clone(),
            failed: done(record).is_none(),
            digest: done(record).map_or_else(String::new, |(digest, _)| digest.to_owned()),
            figures,
        }
    };
    RunTable {
        factors: names,
        rows: records.iter().enumerate().map(row).collect(),
    }
}

table_row! {
    /// A row of `effects.csv`: the effect of a step of a trajectory on a figure.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct EffectRow {
        trajectory: u32 = Integer,
        key: String = Text,
        figure: String = Text,
        /// Empty if a run failed or does not have the figure.
        effect: Option<f64> = Number optional,
        /// 1 if both runs have one digest.
        same_digest: Option<u8> = Integer optional,
        /// 1 if one of the two runs meets the criterion of the edge and the other does not.
        crosses_edge: Option<u8> = Integer optional,
        /// 1 if the figure is never in one of the two runs.
        never: u8 = Integer,
    }
}

impl EffectRow {
    /// The row of a step.
    pub(crate) fn new(space: &FactorSpace, figure: &str, step: &StepEffect) -> Self {
        let name = |factor: usize| space.groups[factor].name.clone();
        Self {
            trajectory: step.trajectory,
            key: step.factor.map_or_else(|| "chance".into(), name),
            figure: figure.to_owned(),
            effect: step.effect,
            same_digest: step.same_digest.map(u8::from),
            crosses_edge: step.edge.map(|(one, other)| u8::from(one != other)),
            never: u8::from(step.is_never),
        }
    }
}

/// The effects as CSV.
///
/// # Errors
/// Returns an error if a row cannot be written.
pub(crate) fn effects_csv(rows: &[EffectRow]) -> Result<Vec<u8>, Failure> {
    Ok(csv_table::bytes(EFFECTS, rows)?)
}

table_row! {
    /// A row of `indices.csv`: what is known of a factor and a figure.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub(crate) struct IndexRow {
        figure: String = Text,
        key: String = Text,
        /// Effects or rows.
        count: u32 = Integer,
        mu: Option<f64> = Number optional,
        mu_star: Option<f64> = Number optional,
        mu_star_low: Option<f64> = Number optional,
        mu_star_high: Option<f64> = Number optional,
        sigma: Option<f64> = Number optional,
        crossed: Option<u32> = Integer optional,
        mu_star_beyond_edge: Option<f64> = Number optional,
        s1: Option<f64> = Number optional,
        s1_low: Option<f64> = Number optional,
        s1_high: Option<f64> = Number optional,
        st: Option<f64> = Number optional,
        st_low: Option<f64> = Number optional,
        st_high: Option<f64> = Number optional,
        /// Pairs of runs that differ in this key alone, and those with one digest.
        pairs: u32 = Integer,
        same_digest: u32 = Integer,
    }
}

impl IndexRow {
    /// The rows of a figure.
    pub(crate) fn of_figure(figure: &FigureSensitivity) -> Vec<Self> {
        let screened = figure.screening.iter().flatten().chain(&figure.chance);
        let mut rows: Vec<Self> = screened
            .map(|one| Self::of_screened(&figure.figure, one))
            .collect();
        for one in figure
            .variance
            .iter()
            .flat_map(|variance| &variance.factors)
        {
            let (first, total) = (
                one.indices.map(|found| found.first),
                one.indices.map(|found| found.total),
            );
            rows.push(Self {
                figure: figure.figure.clone(),
                key: one.factor.clone(),
                count: one.indices.map_or(0, |found| found.rows),
                s1: first.map(|first| first.value),
                s1_low: first.and_then(|first| first.interval).map(|ends| ends.0),
                s1_high: first.and_then(|first| first.interval).map(|ends| ends.1),
                st: total.map(|total| total.value),
                st_low: total.and_then(|total| total.interval).map(|ends| ends.0),
                st_high: total.and_then(|total| total.interval).map(|ends| ends.1),
                pairs: one.pairs,
                same_digest: one.same_digest,
                ..Self::default()
            });
        }
        rows
    }

    fn of_screened(figure: &str, one: &ScreenedFactor) -> Self {
        let effects = one.effects;
        let ends = effects.and_then(|found| found.interval);
        Self {
            figure: figure.to_owned(),
            key: one.factor.clone(),
            count: effects.map_or(0, |found| found.count),
            mu: effects.map(|found| found.mean),
            mu_star: effects.map(|found| found.mean_abs),
            mu_star_low: ends.map(|ends| ends.0),
            mu_star_high: ends.map(|ends| ends.1),
            sigma: effects.map(|found| found.deviation),
            crossed: Some(one.crossed),
            mu_star_beyond_edge: one.given_edge,
            pairs: one.steps,
            same_digest: one.same_digest,
            ..Self::default()
        }
    }
}

/// The indices as CSV.
///
/// # Errors
/// Returns an error if a row cannot be written.
pub(crate) fn indices_csv(figures: &[FigureSensitivity]) -> Result<Vec<u8>, Failure> {
    let rows: Vec<IndexRow> = figures.iter().flat_map(IndexRow::of_figure).collect();
    Ok(csv_table::bytes(INDICES, &rows)?)
}
