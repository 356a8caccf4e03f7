//! `timeline.md` and `timeline.csv`: the outage as a status page would tell it.
//!
//! What came from outside and what the operator did, from the model's notes; what users
//! saw, from the samples. Every line has users online at that time, and a deed also those
//! of an hour later: what it changed. Times are UTC, shares are of the norm.

use patchday_agents::{Note, quantity::Rate, scenario::Scenario};
use serde::{Deserialize, Serialize};

use crate::{
    exit::Failure,
    figures::{instant, moment, short},
    outage::Outage,
    trail::Trail,
    visible,
};

const HOUR: i64 = 3_600;

/// Who made something happen, or saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// It came from outside.
    Outside,
    /// A deed of the operator.
    Operator,
    /// What users saw of it.
    Users,
}

/// Something that happened: a row of `timeline.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    /// When, RFC 3339 in UTC.
    pub(crate) time: String,
    /// The tick at which it happened.
    pub(crate) tick: i64,
    pub(crate) by: By,
    /// In words.
    pub(crate) what: String,
    /// Users online then; none before the first sample and after the last.
    pub(crate) online: Option<u64>,
    /// The norm then.
    pub(crate) norm: Option<u64>,
    /// Users online an hour later, and their norm.
    pub(crate) online_an_hour_later: Option<u64>,
    pub(crate) norm_an_hour_later: Option<u64>,
}

impl Event {
    /// When, in seconds, in a run that began at `start`. What is read from a file can have
    /// any tick.
    pub(crate) fn at(&self, start: i64) -> i64 {
        start.saturating_add(self.tick)
    }
}

