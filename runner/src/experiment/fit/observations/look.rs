//! The look at the observations before any run: which points the script of the scenario fixes, which
//! share an instant, and how much can be learned from the rest. Contradictions are found by
//! `calibration::look`.

use patchday_agents::scenario::Scenario;

use crate::{
    experiment::{
        error::ExperimentError,
        fit::observations::points::{FitPoint, Use},
    },
    host::{
        error::Failure,
        format::{duration, moment},
    },
};

/// For so long after a scripted event that takes everybody offline, a point shows the event, in seconds.
const AFTER_SCRIPT: i64 = 1_800;
/// The least share of the users that a sign-out must hit to fix a point.
const MOST_USERS: f64 = 0.5;

/// What is known of the points before any run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PointsOverview {
    /// Sentences for people.
    pub(crate) sentences: Vec<String>,
    /// Different instants of the points that are used.
    pub(crate) instants: usize,
}

/// Looks at the points, and takes those that the script fixes out of the fit.
///
/// # Errors
/// Returns an error if no point is left.
pub(crate) fn look(
    points: &mut [FitPoint],
    scenario: &Scenario,
    keys: usize,
) -> Result<PointsOverview, Failure> {
    let mut sentences = Vec::new();
    for point in points.iter_mut().filter(|point| point.r#use == Use::Used) {
        if let Some((event, at)) = script_before(point, scenario) {
            point.r#use = Use::Scripted;
            sentences.push(format!(
                "point {} ({}) is {} after {event}, which takes the users offline: the script \
                 decides it and not the keys, so it is not used",
                point.number,
                point.name(),
                duration((point.time - at) as f64),
            ));
        }
    }
    let missed: Vec<String> = numbers(points, Use::NotReached);
    if !missed.is_empty() {
        let (noun, verb) = if missed.len() == 1 {
            ("point", "is")
        } else {
            ("points", "are")
        };
        sentences.push(format!(
            "{noun} {} {verb} not within the run",
            missed.join(", ")
        ));
    }
    sentences.extend(alternatives(points));
    let instants = instants(points);
    let used = points
        .iter()
        .filter(|point| point.r#use == Use::Used)
        .count();
    if used == 0 {
        let why = match sentences.as_slice() {
            [] => "every point is held out".to_owned(),
            sentences => sentences.join("; "),
        };
        return Err(ExperimentError::NothingToFit(why).into());
    }
    if used > instants {
        let (shared, noun) = (
            used - instants,
            if used - instants == 1 {
                "point shares"
            } else {
                "points share"
            },
        );
        sentences.push(format!(
            "{shared} {noun} an instant with another: {instants} instants are left"
        ));
    }
    if instants < keys {
        sentences.push(format!(
            "{} for {keys} keys: at most {} can be learned, so expect combinations of keys rather \
             than each key",
            counted(instants, "instant"),
            counted(instants, "number"),
        ));
    }
    Ok(PointsOverview {
        sentences,
        instants,
    })
}

/// A number with its noun.
fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// The numbers of the points with a use.
pub(crate) fn numbers(points: &[FitPoint], r#use: Use) -> Vec<String> {
    let kept = points.iter().filter(|point| point.r#use == r#use);
    kept.map(|point| point.number.to_string()).collect()
}

/// The number of different instants of the used points; alternatives are one.
fn instants(points: &[FitPoint]) -> usize {
    let mut seen: Vec<&FitPoint> = Vec::new();
    for point in points.iter().filter(|point| point.r#use == Use::Used) {
        let same = |known: &&FitPoint| {
            same_instant(known, point) || known.group.is_some() && known.group == point.group
        };
        if !seen.iter().any(same) {
            seen.push(point);
        }
    }
    seen.len()
}

fn same_instant(one: &FitPoint, other: &FitPoint) -> bool {
    one.time == other.time && one.daily_peak == other.daily_peak
}

/// A sentence for each group of alternatives that is used.
fn alternatives(points: &[FitPoint]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for point in points.iter().filter(|point| point.r#use == Use::Used) {
        let Some(group) = point
            .group
            .as_deref()
            .filter(|group| !known.contains(group))
        else {
            continue;
        };
        known.push(group);
        let of_group =
            |other: &&FitPoint| other.group.as_deref() == Some(group) && other.r#use == Use::Used;
        let members: Vec<&FitPoint> = points.iter().filter(of_group).collect();
        if members.len() > 1 {
            let shares = members.iter().map(|one| format!("{:.3}", one.share));
            let shares: Vec<String> = shares.collect();
            let all: Vec<String> = members.iter().map(|one| one.number.to_string()).collect();
            sentences.push(format!(
                "points {} are alternatives ({} of the norm): any one of them may be right",
                all.join(" and "),
                shares.join(" and ")
            ));
        }
    }
    sentences
}

/// The scripted event shortly before a point that takes most users offline, and its time.
fn script_before(point: &FitPoint, scenario: &Scenario) -> Option<(String, i64)> {
    let restart = scenario.operator.restart_overlay.at;
    let restart = restart.map(|at| ("operator.restart_overlay".to_owned(), at.seconds()));
    let outs = scenario.trigger.sign_out.iter().enumerate();
    let outs = outs
        .filter(|(_, out)| out.share.get() >= MOST_USERS)
        .map(|(index, out)| (format!("trigger.sign_out.{index}"), out.at.seconds()));
    restart
        .into_iter()
        .chain(outs)
        .filter(|(_, at)| !point.daily_peak && (0..=AFTER_SCRIPT).contains(&(point.time - at)))
        .map(|(event, at)| (format!("{event} ({})", moment(at)), at))
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fit::observations::points::{
        DefaultErrors, points, tests::scenario_2007,
    };

    fn of(points: &mut [FitPoint], keys: usize) -> Result<PointsOverview, String> {
        look(points, &scenario_2007(), keys).map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_restart_of_2007_fixes_two_points_and_its_pair_is_one_instant() {
        let mut all = points(&scenario_2007(), DefaultErrors::default(), &[]).unwrap();
        let look = of(&mut all, 12).unwrap();
        assert_eq!(numbers(&all, Use::Scripted), ["11", "12"]);
        assert_eq!(look.instants, 9);
        let text = look.sentences.join("\n");
        assert!(
            text.contains("point 11 (Fri 17 Aug 23:00) is 8 min after operator.restart_overlay"),
            "{text}"
        );
        assert!(
            text.contains("points 9 and 10 are alternatives (0.780 and 0.851"),
            "{text}"
        );
        assert!(
            text.contains("9 instants for 12 keys: at most 9 numbers"),
            "{text}"
        );
    }

    #[test]
    fn without_a_point_there_is_nothing_to_fit() {
        let mut all = points(&scenario_2007(), DefaultErrors::default(), &[]).unwrap();
        all.truncate(12);
        for point in &mut all {
            point.r#use = Use::HeldOut;
        }
        assert!(
            of(&mut all, 2)
                .unwrap_err()
                .contains("nothing can be fitted")
        );
    }
}
