//! Which keys can change in mid-run, when a simulation continues under another scenario.
//!
//! A fixed key can never change: the population, the time and what the places of actors and queues
//! depend on. Of some lists only entries can change that have not begun. Everything else can
//! change. The schema marks the keys with this, and a snapshot refuses the changes. Units: ticks.

use patchday_core::Tick;

use crate::{
    event::mass_event::MassEvent,
    scenario::{parameter::section::Section, quantity::instant::Instant, root::Scenario},
};

/// When a key can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MidRun {
    /// Never.
    Fixed,
    /// Until the event or action that it describes has begun.
    UntilBegun,
    /// At any time.
    Free,
}

/// Keys and sections that cannot change.
const FIXED: [&str; 12] = [
    "service",
    "source",
    "client.operation",
    "population",
    "calendar",
    "run.start",
    "run.tick",
    "run.seed",
    "run.sample",
    "servers.login.servers",
    "servers.login.order",
    "overlay.enabled",
];

/// Sections and lists whose entries cannot change after they have begun.
const UNTIL_BEGUN: [&str; 4] = [
    "trigger",
    "operator.service",
    "operator.force_supernodes",
    "operator.action",
];

/// Returns when the key or section at a path can change.
pub fn mid_run(path: &str) -> MidRun {
    let lies_in = |outer: &&&str| {
        let rest = path.strip_prefix(**outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if FIXED.iter().find(lies_in).is_some() {
        MidRun::Fixed
    } else if UNTIL_BEGUN.iter().find(lies_in).is_some() {
        MidRun::UntilBegun
    } else {
        MidRun::Free
    }
}

/// Returns the paths of the keys and lists in which two sections of one type differ.
fn differences(one: &dyn Section, other: &dyn Section, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for key in one.descriptors() {
        let here = match path {
            "" => key.name.to_owned(),
            path => format!("{path}.{}", key.name),
        };
        let (inner, outer) = (one.sections(key.name), other.sections(key.name));
        if one.get(key.name) != other.get(key.name) || inner.len() != outer.len() {
            found.push(here);
            continue;
        }
        let is_list = inner.len() > 1;
        for (place, (inner, outer)) in inner.into_iter().zip(outer).enumerate() {
            let element = if is_list {
                format!("{here}.{place}")
            } else {
                here.clone()
            };
            found.extend(differences(inner, outer, &element));
        }
    }
    found
}

/// Returns a description of each reason why no simulation of `before` can continue as `after` at the tick
/// `now`, whatever its state is. A snapshot can have further reasons.
pub fn obstacles_at(before: &Scenario, after: &Scenario, now: Tick) -> Vec<String> {
    let changed = differences(before, after, "").into_iter();
    let mut found: Vec<String> = changed
        .filter(|path| mid_run(path) == MidRun::Fixed)
        .map(|path| format!("{path} cannot change during a run"))
        .collect();
    let clock = before.run.clock();
    let begun = |at: Instant| clock.ticks_until(at) < i64::from(now);
    let (one, other) = (&before.trigger, &after.trigger);
    let released = one.patch_day.release.is_some_and(begun);
    if released && one.patch_day != other.patch_day {
        found.push("trigger.patch_day cannot change after the release".to_owned());
    }
    let mass_events = |scenario: &Scenario| {
        let all = MassEvent::all(scenario);
        all.into_iter().map(|event| event.identity()).collect()
    };
    let (old, new): (Vec<_>, Vec<_>) = (mass_events(before), mass_events(after));
    let (forced, others) = (
        &before.operator.force_supernodes,
        &after.operator.force_supernodes,
    );
    let kept = [
        (
            "trigger.sign_out, power_cut, region_cut and configuration_push",
            same_past(&old, &new, |event| event.0 < i64::from(now)),
        ),
        (
            "trigger.server",
            same_past(&one.server, &other.server, |it| begun(it.at)),
        ),
        (
            "trigger.supernode_loss",
            same_past(&one.supernode_loss, &other.supernode_loss, |it| {
                begun(it.at)
            }),
        ),
        (
            "trigger.login_flood",
            same_past(&one.login_flood, &other.login_flood, |it| begun(it.at)),
        ),
        (
            "trigger.traffic_peak",
            same_past(&one.traffic_peak, &other.traffic_peak, |it| begun(it.at)),
        ),
        (
            "trigger.service",
            same_past(&one.service, &other.service, |it| begun(it.at)),
        ),
        (
            "operator.service",
            same_past(&before.operator.service, &after.operator.service, |it| {
                begun(it.at)
            }),
        ),
        (
            "operator.force_supernodes",
            same_past(forced, others, |it| begun(it.at)),
        ),
    ];
    found.extend(kept.into_iter().filter(|(_, kept)| !kept).map(|(name, _)| {
        format!("{name}: entries in the past cannot be added, changed or removed during a run")
    }));
    found
}

/// Returns whether two lists have the same entries in the past, at the same positions.
fn same_past<T: PartialEq>(before: &[T], after: &[T], begun: impl Fn(&T) -> bool) -> bool {
    prefix(before, after, &begun) && prefix(after, before, &begun)
}

/// Returns whether every entry of a list that has begun is at the same position in the other list.
pub(crate) fn prefix<T: PartialEq>(
    before: &[T],
    after: &[T],
    mut begun: impl FnMut(&T) -> bool,
) -> bool {
    let mut entries = before.iter().enumerate();
    entries.all(|(place, entry)| !begun(entry) || after.get(place) == Some(entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ServerTrouble;

    #[test]
    fn keys_are_refused_by_name_as_they_are_marked() {
        let before = Scenario::default();
        let mut after = before.clone();
        after.population.always_on_share = crate::scenario::quantity::Share::ALL;
        after.servers.login.servers += 1;
        after.client.probes += 1;
        let found = obstacles_at(&before, &after, 0);
        assert_eq!(
            found,
            [
                "population.always_on_share cannot change during a run",
                "servers.login.servers cannot change during a run"
            ]
        );
        assert_eq!(mid_run("population.region.0.share"), MidRun::Fixed);
        assert_eq!(mid_run("trigger.server.N.factor"), MidRun::UntilBegun);
        assert_eq!(mid_run("client.probes"), MidRun::Free);
        assert_eq!(mid_run("calendar"), MidRun::Fixed);
    }

    #[test]
    fn entries_can_change_until_they_begin() {
        let mut before = Scenario::default();
        before.trigger.server = vec![ServerTrouble {
            at: Instant::from_seconds(100).unwrap(),
            ..Default::default()
        }];
        before.run.start = Instant::from_seconds(0).unwrap();
        let mut after = before.clone();
        after.trigger.server[0].factor = 0.5;
        assert!(obstacles_at(&before, &after, 100).is_empty());
        let refused = obstacles_at(&before, &after, 101).join("");
        assert!(
            refused.contains("trigger.server: entries in the past"),
            "{refused}"
        );
    }

    #[test]
    fn every_key_that_is_named_exists() {
        let scenario = Scenario::default();
        for path in FIXED.iter().chain(&UNTIL_BEGUN) {
            let mut section: &dyn Section = &scenario;
            for name in path.split('.') {
                assert!(
                    section.descriptors().iter().any(|key| key.name == name),
                    "{path}"
                );
                section = section.sections(name).first().copied().unwrap_or(section);
            }
        }
    }
}
