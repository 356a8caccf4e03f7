//! The assignment of shards to threads.
//!
//! Each thread has shards of its own, of about equal load together, which it claims in order of
//! their load; then it claims what other threads have left. A shard mostly stays with its thread,
//! because its data is in the cache of that processor: measured with shards that change threads
//! at every tick, small ticks took a quarter longer. The assignment affects only the speed.
//! Units: large ticks; load in sixteenths of an envelope.

use std::cmp::Reverse;

/// Large ticks from one assignment to the next. In between, claims of idle threads balance the
/// load.
const PERIOD: u32 = 64;

/// The shards of each thread.
pub(crate) struct Assignment {
    threads: usize,
    /// For each thread its shards, highest load first. Every shard is in one list.
    own: Vec<Vec<u16>>,
    /// Large ticks until the next assignment.
    left: u32,
}

impl Assignment {
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            threads,
            own: Vec::new(),
            left: 0,
        }
    }

    /// Assigns shards by their load, if it is time: the one with the highest load goes to the
    /// thread with the least load so far.
    pub(crate) fn assign(&mut self, load: &[u64]) {
        if self.left > 0 {
            self.left -= 1;
            return;
        }
        self.left = PERIOD;
        self.own.resize_with(self.threads, Vec::new);
        self.own.iter_mut().for_each(Vec::clear);
        let mut order: Vec<u16> = (0..load.len() as u16).collect();
        order.sort_by_key(|shard| Reverse(load[usize::from(*shard)]));
        let mut sums = vec![0; self.threads];
        for shard in order {
            let least = (0..self.threads).min_by_key(|thread| sums[*thread]);
            let thread = least.unwrap_or(0);
            // One more, so that shards without load are spread, too.
            sums[thread] += load[usize::from(shard)] + 1;
            self.own[thread].push(shard);
        }
    }

    /// Lists the active shards of each thread. `active` is ascending.
    pub(crate) fn list(&self, active: &[u16], own: &mut Vec<Vec<u16>>) {
        own.clone_from(&self.own);
        let all: usize = own.iter().map(Vec::len).sum();
        if active.len() < all {
            for list in own {
                list.retain(|shard| active.binary_search(shard).is_ok());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_get_equal_loads_and_idle_shards_are_left_out() {
        let mut assignment = Assignment::new(2);
        let mut own = Vec::new();
        assignment.assign(&[10, 70, 30, 30, 0]);
        assignment.list(&[0, 1, 2, 3, 4], &mut own);
        assert_eq!(own, [vec![1, 4], vec![2, 3, 0]]);
        assignment.assign(&[90, 0, 0, 0, 0]);
        assignment.list(&[0, 2], &mut own);
        assert_eq!(own, [vec![], vec![2, 0]], "kept for a period");
    }
}
