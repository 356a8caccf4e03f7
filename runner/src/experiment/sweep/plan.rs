//! The plan of a sweep: its settings, its points, and all runs of a batch.
//!
//! A batch is identified by a hash of everything that its results depend on: the scenario at every
//! point, the names of the factors, the replicates, and the program.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use patchday_agents::{metrics::own_figure::SeriesColumn, scenario::Scenario};

use crate::{
    experiment::{
        design::{
            effects::{FactorEffects, check_names},
            factors::Factor,
            points::{self, DesignPoint, Method, check_count},
        },
        error::ExperimentError,
        jobs::{
            job::{Job, keep_larger, prepare_job},
            scenarios::Scenarios,
        },
        storage::{
            answer_dir::AnswerSettings,
            ledger_lines::{Batch, Shard},
        },
    },
    host::{console::say, error::Failure, resources::MachineSettings},
    results::figures,
    scenario::{
        load::value_at,
        prepare::{Prepared, ScenarioSettings, load, prepare, scaled},
        print::{config_hash, print},
    },
    store::command_line::CommandLine,
};

/// More points than this take seconds to check, so that a line says so.
const MANY_POINTS: usize = 2_000;

/// The settings of a sweep.
#[derive(Clone, Debug)]
pub(crate) struct SweepSettings {
    pub(crate) scenario: ScenarioSettings,
    pub(crate) machine: MachineSettings,
    /// Factors, `KEY=A,B,C` or `KEY=LOW..HIGH` each.
    pub(crate) vary: Vec<String>,
    /// How points are chosen from the factors.
    pub(crate) method: Method,
    /// Number of points; in a grid, number of levels of each range.
    pub(crate) runs: Option<usize>,
    /// A CSV file with the points, instead of `vary`.
    pub(crate) points: Option<PathBuf>,
    /// Runs of each point.
    pub(crate) replicates: u32,
    /// Columns of the series that are kept of each run.
    pub(crate) keep: Vec<String>,
    /// The part of the batch to run.
    pub(crate) shard: Shard,
    /// The directory of the batch, unless it is the default one, and whether an existing batch is
    /// replaced. Failed runs are repeated only in a batch that is continued.
    pub(crate) answer: AnswerSettings,
    /// Whether a batch that was stopped is continued.
    pub(crate) resume: bool,
}

impl SweepSettings {
    /// The command with the same results: without threads, shards, parts and output.
    fn reproduce(&self) -> CommandLine {
        // Every setting is named here, so that a new one has to be decided on.
        let Self {
            scenario,
            machine: _,
            vary,
            method,
            runs,
            points,
            replicates,
            keep,
            shard: _,
            answer: _,
            resume: _,
        } = self;
        let mut words = vec!["sweep".to_owned()];
        words.extend(scenario.words());
        let mut add = |option: &str, value: Option<String>| {
            if let Some(value) = value {
                words.extend([option.to_owned(), value]);
            }
        };
        for factor in vary {
            add("--vary", Some(factor.clone()));
        }
        let method = (*method != Method::Grid).then(|| method.name().to_owned());
        add("--method", method);
        add("--runs", runs.map(|runs| runs.to_string()));
        let points = points.as_ref().map(|file| file.display().to_string());
        add("--points", points);
        let replicates = (*replicates != 1).then(|| replicates.to_string());
        add("--reps", replicates);
        let keep = (!keep.is_empty()).then(|| keep.join(","));
        add("--keep-series", keep);
        CommandLine::new(words)
    }
}

/// All runs of a batch.
pub(crate) struct BatchPlan {
    pub(crate) batch: Batch,
    /// The runs of this part.
    pub(crate) jobs: Vec<Job>,
    /// The scenario of the point that needs most memory.
    pub(crate) largest: Prepared,
    /// The scenario before its factors are set, as the text of a file.
    pub(crate) config: String,
}

