//! Versions of the client: which one a machine has, and whether it mishandles a late
//! answer of the offline-message servers (facts 3.3-3.5).
//!
//! A pure function of the client's id, as all traits are, but for a mark in the state of
//! a client whose user installed a fixed version.

use patchday_core::{Chance, Random};

use crate::{network::draw_ids, scenario::root::Scenario};

/// The versions of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Versions {
    /// Cumulated shares among clients, among hosts that are always on, and the chance
    /// that a client crashes.
    cohorts: Vec<(Chance, Chance, Chance)>,
    /// Chance that a client of a version that crashes has a fixed one already.
    fixed: Chance,
    /// Whether any of them crashes.
    fragile: bool,
}

impl Versions {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let (mut all, mut hosts) = (0.0, 0.0);
        let versions = &scenario.population.version;
        let cohorts = versions.iter().map(|version| {
            all += version.share.get();
            hosts += version.host_share.unwrap_or(version.share).get();
            let crash = Chance::new(version.crash_share.get());
            (Chance::new(all), Chance::new(hosts), crash)
        });
        Self {
            cohorts: cohorts.collect(),
            fixed: Chance::new(scenario.population.fixed_share.get()),
            fragile: versions
                .iter()
                .any(|version| version.crash_share.get() > 0.0),
        }
    }

    /// Whether any client crashes at all.
    pub(crate) fn any_fragile(&self) -> bool {
        self.fragile
    }

    /// Whether this client crashes when an answer comes late.
    pub(crate) fn fragile(&self, random: Random, id: u32, always_on: bool) -> bool {
        if !self.fragile {
            return false;
        }
        let draw = random.draw(id, 0, draw_ids::VERSION, 0);
        let cohort = self
            .cohorts
            .iter()
            .find(|(all, hosts, _)| draw.hits(0, if always_on { *hosts } else { *all }));
        cohort.is_some_and(|(.., crash)| draw.hits(1, *crash)) && !draw.hits(2, self.fixed)
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
    fn as_many_are_fragile_as_the_shares_say() {
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
        // Four standard deviations of 100,000 draws are some 500.
        assert!(count(&scenario, false).abs_diff(20_000) < 500);
        assert!(count(&scenario, true).abs_diff(26_000) < 560);
        scenario.population.fixed_share = share(0.5);
        assert!(count(&scenario, false).abs_diff(10_000) < 380);
    }
}
