//! Tests of overrides: the values they set, and the errors of invalid ones.

use crate::scenario::load::tests::*;

#[test]
fn overrides_set_every_kind_of_key() {
    let overrides = [
        "login.queue=false",
        "login.rate=600/s",
        "login.slope = 1e-1",
        "client.retry.exponential.cap=20m",
        "client.retry.exponential.jitter=\"none\"",
        "client.retry.exponential.first=[5s, 1m]",
        "client.retry.exponential.first.1=2m",
        "population.users=2_000",
        "population.quarters.3=9",
        "region.0.share=0.3",
        "region.asia.share=0.7",
        "region.asia.holiday=[{ on = 2007-01-01 }]",
        "region.1={ name = \"far east\" }",
        "title=5 = five",
        "patch_day.at=2007-08-14T18:00:00Z",
        "watch=a,b",
        "until=2007-08-21T00:00:00Z",
    ];
    let with = loaded(RICH, &overrides);
    let scenario = with.scenario;
    assert!(!scenario.login.queue);
    assert_eq!(scenario.login.rate.per_second(), 600.0);
    assert_eq!(scenario.login.slope, 0.1);
    assert_eq!(
        scenario.client.retry.exponential.cap,
        Span::from_minutes(20)
    );
    assert_eq!(scenario.client.retry.exponential.jitter, Jitter::None);
    let first = [Span::from_seconds(5), Span::from_minutes(2)];
    assert_eq!(scenario.client.retry.exponential.first, first);
    assert_eq!(scenario.population.users, 2_000);
    assert_eq!(scenario.population.quarters[3], 9.0);
    assert_eq!(
        (
            scenario.region[0].share.get(),
            scenario.region[1].share.get()
        ),
        (0.3, 0.7)
    );
    assert_eq!(
        (
            scenario.region[1].name.as_str(),
            scenario.region[1].holiday.len()
        ),
        ("far east", 1)
    );
    assert_eq!(scenario.title, "5 = five");
    assert_eq!(scenario.watch, ["a", "b"]);
    assert_eq!(with.origins.get("login.rate"), Origin::Override(1));
    assert_eq!(with.origins.get("region.1.share"), Origin::Override(10));
    assert_eq!(with.origins.get("region.1.name"), Origin::Override(12));
    assert_eq!(
        with.origins.get("region.0.name"),
        Origin::File {
            line: 18,
            column: 9
        }
    );
    assert_eq!(with.origins.get("population.online_share"), Origin::Default);
}

#[test]
fn an_override_can_set_a_key_that_the_file_lacks() {
    let at = loaded("[patch_day]", &["patch_day.at=2007-08-14T17:00:00Z"]);
    assert_eq!(at.scenario.patch_day.unwrap().share.get(), 0.3);
    let created = loaded("", &["patch_day.at=2007-08-14T17:00:00Z"]);
    assert!(created.scenario.patch_day.is_some());
    let lists = loaded("", &["region=[{ name = \"x\", share = 1 }]"]);
    assert_eq!(lists.scenario.region[0].name, "x");
}

#[test]
fn every_kind_of_invalid_override_has_its_message() {
    for (text, expected) in [
        ("login", "-s login: no `=`; write -s KEY=VALUE"),
        ("", "-s : no `=`"),
        (
            "=",
            "-s =: unknown key `` at the top level; known are title, ",
        ),
        (
            "login.sloop=1",
            "-s login.sloop=1: unknown key `sloop` in [login]; did you mean `slope`?",
        ),
        (
            "login.slope=2",
            "-s login.slope=2: `2`: expected from -1.0 to 1.0",
        ),
        (
            "login.slope=fast",
            "-s login.slope=fast: `fast`: expected a number, such as 1.5",
        ),
        (
            "login.slope.x=1",
            "-s login.slope.x=1: login.slope: has no `x` inside; it is a number",
        ),
        ("login.=1", "-s login.=1: unknown key `` in [login]"),
        (
            "login=1",
            "-s login=1: `1`: expected a section; write [login] and its keys below",
        ),
        ("login=x", "-s login=x: `x`; not TOML: "),
        (
            "login={ slope = 7 }",
            "-s login={ slope = 7 }: login.slope: `7`: expected from -1.0 to 1.0",
        ),
        (
            "patch_day.share=1",
            "-s patch_day.share=1: missing key `at` in [patch_day]",
        ),
        (
            "region.2.share=1",
            "-s region.2.share=1: region: no element `2`; from 0 to 1",
        ),
        (
            "region.euorpe.share=1",
            "-s region.euorpe.share=1: region: no element `euorpe`; did you mean `europe`?",
        ),
        (
            "region.mars.share=1",
            "-s region.mars.share=1: region: no element `mars`; one of europe, asia",
        ),
        (
            "region.europe.shaer=1",
            "-s region.europe.shaer=1: unknown key `shaer` in [[region]]; did you mean `share`?",
        ),
        (
            "region.0.holiday.0.on=1",
            "-s region.0.holiday.0.on=1: region.0.holiday: no element `0`; the list is empty",
        ),
        (
            "region.0=7",
            "-s region.0=7: `7`: expected an inline table, such as { key = 1 }",
        ),
        (
            "population.quarters.9=1",
            "-s population.quarters.9=1: population.quarters: no element `9`; from 0 to 3",
        ),
        (
            "population.quarters.0=99",
            "-s population.quarters.0=99: `99`: expected from 0 to 10",
        ),
        (
            "watch=[\"a]",
            "-s watch=[\"a]: `[\"a]`: expected a list, each a text",
        ),
    ] {
        let report = report("", &[text]);
        assert!(
            report.starts_with(expected),
            "gave     {report}\nexpected {expected}"
        );
    }
}

#[test]
fn an_empty_value_unsets_a_key() {
    let set = [
        "until=2007-08-21T00:00:00Z",
        "login.rate=600/s",
        "watch=a,b",
        "client.retry.exponential.cap=21m",
    ];
    let unset = ["until=", "login.rate=", "watch=", "client.retry="];
    let fresh = loaded(RICH, &["client.retry="]).scenario;
    let back = loaded(RICH, &[&set[..], &unset[..]].concat()).scenario;
    assert_eq!((back.until, back.watch.len()), (None, 0));
    assert_eq!(back.login.rate, Scenario::fresh().login.rate);
    assert_eq!(back.client.retry, Scenario::fresh().client.retry);
    assert_eq!(back.client.retry, fresh.client.retry);
    let refused = report(RICH, &["region.0.name="]);
    assert!(
        refused.contains("it is required, so it cannot be unset"),
        "{refused}"
    );
}
