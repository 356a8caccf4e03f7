//! The observed points as a fit sees them: the share of the norm, its error, and the use of each.
//!
//! The norm of every hour follows from the scenario alone, so no run is needed here. Shares and errors
//! (standard deviations) are shares of the norm; times are seconds since 1970, UTC. Points are numbered
//! from 1, in the order of the scenario.

use patchday_agents::scenario::{Confidence, Observed, OnlineNorm, Scenario, quantity::Span};
use serde::{Deserialize, Serialize};

use crate::{
    experiment::error::ExperimentError,
    host::{error::Failure, format::moment},
};

const DAY: i64 = 86_400;
const MINUTE: i64 = 60;

/// The errors of points that have none of their own, by confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefaultErrors {
    pub(crate) a: f64,
    pub(crate) b: f64,
    pub(crate) c: f64,
}

impl Default for DefaultErrors {
    fn default() -> Self {
        Self {
            a: 0.05,
            b: 0.10,
            c: 0.20,
        }
    }
}

impl DefaultErrors {
    /// Reads `A=0.05,B=0.10,C=0.2`; a rating that is not given keeps its default.
    ///
    /// # Errors
    /// Returns what is allowed.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wanted = "errors by confidence, such as A=0.05,B=0.10,C=0.2, each from 0.001 to 1";
        let mut errors = Self::default();
        for part in text.split(',') {
            let (rating, value) = part.split_once('=').ok_or(wanted)?;
            let value: f64 = value.trim().parse().map_err(|_| wanted)?;
            if !(0.001..=1.0).contains(&value) {
                return Err(wanted.into());
            }
            match rating.trim() {
                "A" => errors.a = value,
                "B" => errors.b = value,
                "C" => errors.c = value,
                _ => return Err(wanted.into()),
            }
        }
        Ok(errors)
    }

    fn of(self, confidence: Confidence) -> f64 {
        match confidence {
            Confidence::A => self.a,
            Confidence::B => self.b,
            Confidence::C => self.c,
        }
    }
}

/// What a fit does with a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Use {
    /// The keys are fitted to it.
    Used,
    /// It tests the prediction.
    HeldOut,
    /// The script of the scenario decides it, whatever the keys are.
    Scripted,
    /// The run does not reach it.
    NotReached,
}

impl Use {
    /// The use in words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::HeldOut => "held out",
            Self::Scripted => "scripted",
            Self::NotReached => "not reached",
        }
    }
}

/// An observed point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FitPoint {
    /// Its number, from 1.
    pub(crate) number: usize,
    /// The time; of a daily peak, that of the largest norm of the day.
    pub(crate) time: i64,
    pub(crate) what: String,
    /// The observed share of the norm.
    pub(crate) share: f64,
    /// The standard deviation of the observation, as a share of the norm.
    pub(crate) error: f64,
    pub(crate) confidence: String,
    /// Where it comes from; of an incident, the file unless it says so.
    #[serde(default)]
    pub(crate) source: String,
    /// How far the time can be off, in seconds; 0 if it cannot.
    #[serde(default)]
    pub(crate) within: u32,
    /// The group of readings of which any one may be right.
    pub(crate) group: Option<String>,
    pub(crate) daily_peak: bool,
    pub(crate) r#use: Use,
}

impl FitPoint {
    /// The point in a few words: `Thu 16 Aug 06:30`, or the day of a daily peak.
    pub(crate) fn name(&self) -> String {
        let text = moment(self.time);
        match text.rsplit_once(' ') {
            Some((day, _)) if self.daily_peak => format!("{day}, peak"),
            _ => text,
        }
    }
}

/// The points of a scenario before it is scaled. `hold_out` are numbers of points.
///
/// # Errors
/// Returns an error if there are no points, or if a number to hold out is no point.
pub(crate) fn points(
    scenario: &Scenario,
    errors: DefaultErrors,
    hold_out: &[usize],
) -> Result<Vec<FitPoint>, Failure> {
    let observed = &scenario.observed;
    if observed.is_empty() {
        return Err(ExperimentError::NothingObserved.into());
    }
    if let Some(number) = hold_out
        .iter()
        .find(|number| !(1..=observed.len()).contains(*number))
    {
        return Err(ExperimentError::NoSuchPoint {
            number: *number,
            points: observed.len(),
        }
        .into());
    }
    let norm = OnlineNorm::new(scenario);
    let mut points: Vec<FitPoint> = Vec::new();
    for (index, point) in observed.iter().enumerate() {
        let number = index + 1;
        let (time, users) = expected(point, &norm).unwrap_or((point.time.seconds(), 0.0));
        let reached = users > 0.0 && is_reached(point, scenario);
        let share = |users_of_point: f64| {
            if users > 0.0 {
                users_of_point / users
            } else {
                0.0
            }
        };
        let error = match (point.error, point.error_users) {
            (Some(error), _) => error.get(),
            (None, Some(error)) => share(error as f64).max(1e-4),
            (None, None) => errors.of(point.confidence),
        };
        let held = point.hold_out || hold_out.contains(&number);
        points.push(FitPoint {
            number,
            time,
            what: point.what.clone(),
            share: match (point.users, point.share) {
                (Some(users), _) => share(users as f64),
                (None, given) => given.map_or(0.0, |share| share.get()),
            },
            error,
            confidence: point.confidence.to_string(),
            source: point.source.clone(),
            within: point.within.map_or(0, Span::whole_seconds),
            group: point.alternatives.clone(),
            daily_peak: point.daily_peak,
            r#use: match (reached, held) {
                (false, _) => Use::NotReached,
                (true, true) => Use::HeldOut,
                (true, false) => Use::Used,
            },
        });
    }
    hold_out_groups(&mut points);
    Ok(points)
}

