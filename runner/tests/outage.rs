//! Tests of the model with the scenarios of `configs`, at a scale of 0.005: the outages of 2007 and
//! 2010 with their golden series, the same without one of their causes, and the other scenarios.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

const SCALE: &str = "0.005";

/// The results of a run.
struct Ran {
    summary: Value,
    rows: Vec<csv::StringRecord>,
    columns: csv::StringRecord,
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn run(scenario: &str, more: &[&str]) -> Ran {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let output = Command::new(env!("CARGO_BIN_EXE_patchday"))
        .args(["run", "--scale", SCALE, "--threads", "1", "--out"])
        .arg(&directory)
        .arg(here("../configs").join(scenario))
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let mut series = csv::Reader::from_path(directory.join("series.csv")).unwrap();
    Ran {
        summary: serde_json::from_slice(&fs::read(directory.join("summary.json")).unwrap())
            .unwrap(),
        columns: series.headers().unwrap().clone(),
        rows: series.records().map(Result::unwrap).collect(),
    }
}

impl Ran {
    fn column(&self, name: &str) -> usize {
        self.columns.iter().position(|one| one == name).unwrap()
    }

    fn values(&self, name: &str) -> Vec<f64> {
        let place = self.column(name);
        self.rows
            .iter()
            .map(|row| row[place].parse().unwrap())
            .collect()
    }

    /// Users online as a share of the norm, a value a minute.
    fn share_online(&self) -> Vec<f64> {
        let pairs = self.values("online").into_iter().zip(self.values("norm"));
        pairs.map(|(online, norm)| online / norm).collect()
    }

    fn lowest(&self) -> f64 {
        self.share_online()
            .into_iter()
            .fold(f64::INFINITY, f64::min)
    }

    fn hours_below(&self, share: f64) -> f64 {
        let below = self
            .share_online()
            .into_iter()
            .filter(|online| *online < share);
        below.count() as f64 / 60.0
    }

