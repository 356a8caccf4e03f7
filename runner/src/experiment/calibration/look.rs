//! Statements about the points that need no run.
//!
//! Two readings of one instant measure one truth, so only their errors may part them; the discrepancy of
//! the model is the same for both.

use crate::experiment::calibration::question::{CalibrationQuestion, ObservedPoint};

/// How far two readings of one instant may differ, in standard deviations of their difference.
const CONTRADICTION: f64 = 3.0;
const TENSION: f64 = 2.0;
/// The most ways to choose one reading of each group of alternatives.
pub(crate) const MOST_CHOICES: usize = 64;
/// The most keys: above, the runs of a design say too little about each. The Sobol sequence has more dimensions.
const MOST_KEYS: usize = 32;

/// How two readings of one instant go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PairKind {
    /// One of them is wrong, or its error is larger than stated.
    Contradiction,
    /// Unlikely both right.
    Tension,
    /// They agree, and count as little more than one point.
    Repeat,
}

/// Two used readings of one instant that are not alternatives of each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PointPair {
    /// Indices of the points.
    pub(crate) points: (usize, usize),
    pub(crate) kind: PairKind,
    /// The difference in standard deviations.
    pub(crate) distance: f64,
}

/// What can be said before any run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Look {
    pub(crate) pairs: Vec<PointPair>,
    /// Different instants among the used points: the most numbers that can be learned.
    pub(crate) instants: usize,
}

impl Look {
    /// The pairs for which a fit is refused.
    pub(crate) fn contradictions(&self) -> impl Iterator<Item = &PointPair> {
        let pairs = self.pairs.iter();
        pairs.filter(|pair| pair.kind == PairKind::Contradiction)
    }
}

fn pair_kind(one: &ObservedPoint, other: &ObservedPoint) -> (PairKind, f64) {
    let distance = (one.value - other.value).abs() / one.error.hypot(other.error);
    let kind = if distance > CONTRADICTION {
        PairKind::Contradiction
    } else if distance > TENSION {
        PairKind::Tension
    } else {
        PairKind::Repeat
    };
    (kind, distance)
}

/// Compares the used points of each instant. Points with a window have no instant.
pub(crate) fn look(question: &CalibrationQuestion) -> Look {
    let used = |point: &&ObservedPoint| !point.held_out;
    let mut instants: Vec<i64> = question
        .points
        .iter()
        .filter(used)
        .map(|point| point.instant)
        .collect();
    instants.sort_unstable();
    instants.dedup();
    let mut pairs = Vec::new();
    for (first, one) in question.points.iter().enumerate() {
        for (second, other) in question.points.iter().enumerate().skip(first + 1) {
            let compared = !one.held_out
                && !other.held_out
                && one.instant == other.instant
                && one.window.is_none()
                && other.window.is_none()
                && (one.group.is_none() || one.group != other.group);
            if compared {
                let (kind, distance) = pair_kind(one, other);
                pairs.push(PointPair {
                    points: (first, second),
                    kind,
                    distance,
                });
            }
        }
    }
    Look {
        pairs,
        instants: instants.len(),
    }
}

/// What makes a question impossible to answer, in words; `None` if it can be asked.
pub(crate) fn refusal(question: &CalibrationQuestion) -> Option<String> {
    if question.priors.is_empty() || question.priors.len() > MOST_KEYS {
        let count = question.priors.len();
        return Some(format!("{count} keys vary; allowed are 1 to {MOST_KEYS}"));
    }
    for prior in &question.priors {
        if let Some(error) = prior.error() {
            return Some(format!("{}: {error}", prior.key));
        }
    }
    if question.points.iter().all(|point| point.held_out) {
        return Some("no observed point is used: all are held out, or there is none".into());
    }
    let outputs = question.bounds.len();
    for point in &question.points {
        let usable = point.value.is_finite() && point.error.is_finite() && point.error > 0.0;
        let window = point.window.map_or(0, |(low, high)| low.max(high));
        if !usable || point.output.max(window) >= outputs {
            let name = &point.name;
            return Some(format!("{name}: it needs a value and an error above 0"));
        }
    }
    if !(question.discrepancy.is_finite() && question.discrepancy >= 0.0) {
        return Some("the discrepancy must be a number, 0 or more".into());
    }
    let choices = choices(question).len();
    if choices > MOST_CHOICES {
        return Some(format!(
            "the alternatives can be combined in {choices} ways; at most {MOST_CHOICES} are allowed"
        ));
    }
    let look = look(question);
    let pair = look.contradictions().next()?;
    let [one, other] = [pair.points.0, pair.points.1].map(|at| &question.points[at]);
    Some(format!(
        "two points contradict each other: `{}` ({:.3} +- {:.3}) and `{}` ({:.3} +- {:.3}) are of one \
         instant, {:.1} standard deviations apart; hold one out, make them alternatives, or state a larger \
         error",
        one.name, one.value, one.error, other.name, other.value, other.error, pair.distance
    ))
}

