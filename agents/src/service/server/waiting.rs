//! The requests that wait for a place at a server, in the order in which they get one.
//!
//! Higher priorities come first; within a priority the order is that of the service. A request that is
//! over may still be in it until its turn. Units: slots, ticks.

use std::collections::{BTreeSet, VecDeque};

use patchday_core::Tick;
use serde::{Deserialize, Serialize};

use crate::service::{
    section::{Priority, QueueOrder},
    server::deadlines::Deadline,
};

/// The number of priorities.
const PRIORITIES: usize = Priority::ALL.len();

/// A request by its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct ByDeadline {
    level: u8,
    at: Tick,
    number: u32,
    slot: u32,
}

/// The slots of waiting requests, also of some that are over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct WaitingRequests {
    /// For each priority the requests in the order of their arrival.
    lines: [VecDeque<u32>; PRIORITIES],
    /// The requests of a service that serves by deadline; it does not use `lines`.
    by_deadline: BTreeSet<ByDeadline>,
}

impl WaitingRequests {
    /// Adds a request of a priority, which is 0 for the highest.
    pub(crate) fn push(&mut self, order: QueueOrder, level: u8, deadline: Deadline) {
        let Deadline { at, slot, number } = deadline;
        match order {
            QueueOrder::Fifo | QueueOrder::Lifo => self.lines[usize::from(level)].push_back(slot),
            QueueOrder::Deadline => {
                self.by_deadline.insert(ByDeadline {
                    level,
                    at,
                    number,
                    slot,
                });
            }
        }
    }

    /// Removes the slot of the request whose turn it is.
    pub(crate) fn pop(&mut self, order: QueueOrder) -> Option<u32> {
        match order {
            QueueOrder::Fifo => self.lines.iter_mut().find_map(VecDeque::pop_front),
            QueueOrder::Lifo => self.lines.iter_mut().find_map(VecDeque::pop_back),
            QueueOrder::Deadline => self.by_deadline.pop_first().map(|first| first.slot),
        }
    }

    /// Removes all requests.
    pub(crate) fn clear(&mut self) {
        self.lines.iter_mut().for_each(VecDeque::clear);
        self.by_deadline.clear();
    }

    /// Returns the bytes that it refers to. A node of a B-tree is two thirds full on average.
    pub(crate) fn heap_bytes(&self) -> usize {
        let lines = self.lines.iter().map(VecDeque::capacity).sum::<usize>();
        lines * size_of::<u32>() + self.by_deadline.len() * size_of::<ByDeadline>() * 3 / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The slots of requests in the order in which they are served; their deadlines are given.
    fn served(order: QueueOrder, requests: &[(u32, Priority, Tick)]) -> Vec<u32> {
        let mut waiting = WaitingRequests::default();
        for (slot, priority, at) in requests {
            let deadline = Deadline {
                at: *at,
                slot: *slot,
                number: *slot,
            };
            waiting.push(order, *priority as u8, deadline);
        }
        std::iter::from_fn(|| waiting.pop(order)).collect()
    }

    #[test]
    fn higher_priorities_come_first_and_then_the_order_of_the_service() {
        let requests = [
            (0, Priority::Normal, 9),
            (1, Priority::Low, 1),
            (2, Priority::Normal, 7),
            (3, Priority::High, 8),
            (4, Priority::Normal, 7),
            (5, Priority::High, 20),
        ];
        assert_eq!(served(QueueOrder::Fifo, &requests), [3, 5, 0, 2, 4, 1]);
        assert_eq!(served(QueueOrder::Lifo, &requests), [5, 3, 4, 2, 0, 1]);
        assert_eq!(served(QueueOrder::Deadline, &requests), [3, 5, 2, 4, 0, 1]);
    }
}
