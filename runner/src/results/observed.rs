//! `observed.csv`: observed points compared with the model.
//!
//! An observation at one time is compared with the closest sample. A daily peak is compared with
//! the largest sample of that day (UTC), and only if the run covers the whole day. A share that was
//! observed is taken as a share of the model's norm. The difference is model minus observation, as
//! a share of the norm at that time (for a daily peak, of the largest norm of that day). A point
//! that the run did not reach has no model value and does not count.

use patchday_agents::scenario::{Confidence, Observed};

use crate::{
    host::{
        escape,
        format::{instant, moment, rounded, short},
        text_table::{left, right, text_table},
    },
    results::samples::{SamplePoint, Samples},
    store::{
        csv_table::{self, table_row},
        error::StoreError,
        layout::OBSERVED,
    },
};

const DAY: i64 = 86_400;

/// The maximum width of the column `what` of the printed table, in characters.
const MAX_WIDTH: usize = 25;

/// The most changed keys that a text names.
const MOST_NAMED: usize = 3;

/// An observation and the model at that time.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// The observation.
    pub(crate) point: Observed,
    /// The model at that time; `None` if the run did not reach it.
    pub(crate) reached: Option<Reached>,
}

/// The values of an observation that the run reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reached {
    /// The time for plots; of a daily peak, the time of the largest norm of the day.
    pub(crate) time: i64,
    /// Users observed.
    pub(crate) observed: f64,
    /// Users online in the model.
    pub(crate) model: u64,
    /// The norm.
    pub(crate) norm: u64,
}

impl Reached {
    /// Model minus observation, as a share of the norm; `None` if the norm is 0.
    pub(crate) fn difference(&self) -> Option<f64> {
        (self.norm > 0).then(|| (self.model as f64 - self.observed) / self.norm as f64)
    }
}

impl Comparison {
    /// Compares all observations of a scenario with a run.
    pub(crate) fn all(observed: &[Observed], samples: &Samples) -> Vec<Self> {
        let compare = |point: &Observed| Self {
            reached: reach(point, samples),
            point: point.clone(),
        };
        observed.iter().map(compare).collect()
    }

    /// The distance from model to observation, as a share of the norm; `None` if the run did not
    /// reach it.
    pub(crate) fn distance(&self) -> Option<f64> {
        self.reached?.difference().map(f64::abs)
    }

    /// The model as a share of the norm; `None` if the run did not reach the observation or the norm
    /// is 0.
    pub(crate) fn model_share(&self) -> Option<f64> {
        let reached = self.reached.filter(|reached| reached.norm > 0)?;
        Some(reached.model as f64 / reached.norm as f64)
    }

    /// Whether the observation has the highest confidence.
    pub(crate) fn is_best(&self) -> bool {
        self.point.confidence == Confidence::A
    }

    /// Observation and model in one line.
    pub(crate) fn line(&self, reached: Reached) -> String {
        let point = &self.point;
        format!(
            "{}, {}: observed {}, model {} ({}, {})",
            moment(reached.time),
            point.what,
            short(reached.observed),
            short(reached.model as f64),
            point.confidence,
            point.source,
        )
    }
}

/// The sentence that marks a run as a counterfactual: it has observed points, and overrides changed
/// keys of the model, so that the distance to the points says nothing about the model. `None` for
/// a run of the scenario as its file has it.
pub(crate) fn counterfactual(comparisons: &[Comparison], changed: &[String]) -> Option<String> {
    if comparisons.is_empty() || changed.is_empty() {
        return None;
    }
    let named = changed.iter().take(MOST_NAMED).map(|key| escape::line(key));
    let mut keys = named.collect::<Vec<_>>().join(", ");
    if changed.len() > MOST_NAMED {
        keys.push_str(&format!(" and {} more keys", changed.len() - MOST_NAMED));
    }
    Some(format!(
        "a counterfactual: {keys} changed; what was observed is no measure of this run"
    ))
}

