//! The figures of a run by name: every number of its summary, and *never* where one has
//! no value.
//!
//! Nested figures have names with points (`online_share_min.value`). What is a text or
//! an instant in the summary is left out. A run without an outage has one of 0 hours: in the
//! summary there is none, but among figures *never* would make it the worst of all.

use std::collections::BTreeMap;

use patchday_agents::metrics::columns::{Aggregate, ColumnId};
use serde_json::Value;

use crate::{host::error::Failure, results::summary::Summary};

/// A figure; none for *never*.
pub(crate) type Figure = Option<f64>;

/// All figures of a run.
pub(crate) type Figures = BTreeMap<String, Figure>;

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It ran to its end.
    Done { digest: String, figures: Figures },
    /// It did not; why.
    Failed(String),
}

/// The figures of a summary.
pub(crate) fn figures(summary: &Summary) -> Figures {
    // A summary has only texts as keys, so it can be a value.
    let value = serde_json::to_value(summary).unwrap_or_default();
    flat(&value)
}

/// The figures of a summary as it is read from a file.
pub(crate) fn flat(value: &Value) -> Figures {
    let mut figures = Figures::new();
    add(&mut figures, "", value);
    if figures.remove("outage").is_some() {
        let none = figures.get(RECOVERED) == Some(&Some(1.0));
        figures.insert(OUTAGE_HOURS.to_owned(), none.then_some(0.0));
    }
    figures
}

/// The figures that say whether there was an outage, and whether it was over at the end.
const OUTAGE_HOURS: &str = "outage.hours";
const RECOVERED: &str = "recovered";

/// Whether a run was in an outage when it ended; not so if that is not known.
pub(crate) fn ends_in_outage(figures: &Figures) -> bool {
    figures.get(RECOVERED) == Some(&Some(0.0))
}

/// Whether a run had no outage at all.
pub(crate) fn has_no_outage(figures: &Figures) -> bool {
    figures.get(OUTAGE_HOURS) == Some(&Some(0.0))
}

/// Whether a figure is 0 of a run only because that had no outage, so that a mean of it is one
/// of two kinds of runs.
pub(crate) fn is_of_outage(name: &str) -> bool {
    name == OUTAGE_HOURS || name.starts_with("hours_to_")
}

/// Between which values a figure of a run of so many hours lies: none is below 0, and no time
/// is longer than the run.
pub(crate) fn bounds(name: &str, hours: f64) -> (f64, f64) {
    let of_time = ["hours_", "longest_hours_", OUTAGE_HOURS];
    let most = match name {
        RECOVERED => 1.0,
        _ if of_time.iter().any(|start| name.starts_with(start)) => hours,
        _ => f64::INFINITY,
    };
    (0.0, most)
}

fn add(figures: &mut Figures, name: &str, value: &Value) {
    match value {
        Value::Null => drop(figures.insert(name.to_owned(), None)),
        Value::Bool(yes) => drop(figures.insert(name.to_owned(), Some(f64::from(u8::from(*yes))))),
        Value::Number(number) => drop(figures.insert(name.to_owned(), number.as_f64())),
        Value::Object(parts) => {
            for (key, part) in parts {
                let longer = match name {
                    "" => key.clone(),
                    _ => format!("{name}.{key}"),
                };
                add(figures, &longer, part);
            }
        }
        Value::String(_) | Value::Array(_) => {}
    }
}

/// A figure as it stands in a table.
pub(crate) fn text(figure: Figure) -> String {
    figure.map_or_else(|| "never".to_owned(), |value| format!("{value}"))
}

/// The names that any run has.
pub(crate) fn names() -> Vec<String> {
    figures(&Summary::default()).into_keys().collect()
}

/// Refuses a name that no run has.
///
/// # Errors
/// Names that look like it.
pub(crate) fn check(name: &str) -> Result<(), Failure> {
    let names = names();
    // Figures within figures are null in an empty summary, or come from columns.
    let stem = name.split('.').next().unwrap_or(name);
    let counted = |name: &str| {
        let column = ColumnId::from_name(name).map(ColumnId::column);
        column.is_some_and(|column| column.aggregate == Some(Aggregate::Sum))
    };
    if names.iter().any(|known| known == name || known == stem) || counted(stem) {
        return Ok(());
    }
    let near = names
        .iter()
        .map(|known| (strsim::jaro_winkler(known, name), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = near.map_or_else(
        || format!("; those are {}", names.join(", ")),
        |(_, known)| format!("; did you mean `{known}`?"),
    );
    Err(Failure::usage(format!(
        "no run has a figure `{name}`{hint}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_flat_names_and_never_is_none() {
        let value = serde_json::json!({
            "a": 2, "b": null, "c": {"value": 0.5, "time": "x"}, "d": true, "e": "text",
        });
        let figures = flat(&value);
        assert_eq!(figures["a"], Some(2.0));
        assert_eq!(figures["b"], None);
        assert_eq!(figures["c.value"], Some(0.5));
        assert_eq!(figures["d"], Some(1.0));
        assert_eq!(figures.len(), 4);
        assert_eq!(
            (text(Some(0.25)), text(None)),
            ("0.25".into(), "never".into())
        );
    }

    #[test]
    fn a_run_without_an_outage_has_one_of_no_hours() {
        let of = |value: Value| flat(&value);
        let calm = of(serde_json::json!({"outage": null, "recovered": true}));
        assert_eq!(calm.get("outage.hours"), Some(&Some(0.0)));
        assert!(!calm.contains_key("outage"));
        assert!(has_no_outage(&calm) && !ends_in_outage(&calm));
        let outage = serde_json::json!({"start": "x", "end": null, "hours": null});
        let down = of(serde_json::json!({"outage": outage, "recovered": false}));
        assert_eq!(down.get("outage.hours"), Some(&None));
        assert!(ends_in_outage(&down) && !has_no_outage(&down));
        // Of a run without a sample nothing is known.
        let empty = figures(&Summary::default());
        assert_eq!(empty.get("outage.hours"), Some(&None));
        assert!(!ends_in_outage(&empty) && !has_no_outage(&empty));
    }

    #[test]
    fn no_time_is_longer_than_the_run() {
        assert_eq!(bounds("hours_to_90_percent", 36.0), (0.0, 36.0));
        assert_eq!(bounds("recovered", 36.0), (0.0, 1.0));
        assert_eq!(bounds("user_hours_lost", 36.0), (0.0, f64::INFINITY));
    }

    #[test]
    fn names_are_checked() {
        for known in [
            "hours_to_90_percent",
            "outage.hours",
            "online_share_min.value",
            "calls_failed",
        ] {
            assert!(check(known).is_ok(), "{known}");
        }
        let wrong = check("hours_to_90_percents").unwrap_err().to_string();
        assert!(
            wrong.contains("did you mean `hours_to_90_percent`"),
            "{wrong}"
        );
    }
}
