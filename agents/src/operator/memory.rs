//! The memory of the operator: past gauges, and its progress with each rule of the playbook.
//!
//! Both are part of the world. Units: ticks; waits in thousandths of a tick.

use std::collections::VecDeque;

use patchday_core::Tick;
use serde::{Deserialize, Serialize};

/// The gauges that the operator sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Gauges {
    pub(crate) at: Tick,
    pub(crate) online: u64,
    pub(crate) norm: u64,
    pub(crate) supernodes: u64,
    pub(crate) wanted: u64,
    /// Waits in thousandths of a tick.
    pub(crate) login_wait: u64,
    pub(crate) offline_messages_wait: u64,
}

/// The progress of the operator with a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) decided: Option<Tick>,
    /// The tick of the action, or of its first machine.
    pub(crate) begun: Option<Tick>,
    pub(crate) added: u32,
}

impl Progress {
    /// Returns whether the operator has decided on the action.
    pub(crate) fn is_decided(&self) -> bool {
        self.decided.is_some()
    }
}

/// The gauges of the time that the rule with the longest lag needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Memory {
    past: VecDeque<Gauges>,
}

impl Memory {
    /// Adds the current gauges, and removes gauges that no rule needs any more.
    pub(crate) fn record(&mut self, seen: Gauges, longest: Tick) {
        // The youngest gauges with an age of at least `longest` are still needed.
        while self.past.len() > 1 && seen.at - self.past[1].at >= longest {
            self.past.pop_front();
        }
        self.past.push_back(seen);
    }

    /// Returns the youngest gauges with an age of at least `lag` ticks.
    pub(crate) fn seen_at(&self, now: Tick, lag: Tick) -> Option<&Gauges> {
        self.past.iter().rev().find(|seen| now - seen.at >= lag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_the_gauges_that_the_longest_lag_needs() {
        let mut memory = Memory::default();
        for at in (0..100).step_by(10) {
            memory.record(
                Gauges {
                    at,
                    ..Gauges::default()
                },
                30,
            );
        }
        assert_eq!(memory.seen_at(90, 0).unwrap().at, 90);
        assert_eq!(memory.seen_at(90, 30).unwrap().at, 60);
        assert_eq!(memory.seen_at(90, 25).unwrap().at, 60);
        assert!(memory.past.len() <= 5);
    }
}