/// All that happened, in order of time.
pub(crate) fn events(scenario: &Scenario, trail: &Trail) -> Vec<Event> {
    let mut told: Vec<(i64, By, String)> = course(trail);
    for (tick, note) in &trail.notes {
        let (what, is_deed) = self::told(scenario, *note);
        let by = match (note, is_deed) {
            (Note::Incident, _) | (_, true) => By::Operator,
            (_, false) => By::Outside,
        };
        told.push((trail.start + i64::from(*tick), by, what));
    }
    told.sort_by_key(|(time, ..)| *time);
    told.into_iter()
        .map(|(time, by, what)| {
            let now = trail.nearest(time).or(trail.points.first());
            let later = trail.nearest(time + HOUR);
            Event {
                time: instant(time),
                tick: time - trail.start,
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

/// The page.
pub(crate) fn page(scenario: &Scenario, start: i64, events: &[Event]) -> String {
    let title = visible::markdown(&scenario.run.title);
    let mut text = format!("# {title}\n\n");
    if events.is_empty() {
        text.push_str("Nothing happened.\n");
    }
    for event in events {
        let now = users(event.online, event.norm);
        let now = now.map_or_else(String::new, |users| format!(" {users}."));
        let later = users(event.online_an_hour_later, event.norm_an_hour_later)
            .filter(|_| event.by == By::Operator);
        let later = later.map_or_else(String::new, |users| format!(" An hour later {users}."));
        let time = moment(event.at(start));
        let what = visible::markdown(&event.what);
        text.push_str(&format!("- **{time}** {what}.{now}{later}\n"));
    }
    text
}

/// The same for programs.
///
/// # Errors
/// That it cannot be written, which memory alone could be the cause of.
pub(crate) fn file(events: &[Event]) -> Result<Vec<u8>, Failure> {
    let mut out = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    let broken = |error: csv::Error| Failure::Broken(format!("timeline.csv: {error}"));
    out.write_record(COLUMNS).map_err(broken)?;
    for event in events {
        out.serialize(event).map_err(broken)?;
    }
    out.into_inner()
        .map_err(|error| Failure::Broken(format!("timeline.csv: {error}")))
}

/// The columns of the file, which stand there even if nothing happened.
const COLUMNS: [&str; 8] = [
    "time",
    "tick",
    "by",
    "what",
    "online",
    "norm",
    "online_an_hour_later",
    "norm_an_hour_later",
];

/// Reads the file.
///
/// # Errors
/// Where it is not one.
pub(crate) fn parse(bytes: &[u8]) -> csv::Result<Vec<Event>> {
    csv::Reader::from_reader(bytes).into_deserialize().collect()
}

/// How many are online, in words.
fn users(online: Option<u64>, norm: Option<u64>) -> Option<String> {
    let (online, norm) = (online?, norm?);
    let share = match norm {
        0 => 100.0,
        norm => 100.0 * online as f64 / norm as f64,
    };
    Some(format!(
        "{} users online, {share:.0} % of the norm",
        short(online as f64)
    ))
}

/// What users saw.
fn course(trail: &Trail) -> Vec<(i64, By, String)> {
    let seen = |time, what: &str| (time, By::Users, what.to_owned());
    let Some(outage) = Outage::of(trail) else {
        return Vec::new();
    };
    let within = || trail.points.iter().filter(|point| outage.covers(point));
    let mut events = vec![seen(
        outage.start,
        "The outage begins: more than a tenth of all users is missing",
    )];
    if let Some(half) = within().find(|point| point.is_below(50)) {
        events.push(seen(half.time, "More than half of all users are missing"));
    }
    if let Some(least) = within().min_by(|a, b| a.share().total_cmp(&b.share())) {
        events.push(seen(least.time, "The worst moment"));
    }
    let last_below = within().rfind(|point| point.is_below(50));
    let back = last_below.and_then(|last| trail.points.iter().find(|point| point.time > last.time));
    if let Some(back) = back {
        events.push(seen(back.time, "Half of all users are back for good"));
    }
    if let Some(end) = outage.end {
        events.push(seen(end, "The outage is over"));
    }
    events
}

/// A rate, as it is spoken of.
fn an_hour(rate: Rate) -> String {
    format!("{} an hour", short(rate.per_second() * 3_600.0))
}

/// The regions something happens in.
fn among(regions: &[String]) -> String {
    match regions {
        [] => String::new(),
        some => format!(" in {}", some.join(", ")),
    }
}

/// A note in words, and whether it is a deed of the operator.
pub(crate) fn told(scenario: &Scenario, note: Note) -> (String, bool) {
    let operator = &scenario.operator;
    match note {
        Note::Released => ("The patch is released".into(), false),
        Note::Incident => ("The operator sees that there is an incident".into(), false),
        Note::Forced(number) => {
            let attempt = operator.force_supernodes.get(usize::from(number));
            let what = attempt.map_or_else(String::new, |attempt| {
                format!(
                    "The operator begins to add up to {} supernodes, {} ({})",
                    attempt.count,
                    an_hour(attempt.rate),
                    attempt.name
                )
            });
            (what, true)
        }
        Note::Restarted => ("The operator restarts the overlay".into(), true),
        Note::Action(number) => {
            let action = operator.action.get(usize::from(number));
            let what = action.map_or_else(String::new, |action| match action.count {
                0 => format!("The operator: {} ({})", action.name, action.deed),
                count => format!(
                    "The operator: {} ({}, up to {count}, {})",
                    action.name,
                    action.deed,
                    an_hour(action.rate)
                ),
            });
            (what, true)
        }
        Note::Trouble(number) => {
            let trouble = scenario.trigger.server.get(usize::from(number));
            let what = trouble.map_or_else(String::new, |trouble| match trouble.factor {
                0.0 => format!("The {} servers stop answering", trouble.server),
                factor => format!(
                    "The {} servers go at {:.0} % of their rate",
                    trouble.server,
                    factor * 100.0
                ),
            });
            (what, false)
        }
        Note::TroubleOver(number) => {
            let trouble = scenario.trigger.server.get(usize::from(number));
            let server = trouble.map_or("", |trouble| trouble.server.name());
            (format!("The {server} servers are as before"), false)
        }
        Note::Late => (
            "Answers of the offline-message servers are late".into(),
            false,
        ),
        Note::InTime => (
            "Answers of the offline-message servers are in time".into(),
            false,
        ),
        Note::SignOut(number) => {
            let one = scenario.trigger.sign_out.get(usize::from(number));
            let share = one.map_or(0.0, |one| one.share.get() * 100.0);
            let regions = one.map_or(&[][..], |one| &one.regions);
            let what = format!("{share:.0} % of all clients lose their session");
            (what + &among(regions), false)
        }
        Note::PowerCut(number) => {
            let one = scenario.trigger.power_cut.get(usize::from(number));
            let regions = one.map_or(&[][..], |one| &one.regions);
            let lasts = one.map_or(String::new(), |one| format!(" for {}", one.lasts));
            (format!("The power goes{lasts}") + &among(regions), false)
        }
        Note::RegionCut(number) => {
            let one = scenario.trigger.region_cut.get(usize::from(number));
            let regions = one.map_or(&[][..], |one| &one.regions);
            let lasts = one.map_or(String::new(), |one| format!(" for {}", one.lasts));
            (
                format!("Clients are cut off{lasts}") + &among(regions),
                false,
            )
        }
        Note::ConfigurationPush(number) => {
            let one = scenario.trigger.configuration_push.get(usize::from(number));
            let regions = one.map_or(&[][..], |one| &one.regions);
            (
                "A configuration that does harm is pushed".to_owned() + &among(regions),
                false,
            )
        }
        Note::Over(_) => ("That is over".into(), false),
        Note::Flood(number) => {
            let one = scenario.trigger.login_flood.get(usize::from(number));
            let rate = one.map_or(0.0, |one| one.rate.per_second());
            let what = format!("A flood of {} log-ins a second begins", short(rate));
            (what, false)
        }
        Note::Peak(number) => {
            let one = scenario.trigger.traffic_peak.get(usize::from(number));
            let factor = one.map_or(1.0, |one| one.factor);
            (format!("Users send {factor} times as many messages"), false)
        }
        Note::Loss(number) => {
            let loss = scenario.trigger.supernode_loss.get(usize::from(number));
            let share = loss.map_or(0.0, |loss| loss.share.get() * 100.0);
            (format!("{share:.0} % of all supernodes vanish"), false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_can_have_any_tick() {
        for tick in [i64::MIN, -1, i64::MAX] {
            let row = format!("{}\nx,{tick},users,something,1,0,,\n", COLUMNS.join(","));
            let events = parse(row.as_bytes()).unwrap();
            assert_eq!(parse(&file(&events).unwrap()).unwrap(), events);
            for start in [i64::MIN, i64::MAX] {
                assert!(page(&Scenario::default(), start, &events).contains("something"));
            }
        }
    }
}
