//! The answer of a calibration, and what it says in sentences.

use crate::experiment::calibration::{
    emulation::{branch::Split, emulator::OutputQuality},
    inference::{
        bands::{BandPlace, OutputBand, PredictiveBands},
        directions::{Direction, Learning, Marginal},
        posterior::Posterior,
        power::PowerChoice,
        self_check::SelfCheck,
    },
    look::{Look, PairKind},
    question::{CalibrationJob, CalibrationQuestion, Outputs},
    screen::Screening,
    waves::WavesEnd,
};
use crate::experiment::stats::gaussian_process::Shape;

/// A posterior this close to its prior, in parts of its standard deviation, says nothing.
const SAME_AS_PRIOR: f64 = 0.05;

/// Whether a point can say anything about the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Informs {
    Yes,
    /// The same value in every run, whatever the keys.
    Fixed,
    /// The keys move it by less than half of its error.
    TooLittle,
}

/// A wave in figures.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WaveSummary {
    /// Runs that its emulator learned from.
    pub(crate) runs: usize,
    /// The part of the range that is left.
    pub(crate) share: f64,
    /// The standard deviation of the emulated means, in parts of the errors of the points.
    pub(crate) uncertainty: f64,
    /// By output.
    pub(crate) quality: Vec<OutputQuality>,
    /// Lengths and nugget by branch, then by output.
    pub(crate) shapes: Vec<Vec<Shape>>,
}

/// An observed point and its result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PointResult {
    pub(crate) informs: Informs,
    /// By the emulator's band, and by that of the confirmation's runs.
    pub(crate) predicted: BandPlace,
    pub(crate) confirmed: Option<BandPlace>,
}

/// A point of the range that was run again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BestPoint {
    pub(crate) values: Vec<f64>,
    /// The mean distance from the used points in the run that made it one of the best.
    pub(crate) single: f64,
    /// With fresh seeds, at the scale of confirmation.
    pub(crate) again: Vec<f64>,
}

impl BestPoint {
    /// The mean over the fresh seeds; `None` if all failed.
    pub(crate) fn mean(&self) -> Option<f64> {
        let count = self.again.len() as f64;
        (count > 0.0).then(|| self.again.iter().sum::<f64>() / count)
    }
}

/// The runs with fresh seeds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Confirmation {
    /// Draws of the posterior that did not fail: values of all keys, and outputs.
    pub(crate) draws: Vec<(Vec<f64>, Vec<f64>)>,
    /// Bands of these runs, by output.
    pub(crate) bands: Vec<OutputBand>,
    /// The best points, by their mean over fresh seeds; those whose runs all failed are last.
    pub(crate) best: Vec<BestPoint>,
    /// `None` without draws.
    pub(crate) self_check: Option<SelfCheck>,
}

/// What is known after the waves if part of the range is plausible.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Inference {
    pub(crate) power: PowerChoice,
    /// Of the kept keys.
    pub(crate) posterior: Posterior,
    /// Of the kept keys, the best known direction first.
    pub(crate) directions: Vec<Direction>,
    pub(crate) marginals: Vec<Marginal>,
    /// Pairs of kept keys, by their number among the kept ones.
    pub(crate) correlations: Vec<(usize, usize, f64)>,
    pub(crate) bands: PredictiveBands,
    /// Draws of the posterior: the place of a point, how often it was drawn, and what the emulator expects of
    /// each output there.
    pub(crate) sample: Vec<(usize, usize, Vec<f64>)>,
    pub(crate) confirmation: Confirmation,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CalibrationAnswer {
    pub(crate) look: Look,
    pub(crate) screening: Option<Screening>,
    /// Keys that vary in waves and posterior, in their order.
    pub(crate) kept: Vec<usize>,
    /// All runs in their order.
    pub(crate) runs: Vec<(CalibrationJob, Outputs)>,
    pub(crate) waves: Vec<WaveSummary>,
    pub(crate) waves_end: WavesEnd,
    /// Where runs part into two kinds in the last wave.
    pub(crate) split: Option<Split>,
    /// The standard deviation of chance by output, from repetitions of one point; `None` without any.
    pub(crate) chance: Option<Vec<f64>>,
    /// One a point; empty if nothing is plausible.
    pub(crate) points: Vec<PointResult>,
    pub(crate) inference: Option<Inference>,
}

impl CalibrationAnswer {
    /// Runs that failed.
    pub(crate) fn failed(&self) -> usize {
        self.runs.iter().filter(|run| run.1.is_none()).count()
    }

    /// Whether something is plausible and the self-check is passed.
    pub(crate) fn is_sound(&self) -> bool {
        self.inference.as_ref().is_some_and(|one| {
            let check = &one.confirmation.self_check;
            check.as_ref().is_some_and(SelfCheck::is_passed)
        })
    }

