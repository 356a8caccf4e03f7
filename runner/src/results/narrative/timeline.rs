//! `timeline.md` and `timeline.csv`: the events of a run in order of time.
//!
//! External events and actions of the operator are from the model's notes (`events`), dips of
//! users online from the samples (`dips`). Every entry has the users online at that time, and an
//! action of the operator also those an hour later, to show its effect. Times are UTC, shares are
//! of the norm. Texts are escaped on the page, where they are Markdown, and not in the table.

use patchday_agents::scenario::Scenario;
use serde::{Deserialize, Serialize};

use crate::{
    host::{
        escape,
        format::{instant_at, moment_at, percent, short},
    },
    results::{
        narrative::{
            dips,
            events::{NotedEvent, Notes},
        },
        samples::Samples,
    },
    store::{
        csv_table::{self, table_row},
        error::StoreError,
        layout::EVENTS,
    },
};

/// Who caused an event or noticed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// An external event.
    Outside,
    /// An action of the operator.
    Operator,
    /// A change of users online.
    Users,
}

impl By {
    /// The source as a report shows it.
    pub(crate) fn who(self) -> &'static str {
        match self {
            Self::Outside => "from outside",
            Self::Operator => "operator",
            Self::Users => "the network",
        }
    }
}

table_row! {
    /// An event: a row of `timeline.csv`.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct Event {
        /// Its time, RFC 3339 in UTC.
        time: String = Instant,
        /// Its tick.
        tick: i64 = Integer,
        /// Who caused it or noticed it.
        by: By = Text,
        /// What happened, in words.
        what: String = Text,
        /// Users online then; of a run without samples, empty.
        online: Option<u64> = Integer optional,
        /// The norm then.
        norm: Option<u64> = Integer optional,
        /// Users online an hour later; empty if the run ended before.
        online_an_hour_later: Option<u64> = Integer optional,
        /// The norm an hour later.
        norm_an_hour_later: Option<u64> = Integer optional,
    }
}

impl Event {
    /// Its time in ticks since 1970, for a run that begins at `start`. It saturates, because an
    /// event read from a file can have any tick.
    pub(crate) fn at(&self, start: i64) -> i64 {
        start.saturating_add(self.tick)
    }
}

/// The events of a run, in order of time.
pub(crate) fn events(scenario: &Scenario, samples: &Samples) -> Vec<Event> {
    let seen = dips::entries(samples).into_iter();
    let mut all: Vec<(i64, By, String)> =
        seen.map(|(time, what)| (time, By::Users, what)).collect();
    let mut notes = Notes::default();
    let mut now = samples
        .points
        .last()
        .map_or(0, |last| last.time - samples.start);
    for (tick, note) in &samples.notes {
        notes.take(scenario, *tick, *note);
        now = now.max(i64::from(*tick));
    }
    all.extend(
        notes
            .until(now)
            .into_iter()
            .map(|NotedEvent { tick, deed, what }| {
                let by = if deed { By::Operator } else { By::Outside };
                (samples.start + i64::from(tick), by, what)
            }),
    );
    all.sort_by_key(|(time, ..)| *time);
    all.into_iter()
        .map(|(time, by, what)| {
            let now = samples.nearest(time).or(samples.points.first());
            let later = samples.nearest(time + i64::from(samples.tick.hour()));
            Event {
                time: instant_at(time, samples.tick),
                tick: time - samples.start,
                by,
                what,
                online: now.map(|point| point.online),
                norm: now.map(|point| point.norm),
                online_an_hour_later: later.map(|point| point.online),
                norm_an_hour_later: later.map(|point| point.norm),
            }
        })
        .collect()
}

/// The text of `timeline.md`; `outage` is the summary's text about the outage, `counterfactual` the
/// sentence that marks the run as one, if it is. The events are those of a run that begins at
/// `start`.
pub(crate) fn page(
    scenario: &Scenario,
    outage: &str,
    counterfactual: Option<&str>,
    (start, events): (i64, &[Event]),
) -> String {
    let title = escape::markdown(&scenario.run.title);
    let mut text = format!("# {title}\n\nOutage: {outage}.\n\n");
    if let Some(said) = counterfactual {
        text.push_str(&format!("This run is {}.\n\n", escape::markdown(said)));
    }
    if events.is_empty() {
        text.push_str("No events.\n");
    }
    for event in events {
        let now = users(event.online, event.norm);
        let now = now.map_or_else(String::new, |users| format!(" {users}."));
        let later = users(event.online_an_hour_later, event.norm_an_hour_later)
            .filter(|_| event.by == By::Operator);
        let later = later.map_or_else(String::new, |users| format!(" An hour later {users}."));
        let (time, what) = (
            moment_at(event.at(start), scenario.tick()),
            escape::markdown(&event.what),
        );
        text.push_str(&format!("- **{time}** {what}.{now}{later}\n"));
    }
    text
}

/// The bytes of `timeline.csv`: the events for programs.
///
/// # Errors
/// Returns an error if a row cannot be written as CSV.
pub(crate) fn file(events: &[Event]) -> Result<Vec<u8>, StoreError> {
    csv_table::bytes(EVENTS, events)
}

/// The events of a `timeline.csv`.
///
/// # Errors
/// Returns an error with the position if `bytes` is not such a table.
pub(crate) fn parse(bytes: &[u8]) -> csv::Result<Vec<Event>> {
    csv::Reader::from_reader(bytes).into_deserialize().collect()
}

/// Users online, as a number and as a share of the norm.
fn users(online: Option<u64>, norm: Option<u64>) -> Option<String> {
    let (online, norm) = (online?, norm?);
    let share = percent(online, norm);
    Some(format!(
        "{} users online, {share} of the norm",
        short(online as f64)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of an empty table.
    fn header() -> String {
        let bytes = file(&[]).unwrap();
        String::from_utf8(bytes).unwrap().trim_end().to_owned()
    }

    #[test]
    fn texts_are_escaped_on_the_page() {
        let mut scenario = Scenario::default();
        scenario.run.title = "a_b_ <script>\n# x".into();
        let what = "The operator: x | [y](z) \u{202e}".to_owned();
        let row = format!("{}\nx,60,users,{what},899,1000,,\n", header());
        let events = parse(row.as_bytes()).unwrap();
        assert_eq!(events[0].what, what);
        assert_eq!(
            page(&scenario, "none", None, (0, &events)),
            "# a\\_b\\_ \\<script\\>\\n\\# x\n\nOutage: none.\n\n\
             - **Thu 1 Jan 00:01** The operator: x \\| \\[y\\](z) \\u{202e}. \
             899 users online, 89.9 % of the norm.\n"
        );
    }

    #[test]
    fn an_event_can_have_any_tick() {
        for tick in [i64::MIN, -1, i64::MAX] {
            let row = format!("{}\nx,{tick},users,something,1,0,,\n", header());
            let events = parse(row.as_bytes()).unwrap();
            assert_eq!(parse(&file(&events).unwrap()).unwrap(), events);
            for start in [i64::MIN, i64::MAX] {
                assert!(
                    page(&Scenario::default(), "none", None, (start, &events))
                        .contains("something")
                );
            }
        }
    }
}
