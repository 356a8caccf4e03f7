//! Remarks on a tipping point: a response without a single direction, and the position of
//! today's value.

use crate::experiment::stats::{intervals::share, logistic::Trials};

/// Successes and runs, such as `3 of 20`.
pub(crate) fn fraction(one: &Trials) -> String {
    format!("{} of {}", one.successes, one.runs)
}

/// Two levels that differ significantly against the trend: their 95 % intervals do not overlap.
pub(crate) fn against_the_trend(
    trials: &[Trials],
    success_below: bool,
) -> Option<(Trials, Trials)> {
    let interval = |one: &Trials| share(one.successes, one.runs);
    for (place, one) in trials.iter().enumerate() {
        for other in &trials[place + 1..] {
            let (lower, upper) = (interval(one)?, interval(other)?);
            let against = if success_below {
                lower.high < upper.low
            } else {
                lower.low > upper.high
            };
            if against {
                return Some((*one, *other));
            }
        }
    }
    None
}

/// The side of the tipping point `tip` on which today's value is, and the distance between them. The
/// tuple is the 95 % interval of `tip`; `text` formats a level.
pub(crate) fn standing(
    today: f64,
    tip: f64,
    (low, high): (Option<f64>, Option<f64>),
    success_below: bool,
    text: impl Fn(f64) -> String,
) -> String {
    let change = if tip > today { "grow" } else { "fall" };
    // Percentages mean nothing if one value is 0 or the signs differ.
    let by = if today * tip > 0.0 {
        format!("by {:.0} %", (tip / today - 1.0).abs() * 100.0)
    } else {
        format!("to {}", text(tip))
    };
    let (now, edge) = (text(today), text(tip));
    let below = low.is_some_and(|low| today < low);
    let above = high.is_some_and(|high| today > high);
    match (below || above, (today < tip) == success_below) {
        (true, true) => format!(
            "today's {now} is on the safe side of the tipping point at {edge}: it could {change} {by} \
             before half of the runs fail"
        ),
        (true, false) => format!(
            "today's {now} is beyond the tipping point at {edge}: it would have to {change} {by} for \
             half of the runs to survive"
        ),
        (false, _) => format!(
            "today's {now} is within the 95 % interval of the tipping point at {edge}: it may be on \
             either side"
        ),
    }
}

/// A remark if the tipping point lies near an end of the searched range, or its interval is open there:
/// few levels are beyond it.
pub(crate) fn near_the_end(
    tip: f64,
    interval: Option<(Option<f64>, Option<f64>)>,
    (low, high): (f64, f64),
    text: impl Fn(f64) -> String,
) -> Option<String> {
    let (from, to) = interval.unwrap_or((None, None));
    let near = (high - low) * 0.03;
    let (side, end) = if from.is_none() || tip < low + near {
        ("below", low)
    } else if to.is_none() || tip > high - near {
        ("above", high)
    } else {
        return None;
    };
    Some(format!(
        "the tipping point is near the end of the range, {}: a range that goes on {side} it shows more",
        text(end)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(counts: &[(u32, u32)]) -> Vec<Trials> {
        let one = |(place, (successes, runs)): (usize, &(u32, u32))| Trials {
            level: place as f64,
            runs: *runs,
            successes: *successes,
        };
        counts.iter().enumerate().map(one).collect()
    }

    #[test]
    fn a_response_without_a_single_direction_is_distinguished_from_noise() {
        assert!(
            against_the_trend(&trials(&[(20, 20), (18, 20), (19, 20), (0, 20)]), true).is_none()
        );
        let odd = against_the_trend(&trials(&[(20, 20), (1, 20), (19, 20), (0, 20)]), true);
        assert_eq!(
            odd.map(|(one, other)| (one.level, other.level)),
            Some((1.0, 2.0))
        );
        assert!(against_the_trend(&trials(&[(0, 20), (10, 20), (20, 20)]), false).is_none());
        assert!(against_the_trend(&trials(&[(1, 2), (2, 2), (0, 2)]), true).is_none());
    }

    #[test]
    fn a_tipping_point_near_an_end_of_the_range_has_a_remark() {
        let of = |tip: f64, from: Option<f64>, to: Option<f64>| {
            near_the_end(tip, Some((from, to)), (0.0, 1.0), |value| {
                format!("{value}")
            })
        };
        assert_eq!(of(0.5, Some(0.4), Some(0.6)), None);
        assert!(
            of(0.01, Some(0.0), Some(0.02))
                .unwrap()
                .contains("range, 0: a range that goes on below")
        );
        assert!(
            of(0.9, Some(0.8), None)
                .unwrap()
                .contains("range, 1: a range that goes on above")
        );
    }

    #[test]
    fn today_is_on_a_side_of_the_tipping_point() {
        let of = |today: f64, tip: f64, below: bool| {
            let interval = (Some(tip - 0.05), Some(tip + 0.05));
            standing(today, tip, interval, below, |value| format!("{value}"))
        };
        for (said, parts) in [
            (
                of(0.8, 0.51, true),
                ["beyond the tipping point at 0.51", "fall by 36 %"],
            ),
            (of(0.4, 0.5, true), ["safe side", "grow by 25 %"]),
            (of(6000.0, 2756.0, false), ["safe side", "fall by 54 %"]),
            (of(2000.0, 3000.0, false), ["beyond", "grow by 50 %"]),
            (of(0.0, 0.5, true), ["safe side", "grow to 0.5"]),
            (
                of(0.48, 0.5, true),
                ["within the 95 % interval", "either side"],
            ),
        ] {
            let all = parts.iter().all(|part| said.contains(part));
            assert!(all, "{said}");
        }
        // An open end sets no bound.
        let open = standing(0.1, 0.2, (None, Some(0.3)), true, |value| value.to_string());
        assert!(open.contains("either side"), "{open}");
    }
}