    /// Whether the posterior is the prior.
    pub(crate) fn says_nothing(&self) -> bool {
        self.inference.as_ref().is_some_and(|one| {
            let same = |marginal: &Marginal| (marginal.deviation_ratio - 1.0).abs() < SAME_AS_PRIOR;
            one.marginals.iter().all(same) && one.learned().next().is_none()
        })
    }

    /// What it says, the most important first; names are those of keys and points.
    pub(crate) fn sentences(&self, question: &CalibrationQuestion) -> Vec<String> {
        let mut all = Vec::new();
        let names: Vec<String> = self
            .kept
            .iter()
            .map(|key| question.priors[*key].key.clone())
            .collect();
        let Some(inference) = &self.inference else {
            let text = "no point of the range is plausible: some used point is more than three standard \
                        deviations away everywhere; widen the range, or look at the points";
            return vec![text.to_owned()];
        };
        if self.says_nothing() {
            all.push(format!(
                "the points say nothing about {}: after the fit they are as uncertain as before",
                names.join(", ")
            ));
        }
        for direction in inference.learned() {
            all.push(learned(direction, &names));
        }
        if let Some(screening) = &self.screening {
            let fixed: Vec<&str> = (0..question.priors.len())
                .filter(|key| !screening.kept.contains(key))
                .map(|key| question.priors[key].key.as_str())
                .collect();
            if !fixed.is_empty() {
                all.push(format!(
                    "moves no used point, not varied: {}",
                    fixed.join(", ")
                ));
            }
        }
        for (point, result) in question.points.iter().zip(&self.points) {
            if !point.held_out && result.informs != Informs::Yes {
                let why = match result.informs {
                    Informs::Fixed => "has the same value in every run",
                    _ => "is moved by less than half of its error",
                };
                all.push(format!("`{}` cannot inform: it {why}", point.name));
            }
        }
        for pair in &self.look.pairs {
            let [one, other] = [pair.points.0, pair.points.1].map(|at| &question.points[at].name);
            all.push(match pair.kind {
                PairKind::Repeat => format!("`{one}` and `{other}` repeat each other"),
                _ => format!(
                    "`{one}` and `{other}` are {:.1} standard deviations apart at one instant",
                    pair.distance
                ),
            });
        }
        if inference.power.power < 1.0 {
            all.push(format!(
                "the likelihood is taken to the power {}: without it, intervals of runs that the emulator had \
                 not seen covered too few",
                inference.power.power
            ));
        }
        all.extend(inference.confirmation.sentences());
        all
    }
}

fn learned(direction: &Direction, names: &[String]) -> String {
    let what = direction.words(names);
    let how = direction.learning.text();
    match &direction.quantity {
        Some((_, before, after)) => format!(
            "{how}: {what}, from {:.4} to {:.4} before to {:.4} to {:.4} after (90 %)",
            Significant(before[0]),
            Significant(before[2]),
            Significant(after[0]),
            Significant(after[2])
        ),
        None => format!(
            "{how}: {what}, {:.2} of the variance is left",
            direction.ratio
        ),
    }
}

/// A number with as many significant figures as its precision says.
struct Significant(f64);

impl std::fmt::Display for Significant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let figures = f.precision().unwrap_or(4).max(1);
        let value: f64 = format!("{:.*e}", figures - 1, self.0)
            .parse()
            .unwrap_or(self.0);
        write!(f, "{value}")
    }
}

impl Inference {
    /// Directions that are learned at least half.
    pub(crate) fn learned(&self) -> impl Iterator<Item = &Direction> {
        let all = self.directions.iter();
        all.filter(|direction| direction.learning != Learning::NotLearned)
    }
}

impl Confirmation {
    fn sentences(&self) -> Vec<String> {
        let mut all = Vec::new();
        if let Some((best, mean)) = self.best.first().and_then(|one| Some((one, one.mean()?))) {
            all.push(format!(
                "best confirmed point: {mean:.3} over {} fresh seeds, {:.3} in the run that made it one of the best",
                best.again.len(),
                best.single
            ));
        }
        let lucky = self
            .best
            .iter()
            .min_by(|one, other| one.single.total_cmp(&other.single));
        if let Some((lucky, mean)) = lucky.and_then(|one| Some((one, one.mean()?))) {
            all.push(format!(
                "the best single run said {:.3} and is {mean:.3}",
                lucky.single
            ));
        }
        if let Some(check) = &self.self_check {
            let count: usize = check.keys.iter().map(|key| key.ranks.len()).sum();
            let result = if check.is_passed() {
                "passed"
            } else {
                "FAILED: the intervals cannot be believed"
            };
            all.push(format!(
                "self-check {result}: {} of {count} inside 90 % (allowed {} to {})",
                check.inside(),
                check.allowed.0,
                check.allowed.1
            ));
        }
        all
    }
}
