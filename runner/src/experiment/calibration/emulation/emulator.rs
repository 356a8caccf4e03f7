//! Emulators: the outputs of a run as a function of the keys, with chance and misfit.
//!
//! A Gaussian process an output and a covariance of the residuals by place. If runs are of two kinds and two
//! sets of processes predict them better, each kind has its own set, and a classifier gives the chance of each.
//! Means are cut at the possible values of an output, since a process knows no bounds.

use crate::experiment::{
    calibration::emulation::{
        branch::{Classifier, Split, split},
        residuals::Residuals,
    },
    stats::gaussian_process::{GaussianProcess, LeaveOneOut, Rows, Shape, quality},
};

/// The fewest runs of one kind, besides three a key.
const LEAST_RUNS: usize = 12;

/// A run that an emulator learns from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TrainingRun {
    /// Its point of the unit cube.
    pub(crate) units: Vec<f64>,
    pub(crate) outputs: Vec<f64>,
    /// The number of the point: repetitions of one point share it.
    pub(crate) place: usize,
}

/// What is known of the outputs besides the runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutputTraits {
    /// The possible values.
    pub(crate) bounds: (f64, f64),
    /// The variance of the error of its points and of the discrepancy.
    pub(crate) tolerance: f64,
}

/// The distribution of the outputs at a point, for one kind of runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BranchState {
    /// The chance of this kind.
    pub(crate) chance: f64,
    pub(crate) means: Vec<f64>,
    /// The lower triangle by rows: chance and misfit, without the error of points.
    pub(crate) covariance: Vec<f64>,
}

impl BranchState {
    /// The covariance of two outputs.
    pub(crate) fn covariance(&self, one: usize, other: usize) -> f64 {
        let (row, column) = (one.max(other), one.min(other));
        self.covariance[row * (row + 1) / 2 + column]
    }
}

/// How well an output is emulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OutputQuality {
    /// The part of the variance that is predicted for runs left out, of all kinds.
    pub(crate) q2: f64,
    /// The part of the runs left out inside their 90 % interval.
    pub(crate) coverage: f64,
    /// The standard deviation over all runs, and that of chance and misfit by the fitted nugget.
    pub(crate) spread: f64,
    pub(crate) noise: f64,
}

#[derive(Clone, Debug)]
struct BranchEmulator {
    processes: Vec<GaussianProcess>,
    residuals: Residuals,
}

/// An emulator of all outputs.
#[derive(Clone, Debug)]
pub(crate) struct Emulator {
    traits: Vec<OutputTraits>,
    split: Option<(Split, Classifier)>,
    /// One, or two: the lower and the upper one of the split.
    branches: Vec<BranchEmulator>,
    quality: Vec<OutputQuality>,
}

/// What a branch keeps of an earlier fit.
struct BranchChoice {
    shapes: Vec<Shape>,
    locality: (f64, f64),
}

impl BranchEmulator {
    /// Fits the branch, and gives the predictions of its runs from the others.
    fn fit(
        runs: &[&TrainingRun],
        traits: &[OutputTraits],
        earlier: Option<&BranchChoice>,
    ) -> Option<(Self, Vec<LeaveOneOut>)> {
        let points: Vec<Vec<f64>> = runs.iter().map(|run| run.units.clone()).collect();
        let mut processes = Vec::with_capacity(traits.len());
        for output in 0..traits.len() {
            let values: Vec<f64> = runs.iter().map(|run| run.outputs[output]).collect();
            let rows = Rows {
                points: &points,
                values: &values,
                noise: None,
            };
            processes.push(match earlier {
                Some(earlier) => GaussianProcess::with_shape(rows, &earlier.shapes[output])?,
                None => GaussianProcess::fit(rows)?,
            });
        }
        let left_out: Vec<LeaveOneOut> = processes
            .iter()
            .map(GaussianProcess::leave_one_out)
            .collect();
        let residual = |run: usize| -> Vec<f64> {
            let outputs = traits.iter().enumerate();
            outputs
                .map(|(output, traits)| {
                    let mean = left_out[output].predictions[run].mean;
                    runs[run].outputs[output] - cut(mean, traits.bounds)
                })
                .collect()
        };
        let residuals: Vec<Vec<f64>> = (0..runs.len()).map(residual).collect();
        let places: Vec<usize> = runs.iter().map(|run| run.place).collect();
        let importance = importance(&processes);
        let tolerance: Vec<f64> = traits.iter().map(|one| one.tolerance).collect();
        let residuals = match earlier {
            Some(earlier) => {
                Residuals::with_choice(&points, residuals, &importance, earlier.locality)
            }
            None => Residuals::new(&points, &places, residuals, &importance, &tolerance),
        };
        let branch = Self {
            processes,
            residuals,
        };
        Some((branch, left_out))
    }

