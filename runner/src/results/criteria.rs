//! Criteria: `FIGURE OPERATOR NUMBER`, such as `hours_to_90_percent < 0.5`.
//!
//! *Never* is greater than every number; `FIGURE == never` and `FIGURE != never` test for it.
//! The number may be a multiple of the same figure of a baseline:
//! `user_hours_lost <= 1.1 * baseline`.

use patchday_agents::scenario::Scenario;

use crate::results::{
    error::CriterionError,
    figures::{self, Figures},
    summary::{Figure, FigureId},
};

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    Unequal,
}

/// The right-hand side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    Number(f64),
    Never,
    /// This multiple of the figure of the baseline.
    Baseline(f64),
}

/// A condition on a figure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Criterion {
    /// The figure.
    pub(crate) figure: FigureId,
    operator: Operator,
    bound: Bound,
    text: String,
}

impl Criterion {
    /// Reads a criterion about runs of this scenario.
    ///
    /// # Errors
    /// Returns an error if `text` is not a criterion or names no figure.
    pub(crate) fn parse(text: &str, scenario: &Scenario) -> Result<Self, CriterionError> {
        let wrong = |fault: &'static str| CriterionError::Syntax {
            text: text.to_owned(),
            fault,
        };
        let at = text.find(['<', '>', '=', '!']);
        let at = at.ok_or_else(|| wrong("no comparison"))?;
        let (figure, rest) = text.split_at(at);
        let two = rest.get(..2).unwrap_or("");
        let (operator, length) = match (two, &rest[..1]) {
            ("<=", _) => (Operator::AtMost, 2),
            (">=", _) => (Operator::AtLeast, 2),
            ("==", _) => (Operator::Equal, 2),
            ("!=", _) => (Operator::Unequal, 2),
            (_, "<") => (Operator::Less, 1),
            (_, ">") => (Operator::Greater, 1),
            _ => return Err(wrong("compare with <, <=, >, >=, == or !=")),
        };
        let bound = rest[length..].trim();
        let number = |text: &str| {
            let number = text.trim().replace('_', "").parse::<f64>().ok();
            number.filter(|number| number.is_finite())
        };
        let bound = match bound {
            "never" => Bound::Never,
            "baseline" => Bound::Baseline(1.0),
            text => match text
                .strip_suffix("baseline")
                .and_then(|t| t.trim_end().strip_suffix('*'))
            {
                Some(factor) => number(factor).map(Bound::Baseline),
                None => number(text).map(Bound::Number),
            }
            .ok_or_else(|| wrong("no number after the comparison"))?,
        };
        if bound == Bound::Never && !matches!(operator, Operator::Equal | Operator::Unequal) {
            return Err(wrong("`never` can only be compared with == and !="));
        }
        let figure = figures::parse(figure.trim(), scenario)?;
        Ok(Self {
            figure,
            operator,
            bound,
            text: text.trim().to_owned(),
        })
    }

    /// Whether it compares with a baseline.
    pub(crate) fn needs_baseline(&self) -> bool {
        matches!(self.bound, Bound::Baseline(_))
    }

    /// Whether it holds; `None` if the run or the baseline has no such figure.
    pub(crate) fn holds(&self, figures: &Figures, baseline: Option<&Figures>) -> Option<bool> {
        let found = figures::get(figures, self.figure)?;
        let bound = match self.bound {
            Bound::Number(number) => Some(number),
            Bound::Never => None,
            Bound::Baseline(factor) => {
                figures::get(baseline?, self.figure)?.map(|value| value * factor)
            }
        };
        // Never is greater than every number, and equal to itself.
        let order = |figure: Figure| figure.unwrap_or(f64::INFINITY);
        let (found, bound) = (order(found), order(bound));
        Some(match self.operator {
            Operator::Less => found < bound,
            Operator::AtMost => found <= bound,
            Operator::Greater => found > bound,
            Operator::AtLeast => found >= bound,
            Operator::Equal => found == bound,
            Operator::Unequal => found != bound,
        })
    }
}

impl std::fmt::Display for Criterion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> Option<bool> {
        let figures = Figures::from([
            ("hours_to_90_percent".into(), None),
            ("user_hours_lost".into(), Some(110.0)),
            ("online_share_min.value".into(), Some(0.5)),
        ]);
        let baseline = Figures::from([
            ("hours_to_90_percent".into(), Some(2.0)),
            ("user_hours_lost".into(), Some(100.0)),
        ]);
        Criterion::parse(text, &Scenario::default())
            .unwrap()
            .holds(&figures, Some(&baseline))
    }

    #[test]
    fn never_is_greater_than_every_number() {
        for (text, expected) in [
            ("hours_to_90_percent < 1e9", false),
            ("hours_to_90_percent > 3", true),
            ("hours_to_90_percent == never", true),
            ("user_hours_lost != never", true),
            ("online_share_min.value>=0.5", true),
            ("online_share_min.value < 0.5", false),
            ("user_hours_lost <= 1.1 * baseline", true),
            ("user_hours_lost <= baseline", false),
            ("hours_to_90_percent <= 5*baseline", false),
        ] {
            assert_eq!(holds(text), Some(expected), "{text}");
        }
        assert_eq!(holds("outage.hours < 3"), None);
    }

    #[test]
    fn invalid_criteria_are_rejected() {
        for wrong in [
            "",
            "hours_to_90_percent",
            "hours_to_90_percent <",
            "hours_to_90_percent = 3",
            "hours_to_90_percent < x",
            "hours_to_90_percent < never",
            "< 3",
            "nothing < 3",
            "hours_to_90_percent < inf",
            "hours_to_90_percent < 2 baseline",
        ] {
            assert!(
                Criterion::parse(wrong, &Scenario::default()).is_err(),
                "{wrong}"
            );
        }
    }
}
