//! From the result of the calibration to the answer of a fit.

use serde_json::{Value, json};

use crate::{
    experiment::{
        calibration::{
            answer::{CalibrationAnswer, Inference, Informs},
            emulation::branch::Split,
            question::CalibrationQuestion,
            waves::WavesEnd,
        },
        fit::{
            answer::{
                BestAnswer, FitAnswer, PointAnswer, SelfCheckAnswer, TruthAnswer, WaveAnswer,
                quantiles,
            },
            bands::{bands, rounded_all},
            files::{FitRun, PosteriorRow},
            keys::FitKey,
            learned::{directions, key_answers, pairs, verdict},
            observations::outputs::OutputMap,
            observations::points::FitPoint,
            plan::FitPlan,
        },
    },
    host::format::rounded,
    results::run_record::RunRecord,
};

/// A standard deviation times this is half of a 90 % interval.
const NINETY: f64 = 1.644_853_626_951_472_7;
/// The fewest confirmed runs of which quantiles are given.
const LEAST_DRAWS: usize = 4;
/// Parts of the histogram of ranks.
const RANK_PARTS: usize = 10;

/// The answer, and what the files have beside it.
pub(crate) struct Concluded {
    pub(crate) answer: FitAnswer,
    pub(crate) posterior: Vec<PosteriorRow>,
    pub(crate) emulator: Value,
}

/// The parts of a fit that a conclusion needs.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub(crate) plan: &'a FitPlan,
    /// The points, with the values of the truth if the fit is synthetic.
    pub(crate) points: &'a [FitPoint],
    pub(crate) question: &'a CalibrationQuestion,
    pub(crate) map: &'a OutputMap,
    pub(crate) result: &'a CalibrationAnswer,
    pub(crate) runs: &'a [FitRun],
    pub(crate) truth: Option<&'a [f64]>,
    pub(crate) confirm_scale: f64,
}

