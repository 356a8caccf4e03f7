//! `patchday fit --dry-run`: the points, the design and the cost, without a run of the fit.
//!
//! The time comes from a short pilot with few users, as for `patchday plan`. It is that of one thread;
//! runs of a fit are made at once, one thread each.

use crate::{
    experiment::{
        calibration::{
            asking::CalibrationStop,
            driver::calibrate,
            question::CalibrationJob,
            spending::{Spending, spending},
        },
        fit::{
            keys::FitKey,
            observations::points::FitPoint,
            outputs::OutputMap,
            question::{FitPlan, FitSettings},
        },
    },
    host::{
        error::Failure,
        format::duration,
        resources::{self, Workers},
        text_table::{left, right, text_table},
    },
    run::estimate::{
        pilot::Pilot,
        plan::{Estimate, PlannedRun},
    },
    scenario::prepare::{ScenarioSettings, prepare},
};

/// The most rows of the design that are shown.
const MOST_ROWS: usize = 12;

/// What a fit would do.
///
/// # Errors
/// Returns an error if the fit is invalid.
pub(crate) fn dry_run(settings: &FitSettings) -> Result<String, Failure> {
    let plan = FitPlan::new(settings)?;
    let map = OutputMap::new(&plan.points, &plan.prepared.unscaled);
    let question = plan.question((&map, &plan.points), (settings, settings.runs))?;
    let mut first: Vec<CalibrationJob> = Vec::new();
    // The calibration ends where it asks for its first runs.
    let mut ask = |jobs: &[CalibrationJob]| {
        first = jobs.to_vec();
        Err(())
    };
    let stop = calibrate(&question, &mut ask).err();
    debug_assert!(matches!(stop, None | Some(CalibrationStop::Asked(()))));
    let spent = spending(settings.runs, plan.keys.len());
    let mut text = points_table(&plan.points);
    for sentence in &plan.look.sentences {
        text.push_str(&format!("  {sentence}\n"));
    }
    text.push_str(&design(&plan.keys, &first));
    text.push_str(&stages(spent, plan.keys.len()));
    text.push_str(&cost(settings, &plan, spent)?);
    Ok(text)
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

/// The first runs.
fn design(keys: &[FitKey], jobs: &[CalibrationJob]) -> String {
    let mut columns = vec![right("run"), right("seed")];
    columns.extend(keys.iter().map(|key| right(&key.prior.key)));
    let row = |(number, job): (usize, &CalibrationJob)| {
        let values = keys.iter().zip(&job.values);
        let values = values.map(|(key, value)| key.text(*value));
        [number.to_string(), job.seed.to_string()].into_iter().chain(values).collect()
    };
    let rows = jobs.iter().take(MOST_ROWS).enumerate().map(row);
    let more = match jobs.len().saturating_sub(MOST_ROWS) {
        0 => String::new(),
        more => format!("and {more} more in the first step\n"),
    };
    format!("\n{}{more}", text_table(&columns, rows))
}

/// The runs of each stage.
fn stages(spent: Spending, keys: usize) -> String {
    let screen = spent.trajectories * (keys + 1);
    let mut parts = Vec::new();
    if screen > 0 {
        parts.push(format!("{screen} to screen the keys"));
    }
    let first = spent.first_wave();
    parts.push(format!("{first} in wave 1 ({} points)", spent.points));
    parts.push(format!("at most {} in further waves", spent.waves));
    parts.push(format!("{} to confirm the answer", spent.confirmation()));
    format!("\nruns: {}\n", parts.join(", "))
}

/// The time of all runs on one thread.
fn cost(settings: &FitSettings, plan: &FitPlan, spent: Spending) -> Result<String, Failure> {
    let confirm = ScenarioSettings {
        scale: settings.confirm_scale(),
        ..plan.scenario.clone()
    };
    let each = seconds(&plan.scenario)?;
    let confirming = if confirm.scale == plan.scenario.scale { each } else { seconds(&confirm)? };
    let fitting = settings.runs.saturating_sub(spent.confirmation()) as f64;
    let all = each * fitting + confirming * spent.confirmation() as f64;
    let threads = Workers::new(settings.machine).threads.max(1);
    Ok(format!(
        "time: {:.1} s a run, {:.1} s a confirming one, from a short pilot; {} on 1 thread, about {} on \
         {threads}\n",
        each,
        confirming,
        duration(all),
        duration(all / threads as f64)
    ))
}

/// The time of one run with one thread, in seconds.
fn seconds(settings: &ScenarioSettings) -> Result<f64, Failure> {
    let prepared = prepare(settings)?;
    let pilot = Pilot::run(&prepared.scenario)?;
    let workers = Workers {
        threads: 1,
        shards: 1,
    };
    let planned = PlannedRun {
        file: &prepared.file,
        scenario: &prepared.scenario,
        scale: prepared.scale,
        workers,
        available: resources::memory_available(1),
    };
    Ok(Estimate::new(planned, Some(&pilot)).wall_s)
}
