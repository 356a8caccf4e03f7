//! `patchday sensitivity`: which keys matter, by how much, and how much is chance.
//!
//! The plan lists every run before the first one. The answer and its tables are pure functions of the
//! plan and the records of its runs.

use std::collections::BTreeSet;

use crate::{
    experiment::{
        design::effects::FactorEffects,
        error::ExperimentError,
        jobs::{
            asked_question::AskedQuestion,
            dry_run::Asked,
            job::{keep_larger, prepare_job, warn_at, warned},
        },
        sensitivity::{
            answer::{Estimator, FailedRun, FigureSensitivity, SensitivityAnswer},
            emulated,
            measure::{EffectMeasure, Reading, done},
            plan::{Plan, PlanSettings, PlannedDesign},
            screening::{ScreenedFactor, StepEffect, step_effects},
            tables::{self, EffectRow},
            variance,
        },
        storage::{
            answer::Question,
            answer_dir::{AnswerSettings, StoredAnswer},
        },
    },
    host::{console::say, error::Failure, resources::MachineSettings},
    results::{figures::Outcome, run_record::RunRecord},
    scenario::prepare::{Prepared, ScenarioSettings, load, scaled},
    store::{atomic_file::write_whole, layout::TABLE},
};

/// The most points that are checked for keys without effect; one with an error is found anyway.
const CHECKED: usize = 40;

/// The settings of an analysis.
#[derive(Clone, Debug)]
pub(crate) struct SensitivitySettings {
    pub(crate) scenario: ScenarioSettings,
    pub(crate) machine: MachineSettings,
    pub(crate) plan: PlanSettings,
    pub(crate) answer: AnswerSettings,
}

/// A plan that is checked against its scenario.
struct CheckedPlan {
    plan: Plan,
    base: Prepared,
    /// The scenario of the run that needs most memory, as far as runs were checked.
    largest: Prepared,
}

/// Plans the runs and checks that every key has an effect in the scenario.
///
/// # Errors
/// Returns an error if the plan or the scenario at one of its points is invalid.
fn plan(settings: &SensitivitySettings) -> Result<CheckedPlan, Failure> {
    let loaded = load(&settings.scenario)?;
    let plan = Plan::new(&settings.plan, &loaded.scenario)?;
    let base = scaled(&settings.scenario, loaded)?;
    base.warn();
    let names = plan.space.keys.iter().map(|key| key.key.as_str());
    let mut effects = FactorEffects::new(names);
    let mut said: BTreeSet<String> = warned(&base);
    let mut largest: Option<Prepared> = None;
    for job in plan.jobs().iter().take(CHECKED) {
        let prepared = prepare_job(&settings.scenario, job)?;
        warn_at(job, &prepared, &mut said);
        effects.see(&prepared.unscaled);
        keep_larger(&mut largest, prepared);
    }
    effects.check()?;
    let largest = match largest {
        Some(largest) => largest,
        None => scaled(&settings.scenario, load(&settings.scenario)?)?,
    };
    Ok(CheckedPlan {
        plan,
        base,
        largest,
    })
}

/// Makes the runs, and writes the answer and its tables; or only prices the plan.
///
/// # Errors
/// Returns an error if the plan or the scenario is invalid, if the analysis is interrupted, or if a
/// file cannot be written.
pub(crate) fn analyse(
    settings: &SensitivitySettings,
) -> Result<Asked<StoredAnswer<SensitivityAnswer>>, Failure> {
    let CheckedPlan {
        plan,
        base,
        largest,
    } = plan(settings)?;
    for note in &plan.notes {
        say(note);
    }
    // The debug form of the settings names every value that the answer depends on.
    let jobs = plan.jobs();
    let asked = AskedQuestion {
        question: Question::Sensitivity,
        scenario: &settings.scenario,
        base: &base,
        machine: settings.machine,
        answer: &settings.answer,
        options: &[format!("{:?}", settings.plan)],
        largest: &largest,
        most: jobs.len(),
        at_most: false,
    };
    if settings.answer.dry_run {
        return Ok(Asked::Planned(asked.price(&jobs, None, 0)?));
    }
    if settings
        .answer
        .ledger
        .budget
        .is_some_and(|budget| budget < 2)
    {
        let what = "an effect is between two runs";
        return Err(ExperimentError::SmallBudget { least: 2, what }.into());
    }
    let (dir, mut source) = asked.begin()?;
    say(&format!(
        "{}: {} keys, {} runs, {}",
        base.file,
        plan.space.keys.len(),
        jobs.len(),
        source.executor().division(jobs.len())
    ));
    let records = source.ask(&jobs)?;
    source.close();
    let (answer, effects) = answer(&plan, &settings.plan, &records);
    let table = tables::run_table(&plan.space, &plan.runs, &records);
    let mut files = vec![
        (tables::DESIGN, tables::design_csv(&plan.space, &plan.runs)?),
        (TABLE, table.to_csv()?),
        (tables::INDICES, tables::indices_csv(&answer.figures)?),
    ];
    if answer.estimator == Estimator::Morris {
        files.push((tables::EFFECTS, tables::effects_csv(&effects)?));
    }
    for (name, bytes) in files {
        write_whole(&dir.path().join(name), &bytes)?;
    }
    let (runs, failed) = (records.len(), answer.failed.len());
    Ok(Asked::Answered(dir.write(answer, runs, failed)?))
}

