//! The operator's memory: the gauges it saw, and its progress with each entry of the playbook.
//!
//! Both are part of the world. Units: ticks, thousandths of a tick for waits.

use std::collections::VecDeque;

use patchday_core::Tick;
use serde::{Deserialize, Serialize};

/// What the operator sees.
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

/// How far the operator is with an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) decided: Option<Tick>,
    /// When the deed was done, or its first machine added.
    pub(crate) begun: Option<Tick>,
    pub(crate) added: u32,
}

impl Progress {
    /// Whether it was decided on.
    pub(crate) fn is_decided(&self) -> bool {
        self.decided.is_some()
    }
}

/// The gauges of the time that any entry looks back to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Memory {
    past: VecDeque<Gauges>,
}

impl Memory {
    /// Note what is seen now, and forget what is older than `longest`.
    pub(crate) fn note(&mut self, seen: Gauges, longest: Tick) {
        // The last one that is old enough stays.
        while self.past.len() > 1 && seen.at - self.past[1].at >= longest {
            self.past.pop_front();
        }
        self.past.push_back(seen);
    }

    /// What was seen `lag` ticks ago or before.
    pub(crate) fn ago(&self, now: Tick, lag: Tick) -> Option<&Gauges> {
        self.past.iter().rev().find(|seen| now - seen.at >= lag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_what_the_longest_lag_needs() {
        let mut memory = Memory::default();
        for at in (0..100).step_by(10) {
            memory.note(
                Gauges {
                    at,
                    ..Gauges::default()
                },
                30,
            );
        }
        assert_eq!(memory.ago(90, 0).unwrap().at, 90);
        assert_eq!(memory.ago(90, 30).unwrap().at, 60);
        assert_eq!(memory.ago(90, 25).unwrap().at, 60);
        assert!(memory.past.len() <= 5);
    }
}
