//! Computes the summary from the samples of a run.
//!
//! Shares are rounded to 4 decimals, hours to 4 (7 with ticks below a second), the traffic multiple to 2, maxima of columns
//! to 3.

use crate::{
    host::format::{Seconds, instant_at, rounded},
    results::{
        observed::Comparison,
        outage::{OUTAGE_LEVEL, Outage, lowest, telling, ticks_below, ticks_to},
        samples::{SamplePoint, Samples},
        summary::{
            fields::Summary,
            spans::{Extreme, OutageSpan},
        },
    },
};
use patchday_agents::{metrics::columns::ColumnId, scenario::quantity::TickLength};

impl Summary {
    /// Computes the summary of a run.
    pub(crate) fn new(title: &str, samples: &Samples, comparisons: &[Comparison]) -> Self {
        let (points, tick) = (&samples.points, samples.tick);
        let hours = |ticks: i64| hours(ticks, tick);
        let instant = |time: i64| instant_at(time, tick);
        let extreme_of = |point: Option<&SamplePoint>, value: fn(&SamplePoint) -> u64| {
            extreme(point, tick, value)
        };
        let outage = Outage::find(samples);
        let (below_50, longest_50) = ticks_below(samples, 50);
        let (below_80, longest_80) = ticks_below(samples, 80);
        let (below_90, longest_90) = ticks_below(samples, OUTAGE_LEVEL);
        let sampled = !points.is_empty();
        let to = |level| {
            ticks_to(samples, outage, level)
                .filter(|_| sampled)
                .map(&hours)
        };
        let error = |keep: &dyn Fn(&&Comparison) -> bool| {
            let kept = comparisons
                .iter()
                .filter(keep)
                .filter_map(Comparison::distance);
            kept.fold(None, |most: Option<f64>, next| {
                Some(most.map_or(next, |most| most.max(next)))
            })
        };
        let distances: Vec<f64> = comparisons
            .iter()
            .filter_map(Comparison::distance)
            .collect();
        let deviation = telling(points)
            .into_iter()
            .map(|point| (point.share() - 1.0).abs());
        let outages = Outage::all(samples);
        Self {
            title: title.to_owned(),
            norm_peak: points.iter().map(|point| point.norm).max().unwrap_or(0),
            online_max: extreme_of(points.iter().max_by_key(online_then_early), |point| {
                point.online
            }),
            online_min: extreme_of(points.iter().min_by_key(|point| point.online), |point| {
                point.online
            }),
            online_share_min: extreme(lowest(points), tick, |point| rounded(point.share(), 4)),
            online_share_end: {
                let last = &points[points.len() - points.len().div_ceil(10)..];
                let sum: f64 = last.iter().map(SamplePoint::share).sum();
                (!last.is_empty()).then(|| rounded(sum / last.len() as f64, 4))
            },
            outage_after_s: Seconds(tick.as_seconds(samples.outage_after as f64)),
            recovered_after_s: Seconds(tick.as_seconds(samples.recovered_after as f64)),
            outages: outages.len() as u64,
            outage: outage.map(|outage| OutageSpan {
                start: instant(outage.start),
                end: outage.end.map(instant),
                hours: outage.end.map(|end| hours(end - outage.start)),
            }),
            recovered: sampled.then(|| outage.is_none_or(|outage| outage.end.is_some())),
            hours_to_50_percent: to(50),
            hours_to_90_percent: to(90),
            hours_below_50_percent: hours(below_50),
            longest_hours_below_50_percent: hours(longest_50),
            hours_below_80_percent: hours(below_80),
            longest_hours_below_80_percent: hours(longest_80),
            hours_below_90_percent: hours(below_90),
            longest_hours_below_90_percent: hours(longest_90),
            max_deviation_from_norm: rounded(deviation.fold(0.0, f64::max), 4),
            user_hours_lost: lost(samples, &outages, |point| (point.online, point.norm)),
            business_user_hours_lost: lost(samples, &outages, |point| {
                (point.business, point.business_norm)
            }),
            traffic_peak_times_normal: traffic_peak(samples, outage),
            supernodes_min: extreme_of(
                points.iter().min_by_key(|point| point.supernodes),
                |point| point.supernodes,
            ),
            retry_amplification: amplification(samples),
            sample_hours: {
                let longest = samples.steps().map(|(_, step)| step).max();
                hours(longest.unwrap_or(0))
            },
            observed_points: distances.len(),
            mean_abs_error: (!distances.is_empty())
                .then(|| rounded(distances.iter().sum::<f64>() / distances.len() as f64, 4)),
            max_abs_error: error(&|_| true).map(|most| rounded(most, 4)),
            max_abs_error_a: error(&|one| one.is_best()).map(|most| rounded(most, 4)),
            maxima: {
                let maxima = samples.maxima.iter();
                let extremes = maxima.map(|(id, (thousandths, time))| {
                    let value = rounded(*thousandths as f64 / 1_000.0, 3);
                    let time = instant(*time);
                    (*id, Extreme { value, time })
                });
                extremes.collect()
            },
            business_calls_lost_in_all: {
                let count = |id| samples.sums.get(&id).copied().unwrap_or(0);
                count(ColumnId::BusinessCallsLost) + count(ColumnId::GatewayCallsFailed)
            },
            figure: samples.own.values().collect(),
            sums: samples.sums.clone().into(),
        }
    }
}

