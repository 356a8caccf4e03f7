//! Tests of the checks, units and scaling of figures of one's own.

use super::*;
use crate::scenario::parameter::{Check, Severity};

fn scenario(change: impl FnOnce(&mut OwnFigure)) -> Scenario {
    let mut scenario = Scenario::default();
    scenario.run.start = "2007-08-14T00:00:00Z".parse().unwrap();
    scenario.run.end = "2007-08-16T00:00:00Z".parse().unwrap();
    let mut figure = OwnFigure {
        name: "queue_peak".into(),
        column: "login_queue".into(),
        statistic: Statistic::Max,
        ..OwnFigure::default()
    };
    change(&mut figure);
    scenario.figure.push(figure);
    scenario
}

/// The only remark of the scenario about its figure, and whether it is an error.
fn remark(change: impl FnOnce(&mut OwnFigure)) -> Option<(bool, String)> {
    let remarks = scenario(change).check().into_iter();
    let mut about = remarks.filter(|remark| remark.path.starts_with("figure."));
    let first = about.next()?;
    assert!(about.next().is_none());
    let key = first.path.strip_prefix("figure.0.").unwrap_or_default();
    let text = format!("{key} {}", first.message);
    Some((first.severity == Severity::Error, text))
}

fn moment(text: &str) -> Option<Moment> {
    text.parse().ok()
}

#[test]
fn mistakes_are_errors_and_inputs_without_effect_are_warned_of() {
    type Change = fn(&mut OwnFigure);
    let cases: [(Change, bool, &str); 11] = [
        (|one| one.name = "Queue".into(), true, "name is not a name"),
        (
            |one| one.column = "login_quue".into(),
            true,
            "did you mean `login_queue`?",
        ),
        (
            |one| one.divided_by = Some("zzz".into()),
            true,
            "divided_by is not a column of series.csv; `patchday schema --series`",
        ),
        (
            |one| one.statistic = Statistic::TimeBelow,
            true,
            "statistic needs `level`",
        ),
        (|one| one.level = Some(3.0), false, "level has no effect"),
        (
            |one| one.from = moment("2d"),
            false,
            "from is not before run.end (2007-08-16T00:00:00Z): the figure has no value",
        ),
        (
            |one| one.to = moment("2007-08-14T00:00:00Z"),
            true,
            "to ends the window before the run",
        ),
        (
            |one| (one.from, one.to) = (moment("1d"), moment("3h")),
            true,
            "to is not after `from`",
        ),
        (
            |one| one.from = moment("2007-08-13T00:00:00Z"),
            false,
            "from is before run.start",
        ),
        (|one| one.to = moment("3d"), false, "to is after run.end"),
        (
            |one| one.column = "gateway_calls".into(),
            false,
            "the scenario does not have",
        ),
    ];
    for (change, is_error, says) in cases {
        let (error, text) = remark(change).unwrap();
        assert!(error == is_error && text.contains(says), "{says}: {text}");
    }
    assert_eq!(remark(|_| {}), None);
    let whole = remark(|one| (one.from, one.to) = (moment("0s"), moment("2007-08-16T00:00:00Z")));
    assert_eq!(whole, None);
    let mut twice = scenario(|_| {});
    twice.figure.push(twice.figure[0].clone());
    let text = twice.check().pop().unwrap().message;
    assert!(text.contains("another figure of the scenario"), "{text}");
}

#[test]
fn regions_are_columns_too() {
    let scenario = scenario(|_| {});
    let name = region_columns(&scenario).pop().unwrap();
    let column = SeriesColumn::parse(&name, &scenario).unwrap();
    let place = scenario.population.region.len() - 1;
    assert_eq!(column, SeriesColumn::Region(place));
    assert_eq!(column.name(&scenario), name);
    let row: Vec<Cell> = (0..100).map(Cell::Count).collect();
    let cell = Cell::Count((COLUMNS.len() + place) as u64);
    assert_eq!(column.cell(&row), Some(cell));
}

#[test]
fn units_follow_from_columns_and_statistic() {
    for (column, divided_by, statistic, unit) in [
        ("login_queue", "", Statistic::Max, "logins"),
        ("login_queue", "", Statistic::Integral, "logins h"),
        ("online", "", Statistic::Integral, "user h"),
        ("calls_failed", "", Statistic::Integral, "count"),
        ("call_seconds", "", Statistic::Integral, "s"),
        ("calls_failed", "", Statistic::Mean, "1/sample"),
        ("calls_failed", "calls_wanted", Statistic::Mean, "ratio"),
        (
            "online",
            "supernodes",
            Statistic::Mean,
            "users per supernodes",
        ),
        ("call_seconds", "calls", Statistic::Max, "s per count"),
        ("online", "norm", Statistic::Integral, "h"),
        ("online", "norm", Statistic::TimeBelow, "h"),
    ] {
        let all = CompiledFigure::all(&scenario(|one| {
            one.column = column.into();
            one.divided_by = (!divided_by.is_empty()).then(|| divided_by.into());
            one.statistic = statistic;
            one.level = Some(1.0);
        }));
        assert_eq!(all[0].unit, unit, "{column} {divided_by} {statistic}");
    }
}

#[test]
fn a_window_is_cut_at_the_run_and_described_in_words() {
    let all = CompiledFigure::all(&scenario(|one| {
        (one.from, one.to) = (moment("1d"), moment("2007-08-20T00:00:00Z"));
    }));
    assert_eq!(all[0].window, (86_400, 2 * 86_400));
    assert_eq!(
        all[0].doc,
        "Maximum of login_queue, from 1d after the start to 2007-08-20T00:00:00Z; from the samples."
    );
}

#[test]
fn levels_of_numbers_are_scaled_and_those_of_times_and_ratios_are_not() {
    for (column, divided_by, level) in [
        ("login_queue", None, 10.0),
        ("calls_failed", None, 10.0),
        ("online_in_none", None, 1_000.0),
        ("login_wait_s", None, 1_000.0),
        ("traffic_per_supernode", None, 1_000.0),
        ("online", Some("norm".to_owned()), 1_000.0),
    ] {
        let full = scenario(|one| {
            one.column = column.into();
            one.divided_by = divided_by;
            one.level = Some(1_000.0);
        });
        assert_eq!(full.scaled(0.01).figure[0].level, Some(level), "{column}");
    }
}
