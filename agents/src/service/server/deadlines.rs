//! When senders stop waiting: the deadlines of a server's requests, without a timer for each.
//!
//! Requests with the same time-out reach their deadlines in the order of their arrival, so for each
//! time-out there is a queue, and one timer of the server is enough. A request that is answered leaves
//! its entry, which is removed when it is the oldest of its queue. Deadlines that callers pass on are in
//! no such order; they are kept sorted. Units: ticks.

use std::collections::{BTreeSet, VecDeque};

use patchday_core::{Span, Tick};
use serde::{Deserialize, Serialize};

/// The deadline of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Deadline {
    pub(crate) at: Tick,
    pub(crate) slot: u32,
    /// The number of the request.
    pub(crate) number: u32,
}

/// The deadlines of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Deadlines {
    /// For each time-out, the deadlines in ascending order.
    queues: Vec<(Span, VecDeque<Deadline>)>,
    /// Deadlines that were passed on.
    passed: BTreeSet<Deadline>,
    /// The tick of the timer that is first, if there is one.
    timer: Option<Tick>,
}

impl Deadlines {
    /// Adds a deadline of a request with a time-out; without one, its deadline was passed on.
    pub(crate) fn push(&mut self, timeout: Option<Span>, deadline: Deadline) {
        let Some(timeout) = timeout else {
            self.passed.insert(deadline);
            return;
        };
        match self.queues.iter_mut().find(|(other, _)| *other == timeout) {
            Some((_, queue)) => queue.push_back(deadline),
            None => self.queues.push((timeout, VecDeque::from([deadline]))),
        }
    }

    /// Removes and returns the requests whose deadline is `now` or earlier, and forgets those before the
    /// first one of each queue that `waits`.
    pub(crate) fn take_due(
        &mut self,
        now: Tick,
        mut waits: impl FnMut(&Deadline) -> bool,
    ) -> Vec<Deadline> {
        let mut due = Vec::new();
        for (_, queue) in &mut self.queues {
            while let Some(first) = queue.front() {
                let still = waits(first);
                if still && first.at > now {
                    break;
                }
                if still {
                    due.push(*first);
                }
                queue.pop_front();
            }
        }
        while let Some(first) = self.passed.first().copied() {
            let still = waits(&first);
            if still && first.at > now {
                break;
            }
            if still {
                due.push(first);
            }
            self.passed.pop_first();
        }
        due
    }

    /// Notes that the timer of a tick has come.
    pub(crate) fn timer_came(&mut self, now: Tick) {
        self.timer.take_if(|timer| *timer <= now);
    }

    /// Returns the tick for which a new timer is needed, and notes it; `None` if there is an earlier one
    /// or no deadline.
    pub(crate) fn next_timer(&mut self) -> Option<Tick> {
        let firsts = self.queues.iter().filter_map(|(_, queue)| queue.front());
        let firsts = firsts.chain(self.passed.first());
        let first = firsts.map(|deadline| deadline.at).min()?;
        if self.timer.is_some_and(|timer| timer <= first) {
            return None;
        }
        self.timer = Some(first);
        Some(first)
    }

    /// Forgets all deadlines.
    pub(crate) fn clear(&mut self) {
        for (_, queue) in &mut self.queues {
            queue.clear();
        }
        self.passed.clear();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let queues = self.queues.iter();
        let entries = queues.map(|(_, queue)| queue.capacity() * size_of::<Deadline>());
        entries.sum::<usize>()
            + self.passed.len() * size_of::<Deadline>() * 3 / 2
            + self.queues.capacity() * size_of::<(Span, VecDeque<Deadline>)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_deadlines_are_taken_and_answered_requests_forgotten() {
        let mut deadlines = Deadlines::default();
        let deadline = |at, number| Deadline {
            at,
            slot: number,
            number,
        };
        deadlines.push(Some(10), deadline(10, 0));
        deadlines.push(Some(10), deadline(12, 1));
        deadlines.push(Some(3), deadline(5, 2));
        assert_eq!(deadlines.next_timer(), Some(5));
        assert_eq!(deadlines.next_timer(), None);
        deadlines.timer_came(5);
        assert_eq!(deadlines.take_due(5, |_| true), [deadline(5, 2)]);
        // The request 0 has been answered.
        assert_eq!(deadlines.take_due(6, |one| one.number != 0), []);
        assert_eq!(deadlines.next_timer(), Some(12));
        deadlines.push(Some(3), deadline(9, 3));
        assert_eq!(deadlines.next_timer(), Some(9), "an earlier one");
        deadlines.push(None, deadline(8, 5));
        deadlines.push(None, deadline(7, 4));
        assert_eq!(deadlines.next_timer(), Some(7), "one that was passed on");
        assert_eq!(
            deadlines.take_due(8, |one| one.number != 4),
            [deadline(8, 5)]
        );
    }
}
