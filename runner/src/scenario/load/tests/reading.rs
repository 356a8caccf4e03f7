//! Tests of files: the values they set, and the errors of invalid files.

use crate::scenario::load::tests::*;

#[test]
fn all_values_of_a_file_are_read() {
    let scenario = loaded(RICH, &[]).scenario;
    assert_eq!(scenario.title, "a \"title\"");
    assert_eq!(scenario.until, "2007-08-20T00:00:00Z".parse().ok());
    assert_eq!(scenario.watch, ["online", "chat"]);
    assert_eq!(scenario.population.users, 1_000_000);
    assert_eq!(scenario.population.quarters, [1.0, 2.0, 3.5, 0.001]);
    assert_eq!(
        scenario.client.retry.exponential.jitter,
        Jitter::Decorrelated
    );
    assert_eq!(
        scenario.region[0].holiday[1].on,
        "2007-08-27".parse().unwrap()
    );
    assert_eq!(scenario.region[1].share.get(), 0.75);
    assert!(scenario.region[1].holiday.is_empty());
    assert_eq!(scenario.patch_day.unwrap().share.get(), 0.3);
}

#[test]
fn an_empty_file_gives_the_defaults() {
    assert_eq!(loaded("", &["login.rate=1000/s"]).scenario.region.len(), 2);
    assert_eq!(loaded("# nothing\n", &[]).scenario, Scenario::default());
}

#[test]
fn inline_tables_are_tables() {
    let text = "patch_day = { at = \"2007-08-14T17:00:00Z\" }\n\
        region = [{ name = \"a\", holiday = [{ on = 2007-01-01 }] }, { name = \"b\" }]";
    let scenario = loaded(text, &[]).scenario;
    assert_eq!(scenario.region[0].holiday[0].on.to_string(), "2007-01-01");
    assert!(scenario.patch_day.is_some());
}

#[test]
fn errors_and_warnings_have_positions_and_suggestions() {
    let text = "\
[population]
users = 1000
online_shrae = 0.03

[client.retry.exponential]


cap = \"1h\"





jitter = \"ful\"
";
    assert_eq!(
        report(text, &[]),
        "\
fleet.toml:3:1    unknown key `online_shrae` in [population]; did you mean `online_share`?
fleet.toml:14:11  client.retry.exponential.jitter: `ful`: expected one of none, full, equal, decorrelated
2 errors"
    );
    let loaded = loaded("\n\n[login]\nrate = \"10000/m\"\n", &[]);
    assert_eq!(
        loaded.warnings.to_string(),
        "fleet.toml:4:9  login.rate = \"10000/m\" is 167/s, below the calm login rate 210/s: \
         the run starts overloaded (warning)\n1 warning"
    );
}

#[test]
fn warnings_have_the_position_of_their_value() {
    assert_eq!(
        report("[[region]]\nname = \"x\"\n", &["login.rate = 9000/m"]),
        "\
fleet.toml:1:3  region has shares that sum to 0.5, not 1
-s login.rate = 9000/m: login.rate = \"150/s\" is 167/s, below the calm login rate 210/s: \
the run starts overloaded (warning)
1 error, 1 warning"
    );
    let default = loaded("", &[]).warnings;
    assert!(
        default
            .to_string()
            .starts_with("default  login.rate = \"10000/m\" is"),
        "{default}"
    );
}

