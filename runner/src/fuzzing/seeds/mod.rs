//! What the readers are given to begin with: files as this program writes them, small ones,
//! and words that mean something. All of it follows from code and from `configs/`.

use std::sync::OnceLock;

use patchday_agents::{Simulation, scenario::Scenario};

use crate::fuzzing::checkpoints;
use crate::{
    experiment::storage::{
        ledger::{Batch, Entry},
        ledger_lines::{first, of_run},
        table,
    },
    host::{format::instant, resources::Workers},
    results::{
        figures::{Figures, Outcome},
        narrative::timeline::{self, By, Event},
        samples::Samples,
        summary::Summary,
    },
    scenario::{
        load::load,
        prepare::{Prepared, ScenarioSettings},
        print::{canonical, config_hash},
        schema::keys as all_keys,
    },
    store::{
        checkpoint::{
            blocks,
            format::{self, Head},
            frames::Frames,
        },
        command_line::CommandLine,
        manifest::Manifest,
        series::Series,
    },
};

mod records;
mod words;

pub(super) use crate::fuzzing::seeds::records::*;
pub(super) use crate::fuzzing::seeds::words::*;

/// Every scenario and study there is.
const SCENARIOS: [&str; 12] = [
    include_str!("../../../../configs/calm-week.toml"),
    include_str!("../../../../configs/cold-start.toml"),
    include_str!("../../../../configs/configuration-push.toml"),
    include_str!("../../../../configs/login-flood.toml"),
    include_str!("../../../../configs/outage-2007.toml"),
    include_str!("../../../../configs/outage-2010.toml"),
    include_str!("../../../../configs/patch-day-earlier-2007.toml"),
    include_str!("../../../../configs/region-cut.toml"),
    include_str!("../../../../configs/retry-storm.toml"),
    include_str!("../../../../configs/sign-in-servers-down.toml"),
    include_str!("../../../../configs/thundering-herd.toml"),
    include_str!("../../../../configs/version-crash-loop.toml"),
];
const STUDIES: [&str; 4] = [
    include_str!("../../../../configs/studies/capacity-and-load.toml"),
    include_str!("../../../../configs/studies/mega-supernodes-in-time.toml"),
    include_str!("../../../../configs/studies/retries-2010.toml"),
    include_str!("../../../../configs/studies/tipping-2007.toml"),
];

/// A scenario of some people, to which a little happens. Their sessions are short: sums over
/// long ones would be most of the work.
pub(crate) const SMALL: &str = r#"
[run]
title = "some people"
start = "2007-08-14T00:00:00Z"
end = "2007-08-15T00:00:00Z"
sample = "10m"

[population]
users = 1000
online_share = 0.001

[population.sessions]
long_min = "20m"
long_max = "30m"
short_min = "5m"
short_max = "10m"

[overlay.core]
supernodes = 4

[servers.login]
servers = 2

[[trigger.server]]
at = "2007-08-14T01:00:00Z"
server = "login"
lasts = "1h"
factor = 0.5

[[trigger.sign_out]]
at = "2007-08-14T00:30:00Z"
share = 0.5

[[observed]]
time = "2007-08-14T01:00:00Z"
what = "a guess"
users = 5
source = "nobody"
confidence = "C"

[[expect]]
name = "few are lost"
that = "user_hours_lost < 100"
"#;

fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The small scenario.
///
/// # Panics
/// If it does not load.
pub(crate) fn small() -> &'static Scenario {
    static SCENARIO: OnceLock<Scenario> = OnceLock::new();
    SCENARIO.get_or_init(|| match load::<Scenario>("small.toml", SMALL, &[]) {
        Ok(loaded) => loaded.scenario,
        Err(report) => panic!("{report}"),
    })
}

/// Another scenario, to go on under.
pub(crate) fn other() -> &'static Scenario {
    static OTHER: OnceLock<Scenario> = OnceLock::new();
    OTHER.get_or_init(|| {
        let mut scenario = small().clone();
        scenario.trigger.server.clear();
        scenario.trigger.sign_out.clear();
        scenario
    })
}

/// The small scenario with so many users, under way at a tick.
fn under_way(users: u64, tick: u32) -> Simulation {
    let mut scenario = small().clone();
    scenario.population.users = users;
    match Simulation::new(&scenario, 7, 1, 1, u64::MAX) {
        Ok(mut simulation) => {
            assert!(simulation.run_until(tick).is_ok());
            simulation
        }
        Err(refusal) => panic!("{refusal}"),
    }
}

/// The manifest of a run of the small scenario.
pub(crate) fn manifest() -> Manifest {
    static MANIFEST: OnceLock<Manifest> = OnceLock::new();
    MANIFEST.get_or_init(new_manifest).clone()
}

fn new_manifest() -> Manifest {
    let scenario = small();
    let prepared = Prepared {
        settings: ScenarioSettings {
            file: "small.toml".into(),
            overrides: Vec::new(),
            scale: 1.0,
            seed: None,
            until: None,
        },
        file: "small.toml".into(),
        scale: 1.0,
        config: canonical(scenario),
        config_hash: config_hash(scenario),
        warnings: String::new(),
        coarse: Vec::new(),
        scenario: scenario.clone(),
    };
    let workers = Workers {
        threads: 1,
        shards: 1,
    };
    let manifest = Manifest::new(&prepared, workers);
    Manifest {
        // The command is that of whoever makes the seeds.
        command: "patchday run small.toml --force".into(),
        command_words: CommandLine::new(["run", "small.toml", "--force"]),
        ..manifest
    }
}

