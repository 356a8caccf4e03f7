//! The answer of `patchday sensitivity` as text for the terminal.

use crate::{
    experiment::sensitivity::{
        answer::{Estimator, FigureSensitivity, SensitivityAnswer, interval, number},
        screening::{ScreenedFactor, Seeds},
        variance::{Variance, VarianceFactor},
    },
    host::text::text_table::{left, right, text_table},
};

/// The most failed runs that are named.
const MOST_FAILED: usize = 10;

impl SensitivityAnswer {
    /// The answer as text.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.runs_in_words());
        for figure in &self.figures {
            text.push_str(&self.figure_text(figure));
            text.push('\n');
        }
        for note in self.remarks() {
            text.push_str(&note);
            text.push('\n');
        }
        text
    }

    /// How many runs were made of what, in one line.
    pub(crate) fn runs_in_words(&self) -> String {
        let points = match self.estimator {
            Estimator::Morris => format!(
                "{} trajectories of {} + 1 runs",
                self.points,
                u64::from(self.factors) + 1
            ),
            Estimator::Sobol => {
                let chance = u64::from(self.seeds == Seeds::Common);
                let runs = (u64::from(self.factors) + 2 + chance) * u64::from(self.replicates);
                format!("{} rows of {runs} runs", self.points)
            }
            Estimator::SobolByEmulator if self.replicates == 1 => {
                format!("an emulator of {} runs", self.points)
            }
            Estimator::SobolByEmulator => {
                format!(
                    "an emulator of {} points, {} runs each",
                    self.points, self.replicates
                )
            }
        };
        let ended = self.runs.saturating_sub(self.failed.len() as u32);
        let share = f64::from(self.beyond_edge) / f64::from(ended.max(1));
        format!("{points}; {share:.2} of the runs have {}", self.edge)
    }

    fn figure_text(&self, figure: &FigureSensitivity) -> String {
        let unit = match figure.unit.as_str() {
            "" => String::new(),
            unit => format!(" [{unit}]"),
        };
        let Some(range) = figure.range else {
            return format!("{}{unit}: no run has this figure\n", figure.figure);
        };
        let mut text = format!(
            "{}{unit}: {} to {} over all runs{}\n",
            figure.figure,
            number(range.0),
            number(range.1),
            figure.exceptions()
        );
        match &figure.variance {
            Some(variance) => text.push_str(&variance_table(variance)),
            None => text.push_str(&self.screening_text(figure)),
        }
        text
    }

    fn screening_text(&self, figure: &FigureSensitivity) -> String {
        let row = |one: &ScreenedFactor| {
            let effects = one.effects;
            vec![
                one.factor.clone(),
                effects.map_or_else(|| "not known".into(), |one| number(one.mean_abs)),
                interval(effects.and_then(|one| one.interval)),
                one.sign().to_owned(),
                effects.map_or_else(String::new, |one| number(one.deviation)),
                format!("{} of {}", one.crossed, one.steps),
                one.given_edge.map_or_else(String::new, number),
            ]
        };
        let mut rows: Vec<Vec<String>> = figure.live().map(row).collect();
        if let Some(chance) = &figure.chance {
            rows.push(row(chance));
        }
        let columns = [
            left("key"),
            right("effect mu*"),
            right("95 %"),
            left("sign"),
            right("uneven sigma"),
            right("edge"),
            right("beyond it"),
        ];
        let mut text = text_table(&columns, rows);
        for dead in figure.dead() {
            let (same, steps) = (dead.same_digest, dead.steps);
            text.push_str(&format!(
                "{}  none: same digest in {same} of {steps}\n",
                dead.factor
            ));
        }
        let below = figure.below_chance();
        if !below.is_empty() {
            text.push_str(&format!(
                "{} below chance: {}\n",
                below.len(),
                below.join(", ")
            ));
        }
        text
    }

    /// What holds for all figures: failed runs, a budget that ended, how to be surer.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = self.notes.clone();
        for failed in self.failed.iter().take(MOST_FAILED) {
            remarks.push(format!(
                "run {} failed and is in no number: {}: {}",
                failed.run, failed.point, failed.why
            ));
        }
        let more = self.failed.len().saturating_sub(MOST_FAILED);
        if more > 0 {
            remarks.push(format!("{more} more runs failed; see runs.csv"));
        }
        if self.runs < self.asked {
            remarks.push(format!(
                "the budget ended the analysis: {} of {} runs",
                self.runs, self.asked
            ));
        }
        if self.estimator == Estimator::Morris && self.points > 0 {
            let (points, factors) = (u64::from(self.points), u64::from(self.factors));
            let more = 3 * points;
            remarks.push(format!(
                "an effect is the change of the figure over the whole range of a key; that of chance is \
                 the difference of two seeds. Intervals are half as wide with {more} more trajectories \
                 ({} runs); --trajectories {} makes only those",
                more * (factors + 2),
                points + more
            ));
        }
        if self.estimator == Estimator::Sobol && self.seeds == Seeds::Own {
            remarks.push("with --seeds own chance is in the part that no key explains".into());
        }
        remarks
    }
}

