//! A logistic curve through counts of successes, and its tipping point.
//!
//! The chance of success at level `x` is `1 / (1 + exp(-s (x - t)))`; `t` is the tipping
//! point, `s` the steepness. Fitted by penalised likelihood (Firth 1993, "Bias reduction of
//! maximum likelihood estimates"; the penalty is half the logarithm of the determinant of
//! the information), which also has a maximum when the levels of success and failure do not
//! overlap. The interval is that of the likelihood profile: all `t` whose best curve is
//! not worse than the best of all by more than half the 95 % quantile of chi-square with one
//! degree of freedom.

/// Runs at one level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trials {
    pub(crate) level: f64,
    pub(crate) runs: u32,
    pub(crate) successes: u32,
}

/// A fitted curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogisticCurve {
    /// The level at which success and failure are equally likely.
    pub(crate) tip: f64,
    /// The 95 % interval of `tip`; an end is infinite if the data sets no bound.
    pub(crate) interval: (f64, f64),
    /// The steepness; negative if runs succeed below the tip.
    pub(crate) slope: f64,
}

impl LogisticCurve {
    /// The chance of success at a level.
    pub(crate) fn at(&self, level: f64) -> f64 {
        chance(self.slope * (level - self.tip))
    }
}

/// The 95 % quantile of chi-square with one degree of freedom.
const QUANTILE: f64 = 3.841_458_820_694_124;

