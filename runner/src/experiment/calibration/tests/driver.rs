//! The whole of a calibration on toys: from the question to the answer, and again from its runs.

use std::cell::Cell;

use super::{outage, question};
use crate::experiment::calibration::{
    answer::{CalibrationAnswer, Informs},
    asking::CalibrationStop,
    driver::calibrate,
    inference::{
        bands::BandPlace,
        directions::{Combination, Learning},
        self_check::SelfCheck,
    },
    prior::{Distribution, Prior},
    question::{CalibrationJob, CalibrationQuestion, JobPurpose, Outputs},
    waves::WavesEnd,
};

type Model<'a> = &'a dyn Fn(&CalibrationJob) -> Outputs;

fn answered(question: &CalibrationQuestion, model: Model) -> CalibrationAnswer {
    let mut ask = |jobs: &[CalibrationJob]| Ok::<_, ()>(jobs.iter().map(model).collect());
    calibrate(question, &mut ask).unwrap()
}

/// Whether something is plausible and the self-check is passed.
fn is_sound(answer: &CalibrationAnswer) -> bool {
    answer.inference.as_ref().is_some_and(|one| {
        let check = &one.confirmation.self_check;
        check.as_ref().is_some_and(SelfCheck::is_passed)
    })
}

/// What a question needs next, if the outputs of some runs are known.
#[derive(Clone, Debug, PartialEq)]
enum NextStep {
    /// These runs, of which none is known.
    Run(Vec<CalibrationJob>),
    Answer(Box<CalibrationAnswer>),
}

/// The next runs, or the answer: a pure function of the question and of known outputs.
///
/// # Errors
/// Returns an error if the question cannot be asked, or if too many runs failed.
fn next(
    question: &CalibrationQuestion,
    known: impl Fn(&CalibrationJob) -> Option<Outputs>,
) -> Result<NextStep, CalibrationStop<std::convert::Infallible>> {
    let mut ask = |jobs: &[CalibrationJob]| {
        let missing: Vec<CalibrationJob> = jobs
            .iter()
            .filter(|job| known(job).is_none())
            .cloned()
            .collect();
        if missing.is_empty() {
            Ok(jobs.iter().filter_map(&known).collect())
        } else {
            Err(missing)
        }
    };
    match calibrate(question, &mut ask) {
        Ok(answer) => Ok(NextStep::Answer(Box::new(answer))),
        Err(CalibrationStop::Asked(missing)) => Ok(NextStep::Run(missing)),
        Err(CalibrationStop::Refused(why)) => Err(CalibrationStop::Refused(why)),
        Err(CalibrationStop::TooManyFailed { failed, runs }) => {
            Err(CalibrationStop::TooManyFailed { failed, runs })
        }
    }
}

fn log_key(key: &str) -> Prior {
    Prior {
        distribution: Distribution::Log,
        ..Prior::uniform(key, 1.0, 4.0)
    }
}

/// y = a b t at t = 0.1 .. 1, in parts of the largest value.
fn ridge(job: &CalibrationJob) -> Outputs {
    let product = job.values[0] * job.values[1] / 16.0;
    Some((1..=10).map(|t| product * f64::from(t) / 10.0).collect())
}

#[test]
fn of_a_product_the_product_is_learned_and_no_key() {
    // The truth is a b = 4, a quarter of the largest product.
    let values: Vec<f64> = (1..=10).map(|t| 0.25 * f64::from(t) / 10.0).collect();
    let mut asked = question(vec![log_key("a"), log_key("b")], &values, 0.03, (0.0, 1.0));
    asked.runs = 100;
    let answer = answered(&asked, &ridge);
    let inference = answer.inference.as_ref().unwrap();
    for marginal in &inference.marginals {
        assert!(marginal.deviation_ratio > 0.7, "{marginal:?}");
    }
    let first = &inference.directions[0];
    assert_eq!(first.learning, Learning::Learned);
    let cosine = (first.loadings[0] + first.loadings[1]) / 2.0_f64.sqrt();
    assert!(cosine > 5.0_f64.to_radians().cos(), "{first:?}");
    let (combination, before, after) = first.quantity.unwrap();
    assert_eq!(combination, Combination::Product(0, 1));
    assert!(after[0] < 4.0 && 4.0 < after[2], "{after:?}");
    assert!(after[2] - after[0] < 0.3 * (before[2] - before[0]));
    assert!(inference.correlations[0].2 < -0.8);
    assert!(is_sound(&answer));
    assert_eq!(answer.chance.as_ref().unwrap()[9], 0.0);
}