/// All ways to choose one reading of each group: lists of indices of used points. Groups beyond the
/// most choices end the list early, which [`refusal`] reports.
pub(crate) fn choices(question: &CalibrationQuestion) -> Vec<Vec<usize>> {
    let used = |at: &usize| !question.points[*at].held_out;
    let all = || (0..question.points.len()).filter(used);
    let alone: Vec<usize> = all()
        .filter(|at| question.points[*at].group.is_none())
        .collect();
    let mut groups: Vec<usize> = all().filter_map(|at| question.points[at].group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut choices = vec![alone];
    for group in groups {
        let members: Vec<usize> = all()
            .filter(|at| question.points[*at].group == Some(group))
            .collect();
        choices = choices
            .iter()
            .flat_map(|choice| {
                members
                    .iter()
                    .map(|at| [choice.as_slice(), &[*at]].concat())
            })
            .collect();
        if choices.len() > MOST_CHOICES {
            break;
        }
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::calibration::prior::Prior;

    fn point(instant: i64, value: f64) -> ObservedPoint {
        ObservedPoint {
            name: format!("point {instant}"),
            instant,
            value,
            error: 0.05,
            output: instant as usize,
            window: None,
            group: None,
            held_out: false,
        }
    }

    fn question(points: Vec<ObservedPoint>) -> CalibrationQuestion {
        CalibrationQuestion {
            priors: vec![Prior::uniform("key", 0.0, 1.0)],
            points,
            bounds: vec![(0.0, 1.0); 3],
            discrepancy: 0.05,
            runs: 100,
            more_runs: 0,
            seed: 1,
            sample: 1024,
        }
    }

    #[test]
    fn two_points_ten_errors_apart_are_refused() {
        let mut asked = question(vec![point(0, 0.1), point(0, 0.6), point(1, 0.5)]);
        let text = refusal(&asked).unwrap();
        assert!(
            text.contains("contradict") && text.contains("7.1 standard"),
            "{text}"
        );
        // Held out, as alternatives, with a larger error, or at another time, it can be asked.
        asked.points[1].held_out = true;
        assert_eq!(refusal(&asked), None);
        asked.points[1].held_out = false;
        for at in 0..2 {
            asked.points[at].group = Some(0);
        }
        assert_eq!(refusal(&asked), None);
        assert_eq!(choices(&asked), [vec![2, 0], vec![2, 1]]);
        let mut wide = question(vec![point(0, 0.1), point(0, 0.6)]);
        wide.points[0].error = 0.3;
        assert_eq!(refusal(&wide), None);
        assert_eq!(refusal(&question(vec![point(0, 0.1), point(1, 0.6)])), None);
    }

    #[test]
    fn pairs_are_named_by_kind() {
        let asked = question(vec![point(0, 0.5), point(0, 0.55), point(0, 0.7)]);
        let kinds: Vec<PairKind> = look(&asked).pairs.iter().map(|pair| pair.kind).collect();
        assert_eq!(
            kinds,
            [PairKind::Repeat, PairKind::Tension, PairKind::Tension]
        );
        assert_eq!(look(&asked).instants, 1);
    }

    #[test]
    fn impossible_questions_say_why() {
        let mut none = question(vec![point(0, 0.5)]);
        none.points[0].held_out = true;
        assert!(refusal(&none).unwrap().contains("held out"));
        let mut broken = question(vec![point(0, f64::NAN)]);
        assert!(refusal(&broken).unwrap().contains("value"));
        broken = question(vec![point(0, 0.5)]);
        broken.discrepancy = -1.0;
        assert!(refusal(&broken).unwrap().contains("discrepancy"));
        let mut many = question((0..14).map(|at| point(at / 7, 0.5)).collect());
        for (at, point) in many.points.iter_mut().enumerate() {
            point.group = Some(at / 2);
        }
        assert!(refusal(&many).unwrap().contains("ways"));
        broken = question(vec![point(0, 0.5)]);
        broken.priors.clear();
        assert!(refusal(&broken).unwrap().contains("0 keys"));
    }
}