    /// The value of a column at an hour of a day of August 2007.
    fn at(&self, name: &str, day: usize, hour: usize) -> f64 {
        let start = format!("2007-08-{day:02}T{hour:02}:00:00Z");
        let row = self.rows.iter().find(|row| row[0] == start);
        row.unwrap()[self.column(name)].parse().unwrap()
    }
}

/// The columns of the golden series of 2007 and of 2010.
const COLUMNS_2007: &[&str] = &[
    "time",
    "online",
    "norm",
    "seeking",
    "waiting",
    "supernodes",
    "supernodes_listed",
    "attempts",
    "refused",
    "supernodes_fallen",
    "events",
];
const COLUMNS_2010: &[&str] = &[
    "time",
    "online",
    "norm",
    "waiting",
    "supernodes",
    "mega_supernodes",
    "supernodes_shut_down",
    "crashes",
    "traffic_per_supernode",
    "offline_messages_wait_s",
    "events",
];

/// Rows of the golden series: every third hour.
fn golden(ran: &Ran, columns: &[&str]) -> String {
    let places: Vec<usize> = columns.iter().map(|name| ran.column(name)).collect();
    let mut text = columns.join(",") + "\n";
    for row in ran.rows.iter().skip(179).step_by(180) {
        let cells: Vec<&str> = places.iter().map(|place| &row[*place]).collect();
        text += &(cells.join(",") + "\n");
    }
    text
}

#[test]
fn the_outage_of_2007_happens_and_its_series_is_golden() {
    // At this scale chance moves the outage by hours; with this seed it is near the mean.
    let ran = run("outage-2007.toml", &["--seed", "1"]);
    let summary = &ran.summary;
    assert!(
        summary["mean_abs_error"].as_f64().unwrap() < 0.14,
        "{summary}"
    );
    let majority = ran.hours_below(0.5);
    assert!((30.0..60.0).contains(&majority), "{majority} h");
    assert_eq!(summary["recovered"], true);
    // Calm until the night to Thursday, and again on Saturday.
    let online = ran.share_online();
    assert!(online[..48 * 60].iter().all(|share| *share > 0.95));
    assert!(ran.at("online", 18, 3) > 0.9 * ran.at("norm", 18, 3));
    // The first recovery fails: users return in the late afternoon, then fewer are online again.
    let wave = |day, hour| ran.at("online", day, hour) / ran.at("norm", day, hour);
    let (before, during, after) = (wave(16, 15), wave(16, 17), wave(16, 22));
    assert!(
        during > 1.2 * before && after < during,
        "{before} {during} {after}"
    );
    // Users return in the European night, and fewer are online after Europe wakes.
    let online = ran.values("online");
    let of_friday = |from: usize, to: usize| &online[(72 + from) * 60..(72 + to) * 60];
    let night = of_friday(2, 7).iter().copied().fold(0.0, f64::max);
    let morning = of_friday(8, 13).iter().copied().fold(f64::MAX, f64::min);
    assert!(
        night > 2.0 * ran.at("online", 16, 22),
        "{night} {}",
        ran.at("online", 16, 22)
    );
    assert!(morning < 0.75 * night, "{morning} {night}");
    // The storm, as requests of a supernode: high in the evening, calm in the night.
    let load = |from: usize, to: usize| {
        let sum = |name| -> f64 { ran.values(name)[from * 60..to * 60].iter().sum() };
        sum("requests") / sum("supernodes")
    };
    let (evening, night) = (load(48 + 18, 48 + 22), load(48 + 23, 72 + 4));
    assert!(night < 0.4 * evening, "{night} {evening}");

    // After a change of the model: look at what changed, then
    // INSTA_UPDATE=always cargo test --test outage
    insta::assert_snapshot!(golden(&ran, COLUMNS_2007));
}

#[test]
fn without_the_flaw_nothing_collapses() {
    let ran = run("outage-2007.toml", &["-s", "overlay.promotion.flaw=false"]);
    assert!(ran.hours_below(0.8) <= 1.0, "{} h", ran.hours_below(0.8));
    // The same hosts restart, and promotions replace them.
    let restarted: f64 = ran.values("supernodes_restarted").iter().sum();
    assert!(restarted > 75.0, "{restarted}");
    assert!(ran.values("promotions").iter().sum::<f64>() > 75.0);
}

#[test]
fn without_the_patch_the_week_is_calm() {
    let ran = run("outage-2007.toml", &["-s", "trigger.patch_day.share=0.0"]);
    let worst = ran
        .share_online()
        .into_iter()
        .map(|share| (share - 1.0).abs());
    let worst = worst.fold(0.0, f64::max);
    assert!(worst < 0.05, "{worst}");
}

#[test]
fn without_the_operator_it_stays_down() {
    let changes = [
        "operator.force_supernodes=[]",
        "run.end=2007-08-17T12:00:00Z",
    ];
    let ran = run("outage-2007.toml", &["-s", changes[0], "-s", changes[1]]);
    assert_eq!(ran.summary["recovered"], false);
    assert_eq!(ran.summary["hours_to_90_percent"], Value::Null);
    let end = *ran.share_online().last().unwrap();
    assert!(end < 0.3, "{end}");
}

#[test]
fn an_earlier_patch_day_does_no_harm_because_seats_are_left() {
    let ran = run("patch-day-earlier-2007.toml", &[]);
    assert!(ran.lowest() > 0.8, "{}", ran.lowest());
    // The core shrinks as in August: the restarts are the same.
    let supernodes = ran.values("supernodes");
    let (before, least) = (
        supernodes[1_000],
        supernodes.iter().copied().fold(f64::MAX, f64::min),
    );
    assert!(least < 0.7 * before, "{least} of {before}");
}

#[test]
fn a_calm_week_has_the_figures_of_the_facts() {
    let ran = run("calm-week.toml", &[]);
    let worst = ran
        .share_online()
        .into_iter()
        .map(|share| (share - 1.0).abs());
    assert!(worst.fold(0.0, f64::max) < 0.05);
    let peak = ran.values("online").into_iter().fold(0.0, f64::max);
    // Fact 5.4: 8.5 M; the busiest day of the week is a little above (fact 5.12).
    let scaled = 8.5e6 * 0.005;
    assert!((peak / scaled - 1.0).abs() < 0.05, "{peak} of {scaled}");
    // Fact 6.20: N/300; fact 3.7: several hundred leaves.
    let tuesday = ran.at("supernodes", 7, 18);
    assert!((tuesday * 300.0 / peak - 1.0).abs() < 0.25, "{tuesday}");
    let leaves = ran.at("leaves_per_supernode_mean", 7, 18);
    assert!((250.0..400.0).contains(&leaves), "{leaves}");
    // Fact 5.6: 2 % as many calls as users online.
    let calls = ran.at("calls_active", 7, 18) / ran.at("online", 7, 18);
    assert!((calls - 0.02).abs() < 0.003, "{calls}");
    // Fact 5.10: from 02:00 to 03:00 it has 60 % of the peak.
    let online = ran.values("online");
    let night = &online[26 * 60..27 * 60];
    let night = night.iter().sum::<f64>() / 60.0 / ran.at("online", 7, 18);
    assert!((night - 0.6).abs() < 0.05, "{night}");
    // Of some hundred thousand sessions only a few do not find a seat at once.
    let failed: f64 = ran.values("cycles_failed").iter().sum();
    assert!(
        failed < 1e-3 * ran.values("sessions").iter().sum::<f64>(),
        "{failed}"
    );
}

#[test]
fn two_scales_agree_while_it_is_calm() {
    let whole = run("calm-week.toml", &["--until", "30h"]);
    let half = {
        let config = [
            "-s",
            "population.users=110000000",
            "-s",
            "overlay.core.supernodes=15000",
        ];
        run(
            "calm-week.toml",
            &[&config[..], &["--until", "30h"]].concat(),
        )
    };
    for (column, allowed) in [("online", 0.02), ("calls_active", 0.12), ("sessions", 0.1)] {
        // Hours, so that the noise of a minute does not count.
        let hourly = |ran: &Ran| -> Vec<f64> {
            let values = ran.values(column);
            values
                .chunks_exact(60)
                .map(|hour| hour.iter().sum())
                .collect()
        };
        for (hour, (one, other)) in hourly(&whole).iter().zip(hourly(&half)).enumerate() {
            let off = (2.0 * other / one - 1.0).abs();
            assert!(off < allowed, "{column}, hour {hour}: {one}, twice {other}");
        }
    }
}

#[test]
fn the_outage_of_2010_happens_by_a_version_that_crashes() {
    let ran = run("outage-2010.toml", &[]);
    let summary = &ran.summary;
    assert!(
        summary["mean_abs_error"].as_f64().unwrap() < 0.12,
        "{summary}"
    );
    // Fact 3.1: some 24 h, and back at 90 % in the night to Friday.
    let hours = summary["hours_to_90_percent"].as_f64().unwrap();
    assert!((24.0..36.0).contains(&hours), "{hours} h");
    // Fact 3.9: about a hundred times the normal traffic.
    let traffic = summary["traffic_peak_times_normal"]["value"].as_f64();
    assert!((30.0..300.0).contains(&traffic.unwrap()), "{traffic:?}");
    // Fact 3.22: the gateways kept working.
    assert!(summary["gateway_calls"].as_u64().unwrap() > 10_000);
    assert_eq!(summary["gateway_calls_failed"], 0);
    let share = summary["business_user_hours_lost"].as_f64().unwrap()
        / summary["user_hours_lost"].as_f64().unwrap();
    assert!((share - 0.35).abs() < 0.02, "{share}");
    // Fact 3.19: an hour after the first late answers at least half of the supernodes are left, and
    // within three hours the overlay has disintegrated.
    let supernodes = ran.values("supernodes");
    let left = |hour: usize| supernodes[hour * 60] / supernodes[15 * 60 + 50];
    assert!(
        left(17) >= 0.5 && left(19) < 0.35,
        "{} {}",
        left(17),
        left(19)
    );
    // Faster than in 2007: from the first slow answers to half of all users within 3 h.
    let online = ran.share_online();
    assert!(online[..15 * 60 + 45].iter().all(|share| *share > 0.95));
    assert!(online[18 * 60 + 50] < 0.5);
    insta::assert_snapshot!(golden(&ran, COLUMNS_2010));
}

#[test]
fn the_outage_of_2010_needs_the_crash_and_the_self_protection() {
    for change in [
        "population.version.0.crash_share=0.0",
        "overlay.supernode.overload=serves-on",
    ] {
        let ran = run("outage-2010.toml", &["-s", change]);
        assert!(ran.hours_below(0.5) < 1.0, "{change}: {}", ran.lowest());
    }
    let ran = run(
        "outage-2010.toml",
        &[
            "-s",
            "operator.action.1.count=0",
            "-s",
            "operator.action.2.count=0",
        ],
    );
    assert!(ran.hours_below(0.5) > 30.0, "{}", ran.hours_below(0.5));
}

#[test]
fn a_retry_storm_lasts_after_its_trigger() {
    let storm = run("retry-storm.toml", &[]);
    assert_eq!(storm.summary["recovered"], false);
    assert!(storm.hours_below(0.8) > 15.0);
    // Without the trigger the load causes no outage, and each remedy prevents it.
    for remedy in [
        "trigger.server=[]",
        "servers.login.wasted_work=false",
        "servers.login.order=lifo",
        "servers.login.queue=10s",
    ] {
        let calm = run("retry-storm.toml", &["-s", remedy]);
        assert!(calm.hours_below(0.8) < 0.1, "{remedy}: {}", calm.lowest());
    }
}

#[test]
fn without_jitter_recovery_takes_far_longer() {
    let back = |more: &[&str]| {
        let ran = run("thundering-herd.toml", more);
        ran.summary["hours_to_90_percent"]
            .as_f64()
            .unwrap_or(f64::INFINITY)
    };
    let spread = back(&["-s", "client.retry.exponential.jitter=full"]);
    assert!(spread < 2.0, "{spread}");
    assert!(back(&[]) > 5.0 * spread);
}

#[test]
fn every_scenario_has_the_depth_that_it_documents() {
    for (scenario, least, most) in [
        ("cold-start.toml", 0.5, 0.7),
        ("login-flood.toml", 0.9, 1.0),
        ("version-crash-loop.toml", 0.75, 0.95),
        ("region-cut.toml", 0.7, 0.85),
        ("sign-in-servers-down.toml", 0.75, 0.92),
        ("configuration-push.toml", 0.93, 0.98),
    ] {
        let ran = run(scenario, &[]);
        let lowest = ran.lowest();
        assert!((least..most).contains(&lowest), "{scenario}: {lowest}");
    }
}
