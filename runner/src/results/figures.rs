//! The figures of a run by name, as tables, ledgers and answers contain them.
//!
//! [`FigureId`] declares every figure that all runs have; a scenario adds figures of its own. A figure
//! of a run is a number, *never* (`None`), or absent from the map if the run has none.

use std::collections::BTreeMap;

use patchday_agents::scenario::Scenario;
use serde_json::{Value, json};

use crate::results::{
    error::{ResultsError, UnknownFigure},
    own::OwnFigureId,
    summary::{Figure, FigureId, Summary},
};

/// All figures of a run, by name.
pub(crate) type Figures = BTreeMap<String, Figure>;

/// The outcome of a run of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The run reached its end.
    Done { digest: String, figures: Figures },
    /// The run failed; the reason.
    Failed(String),
}

/// The figures of a summary, those of the scenario's own included.
pub(crate) fn figures(summary: &Summary) -> Figures {
    let own = summary.figure.iter();
    let own = own.filter_map(|(name, one)| Some((name.clone(), Some(one.value?))));
    // One that every run has is never hidden by another one of its name.
    let all = FigureId::all().filter_map(|id| Some((id.name().into_owned(), id.read(summary)?)));
    own.chain(all).collect()
}

/// The figures of a scenario's own, in its order.
pub(crate) fn own(scenario: &Scenario) -> Vec<FigureId> {
    let all = OwnFigureId::all(scenario).into_iter();
    all.map(FigureId::Own).collect()
}

/// Checks that no figure of a scenario's own has the name of one that every run has.
///
/// # Errors
/// Returns an error with the first one that has.
pub(crate) fn check_own(scenario: &Scenario) -> Result<(), ResultsError> {
    let mut own = scenario.figure.iter().enumerate();
    // Also the name of an object that contains a figure, such as `outage`.
    let is_taken = |name: &str| names().any(|known| known.split('.').next() == Some(name));
    match own.find(|(_, figure)| is_taken(&figure.name)) {
        None => Ok(()),
        Some((number, figure)) => Err(ResultsError::FigureName {
            number,
            name: figure.name.clone(),
        }),
    }
}

/// A figure of a run; `None` if the run has none.
pub(crate) fn get(figures: &Figures, id: FigureId) -> Option<Figure> {
    figures.get(&*id.name()).copied()
}

/// Whether a run was in an outage when it ended; false if that is not known.
pub(crate) fn ends_in_outage(figures: &Figures) -> bool {
    get(figures, FigureId::Recovered) == Some(Some(0.0))
}

/// Whether a run had no outage.
pub(crate) fn has_no_outage(figures: &Figures) -> bool {
    get(figures, FigureId::OutageHours) == Some(Some(0.0))
}

/// Whether a figure is 0 for every run without an outage, so that a mean of it mixes two kinds
/// of runs.
pub(crate) fn is_of_outage(name: &str) -> bool {
    matches!(
        FigureId::from_name(name),
        Some(FigureId::OutageHours | FigureId::HoursTo50Percent | FigureId::HoursTo90Percent)
    )
}

/// The least and greatest possible value of a figure, for a run of so many hours: no figure is
/// negative, and no time is longer than the run.
pub(crate) fn bounds(id: FigureId, hours: f64) -> (f64, f64) {
    let most = match id {
        FigureId::Recovered => 1.0,
        FigureId::Own(own) => own.most(),
        id if id.unit() == "h" => hours,
        _ => f64::INFINITY,
    };
    (0.0, most)
}

/// A figure as tables show it.
pub(crate) fn text(figure: Figure) -> String {
    figure.map_or_else(|| "never".to_owned(), |value| format!("{value}"))
}

/// The names of all figures that every run has.
pub(crate) fn names() -> impl Iterator<Item = String> {
    FigureId::all().map(|id| id.name().into_owned())
}

/// The figure of a run of this scenario with this name.
///
/// # Errors
/// Returns an error with the nearest name if there is no such figure.
pub(crate) fn parse(name: &str, scenario: &Scenario) -> Result<FigureId, UnknownFigure> {
    if let Some(id) = FigureId::from_name(name) {
        return Ok(id);
    }
    let own = own(scenario);
    if let Some(id) = own.iter().find(|id| id.name() == name) {
        return Ok(*id);
    }
    let all = || names().chain(own.iter().map(|id| id.name().into_owned()));
    // The name of an object that contains a figure, such as `outage`, is nearest to that figure.
    let part = all().find(|known| known.split_once('.').is_some_and(|(part, _)| part == name));
    let nearest = part.or_else(|| {
        all()
            .map(|known| (strsim::jaro_winkler(&known, name), known))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known)
    });
    let name = name.to_owned();
    Err(UnknownFigure { name, nearest })
}

/// All figures for people, those of the scenario's own first: a line each with name, unit and meaning.
pub(crate) fn list(scenario: Option<&Scenario>) -> String {
    let line = |id: FigureId| format!("{:34}  {:10}  {}\n", id.name(), id.unit(), id.doc());
    listed(scenario).map(line).collect()
}

