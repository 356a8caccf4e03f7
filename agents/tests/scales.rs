//! Scaling: a network of N users and the same network with 4N users agree in all figures that
//! should not depend on the size, each with several seeds.
//!
//! The figures of a run are shares, or counts for each user. Their means over the seeds are
//! compared by Welch's t test. There are at least 19 degrees of freedom; without a difference t
//! exceeds [`MAX_T`] with a probability of 1 in 2,900 (a bound of Hsu for any two variances,
//! for normally distributed figures). For [`COMPARED`] figures, random seeds would cause one
//! false alarm in a hundred runs of this test; the seeds here are fixed. The test also has
//! power: each comparison states the difference that it would have detected.
//!
//! Two effects of small sizes are excluded. The leaves of one supernode are a herd of 60 at any
//! size, which the login servers of a small network would reject, so the servers here have
//! capacity for them; and the share of sturdy hosts is so large that some always survive.
//! Units: users, shares of the norm, hours, seconds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{attempt, dense, fluid::mean_and_error, instant, share, simulation};
use patchday_agents::{
    metrics::columns::COLUMNS,
    scenario::{Scenario, quantity::Share},
};

/// N.
const USERS: u64 = 16_000;
/// The numbers of seeds for N and for 4N.
const SEEDS: [u64; 2] = [40, 20];
/// Means differ if they are more than this many standard errors apart: a probability of
/// 0.00034 with 19 degrees of freedom.
const MAX_T: f64 = 4.37;
/// The number of figures in all three scenarios.
const COMPARED: usize = 28;

/// A figure that must agree.
struct Compared {
    name: &'static str,
    /// The largest difference that may stay undetected, as a share of the value.
    resolution: f64,
}

const fn compared(name: &'static str, resolution: f64) -> Compared {
    Compared { name, resolution }
}

const CALM: &[Compared] = &[
    compared("online of norm", 0.04),
    compared("online of norm at the end", 0.06),
    compared("attempts", 0.07),
    compared("logins", 0.05),
    compared("sessions", 0.04),
    compared("links lost", 0.6),
    compared("calls", 0.03),
    compared("seconds talked", 0.06),
    compared("supernodes", 0.08),
    compared("leaves", 0.07),
];

const HEALTHY: &[Compared] = &[
    compared("online of norm", 0.04),
    compared("least online of norm", 0.06),
    compared("attempts", 0.15),
    compared("logins", 0.07),
    compared("links lost", 0.2),
    compared("patch restarts", 0.06),
    compared("supernodes restarted", 0.2),
    compared("promotions", 0.2),
    compared("leaves", 0.06),
];

const OUTAGE: &[Compared] = &[
    compared("online of norm", 0.08),
    compared("online of norm at the end", 0.05),
    compared("hours below half", 0.3),
    compared("attempts", 0.3),
    compared("cycles failed", 0.3),
    compared("links lost", 0.06),
    compared("supernodes restarted", 0.12),
    compared("supernodes fallen", 0.3),
    compared("leaves", 0.06),
];

/// The default network with few leaves for each supernode, and a patch that a share installs.
fn network(hours: u32, patched: Share) -> Scenario {
    let mut scenario = dense(USERS, hours);
    scenario.servers.login.rate = "20/s".parse().unwrap();
    scenario.overlay.supernode.sturdy_share = share(0.15);
    scenario.trigger.patch_day.release = Some(instant(1.0));
    scenario.trigger.patch_day.share = patched;
    scenario
}

