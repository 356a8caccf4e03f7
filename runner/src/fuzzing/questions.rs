//! The notations of experiments: factors, criteria, variants, points.

use patchday_agents::scenario::Scenario;

use crate::{
    experiment::{
        design::{
            factors::{Factor, Levels},
            points::{self, Method},
            range::Range,
            variant::Variant,
        },
        fit::observations::incident,
        sweep::plan::points_from_csv,
    },
    fuzzing::{
        assertions::{placed, sentence, text},
        scenarios::loads,
        seeds::small::{SMALL, small},
    },
    results::{
        criteria::Criterion,
        figures::{self, Figures},
    },
    scenario::{load, origin::Override},
};

/// `KEY=A,B,C` or `KEY=LOW..HIGH`.
pub fn factor(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let factor = match Factor::parse(text) {
        Ok(factor) => factor,
        Err(failure) => return drop(sentence(&failure)),
    };
    match &factor.levels {
        Levels::Values(values) => {
            let again = format!("{}={}", factor.key, values.join(","));
            assert_eq!(Factor::parse(&again).ok().as_ref(), Some(&factor));
        }
        Levels::Range(range) => reads_back(range),
    }
    let factors = [factor];
    for method in [Method::Grid, Method::LatinHypercube, Method::Sobol] {
        match points::points(&factors, method, Some(7), 1) {
            Ok(points) => assert!(points.iter().all(|point| point.len() == 1)),
            Err(failure) => drop(sentence(&failure)),
        }
    }
}

/// Values of a range lie in it and read back.
fn reads_back(range: &Range) {
    let (low, high) = (range.low, range.high);
    assert!(
        low < high && low.is_finite() && high.is_finite(),
        "{range:?}"
    );
    for place in [0.0, 0.1, 0.5, 0.77, 1.0] {
        let value = range.at(place);
        assert!((low..=high).contains(&value), "{range:?}: {value}");
        let text = range.text(value);
        let read = range.number(&text);
        // Rounding to whole numbers and seconds changes a value by at most 0.5.
        let near = |read: f64| (read - value).abs() <= 0.5 + value.abs() * 1e-5;
        assert!(
            read.is_some_and(near),
            "{range:?}: {value} is {text}: {read:?}"
        );
        // Printing and reading a value again does not change it.
        let again = read.map(|read| range.text(read));
        assert_eq!(again.as_deref(), Some(text.as_str()), "{range:?}: {value}");
    }
}

/// A criterion.
pub fn criterion(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let criterion = match Criterion::parse(text, small()) {
        Ok(criterion) => criterion,
        Err(error) => return drop(sentence(&error.to_string())),
    };
    let again = Criterion::parse(&criterion.to_string(), small());
    assert_eq!(again.as_ref(), Ok(&criterion));
    let of = |value| Figures::from([(criterion.figure.name().into_owned(), value)]);
    for value in [None, Some(0.0), Some(1.5)] {
        let holds = criterion.holds(&of(value), Some(&of(Some(1.0))));
        assert!(holds.is_some(), "{criterion}");
        assert_eq!(criterion.holds(&Figures::new(), None), None);
    }
    let figure = figures::parse(&criterion.figure.name(), small());
    assert_eq!(figure.ok(), Some(criterion.figure));
}

/// `NAME: KEY=VALUE; KEY=VALUE`.
pub fn variant(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    match Variant::parse(text) {
        Err(failure) => drop(sentence(&failure)),
        Ok(variant) => {
            let sets = |set: &String| set.contains('=') && set.trim() == set;
            assert!(variant.set.iter().all(sets), "{variant:?}");
            let set = variant.set.iter().take(4);
            let overrides: Vec<Override> = set.map(|set| Override::set(set)).collect();
            loads::<Scenario>(SMALL, &overrides);
        }
    }
}

/// A table of points.
pub fn points(bytes: &[u8]) {
    let (names, rows) = match points_from_csv(bytes) {
        Ok(read) => read,
        Err(error) => return placed(&error),
    };
    assert!(rows.iter().all(|row| row.len() == names.len()));
    if names.is_empty() {
        return;
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    let written = std::iter::once(&names).chain(&rows);
    let written = written
        .into_iter()
        .try_for_each(|row| out.write_record(row));
    let bytes = written.ok().and_then(|()| out.into_inner().ok());
    let again = points_from_csv(bytes.unwrap_or_default().as_slice());
    assert_eq!(again.ok(), Some((names, rows)));
}

/// The points of an incident.
pub fn incident(bytes: &[u8]) {
    match incident::points(bytes, "incident.csv") {
        Err(fault) => drop(sentence(&fault)),
        Ok(points) => {
            let set = format!("observed=[{}]", points.join(", "));
            let loaded = load::load::<Scenario>("incident", SMALL, &[Override::set(&set)]);
            // The points can contradict each other, but every one of them is read.
            if let Ok(loaded) = loaded {
                assert_eq!(loaded.scenario.observed.len(), points.len());
            }
        }
    }
}
