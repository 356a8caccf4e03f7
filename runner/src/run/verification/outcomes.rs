//! The outcomes of two runs side by side.
//!
//! Figures are those of the summaries; hours are simulated, shares are of the norm. A figure that
//! neither run has is left out.

use serde::Serialize;

use crate::{
    host::format::{duration, rounded, short},
    results::{
        figures::{Figures, get},
        summary::{Figure, FigureId},
    },
};

/// The figures that describe an outcome, and how they are called.
const SHOWN: [(FigureId, &str); 7] = [
    (FigureId::OutageHours, "outage"),
    (FigureId::HoursTo90Percent, "until 90 % were back"),
    (FigureId::HoursBelow90Percent, "below 90 %"),
    (FigureId::HoursBelow50Percent, "below 50 %"),
    (FigureId::OnlineShareMin, "lowest share online"),
    (FigureId::UserHoursLost, "user hours lost"),
    (FigureId::Recovered, "back when the run ends"),
];

/// A figure of two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct OutcomePair {
    /// The name of the figure.
    figure: String,
    unit: &'static str,
    #[serde(skip)]
    words: &'static str,
    #[serde(skip)]
    id: FigureId,
    /// The value of the first run; null for *never*, and if the run does not have it.
    one: Option<f64>,
    /// The value of the second run.
    other: Option<f64>,
    #[serde(skip)]
    has: (bool, bool),
}

/// The outcomes of two runs.
pub(crate) fn pairs(one: &Figures, other: &Figures) -> Vec<OutcomePair> {
    let pair = |(id, words): (FigureId, &'static str)| {
        let (first, second) = (get(one, id), get(other, id));
        let has = (first.is_some(), second.is_some());
        (has != (false, false)).then(|| OutcomePair {
            figure: id.name().into_owned(),
            unit: id.unit(),
            words,
            id,
            one: first.flatten(),
            other: second.flatten(),
            has,
        })
    };
    SHOWN.into_iter().filter_map(pair).collect()
}

impl OutcomePair {
    /// The cells of a table: what it is, the two values, and the difference of the second from the
    /// first.
    pub(crate) fn cells(&self) -> Vec<String> {
        let difference = match (self.one, self.other) {
            (Some(one), Some(other)) if self.id != FigureId::Recovered => {
                let difference = other - one;
                let sign = match difference {
                    less if less < 0.0 => "-",
                    more if more > 0.0 => "+",
                    _ => "",
                };
                let size = self.words_of(difference.abs());
                // The difference of two shares is in points.
                let size = match self.unit {
                    "share" => size.replace(" %", " points"),
                    _ => size,
                };
                format!("{sign}{size}")
            }
            _ => String::new(),
        };
        vec![
            self.words.to_owned(),
            self.cell(self.has.0, self.one),
            self.cell(self.has.1, self.other),
            difference,
        ]
    }

    fn cell(&self, has: bool, figure: Figure) -> String {
        match (has, figure) {
            (false, _) => "unknown".into(),
            (true, None) if self.id == FigureId::Recovered => "unknown".into(),
            (true, None) => "never".into(),
            (true, Some(value)) if self.id == FigureId::Recovered => {
                if value == 0.0 { "no" } else { "yes" }.into()
            }
            (true, Some(0.0)) if self.id == FigureId::OutageHours => "none".into(),
            (true, Some(value)) => self.words_of(value),
        }
    }

    /// A value with its unit.
    fn words_of(&self, value: f64) -> String {
        match self.unit {
            "h" => duration(value * 3_600.0),
            "share" => format!("{} %", rounded(value * 100.0, 2)),
            _ => short(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{figures::figures, samples::tests::hourly, summary::Summary};

    #[test]
    fn two_outcomes_stand_beside_each_other_with_their_difference() {
        let of = |online: &[u64]| figures(&Summary::new("t", &hourly(online), &[]));
        let calm = of(&[1_000, 1_000, 1_000, 1_000]);
        let down = of(&[1_000, 400, 400, 1_000]);
        let pairs = pairs(&calm, &down);
        let row = |words: &str| {
            let row = pairs.iter().find(|pair| pair.words == words).unwrap();
            row.cells()[1..].join(" | ")
        };
        assert_eq!(pairs[0].words, "outage");
        assert_eq!(row("outage"), "none | 2 h | +2 h");
        assert_eq!(row("below 50 %"), "0 s | 2 h | +2 h");
        assert_eq!(row("lowest share online"), "100 % | 40 % | -60 points");
        assert_eq!(row("user hours lost"), "0 | 1.20 k | +1.20 k");
    }
}