#[test]
fn keys_that_move_nothing_are_said_to_be_unknown() {
    let priors = ["a", "b"].map(|key| Prior::uniform(key, 0.0, 1.0)).to_vec();
    let mut asked = question(priors, &[0.3, 0.5], 0.05, (0.0, 1.0));
    asked.runs = 100;
    let noise = |job: &CalibrationJob| (job.seed % 1_000) as f64 / 1_000.0 - 0.5;
    let answer = answered(&asked, &|job| Some(vec![0.3 + 0.1 * noise(job), 0.5]));
    let inference = answer.inference.as_ref().unwrap();
    for marginal in &inference.marginals {
        assert!(
            (marginal.deviation_ratio - 1.0).abs() < 0.05,
            "{marginal:?}"
        );
    }
    let mut directions = inference.directions.iter();
    assert!(directions.all(|one| one.learning == Learning::NotLearned));
    let results: Vec<Informs> = answer.points.iter().map(|point| point.informs).collect();
    assert_eq!(results, [Informs::TooLittle, Informs::Fixed]);
    assert!(is_sound(&answer));
}

#[test]
fn contradictory_points_are_refused_before_any_run() {
    let priors = vec![Prior::uniform("a", 0.0, 1.0)];
    let mut asked = question(priors, &[0.2, 0.7], 0.05, (0.0, 1.0));
    (asked.points[1].instant, asked.points[1].output) = (0, 0);
    let count = Cell::new(0);
    let mut ask = |_: &[CalibrationJob]| {
        count.set(count.get() + 1);
        Err(())
    };
    let stop = calibrate(&asked, &mut ask).unwrap_err();
    let refused = matches!(&stop, CalibrationStop::Refused(why) if why.contains("contradict"));
    assert!(refused, "{stop:?}");
    asked.points[1].value = 0.25;
    asked.runs = 20;
    let stop = calibrate(&asked, &mut ask).unwrap_err();
    let refused = matches!(&stop, CalibrationStop::Refused(why) if why.contains("too few"));
    assert!(refused, "{stop:?}");
    assert_eq!(count.get(), 0);
}

/// The outage with six keys, of which three move nothing.
fn outage_of_six(job: &CalibrationJob) -> Outputs {
    Some(outage(7)(&job.values[..3], job.seed as u32))
}

fn outage_question(runs: usize) -> CalibrationQuestion {
    let priors = ["tau", "depth", "slope", "x", "y", "z"];
    let priors = priors.map(|key| Prior::uniform(key, 0.0, 1.0)).to_vec();
    let truth = CalibrationJob {
        values: vec![0.4, 0.3, 0.6, 0.5, 0.5, 0.5],
        seed: 99,
        purpose: JobPurpose::Wave(1),
    };
    let mut values = outage_of_six(&truth).unwrap();
    values[3] += 0.03;
    let mut asked = question(priors, &values, 0.05, (0.0, 1.0));
    asked.points[8].held_out = true;
    asked.runs = runs;
    asked
}

#[test]
fn an_outage_is_fitted_confirmed_and_checked() {
    let asked = outage_question(300);
    let answer = answered(&asked, &outage_of_six);
    assert!(answer.runs.len() <= 300);
    assert_eq!(answer.kept, [0, 1, 2]);
    let shares: Vec<f64> = answer.waves.iter().map(|wave| wave.share).collect();
    assert!(shares[0] < 0.9 && shares.windows(2).all(|pair| pair[1] <= pair[0] + 0.02));
    let inference = answer.inference.as_ref().unwrap();
    for (key, truth) in [0.4, 0.3, 0.6].into_iter().enumerate() {
        let [low, _, high] = inference.marginals[key].after;
        assert!(low < truth && truth < high, "{key} {low} {high}");
        assert!(inference.marginals[key].deviation_ratio < 0.8);
    }
    assert!(is_sound(&answer));
    let held_out = answer.points[8];
    assert_eq!(held_out.predicted, BandPlace::Inside);
    let confirmation = &inference.confirmation;
    assert!(confirmation.draws.len() >= 30);
    // The best single run was luck.
    let best = confirmation
        .best
        .iter()
        .map(|one| one.single)
        .fold(1.0, f64::min);
    let again = confirmation.best.iter().map(|one| one.mean().unwrap());
    assert!(again.fold(1.0, f64::min) > best);
    // No seed twice but in the trajectories, and fresh ones in the confirmation.
    let seeds = answer
        .runs
        .iter()
        .filter(|run| run.0.purpose != JobPurpose::Screen);
    let mut seeds: Vec<u64> = seeds.map(|run| run.0.seed).collect();
    let count = seeds.len();
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), count);
}

