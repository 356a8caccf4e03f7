//! Overrides of a scenario that is already scaled, such as that of a finished run.
//!
//! Users and capacities in an override are those of the full population, as in every other command.
//! The overrides are applied, the result is scaled, and each value that the overrides changed and the
//! scale changes is set again to its scaled value.

use std::collections::BTreeSet;

use patchday_agents::scenario::Scenario;

use crate::scenario::{
    error::LoadError,
    load::{self, value_at},
    origin::Override,
    prepare::ScenarioSettings,
    print,
};

/// The overrides of `settings` for a file whose values are those of `before`, scaled by `scale`.
///
/// # Errors
/// Returns an error if the file cannot be read. Invalid overrides are kept, to be found later.
pub(crate) fn overrides_at_scale(
    settings: &ScenarioSettings,
    before: &Scenario,
    scale: f64,
) -> Result<Vec<String>, LoadError> {
    let mut overrides = settings.overrides.clone();
    if scale == 1.0 {
        return Ok(overrides);
    }
    let (_, text) = load::read(&settings.file)?;
    let given: Vec<Override> = overrides.iter().map(|text| Override::set(text)).collect();
    let full = load::glance::<Scenario>(&text, &given);
    let scaled = full.scaled(scale);
    let named = overrides
        .iter()
        .filter_map(|text| Some(text.split_once('=')?.0.trim().to_owned()));
    let mut keys: BTreeSet<String> = named.collect();
    let differences = print::differences(before, &full).into_iter();
    keys.extend(differences.map(|difference| difference.key));
    for key in keys {
        if let (Some(one), Some(other)) = (value_at(&full, &key), value_at(&scaled, &key))
            && one != other
        {
            overrides.push(format!("{key}={other}"));
        }
    }
    Ok(overrides)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scenario::prepare::prepare;

    #[test]
    fn users_and_capacities_are_those_of_the_full_population() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("config.toml");
        let settings = |overrides: &[&str]| ScenarioSettings {
            file: file.clone(),
            overrides: overrides.iter().map(|text| (*text).to_owned()).collect(),
            scale: 1.0,
            seed: None,
            until: None,
        };
        let outage = include_str!("../../../../configs/outage-2007.toml");
        fs::write(&file, outage).unwrap();
        let full = prepare(&settings(&[])).unwrap().scenario;
        let before = full.scaled(0.01);
        fs::write(&file, print::canonical(&before)).unwrap();
        let after = |overrides: &[&str]| {
            let all = overrides_at_scale(&settings(overrides), &before, 0.01).unwrap();
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            prepare(&settings(&all)).unwrap().scenario
        };
        // The value of the full scenario is the value of the run.
        let rate = value_at(&full, "servers.login.rate").unwrap();
        assert_eq!(after(&[&format!("servers.login.rate={rate}")]), before);
        let chosen = after(&[
            "servers.login.rate=300/s",
            "operator.force_supernodes.second.count=7000",
            "client.login_timeout=20s",
        ]);
        let value = |key: &str| value_at(&chosen, key).unwrap().to_string();
        assert_eq!(value("servers.login.rate"), "\"3/s\"");
        assert_eq!(value("operator.force_supernodes.second.count"), "70");
        assert_eq!(value("client.login_timeout"), "\"20s\"");
        assert_eq!(chosen.population, before.population);
        // An element of a list that replaces the list.
        let flood = after(&[
            "trigger.login_flood=[{at=\"2007-08-16T12:00:00Z\", lasts=\"1h\", rate=\"500/s\"}]",
        ]);
        let rate = value_at(&flood, "trigger.login_flood.0.rate").unwrap();
        assert_eq!(rate.to_string(), "\"5/s\"");
    }
}