/// The figures of a run, by name.
type Figures = Vec<(&'static str, f64)>;

/// All figures of a run; counts are divided by the number of users.
fn figures(scenario: &Scenario, seed: u64) -> Figures {
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
    let per_user = |count: u64| count as f64 / users;
    vec![
        ("online of norm", sums[online] / sums[norm]),
        ("least online of norm", least),
        ("online of norm at the end", last),
        ("hours below half", f64::from(low) / 6.0),
        ("attempts", per_user(totals.attempts)),
        ("logins", per_user(totals.login_arrivals)),
        ("sessions", per_user(totals.sessions)),
        ("links lost", per_user(totals.links_lost)),
        ("cycles failed", per_user(totals.cycles_failed)),
        ("patch restarts", per_user(totals.patch_restarts)),
        ("promotions", per_user(totals.promotions)),
        (
            "supernodes restarted",
            per_user(totals.supernodes_restarted),
        ),
        ("supernodes fallen", per_user(totals.supernodes_fallen)),
        ("seconds talked", per_user(totals.call_seconds)),
        ("calls", sums[calls] / sums[online]),
        ("supernodes", sums[supernodes] / f64::from(samples) / users),
        ("leaves", leaves / sums[supernodes]),
    ]
}

/// The mean of a figure in the small network and in the large one.
struct Pair {
    name: &'static str,
    small: f64,
    large: f64,
    /// The largest difference that chance alone explains.
    bound: f64,
    /// The largest bound allowed.
    max_bound: f64,
}

impl Pair {
    fn agrees(&self) -> bool {
        (self.small - self.large).abs() <= self.bound
    }
}

/// The figures of runs of a scenario with the first `seeds` seeds.
fn runs(scenario: &Scenario, seeds: u64) -> Vec<Figures> {
    let runs = (0..seeds).map(|seed| figures(scenario, seed));
    runs.collect()
}

/// Compares the figures of the runs of two scenarios.
fn compare(runs: [&[Figures]; 2], compared: &[Compared]) -> Vec<Pair> {
    let pairs = compared.iter().map(|Compared { name, resolution }| {
        let [(small, one), (large, other)] = runs.map(|runs| {
            let values = runs.iter().flatten().filter(|one| one.0 == *name);
            let values: Vec<f64> = values.map(|one| one.1).collect();
            mean_and_error(&values)
        });
        let bound = MAX_T * one.hypot(other);
        println!("{name:26} {small:9.5} {large:9.5}, bound {bound:.5}");
        Pair {
            name,
            small,
            large,
            bound,
            max_bound: resolution * large,
        }
    });
    pairs.collect()
}

/// Asserts that a scenario agrees with the same one with four times the users.
fn assert_agreement(scenario: &Scenario, compared: &[Compared]) -> (Vec<Figures>, Vec<Pair>) {
    let small = runs(scenario, SEEDS[0]);
    let large = runs(&scenario.scaled(4.0), SEEDS[1]);
    let pairs = compare([&small, &large], compared);
    for pair in &pairs {
        let Pair {
            name, small, large, ..
        } = pair;
        assert!(pair.agrees(), "{name}: {small} with N, {large} with 4N");
        assert!(pair.bound > 0.0, "{name} is the same in all runs");
        assert!(
            pair.bound < pair.max_bound,
            "{name} is not precise enough: {} of {large}",
            pair.bound
        );
    }
    (small, pairs)
}

#[test]
fn an_undisturbed_network_agrees_with_one_of_four_times_the_size() {
    let scenario = network(24, Share::NONE);
    let (small, _) = assert_agreement(&scenario, CALM);
    assert_eq!(CALM.len() + HEALTHY.len() + OUTAGE.len(), COMPARED);
    // The test has power: it detects a core that is a tenth too small for its users.
    let mut wrong = scenario.scaled(4.0);
    wrong.overlay.core.supernodes = wrong.overlay.core.supernodes * 9 / 10;
    let wrong = runs(&wrong, SEEDS[1]);
    let pairs = compare(
        [&small, &wrong],
        &[compared("supernodes", 1.0), compared("leaves", 1.0)],
    );
    assert!(pairs.iter().all(|pair| !pair.agrees()));
}

#[test]
fn a_patch_day_without_the_flaw_agrees_with_one_of_four_times_the_size() {
    let mut scenario = network(36, share(0.8));
    scenario.overlay.promotion.flaw = false;
    scenario.overlay.supernode.requests = 1.0;
    let (_, pairs) = assert_agreement(&scenario, HEALTHY);
    let least = pairs.iter().find(|one| one.name == "least online of norm");
    assert!(
        least.is_some_and(|least| least.large > 0.9),
        "no outage happens"
    );
}

#[test]
fn an_outage_agrees_with_one_of_four_times_the_size() {
    let mut scenario = network(48, Share::ALL);
    scenario.operator.force_supernodes = vec![attempt(36.0, 120.0, 120)];
    let (_, pairs) = assert_agreement(&scenario, OUTAGE);
    let low = pairs.iter().find(|one| one.name == "hours below half");
    assert!(low.is_some_and(|low| low.large > 6.0), "an outage happens");
}
