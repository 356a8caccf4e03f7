//! The figures of a run by name, as tables, ledgers and answers contain them.
//!
//! [`FigureId`] declares every figure. A figure of a run is a number, *never* (`None`), or
//! absent from the map if the run has none.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::results::{
    error::UnknownFigure,
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

/// The figures of a summary.
pub(crate) fn figures(summary: &Summary) -> Figures {
    FigureId::all()
        .filter_map(|id| Some((id.name().into_owned(), id.read(summary)?)))
        .collect()
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
pub(crate) fn bounds(name: &str, hours: f64) -> (f64, f64) {
    let id = FigureId::from_name(name);
    let most = match id.map(FigureId::unit) {
        _ if id == Some(FigureId::Recovered) => 1.0,
        Some("h") => hours,
        _ => f64::INFINITY,
    };
    (0.0, most)
}

/// A figure as tables show it.
pub(crate) fn text(figure: Figure) -> String {
    figure.map_or_else(|| "never".to_owned(), |value| format!("{value}"))
}

/// The names of all figures.
pub(crate) fn names() -> impl Iterator<Item = String> {
    FigureId::all().map(|id| id.name().into_owned())
}

/// The figure with this name.
///
/// # Errors
/// Returns an error with the nearest name if there is no such figure.
pub(crate) fn parse(name: &str) -> Result<FigureId, UnknownFigure> {
    if let Some(id) = FigureId::from_name(name) {
        return Ok(id);
    }
    // The name of an object that contains a figure, such as `outage`, is nearest to that figure.
    let part = names().find(|known| known.split_once('.').is_some_and(|(part, _)| part == name));
    let nearest = part.or_else(|| {
        names()
            .map(|known| (strsim::jaro_winkler(&known, name), known))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known)
    });
    let name = name.to_owned();
    Err(UnknownFigure { name, nearest })
}

/// All figures for people: a line each with name, unit and meaning.
pub(crate) fn list() -> String {
    let line = |id: FigureId| format!("{:34}  {:10}  {}\n", id.name(), id.unit(), id.doc());
    FigureId::all().map(line).collect()
}

/// All figures for programs: a list of objects with `name`, `unit` and `doc`.
pub(crate) fn list_json() -> Value {
    FigureId::all()
        .map(|id| json!({ "name": id.name(), "unit": id.unit(), "doc": id.doc() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::samples::tests::hourly;

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
            assert_eq!(bounds(&name, 36.0), (0.0, 36.0), "{name}");
        }
        assert_eq!(bounds("outage.hours", 36.0), (0.0, 36.0));
        assert_eq!(bounds("recovered", 36.0), (0.0, 1.0));
        assert_eq!(bounds("user_hours_lost", 36.0), (0.0, f64::INFINITY));
        assert_eq!(bounds("of another version", 36.0), (0.0, f64::INFINITY));
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
            assert_eq!(parse(known).unwrap().name(), known);
        }
        for (wrong, near) in [
            ("hours_to_90_percents", "hours_to_90_percent"),
            ("outage", "outage.hours"),
            ("online_min", "online_min.value"),
            ("calls_faild", "calls_failed"),
        ] {
            let error = parse(wrong).unwrap_err().to_string();
            assert!(error.contains(&format!("did you mean `{near}`")), "{error}");
        }
        let error = parse("x").unwrap_err().to_string();
        assert!(error.contains("patchday schema --figures"), "{error}");
    }
}
