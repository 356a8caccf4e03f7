//! Seeds that people write: scenarios, studies, overrides, and the arguments of experiments.

use crate::{
    fuzzing::seeds::small::{SMALL, small},
    scenario::print::canonical,
};

/// The scenarios in `configs/`.
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
/// The studies in `configs/`.
const STUDIES: [&str; 4] = [
    include_str!("../../../../configs/studies/capacity-and-load.toml"),
    include_str!("../../../../configs/studies/mega-supernodes-in-time.toml"),
    include_str!("../../../../configs/studies/retries-2010.toml"),
    include_str!("../../../../configs/studies/tipping-2007.toml"),
];

/// Texts as bytes.
pub(crate) fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
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

pub(crate) fn incidents() -> Vec<Vec<u8>> {
    texts(&[
        "time,users\n2007-08-14T10:00:00Z,1_000\n2007-08-14T11:00:00Z,250\n",
        "time,share,error,within,alternatives,hold_out,daily_peak,what,confidence,source\n\
         2007-08-14T10:00:00Z,0.5,0.05,30m,pair,false,false,\"half, \"\"about\"\"\",A,log\n\
         2007-08-14T10:00:00Z,0.9,,,pair,,,,,\n",
        "time,users,error_users\n2007-08-14T10:00:00Z,900,50\n",
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
