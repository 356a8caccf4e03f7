//! The kept columns of all runs of a batch (`series.csv`), and their bands (`bands.csv`).
//!
//! Rows are in the order of runs and times, so the bytes depend only on the results: not on threads,
//! interruptions or the division into parts. One point is in memory at a time. A run that failed has
//! no rows.

use std::{collections::BTreeMap, io::BufWriter, path::Path};

use crate::{
    experiment::{
        error::ExperimentError,
        storage::{
            kept_store::KeptStore,
            ledger_lines::{Batch, Entry},
        },
        sweep::bands::{HEADER, PointBand},
    },
    host::{error::Failure, format::memory},
    results::samples::KeptSeries,
    store::{
        atomic_file::{AtomicFile, Existing, fill_whole},
        layout::{BANDS, SERIES},
        place::output,
    },
};

/// The typical bytes of a cell with its comma.
const CELL_BYTES: u64 = 7;

/// How large `series.csv` of so many runs with so many samples each will be, in words.
pub(crate) fn size(runs: usize, samples: u64, columns: usize) -> String {
    let rows = runs as u64 * samples;
    let row = (runs.max(1).ilog10() as u64 + 2) + CELL_BYTES * (columns as u64 + 1);
    format!(
        "series.csv: {columns} columns, {samples} samples of each of {runs} runs, about {}",
        memory(rows * row)
    )
}

/// Writes both files. The series of a run is in one of the `stores`. `existing` is what happens to
/// other files of these names.
///
/// # Errors
/// Returns an error with the path if a file cannot be written or must stay, or with the run if no
/// store has its series.
pub(crate) fn write(
    directory: &Path,
    batch: &Batch,
    entries: &BTreeMap<usize, Entry>,
    stores: &[KeptStore],
    existing: Existing,
) -> Result<(), Failure> {
    let replicates = batch.replicates as usize;
    let done = entries.values().filter(|entry| entry.failed.is_none());
    let mut points: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for entry in done {
        points
            .entry(entry.run / replicates)
            .or_default()
            .push(entry.run);
    }
    let series_of = |run: usize| -> Result<KeptSeries, Failure> {
        let mut found = stores.iter().filter_map(|store| store.get(run));
        Ok(found.next().ok_or(ExperimentError::NoKeptSeries(run))?)
    };
    let path = directory.join(SERIES);
    fill(&path, existing, |file| {
        let mut out = csv::Writer::from_writer(BufWriter::new(file));
        let heads = ["run", "tick"].into_iter();
        let failed = |error: csv::Error| Failure::file("write", &path)(error.into());
        out.write_record(heads.chain(batch.keep.iter().map(String::as_str)))
            .map_err(failed)?;
        for run in points.values().flatten() {
            write_run(&mut out, *run, &series_of(*run)?).map_err(failed)?;
        }
        out.flush().map_err(Failure::file("write", &path))
    })?;
    if replicates == 1 {
        return Ok(());
    }
    let path = directory.join(BANDS);
    fill(&path, existing, |file| {
        let mut out = csv::Writer::from_writer(BufWriter::new(file));
        let failed = |error: csv::Error| Failure::file("write", &path)(error.into());
        out.write_record(HEADER).map_err(failed)?;
        for (point, runs) in &points {
            let series = runs.iter().map(|run| series_of(*run));
            let series: Vec<KeptSeries> = series.collect::<Result<_, _>>()?;
            for band in PointBand::all(*point, &series) {
                band.write(&mut out).map_err(failed)?;
            }
        }
        out.flush().map_err(Failure::file("write", &path))
    })
}

/// Writes the rows of a run.
fn write_run(
    out: &mut csv::Writer<impl std::io::Write>,
    run: usize,
    series: &KeptSeries,
) -> csv::Result<()> {
    let run = run.to_string();
    for (sample, tick) in series.ticks.iter().enumerate() {
        out.write_field(&run)?;
        out.write_field(tick.to_string())?;
        for cell in series
            .columns
            .iter()
            .filter_map(|column| column.cell(sample))
        {
            out.write_field(cell.to_string())?;
        }
        out.write_record(None::<&[u8]>)?;
    }
    Ok(())
}

fn fill(
    path: &Path,
    existing: Existing,
    with: impl FnOnce(&mut AtomicFile) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match existing {
        // The hidden file that a killed process left is replaced, too.
        Existing::Replaced => fill_whole(path, with),
        Existing::Kept => output::fill(path, existing, with),
    }
}
