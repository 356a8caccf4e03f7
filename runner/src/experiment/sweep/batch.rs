//! `patchday sweep`: many runs of one scenario, into one table.
//!
//! A batch lives in a directory: a ledger with a synced line for each run that ended (one
//! a shard), and at the end `runs.csv`. A batch that was killed goes on with `--resume`;
//! what it is a batch of is hashed, and a changed one is another batch.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::ValueEnum;

use crate::{
    commands::question_options::SweepOptions,
    experiment::{
        design::{
            factors::Factor,
            points::{self, Method, check_count},
        },
        jobs::{
            executor::Crew,
            job::{self, Job},
        },
        storage::ledger::{Batch, Entries, Entry, Ledger},
        sweep::merge::{tell, write},
    },
    export::format::Format,
    host::{
        console::say,
        error::{Exit, Failure},
        format::wait,
        memory_guard::MemoryWatch,
        signals::Interrupt,
    },
    run::estimate::memory::reserve,
    scenario::{
        load::value_at,
        prepare::{Prepared, load, prepare, stem},
        print::config_hash,
    },
    store::{command_line::CommandLine, layout::TABLE, resume_command},
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
    plan.largest.warn();
    let crew = Crew::of(options.machine.settings(), &plan.largest, plan.jobs.len())?;
    let (directory, path) = places(options, &plan);
    let interrupt = Interrupt::from_signals();
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
    let base = &options.scenario.settings();
    let watch = MemoryWatch::begin(&interrupt, reserve(&plan.largest.scenario));
    let worked = crew.work(base, &wanted, &interrupt, |job, outcome, wall| {
        let entry = Entry::of(job.index, outcome, wall);
        if let Some(why) = &entry.failed {
            say(&format!("run {} failed: {why}", job.index));
        }
        ledger.add(&entry, &entries)?;
        entries.insert(job.index, entry);
        told.one_more(begun);
        Ok(())
    });
    drop(watch);
    let kept = worked.and_then(|()| ledger.stay(&entries));
    let left = missing(&plan, &entries);
    if let (Ok(()), 1..) = (&kept, left) {
        let words = left_over(&plan, left);
        return Err(match interrupt.cause() {
            None => Failure::interrupted(format!(": {words}")),
            Some(cause) => {
                Failure::no_room(format!("stopped before memory runs out: {cause}; {words}"))
            }
        });
    }
    kept.and_then(|()| finish(options, &plan, &directory, &entries))
        .inspect_err(|_| say(&left_over(&plan, left)))
}

/// Everything that is to be run.
fn plan(options: &SweepOptions) -> Result<Plan, Failure> {
    let mut factors: Vec<Factor> = options
        .vary
        .iter()
        .map(|text| Factor::parse(text))
        .collect::<Result<_, _>>()?;
    let loaded = load(&options.scenario.settings())?;
    for factor in &mut factors {
        factor.fit(value_at(&loaded.scenario, &factor.key).as_ref());
    }
    let seed = loaded.scenario.run.seed;
    let (names, points) = match &options.points {
        Some(file) => read_points(file)?,
        None => (
            factors.iter().map(|factor| factor.key.clone()).collect(),
            points::points(&factors, options.method, options.runs, seed)?,
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
                seed: points::seed_of(seed, replicate),
                set: set.clone(),
                spoiled: options.spoil == Some(jobs.len()),
            });
        }
        // Every point is read before the first run: what is wrong is said now.
        let first = &jobs[jobs.len() - replicates as usize];
        let prepared = job::prepared(&options.scenario.settings(), first)?;
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
        None => prepare(&options.scenario.settings())?,
    };
    let shard = options.shard.unwrap_or((1, 1));
    let runs = jobs.len();
    jobs.retain(|job| job.index % shard.1 as usize == shard.0 as usize - 1);
    let command = CommandLine::from_process();
    Ok(Plan {
        batch: Batch {
            batch: hasher.finalize().to_hex()[..16].to_owned(),
            shard,
            runs,
            factors: names,
            points,
            replicates,
            seed,
            command: command.to_string(),
            command_words: command,
            reproduce: reproduce(options),
            scale: Some(options.scenario.scale),
            title: Some(largest.scenario.run.title.clone()),
            version: Some(env!("CARGO_PKG_VERSION").into()),
        },
        jobs,
        largest,
    })
}

