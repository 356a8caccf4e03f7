//! The answer to `patchday fit`: the member `answer` of `answer.json`.
//!
//! Shares, errors and bands are shares of the norm; times are seconds since 1970, UTC. Quantiles are at 5,
//! 25, 50, 75 and 95 %, so that the outer two are a 90 % interval and the inner two a 50 % one. Values of
//! keys are in the unit of their range.

use serde::{Deserialize, Serialize};

use crate::experiment::{
    calibration::inference::directions::Learning,
    fit::observations::points::{FitPoint, Use},
    stats::quantiles::BAND,
};

/// Quantiles at 5, 25, 50, 75 and 95 %.
pub(crate) type Quantiles = [f64; 5];

/// The answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FitAnswer {
    /// The answer as a sentence.
    pub(crate) verdict: String,
    /// What can be said before any run.
    pub(crate) look: Vec<String>,
    pub(crate) points: Vec<PointAnswer>,
    pub(crate) keys: Vec<KeyAnswer>,
    /// Combinations of keys, the best learned first.
    pub(crate) directions: Vec<DirectionAnswer>,
    /// Pairs of keys whose correlation is above 0.3.
    pub(crate) pairs: Vec<PairAnswer>,
    pub(crate) waves: Vec<WaveAnswer>,
    /// Predictions over time: all confirmed runs, or one band for each branch.
    pub(crate) bands: Vec<BandAnswer>,
    /// The best runs with fresh seeds, if they were run.
    pub(crate) best: Option<BestAnswer>,
    pub(crate) self_check: Option<SelfCheckAnswer>,
    /// The true values of a synthetic fit.
    pub(crate) truths: Vec<TruthAnswer>,
    /// What the answer rests on, in sentences.
    pub(crate) assumed: Vec<String>,
    /// Warnings, in sentences.
    pub(crate) notes: Vec<String>,
    /// Share of the prior range that the points do not rule out.
    pub(crate) plausible: f64,
    /// Factor for users and capacities in the confirmation.
    pub(crate) confirm_scale: f64,
    /// Why the exit code is 1; `None` if the answer can be relied on.
    pub(crate) fault: Option<String>,
}

/// An observed point with its prediction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PointAnswer {
    #[serde(flatten)]
    pub(crate) point: FitPoint,
    /// Confirmed runs at the point; `None` if there are too few.
    pub(crate) predicted: Option<Quantiles>,
    /// Whether the observation, give or take its error, is within the 90 % interval of the prediction.
    pub(crate) inside: Option<bool>,
    /// How well the emulator predicts runs that it has not seen: 1 is perfect, 0 no better than the mean.
    pub(crate) q2: Option<f64>,
    /// The standard deviation of chance: another seed and nothing else.
    pub(crate) chance: Option<f64>,
}

/// A key with prior and posterior.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyAnswer {
    pub(crate) key: String,
    pub(crate) unit: String,
    /// The prior in words.
    pub(crate) prior: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The value of the file.
    pub(crate) today: Option<f64>,
    /// Quantiles of the posterior.
    pub(crate) quantiles: Quantiles,
    /// Standard deviation of the posterior divided by that of the prior.
    pub(crate) spread: f64,
    /// The value of the best confirmed point.
    pub(crate) best: Option<f64>,
    /// Whether it was fixed, because the screen found that it moves no point.
    pub(crate) fixed: bool,
    /// Share of the posterior in equal parts of the range, and of the prior.
    pub(crate) histogram: Vec<f64>,
    pub(crate) prior_histogram: Vec<f64>,
}

/// A combination of keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DirectionAnswer {
    /// The combination in words.
    pub(crate) name: String,
    /// The variance that is left, as a share of that of the prior.
    pub(crate) variance: f64,
    /// The weight of each key, in the order of the keys; their squares add up to 1.
    pub(crate) weights: Vec<f64>,
    /// Prior and posterior 90 % interval of the combination, in words; empty if it has no unit.
    pub(crate) before: String,
    pub(crate) after: String,
}

impl DirectionAnswer {
    /// How much was learned of it.
    pub(crate) fn learning(&self) -> Learning {
        Learning::new(self.variance)
    }
}

/// Two correlated keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PairAnswer {
    /// The places of the keys.
    pub(crate) keys: (usize, usize),
    pub(crate) correlation: f64,
    /// Values of both keys, drawn from the posterior.
    pub(crate) draws: Vec<(f64, f64)>,
}

/// A wave of runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WaveAnswer {
    pub(crate) runs: usize,
    /// Share of the prior range that is left after it.
    pub(crate) left: f64,
}

/// A predictive band.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BandAnswer {
    /// Which runs: all, or those of a branch.
    pub(crate) name: String,
    pub(crate) runs: usize,
    pub(crate) times: Vec<i64>,
    pub(crate) quantiles: Vec<Quantiles>,
}

/// The best point after confirmation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BestAnswer {
    /// Its mean distance to the used points over fresh seeds.
    pub(crate) confirmed: f64,
    pub(crate) seeds: usize,
    /// The distance that the best single run showed, and what fresh seeds say of the same point.
    pub(crate) single: f64,
    pub(crate) single_confirmed: f64,
    /// Overrides of the best confirmed point.
    pub(crate) set: Vec<String>,
}

/// How the method fares on runs that it has not seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SelfCheckAnswer {
    /// Whether the intervals can be relied on.
    pub(crate) passed: bool,
    /// True values inside their 90 % interval, of how many, and how many are allowed: a sound method
    /// has fewer or more in one check of a thousand.
    pub(crate) inside: usize,
    pub(crate) of: usize,
    pub(crate) allowed: (usize, usize),
    /// Number of ranks of the truth in each of equal parts from 0 to 1.
    pub(crate) ranks: Vec<usize>,
    /// The counts between which a part lies in 99 % of all checks of a sound method.
    pub(crate) rank_band: (usize, usize),
}

