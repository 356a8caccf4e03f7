//! The stages of a calibration, from the question to the answer.
//!
//! [`calibrate`] is written as if all runs were at hand: it asks for the outputs of jobs and goes on. If they are
//! not, the caller ends it with an error of its own, makes the runs, and calls it again; it asks for the same
//! jobs in the same order then, since nothing but the question and the outputs decides. [`next`] does that with
//! a table of outputs.

use crate::experiment::{
    calibration::{
        answer::{CalibrationAnswer, Inference, Informs, PointResult, WaveSummary},
        asking::{AskOutputs, CalibrationStop, Kept, Runs, training},
        confirmation::confirm,
        emulation::emulator::{Emulator, OutputTraits, TrainingRun},
        inference::{
            bands::bands,
            directions::{correlations, directions, marginals},
            likelihood::Likelihood,
            posterior::Posterior,
            power,
        },
        look::{self, refusal},
        question::{CalibrationJob, CalibrationQuestion, JobPurpose, ObservedPoint, job_seed},
        screen::{Screening, screening, trajectory, units},
        spending::{CHANCE_EVERY, CHANCE_SEEDS, FURTHER_WAVES, Spending, least_runs, spending},
        waves::{self, Wave, WavesEnd, is_plausible, plausible_points},
    },
    design::{samplers::latin_hypercube, trajectories::Trajectory},
};

/// Draws of the posterior that the answer has.
const SAMPLE_DRAWS: usize = 4_096;
/// The fewest runs of a further wave.
const LEAST_WAVE: usize = 5;
/// An output that varies less is the same in every run.
const SAME: f64 = 1e-3;

/// The answer of a question, from the outputs of the runs it asks for.
///
/// # Errors
/// Returns an error if the question cannot be asked, if too many runs failed, or if `ask` returns one.
pub(crate) fn calibrate<E>(
    question: &CalibrationQuestion,
    ask: &mut AskOutputs<'_, E>,
) -> Result<CalibrationAnswer, CalibrationStop<E>> {
    if let Some(why) = refusal(question) {
        return Err(CalibrationStop::Refused(why));
    }
    let keys = question.priors.len();
    let least = least_runs(keys);
    if question.runs < least {
        let why = format!(
            "{} runs are too few for {keys} keys: at least {least}",
            question.runs
        );
        return Err(CalibrationStop::Refused(why));
    }
    let plan = spending(question.runs, keys);
    let mut runs = Runs {
        question,
        ask,
        done: Vec::new(),
        seeds: 0,
    };
    let screening = screen(&mut runs, plan)?;
    let all = (0..keys).collect();
    let kept = Kept::new(
        question,
        screening.as_ref().map_or(all, |one| one.kept.clone()),
    );
    let mut learned = wave_one(&mut runs, &kept, plan.points)?;
    let chance = chance(&learned, question.bounds.len());
    let likelihood = Likelihood::new(question);
    let observed = question.observed();
    let traits = traits(question);
    let mut waves: Vec<Wave> = Vec::new();
    let (mut left, mut more) = (plan.waves, question.more_runs);
    let waves_end = loop {
        let Some(emulator) = Emulator::fit(&learned, &traits) else {
            return Err(runs.too_many_failed());
        };
        let wave = wave(
            &waves,
            emulator,
            learned.len(),
            &kept,
            &likelihood,
            &observed,
        );
        let before = waves.last().map(|wave| wave.share);
        let ended = waves::end(&wave, before);
        waves.push(wave);
        if let Some(end) = ended {
            break end;
        }
        let size = if left >= LEAST_WAVE {
            let size = plan.waves.div_ceil(FURTHER_WAVES);
            let size = size.max(LEAST_WAVE).min(left);
            left -= size;
            size
        } else {
            // A wave beyond the planned ones is half as large as everything before it.
            let size = (learned.len() / 2).min(more);
            more -= size;
            size
        };
        if size < LEAST_WAVE {
            break WavesEnd::Budget;
        }
        further_wave(
            &mut runs,
            &kept,
            &waves,
            (&likelihood, &observed),
            size,
            &mut learned,
        )?;
    };
    let mut answer = CalibrationAnswer {
        look: look::look(question),
        screening,
        kept: kept.keys.clone(),
        runs: Vec::new(),
        waves: waves.iter().map(summary).collect(),
        waves_end,
        split: waves.last().and_then(|wave| wave.emulator.split()),
        chance,
        points: Vec::new(),
        inference: None,
    };
    if waves_end != WavesEnd::NothingPlausible {
        let inference = infer(&mut runs, &kept, &waves, &likelihood, &learned, plan)?;
        answer.points = point_results(question, &waves, &inference);
        answer.inference = Some(inference);
    }
    answer.runs = runs.done;
    Ok(answer)
}