fn reach(point: &Observed, samples: &Samples) -> Option<Reached> {
    let time = point.time.seconds();
    let (time, model, norm) = if point.daily_peak {
        let day = time.div_euclid(DAY) * DAY;
        let last = samples.points.last()?.time;
        if day < samples.start || last < day + DAY {
            return None;
        }
        let begin = samples.points.partition_point(|point| point.time < day);
        let end = samples
            .points
            .partition_point(|point| point.time < day + DAY);
        let of_day = &samples.points[begin..end];
        // Of equal maxima the earliest counts.
        let key = |point: &&SamplePoint| (point.norm, std::cmp::Reverse(point.time));
        let norm = of_day.iter().max_by_key(key)?;
        let model = of_day.iter().map(|point| point.online).max()?;
        (norm.time, model, norm.norm)
    } else {
        let nearest = samples.nearest(time)?;
        (time, nearest.online, nearest.norm)
    };
    let observed = match (point.users, point.share) {
        (Some(users), _) => users as f64,
        (None, Some(share)) => share.get() * norm as f64,
        // The scenario's check requires one of them.
        (None, None) => return None,
    };
    Some(Reached {
        time,
        observed,
        model,
        norm,
    })
}

table_row! {
    /// A row of `observed.csv`: an observation, whether the run reached it or not.
    #[derive(Clone, Debug)]
    pub(crate) struct ObservedRow {
        /// The time of the observation; of a daily peak, the start of the day.
        time: String = Instant,
        /// What was observed.
        what: String = Text,
        /// Users observed.
        observed: Option<String> = Integer optional,
        /// Users online in the model.
        model: Option<u64> = Integer optional,
        /// Model minus observation, as a share of the norm, rounded to 4 decimals.
        difference: Option<String> = Number optional,
        /// The source of the observation.
        source: String = Text,
        /// How far the source can be trusted.
        confidence: String = Text,
        /// The norm of the model.
        norm: Option<u64> = Integer optional,
    }
}

/// The bytes of `observed.csv`: a row for each observation.
///
/// # Errors
/// Returns an error if a row cannot be written as CSV.
pub(crate) fn file(comparisons: &[Comparison]) -> Result<Vec<u8>, StoreError> {
    let row = |Comparison { point, reached }: &Comparison| {
        let difference = reached.as_ref().and_then(Reached::difference);
        ObservedRow {
            time: instant(point.time.seconds()),
            what: point.what.clone(),
            observed: reached.map(|reached| format!("{:.0}", reached.observed)),
            model: reached.map(|reached| reached.model),
            difference: difference.map(|difference| rounded(difference, 4).to_string()),
            source: point.source.clone(),
            confidence: point.confidence.to_string(),
            norm: reached.map(|reached| reached.norm),
        }
    };
    let rows: Vec<ObservedRow> = comparisons.iter().map(row).collect();
    csv_table::bytes(OBSERVED, &rows)
}

/// The points that the run reached, as a table for the terminal at most 80 columns wide, between empty
/// lines; empty without observed points. The sources are in the file. The observed numbers are those
/// at `scale`, their texts are not.
pub(crate) fn table(comparisons: &[Comparison], scale: f64) -> String {
    let reached = comparisons
        .iter()
        .filter_map(|one| Some((&one.point, one.reached?)));
    let rows: Vec<Vec<String>> = reached.map(table_row).collect();
    let missed = match (rows.len(), comparisons.len() - rows.len()) {
        (0, 0) => return String::new(),
        (0, count) => return format!("\nobserved points   none of {count} is within the run\n\n"),
        (_, 0) => String::new(),
        (_, count) => format!("Not within the run: {count} more.\n"),
    };
    let columns = [
        left("time (UTC)"),
        left("what"),
        right("observed"),
        right("model"),
        right("norm"),
        right("deviation"),
    ];
    let table = text_table(&columns, rows);
    let scaled = match scale {
        1.0 => String::new(),
        scale => format!(
            "Numbers are those at scale {scale}; texts in the column `what` are at full scale.\n"
        ),
    };
    format!("\n{table}{missed}{scaled}\n")
}

