//! `patchday compare`: variants of a scenario, paired on common random numbers.
//!
//! A replicate has the same seed in every variant, so its draws are the same unless the variants
//! make them differ. Differences are taken pair by pair, and vary far less than differences of
//! means over independent runs.

use std::{collections::BTreeMap, path::PathBuf};

use patchday_agents::metrics::columns::ColumnId;

use crate::{
    experiment::{
        compare::{
            answer::CompareAnswer,
            pairs::{PairedRuns, compare_figures},
        },
        design::{
            factors::{Factor, Levels},
            points::{check_count, replicate_seed},
            variant::Variant,
        },
        error::ExperimentError,
        jobs::{
            executor::Executor,
            job::{Job, prepare_job},
        },
        storage::{
            answer::Question,
            answer_dir::{AnswerDir, StoredAnswer},
        },
    },
    host::{console::say, error::Failure, resources::MachineSettings, signals::Interrupt},
    results::{
        figures::{self, Figures, Outcome},
        summary::FigureId,
    },
    scenario::{
        prepare::{Prepared, ScenarioSettings, prepare},
        print::config_hash,
    },
};

/// The figures that are compared by default.
const FIGURES: [FigureId; 5] = [
    FigureId::HoursBelow50Percent,
    FigureId::HoursTo90Percent,
    FigureId::UserHoursLost,
    FigureId::OnlineShareMin,
    FigureId::Sum(ColumnId::CallsMissed),
];

/// The settings of a comparison.
#[derive(Clone, Debug)]
pub(crate) struct CompareSettings {
    pub(crate) scenario: ScenarioSettings,
    pub(crate) machine: MachineSettings,
    /// Factors, `KEY=A,B` each; every value is a variant.
    pub(crate) vary: Vec<String>,
    /// Variants, `NAME: KEY=VALUE; KEY=VALUE` each.
    pub(crate) variants: Vec<String>,
    /// Names of the figures to compare; if empty, the default ones.
    pub(crate) figures: Vec<String>,
    /// Runs of each variant.
    pub(crate) replicates: u32,
    /// The directory of the answer, unless it is the default one.
    pub(crate) out: Option<PathBuf>,
    /// Whether an answer to another question is replaced.
    pub(crate) force: bool,
}

/// All variants; the first one is the scenario as it is.
fn all_variants(settings: &CompareSettings) -> Result<Vec<Variant>, Failure> {
    let mut variants = vec![Variant {
        name: "as it is".into(),
        set: Vec::new(),
    }];
    for text in &settings.vary {
        let factor = Factor::parse(text)?;
        let Levels::Values(values) = &factor.levels else {
            let (text, key) = (text.clone(), factor.key);
            return Err(ExperimentError::NoValues { text, key }.into());
        };
        for value in values {
            let set = format!("{}={value}", factor.key);
            variants.push(Variant {
                name: set.clone(),
                set: vec![set],
            });
        }
    }
    for text in &settings.variants {
        variants.push(Variant::parse(text)?);
    }
    if variants.len() == 1 {
        return Err(ExperimentError::NoVariants.into());
    }
    Ok(variants)
}

/// Returns an error if a difference of figures between `base` and `variant` would mean nothing.
fn check_comparable(base: &Prepared, variant: &Prepared, name: &str) -> Result<(), Failure> {
    let (one, other) = (&base.scenario, &variant.scenario);
    let differs = [
        ("users", one.population.users == other.population.users),
        (
            "time",
            one.run.start == other.run.start && one.run.end == other.run.end,
        ),
        ("samples", one.run.sample == other.run.sample),
        ("regions", one.population.region == other.population.region),
    ];
    if let Some((what, _)) = differs.iter().find(|(_, same)| !same) {
        let variant = name.to_owned();
        return Err(ExperimentError::NotComparable { variant, what }.into());
    }
    if config_hash(one) == config_hash(other) {
        return Err(ExperimentError::SameScenario(name.to_owned()).into());
    }
    Ok(())
}

/// Runs all variants, compares their figures and writes the answer.
///
/// # Errors
/// Returns an error if a variant or the scenario is invalid, if the variants cannot be compared,
/// or if the answer cannot be written.
pub(crate) fn compare(settings: &CompareSettings) -> Result<StoredAnswer<CompareAnswer>, Failure> {
    let variants = all_variants(settings)?;
    let ids: Vec<FigureId> = if settings.figures.is_empty() {
        FIGURES.into()
    } else {
        let names = settings.figures.iter();
        names
            .map(|name| figures::parse(name))
            .collect::<Result<_, _>>()?
    };
    let base = prepare(&settings.scenario)?;
    base.warn();
    let replicates = settings.replicates;
    let jobs = jobs(settings, &base, &variants)?;
    let options: Vec<String> = variants
        .iter()
        .map(|variant| format!("{}: {}", variant.name, variant.set.join("; ")))
        .chain(ids.iter().map(|id| id.name().into_owned()))
        .chain([replicates.to_string()])
        .collect();
    let out = settings.out.as_deref();
    let dir = AnswerDir::for_question(Question::Compare, &base, &options, out, settings.force)?;
    let executor = Executor::new(settings.machine, &base, jobs.len())?;
    say(&format!(
        "{}: {} variants, {replicates} runs each, {} at once with {} threads each",
        base.file,
        variants.len(),
        executor.at_once,
        executor.workers.threads
    ));
    let interrupt = Interrupt::from_signals();
    let mut runs: BTreeMap<usize, Figures> = BTreeMap::new();
    let mut failed = 0;
    executor.run_all(&settings.scenario, &jobs, &interrupt, |job, outcome, _| {
        match outcome {
            Outcome::Done { figures, .. } => drop(runs.insert(job.index, figures.clone())),
            Outcome::Failed(why) => {
                failed += 1;
                say(&format!("a run failed ({}): {why}", job.set.join("; ")));
            }
        }
        Ok(())
    })?;
    if interrupt.is_set() {
        return Err(ExperimentError::InterruptedQuestion("comparison").into());
    }
    let shown: Vec<&str> = variants.iter().map(|one| one.name.as_str()).collect();
    let paired = PairedRuns {
        variants: &shown,
        replicates,
        hours: f64::from(base.scenario.ticks()) / 3_600.0,
        figures: &runs,
    };
    let answer = CompareAnswer {
        runs: jobs.len(),
        failed,
        lines: compare_figures(&paired, &ids),
    };
    dir.write(answer, jobs.len(), failed)
}

/// The runs of all variants, in their order; the scenario of each variant is checked.
fn jobs(
    settings: &CompareSettings,
    base: &Prepared,
    variants: &[Variant],
) -> Result<Vec<Job>, Failure> {
    let replicates = settings.replicates;
    check_count(variants.len() * replicates as usize)?;
    let mut jobs = Vec::new();
    for (number, variant) in variants.iter().enumerate() {
        for replicate in 0..replicates {
            jobs.push(Job {
                index: jobs.len(),
                replicate,
                seed: replicate_seed(base.scenario.run.seed, replicate),
                set: variant.set.clone(),
            });
        }
        if number > 0 {
            let first = &jobs[number * replicates as usize];
            let prepared = prepare_job(&settings.scenario, first)?;
            check_comparable(base, &prepared, &variant.name)?;
        }
    }
    Ok(jobs)
}