fn summary(wave: &Wave) -> WaveSummary {
    WaveSummary {
        runs: wave.runs,
        share: wave.share,
        uncertainty: wave.uncertainty,
        quality: wave.emulator.quality().to_vec(),
        shapes: wave.emulator.shapes(),
    }
}

/// Bounds and tolerance of each output; an output that no used point has matters little.
fn traits(question: &CalibrationQuestion) -> Vec<OutputTraits> {
    let scales = scales(question);
    let output = |(bounds, scale): (&(f64, f64), f64)| OutputTraits {
        bounds: *bounds,
        tolerance: if scale.is_finite() {
            scale * scale
        } else {
            0.05 * 0.05
        },
    };
    question.bounds.iter().zip(scales).map(output).collect()
}

/// The error of the best used point of each output, with the discrepancy; infinite if there is none.
fn scales(question: &CalibrationQuestion) -> Vec<f64> {
    let mut scales = vec![f64::INFINITY; question.bounds.len()];
    for point in question.points.iter().filter(|point| !point.held_out) {
        let scale = point.error.hypot(question.discrepancy);
        let window = point
            .window
            .map_or([point.output; 2], |(low, high)| [low, high]);
        for output in [[point.output; 2], window].concat() {
            scales[output] = scales[output].min(scale);
        }
    }
    scales
}

fn screen<E>(runs: &mut Runs<E>, plan: Spending) -> Result<Option<Screening>, CalibrationStop<E>> {
    if plan.trajectories == 0 {
        return Ok(None);
    }
    let question = runs.question;
    let keys = question.priors.len();
    let number = |number: usize| trajectory(keys, number as u32, question.seed);
    let all: Vec<Trajectory> = (0..plan.trajectories).map(number).collect();
    let mut jobs = Vec::new();
    for one in &all {
        let seed = runs.seed();
        jobs.extend(units(one).map(|units| CalibrationJob {
            values: question.values(&units),
            seed,
            purpose: JobPurpose::Screen,
        }));
    }
    let outputs = runs.ask(jobs)?;
    Ok(Some(screening(&all, &outputs, &scales(question), keys)))
}

fn wave_one<E>(
    runs: &mut Runs<E>,
    kept: &Kept,
    points: usize,
) -> Result<Vec<TrainingRun>, CalibrationStop<E>> {
    let cube = latin_hypercube(points, kept.keys.len(), runs.question.seed);
    training(runs, kept, &cube, 0, |index| {
        let mut purposes = vec![JobPurpose::Wave(1)];
        if index % CHANCE_EVERY == CHANCE_EVERY - 1 {
            purposes.extend([JobPurpose::Chance; CHANCE_SEEDS - 1]);
        }
        purposes
    })
}

/// The standard deviation within points that were run several times, by output.
fn chance(runs: &[TrainingRun], outputs: usize) -> Option<Vec<f64>> {
    let mut sums = vec![0.0; outputs];
    let mut freedom = 0.0;
    for same in runs.chunk_by(|one, other| one.place == other.place) {
        let count = same.len() as f64;
        freedom += count - 1.0;
        for (output, sum) in sums.iter_mut().enumerate() {
            let mean = same.iter().map(|run| run.outputs[output]).sum::<f64>() / count;
            let squares = same.iter().map(|run| (run.outputs[output] - mean).powi(2));
            *sum += squares.sum::<f64>();
        }
    }
    let deviation = |sum: &f64| (sum / freedom).sqrt();
    (freedom > 0.0).then(|| sums.iter().map(deviation).collect())
}

fn emulators(waves: &[Wave]) -> Vec<&Emulator> {
    waves.iter().map(|wave| &wave.emulator).collect()
}