/// Ticks in hours, rounded to a third of a second, or of a millisecond if a tick is shorter than a second.
fn hours(ticks: i64, tick: TickLength) -> f64 {
    let decimals = if tick == TickLength::SECOND { 4 } else { 7 };
    rounded(ticks as f64 / f64::from(tick.hour()), decimals)
}

/// Key for a maximum: of equal values the earliest is the largest.
fn online_then_early(point: &&SamplePoint) -> (u64, std::cmp::Reverse<i64>) {
    (point.online, std::cmp::Reverse(point.time))
}

fn extreme<T>(
    point: Option<&SamplePoint>,
    tick: TickLength,
    value: impl Fn(&SamplePoint) -> T,
) -> Option<Extreme<T>> {
    point.map(|point| Extreme {
        value: value(point),
        time: instant_at(point.time, tick),
    })
}

/// The largest traffic of a supernode since the outage began, as a multiple of the mean before
/// it; `None` without an outage or without traffic before it.
fn traffic_peak(samples: &Samples, outage: Option<Outage>) -> Option<Extreme<f64>> {
    let start = outage?.start;
    let before = samples.points.iter().filter(|point| point.time < start);
    let (count, sum) = before.fold((0_u64, 0_u64), |(count, sum), point| {
        (count + 1, sum + point.traffic)
    });
    if sum == 0 {
        return None;
    }
    let normal = sum as f64 / count as f64;
    let since = samples.points.iter().filter(|point| point.time >= start);
    let peak = since.max_by_key(|point| (point.traffic, std::cmp::Reverse(point.time)));
    extreme(peak, samples.tick, |point| {
        rounded(point.traffic as f64 / normal, 2)
    })
}

/// The fewest successes that tries are divided by.
const MIN_SUCCESSES: u64 = 100;

/// Tries per success; `None` if there are too few successes to divide by.
fn amplification(samples: &Samples) -> Option<f64> {
    let count = |id| samples.sums.get(&id).copied().unwrap_or(0);
    let (tries, successes) = (count(ColumnId::Attempts), count(ColumnId::Accepted));
    if tries <= successes {
        return Some(1.0);
    }
    (successes >= MIN_SUCCESSES).then(|| rounded(tries as f64 / successes as f64, 4))
}

