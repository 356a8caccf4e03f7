//! Figures of variants, compared pair by pair.
//!
//! * *Never* is not left out of a mean: the figure is at least as large as the time that the run shows,
//!   and the mean is a bound. Differences with such runs are bounds too, or unknown.
//! * Runs are of three kinds: without an outage, with one that is over, with one that is not. A mean
//!   over several kinds, or over runs of which none shows an outage, has the interval of
//!   [`crate::experiment::stats::bounded`], which allows for outcomes that no run had; other means
//!   have that of Student.
//!
//! Times are known to a sample. Runs with outages of equal length differ by less than a sample, and
//! not by nothing: Student's interval is at least one sample wide on each side.
//!
//! Intervals are cut at the possible values of a figure.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    experiment::stats::{
        bounded::mean_within,
        censored::{Mean, MeanBound, Observation},
        intervals::{self, Interval},
    },
    results::{
        figures::{self, Figures},
        summary::FigureId,
    },
};

/// The runs of a comparison.
#[derive(Clone, Copy)]
pub(crate) struct PairedRuns<'a> {
    /// Names of the variants; the others are compared with the first one.
    pub(crate) variants: &'a [&'a str],
    /// Runs of each variant.
    pub(crate) replicates: u32,
    /// Simulated time of each run, in hours.
    pub(crate) hours: f64,
    /// The figures of the runs that did not fail, by variant times `replicates` plus replicate.
    pub(crate) figures: &'a BTreeMap<usize, Figures>,
}

/// What a run shows of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunKind {
    /// It had no outage.
    Calm,
    /// It had an outage that was over when it ended.
    Over,
    /// It was in an outage when it ended.
    Open,
}

/// One figure of all runs.
pub(crate) struct FigureRuns<'a> {
    runs: PairedRuns<'a>,
    id: FigureId,
    /// The least and greatest possible value.
    possible: (f64, f64),
}

impl<'a> PairedRuns<'a> {
    fn run(&self, variant: usize, replicate: u32) -> Option<&'a Figures> {
        let index = variant * self.replicates as usize + replicate as usize;
        self.figures.get(&index)
    }

    /// The kind of a run; `None` if it failed.
    pub(crate) fn kind(&self, variant: usize, replicate: u32) -> Option<RunKind> {
        let run = self.run(variant, replicate)?;
        Some(if figures::has_no_outage(run) {
            RunKind::Calm
        } else if figures::ends_in_outage(run) {
            RunKind::Open
        } else {
            RunKind::Over
        })
    }

    /// One figure of all runs.
    pub(crate) fn of(self, id: FigureId) -> FigureRuns<'a> {
        let (least, mut most) = figures::bounds(id, self.hours);
        if most.is_infinite() && !matches!(id, FigureId::Own(_)) {
            let norms = self
                .figures
                .values()
                .filter_map(|run| figures::get(run, FigureId::NormPeak).flatten());
            most = match id.unit() {
                "share" => 1.0,
                "user h" => norms.fold(0.0, f64::max) * self.hours,
                _ => most,
            };
            if most == 0.0 {
                most = f64::INFINITY;
            }
        }
        FigureRuns {
            runs: self,
            id,
            possible: (least, most),
        }
    }
}

