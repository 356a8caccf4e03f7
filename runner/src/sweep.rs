//! `patchday sweep`: many runs of one scenario, into one table.
//!
//! A batch lives in a directory: a ledger with a synced line for each run that ended (one
//! a shard), and at the end `runs.csv`. A batch that was killed goes on with `--resume`;
//! what it is a batch of is hashed, and a changed one is another batch.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{
    cli::SweepOptions,
    exit::{Exit, Failure, say},
    experiment::{
        crew::Crew,
        design::{self, check_count},
        factor::Factor,
        job::{self, Job},
        ledger::{Batch, Entry, Ledger},
    },
    export::Format,
    figures::wait,
    interrupt::Interrupt,
    manifest::command_line,
    merge::{tell, write},
    preparation::{Prepared, load, prepare, stem},
    scenario::{config_hash, value_at},
};

/// All runs of a batch.
struct Plan {
    batch: Batch,
    jobs: Vec<Job>,
    /// The scenario of the point that needs most memory.
    largest: Prepared,
}

/// `patchday sweep`.
///
/// # Errors
/// What is wrong with the design, the scenario at one of its points or the directory, or what
/// stopped the batch.
pub fn sweep(options: &SweepOptions) -> Result<Exit, Failure> {
    options.export.map_or(Ok(()), Format::check)?;
    let plan = plan(options)?;
    let crew = Crew::of(options.machine, &plan.largest, plan.jobs.len())?;
    let (directory, path) = places(options, &plan);
    let interrupt = Interrupt::of_signals();
    let (mut ledger, mut entries) = open(options, &plan, &directory, &path)?;
    let wanted: Vec<Job> = plan
        .jobs
        .iter()
        .filter(|job| match entries.get(&job.index) {
            None => true,
            Some(entry) => options.retry_failed && entry.failed.is_some(),
        })
        .cloned()
        .collect();
    say(&format!(
        "{}: {} points, {} runs, {} of them to do, {} at once with {} threads each\nresults: {}",
        plan.largest.file,
        plan.batch.points.len(),
        plan.jobs.len(),
        wanted.len(),
        crew.at_once.min(wanted.len().max(1)),
        crew.workers.threads,
        directory.display()
    ));
    let begun = Instant::now();
    let mut told = Telling::new(wanted.len());
    let base = &options.scenario;
    crew.work(base, &wanted, &interrupt, |job, outcome, wall| {
        let entry = Entry::of(job.index, outcome, wall);
        if let Some(why) = &entry.failed {
            say(&format!("run {} failed: {why}", job.index));
        }
        ledger.add(&entry)?;
        entries.insert(job.index, entry);
        told.one_more(begun);
        Ok(())
    })?;
    finish(options, &plan, &directory, &entries)
}

/// Everything that is to be run.
fn plan(options: &SweepOptions) -> Result<Plan, Failure> {
    let mut factors: Vec<Factor> = options
        .vary
        .iter()
        .map(|text| Factor::parse(text))
        .collect::<Result<_, _>>()?;
    let loaded = load(&options.scenario)?;
    for factor in &mut factors {
        factor.fit(value_at(&loaded.scenario, &factor.key).as_ref());
    }
    let seed = loaded.scenario.run.seed;
    let (names, points) = match &options.points {
        Some(file) => read_points(file)?,
        None => (
            factors.iter().map(|factor| factor.key.clone()).collect(),
            design::points(&factors, options.method, options.runs, seed)?,
        ),
    };
    let replicates = options.reps;
    check_count(points.len().saturating_mul(replicates as usize))?;
    let mut jobs = Vec::new();
    let mut hasher = blake3::Hasher::new();
    let mut largest: Option<Prepared> = None;
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
                seed: design::seed_of(seed, replicate),
                set: set.clone(),
                spoiled: options.spoil == Some(jobs.len()),
            });
        }
        // Every point is read before the first run: what is wrong is said now.
        let first = &jobs[jobs.len() - replicates as usize];
        let prepared = job::prepared(&options.scenario, first)?;
        hasher.update(config_hash(&prepared.scenario).as_bytes());
        let users = |prepared: &Prepared| prepared.scenario.population.users;
        if largest
            .as_ref()
            .is_none_or(|known| users(known) < users(&prepared))
        {
            largest = Some(prepared);
        }
    }
    for part in [
        env!("CARGO_PKG_VERSION"),
        env!("PATCHDAY_GIT"),
        &names.join("\n"),
    ] {
        hasher.update(part.as_bytes());
    }
    hasher.update(&replicates.to_le_bytes());
    let largest = match largest {
        Some(largest) => largest,
        None => prepare(&options.scenario)?,
    };
    let shard = options.shard.unwrap_or((1, 1));
    let runs = jobs.len();
    jobs.retain(|job| job.index % shard.1 as usize == shard.0 as usize - 1);
    let command = command_line(std::env::args_os().map(|word| word.to_string_lossy().into_owned()));
    Ok(Plan {
        batch: Batch {
            batch: hasher.finalize().to_hex()[..16].to_owned(),
            shard,
            runs,
            factors: names,
            points,
            replicates,
            seed,
            command,
            title: Some(largest.scenario.run.title.clone()),
            version: Some(env!("CARGO_PKG_VERSION").into()),
        },
        jobs,
        largest,
    })
}

