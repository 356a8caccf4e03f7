//! Units: every column of the series and every key of a scenario has a unit from a fixed list,
//! a count belongs to a sample and a gauge to an instant, and all spellings of a quantity give
//! the same value.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{
    attempt, dense, instant,
    scenarios::{like_2010, mass_events},
    share, simulation, small_network,
};
use patchday_agents::{
    metrics::columns::{COLUMNS, Column, region_columns},
    scenario::{
        Scenario,
        parameter::{Descriptor, Form, Section, Value},
        quantity::{Rate, Share, Span, UtcOffset},
    },
};

/// Units of gauges.
const GAUGE_UNITS: &[&str] = &[
    "users",
    "supernodes",
    "leaves",
    "calls",
    "logins",
    "requests",
    "messages",
    "s",
];
/// Units of counts.
const COUNT_UNITS: &[&str] = &["1/sample", "s/sample"];
/// Units of keys that are plain numbers.
const KEY_UNITS: &[&str] = &[
    "users",
    "supernodes",
    "leaves",
    "calls",
    "lines",
    "requests",
    "requests/s",
    "servers",
    "relays",
    "tokens",
    "failures",
    "retries",
    "retries per success",
    "keys",
    "checks",
    "min",
];
/// Keys that are plain numbers without a unit: an identifier, and ratios.
const DIMENSIONLESS: &[&str] = &[
    "seed",
    "factor",
    "level",
    "weekdays",
    "hourly",
    "requests_spread",
    "spread",
    "slow_factor",
    "load_factor",
    "load_exponent",
    "exponent",
    "times",
    "loaded_at",
];

fn is_count(column: &Column) -> bool {
    COUNT_UNITS.contains(&column.unit)
}

#[test]
fn every_column_has_a_known_unit_and_a_name_that_agrees_with_it() {
    let mut names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    for column in COLUMNS {
        let known = GAUGE_UNITS.contains(&column.unit) || is_count(column);
        assert!(known, "{}: {}", column.name, column.unit);
        let seconds = column.name.ends_with("_s");
        assert_eq!(seconds, column.unit == "s", "{}", column.name);
        let is_sum = column.name.contains("seconds");
        assert_eq!(is_sum, column.unit == "s/sample", "{}", column.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), COLUMNS.len());
}

/// Scenarios in which together every column is above 0.
fn all_columns_move() -> Vec<Scenario> {
    let mut hit = like_2010();
    hit.run.end = instant(14.0);
    let slow = hit.trigger.server.clone();
    hit.trigger = mass_events(&hit);
    hit.trigger.server.extend(slow);
    let mut outage = dense(4_000, 48);
    outage.trigger.patch_day.release = Some(instant(1.0));
    outage.trigger.patch_day.share = Share::ALL;
    outage.operator.force_supernodes = vec![attempt(34.0, 30.0, 20)];
    let mut fleet = small_network(14);
    fleet.overlay.enabled = false;
    fleet.trigger = mass_events(&fleet_regions());
    fleet.population.region = fleet_regions().population.region;
    fleet.client.retry.give_up = 3;
    fleet.servers.login.rate = "0.5/s".parse().unwrap();
    fleet.servers.presence.rate = "0.2/s".parse().unwrap();
    fleet.servers.chat.rate = "0.2/s".parse().unwrap();
    vec![like_2010(), hit, outage, fleet]
}

fn fleet_regions() -> Scenario {
    dense(1_000, 1)
}

/// The rows of a run, one every `every` ticks.
fn rows(scenario: &Scenario, every: u32) -> Vec<Vec<f64>> {
    let mut run = simulation(scenario, 3);
    let rows = (1..=scenario.ticks() / every).map(|sample| {
        run.run_until(sample * every).unwrap();
        run.sample().iter().map(|cell| cell.value()).collect()
    });
    rows.collect()
}

