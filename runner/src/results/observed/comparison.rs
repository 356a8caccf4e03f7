//! `observed.csv`: observed points compared with the model.
//!
//! An observation at one time is compared with the closest sample; one whose time is uncertain, with
//! the sample of its window that has the closest value. A daily peak is compared with
//! the largest sample of that day (UTC), and only if the run covers the whole day. A share that was
//! observed is taken as a share of the model's norm. The difference is model minus observation, as
//! a share of the norm at that time (for a daily peak, of the largest norm of that day). A point
//! that the run did not reach has no model value and does not count.

use patchday_agents::scenario::{Confidence, Observed, quantity::TickLength};

use crate::{
    host::{
        escape,
        format::{moment_at, moment_of, rounded, short},
        text::text_table::{left, right, text_table},
    },
    results::samples::{SamplePoint, Samples},
    store::{
        csv_table::{self, table_row},
        error::StoreError,
        layout::OBSERVED,
    },
};

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
    /// The length of a tick.
    pub(crate) tick: TickLength,
    /// The time for plots, in ticks since 1970; of a daily peak, the time of the largest norm of the day.
    pub(crate) time: i64,
    /// Users observed.
    pub(crate) observed: f64,
    /// Users online in the model.
    pub(crate) model: u64,
    /// The norm.
    pub(crate) norm: u64,
    /// The error that the scenario gives the observation, as a share of the norm.
    pub(crate) error: Option<f64>,
}

impl Reached {
    /// The observed users one error below and above the observation; `None` without an error.
    pub(crate) fn whisker(&self) -> Option<(f64, f64)> {
        let reach = self.error? * self.norm as f64;
        Some(((self.observed - reach).max(0.0), self.observed + reach))
    }

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

    /// How far the observation can be off, and how it is used, as the end of a sentence; empty for a
    /// point without these keys.
    pub(crate) fn uncertainty(&self) -> String {
        let point = &self.point;
        let error = match (point.error, point.error_users) {
            (Some(share), _) => Some(format!("\u{b1} {} of the norm", share.get())),
            (None, Some(users)) => Some(format!("\u{b1} {} users", short(users as f64))),
            (None, None) => None,
        };
        let within = point.within.map(|window| format!("time \u{b1} {window}"));
        let group = point.alternatives.as_deref();
        let group = group.map(|group| format!("one of the alternatives \u{201c}{group}\u{201d}"));
        let held = point.hold_out.then(|| "held out of fits".to_owned());
        let all = [error, within, group, held].into_iter().flatten();
        all.map(|part| format!("; {part}")).collect()
    }

    /// Observation and model in one line.
    pub(crate) fn line(&self, reached: Reached) -> String {
        let point = &self.point;
        format!(
            "{}, {}: observed {}, model {} ({}, {}{})",
            moment_at(reached.time, reached.tick),
            point.what,
            short(reached.observed),
            short(reached.model as f64),
            point.confidence,
            point.source,
            self.uncertainty(),
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
    let tick = samples.tick;
    let (time, day_length) = (tick.since_1970(point.time), i64::from(tick.day()));
    let (time, model, norm) = if point.daily_peak {
        let day = time.div_euclid(day_length) * day_length;
        let last = samples.points.last()?.time;
        if day < samples.start || last < day + day_length {
            return None;
        }
        let begin = samples.points.partition_point(|point| point.time < day);
        let end = samples
            .points
            .partition_point(|point| point.time < day + day_length);
        let of_day = &samples.points[begin..end];
        // Of equal maxima the earliest counts.
        let key = |point: &&SamplePoint| (point.norm, std::cmp::Reverse(point.time));
        let norm = of_day.iter().max_by_key(key)?;
        let model = of_day.iter().map(|point| point.online).max()?;
        (norm.time, model, norm.norm)
    } else {
        let nearest = samples.nearest(time)?;
        let best = point.within.and_then(|window| {
            let reach = i64::from(tick.ticks(window));
            best_in_window(point, samples, (time - reach, time + reach))
        });
        let sample = best.unwrap_or(nearest);
        (time, sample.online, sample.norm)
    };
    let observed = users_of(point, norm)?;
    let error = match (point.error, point.error_users) {
        (Some(share), _) => Some(share.get()),
        (None, Some(users)) if norm > 0 => Some(users as f64 / norm as f64),
        (None, _) => None,
    };
    Some(Reached {
        tick,
        time,
        observed,
        model,
        norm,
        error,
    })
}

/// The observed users; a share is one of this norm. `None` for a point without both, which the check
/// of the scenario refuses.
fn users_of(point: &Observed, norm: u64) -> Option<f64> {
    match (point.users, point.share) {
        (Some(users), _) => Some(users as f64),
        (None, Some(share)) => Some(share.get() * norm as f64),
        (None, None) => None,
    }
}

/// The sample from `from` to `to` whose value is closest to the observation. Of equal distances, the
/// sample closest to the given time counts, and then the earlier one.
fn best_in_window<'a>(
    point: &Observed,
    samples: &'a Samples,
    (from, to): (i64, i64),
) -> Option<&'a SamplePoint> {
    let begin = samples.points.partition_point(|sample| sample.time < from);
    let end = samples.points.partition_point(|sample| sample.time <= to);
    let distance = |sample: &SamplePoint| {
        let observed = users_of(point, sample.norm)?;
        (sample.norm > 0).then(|| (sample.online as f64 - observed).abs() / sample.norm as f64)
    };
    samples
        .points
        .get(begin..end)?
        .iter()
        .filter_map(|sample| Some((sample, distance(sample)?)))
        .min_by(|(one, near), (other, far)| {
            let time = samples.tick.since_1970(point.time);
            let away = |sample: &SamplePoint| (sample.time - time).abs();
            near.total_cmp(far).then(away(one).cmp(&away(other)))
        })
        .map(|(sample, _)| sample)
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
            time: point.time.to_string(),
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
    let time = moment_of(&point.time.to_string());
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
