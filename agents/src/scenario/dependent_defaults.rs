//! Keys whose defaults depend on other keys.
//!
//! The defaults of the sections describe the network of 2007. A fleet without an overlay has no
//! business users, calls, presence and chat servers unless its scenario names them; and the rate of all
//! login servers follows from that of each. This is resolved once, when a scenario is read, so that all
//! other code sees plain values. Units: events per second.

use crate::scenario::{
    parameter::{
        check::{Given, Remark, Resolution},
        section::Section,
        value::Value,
    },
    root::Scenario,
};

/// What is switched off without an overlay: the key or section that switches it on if the scenario names
/// it, and the key that switches it off.
const WITHOUT_OVERLAY: [(&str, &str, Value); 4] = [
    (
        "population.business_share",
        "population.business_share",
        Value::Number(0.0),
    ),
    (
        "client.calls",
        "client.calls.busy_share",
        Value::Number(0.0),
    ),
    (
        "servers.presence",
        "servers.presence.on",
        Value::Switch(false),
    ),
    ("servers.chat", "servers.chat.on", Value::Switch(false)),
];

const RATE: &str = "servers.login.rate";
const RATE_EACH: &str = "servers.login.rate_each";
/// The maximum of [`RATE`].
const MAX_RATE: f64 = 10_000_000.0;

/// Sets the keys whose defaults depend on other keys.
pub(crate) fn resolve(scenario: &mut Scenario, given: &dyn Fn(&str) -> Given) -> Resolution {
    let mut resolution = Resolution::default();
    if !scenario.overlay.enabled {
        for (named, key, off) in WITHOUT_OVERLAY {
            if given(named) == Given::Not && set(scenario, key, &off) {
                resolution.set.push((key, "default without overlay"));
            }
        }
    }
    rate_of_all(scenario, given, &mut resolution);
    resolution
}

/// Sets a key below nested sections. Returns whether it exists.
fn set(section: &mut dyn Section, path: &str, value: &Value) -> bool {
    match path.split_once('.') {
        Some((name, rest)) => section
            .section_mut(name, 0)
            .is_some_and(|inner| set(inner, rest, value)),
        None => section.set(path, value).is_ok(),
    }
}

/// Replaces the rate of each login server by that of all. Of the two keys, an override replaces that of
/// the file.
fn rate_of_all(
    scenario: &mut Scenario,
    given: &dyn Fn(&str) -> Given,
    resolution: &mut Resolution,
) {
    let login = &mut scenario.servers.login;
    let Some(each) = login.rate_each.take() else {
        return;
    };
    let (of_all, of_each) = (given(RATE), given(RATE_EACH));
    if of_all > of_each {
        return;
    }
    if of_all == of_each && of_each != Given::Not {
        resolution.remarks.push(Remark::error(
            RATE_EACH,
            format!(
                "= \"{each}\" is the rate of each server and {RATE} = \"{}\" that of all {} together; give one of the two",
                login.rate, login.servers
            ),
        ));
        return;
    }
    let all = each.per_second() * f64::from(login.servers);
    if all > MAX_RATE {
        resolution.remarks.push(Remark::error(
            RATE_EACH,
            format!(
                "= \"{each}\" is {all:.0}/s for {} servers; {RATE} is at most {MAX_RATE:.0}/s",
                login.servers
            ),
        ));
        return;
    }
    login.rate = each.scaled(login.servers.into());
    resolution.set.push((RATE, "rate_each x servers"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::quantity::rate::Rate;

    fn resolved(change: impl Fn(&mut Scenario), given: &[(&str, Given)]) -> (Scenario, Resolution) {
        let mut scenario = Scenario::default();
        change(&mut scenario);
        let known = |path: &str| {
            let found = given.iter().find(|(name, _)| *name == path);
            found.map_or(Given::Not, |(_, given)| *given)
        };
        let resolution = resolve(&mut scenario, &known);
        (scenario, resolution)
    }

    #[test]
    fn without_an_overlay_only_what_is_named_is_on() {
        let off = |scenario: &mut Scenario| scenario.overlay.enabled = false;
        let (scenario, resolution) = resolved(off, &[]);
        assert_eq!(
            resolution.set.len(),
            WITHOUT_OVERLAY.len(),
            "{resolution:?}"
        );
        assert_eq!(scenario.population.business_share.get(), 0.0);
        assert_eq!(scenario.client.calls.busy_share.get(), 0.0);
        assert!(!scenario.servers.presence.on && !scenario.servers.chat.on);
        let (scenario, resolution) = resolved(off, &[("servers.chat", Given::InFile)]);
        assert!(!scenario.servers.presence.on && scenario.servers.chat.on);
        assert_eq!(resolution.set.len(), WITHOUT_OVERLAY.len() - 1);
        let (scenario, resolution) = resolved(|_| {}, &[]);
        assert_eq!((scenario, resolution.set), (Scenario::default(), vec![]));
    }

    #[test]
    fn the_rate_of_each_server_is_multiplied_by_their_number() {
        let each = |scenario: &mut Scenario| {
            scenario.servers.login.servers = 200;
            scenario.servers.login.rate_each = "50/s".parse().ok();
        };
        let rate = |given: &[(&str, Given)]| {
            let (scenario, resolution) = resolved(each, given);
            assert_eq!(scenario.servers.login.rate_each, None::<Rate>);
            let errors = resolution.remarks.len();
            (scenario.servers.login.rate.to_string(), errors)
        };
        let (file, over) = (Given::InFile, Given::ByOverride);
        assert_eq!(rate(&[(RATE_EACH, file)]), ("10000/s".into(), 0));
        assert_eq!(
            rate(&[(RATE, file), (RATE_EACH, over)]),
            ("10000/s".into(), 0)
        );
        assert_eq!(
            rate(&[(RATE, over), (RATE_EACH, file)]),
            ("2500/s".into(), 0)
        );
        assert_eq!(
            rate(&[(RATE, file), (RATE_EACH, file)]),
            ("2500/s".into(), 1)
        );
    }
}