/// In a sample of twice the length a count is the sum over both halves, and a gauge is that of
/// the second half.
#[test]
fn counts_add_up_over_samples_and_gauges_do_not() {
    let mut moved = vec![false; COLUMNS.len()];
    for scenario in all_columns_move() {
        let (short, long) = (rows(&scenario, 1_800), rows(&scenario, 3_600));
        let regions = region_columns(&scenario).len();
        for (halves, whole) in short.chunks(2).zip(&long) {
            let [first, second] = halves else {
                panic!("a long sample consists of two short ones");
            };
            assert_eq!(whole.len(), COLUMNS.len() + regions);
            for (index, column) in COLUMNS.iter().enumerate() {
                // A mean over supernodes, which differ between the two instants.
                if column.name == "traffic_per_supernode" {
                    continue;
                }
                let mut expected = second[index];
                if is_count(column) {
                    expected += first[index];
                }
                assert_eq!(whole[index], expected, "{}", column.name);
                moved[index] |= whole[index] > 0.0;
            }
            assert_eq!(whole[COLUMNS.len()..], second[COLUMNS.len()..]);
        }
    }
    let still = COLUMNS.iter().zip(&moved).filter(|(_, moved)| !**moved);
    let still: Vec<&str> = still.map(|(column, _)| column.name).collect();
    assert_eq!(
        still,
        ["traffic_per_supernode"],
        "columns that are always 0"
    );
}

/// The only count that is a mean over supernodes: it doubles approximately if supernodes do not
/// change.
#[test]
fn traffic_per_supernode_doubles_with_the_length_of_the_sample() {
    let index = COLUMNS
        .iter()
        .position(|column| column.name == "traffic_per_supernode");
    let scenario = small_network(24);
    let mean = |every| {
        let rows = rows(&scenario, every);
        rows.iter().map(|row| row[index.unwrap()]).sum::<f64>() / rows.len() as f64
    };
    let (short, long) = (mean(1_800), mean(3_600));
    assert!(short > 1.0, "{short}");
    assert!((long / short - 2.0).abs() < 0.02, "{short} {long}");
}

/// Collects every key below a section, with its path.
fn keys(path: &str, descriptors: &'static [Descriptor], found: &mut Vec<(String, Descriptor)>) {
    for key in descriptors {
        let path = format!("{path}{}", key.name);
        match key.form {
            Form::Section { keys: inner, .. } | Form::Tables { keys: inner, .. } => {
                keys(&format!("{path}."), inner(), found);
            }
            _ => found.push((path, *key)),
        }
    }
}

fn all_keys() -> Vec<(String, Descriptor)> {
    let mut found = Vec::new();
    keys("", Scenario::describe(), &mut found);
    assert!(found.len() > 150, "{}", found.len());
    found
}

/// The form that the last word of a key's name implies.
fn form_by_name(name: &str) -> Option<&'static str> {
    if name == "at" {
        return Some("instant");
    }
    match name.rsplit('_').next().unwrap_or(name) {
        "share" => Some("share"),
        "rate" => Some("rate"),
        "every" | "lasts" | "within" | "timeout" | "mean" | "max" | "uptime" => Some("span"),
        _ => None,
    }
}

