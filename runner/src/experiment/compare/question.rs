//! `patchday compare`: variants of a scenario, paired on common random numbers.
//!
//! A replicate has the same seed in every variant, so its draws are the same unless the variants
//! make them differ. Differences are taken pair by pair, and vary far less than differences of
//! means over independent runs.

use std::collections::BTreeMap;

use patchday_agents::metrics::columns::ColumnId;

use crate::{
    experiment::{
        compare::{
            answer::CompareAnswer, curves::curves as variant_curves, pairs::compare_figures,
            ranking,
        },
        design::{
            effects::{FactorEffects, check_names},
            factors::{Factor, Levels},
            points::{check_count, replicate_seed},
            variant::Variant,
        },
        error::ExperimentError,
        jobs::{
            asked_question::AskedQuestion,
            dry_run::Asked,
            job::{Job, prepare_job},
        },
        stats::paired::PairedRuns,
        storage::{
            answer::Question,
            answer_dir::{AnswerSettings, StoredAnswer},
        },
    },
    host::{console::say, error::Failure, resources::MachineSettings},
    results::{
        curve::Curve,
        figures::{self, Outcome},
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
    pub(crate) answer: AnswerSettings,
}

/// All variants; the first one is the scenario as it is.
fn all_variants(settings: &CompareSettings) -> Result<Vec<Variant>, Failure> {
    let mut variants = vec![Variant {
        name: "as it is".into(),
        set: Vec::new(),
    }];
    let mut factors = Vec::new();
    for text in &settings.vary {
        let factor = Factor::parse(text)?;
        let Levels::Values(values) = &factor.levels else {
            let (text, key) = (text.clone(), factor.key);
            return Err(ExperimentError::NoValues { text, key }.into());
        };
        for value in values {
            let set = format!("{}={value}", factor.key);
            let name = match value.as_str() {
                "" => format!("{} not set", factor.key),
                _ => set.clone(),
            };
            variants.push(Variant {
                name,
                set: vec![set],
            });
        }
        factors.push(factor.key);
    }
    check_names(&factors)?;
    for text in &settings.variants {
        let variant = Variant::parse(text)?;
        let keys: Vec<String> = variant.keys().map(str::to_owned).collect();
        check_names(&keys)?;
        if variants.iter().any(|known| known.name == variant.name) {
            return Err(ExperimentError::SameName(variant.name).into());
        }
        variants.push(variant);
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
    Ok(())
}

/// Runs all variants, compares their figures and writes the answer.
///
/// # Errors
/// Returns an error if a variant or the scenario is invalid, if the variants cannot be compared,
/// or if the answer cannot be written.
pub(crate) fn compare(
    settings: &CompareSettings,
) -> Result<Asked<StoredAnswer<CompareAnswer>>, Failure> {
    let variants = all_variants(settings)?;
    let base = prepare(&settings.scenario)?;
    let asked = settings.figures.iter();
    let asked = asked.map(|name| figures::parse(name, &base.scenario));
    let mut ids: Vec<FigureId> = asked.collect::<Result<_, _>>()?;
    if ids.is_empty() {
        ids.extend(
            FIGURES
                .iter()
                .filter(|id| base.scenario.has_figure(&id.name())),
        );
        ids.extend(figures::own(&base.scenario));
    }
    base.warn();
    let replicates = settings.replicates;
    let (variants, mut notes) = with_effect(settings, &base, variants)?;
    for note in &notes {
        say(note);
    }
    check_count(variants.len() * replicates as usize)?;
    let jobs = jobs(&base, &variants, replicates);
    let options: Vec<String> = variants
        .iter()
        .map(|variant| format!("{}: {}", variant.name, variant.set.join("; ")))
        .chain(ids.iter().map(|id| id.name().into_owned()))
        .chain([replicates.to_string()])
        .collect();
    let budget = settings.answer.ledger.budget;
    if budget.is_some_and(|runs| runs < variants.len()) {
        return Err(ExperimentError::SmallBudget {
            least: variants.len(),
            what: "each variant needs a run",
        }
        .into());
    }
    let asked = AskedQuestion {
        question: Question::Compare,
        scenario: &settings.scenario,
        base: &base,
        machine: settings.machine,
        answer: &settings.answer,
        options: &options,
        largest: &base,
        most: jobs.len(),
        at_most: false,
    };
    if settings.answer.dry_run {
        return Ok(Asked::Planned(asked.price(&jobs, None, 0)?));
    }
    let (dir, mut source) = asked.begin()?;
    say(&format!(
        "{}: {} variants, {replicates} runs each, {}",
        base.file,
        variants.len(),
        source.executor().division(jobs.len())
    ));
    let records = source.ask(&jobs)?;
    source.close();
    // The last replicate that the budget allows may lack variants.
    let complete = (records.len() / variants.len()) as u32;
    if complete < replicates {
        notes.push(format!(
            "The budget ended the comparison: {complete} of {replicates} runs of each variant."
        ));
    }
    let (jobs, replicates) = (&jobs[..complete as usize * variants.len()], complete);
    let (mut runs, mut digests) = (BTreeMap::new(), BTreeMap::new());
    let mut curves: BTreeMap<usize, Curve> = BTreeMap::new();
    let mut all_curves: BTreeMap<usize, Vec<Curve>> = BTreeMap::new();
    let mut failed = 0;
    for (number, (job, record)) in jobs.iter().zip(&records).enumerate() {
        let variant = number % variants.len();
        let index = variant * replicates as usize + job.replicate as usize;
        match &record.outcome {
            Outcome::Done { figures, digest } => {
                if let Some(curve) = record.curve() {
                    if job.replicate == 0 {
                        curves.insert(variant, curve.clone());
                    }
                    all_curves.entry(variant).or_default().push(curve);
                }
                runs.insert(index, figures.clone());
                digests.insert(index, digest.clone());
            }
            Outcome::Failed(_) => failed += 1,
        }
    }
    let shown: Vec<&str> = variants.iter().map(|one| one.name.as_str()).collect();
    let paired = PairedRuns {
        variants: &shown,
        replicates,
        hours: f64::from(base.scenario.ticks()) / f64::from(base.scenario.tick().hour()),
        figures: &runs,
    };
    let reps = replicates as usize;
    let same_runs: Vec<bool> = (0..variants.len())
        .map(|variant| {
            let pairs = (0..reps).map(|r| (digests.get(&r), digests.get(&(variant * reps + r))));
            variant > 0 && { pairs }.all(|(one, other)| one.is_some() && one == other)
        })
        .collect();
    let changes = variants
        .iter()
        .map(|one| one.changes(&base.unscaled))
        .collect();
    let variants = ranking::variants(paired, changes, &same_runs);
    notes.extend(ranking::notes(&variants));
    let rankings = ranking::rankings(paired, &ids);
    let answer = CompareAnswer {
        runs: jobs.len(),
        failed,
        verdict: ranking::verdict(&rankings),
        rankings,
        variants,
        notes,
        curves: variant_curves(
            &shown,
            &curves,
            &all_curves,
            replicate_seed(base.scenario.run.seed, 0),
        ),
        lines: compare_figures(paired, &ids),
    };
    Ok(Asked::Answered(dir.write(answer, jobs.len(), failed)?))
}

/// The variants that differ from the scenario as it is in a key with an effect, and a note about each
/// of the others. The scenario of each variant is checked.
fn with_effect(
    settings: &CompareSettings,
    base: &Prepared,
    variants: Vec<Variant>,
) -> Result<(Vec<Variant>, Vec<String>), Failure> {
    let (mut kept, mut notes) = (Vec::new(), Vec::new());
    for (number, variant) in variants.into_iter().enumerate() {
        if number == 0 {
            kept.push(variant);
            continue;
        }
        let job = Job {
            index: 0,
            replicate: 0,
            seed: base.scenario.run.seed,
            set: variant.set.clone(),
        };
        let prepared = prepare_job(&settings.scenario, &job)?;
        check_comparable(base, &prepared, &variant.name)?;
        let name = &variant.name;
        if config_hash(&base.scenario) == config_hash(&prepared.scenario) {
            notes.push(format!(
                "`{name}` is left out: it is the scenario as it is (today's value)."
            ));
            continue;
        }
        let mut idle = FactorEffects::new(variant.keys());
        idle.see(&prepared.scenario);
        match idle.all_without_effect() {
            Some(reasons) => notes.push(format!(
                "`{name}` is left out: it has no effect in this scenario: {reasons}."
            )),
            None => kept.push(variant),
        }
    }
    if kept.len() == 1 {
        return Err(ExperimentError::NothingDiffers(notes.join(" ")).into());
    }
    Ok((kept, notes))
}

/// The first run of all variants, in their order, then the second one of all, so that a budget that
/// ends leaves pairs.
fn jobs(base: &Prepared, variants: &[Variant], replicates: u32) -> Vec<Job> {
    let mut jobs = Vec::new();
    for replicate in 0..replicates {
        for variant in variants {
            jobs.push(Job {
                index: jobs.len(),
                replicate,
                seed: replicate_seed(base.scenario.run.seed, replicate),
                set: variant.set.clone(),
            });
        }
    }
    jobs
}