#[test]
fn every_kind_of_mistake_has_its_message() {
    for (text, expected) in [
        ("a = ", "1:5  not TOML: "),
        (
            "[login]\nqueue = true\nqueue = true",
            "3:1  not TOML: duplicate key",
        ),
        ("\u{0}", "1:2  not TOML: "),
        (
            "rate = 1",
            "1:1  unknown key `rate` at the top level; it belongs in [login]",
        ),
        (
            "[login]\nname = 1",
            "2:1  unknown key `name` in [login]; it belongs in [[region]]",
        ),
        (
            "[login]\nzzz = 1",
            "2:1  unknown key `zzz` in [login]; known are rate, slope, queue",
        ),
        (
            "[logins]\nx = 1",
            "1:2  unknown key `logins` at the top level; did you mean `login`?",
        ),
        (
            "[login]\nqueue = 1",
            "2:9  login.queue: `1`: expected true or false",
        ),
        (
            "[login]\nrate = 500",
            "2:8  login.rate: `500`: expected a rate, such as \"500/s\", ",
        ),
        (
            "[login]\nrate = \"500\"",
            "2:9  login.rate: `500`: expected a rate, such as \"500/s\", ",
        ),
        (
            "[login]\nslope = 1.5",
            "2:9  login.slope: `1.5`: expected from -1.0 to 1.0",
        ),
        (
            "[login]\nslope = nan",
            "2:9  login.slope: `nan`: expected a number, such as 1.5",
        ),
        (
            "[login.rate]\nx = 1",
            "1:1  login.rate: a table: expected a rate, such as",
        ),
        (
            "login = 5",
            "1:1  login: `5`: expected a section; write [login] and its keys below",
        ),
        (
            "[population]\nusers = 0",
            "2:9  population.users: `0`: expected at least 1 users",
        ),
        (
            "[population]\nusers = 1.5",
            "2:9  population.users: `1.5`: expected a whole number from 0",
        ),
        (
            "population.online_share = 3",
            "1:27  population.online_share: `3`: expected a share from 0 to 1",
        ),
        (
            "population.quarters = [1]",
            "1:23  population.quarters: `[1]`: expected a list of 4, each a number",
        ),
        (
            "population.quarters = [1,2,3,99]",
            "1:30  population.quarters.3: `99`: expected from 0 to 10",
        ),
        (
            "population.quarters = [1,2,3,{}]",
            "1:23  population.quarters: a list with tables: expected a list",
        ),
        (
            "client.retry.exponential.cap = \"8d\"",
            "1:33  client.retry.exponential.cap: `8d`: expected from 1s to 7d",
        ),
        (
            "region = 3",
            "1:10  region: `3`: expected a list of tables; write [[region]] once for each",
        ),
        (
            "region = [3]",
            "1:11  region: `3`: expected a list of tables; write [[region]] once for each",
        ),
        (
            "[region]",
            "1:1  region: a table: expected a list of tables; write [[region]] once for each",
        ),
        (
            "[[region]]",
            "1:1  missing key `name` in [[region]]: expected a text, such as \"name\"",
        ),
        (
            "[[region]]\nname=\"a\"\n[[region.holiday]]",
            "3:1  missing key `on` in [[region.holiday]]: expected a date",
        ),
        (
            "[patch_day]\nshare=0.5",
            "1:2  missing key `at` in [patch_day]: expected an instant in UTC, such as",
        ),
        (
            "until = \"2007-08-20\"",
            "1:10  until: `2007-08-20`: expected an instant in UTC, such as",
        ),
        (
            "until = 2007-08-20T00:00:00",
            "1:9  until: `2007-08-20T00:00:00`: expected an instant in UTC",
        ),
        (
            "watch = [\"a\", 1]",
            "1:15  watch.1: `1`: expected a text, such as \"name\"",
        ),
    ] {
        let report = report(text, &[]);
        let expected = format!("fleet.toml:{expected}");
        assert!(
            report.starts_with(&expected),
            "{text}\n    gave {report}\nexpected {expected}"
        );
    }
}

#[test]
fn all_mistakes_are_reported_in_order() {
    let text = "[login]\nslope = 7\nrate = 7\n[[region]]\nshare = 7\n[population]\nusrs = 7";
    let report = report(text, &["login.sloop=1", "login.queue=7"]);
    let begin: Vec<&str> = report
        .lines()
        .map(|l| l.split_whitespace().next().unwrap())
        .collect();
    let file = |place: &str| format!("fleet.toml:{place}");
    assert_eq!(begin[..5], ["2:9", "3:8", "4:1", "5:9", "7:1"].map(file));
    assert_eq!(begin[5..], ["-s", "-s", "7"], "{report}");
}

#[test]
fn files_that_are_not_scenarios_are_errors() {
    let large = "#".repeat(MOST_BYTES + 1);
    assert!(report(&large, &[]).starts_with("fleet.toml: larger than 1048576 bytes"));
    let many: String = (0..20_000).map(|key| format!("key_{key} = 1\n")).collect();
    assert!(report(&many, &[]).ends_with("\n... and 19900 more\n20000 errors"));
    let missing = load_file::<Scenario>(Path::new("/nowhere/fleet.toml"), &[]).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("/nowhere/fleet.toml: cannot be opened: ")
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    std::fs::write(&path, b"title = \"\xFF\"").unwrap();
    let bytes = load_file::<Scenario>(&path, &[]).unwrap_err().to_string();
    assert!(bytes.contains("not a text in UTF-8: byte 10"), "{bytes}");
    std::fs::write(&path, &large).unwrap();
    assert!(load_file::<Scenario>(&path, &[]).is_err());
    std::fs::write(&path, RICH).unwrap();
    assert_eq!(
        load_file::<Scenario>(&path, &[]).unwrap().scenario,
        loaded(RICH, &[]).scenario
    );
}

#[test]
fn json_has_the_same_errors_as_the_text() {
    let report = try_load("[login]\nslope = 7", &["login.slope=9"]).unwrap_err();
    let json = report.to_json();
    assert_eq!(json["errors"], 2);
    assert_eq!(json["diagnostics"][0]["line"], 2);
    assert_eq!(json["diagnostics"][0]["path"], "login.slope");
    assert_eq!(json["diagnostics"][1]["override"], "login.slope=9");
}
