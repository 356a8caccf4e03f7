//! Tests of the printed scenario, its hash, and the schema.

use crate::scenario::{
    print::{canonical, config_hash, print},
    schema::{keys, schema_json, schema_text},
};
use proptest::prelude::*;

use crate::scenario::load::tests::*;

#[test]
fn the_printed_scenario_has_every_key_and_its_origin() {
    let text = "title = \"t\"\n[[region]]\nname = \"all\"\nshare = 1\n";
    let loaded = loaded(text, &["login.rate=500/s"]);
    assert_eq!(
        print(&loaded, "fleet.toml"),
        r#"# The scenario as it ran, from fleet.toml: every key.
title = "t"  # file:1
# until is not set
watch = []  # default

[population]
users = 220000000  # default
online_share = 0.05  # default
quarters = [1.0, 2.5, 0.1, 4.0]  # default

[client.retry.exponential]
cap = "20m"  # default
jitter = "full"  # default
first = ["1s", "10s"]  # default

[login]
rate = "500/s"  # -s
slope = -0.5  # default
queue = true  # default

[[region]]
name = "all"  # file:3
share = 1.0  # file:4
holiday = []  # default

# [patch_day] is not set
"#
    );
}

#[test]
fn a_printed_scenario_loads_to_the_same_scenario() {
    for (text, overrides) in [
        ("", vec![]),
        (RICH, vec![]),
        (RICH, vec!["region.0.holiday=[]", "title=\"\\u0000\\\\\""]),
    ] {
        let first = loaded(text, &overrides);
        for print in [print(&first, "x"), canonical(&first.scenario)] {
            let again = loaded(&print, &[]);
            assert_eq!(again.scenario, first.scenario);
            assert_eq!(canonical(&again.scenario), canonical(&first.scenario));
        }
    }
}

#[test]
fn the_hash_depends_only_on_the_values() {
    let hash = |text, overrides: &[&str]| config_hash(&loaded(text, overrides).scenario);
    assert_eq!(
        hash("", &[]),
        hash(
            "# other text\nlogin.rate = \"10000/m\"",
            &["login.queue=true"]
        )
    );
    assert_ne!(hash("", &[]), hash("", &["population.users=219999999"]));
    // A golden value: a change of the canonical form would change every hash.
    assert_eq!(config_hash(&Retry::default()), "23486d556a095bc7");
}

#[test]
fn paths_find_values() {
    let scenario = loaded(RICH, &[]).scenario;
    let at = |path| value_at(&scenario, path).map(|value| value.to_string());
    assert_eq!(at("login.rate").as_deref(), Some("\"500/s\""));
    assert_eq!(at("region.1.share").as_deref(), Some("0.75"));
    assert_eq!(
        at("region.0.holiday.1.on").as_deref(),
        Some("\"2007-08-27\"")
    );
    assert_eq!(at("region.asia.share").as_deref(), Some("0.75"));
    assert_eq!(at("population.quarters.2").as_deref(), Some("3.5"));
    for path in [
        "",
        ".",
        "region",
        "region.2.share",
        "region.x.share",
        "login.rate.x",
        "x",
    ] {
        assert_eq!(at(path), None, "{path}");
    }
}

#[test]
fn the_schema_has_the_contents_of_the_descriptors() {
    let schema = schema_json::<Scenario>("scenario");
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    let login = &schema["properties"]["login"];
    assert_eq!(login["additionalProperties"], false);
    assert_eq!(login["properties"]["rate"]["default"], "10000/m");
    assert_eq!(login["properties"]["slope"]["minimum"], -1.0);
    let users = &schema["properties"]["population"]["properties"]["users"];
    assert_eq!(
        (&users["type"], &users["minimum"]),
        (&"integer".into(), &1.into())
    );
    assert_eq!(
        users["description"],
        "People who have the client. Range: at least 1 users. Source: fact 2.1."
    );
    let region = &schema["properties"]["region"];
    assert_eq!(region["items"]["required"], serde_json::json!(["name"]));
    assert_eq!(region["default"][1]["name"], "asia");
    let exponential =
        &schema["properties"]["client"]["properties"]["retry"]["properties"]["exponential"];
    assert_eq!(
        exponential["properties"]["jitter"]["enum"][3],
        "decorrelated"
    );
    assert_eq!(
        exponential["properties"]["first"]["items"]["type"],
        "string"
    );
}

#[test]
fn every_key_is_explained() {
    let text = schema_text::<Scenario>("test", "");
    let heads = text.lines().filter(|line| !line.starts_with(' '));
    assert_eq!(heads.count(), keys::<Scenario>().len());
    assert!(text.contains(
        "client.retry.exponential.cap = \"20m\"\n    span, from 1s to 7d. The longest. Source: fact 3.4.\n"
    ));
    assert!(text.contains("region.N.name  (required)\n"));
    assert!(!text.lines().any(|line| line.ends_with(' ')));
    let part = schema_text::<Scenario>("test", "client.retry");
    assert!(part.starts_with("client.retry\n") && !part.contains("\npopulation"));
    assert_eq!(schema_text::<Scenario>("test", "client.ret"), "");
    let real = |key: &str| {
        let text = schema_text::<patchday_agents::scenario::Scenario>("scenario", key);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(real("servers.login.order").contains("Fixed during a run."));
    assert!(real("servers.login.queue").contains("Can change in mid-run."));
    assert!(real("trigger.server.N.factor").contains("until it has begun"));
}

proptest! {
    /// Arbitrary values of every form are printed and loaded without loss.
    #[test]
    fn printed_values_load_without_loss(
        title in "\\PC*|[\\x00-\\x1f\"\\\\\u{7f}\u{2028}]*",
        slope in -1.0..=1.0,
        share in 0.0..=1.0,
        quarters: [f64; 4],
        users in 1..=i64::MAX as u64,
        cap in 1..=604_800_u32,
        rate in proptest::num::f64::POSITIVE,
        until in 0..=4_000_000_000_i64,
    ) {
        let mut scenario = Scenario { title, ..Scenario::default() };
        scenario.login.slope = slope;
        scenario.login.rate = Rate::from_per_second(rate).unwrap_or_default();
        scenario.population.online_share = Share::new(share).unwrap();
        scenario.population.quarters = quarters.map(|x| (x.abs() % 10.0).max(0.0));
        scenario.population.users = users;
        scenario.client.retry.exponential.cap = Span::from_seconds(cap);
        scenario.until = Instant::from_seconds(until);
        scenario.region[0].holiday.push(Holiday { on: Day::from_days(until / 86_400).unwrap() });
        let text = canonical(&scenario);
        prop_assert_eq!(loaded(&text, &[]).scenario, scenario, "{}", text);
    }
}