/// The answer from the records of the first runs of a plan, with the effects of all steps.
pub(crate) fn answer(
    plan: &Plan,
    settings: &PlanSettings,
    records: &[RunRecord],
) -> (SensitivityAnswer, Vec<EffectRow>) {
    let mut rows = Vec::new();
    let mut figures = Vec::new();
    for measure in &plan.measures {
        let (figure, effects) = of_figure(plan, measure, records);
        let row = |step: &StepEffect| EffectRow::new(&plan.space, &figure.figure, step);
        rows.extend(effects.iter().map(row));
        figures.push(figure);
    }
    let failed = records.iter().enumerate().filter_map(|(run, record)| {
        let Outcome::Failed(why) = &record.outcome else {
            return None;
        };
        let set = plan.space.assignments(&plan.runs[run].values).join("; ");
        Some(FailedRun {
            run,
            point: format!("{set}; seed {}", plan.runs[run].seed),
            why: why.clone(),
        })
    });
    let meets = |record: &&RunRecord| {
        let figures = done(record).map(|(_, figures)| figures);
        figures.and_then(|figures| plan.edge.holds(figures, None)) == Some(true)
    };
    let points = |runs: usize| {
        plan.runs[..runs]
            .last()
            .map_or(0, |run| run.point as u32 + 1)
    };
    let answer = SensitivityAnswer {
        estimator: settings.estimator,
        points: points(records.len()),
        asked: plan.runs.len() as u32,
        replicates: settings.replicates,
        seeds: settings.seeds,
        keys: plan.keys.clone(),
        factors: plan.space.groups.len() as u32,
        edge: plan.edge.to_string(),
        beyond_edge: records.iter().filter(meets).count() as u32,
        runs: records.len() as u32,
        failed: failed.collect(),
        figures,
        notes: plan.notes.clone(),
    };
    (answer, rows)
}

/// The effects of all factors on a measure.
fn of_figure(
    plan: &Plan,
    measure: &EffectMeasure,
    records: &[RunRecord],
) -> (FigureSensitivity, Vec<StepEffect>) {
    let ended: Vec<Option<Reading>> = records
        .iter()
        .filter(|record| done(record).is_some())
        .map(|record| measure.read(record))
        .collect();
    let values: Vec<f64> = ended
        .iter()
        .flatten()
        .map(|reading| reading.value)
        .collect();
    let least = values.iter().copied().reduce(f64::min);
    let most = values.iter().copied().reduce(f64::max);
    let mut figure = FigureSensitivity {
        figure: measure.name(),
        unit: measure.unit().to_owned(),
        range: least.zip(most),
        never: ended.iter().flatten().filter(|one| one.is_never).count() as u32,
        missing: ended.iter().filter(|reading| reading.is_none()).count() as u32,
        screening: None,
        chance: None,
        variance: None,
    };
    let space = &plan.space;
    let mut effects = Vec::new();
    match &plan.design {
        PlannedDesign::Screening(settings, runs) => {
            effects = step_effects((space, *settings), (runs, records), measure, &plan.edge);
            let of_factor = |factor: Option<usize>| -> Vec<&StepEffect> {
                effects
                    .iter()
                    .filter(|step| step.factor == factor)
                    .collect()
            };
            let screened = space.groups.iter().enumerate().map(|(factor, group)| {
                let (steps, ordered) = (of_factor(Some(factor)), space.is_ordered(factor));
                ScreenedFactor::new(&group.name, ordered, &steps, settings.seed)
            });
            let mut screened: Vec<ScreenedFactor> = screened.collect();
            screened.sort_by(|one, other| other.size().total_cmp(&one.size()));
            figure.screening = Some(screened);
            let chance = ScreenedFactor::new("chance", false, &of_factor(None), settings.seed);
            figure.chance = (chance.steps > 0).then_some(chance);
        }
        PlannedDesign::Variance(settings, runs) => {
            let found = variance::variance((space, *settings), (runs, records), measure);
            figure.variance = Some(found);
        }
        PlannedDesign::Emulator(settings, runs) => {
            let found = emulated::variance((space, *settings), (runs, records), measure);
            figure.variance = Some(found);
        }
    }
    (figure, effects)
}