/// Whether all values are equal.
fn are_equal(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

/// Whether values fall into two groups: the largest gap between neighbours is a large part of their
/// range.
fn in_groups(values: &[f64]) -> bool {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else {
        return false;
    };
    // Few values have large gaps by chance.
    let part = match sorted.len() {
        0..4 => return false,
        4..10 => 0.8,
        _ => 0.6,
    };
    let gaps = sorted.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.fold(0.0, f64::max) > (most - least) * part
}

impl FigureRuns<'_> {
    /// The figure of a run; `None` if the run failed, or has no value of a figure of one's own.
    fn observed(&self, variant: usize, replicate: u32) -> Option<Observation> {
        let run = self.runs.run(variant, replicate)?;
        if let FigureId::Own(_) = self.id {
            // It says nothing of an outage, so without a value it is unknown, and not *never*.
            figures::get(run, self.id).flatten()?;
        }
        Some(Observation::of(run, self.id))
    }

    fn all(&self, variant: usize) -> Vec<Observation> {
        let replicates = 0..self.runs.replicates;
        replicates
            .filter_map(|r| self.observed(variant, r))
            .collect()
    }

    /// The precision of the figure, if it is a time; 0 if it is not.
    fn resolution(&self) -> f64 {
        if self.id.unit() != "h" {
            return 0.0;
        }
        let samples = self.runs.figures.values();
        let hours = samples.filter_map(|run| figures::get(run, FigureId::SampleHours).flatten());
        hours.fold(0.0, f64::max)
    }

    /// Student's interval of a mean, as wide as the precision of the figure, cut at the possible values;
    /// open for a single value.
    fn student(&self, values: &[f64], possible: (f64, f64)) -> Option<Interval> {
        if let [value] = *values {
            let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
            return Some(Interval { value, low, high });
        }
        let mean = intervals::mean(values)?;
        let rounded = Interval {
            value: mean.value,
            low: mean.low.min(mean.value - self.resolution()),
            high: mean.high.max(mean.value + self.resolution()),
        };
        Some(rounded.within(possible))
    }

    /// The values that a mean over these variants can have if other outcomes than those of the runs are
    /// possible; `None` if the runs are of one kind, and vary.
    fn support(&self, variants: &[usize]) -> Option<(f64, f64)> {
        let (mut kinds, mut seen, mut grouped) = (BTreeSet::new(), Vec::new(), false);
        for variant in variants {
            let own: Vec<f64> = self.all(*variant).iter().map(|one| one.value).collect();
            grouped |= in_groups(&own);
            seen.extend(own);
            let replicates = 0..self.runs.replicates;
            kinds.extend(replicates.filter_map(|r| self.runs.kind(*variant, r)));
        }
        let least = seen.iter().copied().fold(f64::INFINITY, f64::min);
        let most = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let only = |kind: RunKind| kinds.len() == 1 && kinds.contains(&kind);
        let calm = only(RunKind::Calm);
        if only(RunKind::Over) && !grouped && self.resolution() > 0.0 {
            None
        } else if least >= most || calm && self.possible.1.is_finite() {
            Some(self.possible)
        } else if kinds.len() > 1 || grouped {
            Some((least, most))
        } else {
            None
        }
    }

    /// The mean of a variant; `None` if all its runs failed or none has a value.
    pub(crate) fn mean(&self, variant: usize) -> Option<Mean> {
        let all = self.all(variant);
        let never = all.iter().filter(|one| one.never).count();
        if never == all.len() && self.id.unit() != "h" {
            return None;
        }
        let values: Vec<f64> = all.iter().map(|one| one.value).collect();
        let around = match self.support(&[variant]) {
            Some(support) => mean_within(&values, support),
            None => self.student(&values, self.possible),
        };
        let mut mean = Mean::from(around?);
        if all.iter().any(|one| one.is_open) {
            mean.high = None;
            mean.bound = MeanBound::AtLeast;
        }
        Some(mean)
    }

    /// The order of variants: a run that never came back counts with the whole length of the run.
    pub(crate) fn rank_value(&self, variant: usize) -> Option<f64> {
        let all = self.all(variant);
        let most = self.possible.1;
        let value = |one: &Observation| match one.never {
            true if most.is_finite() => most,
            _ => one.value,
        };
        let sum: f64 = all.iter().map(value).sum();
        (!all.is_empty()).then(|| sum / all.len() as f64)
    }

    /// The number of runs in which the figure is *never*, and the number of all that did not fail.
    pub(crate) fn never(&self, variant: usize) -> (u32, u32) {
        let all = self.all(variant);
        let never = all.iter().filter(|one| one.never).count();
        (never as u32, all.len() as u32)
    }

    /// The values of the runs of a variant; *never* is infinite.
    pub(crate) fn values(&self, variant: usize) -> Vec<f64> {
        let all = self.all(variant).into_iter();
        all.map(|one| if one.never { f64::INFINITY } else { one.value })
            .collect()
    }

    /// The differences of a variant to another one, pair by pair, and whether each is exact.
    fn differences(&self, variant: usize, base: usize) -> Vec<(f64, MeanBound)> {
        let pair = |r: u32| {
            let (one, other) = (self.observed(variant, r)?, self.observed(base, r)?);
            let bound = match (one.never, other.never) {
                (false, false) => MeanBound::Exact,
                (true, false) => MeanBound::AtLeast,
                (false, true) => MeanBound::AtMost,
                (true, true) => MeanBound::Unknown,
            };
            Some((one.value - other.value, bound))
        };
        (0..self.runs.replicates).filter_map(pair).collect()
    }

    /// The differences of the pairs in which both figures have a value.
    pub(crate) fn exact_differences(&self, variant: usize, base: usize) -> Vec<f64> {
        let all = self.differences(variant, base).into_iter();
        all.filter(|(_, bound)| *bound == MeanBound::Exact)
            .map(|(value, _)| value)
            .collect()
    }

    /// The mean difference of a variant to another one.
    pub(crate) fn difference(&self, variant: usize, base: usize) -> Option<Mean> {
        let pairs = self.differences(variant, base);
        let (mut low_open, mut high_open) = (false, false);
        for (_, bound) in &pairs {
            low_open |= matches!(bound, MeanBound::AtMost | MeanBound::Unknown);
            high_open |= matches!(bound, MeanBound::AtLeast | MeanBound::Unknown);
        }
        let values: Vec<f64> = pairs.iter().map(|(value, _)| *value).collect();
        if (low_open || high_open) && self.id.unit() != "h" {
            // Nothing is known of the size of other figures that are *never*.
            let exact = self.exact_differences(variant, base);
            return self
                .student(&exact, self.two_sided(self.possible))
                .map(Mean::from);
        }
        // Equal differences say nothing about the others, whatever the values are.
        let support = match self.support(&[variant, base]) {
            None if are_equal(&values) && self.resolution() == 0.0 => Some(self.possible),
            support => support,
        };
        let around = match support {
            Some(support) => mean_within(&values, self.two_sided(support)),
            None => self.student(&values, self.two_sided(self.possible)),
        };
        let mut mean = Mean::from(around?);
        mean.bound = match (low_open, high_open) {
            (false, false) => MeanBound::Exact,
            (false, true) => MeanBound::AtLeast,
            (true, false) => MeanBound::AtMost,
            (true, true) => MeanBound::Unknown,
        };
        mean.low = mean.low.filter(|_| !low_open);
        mean.high = mean.high.filter(|_| !high_open);
        Some(mean)
    }

    /// The bounds of a difference of values within bounds.
    fn two_sided(&self, (least, most): (f64, f64)) -> (f64, f64) {
        (least - most, most - least)
    }

    /// Whether the runs of two variants have equal values in every pair.
    pub(crate) fn is_equal(&self, variant: usize, base: usize) -> bool {
        let pairs = self.differences(variant, base);
        !pairs.is_empty()
            && pairs.iter().all(|(value, bound)| {
                *value == 0.0 && matches!(bound, MeanBound::Exact | MeanBound::Unknown)
            })
    }
}