fn chance(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// The penalised logarithm of the likelihood of a curve with logit `a + b x`.
fn likelihood(trials: &[Trials], a: f64, b: f64) -> f64 {
    let (mut sum, mut i00, mut i01, mut i11) = (0.0, 0.0, 0.0, 0.0);
    for one in trials {
        let logit = a + b * one.level;
        let (yes, no) = (
            f64::from(one.successes),
            f64::from(one.runs - one.successes),
        );
        // ln(1 + exp(z)) without overflow.
        let soft = |z: f64| z.max(0.0) + (-z.abs()).exp().ln_1p();
        sum -= yes * soft(-logit) + no * soft(logit);
        let p = chance(logit);
        let weight = f64::from(one.runs) * p * (1.0 - p);
        i00 += weight;
        i01 += weight * one.level;
        i11 += weight * one.level * one.level;
    }
    let determinant = i00 * i11 - i01 * i01;
    sum + 0.5 * determinant.max(f64::MIN_POSITIVE).ln()
}

/// Golden-section steps: to a precision of 1e-10 of the range, and of 6e-6, enough to compare peaks.
const CLOSE: u32 = 48;
const ROUGH: u32 = 25;

/// The position and value of the maximum of a function with one peak in a range.
fn peak(low: f64, high: f64, steps: u32, value: impl Fn(f64) -> f64) -> (f64, f64) {
    // Golden section.
    const RATIO: f64 = 0.618_033_988_749_894_8;
    let (mut low, mut high) = (low, high);
    let (mut left, mut right) = (high - RATIO * (high - low), low + RATIO * (high - low));
    let (mut at_left, mut at_right) = (value(left), value(right));
    for _ in 0..steps {
        if at_left < at_right {
            (low, left, at_left) = (left, right, at_right);
            right = low + RATIO * (high - low);
            at_right = value(right);
        } else {
            (high, right, at_right) = (right, left, at_left);
            left = high - RATIO * (high - low);
            at_left = value(left);
        }
    }
    if at_left > at_right {
        (left, at_left)
    } else {
        (right, at_right)
    }
}

/// The best curve through the trials; none without both successes and failures, or at
/// fewer than two levels. `success_below` says on which side success is.
pub(crate) fn fit(trials: &[Trials], success_below: bool) -> Option<LogisticCurve> {
    let (yes, all) = trials.iter().fold((0, 0), |(yes, all), one| {
        (yes + one.successes, all + one.runs)
    });
    let low = trials
        .iter()
        .map(|one| one.level)
        .fold(f64::INFINITY, f64::min);
    let high = trials
        .iter()
        .map(|one| one.level)
        .fold(f64::NEG_INFINITY, f64::max);
    if yes == 0 || yes == all || low >= high {
        return None;
    }
    // Levels are scaled to 0..1, so that the range of steepness is known.
    let unit: Vec<Trials> = trials
        .iter()
        .map(|one| Trials {
            level: (one.level - low) / (high - low),
            ..*one
        })
        .collect();
    let sign = if success_below { -1.0 } else { 1.0 };
    // The best curve with the tip `t`, over the logarithm of the steepness.
    let profile_in = |steps: u32, t: f64| {
        let at = |log_slope: f64| {
            let b = sign * log_slope.exp();
            likelihood(&unit, -b * t, b)
        };
        peak(-2.0, 9.0, steps, at)
    };
    let profile = |t: f64| profile_in(CLOSE, t);
    // A coarse search first, since the profile may be flat between two levels.
    let steps = 200;
    let place = |step: i32| -0.5 + 2.0 * f64::from(step) / f64::from(steps);
    let rough = |step: i32| profile_in(ROUGH, place(step)).1;
    let looks: Vec<(i32, f64)> = (0..=steps).map(|step| (step, rough(step))).collect();
    let (best_step, _) = looks
        .into_iter()
        .max_by(|one, other| one.1.total_cmp(&other.1))?;
    let around = (place(best_step - 1), place(best_step + 1));
    let (tip, best) = peak(around.0, around.1, CLOSE, |t| profile(t).1);
    let slope = sign * profile(tip).0.exp();
    let within = |t: f64| 2.0 * (best - profile(t).1) <= QUANTILE;
    let edge = |inside: f64, outside: f64| {
        if within(outside) {
            return outside.signum() * f64::INFINITY;
        }
        let (mut inside, mut outside) = (inside, outside);
        for _ in 0..50 {
            let middle = f64::midpoint(inside, outside);
            if within(middle) {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        inside
    };
    let back = |t: f64| low + t * (high - low);
    Some(LogisticCurve {
        tip: back(tip),
        interval: (back(edge(tip, -3.0)), back(edge(tip, 4.0))),
        slope: slope / (high - low),
    })
}

#[cfg(test)]
mod tests {
    use patchday_core::Random;

    use super::*;

    /// Trials of a true curve, drawn.
    fn drawn(seed: u64, levels: &[f64], runs: u32, tip: f64, slope: f64) -> Vec<Trials> {
        let random = Random::new(seed);
        let one = |(place, level): (usize, &f64)| {
            let p = chance(slope * (level - tip));
            let hit = |run: &u32| {
                let word = random.draw(place as u32, *run, 1, 0).word(0);
                f64::from(word) / 4_294_967_296.0 < p
            };
            Trials {
                level: *level,
                runs,
                successes: (0..runs).filter(hit).count() as u32,
            }
        };
        levels.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_interval_has_its_coverage() {
        let levels = [0.05, 0.10, 0.12, 0.14, 0.16, 0.18, 0.25];
        for (runs, slope) in [(20, -60.0), (10, -200.0), (40, -25.0)] {
            let (mut covered, mut fitted) = (0, 0);
            for seed in 0..400 {
                if let Some(curve) = fit(&drawn(seed, &levels, runs, 0.137, slope), true) {
                    fitted += 1;
                    let (low, high) = curve.interval;
                    covered += u32::from((low..=high).contains(&0.137));
                }
            }
            assert!(fitted > 395, "{fitted}");
            // 95 %, with four standard errors of 400; steeper than the levels are close, it
            // covers more.
            let share = f64::from(covered) / f64::from(fitted);
            assert!((0.906..=1.0).contains(&share), "{runs} {slope}: {share}");
        }
    }

    #[test]
    fn the_tip_of_plenty_of_trials_is_the_true_one() {
        let levels: Vec<f64> = (0..=20).map(|step| f64::from(step) / 20.0).collect();
        let curve = fit(&drawn(3, &levels, 2_000, 0.4, 12.0), false).unwrap();
        assert!((curve.tip - 0.4).abs() < 0.01, "{curve:?}");
        assert!((curve.slope - 12.0).abs() < 0.5, "{curve:?}");
        assert!((curve.at(0.4) - 0.5).abs() < 0.05);
    }

    #[test]
    fn without_overlap_the_tip_lies_between() {
        let trials = [(0.1, 10), (0.2, 10), (0.3, 0), (0.4, 0)].map(|(level, successes)| Trials {
            level,
            runs: 10,
            successes,
        });
        let curve = fit(&trials, true).unwrap();
        assert!((curve.tip - 0.25).abs() < 0.02, "{curve:?}");
        let (low, high) = curve.interval;
        assert!(low > 0.15 && high < 0.35, "{curve:?}");
        assert_eq!(fit(&trials[..2], true), None);
        assert_eq!(fit(&[], true), None);
    }
}