/// The command with the same results: without threads, shards, parts and output.
fn reproduce(options: &SweepOptions) -> CommandLine {
    // Every option is named here, so that a new one has to be decided on.
    let SweepOptions {
        scenario,
        machine: _,
        vary,
        method,
        runs,
        points,
        reps,
        shard: _,
        out: _,
        resume: _,
        retry_failed: _,
        force: _,
        spoil: _,
        export: _,
        json: _,
    } = options;
    let mut words = vec!["sweep".to_owned()];
    words.extend(scenario.settings().words());
    let mut add = |option: &str, value: Option<String>| {
        if let Some(value) = value {
            words.extend([option.to_owned(), value]);
        }
    };
    for factor in vary {
        add("--vary", Some(factor.clone()));
    }
    let method = (*method != Method::Grid)
        .then(|| method.to_possible_value())
        .flatten();
    add("--method", method.map(|value| value.get_name().to_owned()));
    add("--runs", runs.map(|runs| runs.to_string()));
    let points = points.as_ref().map(|file| file.display().to_string());
    add("--points", points);
    add("--reps", (*reps != 1).then(|| reps.to_string()));
    CommandLine::new(words)
}

/// Points from a CSV file.
fn read_points(file: &Path) -> Result<(Vec<String>, Vec<Vec<String>>), Failure> {
    let opened = File::open(file).map_err(csv::Error::from);
    opened
        .and_then(points_of)
        .map_err(|error| Failure::usage(format!("--points {}: {error}", file.display())))
}

/// Points from CSV: a column a key, a row a point.
///
/// # Errors
/// Where it is none.
pub(crate) fn points_of(csv: impl io::Read) -> csv::Result<(Vec<String>, Vec<Vec<String>>)> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(csv);
    let names = reader.headers()?.iter().map(String::from).collect();
    let rows = reader
        .records()
        .map(|row| Ok(row?.iter().map(String::from).collect()));
    Ok((names, rows.collect::<csv::Result<Vec<_>>>()?))
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
) -> Result<(Ledger, Entries), Failure> {
    fs::create_dir_all(directory).map_err(Failure::file("create the directory", directory))?;
    let begun = Ledger::is_begun(path);
    if begun && (options.resume || options.retry_failed) {
        let (ledger, entries, faults) = Ledger::reopen(path, &plan.batch)?;
        for fault in faults {
            say(&format!("warning: {}: {fault}", path.display()));
        }
        return Ok((ledger, entries));
    }
    if begun && !options.force {
        return Err(Failure::usage(format!(
            "{} exists; --resume goes on with it, --force begins anew, --out names another place",
            path.display()
        )));
    }
    let ledger = Ledger::begin(path, &plan.batch, true)?;
    // A table beside it would be of what was there before.
    let table = directory.join(TABLE);
    match fs::remove_file(&table) {
        Err(error) if table.exists() => Err(Failure::file("remove", &table)(error)),
        _ => Ok((ledger, Entries::new())),
    }
}

/// Runs that are not in the ledger.
fn missing(plan: &Plan, entries: &Entries) -> usize {
    let jobs = plan.jobs.iter();
    jobs.filter(|job| !entries.contains_key(&job.index)).count()
}

/// How many runs are still to be done, and how.
fn left_over(plan: &Plan, missing: usize) -> String {
    let all = plan.jobs.len();
    let left = match missing {
        0 => format!("all {all} runs are in the ledger"),
        _ => format!("{missing} of {all} runs are missing"),
    };
    format!("{left}; to go on: {}", resume_command::of_batch())
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

/// The table of all runs, and what is said at the end.
fn finish(
    options: &SweepOptions,
    plan: &Plan,
    directory: &Path,
    entries: &Entries,
) -> Result<Exit, Failure> {
    let failed = entries
        .values()
        .filter(|entry| entry.failed.is_some())
        .count();
    let whole = plan.batch.shard.1 == 1;
    if whole {
        write(directory, &plan.batch, entries, options.export).map_err(Failure::during_run)?;
    }
    tell(options.json, directory, plan.jobs.len(), failed, whole)
}
