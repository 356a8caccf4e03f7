//! The regime of a network at one point of a map, from two runs with one seed: one with the
//! triggers of the scenario, one without.
//!
//! An *outage* is defined as in the summary: longer than `run.outage_after` below 90 % of the norm. A
//! point is
//!
//! * *stable* if the run with triggers has no outage;
//! * *vulnerable* if it has one that is over when the run ends: the network recovers;
//! * *metastable* if it is in an outage at its end, and the run without triggers is not;
//! * *always down* if the run without triggers is in an outage at its end, too.
//!
//! The state at the end means something only if the last trigger was some hours earlier.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::results::figures::{Figures, ends_in_outage, has_no_outage};

/// The regime of a network at a point. In `answer.json` it is the member `class`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Regime {
    Stable,
    Vulnerable,
    Metastable,
    AlwaysDown,
    Failed,
}

impl Regime {
    /// All regimes, from the best to the worst.
    pub(crate) const ALL: [Self; 5] = [
        Self::Stable,
        Self::Vulnerable,
        Self::Metastable,
        Self::AlwaysDown,
        Self::Failed,
    ];

    /// The regime that follows from the figures of a run with triggers and of one without.
    pub(crate) fn from_runs(with_triggers: &Figures, without_triggers: &Figures) -> Self {
        match (
            ends_in_outage(without_triggers),
            ends_in_outage(with_triggers),
        ) {
            (true, _) => Self::AlwaysDown,
            (false, true) => Self::Metastable,
            (false, false) if has_no_outage(with_triggers) => Self::Stable,
            (false, false) => Self::Vulnerable,
        }
    }

    /// Its name in texts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Vulnerable => "vulnerable",
            Self::Metastable => "metastable",
            Self::AlwaysDown => "always down",
            Self::Failed => "failed",
        }
    }

    /// Its character in a map.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Stable => '.',
            Self::Vulnerable => 'v',
            Self::Metastable => 'M',
            Self::AlwaysDown => '#',
            Self::Failed => '?',
        }
    }
}

/// The number of points of each regime, zeros included.
pub(crate) fn count(points: impl Iterator<Item = Regime>) -> BTreeMap<Regime, usize> {
    let mut counts: BTreeMap<Regime, usize> =
        Regime::ALL.into_iter().map(|regime| (regime, 0)).collect();
    for regime in points {
        *counts.entry(regime).or_default() += 1;
    }
    counts
}

/// The regimes that are listed, with their numbers of points: all but *failed*, unless a point
/// failed.
pub(crate) fn listed(
    counts: &BTreeMap<Regime, usize>,
) -> impl Iterator<Item = (Regime, usize)> + '_ {
    Regime::ALL
        .into_iter()
        .map(|regime| (regime, counts.get(&regime).copied().unwrap_or(0)))
        .filter(|(regime, count)| *regime != Regime::Failed || *count > 0)
}

/// The line under a map: character, name and number of points of each regime.
pub(crate) fn legend(counts: &BTreeMap<Regime, usize>) -> String {
    let parts: Vec<String> = listed(counts)
        .map(|(regime, count)| format!("{} {} {count}", regime.letter(), regime.name()))
        .collect();
    parts.join("   ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with an outage of some hours, or with one that is not over.
    fn run(hours: Option<f64>) -> Figures {
        let recovered = f64::from(u8::from(hours.is_some()));
        Figures::from([
            ("outage.hours".to_owned(), hours),
            ("recovered".to_owned(), Some(recovered)),
            // The share of users online at the end does not matter.
            ("online_share_end".to_owned(), Some(0.502)),
        ])
    }

    #[test]
    fn regimes_follow_from_the_outages_of_a_run_with_and_without_triggers() {
        let (calm, ended, open) = (run(Some(0.0)), run(Some(2.0)), run(None));
        assert_eq!(Regime::from_runs(&calm, &calm), Regime::Stable);
        assert_eq!(Regime::from_runs(&ended, &calm), Regime::Vulnerable);
        assert_eq!(Regime::from_runs(&open, &calm), Regime::Metastable);
        assert_eq!(Regime::from_runs(&open, &ended), Regime::Metastable);
        assert_eq!(Regime::from_runs(&open, &open), Regime::AlwaysDown);
        assert_eq!(Regime::from_runs(&ended, &open), Regime::AlwaysDown);
    }

    #[test]
    fn regimes_without_a_point_are_counted_too() {
        let counts = count([Regime::Stable, Regime::Metastable, Regime::Stable].into_iter());
        assert_eq!(
            legend(&counts),
            ". stable 2   v vulnerable 0   M metastable 1   # always down 0"
        );
    }
}