fn table_row((point, reached): (&Observed, Reached)) -> Vec<String> {
    let time = moment(point.time.seconds());
    let time = match time.rsplit_once(' ') {
        Some((day, _)) if point.daily_peak => day.to_owned(),
        _ => time,
    };
    let difference = reached.difference();
    vec![
        time,
        cut(&escape::line(&point.what)),
        short(reached.observed),
        short(reached.model as f64),
        short(reached.norm as f64),
        difference.map_or("-".to_owned(), |difference| format!("{difference:+.3}")),
    ]
}

/// A text, shortened to the width of its column.
fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_WIDTH {
        return text.to_owned();
    }
    text.chars()
        .take(MAX_WIDTH - 3)
        .chain("...".chars())
        .collect()
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::quantity::{Instant, Share};

    use super::*;
    use crate::results::samples::tests::hourly;

    fn observation(time: &str, users: Option<u64>, share: Option<f64>) -> Observed {
        Observed {
            time: time.parse::<Instant>().unwrap(),
            what: "users online".into(),
            users,
            share: share.and_then(Share::new),
            daily_peak: false,
            source: "a paper, \"quoted\"".into(),
            confidence: Confidence::B,
        }
    }

    #[test]
    fn users_and_shares_beside_the_closest_sample() {
        let samples = hourly(&[1_000, 500, 100]);
        let points = [
            observation("2007-08-14T02:10:00Z", Some(700), None),
            observation("2007-08-14T03:00:00Z", None, Some(0.3)),
            observation("2007-08-14T09:00:00Z", Some(1), None),
        ];
        let compared = Comparison::all(&points, &samples);
        let distances: Vec<_> = compared.iter().map(Comparison::distance).collect();
        assert_eq!(distances, [Some(0.2), Some(0.2), None]);
        let text = String::from_utf8(file(&compared).unwrap()).unwrap();
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(
            rows[0],
            "time,what,observed,model,difference,source,confidence,norm"
        );
        assert_eq!(
            rows[1],
            "2007-08-14T02:10:00Z,users online,700,500,-0.2,\"a paper, \"\"quoted\"\"\",B,1000"
        );
        assert!(rows[3].contains("users online,,,,"), "{}", rows[3]);
        let text = table(&compared, 1.0);
        assert!(text.ends_with("Not within the run: 1 more.\n\n"), "{text}");
        let text = table(&compared[2..], 0.5);
        assert_eq!(text, "\nobserved points   none of 1 is within the run\n\n");
    }

    #[test]
    fn only_a_changed_run_with_observed_points_is_a_counterfactual() {
        let samples = hourly(&[1_000, 500]);
        let points = [observation("2007-08-14T02:00:00Z", Some(700), None)];
        let compared = Comparison::all(&points, &samples);
        let keys = ["a.b", "c", "d", "e"].map(String::from);
        assert_eq!(counterfactual(&compared, &[]), None);
        assert_eq!(counterfactual(&[], &keys), None);
        let said = counterfactual(&compared, &keys).unwrap();
        assert!(
            said.starts_with("a counterfactual: a.b, c, d and 1 more keys changed"),
            "{said}"
        );
    }

    #[test]
    fn a_daily_peak_needs_the_whole_day() {
        let mut online = vec![500; 24];
        online[11] = 900;
        let mut point = observation("2007-08-14T00:00:00Z", Some(1_000), None);
        point.daily_peak = true;
        let whole = Comparison::all(std::slice::from_ref(&point), &hourly(&online));
        assert_eq!(whole[0].reached.map(|reached| reached.model), Some(900));
        assert_eq!(whole[0].distance(), Some(0.1));
        let short = Comparison::all(&[point], &hourly(&online[..23]));
        assert_eq!(short[0].reached, None);
    }
}