/// Plans a batch.
///
/// # Errors
/// Returns an error if the design, or the scenario at one of its points, is invalid.
pub(crate) fn plan(settings: &SweepSettings) -> Result<BatchPlan, Failure> {
    let mut factors: Vec<Factor> = settings
        .vary
        .iter()
        .map(|text| Factor::parse(text))
        .collect::<Result<_, _>>()?;
    let loaded = load(&settings.scenario)?;
    figures::check_own(&loaded.scenario)?;
    for factor in &mut factors {
        factor.fit(value_at(&loaded.scenario, &factor.key).as_ref());
    }
    let seed = loaded.scenario.run.seed;
    let (names, points) = match &settings.points {
        Some(file) => read_points(file)?,
        None => (
            factors.iter().map(|factor| factor.key.clone()).collect(),
            points::points(&factors, settings.method, settings.runs, seed)?,
        ),
    };
    check_names(&names)?;
    check_columns(&settings.keep, &loaded.scenario)?;
    let replicates = settings.replicates;
    check_count(points.len().saturating_mul(replicates as usize))?;
    let mut jobs = Vec::new();
    let mut hasher = blake3::Hasher::new();
    let mut largest: Option<Prepared> = None;
    let mut effects = FactorEffects::new(names.iter().map(String::as_str));
    if points.len() > MANY_POINTS {
        say(&format!(
            "checking the scenarios of {} points",
            points.len()
        ));
    }
    for values in &points {
        let set: Vec<String> = names
            .iter()
            .zip(values)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        for replicate in 0..replicates {
            jobs.push(Job {
                index: jobs.len(),
                replicate,
                seed: points::replicate_seed(seed, replicate),
                set: set.clone(),
            });
        }
        // Errors at a point are found before the first run.
        let first = &jobs[jobs.len() - replicates as usize];
        let prepared = prepare_job(&settings.scenario, first)?;
        hasher.update(config_hash(&prepared.scenario).as_bytes());
        effects.see(&prepared.unscaled);
        keep_larger(&mut largest, prepared);
    }
    effects.check()?;
    for part in [
        env!("CARGO_PKG_VERSION"),
        env!("PATCHDAY_GIT"),
        &names.join("\n"),
    ] {
        hasher.update(part.as_bytes());
    }
    hasher.update(&replicates.to_le_bytes());
    // A batch without kept series has the same hash as before there were any.
    for column in &settings.keep {
        hasher.update(b"keep ");
        hasher.update(column.as_bytes());
    }
    let largest = match largest {
        Some(largest) => largest,
        None => prepare(&settings.scenario)?,
    };
    // Values that only the factors make valid at this scale are printed unscaled.
    let config = match scaled(&settings.scenario, loaded.clone()) {
        Ok(base) => base.config,
        Err(_) => print(&loaded, &settings.scenario.file.display().to_string()),
    };
    let runs = jobs.len();
    if !settings.shard.is_whole() {
        let scenarios = Scenarios::new(&settings.scenario);
        let mut own = Vec::new();
        for job in jobs {
            if settings.shard.contains(&scenarios.get(&job)?) {
                own.push(job);
            }
        }
        jobs = own;
    }
    let command = CommandLine::from_process();
    Ok(BatchPlan {
        batch: Batch {
            batch: hasher.finalize().to_hex()[..16].to_owned(),
            shard: settings.shard,
            runs,
            factors: names,
            points,
            replicates,
            keep: settings.keep.clone(),
            seed,
            command: command.to_string(),
            command_words: command,
            reproduce: settings.reproduce(),
            scale: Some(settings.scenario.scale),
            title: Some(largest.scenario.run.title.clone()),
            version: Some(env!("CARGO_PKG_VERSION").into()),
        },
        jobs,
        largest,
        config,
    })
}

/// Checks the names of the columns to keep.
fn check_columns(keep: &[String], scenario: &Scenario) -> Result<(), ExperimentError> {
    for (place, name) in keep.iter().enumerate() {
        let fault = if keep[..place].contains(name) {
            format!("`{name}` is given twice")
        } else {
            match SeriesColumn::parse(name, scenario) {
                Ok(_) => continue,
                Err(Some(nearest)) => {
                    format!("`{name}` is not a column of series.csv; did you mean `{nearest}`?")
                }
                Err(None) => format!(
                    "`{name}` is not a column of series.csv; `patchday schema --series` lists them"
                ),
            }
        };
        return Err(ExperimentError::NoColumn(fault));
    }
    Ok(())
}

/// Reads the names of the factors and the points from a CSV file.
fn read_points(file: &Path) -> Result<(Vec<String>, Vec<DesignPoint>), Failure> {
    let opened = File::open(file).map_err(csv::Error::from);
    opened.and_then(points_from_csv).map_err(|source| {
        let path = file.to_owned();
        ExperimentError::Points { path, source }.into()
    })
}

/// Reads the names of the factors and the points from CSV: one column per factor, one row per point.
///
/// # Errors
/// Returns an error with the line if it is not CSV.
pub(crate) fn points_from_csv(csv: impl io::Read) -> csv::Result<(Vec<String>, Vec<DesignPoint>)> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(csv);
    let names = reader.headers()?.iter().map(String::from).collect();
    let rows = reader
        .records()
        .map(|row| Ok(row?.iter().map(String::from).collect()));
    Ok((names, rows.collect::<csv::Result<Vec<_>>>()?))
}