#[test]
fn every_key_has_a_unit_or_a_form_that_has_one() {
    let mut named = 0;
    for (path, key) in all_keys() {
        let unit = key.unit;
        match key.form.element() {
            Form::Count { .. } | Form::Number if DIMENSIONLESS.contains(&key.name) => {
                assert_eq!(unit, "", "{path}");
            }
            // Its unit depends on the deed.
            Form::Count { .. } if path == "operator.service.count" => {}
            Form::Count { .. } | Form::Number => {
                assert!(KEY_UNITS.contains(&unit), "{path}: a number of {unit:?}");
            }
            // The value itself contains its unit, or it has none.
            _ => assert_eq!(unit, "", "{path}: two units"),
        }
        if let Some(form) = form_by_name(key.name) {
            assert_eq!(key.form.name(), form, "{path}");
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}

/// A time is not accepted for a rate, nor a rate for a time, nor a plain number for either.
#[test]
fn a_key_rejects_quantities_of_another_form() {
    let (span, rate, day) = ("90s", "2/s", "2007-08-15");
    let instant = "2007-08-14T00:00:00Z";
    let texts = [
        ("span", span),
        ("rate", rate),
        ("day", day),
        ("instant", instant),
    ];
    let mut tried = 0;
    for (path, key) in all_keys() {
        let form = key.form.element();
        if matches!(form, Form::Text | Form::Choice(_)) {
            continue;
        }
        for (kind, text) in texts {
            let fits = form.check(&Value::from(text)).is_ok();
            // A moment is an instant, or a time after the start of the run.
            let allowed = match form {
                Form::Moment => ["span", "instant"].contains(&kind),
                _ => form.name() == kind,
            };
            assert_eq!(fits, allowed, "{path} and {text}");
        }
        // A number of minutes is a valid offset.
        let plain = matches!(form, Form::Count { .. } | Form::Number | Form::UtcOffset);
        for number in [Value::Integer(90), Value::Number(90.0)] {
            let fits = form.check(&number).is_ok();
            assert!(plain || !fits, "{path} takes {number}");
        }
        tried += 1;
    }
    assert!(tried > 120, "{tried}");
}

/// Other spellings of a span or a rate with exactly the same value.
fn spellings(form: &Form, text: &str) -> Vec<String> {
    match form {
        Form::Span => {
            let seconds = text.parse::<Span>().unwrap().whole_seconds();
            let (hours, rest) = (seconds / 3_600, seconds % 3_600);
            let mut all = vec![
                format!("{seconds}s"),
                format!("{}m {}s", seconds / 60, seconds % 60),
                format!("{hours}h{}m{}s", rest / 60, rest % 60),
            ];
            if seconds % 1_800 == 0 {
                all.push(format!("{}.{}h", seconds / 3_600, seconds % 3_600 / 360));
            }
            all
        }
        Form::Rate => {
            let second = text.parse::<Rate>().unwrap().per_second();
            let units = [("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];
            let whole = units.iter().filter_map(|(unit, seconds)| {
                let count = (second * seconds).round();
                (count / seconds == second).then(|| format!("{count} / {unit}"))
            });
            whole.chain([format!("{second:?}/s")]).collect()
        }
        _ => Vec::new(),
    }
}

/// Rewrites every span and rate below a section in another spelling, and returns their number.
fn respell(section: &mut dyn Section, way: usize) -> usize {
    let mut count = 0;
    for key in section.descriptors() {
        if key.is_section() {
            for index in 0..section.sections(key.name).len() {
                count += respell(section.section_mut(key.name, index).unwrap(), way);
            }
            continue;
        }
        let Some(Value::Text(text)) = section.get(key.name) else {
            continue;
        };
        let ways = spellings(&key.form, &text);
        if let Some(other) = ways.get(way % ways.len().max(1)) {
            section.set(key.name, &other.as_str().into()).unwrap();
            let kept = section.get(key.name);
            assert_eq!(kept, Some(text.as_str().into()), "{} = {other}", key.name);
            count += 1;
        }
    }
    count
}

#[test]
fn all_spellings_of_a_quantity_give_the_same_value() {
    let scenario = like_2010();
    for way in 0..4 {
        let mut other = scenario.clone();
        let count = respell(&mut other, way);
        assert!(count > 70, "{count}");
        assert_eq!(other, scenario);
    }
    let digest = |rate: &str, span: &str| {
        let mut scenario = small_network(4);
        scenario.overlay.enabled = false;
        let login = &mut scenario.servers.login;
        login.set("rate", &rate.into()).unwrap();
        login.set("queue", &span.into()).unwrap();
        scenario.trigger = mass_events(&fleet_regions());
        scenario.population.region = fleet_regions().population.region;
        let mut run = simulation(&scenario, 1);
        run.run_until(4 * 3_600).unwrap();
        run.digest()
    };
    let expected = digest("1/s", "90s");
    for (rate, span) in [
        ("60/m", "90s"),
        ("3600/h", "1m 30s"),
        ("86400/d", "1.5m"),
        ("1.0/s", "0.025h"),
    ] {
        assert_eq!(digest(rate, span), expected, "{rate} {span}");
    }
    // The digest does depend on both quantities.
    assert_ne!(digest("61/m", "90s"), expected);
    assert_ne!(digest("1/s", "91s"), expected);
}

/// With an offset of 60 minutes to the east the daily activity comes one hour earlier.
#[test]
fn a_utc_offset_is_in_minutes() {
    let norm = |offset: f64, hour: u32| {
        let mut scenario = small_network(24);
        scenario.population.always_on_share = share(0.1);
        scenario.population.region[0].utc_offset = UtcOffset::from_minutes(offset).unwrap();
        let mut run = simulation(&scenario, 1);
        run.run_until(hour * 3_600).unwrap();
        common::value(&mut run, "norm")
    };
    for hour in [6, 10, 14, 18] {
        let (east, west) = (norm(60.0, hour), norm(0.0, hour + 1));
        assert!((east - west).abs() <= 1.0, "{hour}: {east} {west}");
    }
    assert!((norm(60.0, 10) - norm(0.0, 10)).abs() > 5.0);
}
