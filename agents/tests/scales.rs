//! Two sizes of one scenario agree: a network of N users and the same with 4N, each with
//! several seeds, in what does not depend on how many there are.
//!
//! The figures of a run are shares, or counts a user. Their means over the seeds are
//! compared by Welch's t. With seeds enough for 9 degrees of freedom at the least, t is
//! above [`APART`] once in 2,900 times if there is no difference (a bound of Hsu, for any
//! two spreads, figures taken as normal); [`COMPARED`] figures in all: seeds drawn at random
//! would raise one false alarm in a hundred. These seeds are fixed. What is called equal is
//! also known well: each comparison says which difference it could not have missed.
//!
//! What is too small to be a part of a large network is left out: one supernode's leaves
//! are a herd of 60 at any size, which a log-in server of a small network turns away, so
//! the servers here have room for them; and so many hosts are sturdy that some always stay.
//! Units: users, shares of the norm, hours, seconds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{attempt, dense, fluid::mean_and_error, instant, share, simulation};
use patchday_agents::{
    metrics::columns::COLUMNS,
    scenario::{Scenario, quantity::Share},
};

/// N, and how many seeds of it and of 4N.
const USERS: u64 = 16_000;
const SEEDS: [u64; 2] = [20, 10];
/// Means are different if they are so many standard errors apart: with 9 degrees of
/// freedom, a chance of 0.00034.
const APART: f64 = 5.6;
/// Figures in all three scenarios.
const COMPARED: usize = 28;

