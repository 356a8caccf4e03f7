//! `patchday sweep`: the runs of a batch.
//!
//! A batch has a directory, with a ledger that has a synced line for each run that ended (one
//! ledger per shard), and at the end `runs.csv`. A batch that was stopped resumes from its ledger
//! with `--resume`.
//!
//! The ledger of a batch is what `merge` reads, and it can be moved with the directory. Runs come from
//! the ledger of all runs first (`jobs::run_source`), so a batch does not repeat those of another
//! question.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::{
    experiment::{
        error::ExperimentError,
        jobs::{
            dry_run::{Asked, Design, PricedDesign},
            job::{BeforeRun, Job},
            run_source::{RunSource, RunSourceSettings},
        },
        storage::{
            answer::ANSWER,
            kept_store::KeptStore,
            ledger::Ledger,
            ledger_lines::{self, Batch, Entries, Entry, Shard},
        },
        sweep::{
            kept_series,
            merge::{BatchEnd, EXPORT, write_table},
            plan::{BatchPlan, SweepSettings, plan},
            sweep_manifest,
        },
    },
    host::{console::say, durable::create_directories, error::Failure},
    report::run::report_file,
    run::execute,
    scenario::prepare::stem,
    store::{
        atomic_file::Existing,
        layout::{BANDS, CONFIG, MANIFEST, POINTS, REPORT, SERIES, SWEEP, TABLE},
        place::output,
        resume_command,
    },
};

/// Runs a batch, or the part of it that the settings name. `before_run` is called before each run.
///
/// # Errors
/// Returns an error if the design, the scenario at one of its points or the directory is invalid,
/// or if the batch was stopped.
pub(crate) fn run(
    settings: &SweepSettings,
    before_run: &BeforeRun<'_>,
) -> Result<Asked<BatchEnd>, Failure> {
    let plan = plan(settings)?;
    plan.largest.warn();
    let directory = directory_of(settings, &plan);
    let runs = RunSourceSettings {
        scenario: &settings.scenario,
        machine: settings.machine,
        largest: &plan.largest,
        ledger: &settings.answer.ledger,
        answer: &directory,
        most: plan.jobs.len(),
        at_most: false,
    };
    if settings.answer.dry_run {
        let design = Design {
            question: "sweep",
            jobs: &plan.jobs,
            then: None,
            other_runs: 0,
            other_scale: None,
        };
        return Ok(Asked::Planned(PricedDesign::new(runs, &design)?));
    }
    // A run that does not fit in memory is refused before a file is written.
    let mut source = RunSource::open(runs)?;
    let (mut ledger, mut entries) = open(settings, &plan, &directory)?;
    let wanted: Vec<Job> = plan
        .jobs
        .iter()
        .filter(|job| match entries.get(&job.index) {
            None => true,
            // The series of a run that ended may be missing.
            Some(entry) if entry.failed.is_none() => {
                !plan.batch.keep.is_empty() && !store(&plan.batch, &directory).has(job.index)
            }
            Some(entry) => settings.answer.ledger.retry_failed && entry.failed.is_some(),
        })
        .cloned()
        .collect();
    source.progress().all(wanted.len());
    if !plan.batch.keep.is_empty() {
        source.keep(store(&plan.batch, &directory));
        let samples =
            plan.largest.scenario.ticks() / execute::course(&plan.largest.scenario).sample;
        let columns = plan.batch.keep.len();
        say(&kept_series::size(plan.jobs.len(), samples.into(), columns));
    }
    say(&format!(
        "{}: {} points, {} runs, {} of them still to run, {}\nresults: {}",
        plan.largest.file,
        plan.batch.points.len(),
        plan.jobs.len(),
        wanted.len(),
        source.executor().division(wanted.len()),
        directory.display()
    ));
    let worked = source.ask_each(&wanted, before_run, |place, record| {
        let index = wanted[place].index;
        let mut entry = Entry::new(index, &record.outcome, record.wall_s);
        entry.figures.extend(record.observed_figures());
        ledger.add(&entry, &entries)?;
        entries.insert(index, entry);
        Ok(())
    });
    let cause = source.interrupt().cause().map(str::to_owned);
    source.close();
    let kept = worked
        .and_then(|_| ledger.restore(&entries))
        .and_then(|()| {
            // A ledger is there, so the directory is that of a batch.
            let config = plan.config.as_bytes();
            sweep_manifest::write_scenario(&directory, config, Existing::Replaced)
        });
    let missing = missing(&plan, &entries);
    let hint = left_over(&plan, missing);
    if let (Ok(()), 1..) = (&kept, missing) {
        return Err(match cause {
            None => ExperimentError::InterruptedBatch(hint),
            Some(cause) => ExperimentError::OutOfMemory { cause, hint },
        }
        .into());
    }
    for key in without_difference(&plan.batch, &entries) {
        say(&format!(
            "warning: {key} had no effect: the runs at all its values are the same (equal digests)"
        ));
    }
    kept.and_then(|()| end(&plan, &directory, &entries))
        .inspect_err(|_| say(&hint))
        .map(|end| {
            Asked::Answered(BatchEnd {
                hint: Some(hint.clone()),
                ..end
            })
        })
}

/// The store of the kept series of a batch.
fn store(batch: &Batch, directory: &Path) -> KeptStore {
    KeptStore::new(directory, &batch.batch, &batch.keep)
}

