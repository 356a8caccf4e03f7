//! The traits of a client: the properties that never change, computed from its id.
//!
//! Traits are addressed draws, which are repeated at each use instead of stored. Units: shares of uniform
//! words, in 2^-32.

use patchday_core::{Chance, Random};

use crate::{network::draw_ids, scenario::root::Scenario};

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
        }
    }

    /// Returns the traits of client `id`.
    pub(crate) fn traits(&self, random: Random, id: u32) -> Traits {
        if id >= self.regulars {
            return Traits::ordinary(0, false, false);
        }
        let draw = random.draw(id, 0, draw_ids::TRAITS, 0);
        let region = self.region_of(draw.word(1));
        let always_on = draw.hits(2, self.always_on);
        if !always_on {
            return Traits::ordinary(region, true, false);
        }
        let host = random.draw(id, 0, draw_ids::HOST, 0);
        Traits {
            region,
            regular: true,
            always_on,
            eligible: host.hits(0, self.eligible),
            strength: host.word(1),
            sturdy: host.hits(2, self.sturdy),
        }
    }

    /// Returns the region of a regular client, as in its [`Traits`], with a single draw.
    pub(crate) fn region(&self, random: Random, id: u32) -> u8 {
        self.region_of(random.draw(id, 0, draw_ids::TRAITS, 0).word(1))
    }

    /// Maps a uniform word to a region.
    fn region_of(&self, word: u32) -> u8 {
        let last = self.regions.len() - 1;
        let found = self.regions.iter().position(|sum| word <= *sum);
        found.unwrap_or(last) as u8
    }

    /// Returns whether a client is used for business.
    pub(crate) fn is_business(&self, random: Random, id: u32) -> bool {
        random
            .draw(id, 0, draw_ids::BUSINESS, 0)
            .hits(0, self.business)
    }

    /// Returns the share of all clients that are eligible as supernodes.
    pub(crate) fn eligible_share(scenario: &Scenario) -> f64 {
        let population = &scenario.population;
        population.regular_share.get()
            * population.always_on_share.get()
            * population.eligible_share.get()
    }
}