#[test]
fn a_calibration_that_is_interrupted_has_the_same_answer() {
    let asked = outage_question(120);
    let whole = answered(&asked, &outage_of_six);
    // Each call gets at most 47 more runs.
    let mut known: Vec<(CalibrationJob, Outputs)> = Vec::new();
    let answer = loop {
        let look = |job: &CalibrationJob| {
            let found = known.iter().find(|run| run.0 == *job);
            found.map(|run| run.1.clone())
        };
        match next(&asked, look).unwrap() {
            NextStep::Answer(answer) => break answer,
            NextStep::Run(jobs) => {
                assert!(jobs.iter().all(|job| known.iter().all(|run| run.0 != *job)));
                let some = jobs.into_iter().take(47);
                known.extend(some.map(|job| (job.clone(), outage_of_six(&job))));
            }
        }
    };
    assert_eq!(*answer, whole);
    assert_eq!(known.len(), whole.runs.len());
}

#[test]
fn waves_go_on_beyond_the_planned_ones_and_keep_all_runs() {
    // A bent valley that takes several waves to find.
    let model = |job: &CalibrationJob| {
        let [x, y] = [job.values[0], job.values[1]];
        let (x, y) = (x - 0.5, y - 0.5);
        Some(vec![
            (x + 9.0 * y * y).abs(),
            (8.0 * x).sin().abs(),
            (9.0 * y).cos().abs(),
        ])
    };
    let priors = ["a", "b"].map(|key| Prior::uniform(key, 0.0, 1.0)).to_vec();
    let mut asked = question(priors, &[0.3, 0.4, 0.5], 0.004, (0.0, 3.0));
    asked.runs = 40;
    let few = answered(&asked, &model);
    asked.more_runs = 150;
    let many = answered(&asked, &model);
    assert_eq!(few.waves_end, WavesEnd::Budget);
    assert!(many.runs.len() <= 40 + 150 && many.waves.len() > few.waves.len());
    let planned = few.runs.iter();
    let planned = planned.filter(|run| !run.0.purpose.is_confirmation());
    let planned = planned.count();
    assert_eq!(few.runs[..planned], many.runs[..planned]);
    let share = |answer: &CalibrationAnswer| answer.waves.last().unwrap().share;
    assert!(share(&many) < share(&few));
}

#[test]
fn failed_runs_are_left_out_and_a_range_without_a_plausible_point_is_named() {
    let priors = ["a", "b"].map(|key| Prior::uniform(key, 0.0, 1.0)).to_vec();
    let mut asked = question(priors, &[0.5, 0.9], 0.02, (0.0, 1.0));
    asked.runs = 120;
    let model = |job: &CalibrationJob| {
        let values = vec![0.5 * job.values[0], 0.5 * job.values[1]];
        (!job.seed.is_multiple_of(7)).then_some(values)
    };
    let answer = answered(&asked, &model);
    assert_eq!(answer.waves_end, WavesEnd::NothingPlausible);
    assert!(answer.failed() > 0 && !is_sound(&answer));
    assert_eq!(answer.inference, None);
    let mut ask = |jobs: &[CalibrationJob]| Ok::<_, ()>(vec![None; jobs.len()]);
    let stop = calibrate(&asked, &mut ask).unwrap_err();
    assert!(
        matches!(stop, CalibrationStop::TooManyFailed { .. }),
        "{stop:?}"
    );
    // With what can be met, the failed runs do no harm.
    asked.points[1].value = 0.3;
    let answer = answered(&asked, &model);
    assert!(answer.failed() > 0);
    let marginals = &answer.inference.as_ref().unwrap().marginals;
    assert!(
        marginals[1].after[0] < 0.6 && 0.6 < marginals[1].after[2],
        "{marginals:?}"
    );
}