/// All figures for programs: a list of objects with `name`, `unit` and `doc`.
pub(crate) fn list_json(scenario: Option<&Scenario>) -> Value {
    listed(scenario)
        .map(|id| json!({ "name": id.name(), "unit": id.unit(), "doc": id.doc() }))
        .collect()
}

fn listed(scenario: Option<&Scenario>) -> impl Iterator<Item = FigureId> {
    let own = scenario.map(own).unwrap_or_default();
    own.into_iter().chain(FigureId::all())
}

#[cfg(test)]
mod tests {
    use patchday_agents::{
        metrics::{
            cell::Cell,
            columns::{COLUMNS, ColumnId},
        },
        scenario::{OwnFigure, Statistic},
    };

    use super::*;
    use crate::results::samples::{Samples, tests::hourly};

    #[test]
    fn a_run_has_no_outage_an_outage_or_is_unknown() {
        let of = |online: &[u64]| figures(&Summary::new("t", &hourly(online), &[]));
        let calm = of(&[1_000, 980]);
        assert!(!calm.contains_key("outage"));
        assert!(has_no_outage(&calm) && !ends_in_outage(&calm));
        let down = of(&[1_000, 100, 100]);
        assert!(ends_in_outage(&down) && !has_no_outage(&down));
        // A run without a sample has no figures about outages.
        let empty = of(&[]);
        assert!(!ends_in_outage(&empty) && !has_no_outage(&empty));
        assert_eq!(
            (text(Some(0.25)), text(None)),
            ("0.25".into(), "never".into())
        );
    }

    #[test]
    fn no_time_is_longer_than_the_run() {
        for name in names().filter(|name| name.contains("hours_to") || name.contains("hours_below"))
        {
            let id = FigureId::from_name(&name).unwrap();
            assert_eq!(bounds(id, 36.0), (0.0, 36.0), "{name}");
        }
        assert_eq!(bounds(FigureId::OutageHours, 36.0), (0.0, 36.0));
        assert_eq!(bounds(FigureId::Recovered, 36.0), (0.0, 1.0));
        assert_eq!(bounds(FigureId::UserHoursLost, 36.0), (0.0, f64::INFINITY));
    }

    /// A scenario of ten hours with a figure of its own: the time with a full queue in one of them.
    fn with_own(name: &str) -> Scenario {
        let mut scenario = Scenario::default();
        scenario.run.end = scenario.run.start.after("10h".parse().unwrap());
        scenario.figure.push(OwnFigure {
            name: name.into(),
            column: "login_queue".into(),
            from: "2h".parse().ok(),
            to: "3h".parse().ok(),
            statistic: Statistic::TimeAbove,
            level: Some(5.0),
            ..OwnFigure::default()
        });
        scenario
    }

    #[test]
    fn a_figure_of_ones_own_is_found_by_name_and_bounded_by_its_window() {
        let scenario = with_own("queue_full");
        let id = parse("queue_full", &scenario).unwrap();
        assert_eq!((id.name().as_ref(), id.unit()), ("queue_full", "h"));
        assert_eq!(bounds(id, 36.0), (0.0, 1.0));
        assert_eq!(parse("queue_full", &with_own("queue_full")), Ok(id));
        let error = parse("queue_ful", &scenario).unwrap_err().to_string();
        assert!(error.contains("did you mean `queue_full`"), "{error}");
        assert!(list(Some(&scenario)).starts_with("queue_full "));
        let mut samples = Samples::new(&scenario);
        let mut row = vec![Cell::Count(0); COLUMNS.len()];
        row[ColumnId::LoginQueue.index()] = Cell::Count(6);
        samples.add(9_000, &row);
        let found = figures(&Summary::new("t", &samples, &[]));
        assert_eq!(get(&found, id), Some(Some(0.5)));
        let none = figures(&Summary::new("t", &Samples::new(&scenario), &[]));
        assert_eq!(get(&none, id), None);
    }

    #[test]
    fn a_figure_of_ones_own_has_no_name_that_is_taken() {
        assert!(check_own(&with_own("queue_full")).is_ok());
        for name in ["user_hours_lost", "calls_failed", "outage", "online_min"] {
            let error = check_own(&with_own(name)).unwrap_err().to_string();
            assert!(error.contains("figure.0.name"), "{error}");
        }
    }

    #[test]
    fn only_names_of_figures_are_accepted() {
        for known in [
            "hours_to_90_percent",
            "outage.hours",
            "online_share_min.value",
            "calls_failed",
            "login_wait_s_max.value",
        ] {
            assert_eq!(parse(known, &Scenario::default()).unwrap().name(), known);
        }
        for (wrong, near) in [
            ("hours_to_90_percents", "hours_to_90_percent"),
            ("outage", "outage.hours"),
            ("online_min", "online_min.value"),
            ("calls_faild", "calls_failed"),
        ] {
            let error = parse(wrong, &Scenario::default()).unwrap_err().to_string();
            assert!(error.contains(&format!("did you mean `{near}`")), "{error}");
        }
        let error = parse("x", &Scenario::default()).unwrap_err().to_string();
        assert!(error.contains("patchday schema --figures"), "{error}");
    }
}
