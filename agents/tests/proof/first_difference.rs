//! The first tick and actor at which two runs differ.
//!
//! A binary search over ticks. Each step runs both from their starts and compares their
//! snapshots at one tick, with the same stops before that tick, so that only the end of the
//! runs changes. The search requires that two runs that differ stay different; they do, since
//! the world contains counters of everything that happened.

use patchday_core::Tick;

use crate::{
    plan::Execution,
    snapshot::{Difference, FullSnapshot, Location},
};

/// Where two runs differ first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FirstDifference {
    /// They did not differ when run again, so one of the plans does not repeat its result.
    None,
    /// Their initial states differ.
    AtStart(Difference),
    /// They are equal before this tick and differ after it.
    InTick(Tick, Difference),
}

/// Finds the first difference between two executions before `end`.
pub(crate) fn first_difference(
    one: Execution<'_>,
    two: Execution<'_>,
    end: Tick,
) -> FirstDifference {
    let at = |tick| {
        let snapshot =
            |execution: Execution<'_>| FullSnapshot::capture(&execution.run(tick).simulation);
        snapshot(one).difference_from(&snapshot(two))
    };
    if let Some(difference) = at(0) {
        return FirstDifference::AtStart(difference);
    }
    let Some(mut last) = at(end) else {
        return FirstDifference::None;
    };
    let (mut equal, mut different) = (0, end);
    while different - equal > 1 {
        let middle = equal + (different - equal) / 2;
        match at(middle) {
            Some(found) => (different, last) = (middle, found),
            None => equal = middle,
        }
    }
    FirstDifference::InTick(equal, last)
}

impl std::fmt::Display for FirstDifference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => write!(
                out,
                "no difference when run again: the same plan does not always give the same result"
            ),
            Self::AtStart(difference) => {
                write!(out, "the runs differ at the start, {difference}")
            }
            Self::InTick(tick, difference) => {
                write!(out, "the runs differ from tick {tick} on, {difference}")
            }
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.location, self.description)
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Actor(actor) => write!(out, "in the state of actor {actor}"),
            Self::BlockState(first) => {
                write!(
                    out,
                    "in the state of the block that begins with actor {first}"
                )
            }
            Self::Mail(actor) => write!(out, "in the messages to actor {actor}"),
            Self::World => write!(out, "in the world"),
        }
    }
}
