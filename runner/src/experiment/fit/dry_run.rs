//! `patchday fit --dry-run`: the points, the design and the cost, without a run of the fit.
//!
//! Only the first runs are known: the others depend on their results.

use crate::{
    experiment::{
        calibration::{
            driver::calibrate,
            question::CalibrationJob,
            spending::{Spending, spending},
        },
        fit::{
            observations::outputs::OutputMap,
            observations::points::FitPoint,
            plan::{FitPlan, FitSettings},
        },
        jobs::{
            dry_run::{Design, OtherScale, PricedDesign},
            job::Job,
            run_source::RunSourceSettings,
        },
        storage::{answer::Question, answer_dir::AnswerDir},
    },
    host::{
        error::Failure,
        text::text_table::{left, right, text_table},
    },
    scenario::prepare::{ScenarioSettings, prepare},
};

/// The points as text, and the design with its price.
///
/// # Errors
/// Returns an error if the fit is invalid.
pub(crate) fn dry_run(settings: &FitSettings) -> Result<(String, PricedDesign), Failure> {
    let plan = FitPlan::new(settings)?;
    let map = OutputMap::new(&plan.points, &plan.prepared.unscaled);
    let question = plan.question((&map, &plan.points), settings)?;
    let mut first: Vec<CalibrationJob> = Vec::new();
    // The calibration ends where it asks for its first runs.
    let mut ask = |jobs: &[CalibrationJob]| {
        first = jobs.to_vec();
        Err(())
    };
    // It always ends there, because it asks for runs before it can have an answer.
    let _ = calibrate(&question, &mut ask);
    let mut text = points_table(&plan.points);
    for sentence in &plan.look.sentences {
        text.push_str(&format!("  {sentence}\n"));
    }
    text.push('\n');
    let jobs: Vec<Job> = first.iter().enumerate().map(|one| plan.job(one)).collect();
    let spent = spending(settings.runs, plan.keys.len());
    let scale = settings.confirm_scale();
    let confirmed = match scale == settings.scenario.scale {
        true => None,
        false => Some(prepare(&ScenarioSettings {
            scale,
            ..plan.scenario.clone()
        })?),
    };
    let identity = settings.identity();
    let out = settings.answer.out.as_deref();
    let directory = AnswerDir::path_for(Question::Fit, &plan.prepared, &identity, out);
    let source = RunSourceSettings {
        scenario: &plan.scenario,
        machine: settings.machine,
        largest: &plan.prepared,
        ledger: &settings.answer.ledger,
        answer: &directory,
        most: settings.most_runs(),
        at_most: true,
    };
    let design = Design {
        question: Question::Fit.name(),
        jobs: &jobs,
        then: Some(stages(spent, plan.keys.len(), settings)),
        other_runs: 0,
        other_scale: confirmed.as_ref().map(|scenario| OtherScale {
            runs: spent.confirmation(),
            scenario,
        }),
    };
    Ok((text, PricedDesign::new(source, &design)?))
}

fn points_table(points: &[FitPoint]) -> String {
    let row = |point: &FitPoint| {
        vec![
            point.number.to_string(),
            point.name(),
            point.r#use.text().to_owned(),
            format!("{:.3}", point.share),
            format!("{:.3}", point.error),
            point.group.clone().unwrap_or_default(),
        ]
    };
    let columns = [
        right("point"),
        left("time (UTC)"),
        left("use"),
        right("share of the norm"),
        right("error"),
        left("alternatives"),
    ];
    text_table(&columns, points.iter().map(row))
}

/// The runs of each stage.
fn stages(spent: Spending, keys: usize, settings: &FitSettings) -> String {
    let screen = spent.trajectories * (keys + 1);
    let mut parts = Vec::new();
    if screen > 0 {
        parts.push(format!("{screen} to screen the keys"));
    }
    let first = spent.first_wave();
    parts.push(format!("{first} in wave 1 ({} points)", spent.points));
    let waves = spent.waves + settings.most_runs() - settings.runs;
    parts.push(format!("at most {waves} in further waves"));
    parts.push(format!("{} to confirm the answer", spent.confirmation()));
    let scale = match settings.confirm_scale() {
        scale if scale == settings.scenario.scale => String::new(),
        scale => format!("; those that confirm have scale {scale}"),
    };
    format!("runs: {}{scale}", parts.join(", "))
}
