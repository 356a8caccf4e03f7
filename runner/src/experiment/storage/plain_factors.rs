//! The factors of a batch as plain columns, so that programs read them as numbers.
//!
//! A column is named after its key. A time is in seconds, with ` [s]` after the key, and a rate in
//! events per second, with ` [1/s]`; shares and plain numbers have no unit. Values of other forms
//! stay as they were given. An empty value unsets a key and stays empty.

use patchday_agents::scenario::{
    Scenario,
    parameter::{Descriptor, Form, Section},
    quantity::{Rate, Share, Span},
};

/// The factors as columns: their names, and their cells at each point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PlainFactors {
    pub(crate) names: Vec<String>,
    pub(crate) points: Vec<Vec<String>>,
}

impl PlainFactors {
    /// The columns of the factors `keys` with their values at each point.
    pub(crate) fn new(keys: &[String], points: &[Vec<String>]) -> Self {
        let mut plain = Self {
            names: keys.to_vec(),
            points: points.to_vec(),
        };
        for (place, key) in keys.iter().enumerate() {
            let Some(form) = form_of(Scenario::default().descriptors(), key) else {
                continue;
            };
            let values = points.iter().map(|point| point.get(place));
            let cells: Option<Vec<String>> =
                values.map(|value| plain_value(&form, value?)).collect();
            // A column has one unit: if one value cannot be read, all stay as they are.
            let Some(cells) = cells else { continue };
            plain.names[place] = format!("{key}{}", unit(&form));
            for (point, cell) in plain.points.iter_mut().zip(cells) {
                point[place] = cell;
            }
        }
        plain
    }
}

/// What follows the key in the name of a column.
fn unit(form: &Form) -> &'static str {
    match form {
        Form::Span => " [s]",
        Form::Rate => " [1/s]",
        _ => "",
    }
}

/// The form of the key at a path; `None` for sections and unknown keys. Elements of a list are
/// named or numbered in the path.
fn form_of(keys: &'static [Descriptor], path: &str) -> Option<Form> {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let form = keys.iter().find(|key| key.name == name)?.form;
    match (form, rest) {
        (Form::Section { keys, .. }, Some(rest)) => form_of(keys(), rest),
        (Form::Tables { keys, .. }, Some(rest)) => form_of(keys(), rest.split_once('.')?.1),
        (Form::List { item, .. }, Some(_)) => Some(*item),
        (Form::Section { .. } | Form::Tables { .. }, None) | (_, Some(_)) => None,
        (form, None) => Some(form),
    }
}

/// A value as a number in the unit of its column; values of other forms as they are.
fn plain_value(form: &Form, value: &str) -> Option<String> {
    let bare = value.trim().trim_matches(['"', '\'']);
    if bare.is_empty() {
        return Some(String::new());
    }
    match form {
        Form::Span => Some(bare.parse::<Span>().ok()?.as_seconds().to_string()),
        Form::Rate => Some(bare.parse::<Rate>().ok()?.per_second().to_string()),
        Form::Share => Some(bare.parse::<Share>().ok()?.get().to_string()),
        Form::Count { .. } => Some(bare.replace('_', "").parse::<u64>().ok()?.to_string()),
        Form::Number => Some(bare.replace('_', "").parse::<f64>().ok()?.to_string()),
        _ => Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(key: &str, values: &[&str]) -> (String, Vec<String>) {
        let points: Vec<Vec<String>> = values.iter().map(|one| vec![(*one).into()]).collect();
        let mut plain = PlainFactors::new(&[key.to_owned()], &points);
        let cells = plain.points.into_iter().flatten().collect();
        (plain.names.remove(0), cells)
    }

    #[test]
    fn times_rates_shares_and_counts_become_numbers() {
        for (key, values, name, cells) in [
            (
                "servers.login.queue",
                ["5s", "\"1h 30m\""],
                "servers.login.queue [s]",
                ["5", "5400"],
            ),
            (
                "servers.login.rate",
                ["150/m", "3/s"],
                "servers.login.rate [1/s]",
                ["2.5", "3"],
            ),
            (
                "trigger.patch_day.share",
                ["0.20", "1"],
                "trigger.patch_day.share",
                ["0.2", "1"],
            ),
            (
                "population.users",
                ["22_000", "7"],
                "population.users",
                ["22000", "7"],
            ),
            (
                "overlay.promotion.flaw",
                ["true", "false"],
                "overlay.promotion.flaw",
                ["true", "false"],
            ),
            (
                "client.retry.fixed",
                ["", "20s"],
                "client.retry.fixed [s]",
                ["", "20"],
            ),
            (
                "operator.force_supernodes.first.count",
                ["1_0", "2"],
                "operator.force_supernodes.first.count",
                ["10", "2"],
            ),
            ("no.such.key", ["5s", "1"], "no.such.key", ["5s", "1"]),
            // One value without a unit leaves the column as it was given.
            (
                "servers.login.queue",
                ["5s", "x"],
                "servers.login.queue",
                ["5s", "x"],
            ),
        ] {
            let (found, read) = columns(key, &values);
            assert_eq!(
                (found.as_str(), read),
                (name, cells.map(String::from).to_vec())
            );
        }
    }
}
