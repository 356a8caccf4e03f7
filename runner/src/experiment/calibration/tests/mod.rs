//! Models whose posterior is known, or whose truths are: tests of the parts together.

use patchday_core::Random;

use crate::experiment::{
    calibration::{
        emulation::emulator::{Emulator, OutputTraits, TrainingRun},
        inference::{
            likelihood::{Likelihood, normal_draw},
            posterior::Posterior,
            power::{self, PowerChoice},
            self_check::{Background, SelfCheck, ranks},
        },
        prior::Prior,
        question::{CalibrationQuestion, ObservedPoint},
    },
    design::samplers::{latin_hypercube, random, sobol},
};

/// A question whose points are the outputs themselves.
pub(super) fn question(
    priors: Vec<Prior>,
    values: &[f64],
    error: f64,
    bounds: (f64, f64),
) -> CalibrationQuestion {
    let point = |(at, value): (usize, &f64)| ObservedPoint {
        name: format!("point {at}"),
        instant: at as i64,
        value: *value,
        error,
        output: at,
        window: None,
        group: None,
        held_out: false,
    };
    CalibrationQuestion {
        priors,
        points: values.iter().enumerate().map(point).collect(),
        bounds: vec![bounds; values.len()],
        discrepancy: 0.0,
        runs: 300,
        more_runs: 0,
        seed: 1,
        sample: 1 << 13,
    }
}

/// Runs of a model at points of the unit cube; the model gets the number of the run for its chance.
fn runs(points: &[Vec<f64>], model: impl Fn(&[f64], u32) -> Vec<f64>) -> Vec<TrainingRun> {
    let run = |(place, units): (usize, &Vec<f64>)| TrainingRun {
        units: units.clone(),
        outputs: model(units, place as u32),
        place,
    };
    points.iter().enumerate().map(run).collect()
}

mod driver;

fn traits(question: &CalibrationQuestion) -> Vec<OutputTraits> {
    let output = |output: usize| OutputTraits {
        bounds: question.bounds[output],
        tolerance: question.points[output].error.powi(2) + question.discrepancy.powi(2),
    };
    (0..question.bounds.len()).map(output).collect()
}

/// Emulator, likelihood and power of a question from runs that cover the whole range.
fn fitted(
    question: &CalibrationQuestion,
    runs: &[TrainingRun],
) -> (Emulator, Likelihood, PowerChoice) {
    let emulator = Emulator::fit(runs, &traits(question)).unwrap();
    let likelihood = Likelihood::new(question);
    let power = power::choose(&emulator, &likelihood, runs, |_| true, 3);
    (emulator, likelihood, power)
}

/// The straight line a + b t at t = 0, 0.1 .. 1, with a and b from -1 to 1.
fn line(units: &[f64]) -> Vec<f64> {
    let [a, b] = [0, 1].map(|key| 2.0 * units[key] - 1.0);
    (0..=10).map(|t| a + b * f64::from(t) / 10.0).collect()
}

/// Least squares of a line: intercept and slope.
fn least_squares(values: &[f64]) -> [f64; 2] {
    let times: Vec<f64> = (0..=10).map(|t| f64::from(t) / 10.0).collect();
    let mean = values.iter().sum::<f64>() / 11.0;
    let terms = times.iter().zip(values);
    let slope = terms.map(|(t, y)| (t - 0.5) * (y - mean)).sum::<f64>()
        / times.iter().map(|t| (t - 0.5).powi(2)).sum::<f64>();
    [mean - slope * 0.5, slope]
}

#[test]
fn a_line_has_the_posterior_of_least_squares() {
    let priors = ["a", "b"]
        .map(|key| Prior::uniform(key, -1.0, 1.0))
        .to_vec();
    let bounds = (f64::NEG_INFINITY, f64::INFINITY);
    let asked = question(priors.clone(), &[0.0; 11], 0.1, bounds);
    let runs = runs(&latin_hypercube(60, 2, 4), |units, _| line(units));
    let (emulator, likelihood, power) = fitted(&asked, &runs);
    assert_eq!(power.power, 1.0, "{power:?}");
    let draws = Random::new(11);
    let truths = random(100, 2, 12);
    let mut covered = [0, 0];
    for (row, truth) in truths.iter().enumerate() {
        let data: Vec<f64> = line(truth)
            .iter()
            .enumerate()
            .map(|(t, value)| value + 0.1 * normal_draw(draws, row as u32, t as u32))
            .collect();
        let posterior = Posterior::sample(&emulator, &likelihood, &data, 1.0, (2, 1_024));
        let value = |key: usize| move |units: &[f64]| 2.0 * units[key] - 1.0;
        for key in 0..2 {
            let interval = posterior.quantiles(value(key), &[0.05, 0.95]);
            let own = 2.0 * truth[key] - 1.0;
            covered[key] += u32::from((interval[0]..=interval[1]).contains(&own));
        }
        let expected = least_squares(&data);
        // Where the range cuts nothing off, everything is known exactly.
        if expected.iter().any(|one| one.abs() > 0.6) {
            continue;
        }
        let deviations = [0.0564, 0.0953];
        for key in 0..2 {
            let error = (posterior.mean(value(key)) - expected[key]) / deviations[key];
            assert!(error.abs() < 0.05, "{row} {key} {error}");
            let ratio = posterior.deviation(value(key)) / deviations[key];
            assert!((0.95..1.05).contains(&ratio), "{row} {key} {ratio}");
        }
        let means = [0, 1].map(|key| posterior.mean(value(key)));
        let product = |u: &[f64]| (value(0)(u) - means[0]) * (value(1)(u) - means[1]);
        let spread = posterior.deviation(value(0)) * posterior.deviation(value(1));
        let correlation = posterior.mean(product) / spread;
        assert!((correlation + 0.845).abs() < 0.02, "{row} {correlation}");
    }
    assert!(
        covered.iter().all(|one| (79..=98).contains(one)),
        "{covered:?}"
    );
}

