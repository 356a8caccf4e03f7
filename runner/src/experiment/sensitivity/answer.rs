//! The answer to `patchday sensitivity`: the member `answer` of `answer.json`.

use serde::{Deserialize, Serialize};

use crate::{
    experiment::sensitivity::{
        screening::{ScreenedFactor, Seeds},
        variance::Variance,
    },
    host::format::short,
};

/// How effects are estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Estimator {
    /// Elementary effects of Morris.
    Morris,
    /// Sobol's indices from runs.
    Sobol,
    /// Sobol's indices from an emulator.
    SobolByEmulator,
}

/// A key that varies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VariedKey {
    pub(crate) key: String,
    /// Its values as they are given, such as `450..900` or `6h..72h,log`.
    pub(crate) levels: String,
    /// The value in the scenario; null if it is not set.
    pub(crate) today: Option<String>,
    /// The factor it belongs to: the key itself or its group.
    pub(crate) factor: String,
}

/// A run that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FailedRun {
    /// Its index in `design.csv`.
    pub(crate) run: usize,
    /// The values and the seed.
    pub(crate) point: String,
    pub(crate) why: String,
}

/// The effects of all factors on one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FigureSensitivity {
    /// The figure or the criterion.
    pub(crate) figure: String,
    pub(crate) unit: String,
    /// The least and the greatest value over all runs; null if no run has the figure.
    pub(crate) range: Option<(f64, f64)>,
    /// The runs in which it is *never*.
    pub(crate) never: u32,
    /// The runs that ended and do not have it.
    pub(crate) missing: u32,
    /// By the method of Morris: the factors by falling effect.
    pub(crate) screening: Option<Vec<ScreenedFactor>>,
    /// The effect of another seed.
    pub(crate) chance: Option<ScreenedFactor>,
    /// By Sobol's indices.
    pub(crate) variance: Option<Variance>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SensitivityAnswer {
    pub(crate) estimator: Estimator,
    /// Trajectories, or points of the design, of which a run ended.
    pub(crate) points: u32,
    /// The runs of the whole plan; more than `runs` if the budget ended before.
    pub(crate) asked: u32,
    /// Runs of each point.
    pub(crate) replicates: u32,
    pub(crate) seeds: Seeds,
    pub(crate) keys: Vec<VariedKey>,
    /// The number of factors: keys and groups.
    pub(crate) factors: u32,
    /// The criterion of the edge, and the runs that meet it.
    pub(crate) edge: String,
    pub(crate) beyond_edge: u32,
    pub(crate) runs: u32,
    pub(crate) failed: Vec<FailedRun>,
    pub(crate) figures: Vec<FigureSensitivity>,
    /// What was left out, and why.
    pub(crate) notes: Vec<String>,
}

/// A number with three figures and its unit.
pub(crate) fn quantity(value: f64, unit: &str) -> String {
    let text = number(value);
    match unit {
        "" | "share" | "0 or 1" => text,
        unit => format!("{text} {unit}"),
    }
}

/// A number with three figures.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    if size >= 999.5 {
        return short(value);
    }
    let places = (2.0 - size.log10().floor()).clamp(0.0, 6.0) as usize;
    let text = format!("{value:.places$}");
    match text.trim_matches(|c| "-0.".contains(c)) {
        "" => "0".into(),
        _ => text,
    }
}

/// An interval with its unit after the second end; empty if there is none.
pub(crate) fn interval(ends: Option<(f64, f64)>) -> String {
    ends.map_or_else(String::new, |(low, high)| {
        format!("{} to {}", number(low), number(high))
    })
}

impl FigureSensitivity {
    /// The factors that are not proved to have no effect, by falling effect.
    pub(crate) fn live(&self) -> impl Iterator<Item = &ScreenedFactor> {
        let all = self.screening.iter().flatten();
        all.filter(|one| !one.is_none())
    }

    /// The factors that are proved to have no effect.
    pub(crate) fn dead(&self) -> impl Iterator<Item = &ScreenedFactor> {
        self.screening.iter().flatten().filter(|one| one.is_none())
    }