/// Writes the table, unless this is one of several parts.
fn end(plan: &BatchPlan, directory: &Path, entries: &Entries) -> Result<BatchEnd, Failure> {
    let table = if plan.batch.shard.is_whole() {
        Some(
            write_table(
                directory,
                (&plan.batch, entries),
                &[store(&plan.batch, directory)],
                Existing::Replaced,
            )
            .map_err(Failure::during_run)?,
        )
    } else {
        None
    };
    let failed = entries.values().filter(|entry| entry.failed.is_some());
    Ok(BatchEnd {
        directory: directory.to_owned(),
        runs: plan.jobs.len(),
        failed: failed.count(),
        table,
        hint: None,
    })
}

/// The directory of the batch.
fn directory_of(settings: &SweepSettings, plan: &BatchPlan) -> PathBuf {
    settings.answer.out.clone().unwrap_or_else(|| {
        let stem = stem(&plan.largest.file);
        PathBuf::from("runs").join(format!("{stem}-sweep-{}", &plan.batch.batch[..8]))
    })
}

fn ledger_name(shard: Shard) -> String {
    if shard.is_whole() {
        "ledger.jsonl".into()
    } else {
        format!("ledger-{}-of-{}.jsonl", shard.number, shard.of)
    }
}

/// Creates the ledger, or opens it if the batch resumes. Also returns its runs.
fn open(
    settings: &SweepSettings,
    plan: &BatchPlan,
    directory: &Path,
) -> Result<(Ledger, Entries), Failure> {
    let path = directory.join(ledger_name(plan.batch.shard));
    create_directories(directory)?;
    let exists = Ledger::exists(&path);
    if exists && (settings.resume || settings.answer.ledger.retry_failed) {
        let (ledger, entries, faults) = Ledger::reopen(&path, &plan.batch)?;
        for fault in faults {
            say(&format!("warning: {}: {fault}", path.display()));
        }
        return Ok((ledger, entries));
    }
    if exists && !settings.answer.force {
        return Err(ExperimentError::BatchExists(path).into());
    }
    if !settings.answer.force && !has_ledger(directory) {
        check_results(directory)?;
    }
    let ledger = Ledger::create(&path, &plan.batch, settings.answer.force)?;
    // Existing tables and series belong to a replaced batch, or to another part of this one.
    if plan.batch.shard.is_whole() {
        store(&plan.batch, directory).clear()?;
    }
    for name in [TABLE, POINTS, SERIES, BANDS] {
        let table = directory.join(name);
        match fs::remove_file(&table) {
            Err(error) if table.exists() => return Err(Failure::file("remove", &table)(error)),
            _ => {}
        }
    }
    Ok((ledger, Entries::new()))
}

/// Whether a directory has the ledger of a batch or of a part of one, so that its results belong to
/// a batch.
fn has_ledger(directory: &Path) -> bool {
    ledger_lines::batch_of_directory(directory).is_some()
}

/// Returns an error if a directory without a ledger has files that the batch would replace.
fn check_results(directory: &Path) -> Result<(), Failure> {
    for name in [TABLE, POINTS, SERIES, BANDS, EXPORT, MANIFEST, ANSWER] {
        output::check(&directory.join(name), Existing::Kept)?;
    }
    let existing = Existing::with_force(sweep_manifest::is_own(directory));
    for name in [SWEEP, CONFIG] {
        output::check(&directory.join(name), existing)?;
    }
    // A page of this program can be made again; its batch has lost its ledger.
    let page = directory.join(REPORT);
    let existing = Existing::with_force(report_file::is_own(&page));
    Ok(output::check(&page, existing)?)
}

/// The factors whose values make no difference: runs with the same seed and the same values of all
/// other factors have equal digests, and there are such runs.
fn without_difference(batch: &Batch, entries: &Entries) -> Vec<String> {
    let replicates = batch.replicates as usize;
    let is_idle = |factor: &usize| {
        let mut groups: BTreeMap<(usize, Vec<&str>), BTreeSet<&str>> = BTreeMap::new();
        let mut values: BTreeMap<(usize, Vec<&str>), BTreeSet<&str>> = BTreeMap::new();
        for (index, entry) in entries {
            let Some(digest) = entry.digest.as_deref() else {
                continue;
            };
            let Some(point) = batch.points.get(index / replicates) else {
                continue;
            };
            let others = point.iter().enumerate();
            let others = others.filter(|(place, _)| place != factor);
            let group = (
                index % replicates,
                others.map(|(_, value)| value.as_str()).collect(),
            );
            groups
                .entry(Clone::clone(&group))
                .or_default()
                .insert(digest);
            values.entry(group).or_default().insert(&point[*factor]);
        }
        values.values().any(|values| values.len() > 1)
            && groups.values().all(|digests| digests.len() == 1)
    };
    let idle = (0..batch.factors.len()).filter(is_idle);
    idle.map(|factor| batch.factors[factor].clone()).collect()
}

/// The number of runs that are not in the ledger.
fn missing(plan: &BatchPlan, entries: &Entries) -> usize {
    let jobs = plan.jobs.iter();
    jobs.filter(|job| !entries.contains_key(&job.index)).count()
}

/// How many runs are missing, and the command that resumes the batch.
fn left_over(plan: &BatchPlan, missing: usize) -> String {
    let all = plan.jobs.len();
    let left = match missing {
        0 => format!("all {all} runs are in the ledger"),
        _ => format!("{missing} of {all} runs are missing"),
    };
    format!("{left}; to resume: {}", resume_command::for_question())
}
