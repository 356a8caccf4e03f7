//! The world: what every actor may read during a tick and only the barrier may
//! write.

use patchday_core::Tick;

use crate::{
    directory::Directory,
    peer::Phase,
    queue::Queue,
    tally::{Count, Counters},
};

/// The world of a network.
#[derive(Clone, Debug, Hash)]
pub struct World {
    pub(crate) directory: Directory,
    /// When the patch was released, once it was.
    pub(crate) released: Option<Tick>,
    /// Whether the allocation algorithm has its flaw.
    pub(crate) flaw: bool,
    /// The next entry of the schedule.
    pub(crate) scheduled: usize,
    /// When the operator saw that there is an incident, once it did.
    pub(crate) incident: Option<Tick>,
    /// Machines of the operator put into service so far, those that fell included.
    pub(crate) forced: u32,
    /// Clients in each phase.
    pub(crate) phases: [i64; Phase::COUNT],
    /// Leaves in clusters.
    pub(crate) leaves: i64,
    /// Clients whose user wants to be online.
    pub(crate) wanting: i64,
    /// What happened since the start.
    pub(crate) totals: Counters,
    /// The servers' queues as of the last barrier.
    pub(crate) queues: Vec<Queue>,
}

impl World {
    /// Take in what was counted in a tick. `memory` is how long a vanished
    /// supernode stays in the count of the flawed algorithm.
    pub(crate) fn settle(&mut self, count: &mut Count, now: Tick, memory: Tick) {
        self.totals.add(&std::mem::take(&mut count.counters));
        for (sum, part) in self.phases.iter_mut().zip(&mut count.phases) {
            *sum += std::mem::take(part);
        }
        self.leaves += std::mem::take(&mut count.leaves);
        self.wanting += std::mem::take(&mut count.wanting);
        count.entered.sort_unstable();
        for supernode in count.entered.drain(..) {
            self.directory.enter(supernode);
        }
        count.left.sort_unstable();
        for supernode in count.left.drain(..) {
            self.directory.leave(supernode, now + memory);
        }
        self.directory.forget(now);
        for (place, queue) in count.queues.drain(..) {
            self.queues[place as usize] = queue;
        }
    }

    /// Supernodes as the allocation algorithm lists them.
    pub(crate) fn listed(&self) -> u64 {
        if self.flaw {
            self.directory.with_vanished()
        } else {
            self.directory.live().len() as u64
        }
    }

    /// Clients signed in.
    pub(crate) fn online(&self) -> u64 {
        self.phase(Phase::Online) + self.phase(Phase::InCall)
    }

    /// Clients in a phase.
    pub(crate) fn phase(&self, phase: Phase) -> u64 {
        u64::try_from(self.phases[phase as usize]).unwrap_or(0)
    }
}
