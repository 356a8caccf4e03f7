//! The confirmation: runs with fresh seeds, of draws of the posterior and of the best points.
//!
//! The best of many noisy runs is lucky, so the best points are run again. The draws are runs that the emulator has
//! not seen: their bands and the self-check are of the model, not of the emulator.

use patchday_core::Random;

use crate::experiment::calibration::{
    answer::{BestPoint, Confirmation},
    asking::{CalibrationStop, Kept, Runs, training},
    emulation::emulator::Emulator,
    inference::{
        bands::bands_of_runs,
        likelihood::Likelihood,
        posterior::Posterior,
        self_check::{Background, SelfCheck, ranks},
    },
    question::{CalibrationJob, JobPurpose, Outputs, job_seed},
    spending::{BEST_SEEDS, Spending},
};

/// The sample that stands for the posterior in the self-check.
const CHECK_SAMPLE: usize = 4_096;

/// Runs draws of the posterior and the best points again, with fresh seeds.
pub(crate) fn confirm<E>(
    runs: &mut Runs<E>,
    kept: &Kept,
    (emulator, likelihood): (&Emulator, &Likelihood),
    posterior: &Posterior,
    power: f64,
    plan: Spending,
) -> Result<Confirmation, CalibrationStop<E>> {
    let observed = runs.question.observed();
    let best = best_runs(runs, likelihood, &observed, plan.best);
    let points: Vec<Vec<f64>> = posterior
        .draws(plan.draws, runs.question.seed)
        .into_iter()
        .map(|at| posterior.units[at].clone())
        .collect();
    let drawn = training(runs, kept, &points, 0, |_| vec![JobPurpose::ConfirmDraw])?;
    let mut jobs = Vec::new();
    for (values, _) in &best {
        for _ in 0..BEST_SEEDS {
            jobs.push(CalibrationJob {
                values: values.clone(),
                seed: runs.seed(),
                purpose: JobPurpose::ConfirmBest,
            });
        }
    }
    let again = runs.ask(jobs)?;
    let distance = |outputs: &Outputs| {
        let outputs = outputs.as_ref()?;
        Some(likelihood.mean_distance(outputs, &observed))
    };
    let mut best: Vec<BestPoint> = best
        .into_iter()
        .zip(again.chunks(BEST_SEEDS))
        .map(|((values, single), again)| BestPoint {
            values,
            single,
            again: again.iter().filter_map(distance).collect(),
        })
        .collect();
    let rank = |one: &BestPoint| one.mean().unwrap_or(f64::INFINITY);
    best.sort_by(|one, other| rank(one).total_cmp(&rank(other)));
    let outputs: Vec<Vec<f64>> = drawn.iter().map(|run| run.outputs.clone()).collect();
    let check = (!drawn.is_empty()).then(|| {
        // Draws of the posterior are its own prior, so a sample of equal weights stands for both.
        let places = posterior.draws(CHECK_SAMPLE, runs.question.seed);
        let units: Vec<Vec<f64>> = places
            .iter()
            .map(|at| posterior.units[*at].clone())
            .collect();
        let logs = vec![0.0; units.len()];
        let background = Background {
            units: &units,
            logs: &logs,
            power,
        };
        let random = Random::new(job_seed(runs.question, runs.seeds + 1));
        SelfCheck::new(&ranks(emulator, likelihood, background, &drawn, random))
    });
    Ok(Confirmation {
        draws: drawn_values(runs),
        bands: bands_of_runs(&outputs),
        best,
        self_check: check,
    })
}

/// The values of the runs closest to the used points, each with its distance; of equal points the best run.
fn best_runs<E>(
    runs: &Runs<E>,
    likelihood: &Likelihood,
    observed: &[f64],
    count: usize,
) -> Vec<(Vec<f64>, f64)> {
    let distance = |(job, outputs): &(CalibrationJob, Outputs)| {
        let outputs = outputs.as_ref()?;
        Some((
            job.values.clone(),
            likelihood.mean_distance(outputs, observed),
        ))
    };
    let mut all: Vec<(Vec<f64>, f64)> = runs.done.iter().filter_map(distance).collect();
    all.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut best: Vec<(Vec<f64>, f64)> = Vec::new();
    for one in all {
        if best.len() < count && best.iter().all(|other| other.0 != one.0) {
            best.push(one);
        }
    }
    best
}

/// Values and outputs of the draws that did not fail.
fn drawn_values<E>(runs: &Runs<E>) -> Vec<(Vec<f64>, Vec<f64>)> {
    let draws = runs
        .done
        .iter()
        .filter(|run| run.0.purpose == JobPurpose::ConfirmDraw);
    draws
        .filter_map(|(job, outputs)| Some((job.values.clone(), outputs.clone()?)))
        .collect()
}