impl Evidence<'_> {
    /// The conclusion.
    pub(crate) fn conclude(self) -> Concluded {
        let Self { plan, result, .. } = self;
        let inference = result.inference.as_ref();
        let draws: Vec<&RunRecord> = self.draws();
        let keys = key_answers(&plan.keys, result);
        let directions = inference.map_or_else(Vec::new, |one| directions(&plan.keys, result, one));
        let truths = self.truths(&keys.iter().map(|key| key.quantiles).collect::<Vec<_>>());
        let mut before = 0;
        let waves = result.waves.iter().map(|wave| {
            let runs = wave.runs - before;
            before = wave.runs;
            WaveAnswer {
                runs,
                left: rounded(wave.share, 4),
            }
        });
        let answer = FitAnswer {
            verdict: verdict(&keys, &directions, result),
            look: plan.look.sentences.clone(),
            points: self.points(&draws),
            pairs: inference.map_or_else(Vec::new, |one| pairs(&plan.keys, result, one)),
            waves: waves.collect(),
            bands: bands(&draws, &self.upper(&draws)),
            best: inference.and_then(|one| best(&plan.keys, one)),
            self_check: inference.and_then(self_check),
            truths,
            assumed: plan.assumed.clone(),
            notes: self.notes(),
            plausible: result
                .waves
                .last()
                .map_or(1.0, |wave| rounded(wave.share, 4)),
            confirm_scale: self.confirm_scale,
            fault: fault(result, &self.kept_keys()),
            keys,
            directions,
        };
        Concluded {
            answer,
            posterior: inference.map_or_else(Vec::new, |one| self.posterior(one)),
            emulator: self.emulator(),
        }
    }

    /// The confirmed draws of the posterior that did not fail.
    fn draws(&self) -> Vec<&RunRecord> {
        let of_draws = self.runs.iter().filter(|run| run.draw);
        let records = of_draws.map(|run| &run.record);
        records
            .filter(|record| self.map.outputs(record).is_some())
            .collect()
    }

    /// Whether each draw is in the upper branch; empty if there is one branch.
    fn upper(&self, draws: &[&RunRecord]) -> Vec<bool> {
        let Some(split) = self.result.split else {
            return Vec::new();
        };
        let is_upper = |record: &&RunRecord| {
            let outputs = self.map.outputs(record);
            outputs.is_some_and(|outputs| Split::is_upper(split, &outputs))
        };
        draws.iter().map(is_upper).collect()
    }

    fn points(&self, draws: &[&RunRecord]) -> Vec<PointAnswer> {
        let quality = self.result.waves.last().map(|wave| &wave.quality);
        let answer = |(place, point): (usize, &FitPoint)| {
            let values: Vec<(f64, f64)> = draws
                .iter()
                .filter_map(|record| Some((record.observed.get(place).copied().flatten()?, 1.0)))
                .collect();
            let enough = values.len() >= LEAST_DRAWS;
            let predicted = quantiles(&values).filter(|_| enough).map(rounded_all);
            let output = self.map.output_of(place);
            let of_output = |all: &[f64]| output.and_then(|output| all.get(output)).copied();
            PointAnswer {
                inside: predicted.map(|[low, .., high]| {
                    let error = NINETY * point.error;
                    (low - error..=high + error).contains(&point.share)
                }),
                predicted,
                q2: output.and_then(|output| Some(rounded(quality?.get(output)?.q2, 3))),
                chance: self
                    .result
                    .chance
                    .as_deref()
                    .and_then(of_output)
                    .map(|sd| rounded(sd, 4)),
                point: FitPoint {
                    share: rounded(point.share, 5),
                    error: rounded(point.error, 5),
                    ..point.clone()
                },
            }
        };
        self.points.iter().enumerate().map(answer).collect()
    }

    fn truths(&self, found: &[[f64; 5]]) -> Vec<TruthAnswer> {
        let Some(truth) = self.truth else {
            return Vec::new();
        };
        let keys = self.plan.keys.iter().zip(truth).zip(found);
        keys.map(|((key, value), quantiles)| TruthAnswer {
            key: key.prior.key.clone(),
            value: *value,
            found: (quantiles[0]..=quantiles[4]).contains(value),
        })
        .collect()
    }

    /// What the runs say about points and method, in sentences.
    fn notes(&self) -> Vec<String> {
        let result = self.result;
        let mut notes = Vec::new();
        let named = |informs: Informs| -> Vec<&str> {
            let pairs = self.question.points.iter().zip(&result.points);
            let kept = pairs.filter(|(point, one)| !point.held_out && one.informs == informs);
            kept.map(|(point, _)| point.name.as_str()).collect()
        };
        let fixed = named(Informs::Fixed);
        if !fixed.is_empty() {
            notes.push(format!(
                "the same value in every run, so it cannot inform: {}",
                fixed.join(", ")
            ));
        }
        let little = named(Informs::TooLittle);
        if !little.is_empty() {
            notes.push(format!(
                "the keys move it by less than half of its error, so it hardly informs: {}",
                little.join(", ")
            ));
        }
        if let Some(screening) = &result.screening {
            let keys = self.plan.keys.iter().enumerate();
            let fixed: Vec<&str> = keys
                .filter(|(place, _)| !screening.kept.contains(place))
                .map(|(_, key)| key.prior.key.as_str())
                .collect();
            if !fixed.is_empty() {
                notes.push(format!(
                    "moves no used point in {} trajectories, so it is fixed: {}",
                    screening.trajectories,
                    fixed.join(", ")
                ));
            }
        }
        if let Some(inference) = &result.inference
            && inference.power.power < 1.0
        {
            notes.push(format!(
                "the likelihood is taken to the power {}: without it, intervals of runs that the emulator \
                 had not seen covered too few",
                inference.power.power
            ));
        }
        if result.split.is_some() {
            notes.push("the runs part into two branches, which have an emulator each".into());
        }
        if result.waves_end == WavesEnd::Budget {
            notes.push(
                "the runs ended while waves still ruled out a part of the range: more of them \
                 (--runs, --until-settled) can tell more"
                    .into(),
            );
        }
        let failed = result.failed();
        if failed > 0 {
            notes.push(format!("{failed} runs failed and are left out"));
        }
        notes
    }

    fn posterior(&self, inference: &Inference) -> Vec<PosteriorRow> {
        let all: usize = inference.sample.iter().map(|(_, count, _)| count).sum();
        let row = |(at, count, expected): &(usize, usize, Vec<f64>)| {
            let units = &inference.posterior.units[*at];
            let values = self.plan.keys.iter().enumerate().map(|(place, key)| {
                let kept = self.result.kept.iter().position(|kept| *kept == place);
                let value = kept.map(|kept| key.prior.exact(units[kept]));
                key.text(value.unwrap_or_else(|| key.fixed_value()))
            });
            let at_points = self
                .question
                .points
                .iter()
                .map(|point| expected[point.output]);
            PosteriorRow {
                weight: *count as f64 / all.max(1) as f64,
                values: values.collect(),
                model: at_points.collect(),
            }
        };
        inference.sample.iter().map(row).collect()
    }

    /// The keys that the screen kept.
    fn kept_keys(&self) -> Vec<&str> {
        let kept = self.result.kept.iter();
        kept.map(|kept| self.plan.keys[*kept].prior.key.as_str())
            .collect()
    }

    /// What `emulator.json` has: how well each point is predicted, wave by wave.
    fn emulator(&self) -> Value {
        let names = self.question.points.iter();
        let names: Vec<(String, usize)> = names
            .map(|point| (point.name.clone(), point.output))
            .collect();
        let wave =
            |(number, wave): (usize, &crate::experiment::calibration::answer::WaveSummary)| {
                let point = |(name, output): &(String, usize)| {
                    let quality = wave.quality.get(*output);
                    let shapes = wave.shapes.iter().filter_map(|branch| branch.get(*output));
                    let shapes = shapes.map(|shape| {
                        let lengths: Vec<f64> = shape
                            .lengths
                            .iter()
                            .map(|length| rounded(*length, 6))
                            .collect();
                        json!({ "lengths": lengths, "nugget": rounded(shape.nugget, 9) })
                    });
                    json!({
                        "point": name,
                        "q2": quality.map(|one| rounded(one.q2, 6)),
                        "coverage_90": quality.map(|one| rounded(one.coverage, 6)),
                        "spread": quality.map(|one| rounded(one.spread, 6)),
                        "noise": quality.map(|one| rounded(one.noise, 9)),
                        "branches": shapes.collect::<Vec<Value>>(),
                    })
                };
                json!({
                    "wave": number + 1,
                    "runs": wave.runs,
                    "left": rounded(wave.share, 6),
                    "uncertainty": rounded(wave.uncertainty, 6),
                    "points": names.iter().map(point).collect::<Vec<Value>>(),
                })
            };
        json!({
            "keys": self.kept_keys(),
            "kernel": "Matern 5/2, a length for each key in units of its prior, on the logit of the share",
            "waves": self.result.waves.iter().enumerate().map(wave).collect::<Vec<Value>>(),
        })
    }
}