fn wave(
    earlier: &[Wave],
    emulator: Emulator,
    runs: usize,
    kept: &Kept,
    likelihood: &Likelihood,
    observed: &[f64],
) -> Wave {
    let mut all = emulators(earlier);
    all.push(&emulator);
    let size = (kept.keys.len(), 256);
    let seed = kept.question.seed;
    let (share, left) = plausible_points(&all, likelihood, observed, size, seed);
    let uncertainty = waves::uncertainty(&emulator, &kept.question.points, &left);
    Wave {
        emulator,
        runs,
        share,
        uncertainty,
    }
}

fn further_wave<E>(
    runs: &mut Runs<E>,
    kept: &Kept,
    waves: &[Wave],
    (likelihood, observed): (&Likelihood, &[f64]),
    size: usize,
    learned: &mut Vec<TrainingRun>,
) -> Result<(), CalibrationStop<E>> {
    let number = waves.len() as u32 + 1;
    // Other candidates than those that measured what is left.
    let seed = job_seed(runs.question, 1_000_000_000 + waves.len());
    let wanted = (kept.keys.len(), size);
    let (_, points) = plausible_points(&emulators(waves), likelihood, observed, wanted, seed);
    let place = learned.last().map_or(0, |run| run.place + 1);
    let more = training(runs, kept, &points, place, |_| {
        vec![JobPurpose::Wave(number)]
    })?;
    learned.extend(more);
    Ok(())
}

fn infer<E>(
    runs: &mut Runs<E>,
    kept: &Kept,
    waves: &[Wave],
    likelihood: &Likelihood,
    learned: &[TrainingRun],
    plan: Spending,
) -> Result<Inference, CalibrationStop<E>> {
    let (question, priors) = (runs.question, &kept.reduced.priors);
    let Some(last) = waves.last() else {
        return Err(runs.too_many_failed());
    };
    let (emulator, observed) = (&last.emulator, question.observed());
    let all = emulators(waves);
    let is_left = |units: &[f64]| is_plausible(&all, likelihood, &observed, units);
    let power = power::choose(emulator, likelihood, learned, is_left, question.seed);
    let size = (priors.len(), question.sample);
    let posterior = Posterior::sample(emulator, likelihood, &observed, power.power, size);
    let confirmation = confirm(
        runs,
        kept,
        (emulator, likelihood),
        &posterior,
        power.power,
        plan,
    )?;
    Ok(Inference {
        directions: directions(priors, &posterior),
        marginals: marginals(priors, &posterior),
        correlations: correlations(priors, &posterior),
        bands: bands(emulator, &posterior, question.seed),
        sample: sample(emulator, &posterior, question.seed),
        posterior,
        power,
        confirmation,
    })
}

/// Draws of the posterior with the expected outputs.
fn sample(emulator: &Emulator, posterior: &Posterior, seed: u64) -> Vec<(usize, usize, Vec<f64>)> {
    let mut draws = posterior.draws(SAMPLE_DRAWS, seed);
    draws.sort_unstable();
    let same = draws.chunk_by(|one, other| one == other);
    same.map(|same| {
        let states = emulator.at(&posterior.units[same[0]]);
        let expected = |output: usize| {
            states
                .iter()
                .map(|one| one.chance * one.means[output])
                .sum()
        };
        let outputs = 0..emulator.traits().len();
        (same[0], same.len(), outputs.map(expected).collect())
    })
    .collect()
}

fn point_results(
    question: &CalibrationQuestion,
    waves: &[Wave],
    inference: &Inference,
) -> Vec<PointResult> {
    // What the keys move is seen best over the whole range.
    let first = waves.first().map(|wave| wave.emulator.quality());
    let confirmed = &inference.confirmation.bands;
    let result = |point: &ObservedPoint| {
        let quality = first.map(|all| all[point.output]);
        let (spread, q2) = quality.map_or((0.0, 0.0), |one| (one.spread, one.q2));
        let informs = if spread < SAME {
            Informs::Fixed
        } else if spread * q2.max(0.0).sqrt() < 0.5 * point.error.hypot(question.discrepancy) {
            Informs::TooLittle
        } else {
            Informs::Yes
        };
        PointResult {
            informs,
            predicted: inference.bands.all[point.output].place(point),
            confirmed: confirmed.get(point.output).map(|band| band.place(point)),
        }
    };
    question.points.iter().map(result).collect()
}
