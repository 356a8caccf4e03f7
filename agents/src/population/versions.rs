//! Versions of the client program: which version a client has, and whether it crashes at a late answer
//! of the offline-message servers (facts 3.3-3.5).
//!
//! Like the traits, the version is a pure function of the client's id; only the later installation of a
//! fixed version is part of the client's state. Units: shares of clients.

use patchday_core::{Chance, Random};

use crate::{network::draw_ids, scenario::root::Scenario};

/// A version: its cumulative shares, including all versions before it, and its defect.
#[derive(Clone, Copy, Debug)]
struct Cohort {
    /// Cumulative share of the clients whose machine is switched off at times.
    share: Chance,
    /// Cumulative share of the clients whose machine is always on.
    host_share: Chance,
    /// Probability that a client crashes.
    crash: Chance,
}

/// The versions of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Versions {
    cohorts: Vec<Cohort>,
    /// Probability that a client of a version that crashes has a fixed version from the start.
    fixed: Chance,
    /// Whether a client of any version can crash.
    fragile: bool,
}

impl Versions {
    /// Creates the versions of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let (mut all, mut hosts) = (0.0, 0.0);
        let versions = &scenario.population.version;
        let cohorts = versions.iter().map(|version| {
            all += version.share.get();
            hosts += version.host_share.unwrap_or(version.share).get();
            Cohort {
                share: Chance::new(all),
                host_share: Chance::new(hosts),
                crash: Chance::new(version.crash_share.get()),
            }
        });
        Self {
            cohorts: cohorts.collect(),
            fixed: Chance::new(scenario.population.fixed_share.get()),
            fragile: versions
                .iter()
                .any(|version| version.crash_share.get() > 0.0),
        }
    }

    /// Returns whether any client can crash.
    pub(crate) fn any_fragile(&self) -> bool {
        self.fragile
    }

    /// Returns whether client `id` crashes at a late answer, unless its user installs a fixed version.
    pub(crate) fn fragile(&self, random: Random, id: u32, always_on: bool) -> bool {
        if !self.fragile {
            return false;
        }
        let draw = random.trait_draw(id, draw_ids::VERSION, 0);
        let cohort = self.cohorts.iter().find(|cohort| {
            let share = if always_on {
                cohort.host_share
            } else {
                cohort.share
            };
            draw.hits(0, share)
        });
        cohort.is_some_and(|cohort| draw.hits(1, cohort.crash)) && !draw.hits(2, self.fixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{population::section::Version, scenario::quantity::share::Share};

    fn share(value: f64) -> Share {
        Share::new(value).unwrap()
    }

    #[test]
    fn the_number_of_fragile_clients_follows_from_the_shares() {
        let mut scenario = Scenario::default();
        let version = |name: &str, part, hosts, crash| Version {
            name: name.into(),
            share: share(part),
            host_share: Some(share(hosts)),
            crash_share: share(crash),
        };
        scenario.population.version = vec![
            version("bad", 0.5, 0.65, 0.4),
            version("other", 0.5, 0.35, 0.0),
        ];
        let count = |scenario: &Scenario, always_on| {
            let versions = Versions::new(scenario);
            let random = Random::new(3);
            (0..100_000)
                .filter(|id| versions.fragile(random, *id, always_on))
                .count()
        };
        // Four standard deviations of 100,000 draws are about 500.
        assert!(count(&scenario, false).abs_diff(20_000) < 500);
        assert!(count(&scenario, true).abs_diff(26_000) < 560);
        scenario.population.fixed_share = share(0.5);
        assert!(count(&scenario, false).abs_diff(10_000) < 380);
    }
}