/// Why the answer cannot be relied on; `None` if it can.
fn fault(result: &CalibrationAnswer, names: &[&str]) -> Option<String> {
    let Some(inference) = &result.inference else {
        return Some(
            "no point of the range is plausible: everywhere, some point is more than three standard \
             deviations away; widen the ranges, or look at the points and their errors"
                .into(),
        );
    };
    match &inference.confirmation.self_check {
        None => Some("every confirming run failed, so nothing was checked".into()),
        Some(check) if !check.is_passed() => Some(format!(
            "the self-check fails: {}",
            check.failures(names).join("; ")
        )),
        Some(_) => None,
    }
}

fn best(keys: &[FitKey], inference: &Inference) -> Option<BestAnswer> {
    let all = &inference.confirmation.best;
    let first = all.first()?;
    let lucky = all
        .iter()
        .min_by(|one, other| one.single.total_cmp(&other.single))?;
    let set = keys.iter().zip(&first.values);
    Some(BestAnswer {
        confirmed: rounded(first.mean()?, 4),
        seeds: first.again.len(),
        single: rounded(lucky.single, 4),
        single_confirmed: rounded(lucky.mean()?, 4),
        set: set.map(|(key, value)| key.set(*value)).collect(),
    })
}

fn self_check(inference: &Inference) -> Option<SelfCheckAnswer> {
    let check = inference.confirmation.self_check.as_ref()?;
    let mut ranks = vec![0; RANK_PARTS];
    for rank in check.keys.iter().flat_map(|key| &key.ranks) {
        let part = (rank * RANK_PARTS as f64) as usize;
        ranks[part.min(RANK_PARTS - 1)] += 1;
    }
    let of = ranks.iter().sum();
    Some(SelfCheckAnswer {
        passed: check.is_passed(),
        inside: check.inside(),
        of,
        allowed: check.allowed,
        rank_band: even_band(of, RANK_PARTS),
        ranks,
    })
}

/// The counts between which one of `parts` equal parts has 99 % of the time, of `count` even values.
fn even_band(count: usize, parts: usize) -> (usize, usize) {
    const TAIL: f64 = 0.005;
    let chance = 1.0 / parts.max(2) as f64;
    let mut log = count as f64 * (1.0 - chance).ln();
    let (mut below, mut low, mut high) = (0.0, None, count);
    for hits in 0..=count {
        below += log.exp();
        if low.is_none() && below > TAIL {
            low = Some(hits);
        }
        if below >= 1.0 - TAIL {
            high = hits;
            break;
        }
        log += ((count - hits) as f64 / (hits + 1) as f64).ln() + (chance / (1.0 - chance)).ln();
    }
    (low.unwrap_or(0), high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_of_counts_is_that_of_the_binomial_distribution() {
        // Quantiles of Binomial(100, 0.1) and Binomial(20, 0.1) at 0.5 and 99.5 %.
        assert_eq!(even_band(100, 10), (3, 18));
        assert_eq!(even_band(20, 10), (0, 6));
        assert_eq!(even_band(0, 10), (0, 0));
    }
}
