//! Units hold: every column of the series and every key of a scenario has one of a few, a
//! count is of its sample and a gauge of its moment, and a quantity is the same however
//! it is written.
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
        quantity::{Rate, Share, Span},
    },
};

/// What a gauge can be counted in.
const OF_A_MOMENT: &[&str] = &[
    "users",
    "supernodes",
    "leaves",
    "calls",
    "log-ins",
    "sign-ins",
    "requests",
    "messages",
    "s",
];
/// And what happened in a sample.
const OF_A_SAMPLE: &[&str] = &["1/sample", "s/sample"];
/// What a plain number of a scenario can be.
const OF_A_KEY: &[&str] = &[
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
    "min",
];
/// Plain numbers without a unit: a name, and ratios.
const PURE: &[&str] = &[
    "seed",
    "factor",
    "level",
    "weekdays",
    "hourly",
    "requests_spread",
    "loaded_at",
];

fn is_count(column: &Column) -> bool {
    OF_A_SAMPLE.contains(&column.unit)
}

#[test]
fn every_column_has_a_unit_of_the_list_and_a_name_that_agrees() {
    let mut names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    for column in COLUMNS {
        let known = OF_A_MOMENT.contains(&column.unit) || is_count(column);
        assert!(known, "{}: {}", column.name, column.unit);
        let seconds = column.name.ends_with("_s");
        assert_eq!(seconds, column.unit == "s", "{}", column.name);
        let long = column.name.contains("seconds");
        assert_eq!(long, column.unit == "s/sample", "{}", column.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), COLUMNS.len());
}

/// Networks in which every column moves.
fn all_sorts() -> Vec<Scenario> {
    let mut struck = like_2010();
    struck.run.end = instant(14.0);
    let slow = struck.trigger.server.clone();
    struck.trigger = mass_events(&struck);
    struck.trigger.server.extend(slow);
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
    vec![like_2010(), struck, outage, fleet]
}

fn fleet_regions() -> Scenario {
    dense(1_000, 1)
}

/// The rows of a scenario, one for so many ticks.
fn rows(scenario: &Scenario, every: u32) -> Vec<Vec<f64>> {
    let mut run = simulation(scenario, 3);
    let rows = (1..=scenario.ticks() / every).map(|sample| {
        run.run_until(sample * every).unwrap();
        run.sample().iter().map(|cell| cell.value()).collect()
    });
    rows.collect()
}

/// With twice the sample, a count is that of both halves, and a gauge what it was.
#[test]
fn counts_double_with_the_sample_and_gauges_stay() {
    let mut moved = vec![false; COLUMNS.len()];
    for scenario in all_sorts() {
        let (short, long) = (rows(&scenario, 1_800), rows(&scenario, 3_600));
        let regions = region_columns(&scenario).len();
        for (halves, whole) in short.chunks(2).zip(&long) {
            let [first, second] = halves else {
                panic!("a long sample is two short ones");
            };
            assert_eq!(whole.len(), COLUMNS.len() + regions);
            for (place, column) in COLUMNS.iter().enumerate() {
                // A mean over supernodes, which are not the same at both moments.
                if column.name == "traffic_per_supernode" {
                    continue;
                }
                let expected = match is_count(column) {
                    true => first[place] + second[place],
                    false => second[place],
                };
                assert_eq!(whole[place], expected, "{}", column.name);
                moved[place] |= whole[place] > 0.0;
            }
            assert_eq!(whole[COLUMNS.len()..], second[COLUMNS.len()..]);
        }
    }
    let still = COLUMNS.iter().zip(&moved).filter(|(_, moved)| !**moved);
    let still: Vec<&str> = still.map(|(column, _)| column.name).collect();
    assert_eq!(still, ["traffic_per_supernode"], "never anything but 0");
}

/// The one count that is a mean: where supernodes stay, it doubles nearly.
#[test]
fn traffic_of_a_supernode_doubles_with_the_sample() {
    let place = COLUMNS
        .iter()
        .position(|column| column.name == "traffic_per_supernode");
    let scenario = small_network(24);
    let mean = |every| {
        let rows = rows(&scenario, every);
        rows.iter().map(|row| row[place.unwrap()]).sum::<f64>() / rows.len() as f64
    };
    let (short, long) = (mean(1_800), mean(3_600));
    assert!(short > 1.0, "{short}");
    assert!((long / short - 2.0).abs() < 0.02, "{short} {long}");
}

/// Every key below a root, with its path.
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

/// What a key is called says what it is.
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
            Form::Count { .. } | Form::Number if PURE.contains(&key.name) => {
                assert_eq!(unit, "", "{path}");
            }
            Form::Count { .. } | Form::Number => {
                assert!(OF_A_KEY.contains(&unit), "{path}: a number of {unit:?}");
            }
            // The text says it, or there is nothing to say.
            _ => assert_eq!(unit, "", "{path}: two units"),
        }
        if let Some(form) = form_by_name(key.name) {
            assert_eq!(key.form.name(), form, "{path}");
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}

/// A time is no rate, a rate no time, and neither is a bare number.
#[test]
fn a_key_takes_no_quantity_of_another_kind() {
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
        for (of, text) in texts {
            let fits = form.check(&Value::from(text)).is_ok();
            assert_eq!(fits, form.name() == of, "{path} and {text}");
        }
        let plain = matches!(form, Form::Count { .. } | Form::Number);
        for number in [Value::Integer(90), Value::Number(90.0)] {
            let fits = form.check(&number).is_ok();
            assert!(plain || !fits, "{path} takes {number}");
        }
        tried += 1;
    }
    assert!(tried > 120, "{tried}");
}

/// Other ways to write a span or a rate; they give the same value to the last bit.
fn spellings(form: &Form, text: &str) -> Vec<String> {
    match form {
        Form::Span => {
            let seconds = text.parse::<Span>().unwrap().seconds();
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

/// Rewrites every span and rate below a section in another way; how many.
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
fn a_quantity_is_the_same_however_it_is_written() {
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
    // The run depends on both.
    assert_ne!(digest("61/m", "90s"), expected);
    assert_ne!(digest("1/s", "91s"), expected);
}

/// Minutes east of Greenwich are minutes: an hour further east, all happens an hour sooner.
#[test]
fn an_offset_is_in_minutes() {
    let norm = |offset: f64, hour: u32| {
        let mut scenario = small_network(24);
        scenario.population.always_on_share = share(0.1);
        scenario.population.region[0].utc_offset = offset;
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
