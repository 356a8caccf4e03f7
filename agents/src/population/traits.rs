//! The population: traits of a client, from its id alone.
//!
//! Nothing here costs memory: region, regularity and the fitness of the machine
//! are addressed draws, made again whenever they are needed.

use patchday_core::{Chance, Random};

use crate::{network::draw_ids, scenario::root::Scenario};

/// What never changes about a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traits {
    /// Index of its region.
    pub(crate) region: u8,
    /// Whether it is ever used.
    pub(crate) regular: bool,
    /// Whether its machine is never switched off.
    pub(crate) always_on: bool,
    /// Whether its machine may become a supernode.
    pub(crate) eligible: bool,
    /// A uniform word for how much the machine can do as a supernode.
    pub(crate) strength: u32,
    /// Whether it serves on as a supernode under any load.
    pub(crate) sturdy: bool,
}

impl Traits {
    /// What all clients share that can never be supernodes.
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

/// The tables behind the traits.
#[derive(Clone, Debug)]
pub(crate) struct Population {
    /// Cumulated shares of the regions, in units of 2^-32.
    regions: Vec<u32>,
    regular: Chance,
    always_on: Chance,
    eligible: Chance,
    sturdy: Chance,
    business: Chance,
}

impl Population {
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
            regular: Chance::new(population.regular_share.get()),
            always_on: Chance::new(population.always_on_share.get()),
            eligible: Chance::new(population.eligible_share.get()),
            business: Chance::new(population.business_share.get()),
            sturdy: Chance::new(scenario.overlay.supernode.sturdy_share.get()),
        }
    }

    pub(crate) fn traits(&self, random: Random, id: u32) -> Traits {
        let draw = random.draw(id, 0, draw_ids::TRAITS, 0);
        let regular = draw.hits(0, self.regular);
        if !regular {
            return Traits::ordinary(0, false, false);
        }
        let region = self.place_of(draw.word(1));
        let always_on = draw.hits(2, self.always_on);
        if !always_on {
            return Traits::ordinary(region, true, false);
        }
        let host = random.draw(id, 0, draw_ids::HOST, 0);
        Traits {
            region,
            regular,
            always_on,
            eligible: host.hits(0, self.eligible),
            strength: host.word(1),
            sturdy: host.hits(2, self.sturdy),
        }
    }

    /// The region of a regular client: that of its [`Traits`], with one draw.
    pub(crate) fn region(&self, random: Random, id: u32) -> u8 {
        self.place_of(random.draw(id, 0, draw_ids::TRAITS, 0).word(1))
    }

    /// The region of a uniform word.
    fn place_of(&self, word: u32) -> u8 {
        let last = self.regions.len() - 1;
        let found = self.regions.iter().position(|sum| word <= *sum);
        found.unwrap_or(last) as u8
    }

    /// Whether a client is used for business.
    pub(crate) fn is_business(&self, random: Random, id: u32) -> bool {
        random
            .draw(id, 0, draw_ids::BUSINESS, 0)
            .hits(0, self.business)
    }

    /// Share of all clients that are eligible as supernodes.
    pub(crate) fn eligible_share(scenario: &Scenario) -> f64 {
        let population = &scenario.population;
        population.regular_share.get()
            * population.always_on_share.get()
            * population.eligible_share.get()
    }
}