    /// The size of the effect of another seed; 0 if it is not known.
    pub(crate) fn chance_size(&self) -> f64 {
        self.chance.as_ref().map_or(0.0, ScreenedFactor::size)
    }

    /// The factors below chance.
    pub(crate) fn below_chance(&self) -> Vec<&str> {
        let chance = self.chance_size();
        let below = self.live().filter(|one| one.size() < chance);
        below.map(|one| one.factor.as_str()).collect()
    }

    /// The answer in a few sentences.
    pub(crate) fn sentence(&self) -> String {
        if let Some(variance) = &self.variance {
            return self.sentence_of_variance(variance);
        }
        let known: Vec<&ScreenedFactor> = self.live().filter(|one| one.size() > 0.0).collect();
        let Some(first) = known.first() else {
            return format!("No key that varies changes {}.", self.figure);
        };
        let ends = first.effects.and_then(|effects| effects.interval);
        let within = ends.map_or_else(String::new, |ends| {
            format!(" (95 % interval {})", interval(Some(ends)))
        });
        let mut text = format!(
            "{} moves {} most: by {}{within} over its range",
            first.factor,
            self.figure,
            quantity(first.size(), &self.unit)
        );
        let next: Vec<String> = known[1..]
            .iter()
            .take(2)
            .map(|one| format!("{} ({})", one.factor, number(one.size())))
            .collect();
        if !next.is_empty() {
            text.push_str(&format!("; then {}", next.join(" and ")));
        }
        text.push('.');
        if self.chance.is_some() {
            let chance = quantity(self.chance_size(), &self.unit);
            let (below, live) = (self.below_chance().len(), self.live().count());
            text.push_str(&format!(" Another seed alone moves it by {chance}"));
            if below > 0 {
                text.push_str(&format!("; {below} of {live} keys move it less"));
            }
            text.push('.');
        }
        match self.dead().count() {
            0 => {}
            1 => text.push_str(" One key is proved to have no effect."),
            dead => text.push_str(&format!(" {dead} keys are proved to have no effect.")),
        }
        text
    }

    fn sentence_of_variance(&self, variance: &Variance) -> String {
        let mut known: Vec<_> = variance
            .factors
            .iter()
            .filter(|one| one.indices.is_some())
            .collect();
        known.sort_by(|one, other| other.size().total_cmp(&one.size()));
        let keys: Vec<_> = known.iter().filter(|one| one.factor != "chance").collect();
        let Some(first) = keys.first() else {
            return format!("{} does not vary.", self.figure);
        };
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let interval = first.indices.and_then(|found| found.total.interval);
        let interval = interval.map_or_else(String::new, |(low, high)| {
            // A part of a variance is between none and all of it, an estimate need not be.
            let [low, high] = [low, high].map(|end| percent(end.clamp(0.0, 1.0)));
            format!(" (95 % interval {low} to {high})")
        });
        let mut text = format!(
            "{} has a part in {}{interval} of the variance of {}",
            first.factor,
            percent(first.size()),
            self.figure
        );
        let next = keys[1..].iter().take(2);
        let next: Vec<String> = next
            .map(|one| format!("{} in {}", one.factor, percent(one.size())))
            .collect();
        if !next.is_empty() {
            text.push_str(&format!("; {}", next.join(" and ")));
        }
        text.push('.');
        if let Some(chance) = known.iter().find(|one| one.factor == "chance") {
            text.push_str(&format!(
                " Chance has a part in {}.",
                percent(chance.size())
            ));
        }
        if let Some(q2) = variance.q2 {
            let predicted = percent(q2.max(0.0));
            text.push_str(&format!(
                " The emulator predicts {predicted} of the variance of a run."
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_figures() {
        for (value, text) in [
            (0.0, "0"),
            (31.94, "31.9"),
            (0.007_4, "0.00740"),
            (-5.5, "-5.50"),
            (192e6, "192 M"),
            (999.0, "999"),
            (1e-9, "0"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(quantity(5.3, "h"), "5.30 h");
        assert_eq!(quantity(0.25, "share"), "0.250");
        assert_eq!(interval(Some((19.0, 45.2))), "19.0 to 45.2");
    }
}
