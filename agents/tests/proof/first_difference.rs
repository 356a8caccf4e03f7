//! The alarm: the first tick and actor at which two runs part.
//!
//! Both are run again, up to ever closer ticks, each from its start and without a stop
//! that it had not made before, so nothing about them changes but where they end. The
//! search takes for granted that what has parted stays apart; the world counts what
//! happened, so it does.

use patchday_core::Tick;

use crate::{
    plan::{Case, Plan},
    snapshot::{FullSnapshot, Location},
};

/// Where two runs part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FirstDifference {
    /// They did not, when run again: they do not repeat.
    None,
    /// They are created differently.
    AtStart(Location, String),
    /// In this tick: before it they are alike, after it they are not.
    InTick(Tick, Location, String),
}

/// Where the first case, run by the first plan, and the second part before `end`.
pub(crate) fn first_difference(
    one: (&Case, &Plan),
    two: (&Case, &Plan),
    end: Tick,
) -> FirstDifference {
    let at = |tick| {
        let snapshot =
            |(case, plan): (&Case, &Plan)| FullSnapshot::capture(&case.run(plan, tick).simulation);
        snapshot(one).first_difference(&snapshot(two))
    };
    if let Some((place, how)) = at(0) {
        return FirstDifference::AtStart(place, how);
    }
    let Some(mut last) = at(end) else {
        return FirstDifference::None;
    };
    let (mut alike, mut apart) = (0, end);
    while apart - alike > 1 {
        let middle = alike + (apart - alike) / 2;
        match at(middle) {
            Some(found) => (apart, last) = (middle, found),
            None => alike = middle,
        }
    }
    FirstDifference::InTick(alike, last.0, last.1)
}

impl std::fmt::Display for FirstDifference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => write!(
                out,
                "run again, they do not part: the same plan gives now this, now that"
            ),
            Self::AtStart(place, how) => write!(out, "they part at the start, {place}: {how}"),
            Self::InTick(tick, place, how) => {
                write!(out, "they part in tick {tick}, {place}: {how}")
            }
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Actor(actor) => write!(out, "in actor {actor}"),
            Self::BlockState(first) => write!(out, "in what the block from actor {first} on keeps"),
            Self::Mail(actor) => write!(out, "in the mail for actor {actor}"),
            Self::World => write!(out, "in the world"),
        }
    }
}