/// Users missing times hours, over the samples at which they count as lost.
fn lost(samples: &Samples, outages: &[Outage], users: impl Fn(&SamplePoint) -> (u64, u64)) -> u64 {
    let missing = samples.steps().filter(|(point, _)| {
        point.is_below(OUTAGE_LEVEL) || outages.iter().any(|outage| outage.covers(point.time))
    });
    let ticks: u128 = missing
        .map(|(point, step)| {
            let (online, norm) = users(point);
            u128::from(norm.saturating_sub(online)) * u128::from(step.unsigned_abs())
        })
        .sum();
    u64::try_from(ticks / u128::from(samples.tick.hour())).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use crate::results::narrative::{screen, summary};

    use super::*;
    use crate::results::samples::tests::{every, hourly, starting_at};

    #[test]
    fn the_figures_of_an_outage() {
        let samples = hourly(&[1_000, 800, 100, 400, 900, 1_000]);
        let summary = Summary::new("t", &samples, &[]);
        assert_eq!(summary.norm_peak, 1_000);
        let least = summary.online_min.clone().unwrap();
        assert_eq!(
            (least.value, least.time.as_str()),
            (100, "2007-08-14T03:00:00Z")
        );
        let outage = summary.outage.clone().unwrap();
        assert_eq!(outage.start, "2007-08-14T02:00:00Z");
        assert_eq!(outage.end.as_deref(), Some("2007-08-14T05:00:00Z"));
        assert_eq!(
            (outage.hours, summary.hours_to_90_percent),
            (Some(3.0), Some(3.0))
        );
        assert_eq!(summary.hours_to_50_percent, Some(3.0));
        assert_eq!(summary.hours_below_50_percent, 2.0);
        assert_eq!(summary.user_hours_lost, 200 + 900 + 600);
        assert_eq!(summary.business_user_hours_lost, 50 + 225 + 150);
        assert_eq!(summary.max_deviation_from_norm, 0.9);
        assert_eq!(summary.recovered, Some(true));
        let says = "2007-08-14T02:00:00Z to 2007-08-14T05:00:00Z, 3 h";
        assert_eq!(summary::outage(&summary), says);
    }

    #[test]
    fn user_hours_are_lost_in_a_short_dip_that_is_no_outage() {
        let samples = every(1_200, &[1_000, 950, 200, 600, 1_000, 899, 1_000]);
        let summary = Summary::new("t", &samples, &[]);
        assert_eq!((&summary.outage, summary.recovered), (&None, Some(true)));
        assert_eq!(summary.user_hours_lost, (800 + 400 + 101) / 3);
        assert_eq!(summary.business_user_hours_lost, (200 + 100 + 26) / 3);
        assert_eq!(summary.hours_below_90_percent, 1.0);
        assert_eq!(summary.longest_hours_below_90_percent, 0.6667);
        let says = "none; 1 h below 90 % in total, no dip longer than 1 h";
        assert_eq!(summary::outage(&summary), says);
        let text = screen::outcome(&summary);
        let says = "no outage; 1 h below 90 % of the norm, no dip longer than 1 h.\n";
        assert!(text.contains(says), "{text}");
        assert!(text.contains("433 user hours lost"), "{text}");
        let calm = Summary::new("t", &hourly(&[1_000, 900]), &[]);
        assert_eq!(summary::outage(&calm), "none");
        let text = screen::outcome(&calm) + &summary::text(&calm);
        assert!(!text.contains("lost"), "{text}");
    }

    #[test]
    fn a_level_that_was_never_crossed_has_no_time_of_return() {
        let summary = |online: &[u64]| Summary::new("t", &every(1_800, online), &[]);
        let open = summary(&[1_000, 800, 700, 700, 700]);
        let never = summary::never_below_half(&open);
        assert_eq!(never.as_deref(), Some("never below 50 %"));
        let text = summary::text(&open);
        assert!(text.contains("below 50 %        never\n"), "{text}");
        assert!(!text.contains("back at 50 %"), "{text}");
        let short = summary(&[1_000, 800, 400, 700, 700, 1_000]);
        let never = summary::never_below_half(&short);
        let says = "never below 50 % for more than 1 h";
        assert_eq!(never.as_deref(), Some(says));
    }

    #[test]
    fn an_outage_without_end_is_null_and_not_recovered() {
        let summary = Summary::new("t", &hourly(&[1_000, 100, 100, 100]), &[]);
        assert_eq!(summary.recovered, Some(false));
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!(json["hours_to_90_percent"], serde_json::Value::Null);
        assert_eq!(json["outage"]["end"], serde_json::Value::Null);
        let text = screen::outcome(&summary) + &summary::text(&summary);
        for says in [
            "not over when the run ends",
            "back at 50 %      not within the run",
        ] {
            assert!(text.contains(says), "{text}");
        }
    }

    #[test]
    fn tries_are_never_divided_by_next_to_nothing() {
        let of = |tries, successes| {
            let mut samples = hourly(&[1_000]);
            samples.sums.insert(ColumnId::Attempts, tries);
            samples.sums.insert(ColumnId::Accepted, successes);
            Summary::new("t", &samples, &[]).retry_amplification
        };
        assert_eq!((of(0, 0), of(7, 7)), (Some(1.0), Some(1.0)));
        assert_eq!(of(250, 100), Some(2.5));
        assert_eq!((of(1, 0), of(1_000_000, 99)), (None, None));
    }

    #[test]
    fn a_calm_run_and_an_empty_one() {
        let calm = Summary::new("t", &hourly(&[1_000, 980]), &[]);
        assert_eq!((calm.outage, calm.recovered), (None, Some(true)));
        assert_eq!(calm.hours_to_90_percent, Some(0.0));
        let empty = Summary::new("t", &starting_at(0), &[]);
        assert_eq!((empty.online_min, empty.norm_peak), (None, 0));
        assert_eq!((empty.recovered, empty.hours_to_90_percent), (None, None));
    }
}