/// The true value of a key of a synthetic fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TruthAnswer {
    pub(crate) key: String,
    pub(crate) value: f64,
    /// Whether the 90 % interval contains it.
    pub(crate) found: bool,
}

impl FitAnswer {
    /// The number of points that are used.
    pub(crate) fn used(&self) -> usize {
        self.count(Use::Used)
    }

    /// The number of points with a use.
    pub(crate) fn count(&self, r#use: Use) -> usize {
        let kept = self.points.iter().filter(|one| one.point.r#use == r#use);
        kept.count()
    }

    /// The text of a value of a key, with its unit.
    pub(crate) fn value(key: &KeyAnswer, value: f64) -> String {
        format!("{}{}", crate::host::format::four_figures(value), key.unit)
    }
}

/// The standard quantiles of weighted values; `None` without weight. Values are finite.
pub(crate) fn quantiles(values: &[(f64, f64)]) -> Option<Quantiles> {
    let mut sorted: Vec<(f64, f64)> = values.to_vec();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    if sorted.is_empty() || total <= 0.0 {
        return None;
    }
    let at = |share: f64| {
        let mut below = 0.0;
        for (value, weight) in &sorted {
            below += weight;
            if below >= share * total {
                return *value;
            }
        }
        sorted.last().map_or(0.0, |(value, _)| *value)
    };
    Some(BAND.map(at))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn quantiles_follow_the_weights() {
        let even: Vec<(f64, f64)> = (1..=100).map(|n| (f64::from(n), 1.0)).collect();
        assert_eq!(quantiles(&even), Some([5.0, 25.0, 50.0, 75.0, 95.0]));
        assert_eq!(quantiles(&[(3.0, 1.0), (9.0, 0.0)]), Some([3.0; 5]));
        assert_eq!(quantiles(&[]), None);
        assert_eq!(quantiles(&[(1.0, 0.0)]), None);
    }

    /// A small answer: two keys, of which a product is learned, two bands, one point of each use.
    pub(crate) fn answer() -> FitAnswer {
        let point = |number: usize, hour: i64, r#use| PointAnswer {
            point: FitPoint {
                number,
                time: 1_187_222_400 + hour * 3_600,
                what: "about <half>".into(),
                share: 0.5,
                error: 0.1,
                confidence: "B".into(),
                source: "incident.csv".into(),
                within: 0,
                group: None,
                daily_peak: false,
                r#use,
            },
            predicted: Some([0.3, 0.4, 0.45, 0.5, 0.55]),
            inside: Some(true),
            q2: Some(0.8),
            chance: Some(0.05),
        };
        let key = |name: &str, unit: &str| KeyAnswer {
            key: name.into(),
            unit: unit.into(),
            prior: format!("100{unit} to 200{unit}"),
            low: 100.0,
            high: 200.0,
            today: Some(150.0),
            quantiles: [110.0, 130.0, 150.0, 160.0, 190.0],
            spread: 0.8,
            best: Some(140.0),
            fixed: false,
            histogram: vec![0.05; 20],
            prior_histogram: vec![0.05; 20],
        };
        let times: Vec<i64> = (0..40).map(|hour| 1_187_222_400 + hour * 3_600).collect();
        let band = |name: &str, level: f64| BandAnswer {
            name: name.into(),
            runs: 10,
            quantiles: times
                .iter()
                .map(|_| [0.8, 0.9, 1.0, 1.1, 1.2].map(|factor| level * factor))
                .collect(),
            times: times.clone(),
        };
        FitAnswer {
            verdict: "Two keys, one number.".into(),
            look: vec!["points 9 and 10 are alternatives".into()],
            points: vec![
                point(1, 6, Use::Used),
                point(2, 12, Use::HeldOut),
                point(3, 30, Use::Scripted),
            ],
            keys: vec![key("overlay.supernode.seats", ""), key("a.rate", "/h")],
            directions: vec![
                DirectionAnswer {
                    name: "seats x rate".into(),
                    variance: 0.1,
                    weights: vec![0.7, 0.71],
                    before: "10 k to 40 k".into(),
                    after: "20 k to 25 k".into(),
                },
                DirectionAnswer {
                    name: "seats / rate".into(),
                    variance: 0.99,
                    weights: vec![0.71, -0.7],
                    before: String::new(),
                    after: String::new(),
                },
            ],
            pairs: vec![PairAnswer {
                keys: (0, 1),
                correlation: -0.7,
                draws: vec![(110.0, 190.0), (150.0, 140.0), (190.0, 110.0)],
            }],
            waves: vec![
                WaveAnswer {
                    runs: 60,
                    left: 0.6,
                },
                WaveAnswer {
                    runs: 24,
                    left: 0.4,
                },
            ],
            bands: vec![band("falls", 0.3), band("does not fall", 0.9)],
            best: Some(BestAnswer {
                confirmed: 0.103,
                seeds: 4,
                single: 0.091,
                single_confirmed: 0.129,
                set: vec!["overlay.supernode.seats=140".into()],
            }),
            self_check: Some(SelfCheckAnswer {
                passed: true,
                inside: 70,
                of: 80,
                allowed: (65, 79),
                ranks: vec![8, 9, 7, 8, 8, 8, 9, 8, 7, 8],
                rank_band: (2, 16),
            }),
            truths: Vec::new(),
            assumed: vec!["a discrepancy of 0.05 of the norm".into()],
            notes: Vec::new(),
            plausible: 0.4,
            confirm_scale: 0.01,
            fault: None,
        }
    }
}