/// Figures by name, which must be alike, and the share of the value up to which a difference
/// may pass unnoticed.
type Figures = [(&'static str, f64)];

const CALM: &Figures = &[
    ("online of norm", 0.04),
    ("online of norm at the end", 0.06),
    ("attempts", 0.07),
    ("log-ins", 0.05),
    ("sessions", 0.04),
    ("links lost", 0.6),
    ("calls", 0.03),
    ("seconds talked", 0.06),
    ("supernodes", 0.06),
    ("leaves", 0.06),
];

const HEALTHY: &Figures = &[
    ("online of norm", 0.04),
    ("least online of norm", 0.06),
    ("attempts", 0.15),
    ("log-ins", 0.07),
    ("links lost", 0.2),
    ("patch restarts", 0.06),
    ("supernodes restarted", 0.2),
    ("promotions", 0.2),
    ("leaves", 0.06),
];

const OUTAGE: &Figures = &[
    ("online of norm", 0.08),
    ("online of norm at the end", 0.05),
    ("hours below half", 0.3),
    ("attempts", 0.3),
    ("cycles failed", 0.3),
    ("links lost", 0.06),
    ("supernodes restarted", 0.12),
    ("supernodes fallen", 0.3),
    ("leaves", 0.06),
];

/// The network of 2007 in small clusters, with a patch that so many take.
fn network(hours: u32, patched: Share) -> Scenario {
    let mut scenario = dense(USERS, hours);
    scenario.servers.login.rate = "20/s".parse().unwrap();
    scenario.overlay.supernode.sturdy_share = share(0.15);
    scenario.trigger.patch_day.release = Some(instant(1.0));
    scenario.trigger.patch_day.share = patched;
    scenario
}

/// The figures of some runs of a scenario.
type Runs = Vec<Vec<(&'static str, f64)>>;

/// All figures of a run; counts are by user.
fn figures(scenario: &Scenario, seed: u64) -> Vec<(&'static str, f64)> {
    let mut run = simulation(scenario, seed);
    let column = |name: &str| COLUMNS.iter().position(|one| one.name == name).unwrap();
    let [online, norm, calls, supernodes, mean] = [
        "online",
        "norm",
        "calls_active",
        "supernodes",
        "leaves_per_supernode_mean",
    ]
    .map(column);
    let (mut sums, mut leaves) = (vec![0.0; COLUMNS.len()], 0.0);
    let (mut least, mut last, mut low) = (f64::INFINITY, 0.0, 0);
    let samples = scenario.ticks() / 600;
    for sample in 1..=samples {
        run.run_until(sample * 600).unwrap();
        let row: Vec<f64> = run.sample().iter().map(|cell| cell.value()).collect();
        for (sum, value) in sums.iter_mut().zip(&row) {
            *sum += value;
        }
        leaves += row[mean] * row[supernodes];
        last = row[online] / row[norm];
        least = last.min(least);
        low += u32::from(last < 0.5);
    }
    let totals = run.totals();
    let users = scenario.population.users as f64;
    let each = |count: u64| count as f64 / users;
    vec![
        ("online of norm", sums[online] / sums[norm]),
        ("least online of norm", least),
        ("online of norm at the end", last),
        ("hours below half", f64::from(low) / 6.0),
        ("attempts", each(totals.attempts)),
        ("log-ins", each(totals.login_arrivals)),
        ("sessions", each(totals.sessions)),
        ("links lost", each(totals.links_lost)),
        ("cycles failed", each(totals.cycles_failed)),
        ("patch restarts", each(totals.patch_restarts)),
        ("promotions", each(totals.promotions)),
        ("supernodes restarted", each(totals.supernodes_restarted)),
        ("supernodes fallen", each(totals.supernodes_fallen)),
        ("seconds talked", each(totals.call_seconds)),
        ("calls", sums[calls] / sums[online]),
        ("supernodes", sums[supernodes] / f64::from(samples) / users),
        ("leaves", leaves / sums[supernodes]),
    ]
}

/// A figure of the small network and of the large one.
struct Pair {
    name: &'static str,
    small: f64,
    large: f64,
    /// How far apart chance alone could bring them, and which part of the value that may be.
    bound: f64,
    widest: f64,
}

impl Pair {
    fn alike(&self) -> bool {
        (self.small - self.large).abs() <= self.bound
    }
}

/// The figures of a scenario's runs, with so many seeds.
fn runs(scenario: &Scenario, seeds: u64) -> Runs {
    let runs = (0..seeds).map(|seed| figures(scenario, seed));
    runs.collect()
}

/// Compares the figures of two scenarios' runs.
fn compare(runs: [&Runs; 2], compared: &Figures) -> Vec<Pair> {
    let pairs = compared.iter().map(|(name, widest)| {
        let [(small, one), (large, other)] = runs.map(|runs| {
            let values = runs.iter().flatten().filter(|one| one.0 == *name);
            let values: Vec<f64> = values.map(|one| one.1).collect();
            mean_and_error(&values)
        });
        let bound = APART * one.hypot(other);
        println!("{name:26} {small:9.5} {large:9.5}, bound {bound:.5}");
        Pair {
            name,
            small,
            large,
            bound,
            widest: widest * large,
        }
    });
    pairs.collect()
}

/// A scenario and its like with four times the users agree.
fn agree(scenario: &Scenario, compared: &Figures) -> (Runs, Vec<Pair>) {
    let small = runs(scenario, SEEDS[0]);
    let large = runs(&scenario.scaled(4.0), SEEDS[1]);
    let pairs = compare([&small, &large], compared);
    for pair in &pairs {
        let Pair {
            name, small, large, ..
        } = pair;
        assert!(pair.alike(), "{name}: {small} with N, {large} with 4N");
        assert!(pair.bound > 0.0, "{name} is the same in all runs");
        assert!(
            pair.bound < pair.widest,
            "{name} is not known well enough: {} of {large}",
            pair.bound
        );
    }
    (small, pairs)
}

#[test]
fn a_calm_network_of_four_times_the_size_is_as_calm() {
    let scenario = network(24, Share::NONE);
    let (small, _) = agree(&scenario, CALM);
    assert_eq!(CALM.len() + HEALTHY.len() + OUTAGE.len(), COMPARED);
    // It would be seen: a core a tenth too small for its users.
    let mut wrong = scenario.scaled(4.0);
    wrong.overlay.core.supernodes = wrong.overlay.core.supernodes * 9 / 10;
    let wrong = runs(&wrong, SEEDS[1]);
    let pairs = compare([&small, &wrong], &[("supernodes", 1.0), ("leaves", 1.0)]);
    assert!(pairs.iter().all(|pair| !pair.alike()));
}

#[test]
fn a_patch_day_without_the_flaw_passes_alike_at_four_times_the_size() {
    let mut scenario = network(36, share(0.8));
    scenario.overlay.promotion.flaw = false;
    scenario.overlay.supernode.requests = 1.0;
    let (_, pairs) = agree(&scenario, HEALTHY);
    let least = pairs.iter().find(|one| one.name == "least online of norm");
    assert!(least.is_some_and(|least| least.large > 0.9), "healthy");
}

#[test]
fn an_outage_of_four_times_the_size_is_as_deep_and_as_long() {
    let mut scenario = network(48, Share::ALL);
    scenario.operator.force_supernodes = vec![attempt(36.0, 120.0, 120)];
    let (_, pairs) = agree(&scenario, OUTAGE);
    let low = pairs.iter().find(|one| one.name == "hours below half");
    assert!(low.is_some_and(|low| low.large > 6.0), "an outage");
}