/// Points from a CSV file: a column a key, a row a point.
fn read_points(file: &Path) -> Result<(Vec<String>, Vec<Vec<String>>), Failure> {
    let read = || -> Result<_, csv::Error> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(file)?;
        let names = reader.headers()?.iter().map(String::from).collect();
        let rows = reader
            .records()
            .map(|row| Ok(row?.iter().map(String::from).collect()));
        Ok((names, rows.collect::<Result<Vec<_>, csv::Error>>()?))
    };
    read().map_err(|error| Failure::Usage(format!("--points {}: {error}", file.display())))
}

/// The directory of the batch, and its ledger.
fn places(options: &SweepOptions, plan: &Plan) -> (PathBuf, PathBuf) {
    let directory = options.out.clone().unwrap_or_else(|| {
        let stem = stem(&plan.largest.file);
        PathBuf::from("runs").join(format!("{stem}-sweep-{}", &plan.batch.batch[..8]))
    });
    let path = directory.join(ledger_name(plan.batch.shard));
    (directory, path)
}

fn ledger_name((number, of): (u32, u32)) -> String {
    match of {
        1 => "ledger.jsonl".into(),
        _ => format!("ledger-{number}-of-{of}.jsonl"),
    }
}

/// The ledger, begun or gone on with.
fn open(
    options: &SweepOptions,
    plan: &Plan,
    directory: &Path,
    path: &Path,
) -> Result<(Ledger, BTreeMap<usize, Entry>), Failure> {
    fs::create_dir_all(directory).map_err(Failure::file("create the directory", directory))?;
    let goes_on = options.resume || options.retry_failed;
    if path.exists() && goes_on {
        let (ledger, found, entries) = Ledger::reopen(path)?;
        if found.batch != plan.batch.batch {
            return Err(Failure::Usage(format!(
                "{}: it is of another batch ({}); this one is {}: its scenario, design or program \
                 was changed",
                path.display(),
                found.command,
                plan.batch.batch
            )));
        }
        return Ok((ledger, entries));
    }
    if path.exists() && !options.force {
        return Err(Failure::Usage(format!(
            "{} exists; --resume goes on with it, --force begins anew, --out names another place",
            path.display()
        )));
    }
    Ok((Ledger::begin(path, &plan.batch)?, BTreeMap::new()))
}

/// Tells how far a batch is, at growing intervals.
struct Telling {
    all: usize,
    done: usize,
    next: f64,
}

impl Telling {
    fn new(all: usize) -> Self {
        Self {
            all,
            done: 0,
            next: 10.0,
        }
    }

    fn one_more(&mut self, begun: Instant) {
        self.done += 1;
        let seconds = begun.elapsed().as_secs_f64();
        if seconds >= self.next && self.done < self.all {
            let left = seconds / self.done as f64 * (self.all - self.done) as f64;
            say(&format!(
                "{} of {} runs done, {} left",
                self.done,
                self.all,
                wait(left)
            ));
            self.next = (seconds * 2.0).min(seconds + 600.0);
        }
    }
}

/// The table, if all runs are there, and what is said at the end.
fn finish(
    options: &SweepOptions,
    plan: &Plan,
    directory: &Path,
    entries: &BTreeMap<usize, Entry>,
) -> Result<Exit, Failure> {
    let missing = plan
        .jobs
        .iter()
        .filter(|job| !entries.contains_key(&job.index))
        .count();
    if missing > 0 {
        let words: Vec<String> = std::env::args_os()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let mut command = command_line(words.into_iter());
        if !options.resume {
            command.push_str(" --resume");
        }
        return Err(Failure::Interrupted(format!(
            ": {missing} of {} runs are missing; to go on: {command}",
            plan.jobs.len()
        )));
    }
    let failed = entries
        .values()
        .filter(|entry| entry.failed.is_some())
        .count();
    let whole = plan.batch.shard.1 == 1;
    if whole {
        write(directory, &plan.batch, entries, options.export)?;
    }
    tell(options.json, directory, plan.jobs.len(), failed, whole)
}
