//! The traits of a client: the properties that never change, computed from its id.
//!
//! Traits are draws that are repeated at each use instead of stored, so they use the cheap function of
//! [`Random::trait_draw`]. Units: shares of uniform words, in 2^-32.

use patchday_core::{Chance, Random};

use crate::{
    network::{distributions::selected, draw_ids},
    scenario::root::Scenario,
};

// The words of the draw of a client's traits.
const REGION: usize = 0;
const ALWAYS_ON: usize = 1;
const BUSINESS: usize = 2;

/// The properties of a client that never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traits {
    /// The index of its region.
    pub(crate) region: u8,
    /// Whether its user has sessions at all.
    pub(crate) regular: bool,
    /// Whether its machine is never switched off.
    pub(crate) always_on: bool,
    /// Whether its machine can become a supernode.
    pub(crate) eligible: bool,
    /// A uniform word that determines the capacity of the machine as a supernode.
    pub(crate) strength: u32,
    /// Whether as a supernode it continues under any load.
    pub(crate) sturdy: bool,
    /// Whether its machine is a supernode in office hours.
    pub(crate) office_host: bool,
}

impl Traits {
    /// Returns the traits of a client that can never become a supernode.
    fn ordinary(region: u8, regular: bool, always_on: bool) -> Self {
        Self {
            region,
            regular,
            always_on,
            eligible: false,
            strength: 0,
            sturdy: false,
            office_host: false,
        }
    }
}

/// The tables from which traits are drawn.
#[derive(Clone, Debug)]
pub(crate) struct TraitTables {
    /// Cumulative shares of the regions, in units of 2^-32.
    regions: Vec<u32>,
    /// The number of regular clients; they have the smallest ids.
    regulars: u32,
    always_on: Chance,
    eligible: Chance,
    sturdy: Chance,
    business: Chance,
    /// The share of office machines among those that are not always on; `None` if there are none.
    pub(crate) office_host: Option<Chance>,
}

impl TraitTables {
    /// Creates the tables of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let population = &scenario.population;
        let mut sum = 0.0;
        Self {
            regions: population
                .region
                .iter()
                .map(|region| {
                    sum += region.share.get();
                    (sum.min(1.0) * 4_294_967_295.0).round() as u32
                })
                .collect(),
            regulars: u32::try_from(population.regulars()).unwrap_or(u32::MAX),
            always_on: Chance::new(population.always_on_share.get()),
            eligible: Chance::new(population.eligible_share.get()),
            business: Chance::new(population.business_share.get()),
            sturdy: Chance::new(scenario.overlay.supernode.sturdy_share.get()),
            office_host: Some(population.office_host_share.get())
                .filter(|share| *share > 0.0 && scenario.overlay.enabled)
                .map(Chance::new),
        }
    }

    /// Returns the traits of client `id`.
    #[inline]
    pub(crate) fn traits(&self, random: Random, id: u32) -> Traits {
        if id >= self.regulars {
            return Traits::ordinary(0, false, false);
        }
        let draw = random.trait_draw(id, draw_ids::TRAITS, 0);
        let region = self.region_of(draw.word(REGION));
        if !draw.hits(ALWAYS_ON, self.always_on) {
            let ordinary = Traits::ordinary(region, true, false);
            let Some(office) = self.office_host else {
                return ordinary;
            };
            let host = random.trait_draw(id, draw_ids::HOST, 0);
            return Traits {
                strength: host.word(1),
                sturdy: host.hits(2, self.sturdy),
                office_host: host.hits(0, office),
                ..ordinary
            };
        }
        let host = random.trait_draw(id, draw_ids::HOST, 0);
        Traits {
            region,
            regular: true,
            always_on: true,
            eligible: host.hits(0, self.eligible),
            strength: host.word(1),
            sturdy: host.hits(2, self.sturdy),
            office_host: false,
        }
    }

    /// Returns the region of a regular client, as in its [`Traits`], and whether the client is used for
    /// business.
    #[inline]
    pub(crate) fn region_and_business(&self, random: Random, id: u32) -> (u8, bool) {
        let draw = random.trait_draw(id, draw_ids::TRAITS, 0);
        let region = self.region_of(draw.word(REGION));
        (region, draw.hits(BUSINESS, self.business))
    }

    /// Maps a uniform word to a region.
    #[inline]
    fn region_of(&self, word: u32) -> u8 {
        selected(&self.regions, word) as u8
    }

    /// Returns whether a client is used for business.
    pub(crate) fn is_business(&self, random: Random, id: u32) -> bool {
        self.region_and_business(random, id).1
    }

    /// Returns the share of all clients that are eligible as supernodes.
    pub(crate) fn eligible_share(scenario: &Scenario) -> f64 {
        let population = &scenario.population;
        population.regular_share.get()
            * population.always_on_share.get()
            * population.eligible_share.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::quantity::share::Share;

    const USERS: u32 = 400_000;

    /// Returns the share of all clients with a property, less the expected one, in standard errors.
    fn off(expected: f64, has: impl Fn(u32) -> bool) -> f64 {
        let count = (0..USERS).filter(|id| has(*id)).count() as f64;
        let error = (f64::from(USERS) * expected * (1.0 - expected)).sqrt();
        (count - f64::from(USERS) * expected) / error
    }

    #[test]
    fn traits_have_their_shares_and_are_independent_of_each_other() {
        let mut scenario = Scenario::default();
        scenario.population.regular_share = Share::ALL;
        scenario.population.office_host_share = Share::new(0.1).unwrap_or_default();
        let population = &scenario.population;
        let office = population.office_host_share.get();
        let always_on = population.always_on_share.get();
        let business = population.business_share.get();
        let eligible = population.eligible_share.get();
        let sturdy = scenario.overlay.supernode.sturdy_share.get();
        let tables = TraitTables::new(&scenario);
        for seed in [1, 2] {
            let random = Random::new(seed);
            let traits = |id| tables.traits(random, id);
            let in_business = |id| tables.is_business(random, id);
            let mut figures = vec![
                off(always_on, |id| traits(id).always_on),
                off(business, in_business),
                off(always_on * business, |id| {
                    traits(id).always_on && in_business(id)
                }),
                off(always_on * eligible, |id| traits(id).eligible),
                off(always_on * eligible * sturdy, |id| {
                    traits(id).eligible && traits(id).sturdy
                }),
                off(always_on / 2.0, |id| {
                    traits(id).always_on && traits(id).strength >= 1 << 31
                }),
                off((1.0 - always_on) * office, |id| traits(id).office_host),
                off((1.0 - always_on) * office * sturdy, |id| {
                    traits(id).office_host && traits(id).sturdy
                }),
                off(always_on * always_on, |id| {
                    traits(id).always_on && traits(id + 1).always_on
                }),
            ];
            for (number, region) in (0..).zip(&population.region) {
                let share = region.share.get();
                let here = |id| tables.region_and_business(random, id).0 == number;
                figures.push(off(share, here));
                figures.push(off(share * always_on, |id| {
                    here(id) && traits(id).always_on
                }));
                figures.push(off(share * business, |id| here(id) && in_business(id)));
            }
            assert!(figures.iter().all(|off| off.abs() < 4.5), "{figures:?}");
        }
    }

    #[test]
    fn every_reader_of_a_trait_sees_the_same() {
        let scenario = Scenario::default();
        let (tables, random) = (TraitTables::new(&scenario), Random::new(3));
        for id in 0..2_000 {
            let traits = tables.traits(random, id);
            let (region, business) = tables.region_and_business(random, id);
            assert!(!traits.regular || traits.region == region);
            assert_eq!(business, tables.is_business(random, id));
        }
    }
}