impl FigureSensitivity {
    /// The runs in which the figure is *never* or missing; empty without any.
    pub(crate) fn exceptions(&self) -> String {
        let mut text = String::new();
        if self.never > 0 {
            text.push_str(&format!(
                "; never in {} runs, which count with the time to their end",
                self.never
            ));
        }
        if self.missing > 0 {
            text.push_str(&format!("; {} runs do not have it", self.missing));
        }
        text
    }
}

/// The factors of a variance by falling total index, those without an effect last.
pub(crate) fn ordered(variance: &Variance) -> Vec<&VarianceFactor> {
    let mut factors: Vec<&VarianceFactor> = variance.factors.iter().collect();
    factors.sort_by(|one, other| {
        let dead = one.is_none().cmp(&other.is_none());
        dead.then(other.size().total_cmp(&one.size()))
    });
    factors
}

fn variance_table(variance: &Variance) -> String {
    let factors = ordered(variance);
    let live = factors.iter().filter(|one| !one.is_none());
    let rows = live.map(|one| {
        let share = |value: f64| format!("{value:.3}");
        let ends = |ends: Option<(f64, f64)>| {
            ends.map_or_else(String::new, |(low, high)| {
                format!("{} to {}", share(low), share(high))
            })
        };
        match one.indices {
            Some(found) => vec![
                one.factor.clone(),
                share(found.first.value),
                ends(found.first.interval),
                share(found.total.value),
                ends(found.total.interval),
            ],
            None => {
                let rest = ["not known", "", "not known", ""].map(str::to_owned);
                std::iter::once(one.factor.clone()).chain(rest).collect()
            }
        }
    });
    let columns = [
        left("key"),
        right("alone S1"),
        right("95 %"),
        right("in all ST"),
        right("95 %"),
    ];
    let mut text = text_table(&columns, rows);
    for dead in factors.iter().filter(|one| one.is_none()) {
        let (same, pairs) = (dead.same_digest, dead.pairs);
        text.push_str(&format!(
            "{}  none: same digest in {same} of {pairs}\n",
            dead.factor
        ));
    }
    if variance.left_out > 0 {
        text.push_str(&format!(
            "{} of {} rows are left out, because a run failed or has no such figure\n",
            variance.left_out,
            u64::from(variance.left_out) + u64::from(variance.rows)
        ));
    }
    match variance.q2 {
        Some(q2) if q2 < 0.5 => text.push_str(&format!(
            "the emulator predicts only {:.0} % of the variance of a run (leave-one-out Q2 {q2:.2}): \
             more --points or --reps, or the indices from runs\n",
            100.0 * q2.max(0.0)
        )),
        Some(q2) => text.push_str(&format!(
            "the emulator predicts {:.0} % of the variance of a run (leave-one-out Q2 {q2:.2})\n",
            100.0 * q2
        )),
        None => {}
    }
    text
}