fn head(simulation: &Simulation) -> Head {
    let scenario = small();
    Head {
        version: env!("CARGO_PKG_VERSION").into(),
        git: "0".into(),
        config_hash: config_hash(scenario),
        config: SMALL.into(),
        manifest: String::new(),
        digest: simulation.digest(),
        series_bytes: 0,
        standing: simulation.snapshot(),
    }
}

fn encoded(value: &impl serde::Serialize) -> Vec<u8> {
    blocks::encode(value).unwrap_or_default()
}

/// What a checkpoint of the small scenario says before it says where the world stands.
pub(crate) fn before_standing() -> &'static [u8] {
    static BEFORE: OnceLock<Vec<u8>> = OnceLock::new();
    BEFORE.get_or_init(|| {
        let head = head(&under_way(1_000, 0));
        let (mut all, standing) = (encoded(&head), encoded(&head.standing));
        all.truncate(all.len() - standing.len());
        all
    })
}

fn written(users: u64, tick: u32) -> (Head, Vec<u8>) {
    let simulation = under_way(users, tick);
    let head = head(&simulation);
    let mut file = Vec::new();
    assert!(format::write_to(&simulation, &head, &[][..], &mut file).is_ok());
    (head, file)
}

fn with_lengths<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let part = |part: &'a [u8]| [&(part.len() as u16).to_le_bytes()[..], part].concat();
    parts.flat_map(part).collect()
}

pub(crate) fn checkpoints() -> Vec<Vec<u8>> {
    let mut all = vec![[&[1], encoded(&head(&under_way(1_000, 0))).as_slice()].concat()];
    // With few users they are small; a checkpoint may have fewer actors than the scenario.
    for (users, tick) in [(10, 0), (40, 5), (40, 1_900), (100, 5_400), (1_000, 4_000)] {
        let (head, file) = written(users, tick);
        let mut parts = vec![encoded(&head.standing)];
        let frames = Frames::begin(file.as_slice()).ok();
        let mut frames = frames
            .into_iter()
            .flat_map(|mut frames| std::iter::from_fn(move || frames.next().ok().flatten()));
        frames.next();
        parts.extend(frames.map(|(_, frame)| frame.unpack().unwrap_or_default()));
        let parts = with_lengths(parts.iter().map(Vec::as_slice));
        all.push([&[0], parts.as_slice()].concat());
    }
    all
}

pub(crate) fn frames() -> Vec<Vec<u8>> {
    let parts: [&[u8]; 3] = [b"one", &[7; 300], b"three"];
    let packed = zstd::bulk::compress(&[3; 1_000], 1).unwrap_or_default();
    vec![
        written(10, 0).1,
        checkpoints::file(parts.into_iter()),
        with_lengths(parts.into_iter()),
        [&1_000_u32.to_le_bytes()[..], &packed].concat(),
    ]
}

pub(crate) fn scenarios() -> Vec<Vec<u8>> {
    let mut all = texts(&SCENARIOS);
    all.extend(texts(&[SMALL, &canonical(small())]));
    all
}

pub(crate) fn studies() -> Vec<Vec<u8>> {
    texts(&STUDIES)
}

pub(crate) fn overrides() -> Vec<Vec<u8>> {
    texts(&[
        "overlay.promotion.flaw=false\noperator.force_supernodes=[]",
        "run.seed=7\nrun.end=2007-08-14T12:00:00Z\nclient.retry.exponential.jitter=full",
        "trigger.server.0.factor=0.0\ntrigger.sign_out=[{at=\"2007-08-14T02:00:00Z\",share=1}]",
        "population.region.0.share=0.5\nservers.login.rate=500/m\ncalendar.holiday=[]",
        "population.region.0={name=\"x\"}\nexpect.0.that='user_hours_lost < 1'",
    ])
}

pub(crate) fn factors() -> Vec<Vec<u8>> {
    texts(&[
        "a.b=1,2, 3",
        "a=[1,2],'x,y'",
        "trigger.patch_day.share=0..1",
        "servers.login.queue=4s..40s",
        "servers.login.rate=70/s..220/s",
        "population.users=1_000..3_000",
        "x=-10.5..10.5",
        "x=1h..=6h",
    ])
}

pub(crate) fn criteria() -> Vec<Vec<u8>> {
    texts(&[
        "hours_to_90_percent < 0.5",
        "hours_to_90_percent == never",
        "user_hours_lost <= 1.1 * baseline",
        "online_share_min.value>=0.5",
        "calls_failed != 1_000",
        "user_hours_lost > baseline",
    ])
}

pub(crate) fn variants() -> Vec<Vec<u8>> {
    texts(&[
        "none",
        "full jitter: client.retry.exponential.jitter=full; client.retry.exponential.base=1m",
        "22nd, 18:30: operator.action=[]",
        "run.start=2007-08-14T00:00:00Z",
    ])
}

pub(crate) fn points() -> Vec<Vec<u8>> {
    texts(&[
        "a.b,c\n1,2h\n 3 ,\"x,y\"\n",
        "trigger.patch_day.share\n0.1\n0.2\n",
        "a,b\r\n\"q\"\"q\",\"line\nline\"\r\n",
    ])
}