#[test]
fn keys_that_move_nothing_keep_their_prior() {
    let priors = ["a", "b"].map(|key| Prior::uniform(key, 2.0, 5.0)).to_vec();
    let asked = question(priors.clone(), &[0.3, 0.5], 0.05, (0.0, 1.0));
    let draws = Random::new(5);
    let model = |_: &[f64], run: u32| {
        let noise = |at: u32| 0.04 * normal_draw(draws, run, at);
        vec![0.32 + noise(0), 0.45 + noise(1)]
    };
    let runs = runs(&latin_hypercube(60, 2, 4), model);
    let (emulator, likelihood, power) = fitted(&asked, &runs);
    let posterior = Posterior::sample(
        &emulator,
        &likelihood,
        &asked.observed(),
        power.power,
        (2, asked.sample),
    );
    for (key, prior) in priors.iter().enumerate() {
        let ratio = posterior.deviation_ratio(prior, key);
        assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
        assert!((posterior.mean(|units| units[key]) - 0.5).abs() < 0.05 * 0.289);
    }
}

/// An outage at a random hour: the share is 1 until tau, then falls to a depth and rises again.
pub(super) fn outage(seed: u64) -> impl Fn(&[f64], u32) -> Vec<f64> {
    let draws = Random::new(seed);
    move |units, run| {
        let tau = 10.0 + 12.0 * units[0] + 1.5 * normal_draw(draws, run, 0);
        let (depth, slope) = (0.1 + 0.4 * units[1], 0.01 + 0.02 * units[2]);
        let share = |at: u32| {
            let time = 6.0 + 3.0 * f64::from(at);
            if time < tau {
                1.0
            } else {
                (depth + slope * (time - tau)).min(1.0)
            }
        };
        (0..13).map(share).collect()
    }
}

/// The self-check of 100 truths of the outage.
fn check_of_outage(count: usize, seed: u64) -> (SelfCheck, PowerChoice, [f64; 3], bool) {
    let priors = ["tau", "depth", "slope"].map(|key| Prior::uniform(key, 0.0, 1.0));
    let asked = question(priors.to_vec(), &[0.5; 13], 0.05, (0.0, 1.0));
    let runs_of = |points: &[Vec<f64>], seed| runs(points, outage(seed));
    let learned = runs_of(&latin_hypercube(count, 3, seed), 2 * seed + 1);
    let (emulator, likelihood, power) = fitted(&asked, &learned);
    let truths = runs_of(&random(100, 3, seed + 1_000), 2 * seed + 2);
    let units = sobol(1 << 12, 3);
    let logs = vec![0.0; units.len()];
    let background = Background {
        units: &units,
        logs: &logs,
        power: power.power,
    };
    let found = ranks(
        &emulator,
        &likelihood,
        background,
        &truths,
        Random::new(seed + 7),
    );
    let targets = crate::experiment::calibration::inference::self_check::targets(
        &likelihood,
        &truths,
        Random::new(seed + 7),
    );
    let mut widths = [0.0; 3];
    let few: Vec<Vec<f64>> = targets.into_iter().take(20).collect();
    let all = crate::experiment::calibration::inference::self_check::log_densities(
        &emulator,
        &likelihood,
        &units,
        &few,
    );
    for target in 0..few.len() {
        let logs: Vec<f64> = all.iter().map(|logs| power.power * logs[target]).collect();
        let posterior = Posterior::new(units.clone(), &logs);
        for (key, width) in widths.iter_mut().enumerate() {
            *width += posterior.deviation(|units| units[key]) / 0.2887 / few.len() as f64;
        }
    }
    (
        SelfCheck::new(&found),
        power,
        widths,
        emulator.split().is_some(),
    )
}

#[test]
fn truths_of_an_outage_at_a_random_hour_are_covered() {
    let (check, power, widths, _) = check_of_outage(120, 1);
    for key in &check.keys {
        assert!((79..=98).contains(&key.inside), "{check:?} {power:?}");
        assert!(key.evenness > 0.001, "{check:?}");
    }
    // And it is not the prior.
    assert!(widths.iter().all(|one| *one < 0.75), "{widths:?}");
}
