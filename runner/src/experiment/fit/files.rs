//! The tables of a fit: `design.csv`, `runs.csv`, `posterior.csv`, `predictive.csv`.
//!
//! Their bytes depend on the answer only. Values of keys are plain numbers in `runs.csv` and
//! `posterior.csv`, with the unit in the name of the column, and as typed in `design.csv`.

use std::{collections::BTreeMap, fmt::Display, path::Path};

use crate::{
    experiment::{
        error::ExperimentError,
        fit::answer::{BandAnswer, PointAnswer},
        storage::{
            plain_factors::PlainFactors,
            table::{RunRow, RunTable},
        },
    },
    host::{error::Failure, format::instant},
    results::{
        figures::{Figures, Outcome},
        run_record::RunRecord,
    },
    store::{
        atomic_file::write_whole,
        csv_table::{ColumnType, TableColumn},
        layout::TABLE,
    },
};

/// The design: what was asked for.
pub(crate) const DESIGN: &str = "design.csv";
/// The posterior.
pub(crate) const POSTERIOR: &str = "posterior.csv";
/// The predictive bands.
pub(crate) const PREDICTIVE: &str = "predictive.csv";

/// The columns of the predictive bands.
pub(crate) const PREDICTIVE_COLUMNS: [TableColumn<'_>; 10] = [
    TableColumn::required("band", ColumnType::Text),
    TableColumn::required("time", ColumnType::Instant),
    TableColumn::optional("p05", ColumnType::Number),
    TableColumn::optional("p25", ColumnType::Number),
    TableColumn::optional("p50", ColumnType::Number),
    TableColumn::optional("p75", ColumnType::Number),
    TableColumn::optional("p95", ColumnType::Number),
    TableColumn::optional("observed", ColumnType::Number),
    TableColumn::optional("error", ColumnType::Number),
    TableColumn::optional("use", ColumnType::Text),
];

/// The emulators.
pub(crate) const EMULATOR: &str = "emulator.json";

/// A run of a fit.
#[derive(Clone, Debug)]
pub(crate) struct FitRun {
    /// Why it was made, in a word or two.
    pub(crate) purpose: String,
    /// Whether it is a draw of the posterior.
    pub(crate) draw: bool,
    /// Factor for users and capacities.
    pub(crate) scale: f64,
    pub(crate) seed: u64,
    /// The values of the keys, as typed.
    pub(crate) values: Vec<String>,
    pub(crate) record: RunRecord,
}

/// Rows of text as CSV.
fn csv_bytes(rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, Failure> {
    let broken = |error: &dyn Display| ExperimentError::Table(error.to_string());
    let mut out = csv::WriterBuilder::new()
        .flexible(false)
        .from_writer(Vec::new());
    for row in rows {
        out.write_record(row).map_err(|error| broken(&error))?;
    }
    Ok(out.into_inner().map_err(|error| broken(&error))?)
}

/// Number of the point of each run: runs with the same values have the same one.
fn points_of(runs: &[FitRun]) -> (Vec<usize>, Vec<Vec<String>>) {
    let mut points: Vec<Vec<String>> = Vec::new();
    let mut known: BTreeMap<&[String], usize> = BTreeMap::new();
    let places = runs.iter().map(|run| {
        *known.entry(&run.values).or_insert_with(|| {
            points.push(run.values.clone());
            points.len() - 1
        })
    });
    (places.collect(), points)
}

/// Writes `design.csv` and `runs.csv`.
///
/// # Errors
/// Returns an error if a file cannot be written.
pub(crate) fn write_runs(
    directory: &Path,
    keys: &[String],
    runs: &[FitRun],
) -> Result<(), Failure> {
    let (places, points) = points_of(runs);
    let fixed = ["row", "point", "purpose", "scale", "seed"].map(String::from);
    let header: Vec<String> = fixed.into_iter().chain(keys.iter().cloned()).collect();
    let rows = runs.iter().enumerate().map(|(row, run)| {
        let first = [
            row.to_string(),
            places[row].to_string(),
            run.purpose.clone(),
            run.scale.to_string(),
            run.seed.to_string(),
        ];
        first
            .into_iter()
            .chain(run.values.iter().cloned())
            .collect()
    });
    let design = csv_bytes(std::iter::once(header).chain(rows))?;
    write_whole(&directory.join(DESIGN), &design)?;
    let plain = PlainFactors::new(keys, &points);
    let mut seen = vec![0; points.len()];
    let row = |(run, one): (usize, &FitRun)| {
        let point = places[run];
        let replicate = seen[point];
        seen[point] += 1;
        let (failed, digest, figures) = match &one.record.outcome {
            Outcome::Failed(_) => (true, String::new(), Figures::new()),
            Outcome::Done { digest, figures } => {
                let mut figures = figures.clone();
                figures.extend(one.record.observed_figures());
                (false, digest.clone(), figures)
            }
        };
        RunRow {
            run,
            point,
            replicate,
            seed: one.seed,
            factors: plain.points.get(point).cloned().unwrap_or_default(),
            failed,
            digest,
            figures,
        }
    };
    let table = RunTable {
        rows: runs.iter().enumerate().map(row).collect(),
        factors: plain.names.clone(),
    };
    write_whole(&directory.join(TABLE), &table.to_csv()?)?;
    Ok(())
}

/// A weighted point of the posterior.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PosteriorRow {
    pub(crate) weight: f64,
    /// The values of the keys, as typed.
    pub(crate) values: Vec<String>,
    /// The expected share at each point that has an output.
    pub(crate) model: Vec<f64>,
}

