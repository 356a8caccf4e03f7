//! Keys that are said to have no effect do not change a run.
//!
//! Every such key is set to another value, and the rows of both runs are compared. The number of events
//! of the engine is left out: it counts messages of a part that is off. So is the number of listed supernodes, which is the target
//! number also without an overlay.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{instant, simulation, small_network, without_overlay};
use patchday_agents::{
    metrics::{cell::Cell, columns::ColumnId},
    scenario::{
        PatchDay, Scenario, SignOut,
        effect::without_effect,
        parameter::{Form, Section, Value},
        quantity::Share,
    },
};

/// Sets keys of a section to other values that they can have. Returns the changed keys.
fn change(section: &mut dyn Section, path: &str) -> Vec<String> {
    let mut changed = Vec::new();
    for key in section.descriptors() {
        let here = format!("{path}.{}", key.name);
        match key.form {
            Form::Section { .. } => {
                if let Some(inner) = section.section_mut(key.name, 0) {
                    changed.extend(change(inner, &here));
                }
            }
            Form::Tables { .. } => {}
            _ => {
                if change_key(section, key.name) {
                    changed.push(here);
                }
            }
        }
    }
    changed
}

/// Sets a key to another value. Returns whether there is one.
fn change_key(section: &mut dyn Section, name: &str) -> bool {
    let before = section.get(name);
    let mut values: Vec<Value> = vec![
        "37m".into(),
        "13s".into(),
        "77/s".into(),
        "2007-08-16T05:00:00Z".into(),
        0.25.into(),
        3.into(),
        20.into(),
        true.into(),
        false.into(),
    ];
    let keys = section.descriptors();
    if let Some(Form::Choice(choices)) =
        keys.iter().find(|key| key.name == name).map(|key| key.form)
    {
        values.extend(choices.iter().map(|choice| Value::from(choice.name)));
    }
    values.iter().any(|value| {
        before.as_ref() != Some(value)
            && section.set(name, value).is_ok()
            && section.get(name) != before
    })
}

/// The section that holds a key, and the name of the key in it.
fn holder<'a, 'b>(
    mut section: &'a mut dyn Section,
    path: &'b str,
) -> (&'a mut dyn Section, &'b str) {
    let mut rest = path;
    while let Some((name, inner)) = rest.split_once('.') {
        section = section.section_mut(name, 0).unwrap();
        rest = inner;
    }
    (section, rest)
}

/// A row for each quarter of an hour, without the number of events and the list of supernodes.
fn rows(scenario: &Scenario) -> Vec<Vec<Cell>> {
    let mut run = simulation(scenario, 31);
    let steps = 0..=scenario.ticks() / 900;
    steps
        .map(|step| {
            run.run_until(step * 900).unwrap();
            let mut row = run.sample();
            for column in [ColumnId::Events, ColumnId::SupernodesListed] {
                row[column.index()] = Cell::Count(0);
            }
            row
        })
        .collect()
}

/// Changes all keys that are said to have no effect in a scenario.
fn check(scenario: &Scenario) {
    let before = rows(scenario);
    for ineffective in without_effect(scenario) {
        let path = ineffective.path.as_str();
        let mut other = scenario.clone();
        let (section, name) = holder(&mut other, path);
        let keys = section.descriptors();
        let form = keys.iter().find(|key| key.name == name).unwrap().form;
        let changed = match form {
            Form::Section { .. } => change(section.section_mut(name, 0).unwrap(), path),
            Form::Tables { .. } => continue,
            _ => Vec::from_iter(change_key(section, name).then(|| path.to_owned())),
        };
        if path != "run.title" {
            assert!(!changed.is_empty(), "{path}: not changed");
        }
        assert_eq!(rows(&other), before, "{changed:?}: {}", ineffective.reason);
    }
}

#[test]
fn keys_without_effect_leave_the_rows_unchanged_without_an_overlay() {
    let mut scenario = without_overlay(6);
    scenario.client.calls.busy_share = Share::new(0.0).unwrap();
    scenario.client.retry.fixed = Some("20s".parse().unwrap());
    scenario.trigger.patch_day = PatchDay {
        release: None,
        ..PatchDay::default()
    };
    scenario.trigger.sign_out = vec![SignOut {
        at: instant(2.0),
        share: Share::ALL,
        within: "10s".parse().unwrap(),
        regions: Vec::new(),
    }];
    check(&scenario);
}

#[test]
fn keys_without_effect_leave_the_rows_unchanged_with_an_overlay() {
    let mut scenario = small_network(6);
    scenario.trigger.patch_day.share = Share::new(0.0).unwrap();
    scenario.population.sessions.long_share = Share::new(0.0).unwrap();
    check(&scenario);
}