    fn choice(&self) -> BranchChoice {
        BranchChoice {
            shapes: self.processes.iter().map(GaussianProcess::shape).collect(),
            locality: self.residuals.choice(),
        }
    }

    /// The density of the runs by an emulator without them.
    fn score(&self, runs: &[&TrainingRun], traits: &[OutputTraits]) -> f64 {
        let places: Vec<usize> = runs.iter().map(|run| run.place).collect();
        let tolerance: Vec<f64> = traits.iter().map(|one| one.tolerance).collect();
        self.residuals
            .log_densities(&places, &tolerance)
            .iter()
            .sum()
    }
}

fn cut(value: f64, (low, high): (f64, f64)) -> f64 {
    value.max(low).min(high)
}

/// How much the outputs change with each key: inverse squared lengths, over the outputs that are not noise.
fn importance(processes: &[GaussianProcess]) -> Vec<f64> {
    let keys = processes.first().map_or(0, |one| one.lengths().len());
    let of_key = |key: usize| {
        let terms = processes.iter().filter(|one| one.noise() > 0.0).map(|one| {
            let known = 1.0 / (1.0 + one.shape().nugget);
            // A very short length is often one of a few runs, and would count for everything.
            known / one.lengths()[key].max(0.2).powi(2)
        });
        terms.sum::<f64>()
    };
    (0..keys).map(of_key).collect()
}

impl Emulator {
    /// Fits an emulator; `None` if there are fewer than [`LEAST_RUNS`] runs.
    pub(crate) fn fit(runs: &[TrainingRun], traits: &[OutputTraits]) -> Option<Self> {
        if runs.len() < LEAST_RUNS {
            return None;
        }
        let all: Vec<&TrainingRun> = runs.iter().collect();
        let (single, left_out) = BranchEmulator::fit(&all, traits, None)?;
        let mut one = Self {
            traits: traits.to_vec(),
            split: None,
            quality: Vec::new(),
            branches: vec![single],
        };
        one.quality = one.qualities(&[(&all, &left_out)]);
        let outputs: Vec<Vec<f64>> = runs.iter().map(|run| run.outputs.clone()).collect();
        let keys = runs[0].units.len();
        let Some(parted) = split(&outputs, LEAST_RUNS.max(3 * keys)) else {
            return Some(one);
        };
        let Some((two, score)) = Self::with_split(runs, traits, parted, None) else {
            return Some(one);
        };
        let better = score > one.branches[0].score(&all, traits);
        Some(if better { two } else { one })
    }

    /// Two branches, with the logarithm of the density of the runs.
    fn with_split(
        runs: &[TrainingRun],
        traits: &[OutputTraits],
        parted: Split,
        earlier: Option<&[BranchChoice]>,
    ) -> Option<(Self, f64)> {
        let is_upper: Vec<bool> = runs
            .iter()
            .map(|run| parted.is_upper(&run.outputs))
            .collect();
        let units: Vec<&[f64]> = runs.iter().map(|run| run.units.as_slice()).collect();
        let classifier = Classifier::fit(&units, &is_upper)?;
        // The classifier has seen the runs: each coefficient costs what it gains by chance.
        let mut score = -0.5 * classifier.size() as f64 * (runs.len() as f64).ln();
        for (run, upper) in runs.iter().zip(&is_upper) {
            let chance = classifier.chance(&run.units);
            score += if *upper { chance } else { 1.0 - chance }.ln();
        }
        let mut parts = Vec::new();
        for (number, upper) in [false, true].into_iter().enumerate() {
            let own: Vec<&TrainingRun> = runs
                .iter()
                .zip(&is_upper)
                .filter_map(|(run, is)| (*is == upper).then_some(run))
                .collect();
            let choice = earlier.map(|earlier| &earlier[number]);
            let (branch, left_out) = BranchEmulator::fit(&own, traits, choice)?;
            score += branch.score(&own, traits);
            parts.push((branch, own, left_out));
        }
        let mut two = Self {
            traits: traits.to_vec(),
            split: Some((parted, classifier)),
            branches: parts.iter().map(|part| part.0.clone()).collect(),
            quality: Vec::new(),
        };
        let known: Vec<(&[&TrainingRun], &[LeaveOneOut])> = parts
            .iter()
            .map(|part| (part.1.as_slice(), part.2.as_slice()))
            .collect();
        two.quality = two.qualities(&known);
        Some((two, score))
    }

