//! A simulation that is one of several ranks: processes that own a part of the actors each.
//!
//! All ranks call the same functions of a simulation in the same order. What is read of the world is the
//! same at every rank; what is read of the actors is summed up here.

use std::ops::Range;

use patchday_core::{
    Ranks, SettingsError,
    engine::{
        clock::Clock,
        snapshot::{BlockSnapshot, Mismatch, blocks_of_ranks, largest_part},
    },
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    metrics::sample_context::ClusterSizes,
    network::model::Network,
    scenario::root::Scenario,
    simulation::{
        Simulation,
        snapshot::{ScenarioChange, Snapshot},
    },
};

impl Simulation {
    /// As [`Simulation::new`], for one of several ranks, each of which can have another number of threads
    /// and shards. Rows and digest are those of a single process.
    ///
    /// # Errors
    /// Returns an error as [`Simulation::new`] does, at all ranks if at one; also if the ranks do not
    /// agree on scenario, seed, limit or tables.
    pub fn new_ranked(
        scenario: &Scenario,
        seed: u64,
        threads: usize,
        shards: usize,
        mail_limit: u64,
        ranks: Ranks,
    ) -> Result<Self, SettingsError> {
        Self::started(scenario, seed, threads, shards, mail_limit, Some(ranks))
    }

    /// As [`Simulation::resume`], for one of several ranks. `next` is called for the blocks of this rank.
    /// The snapshot can be of any number of ranks.
    ///
    /// # Errors
    /// Returns an error as [`Simulation::resume`] does, at all ranks if at one; also if the ranks do not
    /// agree on scenario, seed, limit or tables.
    pub fn resume_ranked<E>(
        scenarios: ScenarioChange<'_>,
        threads: usize,
        shards: usize,
        mail_limit: u64,
        ranks: Ranks,
        snapshot: Snapshot,
        next: impl FnMut(u32) -> Result<BlockSnapshot<Network>, E>,
    ) -> Result<Self, Mismatch<E>> {
        let ranks = Some(ranks);
        Self::resume_with(
            scenarios, threads, shards, mail_limit, ranks, snapshot, next,
        )
    }

    /// Returns the blocks of each rank that has one of these shares, at a snapshot of `scenario`.
    pub fn blocks_of_ranks(scenario: &Scenario, clock: Clock, shares: &[u32]) -> Vec<Range<u32>> {
        let (network, _) = Network::new(scenario);
        blocks_of_ranks(&network, network.actors(), clock, shares)
    }

    /// Returns the part of the regular users that the rank with the most of them has, if `ranks` ranks with
    /// equal shares run a scenario. It is above `1 / ranks` if there are servers with many expected events.
    pub fn largest_part(scenario: &Scenario, ranks: u32) -> f64 {
        let (network, _) = Network::new(scenario);
        largest_part(&network, network.actors(), ranks)
    }

    /// Returns the number of this rank, from 0.
    pub fn rank(&self) -> usize {
        self.engine.rank()
    }

    /// Returns the number of ranks; 1 if the simulation runs in one process.
    pub fn ranks(&self) -> usize {
        self.engine.ranks()
    }

    /// Returns the blocks of this rank. Ranks own ascending ranges of blocks.
    pub fn own_blocks(&self) -> Range<u32> {
        self.engine.own_blocks()
    }

    /// Passes `own` to all ranks. Returns what they passed, in order of ranks.
    ///
    /// # Panics
    /// Panics if a rank has stopped, with its text.
    pub fn gather(&self, own: &[u8]) -> Vec<Vec<u8>> {
        self.engine.gather(own)
    }

    /// Returns the greatest vote of all ranks: an interrupt or a lack of memory at one of them stops all at
    /// the same tick.
    ///
    /// # Panics
    /// Panics if a rank has stopped, with its text.
    pub fn agree(&self, vote: u64) -> u64 {
        self.engine.agree(vote)
    }

    /// Stops all other ranks with a text. The simulation must not be run again.
    pub fn stop_ranks(&self, text: &str) {
        self.engine.stop_ranks(text);
    }

    /// Returns the sizes of the clusters of all ranks.
    pub(super) fn clusters(&self) -> ClusterSizes {
        let own = ClusterSizes::new(self.engine.block_states());
        self.of_all_ranks(own, ClusterSizes::merged)
    }

    /// Merges what each rank found in its blocks.
    pub(super) fn of_all_ranks<T: Default + Serialize + DeserializeOwned>(
        &self,
        own: T,
        merged: fn(T, T) -> T,
    ) -> T {
        if self.ranks() == 1 {
            return own;
        }
        let parts = self.engine.gather_values(&own);
        parts.into_iter().fold(T::default(), merged)
    }

    /// Panics if there are other ranks, whose actors an audit would not see.
    pub(crate) fn assert_whole(&self) {
        assert_eq!(self.ranks(), 1, "an audit needs all actors in one process");
    }
}