/// Writes `posterior.csv`. `points` are the numbers of the points of the model's columns.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub(crate) fn write_posterior(
    directory: &Path,
    (keys, points): (&[String], &[usize]),
    rows: &[PosteriorRow],
) -> Result<(), Failure> {
    let values: Vec<Vec<String>> = rows.iter().map(|row| row.values.clone()).collect();
    let plain = PlainFactors::new(keys, &values);
    let model = points.iter().map(|number| format!("observed.{number}"));
    let first = std::iter::once("weight".to_owned());
    let header = first.chain(plain.names.iter().cloned()).chain(model);
    let six = |value: &f64| {
        let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(*value);
        rounded.to_string()
    };
    let cells = rows.iter().zip(&plain.points).map(|(row, values)| {
        let weight = std::iter::once(six(&row.weight));
        let model = row.model.iter().map(six);
        weight.chain(values.iter().cloned()).chain(model).collect()
    });
    let table = csv_bytes(std::iter::once(header.collect()).chain(cells))?;
    write_whole(&directory.join(POSTERIOR), &table)?;
    Ok(())
}

/// Writes `emulator.json`.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub(crate) fn write_emulator(
    directory: &Path,
    emulator: &serde_json::Value,
) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(emulator).map_err(ExperimentError::Json)?;
    write_whole(&directory.join(EMULATOR), format!("{text}\n").as_bytes())?;
    Ok(())
}

/// Writes `predictive.csv`: the bands over time, then the prediction at each point.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub(crate) fn write_predictive(
    directory: &Path,
    bands: &[BandAnswer],
    points: &[PointAnswer],
) -> Result<(), Failure> {
    let names = PREDICTIVE_COLUMNS
        .iter()
        .map(|column| column.name.to_owned());
    let header: Vec<String> = names.collect();
    let over_time = bands.iter().flat_map(|band| {
        band.times
            .iter()
            .zip(&band.quantiles)
            .map(|(time, quantiles)| {
                let first = [band.name.clone(), instant(*time)];
                let numbers = quantiles.iter().map(f64::to_string);
                let rest = ["", "", ""].map(String::from);
                first.into_iter().chain(numbers).chain(rest).collect()
            })
    });
    let at_points = points.iter().map(|one| {
        let first = [
            format!("observed.{}", one.point.number),
            instant(one.point.time),
        ];
        let numbers: Vec<String> = match one.predicted {
            Some(quantiles) => quantiles.iter().map(f64::to_string).collect(),
            None => vec![String::new(); 5],
        };
        let rest = [
            one.point.share.to_string(),
            one.point.error.to_string(),
            one.point.r#use.text().to_owned(),
        ];
        first.into_iter().chain(numbers).chain(rest).collect()
    });
    let table = csv_bytes(std::iter::once(header).chain(over_time).chain(at_points))?;
    write_whole(&directory.join(PREDICTIVE), &table)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::fit::answer::tests::answer,
        results::{run_record::OnlineShares, samples::KeptSeries},
    };

    fn run(value: &str, seed: u64, observed: Option<f64>) -> FitRun {
        FitRun {
            purpose: "wave 1".into(),
            draw: false,
            scale: 0.01,
            seed,
            values: vec![value.to_owned()],
            record: RunRecord {
                outcome: Outcome::Done {
                    digest: "d".into(),
                    figures: Figures::from([("norm_peak".into(), Some(7.0))]),
                },
                observed: vec![observed, None],
                shares: OnlineShares::default(),
                incident: None,
                wall_s: 0.0,
                kept: KeptSeries::default(),
            },
        }
    }

    fn lines(directory: &Path, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(directory.join(name)).unwrap();
        text.lines().map(String::from).collect()
    }

    #[test]
    fn the_tables_have_a_row_for_each_run_and_each_draw() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let mut runs = vec![
            run("6h", 1, Some(0.5)),
            run("90m", 2, Some(0.25)),
            run("6h", 3, None),
        ];
        runs[2].record = RunRecord::failed("panicked".into());
        write_runs(path, &["a.b".to_owned()], &runs).unwrap();
        let design = lines(path, DESIGN);
        assert_eq!(design[0], "row,point,purpose,scale,seed,a.b");
        assert_eq!(design[2], "1,1,wave 1,0.01,2,90m");
        let table = lines(path, TABLE);
        assert!(
            table[0].starts_with("run,point,replicate,seed,a.b"),
            "{}",
            table[0]
        );
        assert!(table[0].ends_with(",observed.1,observed.2"), "{}", table[0]);
        assert!(table[1].ends_with(",0.5,"), "{}", table[1]);
        assert!(table[3].starts_with("2,0,1,3,"), "{}", table[3]);
        assert!(table[3].contains(",failed,"));
        let row = PosteriorRow {
            weight: 0.25,
            values: vec!["6".into()],
            model: vec![1.0 / 3.0],
        };
        write_posterior(path, (&["a.b".to_owned()], &[3]), &[row]).unwrap();
        assert_eq!(
            lines(path, POSTERIOR),
            ["weight,a.b,observed.3", "0.25,6,0.333333"]
        );
        let answer = answer();
        write_predictive(path, &answer.bands, &answer.points).unwrap();
        let predictive = lines(path, PREDICTIVE);
        assert_eq!(predictive.len(), 1 + 80 + 3);
        assert!(
            predictive[81].starts_with("observed.1,2007-08-16T06:00:00Z,0.3,0.4,"),
            "{}",
            predictive[81]
        );
        assert!(predictive[81].ends_with(",0.5,0.1,used"));
    }
}