    /// The same kind of emulator from other runs: lengths, nuggets, locality and split stay. `None` if a branch
    /// has too few runs.
    pub(crate) fn refitted(&self, runs: &[TrainingRun]) -> Option<Self> {
        let choices: Vec<BranchChoice> = self.branches.iter().map(BranchEmulator::choice).collect();
        if let Some((parted, _)) = &self.split {
            return Self::with_split(runs, &self.traits, *parted, Some(&choices)).map(|two| two.0);
        }
        let all: Vec<&TrainingRun> = runs.iter().collect();
        let (single, left_out) = BranchEmulator::fit(&all, &self.traits, choices.first())?;
        let mut one = Self {
            branches: vec![single],
            ..self.clone()
        };
        one.quality = one.qualities(&[(&all, &left_out)]);
        Some(one)
    }

    fn qualities(&self, parts: &[(&[&TrainingRun], &[LeaveOneOut])]) -> Vec<OutputQuality> {
        let of_output = |output: usize| {
            let (mut values, mut predictions, mut noise) = (Vec::new(), Vec::new(), 0.0);
            for (part, branch) in parts.iter().zip(&self.branches) {
                let (runs, left_out) = part;
                values.extend(runs.iter().map(|run| run.outputs[output]));
                predictions.extend_from_slice(&left_out[output].predictions);
                noise += branch.processes[output].noise() * runs.len() as f64;
            }
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let (q2, coverage) = quality(&values, &predictions);
            OutputQuality {
                q2,
                coverage,
                spread: (squares / count).sqrt(),
                noise: (noise / count).sqrt(),
            }
        };
        (0..self.traits.len()).map(of_output).collect()
    }

    /// How well each output is emulated.
    pub(crate) fn quality(&self) -> &[OutputQuality] {
        &self.quality
    }

    /// Where the runs part into two kinds, if they do.
    pub(crate) fn split(&self) -> Option<Split> {
        self.split.as_ref().map(|one| one.0)
    }

    /// The possible values of each output.
    pub(crate) fn traits(&self) -> &[OutputTraits] {
        &self.traits
    }

    /// Lengths of the keys and the nugget, by branch and output.
    pub(crate) fn shapes(&self) -> Vec<Vec<Shape>> {
        let branches = self.branches.iter();
        branches
            .map(|branch| {
                branch
                    .processes
                    .iter()
                    .map(GaussianProcess::shape)
                    .collect()
            })
            .collect()
    }

    /// The outputs at a point of the unit cube, by branch.
    pub(crate) fn at(&self, units: &[f64]) -> Vec<BranchState> {
        let upper = self.split.as_ref().map(|one| one.1.chance(units));
        let chances = upper.map_or([1.0, 0.0], |upper| [1.0 - upper, upper]);
        let branches = self.branches.iter().zip(chances);
        branches
            .map(|(branch, chance)| {
                let outputs = branch.processes.iter().zip(&self.traits);
                BranchState {
                    chance,
                    means: outputs
                        .map(|(process, traits)| cut(process.mean(units), traits.bounds))
                        .collect(),
                    covariance: branch.residuals.at(units),
                }
            })
            .collect()
    }

    /// The variance of the emulated mean of each output, without chance: what more runs would reduce. Over two
    /// branches, the larger one.
    pub(crate) fn uncertainty(&self, units: &[f64]) -> Vec<f64> {
        let of_output = |output: usize| {
            let branches = self.branches.iter();
            let variances = branches.map(|branch| branch.processes[output].predict(units).variance);
            variances.fold(0.0, f64::max)
        };
        (0..self.traits.len()).map(of_output).collect()
    }
}