/// Of a group of alternatives all are held out, or none.
fn hold_out_groups(points: &mut [FitPoint]) {
    let held: Vec<String> = points
        .iter()
        .filter(|point| point.r#use == Use::HeldOut)
        .filter_map(|point| point.group.clone())
        .collect();
    for point in points {
        let of_group = point
            .group
            .as_ref()
            .is_some_and(|group| held.contains(group));
        if of_group && point.r#use == Use::Used {
            point.r#use = Use::HeldOut;
        }
    }
}

/// The time of a point and the users that the norm expects then.
fn expected(point: &Observed, norm: &OnlineNorm) -> Option<(i64, f64)> {
    let time = point.time.seconds();
    if !point.daily_peak {
        return Some((time, norm.at(1_000 * time)?));
    }
    let day = time.div_euclid(DAY) * DAY;
    let minutes = (0..DAY / MINUTE).map(|minute| day + minute * MINUTE);
    let all = minutes.filter_map(|time| Some((time, norm.at(1_000 * time)?)));
    // Of equal maxima the earliest counts.
    all.reduce(|most, next| if next.1 > most.1 { next } else { most })
}

fn is_reached(point: &Observed, scenario: &Scenario) -> bool {
    let run = &scenario.run;
    let starts = run.start.seconds();
    let first = match point.daily_peak {
        true => point.time.seconds().div_euclid(DAY) * DAY,
        false => point.time.seconds(),
    };
    starts <= first && needed_until(point) <= run.end.seconds()
}

/// The time that a run must reach so that it has a value for a point.
fn needed_until(point: &Observed) -> i64 {
    let time = point.time.seconds();
    if point.daily_peak {
        return (time.div_euclid(DAY) + 1) * DAY;
    }
    time
}

/// The end of the runs of a fit, unless it is given: half an hour after the last point that the
/// scenario reaches, or after the end of its day or its window. `None` if the scenario reaches none.
pub(crate) fn default_end(scenario: &Scenario) -> Option<i64> {
    const AFTER: i64 = 30 * MINUTE;
    let reached = scenario
        .observed
        .iter()
        .filter(|point| is_reached(point, scenario));
    let needed = reached.map(|point| {
        let window = point
            .within
            .map_or(0, |window| i64::from(window.whole_seconds()));
        needed_until(point) + if point.daily_peak { 0 } else { window }
    });
    Some((needed.max()? + AFTER).min(scenario.run.end.seconds()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::scenario::prepare::{ScenarioSettings, load};

    /// August 2007 with twelve of its points, of which none is held out and the last four are two pairs of
    /// alternatives, whatever its file says of them.
    pub(crate) fn scenario_2007() -> Scenario {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../configs/outage-2007.toml");
        let settings = ScenarioSettings {
            file: file.into(),
            overrides: Vec::new(),
            scale: 1.0,
            seed: None,
            until: None,
        };
        let loaded = load(&settings).map_err(|error| error.to_string());
        let mut scenario = loaded.unwrap().scenario;
        let points = &mut scenario.observed;
        points.retain(|point| point.time.to_string() != "2007-08-17T05:00:00Z");
        assert_eq!(points.len(), 12);
        for (place, point) in points.iter_mut().enumerate() {
            point.hold_out = false;
            let pair = ["Friday 22:00", "Friday 23:00"];
            let group = place.checked_sub(8).and_then(|place| pair.get(place / 2));
            point.alternatives = group.map(|group| (*group).to_owned());
        }
        scenario
    }

    #[test]
    fn errors_by_confidence_are_read() {
        let read = DefaultErrors::parse("B=0.2, A=0.01").unwrap();
        assert_eq!((read.a, read.b, read.c), (0.01, 0.2, 0.20));
        for wrong in ["", "A", "D=0.1", "A=0", "A=nan", "A=2", "A=0.1,,"] {
            assert!(DefaultErrors::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_of_the_points_of_2007_need_no_run() {
        let scenario = scenario_2007();
        let points = points(&scenario, DefaultErrors::default(), &[3, 9]).unwrap();
        assert_eq!(points.len(), 12);
        // Users and norm of the documented run: 3.0 M of 5.6 M on Thursday morning, 5 M of 7.4 M.
        assert!(
            (points[2].share - 0.535).abs() < 0.005,
            "{}",
            points[2].share
        );
        assert!(
            (points[7].share - 0.678).abs() < 0.005,
            "{}",
            points[7].share
        );
        assert!(points[0].daily_peak && (points[0].share - 1.0).abs() < 0.05);
        assert_eq!((points[2].error, points[4].error), (0.10, 0.05));
        let held: Vec<usize> = points
            .iter()
            .filter(|point| point.r#use == Use::HeldOut)
            .map(|point| point.number)
            .collect();
        // Point 10 is the alternative of point 9.
        assert_eq!(held, [3, 9, 10]);
        let last = "2007-08-17T23:30:00Z".parse::<patchday_agents::scenario::quantity::Instant>();
        assert_eq!(
            default_end(&scenario),
            last.ok().map(|instant| instant.seconds())
        );
        assert!(super::points(&scenario, DefaultErrors::default(), &[13]).is_err());
    }
}
